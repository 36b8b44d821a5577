"""Problem: concrete sizes, weights, inputs, initial states and cotangents for one cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Problem:
    """Arrays that a kernel or a reading of one cell takes, all of one dtype.

    The loss is the sum over all outputs of `sum(cotangents[label] * output[label])`.
    """

    T: int
    batch: int
    sizes: Mapping[str, int]
    """Units along each axis name."""
    inputs: Mapping[str, Array]
    """`(T, batch, *axes)` by input name."""
    initial: Mapping[str, Array]
    """`(batch, *axes)` by state name, without the 0: `initial["h"]` is the kernel's argument `h0`."""
    parameters: Mapping[str, Array]
    """`(*axes)` by parameter name."""
    constants: Mapping[str, float]
    """Scalar values by constant name; all of them, defaults included."""
    cotangents: Mapping[str, Array]
    """`(T, batch, *axes)` by output label: each state, then each extra output."""


def check_whole(what: str, found: object, least: int, most: int | None = None) -> None:
    """Raise ValueError unless `found` is a whole number in the range.

    >>> check_whole("examples", 0, 1)
    Traceback (most recent call last):
    ValueError: examples is 0, expected a whole number of at least 1
    """
    whole = int(found) if isinstance(found, int | np.integer) and not isinstance(found, bool) else None
    if whole is None or whole < least or (most is not None and whole > most):
        limit = f"of at least {least}" if most is None else f"from {least} to {most:,}"
        raise ValueError(f"{what} is {found!r}, expected a whole number {limit}")
