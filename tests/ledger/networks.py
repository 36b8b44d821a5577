"""Cells of the catalogue as the tests of the ledger run them: through their kernels, on plain arrays of one row."""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lstmproof.calculus.truncate import truncate
from lstmproof.catalogue import find
from lstmproof.kernels.kernel import Kernel, build

Array = NDArray[np.float64]
Flow = Literal["full", "truncated"]


@cache
def kernel(cell: str, flow: Flow = "full") -> Kernel:
    """The kernel of a cell of the catalogue."""
    program = find(cell).program
    return build(truncate(program) if flow == "truncated" else program)


def zeros(cell: str, sizes: dict[str, int]) -> dict[str, Array]:
    """All parameters of a cell, 0."""
    return {name: np.zeros([sizes[axis] for axis in axes]) for name, axes in find(cell).parameters.items()}


def drawn(cell: str, sizes: dict[str, int], seed: int, scale: float = 1.0) -> dict[str, Array]:
    """All parameters of a cell, normal with standard deviation `scale`."""
    random = np.random.default_rng(seed)
    return {name: scale * random.normal(size=value.shape) for name, value in zeros(cell, sizes).items()}


def last(T: int, *shape: int) -> Array:
    """The cotangent of a sum over the units at step T alone: (T, 1, *shape)."""
    cotangent = np.zeros((T, 1, *shape))
    cotangent[-1] = 1.0
    return cotangent
