"""The operations of a step as a list of lines, which a script counts again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from lstmproof.program.expr import BARRIERS, Apply, Expr, Number, Ref
from lstmproof.program.nodes import Contract, Node, Program
from lstmproof.proof.replay.forms import Unspoken, rational

Named = Callable[[str], str]

_OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**"}


def operations(title: str, program: Program) -> list[str]:
    """A list of axes and lines, named `title`: one line for each node; names are v1, v2, ..."""
    numbers = count(1)
    names: dict[str, str] = {}

    def named(name: str) -> str:
        if name not in names:
            names[name] = f"v{next(numbers)}"
        return names[name]

    lines = [f"    ({_axes(node, program)!r}, {_line(node, named)!r})," for node in program.nodes]
    return [f"{title} = [", *lines, "]"]


def _axes(node: Node, program: Program) -> tuple[str, ...]:
    """The axes along which a line is computed, those that are summed over among them."""
    if not isinstance(node, Contract):
        return node.axes
    found = {
        index: axis
        for factor in node.factors
        for index, axis in zip(factor.indices, program.axes[factor.name], strict=True)
    }
    return tuple(found.values())


def _line(node: Node, named: Named) -> str:
    if isinstance(node, Contract):
        return f"{named(node.out)} += {' * '.join(named(factor.name) for factor in node.factors)}"
    return f"{named(node.out)} = {_text(node.expr, named)}"


def _text(expr: Expr, named: Named) -> str:
    match expr:
        case Number(value):
            return rational(value) if value >= 0 else f"R({value.numerator}, {value.denominator})"
        case Ref(name):
            return named(name)
        case Apply(function, (a, b)) if function in _OPERATORS:
            return f"({_text(a, named)} {_OPERATORS[function]} {_text(b, named)})"
        case Apply("neg", (a,)):
            if isinstance(a, Number):
                raise Unspoken("the opposite of a number")
            return f"(-{_text(a, named)})"
        case Apply(function, (a,)) if function in BARRIERS:
            return f"stop({_text(a, named)})"
        case Apply(function, arguments):
            return f"{function}({', '.join(_text(argument, named) for argument in arguments)})"
    return named(f"{expr}")
