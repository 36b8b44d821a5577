"""Axes: where a number stands between two ends, and which numbers are written beside it. All in decimal arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext

from lstmproof.study.charts import Scale

_STEPS = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))
MOST_TICKS = 7


@dataclass(frozen=True, slots=True)
class Axis:
    """Numbers from `low` to `high`, drawn from `start` to `end`, in points."""

    scale: Scale
    low: Decimal
    high: Decimal
    start: float
    end: float
    ticks: tuple[Decimal, ...]

    def place(self, number: Decimal) -> float:
        """Where a number stands, to a hundredth of a point; what lies outside stands at the nearer end."""
        with localcontext(prec=28):
            inside = min(max(number, self.low), self.high)
            low, high, at = (self._measure(each) for each in (self.low, self.high, inside))
            share = (at - low) / (high - low)
            return float(round(Decimal(self.start) + share * Decimal(self.end - self.start), 2))

    def _measure(self, number: Decimal) -> Decimal:
        return number.log10() if self.scale == "log" else number

    def shows(self, number: Decimal) -> bool:
        """Whether a number lies on the axis."""
        return self.low <= number <= self.high


def linear(numbers: Iterable[Decimal], start: float, end: float) -> Axis:
    """An axis from one tick to another around all numbers, and around 0; of whole numbers, its ticks are whole."""
    every = [*numbers, Decimal(0)]
    low, high = min(every), max(every)
    if low == high:
        high = low + 1
    step = _step(high - low)
    if all(number == number.to_integral_value() for number in every):
        step = max(step, Decimal(1))
    first, last = (low / step).to_integral_value(ROUND_FLOOR), (high / step).to_integral_value(ROUND_CEILING)
    ticks = tuple(step * count for count in range(int(first), int(last) + 1))
    return Axis("linear", ticks[0], ticks[-1], start, end, ticks)


def _step(span: Decimal) -> Decimal:
    """The least of 1, 2 and 5 times a power of ten that needs at most `MOST_TICKS` ticks."""
    power = Decimal(1).scaleb(span.adjusted() - 1)
    while True:
        for step in _STEPS:
            if span / (step * power) <= MOST_TICKS - 2:
                return step * power
        power *= 10


def logarithmic(numbers: Iterable[Decimal], start: float, end: float, bottom: Decimal | None = None) -> Axis:
    """An axis from one power of ten to another around all positive numbers, those below `bottom` left out."""
    shown = [number for number in numbers if number > 0 and (bottom is None or number >= bottom)]
    low = bottom.adjusted() if bottom is not None else min(number.adjusted() for number in shown)
    top = max(shown)
    high = top.adjusted() + (top > Decimal(1).scaleb(top.adjusted()))
    if low == high:
        low -= 1
    stride = -((low - high) // MOST_TICKS)
    first = -(-low // stride) * stride
    ticks = tuple(Decimal(1).scaleb(exponent) for exponent in range(first, high + 1, stride))
    return Axis("log", Decimal(1).scaleb(low), Decimal(1).scaleb(high), start, end, ticks)
