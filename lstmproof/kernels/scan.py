"""The plan of one scan: what placing finds, and the source is written from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lstmproof.kernels.instructions import Fixed
from lstmproof.kernels.layout import FACED, Call, Place
from lstmproof.kernels.phases import Phase
from lstmproof.program.nodes import Axes, Program

HELD = "@"
"""Mark of a literal that is a fixed value of the program, such as a constant."""


@dataclass(frozen=True)
class ScanPlan:
    """One direction of a kernel: where its values live and what it calls, phase by phase."""

    program: Program
    record: str
    """The slab that holds every step: `tape` forward, `flow` backward."""
    place: Mapping[str, Place]
    axes: Mapping[str, Axes]
    phase: Mapping[str, Phase]
    operand: Mapping[str, str]
    """For a new state that is an operand of a product at its own step, the value that repeats it beside the others."""
    record_rows: tuple[str, ...]
    given_rows: tuple[str, ...]
    """Cotangents given by the caller that nothing but single calls reads."""
    result_rows: tuple[str, ...]
    """Cotangents handed to the caller that nothing reads."""
    work_rows: tuple[str, ...]
    faced_rows: Mapping[str, tuple[str, ...]]
    """The rows of each slab in the caller's layout."""
    ones: Mapping[str, str]
    """For an input in the caller's layout, the column of ones beside it."""
    fixed_rows: tuple[str, ...]
    """Fixed values that meet values of a step elementwise, repeated over the batch."""
    fixed: tuple[Fixed, ...]
    calls: Mapping[Phase, tuple[Call, ...]]

    def rows_of(self, slab: str) -> tuple[str, ...]:
        """The rows of the record, or of a slab in the caller's layout, in order."""
        return self.faced_rows[slab] if slab in FACED else self.record_rows
