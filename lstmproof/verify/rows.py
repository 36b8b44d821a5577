"""Many small experiments in one call of a kernel: each entry of an array is seeded in a batch row of its own.

A call has `rows` experiments of `batch` rows each, experiment by experiment. Arrays are filled with both last,
(..., rows, batch), which is how kernels keep them; `joined` makes the kernel's argument of one without a copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmproof.problem import Array

Letters = tuple[str, ...]

Buffer = NDArray[Any]
"""Real or complex."""

BATCH = "batch row"
"""The letter of the batch, beside those of axes."""


@dataclass(frozen=True)
class Piece:
    """Entries of one array that a call seeds: `lo` to `hi` along its first axis, everything along the others."""

    label: str
    lo: int
    hi: int
    shape: tuple[int, ...]
    """Of these entries."""
    start: int
    """The first of their rows."""

    @property
    def rows(self) -> slice:
        return slice(self.start, self.start + prod(self.shape))

    @property
    def entries(self) -> tuple[slice, ...]:
        """Their place in the whole array."""
        return (slice(self.lo, self.hi), *(slice(None) for _ in self.shape[1:])) if self.shape else ()


def calls(shapes: Mapping[str, tuple[int, ...]], most: int) -> Iterator[tuple[Piece, ...]]:
    """All entries of arrays of these shapes, in calls of at most `most` rows, or of one place along a first axis.

    >>> [[(piece.label, piece.lo, piece.hi) for piece in call] for call in calls({"W": (3, 2), "b": (3,)}, 5)]
    [[('W', 0, 2)], [('W', 2, 3), ('b', 0, 3)]]
    """
    call: list[Piece] = []
    filled = 0
    for label, shape in shapes.items():
        length, width = (shape[0], prod(shape[1:])) if shape else (1, 1)
        lo = 0
        while lo < length and width:
            hi = min(length, lo + (most - filled) // width)
            if hi == lo and call:
                yield tuple(call)
                call, filled = [], 0
                continue
            hi = max(hi, lo + 1)
            call.append(Piece(label, lo, hi, (hi - lo, *shape[1:]) if shape else (), filled))
            filled, lo = filled + (hi - lo) * width, hi
    if call:
        yield tuple(call)


def diagonal(array: Buffer, letters: Letters, piece: Piece, entry: Letters) -> Buffer:
    """A view of where each entry of a piece meets itself: the axes `letters`, those of `entry` not among them, batch.

    Args:
        array: (*letters, rows, batch).
        letters: names of the array's axes, all different.
        piece: the entries.
        entry: names of the piece's axes; where one is also the array's, the view has it once.
    """
    part = array[..., piece.rows, :].reshape(*array.shape[:-2], *piece.shape, array.shape[-1])
    if entry and entry[0] in letters:
        at = letters.index(entry[0])
        part = part[(*(slice(None) for _ in range(at)), slice(piece.lo, piece.hi))]
    number = {letter: place for place, letter in enumerate(dict.fromkeys((*letters, *entry, BATCH)))}
    view: Buffer = np.einsum(part, [number[letter] for letter in (*letters, *entry, BATCH)], list(number.values()))
    return view


def spread(array: Array, rows: int, position: int, dtype: str) -> Buffer:
    """The same array in every experiment: (..., rows, batch) from one with its batch at `position`."""
    last = np.moveaxis(array, position, -1)[..., None, :]
    return np.broadcast_to(last, (*last.shape[:-2], rows, last.shape[-1])).astype(dtype)


def joined(array: Buffer, position: int) -> Buffer:
    """(..., rows, batch) as an argument of a kernel: one batch of rows * batch, at `position`."""
    return np.moveaxis(array.reshape(*array.shape[:-2], array.shape[-2] * array.shape[-1]), -1, position)


def split(array: Buffer, piece: Piece, batch: int, position: int) -> Buffer:
    """What a kernel returned for a piece: (..., *piece, batch, ...) in place of the axis rows * batch at `position`."""
    before, after = array.shape[:position], array.shape[position + 1 :]
    whole = array.reshape(*before, array.shape[position] // max(1, batch), batch, *after)
    part = whole[(*(slice(None) for _ in before), piece.rows)]
    return part.reshape(*before, *piece.shape, batch, *after)
