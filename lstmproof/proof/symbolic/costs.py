"""What a step costs: arithmetic operations and table functions, counted from the nodes of a Program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeGuard

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
    each = operations(of_flow(program, flow))
    return total((each.multiplications, each.additions, each.functions))


@dataclass(frozen=True, slots=True)
class Operations:
    """What one step computes, by kind, as polynomials in the sizes of axes."""

    multiplications: Expr
    """Divisions and powers included."""
    additions: Expr
    """Subtractions and changes of sign included."""
    functions: Expr
    """Values of functions of the table."""


def operations(program: Program) -> Operations:
    """The operations of one step, counted node by node."""
    counts = [_node(each, program) for each in program.nodes]
    return Operations(*(total(kind) for kind in zip(*counts, strict=True))) if counts else Operations(*[number(0)] * 3)


def of_flow(program: Program, flow: str) -> Program:
    """The Program whose step a flow costs; raises as `cost`."""
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


def _node(node: Node, program: Program) -> tuple[Expr, Expr, Expr]:
    """Multiplications, additions and functions of one node."""
    if isinstance(node, Contract):
        axes: Mapping[str, str] = {
            index: axis
            for factor in node.factors
            for index, axis in zip(factor.indices, program.axes[factor.name], strict=True)
        }
        return entries(axes.values(), len(node.factors) - 1), entries(axes.values(), 1), number(0)
    kinds = Counter(_KINDS.get(part.function, 2) for part in walk(node.expr) if _is_operation(part))
    return entries(node.axes, kinds[0]), entries(node.axes, kinds[1]), entries(node.axes, kinds[2])


_KINDS = {"mul": 0, "div": 0, "pow": 0, "add": 1, "sub": 1, "neg": 1}


def _is_operation(part: Expr) -> TypeGuard[Apply]:
    return isinstance(part, Apply) and part.function not in BARRIERS


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
