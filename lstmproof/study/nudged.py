"""A cell written out node by node, with an input that moves each intermediate value: what `recheck` perturbs.

The text is in the language of derivation files and is read as any other: its readings know neither the Program that
it was written from nor anything of its adjoint. Text that says something else than the Program gives other
numbers, and the comparison fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lstmproof.language.definition import Definition
from lstmproof.language.parser import parse_text
from lstmproof.language.table import FUNCTIONS
from lstmproof.program.build import Names
from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.program.nodes import Axes, Contract, Node, Program
from lstmproof.program.notation import Piece, recognised

_OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**"}
_WORDS = ("cell", "stop", "cut", "outer", "dot", "sum", "previous", *sorted(FUNCTIONS))


class Unwritten(ValueError):
    """A node that the language has no word for."""


@dataclass(frozen=True)
class Nudged:
    """A cell whose every computed value v is v + nudge(v), the nudges inputs of their own."""

    definition: Definition
    nudges: Mapping[str, str]
    """By value, the name of its input."""


def nudged(definition: Definition, sizes: Mapping[str, int]) -> Nudged:
    """The cell written out; `sizes` are those of every axis, which a mean divides by.

    Raises:
        Unwritten: a node has no word in the language.
    """
    program = definition.program
    names = Names(program)
    taken = {**dict.fromkeys(definition.inputs), **definition.states, **definition.parameters, **definition.constants}
    spelled: dict[str, str] = {name: name for name in taken}
    spelled |= {state.old: f"previous({state.label})" for state in program.states}
    nudges: dict[str, str] = {}
    for place, node in enumerate(program.nodes):
        spelled[node.out] = names.fresh(f"value_{place}")
        nudges[node.out] = names.fresh(f"nudge_{place}")
    writer = _Writer(program, spelled, sizes)
    text = "\n".join(_lines(definition, writer, nudges))
    return Nudged(parse_text(text, f"{definition.name} written out").cells[0], nudges)


def _lines(definition: Definition, writer: _Writer, nudges: Mapping[str, str]) -> Iterator[str]:
    program = writer.program
    words = [word for word in _WORDS if word in ("cell", "previous", "stop", "cut", "outer", "dot", "sum")]
    words += [row.name for row in FUNCTIONS.values() if not row.auxiliary]
    yield f"from lstmproof.language import {', '.join(words)}"
    yield "@cell"
    flowing = [_argument(name, axes) for name, axes in definition.inputs.items()]
    flowing += [_argument(nudge, program.axes[value]) for value, nudge in nudges.items()]
    flowing += [_argument(name, axes) for name, axes in definition.states.items()]
    fixed = [_argument(name, axes) for name, axes in definition.parameters.items()]
    fixed += [f"{_argument(name, each.axes)} = {float(each.default)!r}" for name, each in definition.constants.items()]
    yield f"def {definition.name}({', '.join([*flowing, *(['*', *fixed] if fixed else [])])}):"
    for node in program.nodes:
        yield f'    {writer.spelled[node.out]}: "{" ".join(node.axes)}" = {writer.node(node)} + {nudges[node.out]}'
    for output in program.outputs:
        yield f'    {output.label}: "{" ".join(program.axes[output.value])}" = {writer.spelled[output.value]}'
    yield f"    return {', '.join(output.label for output in program.outputs)}"


def _argument(name: str, axes: Axes) -> str:
    return f'{name}: "{" ".join(axes)}"'


@dataclass(frozen=True)
class _Writer:
    """Nodes as expressions of the language, every operation in parentheses."""

    program: Program
    spelled: Mapping[str, str]
    sizes: Mapping[str, int]

    def node(self, node: Node) -> str:
        return self.contraction(node) if isinstance(node, Contract) else self.expression(node.expr)

    def expression(self, expr: Expr) -> str:
        match expr:
            case Ref(name):
                return self.spelled[name]
            case Number(value):
                return f"({value.numerator} / {value.denominator})" if value.denominator > 1 else f"({value.numerator})"
            case Size(axis):
                return f"{self.sizes[axis]}"
            case Apply("pow", (base, Number(exponent))):
                return f"({self.expression(base)} ** {exponent.numerator})"
            case Apply("neg", (only,)):
                return f"(-{self.expression(only)})"
            case Apply(function, (left, right)) if function in _OPERATORS:
                return f"({self.expression(left)} {_OPERATORS[function]} {self.expression(right)})"
            case Apply(function, arguments):
                return f"{function}({', '.join(map(self.expression, arguments))})"

    def contraction(self, node: Contract) -> str:
        what = recognised(node, self.program.axes, lambda name: Piece(self.spelled[name]))
        factors = [piece.text for piece in what.factors]
        match what.form:
            case "W @ v" | "v @ W":
                return f"({factors[0]} @ {factors[1]})"
            case "outer" | "dot":
                return f"{what.form}({', '.join(factors)})"
            case "pointwise":
                return f"({factors[0]} * {factors[1]})"
            case "sum":
                axes = f', "{" ".join(what.summed)}"' if node.axes else ""
                return f"sum({factors[0]}{axes})"
            case _:
                raise Unwritten(f"{node.out} has no word in the language")
