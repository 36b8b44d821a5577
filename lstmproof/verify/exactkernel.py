"""Emitted kernels run on exact elements: what a corrupted source computes, compared as rational functions.

The module's text is compiled once more with arrays of objects in place of floats. Every number that goes in is a symbol of its own, so equal
results are equal for all numbers, at the shapes that were run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmproof.kernels.kernel import compiled
from lstmproof.language.definition import Definition
from lstmproof.verify.exact import Field
from lstmproof.verify.onestep import symbol_name

SHAPES = ((1, 1), (2, 1), (3, 2))
"""Steps and rows that a kernel is run on."""

UNITS = 2


def on_objects(source: str) -> str:
    """A kernel's source for arrays of exact objects; what only floats have is left out."""
    for dtype in ("float64", "float32"):
        source = source.replace(f"DTYPE = np.{dtype}\n", "DTYPE = np.dtype(object)\n")
    return source.replace("    _check_finite(", "    (lambda _: None)(")
