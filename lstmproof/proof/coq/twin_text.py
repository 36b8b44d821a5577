"""A second cell beside the first, as Coq reads it: what both name alike is one thing, its own values have own names.

The two are given the same sizes, parameters, inputs and initial states; values that each computes are two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from lstmproof.program.nodes import Program
from lstmproof.proof.coq.cell_text import CellText, kind

TWIN = "'b"
"""Ends the names of what only the second cell has."""


class TwinText(CellText):
    """The second cell; what it is given has the words of `cell`, where that is given it too."""

    def __init__(self, cell: CellText, program: Program, named_constants: Mapping[str, Fraction | None]) -> None:
        super().__init__(program, named_constants, ())
        self.cell = cell
        self.time = cell.time
        assert cell.program is not None
        both = {each.name for each in cell.program.given} & {each.name for each in program.given}
        of_each = ({name: each.constants[name] for name in both if name in each.constants} for each in (cell, self))
        assert next(of_each) == next(of_each), "a name of both cells is a constant in both, or in none"
        self._shared = both | ({f"{label}0" for label in cell.states} & {f"{label}0" for label in self.states})

    def word(self, name: str) -> str:
        """The first cell's word for what both are given, else its own."""
        return self.cell.word(name) if name in self._shared else f"{super().word(name)}{TWIN}"

    def size(self, axis: str) -> str:
        """The first cell's word for an axis of both, else its own."""
        return self.cell.size(axis) if axis in self.cell.axis_names else f"{super().size(axis)}{TWIN}"

    def index(self, axis: str) -> str:
        """The first cell's word for an axis of both, else its own."""
        return self.cell.index(axis) if axis in self.cell.axis_names else f"{super().index(axis)}{TWIN}"

    @property
    def own_axes(self) -> tuple[str, ...]:
        """Axes that the first cell lacks."""
        return tuple(axis for axis in self.axis_names if axis not in self.cell.axis_names)

    @property
    def own_fixed(self) -> tuple[str, ...]:
        """Parameters, and constants that may be any number, that the first cell lacks."""
        return tuple(source.name for source in self.fixed if source.name not in self._shared)

    @property
    def own_sequences(self) -> tuple[str, ...]:
        """What it computes, and its states."""
        return tuple(name for name in self.sequences if name not in self._shared)

    def binders(self) -> Iterator[str]:
        """What is quantified beside that of the first cell."""
        if self.own_axes:
            yield f"({' '.join(self.size(axis) for axis in self.own_axes)} : nat)"
        yield from (f"({self.word(name)} : {kind(len(self.axes_of[name]))})" for name in self.own_fixed)
        yield from (self.binder(name) for name in self.own_sequences)
