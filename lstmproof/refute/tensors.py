"""Diagonals and norms of Jacobians, of float64 and of balls."""

from __future__ import annotations

from functools import reduce
from math import prod
from typing import Any

import numpy as np

from lstmproof.readings.named import Axes, NamedArray, split
from lstmproof.refute.arithmetic import Arithmetic, Beyond, apply


def diagonal(array: NamedArray, own: Axes) -> NamedArray:
    """The diagonal of d s(t) / d s(t - q), unit by unit; `own` are the axes of s.

    Raises:
        Beyond: in balls, an entry off the diagonal that is not exactly 0: there is no factor per unit.
    """
    shape = array.data.shape[array.data.ndim - len(own) :]
    size, lead = prod(shape), array.data.shape[: array.data.ndim - 2 * len(own)]
    square = array.data.reshape(*lead, size, size)
    if square.dtype == object:
        off = square[~np.eye(size, dtype=bool)]
        if not all(entry.value.is_zero() for entry in off):
            raise Beyond("a carousel that mixes units")
    found = np.diagonal(square, axis1=-2, axis2=-1).reshape((*lead, *shape))
    return NamedArray(found, (*split(array.axes)[0], *own))


def norm(array: NamedArray, rows: int | None, arithmetic: Arithmetic) -> NamedArray:
    """The largest absolute entry of a vector; the largest row sum of absolute entries of a matrix.

    `rows` counts the axes that number a matrix's rows; None says that it is a vector.
    """
    front, _ = split(array.axes)
    absolute = apply(arithmetic, "abs", array).data
    lead = absolute.shape[: len(front)]
    shape = absolute.shape[len(front) :]
    count = prod(shape[:rows]) if rows is not None else prod(shape)
    table = absolute.reshape(*lead, count, prod(shape) // count)
    return reduce(
        lambda a, b: apply(arithmetic, "maximum", a, b),
        (NamedArray(_shaped(table[..., row, :].sum(axis=-1)), front) for row in range(count)),
    )


def _shaped(data: Any) -> Any:
    return data if hasattr(data, "shape") else np.array(data, dtype=object)
