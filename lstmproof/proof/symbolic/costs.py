"""What a step costs: arithmetic operations and table functions, counted from the nodes of a Program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.online import online
from lstmproof.calculus.truncate import truncate
from lstmproof.program.build import number
from lstmproof.program.expr import BARRIERS, Apply, Expr, Size, walk
from lstmproof.program.nodes import Contract, Node, Program


def cost(program: Program, flow: str) -> Expr:
    """Operations of one step of a flow, as a polynomial in the sizes of axes.

    Every operator and function of the table counts as one, for each entry of what it computes; a sum of products of
    n factors as n for each product, its multiplications and the addition. `backward` and `truncated` are the adjoint's
    step alone.

    Raises:
        NotOnline: the online rule does not apply to the cell.
    """
    counted = _flow(program, flow)
    return total(_node(each, counted) for each in counted.nodes)


def _flow(program: Program, flow: str) -> Program:
    match flow:
        case "forward":
            return program
        case "backward":
            return adjoint(program)
        case "truncated":
            return adjoint(truncate(program))
        case "online":
            return online(program)
    raise ValueError(f"no flow is called {flow}")


def _node(node: Node, program: Program) -> Expr:
    if isinstance(node, Contract):
        axes: Mapping[str, str] = {
            index: axis
            for factor in node.factors
            for index, axis in zip(factor.indices, program.axes[factor.name], strict=True)
        }
        return entries(axes.values(), len(node.factors))
    operations = sum(isinstance(part, Apply) and part.function not in BARRIERS for part in walk(node.expr))
    return entries(node.axes, operations)


def entries(axes: Iterable[str], times: int) -> Expr:
    """`times` for each entry of a tensor with these axes."""
    product: Expr = number(times)
    for axis in axes:
        product = Apply("mul", (product, Size(axis)))
    return product


def total(terms: Iterable[Expr]) -> Expr:
    """A sum, nested in halves so that it is never deep."""
    rest = list(terms) or [number(0)]
    while len(rest) > 1:
        rest = [Apply("add", tuple(pair)) if len(pair) == 2 else pair[0] for pair in neighbours(rest)]
    return rest[0]


def neighbours(items: list[Expr]) -> list[list[Expr]]:
    """Neighbours two by two, the last one alone if their number is odd.

    >>> [len(pair) for pair in neighbours([number(1), number(2), number(3)])]
    [2, 1]
    """
    return [items[at : at + 2] for at in range(0, len(items), 2)]
