"""Small constructors for passes that write nodes: expressions without trivial terms, names not yet taken."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from lstmproof.program.expr import ONE, ZERO, Apply, Expr, Number
from lstmproof.program.nodes import Axes, Contract, Operand, Program


def number(value: int | Fraction) -> Number:
    """A literal."""
    return Number(Fraction(value))


def neg(a: Expr) -> Expr:
    """-a, without a double sign."""
    if isinstance(a, Number):
        return Number(-a.value)
    if isinstance(a, Apply) and a.function == "neg":
        return a.arguments[0]
    return Apply("neg", (a,))


def add(a: Expr, b: Expr) -> Expr:
    """a + b, without a zero; a difference where b carries a sign."""
    if a == ZERO:
        return b
    if b == ZERO:
        return a
    if isinstance(b, Apply) and b.function == "neg":
        return Apply("sub", (a, b.arguments[0]))
    return Apply("add", (a, b))


def mul(a: Expr, b: Expr) -> Expr:
    """a * b, with factors 0, 1 and -1 resolved and signs moved to the front."""
    if ZERO in (a, b):
        return ZERO
    if a == ONE:
        return b
    if b == ONE:
        return a
    for factor, other in ((a, b), (b, a)):
        if isinstance(factor, Number) and factor.value == -1:
            return neg(other)
        if isinstance(factor, Apply) and factor.function == "neg":
            return neg(mul(factor.arguments[0], b) if factor is a else mul(a, factor.arguments[0]))
    return Apply("mul", (a, b))


def total(terms: Iterable[Expr]) -> Expr:
    """The sum of the terms, zero if there are none."""
    result: Expr = ZERO
    for term in terms:
        result = add(result, term)
    return result


class Names:
    """Hands out names that a program does not bind yet."""

    def __init__(self, *programs: Program) -> None:
        self._taken = {name for program in programs for name in program.axes}

    def fresh(self, wanted: str) -> str:
        """`wanted`, primed as often as it takes to be new."""
        while wanted in self._taken:
            wanted += "'"
        self._taken.add(wanted)
        return wanted


def summed(out: str, axes: Axes, value: str, value_axes: Axes) -> Contract:
    """out = `value` summed over the axes that `axes` lacks; those it has line up by name.

    >>> summed("s", ("block",), "v", ("block", "unit")).factors
    (Operand(name='v', indices=('block0', 'unit1')),)
    """
    indices = tuple(f"{axis}{position}" for position, axis in enumerate(value_axes))
    kept = tuple(indices[value_axes.index(axis)] for axis in axes)
    return Contract(out, axes, kept, (Operand(value, indices),))


def stopped(expr: Expr) -> Apply:
    """`expr` as a recorded constant."""
    return Apply("stop", (expr,))


def product_factors(expr: Expr) -> tuple[Expr, ...]:
    """The factors of a product, flattened through `mul` and `neg`; of anything else, itself."""
    match expr:
        case Apply("mul", (a, b)):
            return (*product_factors(a), *product_factors(b))
        case Apply("neg", (a,)):
            return product_factors(a)
        case _:
            return (expr,)
