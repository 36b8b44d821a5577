"""Decimals out of balls: every digit that is shown is decided by the ball, or more precision is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from flint import arb, ctx

from lstmproof.readings.ball import MOST_BITS
from lstmproof.study.charts import Pair

DIGITS = 4
"""Significant digits of what is shown."""
MOST_DIGITS = 12
"""Of a number that lies halfway between two shorter ones, or too near to tell."""
LEAST_BITS = 64
NOTHING = Fraction(1, 10**300)
"""A number that is surely smaller is shown as 0."""


class Undecided(ValueError):
    """A ball that decides no digit: too wide at the highest precision, or without bounds."""


def decimals(compute: Callable[[], Sequence[arb]]) -> list[Decimal]:
    """The numbers that `compute` encloses, each rounded half to even to four significant digits.

    The working precision doubles until every ball lies within one rounding. A number that no precision rounds, because
    it lies halfway, is given with as many more digits as decide it.

    Raises:
        Undecided: a ball decides no digit at the highest precision.
    """
    bits = LEAST_BITS
    while True:
        with ctx.workprec(bits):
            bounds = [_bounds(ball) for ball in compute()]
        last = 2 * bits > MOST_BITS
        found = [_rounded(each, MOST_DIGITS if last else DIGITS) for each in bounds]
        decided = [number for number in found if number is not None]
        if len(decided) == len(found):
            return decided
        if last:
            raise Undecided(f"{len(found) - len(decided)} of {len(found)} balls decide no digit at {bits} bits")
        bits *= 2


def points(places: Sequence[Fraction | int], compute: Callable[[], Sequence[arb]]) -> tuple[Pair, ...]:
    """Each place, whose decimal is finite, with the number that `compute` encloses there, as `decimals` gives it.

    Raises:
        Undecided: a ball decides no digit at the highest precision.
    """
    across = (Decimal(place.numerator) / Decimal(place.denominator) for place in places)
    return tuple(zip(across, decimals(compute), strict=True))


def _bounds(ball: arb) -> tuple[Fraction, Fraction] | None:
    """Both ends of a ball, exactly."""
    if not ball.is_finite():
        return None
    middle, radius = _exact(ball.mid()), _exact(ball.rad())
    return middle - radius, middle + radius


def _exact(point: arb) -> Fraction:
    mantissa, exponent = point.man_exp()
    m, e = int(mantissa), int(exponent)
    return Fraction(m) * (Fraction(2**e) if e >= 0 else Fraction(1, 2**-e))


def _rounded(bounds: tuple[Fraction, Fraction] | None, most: int) -> Decimal | None:
    """The one decimal that both ends round to, with as few digits from four on as that takes."""
    if bounds is None:
        return None
    low, high = bounds
    if low > -NOTHING and high < NOTHING:
        return Decimal(0)
    for digits in range(DIGITS, most + 1):
        context = Context(prec=digits, rounding=ROUND_HALF_EVEN)
        one, other = (context.divide(Decimal(end.numerator), Decimal(end.denominator)) for end in (low, high))
        if one == other:
            return one
    return None


def plain(number: Decimal) -> str:
    """A decimal as people read it.

    >>> plain(Decimal("0.50")), plain(Decimal("1.378E+4")), plain(Decimal("2.656E-5"))
    ('0.5', '13780', '2.656e-5')
    """
    if not number:
        return "0"
    short = number.normalize()
    size = short.adjusted()
    return f"{short:f}" if -4 <= size < 6 else f"{short:e}".replace("e+", "e")
