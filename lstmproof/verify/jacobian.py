"""The whole Jacobian of a cell: every output by every input, initial state and parameter, checked in three calls.

The kernel's own backward gives it row by row of outputs: each cotangent is 1 in one place, in a batch row of its own,
and `backward_rows` keeps the gradients of the rows apart. Complex steps give it column by column: each perturbation
rides in a batch row of its own of the same forward kernel, built for complex numbers, parameters perturbed by the
nudges of `verify.nudges`. Derivatives between different rows of the problem's batch are 0 and are not part of either;
the law `batch` is about them.

Functions with kinks have no complex NumPy kernel, and recorded constants need the real part of a value: cells with
either, and the truncated flow, are stepped by the interpreter, which holds the table's complex-step forms.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmproof.calculus.truncate import truncate
from lstmproof.kernels import interpreter
from lstmproof.kernels.kernel import Kernel, build
from lstmproof.language.definition import Definition
from lstmproof.language.table import FUNCTIONS
from lstmproof.problem import Array, Problem
from lstmproof.program.expr import Apply, walk
from lstmproof.program.nodes import Pointwise, Program
from lstmproof.readings.complex_step import STEP
from lstmproof.readings.flow import Flow
from lstmproof.readings.rounding import magnitudes
from lstmproof.verify.nudges import Nudged, Site, nudged
from lstmproof.verify.tolerance import rounding

Jacobian = dict[tuple[str, str], Array]
"""By output and argument (`h0` is the initial h): (T, *axes of the output, batch, *entry of the argument).

An entry of a parameter has the parameter's axes, one of an initial state the state's, one of an input (T, *axes).
"""

Letters = tuple[str, ...]

ANALYTIC = {"negative", "exp", "add", "subtract", "multiply", "divide", "reciprocal", "tanh", "log", "sqrt", "sin", "cos"}
"""NumPy functions that mean the same on complex numbers; `logaddexp`, `maximum` and the like do not."""

MEMORY = 2**30
"""Bytes that one call may take, about; what would take more is split."""

STEPS, ROWS = "steps", "rows"
"""Letters of time and batch beside those of axes, which are never two words long."""


@dataclass(frozen=True)
class Block:
    """How the two Jacobians of one output by one argument compare."""

    output: str
    argument: str
    entries: int
    error: float
    """The largest difference; not a number if either Jacobian has none."""
    size: float
    """The largest entry."""
    norm_error: float
    """The norm of the difference over that of the Jacobian; 0 if both are 0."""
    worst: float
    """The largest difference in units of what rounding explains, so that at most 1 agrees."""


@dataclass(frozen=True)
class JacobianCheck:
    """What came of one problem."""

    blocks: tuple[Block, ...]

    @property
    def entries(self) -> int:
        """How many derivatives were compared."""
        return sum(block.entries for block in self.blocks)

    @property
    def error(self) -> float:
        """The largest difference; not a number if any is."""
        return float(np.max([block.error for block in self.blocks], initial=0.0))

    @property
    def agrees(self) -> bool:
        """Whether something was compared and every difference is explained by rounding."""
        return self.entries > 0 and all(block.worst <= 1 for block in self.blocks)


@dataclass(frozen=True)
class _Piece:
    """Entries lo to hi along the first axis of an argument (or steps of an output), in rows of their own of a call."""

    label: str
    lo: int
    hi: int
    start: int
    shape: tuple[int, ...]
    """Of these entries."""

    @property
    def stop(self) -> int:
        return self.start + prod(self.shape)

    @property
    def entries(self) -> tuple[slice, ...]:
        """Where they are in the whole."""
        return (slice(self.lo, self.hi),) if self.shape else ()


@dataclass(frozen=True)
class JacobianChecker:
    """The kernels that check Jacobians of one cell, built once.

    Args:
        definition: the cell.
        flow: `truncated` for the derivatives of the cut system.
        kernel: what is checked; that of the cell if not given.
    """

    definition: Definition
    flow: Flow = "full"
    given: Kernel | None = None

    @cached_property
    def program(self) -> Program:
        program = self.definition.program
        return program if self.flow == "full" else truncate(program)

    @cached_property
    def kernel(self) -> Kernel:
        return self.given or build(self.program)

    @cached_property
    def nudged(self) -> Nudged:
        return nudged(self.program)

    @cached_property
    def complex_kernel(self) -> Kernel | None:
        """None where complex steps through NumPy's functions would not be derivatives."""
        return build(self.nudged.program, "complex128") if _is_analytic(self.program) else None

    def check(self, problem: Problem) -> JacobianCheck:
        """Compare both Jacobians at one float64 problem, whose cotangents do not matter."""
        return compare(self.analytic(problem), self.stepped(problem), self.allowed(problem))

    def allowed(self, problem: Problem) -> dict[str, Array]:
        """What entries of each argument may differ by, (1 or batch, *entry): eps S for the sum of all outputs.

        S is a sum of absolute values over all paths to the outputs, so that what it allows their sum bounds each of them.
        """
        ones = {label: np.ones(array.shape) for label, array in problem.cotangents.items()}
        found = magnitudes(self.definition, replace(problem, cotangents=ones), self.flow).gradients
        by_row = {label: np.moveaxis(found[label], 1, 0) for label in problem.inputs}
        by_row |= {f"{label}0": found[f"{label}0"] for label in problem.initial}
        by_row |= {label: found[label][None] for label in problem.parameters}
        return {label: rounding(S) for label, S in by_row.items()}

    def analytic(self, problem: Problem) -> Jacobian:
        """By the kernel's backward, each cotangent in a row of its own."""
        T, batch = problem.T, problem.batch
        found = _empty(problem)
        for call in _calls(_outputs(problem), _most(self.program, problem, np.dtype(np.float64))):
            rows = call[-1].stop
            inputs = [_repeated(array, rows, 1) for array in problem.inputs.values()]
            initial = [_repeated(array, rows, 0) for array in problem.initial.values()]
            seeds = {label: np.zeros((*_moved(array, 1), rows, batch)) for label, array in problem.cotangents.items()}
            for piece in call:
                letters = (STEPS, *(f"axis {at}" for at in range(len(piece.shape) - 1)))
                _diagonal(seeds[piece.label], letters, piece, letters)[0][...] = 1
            run = self.kernel.forward(*inputs, *initial, **problem.parameters, **problem.constants)
            cotangents = {label: _rows_at(array, 1) for label, array in seeds.items()}
            gradients = self.kernel.backward_rows(run, **cotangents)
            for piece in call:
                for argument, shape in _arguments(problem).items():
                    part = gradients[argument]
                    part = np.moveaxis(part, 1, 0) if argument in problem.inputs else part
                    part = part.reshape(rows, batch, *shape)[piece.start : piece.stop]
                    found[piece.label, argument][piece.lo : piece.hi] = part.reshape(*piece.shape, batch, *shape)
        return found if T else {}

    def stepped(self, problem: Problem) -> Jacobian:
        """By complex steps through the forward pass, each perturbation in a row of its own."""
        found = _empty(problem)
        amounts = [(site, *_amount(site, values)) for values in [self._values(problem)] for site in self.nudged.sites]
        for call in _calls(_arguments(problem), _most(self.nudged.program, problem, np.dtype(np.complex128))):
            rows = call[-1].stop
            inputs = {name: _spread(array, rows, 1) for name, array in problem.inputs.items()}
            for nudge in self.nudged.nudges:
                shape = (problem.T, *(problem.sizes[axis] for axis in nudge.axes), rows, problem.batch)
                inputs[nudge.name] = np.zeros(shape, complex)
            initial = {name: _spread(array, rows, 0) for name, array in problem.initial.items()}
            for piece in call:
                self._perturb(piece, inputs, initial, amounts)
            outputs = self._forward(problem, inputs, initial)
            for piece in call:
                for label, output in outputs.items():
                    axes = output.shape[2:]
                    part = output.imag.reshape(problem.T, rows, problem.batch, *axes)[:, piece.start : piece.stop]
                    part = part.reshape(problem.T, *piece.shape, problem.batch, *axes)
                    part = np.moveaxis(part, range(1, 1 + len(piece.shape)), range(-len(piece.shape), 0))
                    part = np.moveaxis(part, 1, 1 + len(axes))
                    found[label, piece.label][(..., *piece.entries, *_whole(piece))] = part / STEP
        return found

    def _values(self, problem: Problem) -> Mapping[str, Array]:
        """Every value of the unperturbed run, (T, batch, *axes), or (*axes) of what is the same at every step."""
        return interpreter.run(
            self.program,
            inputs=problem.inputs,
            tape={},
            initial=problem.initial,
            parameters=problem.parameters,
            constants=problem.constants,
            sizes=problem.sizes,
            T=problem.T,
            batch=problem.batch,
        ).values
