"""Nodes of a Program before their axes are known, and their completion once they are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from string import ascii_lowercase

from lstmproof.language.axes import AxisTable, Shape
from lstmproof.program.expr import Apply, Expr, Ref, Size
from lstmproof.program.nodes import Axes, Contract, Node, Operand, Pointwise


@dataclass(frozen=True, slots=True)
class Contraction:
    """`product`, `outer`, `dot` or `sum` of named values; `axis` is the one that `sum` sums, or empty for all."""

    kind: str
    operands: tuple[tuple[str, Shape], ...]
    axis: str = ""


@dataclass(frozen=True, slots=True)
class Mean:
    """The sum `total` of a value of shape `operand`, divided by the number of units that it sums."""

    total: str
    operand: Shape
    axis: str = ""


Body = Expr | Contraction | Mean


@dataclass(frozen=True, slots=True)
class Draft:
    """A node to be: its name, its shape, what it computes, and the source line."""

    out: str
    shape: Shape
    body: Body
    line: int


def completed(draft: Draft, table: AxisTable) -> Node:
    """The node of a draft whose shapes are all known."""
    axes = table.names(draft.shape)
    match draft.body:
        case Contraction():
            return _contract(draft.out, axes, draft.body, table)
        case Mean(total, operand, axis):
            sizes: list[Expr] = [Size(name) for name in table.names(operand) if axis in ("", name)]
            if not sizes:
                return Pointwise(draft.out, axes, Ref(total))
            count = reduce(lambda one, other: Apply("mul", (one, other)), sizes)
            return Pointwise(draft.out, axes, Apply("div", (Ref(total), count)))
        case expr:
            return Pointwise(draft.out, axes, expr)


def _contract(out: str, axes: Axes, body: Contraction, table: AxisTable) -> Contract:
    """Index letters by position: what the operands share is summed, the rest is the result's."""
    names = [table.names(shape) for _, shape in body.operands]
    letters = ascii_lowercase
    match body.kind:
        case "product" if len(names[0]) >= len(names[1]):
            kept = len(names[0]) - len(names[1])
            indices = [tuple(letters[: len(names[0])]), tuple(letters[kept : len(names[0])])]
            result = tuple(letters[:kept])
        case "product":
            indices = [tuple(letters[: len(names[0])]), tuple(letters[: len(names[1])])]
            result = tuple(letters[len(names[0]) : len(names[1])])
        case "outer":
            result = tuple(letters[: len(names[0]) + len(names[1])])
            indices = [result[: len(names[0])], result[len(names[0]) :]]
        case _:
            indices = [tuple(letters[: len(each)]) for each in names]
            kept_pairs = zip(indices[0], names[0], strict=True) if body.axis else ()
            result = tuple(letter for letter, name in kept_pairs if name != body.axis)
    factors = tuple(Operand(name, index) for (name, _), index in zip(body.operands, indices, strict=True))
    return Contract(out, axes, result, factors)
