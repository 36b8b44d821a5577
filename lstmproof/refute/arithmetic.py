"""The two arithmetics that statements are evaluated in: float64 over many networks at once, and balls over one.

float64 only proposes. A ball encloses the exact real number, so what balls decide is a theorem.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from lstmproof.language.table import FUNCTIONS
from lstmproof.readings.arguments import numeric
from lstmproof.readings.dual import Dual, dual
from lstmproof.readings.flow import Algebra
from lstmproof.readings.named import BATCH, DIRECTION, Axes, NamedArray, carried, insertion, pointwise, split
from lstmproof.refute.network import decimal

STEP = 2.0**-100
"""The imaginary step along which float64 derivatives are read: exact to evaluation error, and dividing is exact."""


class Arithmetic(Protocol):
    """What a statement is evaluated with."""

    algebra: Algebra

    @abstractmethod
    def leaf(self, rows: NDArray[np.float64], axes: Axes) -> NamedArray:
        """An argument from its decimals in every row: (N, *axes)."""

    @abstractmethod
    def spread(self, array: NamedArray, axes: Axes, shape: tuple[int, ...]) -> NamedArray:
        """An array repeated along the axes that it lacks."""

    @abstractmethod
    def stack(self, arrays: Sequence[NamedArray]) -> NamedArray:
        """Arrays of several steps as more rows of one."""

    @abstractmethod
    def power(self, base: NamedArray, exponent: NamedArray) -> NamedArray:
        """base ** exponent, of any exponent where the base is positive, of an integer one elsewhere."""

    @abstractmethod
    def seeded(self, array: NamedArray) -> NamedArray:
        """The same values, each entry with a unit derivative along a direction of its own."""

    @abstractmethod
    def slope(self, array: NamedArray, by: NamedArray) -> NamedArray:
        """The derivatives that `array` carries along the directions of `by`: axes of `array`, then those of `by`."""


def number(arithmetic: Arithmetic, value: Fraction | int) -> NamedArray:
    """The scalar array of an exact number."""
    array: NamedArray = arithmetic.algebra.number(Fraction(value))
    return array


def apply(arithmetic: Arithmetic, word: str, *arrays: NamedArray) -> NamedArray:
    """A function of the table."""
    array: NamedArray = arithmetic.algebra.apply(word, *arrays)
    return array


class Floats:
    """float64 (complex while differentiating) with one row for each network and step."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        """Networks that run together."""
        self.algebra: Algebra = numeric(lambda array: NamedArray(array.data.real, array.axes))

    def leaf(self, rows: NDArray[np.float64], axes: Axes) -> NamedArray:
        return NamedArray(rows, (BATCH, *axes))

    def spread(self, array: NamedArray, axes: Axes, shape: tuple[int, ...]) -> NamedArray:
        front, _ = split(array.axes)
        lead = tuple(array.size(axis) for axis in front)
        data = np.broadcast_to(array.data[insertion(array.axes, (*front, *axes))], (*lead, *shape))
        return NamedArray(data, (*front, *axes))

    def stack(self, arrays: Sequence[NamedArray]) -> NamedArray:
        if len(arrays) == 1:
            return arrays[0]
        parts = []
        for array in arrays:
            data = array.data if BATCH in array.axes else array.data[None]
            parts.append(np.broadcast_to(data, (self.rows, *data.shape[1:])))
        return NamedArray(np.concatenate(parts), (BATCH, *split(arrays[0].axes)[1]))

    def power(self, base: NamedArray, exponent: NamedArray) -> NamedArray:
        return pointwise(np.power, base, exponent)

    def seeded(self, array: NamedArray) -> NamedArray:
        own = split(array.axes)[1]
        shape = tuple(array.size(axis) for axis in own) if len(set(own)) == len(own) else _tail(array, own)
        units = np.eye(int(np.prod(shape)), dtype=np.complex128).reshape(-1, *shape) * (1j * STEP)
        if BATCH in array.axes:
            units = units[:, None]
        return NamedArray(array.data + units, (DIRECTION, *array.axes))

    def slope(self, array: NamedArray, by: NamedArray) -> NamedArray:
        own, shape = split(by.axes)[1], _tail(by, split(by.axes)[1])
        front, mine = split(array.axes)
        if DIRECTION not in front:
            data = np.zeros((*array.data.shape, *shape))
            return NamedArray(data, (*array.axes, *own))
        data = np.moveaxis(array.data.imag / STEP, 0, -1)
        axes = (*carried(front[1:]), *mine, *own)
        return NamedArray(data.reshape(*data.shape[:-1], *shape), axes)


def _tail(array: NamedArray, own: Axes) -> tuple[int, ...]:
    """Units along the array's own axes, which come last."""
    shape: tuple[int, ...] = array.data.shape[array.data.ndim - len(own) :]
    return shape


class OneNetwork:
    """What arithmetics on objects have in common: one network at one step, so that there is no row to stack."""

    def spread(self, array: NamedArray, axes: Axes, shape: tuple[int, ...]) -> NamedArray:
        return NamedArray(np.broadcast_to(array.data[insertion(array.axes, axes)], shape), axes)

    def stack(self, arrays: Sequence[NamedArray]) -> NamedArray:
        (only,) = arrays
        return only


class Balls(OneNetwork):
    """Dual numbers over Arb balls, at the working precision in force; one network at one step."""

    def __init__(self) -> None:
        self.algebra = Algebra(number=_number, constant=_recorded, apply=_apply)

    def leaf(self, rows: NDArray[np.float64], axes: Axes) -> NamedArray:
        return objects([dual(decimal(entry)) for entry in rows[0].flat], rows.shape[1:], axes)

    def power(self, base: NamedArray, exponent: NamedArray) -> NamedArray:
        return pointwise(np.frompyfunc(_raised, 2, 1), base, exponent)

    def seeded(self, array: NamedArray) -> NamedArray:
        entries = without_slopes(array)
        unit = [[arb(int(row == column)) for column in range(len(entries))] for row in range(len(entries))]
        duals = [Dual(entry.value, arb_mat(1, len(entries), row)) for entry, row in zip(entries, unit, strict=True)]
        return objects(duals, array.data.shape, array.axes)

    def slope(self, array: NamedArray, by: NamedArray) -> NamedArray:
        found: list[Dual] = []
        for entry in array.data.flat:
            slopes = [arb(0)] * by.data.size if entry.slope is None else entry.slope.entries()
            found += [Dual(slope) for slope in slopes]
        return objects(found, (*array.data.shape, *by.data.shape), (*array.axes, *by.axes))


class Beyond(ValueError):
    """A statement, or a part of one, that cannot be evaluated at concrete numbers; the message says why."""


def _number(value: Fraction) -> NamedArray:
    return objects([dual(value)], (), ())


def _recorded(array: NamedArray) -> NamedArray:
    return pointwise(np.frompyfunc(lambda entry: Dual(entry.value), 1, 1), array)


def _apply(word: str, *arrays: NamedArray) -> NamedArray:
    return pointwise(np.frompyfunc(FUNCTIONS[word].ball, len(arrays), 1), *arrays)


def without_slopes(array: NamedArray) -> list[Any]:
    """The entries of an array.

    Raises:
        Beyond: one of them carries a derivative already.
    """
    entries = list(array.data.flat)
    if any(entry.slope is not None for entry in entries):
        raise Beyond("a derivative inside a derivative")
    return entries


def objects(entries: Sequence[object], shape: tuple[int, ...], axes: Axes) -> NamedArray:
    """An array of scalars of any type."""
    data = np.empty(len(entries), dtype=object)
    data[:] = entries
    return NamedArray(data.reshape(shape), axes)


def _raised(base: Dual, exponent: Dual) -> Dual:
    """base^n by squaring for an exact integer n; exp(exponent log base) otherwise, for a positive base only."""
    power = exponent.value
    if exponent.slope is None and power.is_exact() and power.is_integer() and abs(power) <= 2**20:
        n = int(float(power))
        return _integer_power(base, n) if n >= 0 else 1 / _integer_power(base, -n)
    return (exponent * base.log()).exp()


def _integer_power(base: Dual, n: int) -> Dual:
    result = dual(1)
    while n:
        if n & 1:
            result = result * base
        base, n = base * base, n >> 1
    return result
