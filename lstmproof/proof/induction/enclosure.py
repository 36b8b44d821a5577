"""Rational bounds of the table's functions at numbers, by ball arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from flint import arb, ctx

_BALLS: Mapping[str, Callable[[Any], Any]] = {
    "sigmoid": lambda z: 1 / (1 + (-z).exp()),
    "tanh": lambda z: z.tanh(),
    "exp": lambda z: z.exp(),
    "log": lambda z: z.log(),
}

COARSE, FINE = 4, 20
"""Decimals of such bounds: short ones that keep a search short, and precise ones."""


def enclosure(function: str, z: Fraction, digits: int = FINE) -> tuple[Fraction, Fraction] | None:
    """Rational bounds with at most `digits` decimals, neither attained, of sigma, tanh, exp or log at a number.

    None if it is too large for bounds of that precision.

    >>> [str(bound) for bound in enclosure("log", Fraction(2), 3) or ()]
    ['173/250', '139/200']
    """
    before = ctx.prec
    try:
        ctx.prec = 512
        scaled = _BALLS[function](arb(z.numerator) / z.denominator) * arb(10) ** digits
        if not scaled.is_finite() or scaled.rad() > 1:
            return None
        low, high = int(scaled.lower().floor().unique_fmpz()) - 1, int(scaled.upper().ceil().unique_fmpz()) + 1
    finally:
        ctx.prec = before
    return Fraction(low, 10**digits), Fraction(high, 10**digits)
