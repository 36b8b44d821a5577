"""Dual numbers over Arb balls: a rigorous enclosure of a value and of its derivatives along several directions.

Forward only. The rules are those of elementary calculus, stated once here; nothing is taken from the table's
derivatives. A function with a kink inside its argument's ball gets the hull of the derivatives on either side.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from flint import arb, arb_mat, fmpq

Number = int | float


@dataclass(frozen=True, slots=True, eq=False)
class Dual:
    """Enclosures of a value and of its gradient, a row of one column for each direction; None is exactly 0."""

    value: arb
    slope: arb_mat | None = None

    def __add__(self, other: Dual | Number) -> Dual:
        other = dual(other)
        if self.slope is None or other.slope is None:
            return Dual(self.value + other.value, self.slope if other.slope is None else other.slope)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other: Dual | Number) -> Dual:
        """d(xy) = y dx + x dy."""
        other = dual(other)
        return Dual(self.value * other.value, _combined(other.value, self.slope, self.value, other.slope))

    def __truediv__(self, other: Dual | Number) -> Dual:
        """d(x/y) = (dx - (x/y) dy) / y."""
        other = dual(other)
        quotient = self.value / other.value
        if self.slope is None and other.slope is None:
            return Dual(quotient)
        inverse = 1 / other.value
        return Dual(quotient, _combined(inverse, self.slope, -quotient * inverse, other.slope))

    def __neg__(self) -> Dual:
        return Dual(-self.value, None if self.slope is None else -self.slope)

    def __sub__(self, other: Dual | Number) -> Dual:
        return self + -dual(other)

    def __rsub__(self, other: Number) -> Dual:
        return dual(other) - self

    def __rtruediv__(self, other: Number) -> Dual:
        return dual(other) / self

    __radd__ = __add__
    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Dual:
        """d(x^n) = n x^(n-1) dx; x^0 is 1."""
        if exponent == 0:
            return Dual(arb(1))
        return self._chained(_power(self.value, exponent), exponent * _power(self.value, exponent - 1))

    def exp(self) -> Dual:
        value = self.value.exp()
        return self._chained(value, value)

    def log(self) -> Dual:
        return self._chained(self.value.log(), 1 / self.value)

    def sqrt(self) -> Dual:
        value = self.value.sqrt()
        return self._chained(value, 1 / (2 * value))

    def sin(self) -> Dual:
        return self._chained(self.value.sin(), self.value.cos())

    def cos(self) -> Dual:
        return self._chained(self.value.cos(), -self.value.sin())

    def tanh(self) -> Dual:
        """Its derivative as 1 / cosh^2, which loses no digits where tanh is near 1."""
        return self._chained(self.value.tanh(), self.value.sech() ** 2)

    def sign(self) -> Dual:
        """Constant on either side of 0; [-1, 1] where the ball holds 0."""
        return Dual(self.value.sgn())

    def absolute(self) -> Dual:
        return self.maximum(-self)

    def maximum(self, other: Dual | Number) -> Dual:
        """The greater; of two balls that overlap or meet, the hull of both derivatives."""
        other = dual(other)
        if self.value > other.value:
            return self
        if self.value < other.value:
            return other
        return Dual(self.value.max(other.value), _hull(self.slope, other.slope))

    def minimum(self, other: Dual | Number) -> Dual:
        return -(-self).maximum(-dual(other))

    def _chained(self, value: arb, derivative: arb) -> Dual:
        return Dual(value, None if self.slope is None else self.slope * derivative)


def dual(number: Dual | Number | Fraction) -> Dual:
    """A dual number without derivative, exact in its number before the first rounding to the working precision."""
    if isinstance(number, Dual):
        return number
    if isinstance(number, Fraction):
        return Dual(arb(fmpq(number.numerator, number.denominator)))
    return Dual(arb(number))


def _power(ball: arb, exponent: int) -> arb:
    """ball^n by products: flint's own power of a ball that holds 0 is not a number."""
    product = arb(1)
    for _ in range(exponent):
        product = product * ball
    return product


def _combined(a: arb, da: arb_mat | None, b: arb, db: arb_mat | None) -> arb_mat | None:
    """a da + b db."""
    if da is None:
        return None if db is None else db * b
    return da * a if db is None else da * a + db * b


def _hull(left: arb_mat | None, right: arb_mat | None) -> arb_mat | None:
    known = left if left is not None else right
    if known is None:
        return None
    pair = [[arb(0)] * known.ncols() if slope is None else slope.entries() for slope in (left, right)]
    return arb_mat(1, known.ncols(), [a.union(b) for a, b in zip(*pair, strict=True)])
