"""Derivatives of one value by another along paths that never mix units."""

from __future__ import annotations

from collections.abc import Mapping

from lstmproof.calculus.tangent import differential
from lstmproof.program.expr import ONE, ZERO, Expr, Ref, references, walk
from lstmproof.program.nodes import Contract, Program


class NotElementwise(ValueError):
    """A derivative that passes through a contraction and mixes units, or that is too long: no factor can be given."""


_MIXED = Ref("<mixed>")
"""Stands for a slope that mixes units; no program binds a name like it."""
_LONG = Ref("<long>")
"""Stands for a slope of more than `MOST_TERMS` terms and operations."""
MOST_TERMS = 10_000
"""Squares of squares have slopes that double with each: written out, they would fill any memory."""


def slopes(program: Program, source: str) -> Mapping[str, Expr]:
    """d value / d `source`, unit by unit, for every value of the program that depends on `source`.

    Ask `slope_of` for one of them: it refuses those that mix units.
    """
    slope: dict[str, Expr] = {source: ONE}
    for node in program.nodes:
        if isinstance(node, Contract):
            if any(name in slope for name in node.operands):
                slope[node.out] = _MIXED
            continue
        expr = differential(node.expr, Ref(node.out), lambda name: slope.get(name, ZERO))
        if expr != ZERO:
            slope[node.out] = _kept(expr)
    return slope


def _kept(expr: Expr) -> Expr:
    """`expr`, or what stands for it if it mixes units or is too long."""
    if any(count > MOST_TERMS for count, _ in enumerate(walk(expr))):
        return _LONG
    return next((mark for mark in (_MIXED, _LONG) if mark.name in references(expr)), expr)


def slope_of(value: str, slope: Mapping[str, Expr], source: str) -> Expr:
    """The slope of `value`, zero if it does not depend on the source.

    Raises:
        NotElementwise: it passes through a contraction, or is too long to write out.
    """
    expr = slope.get(value, ZERO)
    if expr == _LONG:
        raise NotElementwise(f"d {value} / d {source} has more than {MOST_TERMS:,} terms")
    if expr == _MIXED:
        raise NotElementwise(f"d {value} / d {source} passes through a contraction: it mixes units")
    return expr
