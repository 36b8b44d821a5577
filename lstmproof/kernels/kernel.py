"""Kernel: an emitted module, compiled and ready to call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lstmproof.calculus.adjoint import adjoint as derive_adjoint
from lstmproof.kernels.lines import Line, located
from lstmproof.kernels.plan import plan
from lstmproof.kernels.search import MOST_TRIES
from lstmproof.kernels.source import module_source
from lstmproof.program.nodes import Program

Array = NDArray[Any]
Dtype = Literal["float64", "float32", "complex128"]


@dataclass(frozen=True)
class Kernel:
    """Forward and backward pass of one cell over whole sequences.

    `forward(x, h0, c0, W_f=..., ...)` is called like the cell: inputs, initial states, then parameters and constants
    by keyword; inputs are `(T, batch, *axes)`, initial states `(batch, *axes)`. It returns a run: `run["h"]`, or
    `run.h`, is a copy of the trajectory `(T, batch, *axes)`, t = 1..T. `backward(run, h=dL_dh, ...)` takes cotangents
    of the outputs, of their shapes, those left out being zero, and returns the gradient of every parameter, input and
    initial state by name; `backward_rows` keeps the gradients of parameters apart for each row of the batch.
    """

    source: str
    """The emitted module: it imports NumPy alone and runs without this package."""
    forward: Callable[..., Any]
    backward: Callable[..., Mapping[str, Array]]
    backward_rows: Callable[..., Mapping[str, Array]]
    lines: Mapping[str, Line] = field(default_factory=dict)
    """By value of the adjoint, and for each gradient that `backward` returns by `result(label)`, the line of `source`
    that gives it. A module whose text alone is known has none."""


def build(
    program: Program,
    dtype: Dtype = "float64",
    adjoint: Program | None = None,
    header: Sequence[str] = (),
    tries: int = MOST_TRIES,
) -> Kernel:
    """Plan, emit and compile the kernel of `program`.

    Args:
        program: a forward Program; of the truncated flow, `truncate(program)`.
        dtype: of every array.
        adjoint: the backward Program; derived if not given.
        header: lines of the comment that opens the source.
        tries: orders of rows in memory that are looked at for the fewest calls; any gives the same numbers.
    """
    lines = list(header) or [f"{program.name}. Generated; do not edit."]
    backward = adjoint if adjoint is not None else derive_adjoint(program)
    planned = plan(program, backward, tries)
    emitted = module_source(planned, dtype, lines)
    kernel = compiled(emitted.text)
    return replace(kernel, lines=located(backward, planned.read, planned.same, emitted.places))


def compiled(source: str) -> Kernel:
    """The kernel of an emitted module's text."""
    names: dict[str, Any] = {"__name__": "lstmproof_kernel", "np": np}
    exec(compile(source, "<emitted kernel>", "exec"), names)
    return Kernel(source, names["forward"], names["backward"], names["backward_rows"])
