"""Single-term corruptions of a derived adjoint: each a well-formed Program that differs from it in one place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from lstmproof.program.expr import Apply, Expr, Ref
from lstmproof.program.nodes import Axes, Contract, Node, Operand, Output, Program, Source
from lstmproof.program.typecheck import ProgramError, checked

SIGN = "sign flipped"
TERM = "term dropped"
FACTOR = "factor dropped"
NEIGHBOUR = "neighbouring operand"
TIME = "t against t-1"
TRANSPOSED = "matrix index transposed"
SWAPPED = "gradients exchanged"


@dataclass(frozen=True)
class AdjointCorruption:
    """One wrong adjoint, and what is wrong with it."""

    kind: str
    where: str
    """The value of the adjoint that is bound wrongly."""
    change: str
    program: Program


def corruptions(primal: Program, derived: Program) -> Iterator[AdjointCorruption]:
    """Every corruption of `derived`, the adjoint of `primal`, in the order of its nodes."""
    corrupter = _Corrupter(primal, derived)
    for position, node in enumerate(derived.nodes):
        for kind, change, wrong in corrupter.of_node(position, node):
            yield from corrupter.rebuilt(kind, node.out, change, position, wrong)
    yield from _exchanged(derived)


@dataclass(frozen=True)
class _Corrupter:
    primal: Program
    derived: Program

    def rebuilt(self, kind: str, where: str, change: str, position: int, wrong: Node) -> Iterator[AdjointCorruption]:
        """The adjoint with one node replaced, its tape extended by what the new node reads; nothing if ill-typed."""
        nodes = (*self.derived.nodes[:position], wrong, *self.derived.nodes[position + 1 :])
        known = self.derived.axes
        missing = [name for name in wrong.operands if name not in known]
        tape = (*self.derived.tape, *(Source(name, self.primal.axes[name]) for name in missing))
        try:
            yield AdjointCorruption(kind, where, change, checked(replace(self.derived, nodes=nodes, tape=tape)))
        except ProgramError:
            return

    def of_node(self, position: int, node: Node) -> Iterator[tuple[str, str, Node]]:
        """Kind, change and replacement for each corruption of one node."""
        if isinstance(node, Contract):
            yield from self._of_contract(position, node)
            return
        yield SIGN, "-(...)", replace(node, expr=Apply("neg", (node.expr,)))
        for kind, change, expr in self._of_expression(position, node.expr, node.axes):
            yield kind, change, replace(node, expr=expr)

    def _of_expression(self, position: int, expr: Expr, axes: Axes) -> Iterator[tuple[str, str, Expr]]:
        """Corruptions at the root of an expression, then in each argument."""
        match expr:
            case Ref(name):
                for kind, other in self._instead(position, name):
                    yield kind, f"{other} for {name}", Ref(other)
            case Apply("add" | "sub" as sign, (a, b)):
                other, change = ("sub", "- for +") if sign == "add" else ("add", "+ for -")
                yield SIGN, f"{change} before {_short(b)}", Apply(other, (a, b))
                yield TERM, f"without {_short(b)}", a
                yield TERM, f"without {_short(a)}", b if sign == "add" else Apply("neg", (b,))
            case Apply("mul", (a, b)):
                yield FACTOR, f"without {_short(b)}", a
                yield FACTOR, f"without {_short(a)}", b
            case Apply("div", (a, b)):
                yield FACTOR, f"without / {_short(b)}", a
            case Apply("neg", (a,)):
                yield SIGN, f"+ for - before {_short(a)}", a
            case _:
                pass
        if isinstance(expr, Apply):
            for place, argument in enumerate(expr.arguments):
                for kind, change, wrong in self._of_expression(position, argument, axes):
                    arguments = (*expr.arguments[:place], wrong, *expr.arguments[place + 1 :])
                    yield kind, change, Apply(expr.function, arguments)

    def _of_contract(self, position: int, node: Contract) -> Iterator[tuple[str, str, Node]]:
        for place, factor in enumerate(node.factors):
            others = (*node.factors[:place], *node.factors[place + 1 :])
            if others:
                yield FACTOR, f"without {factor.name}", replace(node, factors=others)
            for kind, other in self._instead(position, factor.name):
                wrong = (*node.factors[:place], Operand(other, factor.indices), *node.factors[place + 1 :])
                yield kind, f"{other} for {factor.name}", replace(node, factors=wrong)
            for first, second in _alike(self._axes(factor.name)):
                indices = _swapped(factor.indices, first, second)
                wrong = (*node.factors[:place], Operand(factor.name, indices), *node.factors[place + 1 :])
                yield TRANSPOSED, f"{factor.name} transposed", replace(node, factors=wrong)
        for first, second in _alike(node.axes):
            yield TRANSPOSED, "result transposed", replace(node, indices=_swapped(node.indices, first, second))

    def _axes(self, name: str) -> Axes:
        return self.derived.axes[name] if name in self.derived.axes else self.primal.axes[name]

    def _instead(self, position: int, name: str) -> Iterator[tuple[str, str]]:
        """What may stand wrongly for a name: the same state a step off, and the nearest names of the same axes."""
        for state in self.primal.states:
            if name in (state.old, state.new) and state.old != state.new:
                yield TIME, state.new if name == state.old else state.old
        bound = [*self._sources(), *(node.out for node in self.derived.nodes[:position])]
        alike = [other for other in bound if self.derived.axes[other] == self.derived.axes[name]]
        here = alike.index(name)
        for other in (*alike[max(0, here - 1) : here], *alike[here + 1 : here + 2]):
            yield NEIGHBOUR, other

    def _sources(self) -> Iterator[str]:
        derived = self.derived
        yield from (source.name for source in (*derived.inputs, *derived.tape, *derived.parameters))
        yield from (constant.name for constant in derived.constants)
        yield from (state.old for state in derived.states)


def _exchanged(derived: Program) -> Iterator[AdjointCorruption]:
    """Neighbouring gradients of the same axes handed out under each other's labels."""
    for outputs, what in _adjacent(derived, derived.outputs):
        yield AdjointCorruption(SWAPPED, what, "exchanged", checked(replace(derived, outputs=outputs)))
    for totals, what in _adjacent(derived, derived.totals):
        yield AdjointCorruption(SWAPPED, what, "exchanged", checked(replace(derived, totals=totals)))


def _adjacent(derived: Program, given: tuple[Output, ...]) -> Iterator[tuple[tuple[Output, ...], str]]:
    for place, (one, other) in enumerate(pairwise(given)):
        if derived.axes[one.value] == derived.axes[other.value]:
            pair = (Output(one.label, other.value), Output(other.label, one.value))
            yield (*given[:place], *pair, *given[place + 2 :]), f"{one.label} and {other.label}"


def _alike(axes: Axes) -> Iterator[tuple[int, int]]:
    """Pairs of positions with the same axis name."""
    for second, axis in enumerate(axes):
        for first in range(second):
            if axes[first] == axis:
                yield first, second


def _swapped(indices: tuple[str, ...], first: int, second: int) -> tuple[str, ...]:
    moved = list(indices)
    moved[first], moved[second] = moved[second], moved[first]
    return tuple(moved)


def _short(expr: Expr) -> str:
    """An expression in a few characters, for descriptions."""
    match expr:
        case Ref(name):
            return name
        case Apply(function, arguments):
            return f"{function}({', '.join(_short(argument) for argument in arguments)})"
        case _:
            return str(getattr(expr, "value", "size"))
