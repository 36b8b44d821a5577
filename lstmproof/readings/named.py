"""NamedArray: an array whose axes have names, and the contractions of the language over them.

Axes in front whose names no derivation can write (`@direction`, `@batch`) are carried: every operation broadcasts
over them by name and no contraction sums them. Of the others `W @ v` sums by position, so that names may repeat.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from string import ascii_lowercase
from typing import Any

import numpy as np

Axes = tuple[str, ...]
Index = tuple[slice | None, ...]

DIRECTION = "@direction"
"""One entry for each direction along which a reading differentiates."""

BATCH = "@batch"
"""One entry for each batch row."""

_CARRIED = {DIRECTION: "Y", BATCH: "Z"}
"""Carried axes in their one order, each with its index letter."""


class AxisError(ValueError):
    """Operands whose axes do not agree: a body that the language's own checks should have refused."""


@lru_cache(maxsize=4096)
def split(axes: Axes) -> tuple[Axes, Axes]:
    """Carried axes and the tensor's own."""
    carried = tuple(axis for axis in axes if axis in _CARRIED)
    return carried, axes[len(carried) :]


def carried(*operands: Axes) -> Axes:
    """Every carried axis of the operands, in order."""
    return tuple(axis for axis in _CARRIED if any(axis in axes for axes in operands))


@lru_cache(maxsize=4096)
def aligned(left: Axes, right: Axes) -> tuple[Axes, Index, Index]:
    """Axes of a pointwise result, and for each operand the index that inserts the axes which it lacks.

    Raises:
        AxisError: the smaller operand does not line up with the larger by name, in order and in one way only.

    >>> aligned(("block",), ("@batch", "block", "unit"))[0]
    ('@batch', 'block', 'unit')
    """
    own = max(split(left)[1], split(right)[1], key=len)
    axes = (*carried(left, right), *own)
    return axes, insertion(left, axes), insertion(right, axes)


@lru_cache(maxsize=4096)
def insertion(operand: Axes, axes: Axes) -> Index:
    """The index that makes an operand line up with `axes`: by position if its own axes are the same, else by name."""
    front, own = split(operand)
    all_front, target = split(axes)
    places = list(range(len(own)))
    if own != target:
        places = [target.index(axis) if target.count(axis) == 1 else -1 for axis in own]
        if -1 in places or places != sorted(set(places)):
            raise AxisError(f"axes {own} do not line up with {target} by name")
    carries = (slice(None) if axis in front else None for axis in all_front)
    return (*carries, *(slice(None) if place in places else None for place in range(len(target))))


@dataclass(frozen=True)
class Plan:
    """A sum of products: an index letter for each axis of each operand and of the result.

    `letters` holds every letter in an order that the operands and the result all keep.
    """

    operands: tuple[str, ...]
    result: str
    axes: Axes
    """Axes of the result."""
    letters: str

    @cached_property
    def einsum(self) -> str:
        return ",".join(self.operands) + "->" + self.result

    @cached_property
    def insertions(self) -> tuple[Index, ...]:
        """For each operand the index that makes it line up with `letters`."""
        return tuple(tuple(slice(None) if x in letters else None for x in self.letters) for letters in self.operands)

    @cached_property
    def summed(self) -> tuple[int, ...]:
        """Positions among `letters` that the result sums over."""
        return tuple(place for place, letter in enumerate(self.letters) if letter not in self.result)


def _plan(operands: tuple[Axes, ...], own: tuple[str, ...], result: str, axes: Axes, letters: str) -> Plan:
    """Complete letters of the operands' own axes with those of the carried ones."""
    front = carried(*operands)
    fronts = tuple("".join(_CARRIED[axis] for axis in carried(operand)) for operand in operands)
    lead = "".join(_CARRIED[axis] for axis in front)
    full = tuple(head + tail for head, tail in zip(fronts, own, strict=True))
    return Plan(full, lead + result, (*front, *axes), lead + letters)


@lru_cache(maxsize=1024)
def product_plan(left: Axes, right: Axes) -> Plan:
    """`left @ right`: the last axes of a weight on the left, or the first of one on the right, with all of the other.

    >>> product_plan(("hidden", "input"), ("@batch", "input")).einsum
    'ab,Zb->Za'
    """
    a, b = split(left)[1], split(right)[1]
    if len(a) >= len(b):
        kept = len(a) - len(b)
        letters = ascii_lowercase[: len(a)]
        own, result, axes, summed = (letters, letters[kept:]), letters[:kept], a[:kept], (a[kept:], b)
    else:
        letters = ascii_lowercase[: len(b)]
        own, result, axes, summed = (letters[: len(a)], letters), letters[len(a) :], b[len(a) :], (a, b[: len(a)])
    if summed[0] != summed[1]:
        raise AxisError(f"a product sums axes {summed[0]} against {summed[1]}")
    return _plan((left, right), own, result, axes, letters)


@lru_cache(maxsize=1024)
def outer_plan(left: Axes, right: Axes) -> Plan:
    """`outer(left, right)`: the axes of both, one after the other."""
    a, b = split(left)[1], split(right)[1]
    letters = ascii_lowercase[: len(a) + len(b)]
    return _plan((left, right), (letters[: len(a)], letters[len(a) :]), letters, (*a, *b), letters)


@lru_cache(maxsize=1024)
def dot_plan(left: Axes, right: Axes) -> Plan:
    """`dot(left, right)`: the sum of all products of two tensors of the same axes."""
    a, b = split(left)[1], split(right)[1]
    if a != b:
        raise AxisError(f"dot of axes {a} and {b}")
    letters = ascii_lowercase[: len(a)]
    return _plan((left, right), (letters, letters), "", (), letters)


@lru_cache(maxsize=1024)
def sum_plan(axes: Axes, axis: str | None) -> Plan:
    """The sum over one named axis, or over all of the tensor's own."""
    own = split(axes)[1]
    if axis is not None and own.count(axis) != 1:
        raise AxisError(f"sum over {axis} of axes {own}")
    letters = ascii_lowercase[: len(own)]
    kept = [(letter, name) for letter, name in zip(letters, own, strict=True) if axis not in (None, name)]
    return _plan((axes,), (letters,), "".join(letter for letter, _ in kept), tuple(name for _, name in kept), letters)


@dataclass(slots=True, eq=False)  # frozen, making them would take most of the time of small readings
class NamedArray:
    """An array of float64, complex128 or objects, or a torch or JAX tensor, with a name for each of its axes."""

    data: Any
    axes: Axes

    def __add__(self, other: NamedArray) -> NamedArray:
        return pointwise(operator.add, self, other)

    def __sub__(self, other: NamedArray) -> NamedArray:
        return pointwise(operator.sub, self, other)

    def __mul__(self, other: NamedArray) -> NamedArray:
        return pointwise(operator.mul, self, other)

    def __truediv__(self, other: NamedArray) -> NamedArray:
        return pointwise(operator.truediv, self, other)

    def __neg__(self) -> NamedArray:
        return pointwise(negated, self)

    def __pow__(self, exponent: int) -> NamedArray:
        return NamedArray(_boxed(self.data**exponent), self.axes)

    def size(self, axis: str) -> int:
        """Units along an axis."""
        return int(self.data.shape[self.axes.index(axis)])

    def contract(self, plan: Plan, *others: NamedArray) -> NamedArray:
        """The sum of products that `plan` describes, of this array and the others."""
        factors = [self.data, *(other.data for other in others)]
        if all(isinstance(factor, np.ndarray) and factor.dtype != object for factor in factors):
            return NamedArray(np.einsum(plan.einsum, *factors), plan.axes)
        product: Any = 1
        for factor, index in zip(factors, plan.insertions, strict=True):
            product = product * factor[index]
        return NamedArray(_boxed(product.sum(plan.summed) if plan.summed else product), plan.axes)


def pointwise(function: Callable[..., Any], left: NamedArray, right: NamedArray | None = None) -> NamedArray:
    """`function` of one or two operands aligned by name."""
    if right is None:
        return NamedArray(_boxed(function(left.data)), left.axes)
    if left.axes == right.axes:
        return NamedArray(_boxed(function(left.data, right.data)), left.axes)
    axes, index, other = aligned(left.axes, right.axes)
    return NamedArray(_boxed(function(left.data[index], right.data[other])), axes)


def negated(data: Any) -> Any:
    """-data, by a product with -1: NumPy 2.4.6 negates wrongly where elements lie 64 bytes apart."""
    return data * -1.0 if isinstance(data, np.ndarray) and data.dtype != object else -data


def _boxed(data: Any) -> Any:
    """Data with a shape: NumPy hands back the bare object of an array without axes."""
    return data if hasattr(data, "shape") else np.array(data, dtype=object)
