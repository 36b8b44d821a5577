"""Small pieces of emitted source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lstmproof.program.nodes import Axes

FILLS = {
    "": ("blocks", "block[...] = value"),
    "-": ("negated", "np.multiply(value, minus_one, block)"),
    "+": ("added", "block += value"),
}
"""How a parameter goes into its block of a stacked matrix, by sign; `+` where another one is there already."""


def batch_order(position: int, axes: int) -> str:
    """The transposition that moves the last of position + axes + 1 dimensions to `position`."""
    last = position + axes
    return ", ".join(map(str, (*range(position), last, *range(position, last))))


def batch_first(text: str, position: int, axes: int) -> str:
    """A copy with the batch, the last dimension, at `position`."""
    return f"{text}.transpose({batch_order(position, axes)}).copy(order='C')"


def batch_last(text: str, position: int, axes: int) -> str:
    """The batch dimension, at `position`, moved to the end."""
    rest = [at for at in range(position + axes + 1) if at != position]
    return f"{text}.transpose({', '.join(map(str, (*rest, position)))})"


def unpack(names: Sequence[str], views: str) -> list[str]:
    """Names for the views of a tuple."""
    return [f"{', '.join(names)}{',' * (len(names) == 1)} = {views}"] if names else []


def table(axes: Mapping[str, Axes]) -> str:
    """The lines of a dictionary of shapes."""
    return "".join(f"    {name!r}: {shape!r},\n" for name, shape in axes.items())
