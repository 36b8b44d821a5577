"""Exact numbers beside balls: two sides that are one number by the laws of a commutative ring, whatever its digits.

A `Form` is a ball with, where it is small enough, the polynomial over the rationals that it encloses; its variables
are values of functions (`exp`, `tanh`, reciprocals) of such polynomials, the same variable for the same argument. Two
forms whose polynomials agree are equal; forms whose polynomials differ may still be equal, which is left open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import arb, fmpq
from numpy.typing import NDArray

from lstmproof.language.table import FUNCTIONS
from lstmproof.readings.flow import Algebra
from lstmproof.readings.named import Axes, NamedArray, pointwise
from lstmproof.refute.arithmetic import Beyond, OneNetwork, objects, without_slopes
from lstmproof.refute.network import decimal

MOST_TERMS = 60
"""A polynomial of more terms is not kept."""


class Atom:
    """A real number known as a function of polynomials; equal if function and arguments are."""

    __slots__ = ("_hash", "arguments", "function")

    def __init__(self, function: str, arguments: tuple[Polynomial, ...]) -> None:
        self.function, self.arguments = function, arguments
        self._hash = hash((function, arguments))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Atom) or self._hash != other._hash:
            return False
        return self is other or (self.function, self.arguments) == (other.function, other.arguments)


Monomial = frozenset[tuple[Atom, int]]


class Polynomial:
    """Rational coefficients, none of them 0, by monomial."""

    __slots__ = ("_hash", "terms")

    def __init__(self, terms: Mapping[Monomial, Fraction]) -> None:
        self.terms = {monomial: coefficient for monomial, coefficient in terms.items() if coefficient}
        self._hash = hash(frozenset(self.terms.items()))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and (self is other or self.terms == other.terms)

    def __add__(self, other: Polynomial) -> Polynomial:
        terms = dict(self.terms)
        for monomial, coefficient in other.terms.items():
            terms[monomial] = terms.get(monomial, Fraction(0)) + coefficient
        return Polynomial(terms)

    def __mul__(self, other: Polynomial) -> Polynomial:
        terms: dict[Monomial, Fraction] = {}
        for one, a in self.terms.items():
            for two, b in other.terms.items():
                monomial = _together(one, two)
                terms[monomial] = terms.get(monomial, Fraction(0)) + a * b
        return Polynomial(terms)

    @property
    def constant(self) -> Fraction | None:
        """Its value, if it is a rational number as it stands."""
        if not self.terms:
            return Fraction(0)
        return self.terms.get(_ONE) if len(self.terms) == 1 else None


_ONE: Monomial = frozenset()


def _together(one: Monomial, two: Monomial) -> Monomial:
    if not one or not two:
        return one or two
    powers = dict(one)
    for atom, exponent in two:
        powers[atom] = powers.get(atom, 0) + exponent
    return frozenset(powers.items())


def rational(value: Fraction) -> Polynomial:
    """A number as a polynomial."""
    return Polynomial({_ONE: value})


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A ball, the polynomial that it encloses if that is kept, and derivatives along several directions."""

    value: arb
    exact: Polynomial | None
    slope: tuple[Form, ...] | None = None

    def __add__(self, other: Form | int | float) -> Form:
        other = form(other)
        return Form(self.value + other.value, _added(self.exact, other.exact), _sum(self.slope, other.slope))

    def __mul__(self, other: Form | int | float) -> Form:
        """d(xy) = y dx + x dy."""
        other = form(other)
        slope = _sum(_scaled(self.slope, other), _scaled(other.slope, self))
        return Form(self.value * other.value, _multiplied(self.exact, other.exact), slope)

    def __neg__(self) -> Form:
        return self * -1

    def __sub__(self, other: Form | int | float) -> Form:
        return self + -form(other)

    def __rsub__(self, other: int | float) -> Form:
        return form(other) - self

    def __truediv__(self, other: Form | int | float) -> Form:
        return self * form(other).inverse()

    def __rtruediv__(self, other: int | float) -> Form:
        return form(other) / self

    __radd__ = __add__
    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> Form:
        result = form(1)
        for _ in range(exponent):
            result = result * self
        return result

    def inverse(self) -> Form:
        """d(1/x) = -1/x^2 dx."""
        number = self.exact.constant if self.exact is not None else None
        exact = rational(1 / number) if number else self._atom("inverse")
        inverse = Form(1 / self.value, exact)
        return inverse._with(self.slope, lambda: -(inverse * inverse))

    def exp(self) -> Form:
        value = Form(self.value.exp(), rational(Fraction(1)) if self._is(0) else self._atom("exp"))
        return value._with(self.slope, lambda: value)

    def log(self) -> Form:
        value = Form(self.value.log(), rational(Fraction(0)) if self._is(1) else self._atom("log"))
        return value._with(self.slope, lambda: Form(self.value, self.exact).inverse())

    def sqrt(self) -> Form:
        value = Form(self.value.sqrt(), self._atom("sqrt"))
        return value._with(self.slope, (value * 2).inverse)

    def sin(self) -> Form:
        value = Form(self.value.sin(), rational(Fraction(0)) if self._is(0) else self._atom("sin"))
        return value._with(self.slope, lambda: Form(self.value, self.exact).cos())

    def cos(self) -> Form:
        value = Form(self.value.cos(), rational(Fraction(1)) if self._is(0) else self._atom("cos"))
        return value._with(self.slope, lambda: -Form(self.value, self.exact).sin())

    def tanh(self) -> Form:
        value = Form(self.value.tanh(), rational(Fraction(0)) if self._is(0) else self._atom("tanh"))
        return value._with(self.slope, lambda: 1 - value * value)

    def absolute(self) -> Form:
        return self.maximum(-self)

    def maximum(self, other: Form | int | float) -> Form:
        """The greater, where that is decided or both are one number; a derivative only where it is decided."""
        other = form(other)
        if self.value > other.value:
            return self
        if self.value < other.value:
            return other
        if self.slope is not None or other.slope is not None:
            raise Beyond("a derivative at a kink")
        return self if equal(self, other) else Form(self.value.max(other.value), None)

    def minimum(self, other: Form | int | float) -> Form:
        return -(-self).maximum(-form(other))

    def _is(self, number: int) -> bool:
        return self.exact is not None and self.exact.constant == number

    def _atom(self, function: str) -> Polynomial | None:
        if self.exact is None:
            return None
        return Polynomial({frozenset({(Atom(function, (self.exact,)), 1)}): Fraction(1)})

    def _with(self, slope: tuple[Form, ...] | None, derivative: Callable[[], Form]) -> Form:
        """The value with the slopes of its argument times the derivative."""
        return self if slope is None else Form(self.value, self.exact, _scaled(slope, derivative()))


def form(number: Form | Fraction | int | float) -> Form:
    """A form of an exact number."""
    if isinstance(number, Form):
        return number
    value = Fraction(number)
    return Form(arb(fmpq(value.numerator, value.denominator)), rational(value))


def equal(one: Form, other: Form) -> bool:
    """Whether both surely are the same real number."""
    return one.exact is not None and one.exact == other.exact


def _added(one: Polynomial | None, other: Polynomial | None) -> Polynomial | None:
    return None if one is None or other is None else _kept(one + other)


def _multiplied(one: Polynomial | None, other: Polynomial | None) -> Polynomial | None:
    if one is None or other is None or len(one.terms) * len(other.terms) > MOST_TERMS**2:
        return None
    return _kept(one * other)


def _kept(polynomial: Polynomial) -> Polynomial | None:
    return polynomial if len(polynomial.terms) <= MOST_TERMS else None


def _sum(one: tuple[Form, ...] | None, other: tuple[Form, ...] | None) -> tuple[Form, ...] | None:
    if one is None or other is None:
        return one if other is None else other
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _scaled(slope: tuple[Form, ...] | None, factor: Form) -> tuple[Form, ...] | None:
    plain = Form(factor.value, factor.exact)
    return None if slope is None else tuple(each * plain for each in slope)


class Forms(OneNetwork):
    """Forms at the working precision in force; one network at one step."""

    def __init__(self) -> None:
        self.algebra = Algebra(number=_number, constant=_recorded, apply=_apply)

    def leaf(self, rows: NDArray[np.float64], axes: Axes) -> NamedArray:
        return objects([form(decimal(entry)) for entry in rows[0].flat], rows.shape[1:], axes)

    def power(self, base: NamedArray, exponent: NamedArray) -> NamedArray:
        return pointwise(np.frompyfunc(_raised, 2, 1), base, exponent)

    def seeded(self, array: NamedArray) -> NamedArray:
        entries = without_slopes(array)
        units = [tuple(form(int(row == column)) for column in range(len(entries))) for row in range(len(entries))]
        seeds = [Form(entry.value, entry.exact, unit) for entry, unit in zip(entries, units, strict=True)]
        return objects(seeds, array.data.shape, array.axes)

    def slope(self, array: NamedArray, by: NamedArray) -> NamedArray:
        found: list[Form] = []
        for entry in array.data.flat:
            found += [form(0)] * by.data.size if entry.slope is None else entry.slope
        return objects(found, (*array.data.shape, *by.data.shape), (*array.axes, *by.axes))


def _number(value: Fraction) -> NamedArray:
    return objects([form(value)], (), ())


def _recorded(array: NamedArray) -> NamedArray:
    return pointwise(np.frompyfunc(lambda entry: Form(entry.value, entry.exact), 1, 1), array)


def _apply(word: str, *arrays: NamedArray) -> NamedArray:
    return pointwise(np.frompyfunc(FUNCTIONS[word].ball, len(arrays), 1), *arrays)


def _raised(base: Form, exponent: Form) -> Form:
    """base^n for an integer n from 0 to 64."""
    n = exponent.exact.constant if exponent.exact is not None and exponent.slope is None else None
    if n is None or n.denominator != 1 or not 0 <= n <= 64:
        raise Beyond("a power that is no small integer")
    return base ** int(n)
