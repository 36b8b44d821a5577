"""The whole Jacobian of a cell: every output by every input, initial state and parameter, in one batched call each way.

The kernel's own backward gives it: each cotangent is 1 in one place, in a batch row of its own, and `backward_rows`
keeps the gradients of the rows apart. Complex steps check it: each perturbation rides in a row of its own through a
forward kernel built for complex numbers, perturbed parameters as nudges (`verify.nudges`). Derivatives across
the rows of the problem's own batch are 0 and part of neither; the law `batch` is about them.

Functions with kinks mean something else on complex numbers in NumPy, and a recorded constant is the real part of a
value: cells with either, and the truncated flow, are stepped by the interpreter, with the table's complex-step forms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from lstmproof.calculus.truncate import truncate
from lstmproof.kernels import interpreter
from lstmproof.kernels.kernel import Kernel, build
from lstmproof.language.definition import Definition
from lstmproof.language.table import FUNCTIONS
from lstmproof.problem import Array, Problem
from lstmproof.program.expr import BARRIERS, Apply, walk
from lstmproof.program.nodes import Pointwise, Program
from lstmproof.readings.complex_step import STEP
from lstmproof.readings.flow import Flow
from lstmproof.readings.rounding import magnitudes
from lstmproof.verify.nudges import Nudged, Site, nudged
from lstmproof.verify.rows import BATCH, Buffer, Letters, Piece, calls, diagonal, joined, split, spread
from lstmproof.verify.tolerance import rounding

Jacobian = dict[tuple[str, str], Array]
"""By output and argument (`h0` is the initial h): (T, *axes of the output, batch, *entry of the argument).

An entry of a parameter has the parameter's axes, one of an initial state the state's, one of an input (T, *axes).
"""

ANALYTIC = {
    "negative",
    "exp",
    "add",
    "subtract",
    "multiply",
    "divide",
    "reciprocal",
    "tanh",
    "log",
    "sqrt",
    "sin",
    "cos",
}
"""NumPy functions whose derivative a complex step takes; `maximum`, `absolute` and the like are none."""

MEMORY = 2**30
"""Bytes that the values of one call may take, about; a larger Jacobian takes several calls."""

TIME = "step"
"""The letter of time, beside those of axes."""


@dataclass(frozen=True)
class Block:
    """How the two Jacobians of one output by one argument compare."""

    output: str
    argument: str
    entries: int
    error: float
    """The largest difference; not a number if one is not."""
    size: float
    """The largest entry."""
    norm_error: float
    """The norm of the difference over that of the block; 0 if both are 0."""
    worst: float
    """The largest difference in units of what is allowed: at most 1 where both are right."""


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
        """The largest difference; not a number if one is not."""
        return float(np.max([block.error for block in self.blocks], initial=0.0))

    @property
    def agrees(self) -> bool:
        """Whether anything was compared, and rounding explains every difference."""
        return self.entries > 0 and all(block.worst <= 1 for block in self.blocks)


@dataclass(frozen=True)
class JacobianChecker:
    """Checks the Jacobians of one cell; kernels are built when first needed and then kept."""

    definition: Definition
    flow: Flow = "full"
    given: Kernel | None = None
    """The kernel to check; by default the cell's own."""

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
        """None where the interpreter has to step."""
        return build(self.nudged.program, "complex128") if is_analytic(self.program) else None

    def check(self, problem: Problem) -> JacobianCheck:
        """Compare the two Jacobians at one float64 problem; its cotangents do not matter."""
        return compared(self.analytic(problem), self.stepped(problem), self.allowed(problem))

    def analytic(self, problem: Problem) -> Jacobian:
        """By the kernel's backward, each cotangent in a row of its own."""
        found = _empty(problem)
        for call in calls(_outputs(problem), _most(self.program, problem, np.dtype("float64"))):
            rows = call[-1].rows.stop
            seeds = {label: _zeros(shape, rows, problem) for label, shape in _outputs(problem).items()}
            for piece in call:
                letters = _letters(piece.shape)
                diagonal(seeds[piece.label], letters, piece, letters)[...] = 1
            inputs = [joined(spread(array, rows, 1, "float64"), 1) for array in problem.inputs.values()]
            initial = [joined(spread(array, rows, 0, "float64"), 0) for array in problem.initial.values()]
            run = self.kernel.forward(*inputs, *initial, **problem.parameters, **problem.constants)
            gradients = self.kernel.backward_rows(run, **{label: joined(array, 1) for label, array in seeds.items()})
            for piece in call:
                for argument, gradient in gradients.items():
                    timed = argument in problem.inputs
                    part = split(gradient, piece, problem.batch, int(timed))
                    part = np.moveaxis(part, 0, len(piece.shape) + 1) if timed else part
                    found[piece.label, argument][piece.lo : piece.hi] = part
        return found

    def stepped(self, problem: Problem) -> Jacobian:
        """By complex steps through the forward pass, each perturbation in a row of its own."""
        found = _empty(problem)
        values = self._unperturbed(problem)
        amounts = [(site, *_amount(site, values, self.program)) for site in self.nudged.sites]
        for call in calls(_arguments(problem), _most(self.nudged.program, problem, np.dtype("complex128"))):
            rows = call[-1].rows.stop
            given = {name: spread(array, rows, 1, "complex128") for name, array in problem.inputs.items()}
            for nudge in self.nudged.nudges:
                shape = (problem.T, *(problem.sizes[axis] for axis in nudge.axes))
                given[nudge.name] = _zeros(shape, rows, problem, "complex128")
            given |= {f"{name}0": spread(array, rows, 0, "complex128") for name, array in problem.initial.items()}
            for piece in call:
                _perturb(piece, given, amounts)
            outputs = self._outputs(problem, given, rows * problem.batch)
            for piece in call:
                for label, output in outputs.items():
                    part = split(output.imag, piece, problem.batch, 1)
                    # (T, *entry, batch, *axes) becomes (T, *axes, batch, *entry)
                    order = [0, *range(len(piece.shape) + 2, part.ndim), len(piece.shape) + 1]
                    part = part.transpose(*order, *range(1, len(piece.shape) + 1))
                    place = (slice(None),) * (part.ndim - len(piece.entries))
                    found[label, piece.label][(*place, *piece.entries)] = part / STEP
        return found

    def allowed(self, problem: Problem) -> dict[str, Array]:
        """What an entry of any output may differ by, by argument: (batch or 1, *entry).

        eps S of the sum of all outputs: S adds absolute values over all paths, so each output has its share of it.
        """
        ones = {label: np.ones(array.shape) for label, array in problem.cotangents.items()}
        found = magnitudes(self.definition, replace(problem, cotangents=ones), self.flow).gradients
        by_row = {label: S[None] for label, S in found.items()}
        by_row |= {label: np.moveaxis(found[label], 1, 0) for label in problem.inputs}
        by_row |= {f"{label}0": found[f"{label}0"] for label in problem.initial}
        return {label: rounding(S) for label, S in by_row.items()}

    def _unperturbed(self, problem: Problem) -> Mapping[str, Array]:
        """Every value of the run itself, (T, batch, *axes), or (*axes) of what no step changes."""
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

    def _outputs(self, problem: Problem, given: Mapping[str, Buffer], batch: int) -> Mapping[str, Buffer]:
        """Outputs of the perturbed rows, (T, batch, *axes), given arrays with the rows last."""
        inputs = {source.name: joined(given[source.name], 1) for source in self.nudged.program.inputs}
        initial = {name: joined(given[f"{name}0"], 0) for name in problem.initial}
        parameters = {name: array.astype(complex) for name, array in problem.parameters.items()}
        if self.complex_kernel is None:
            return interpreter.run(
                self.nudged.program,
                inputs=inputs,
                tape={},
                initial=initial,
                parameters=parameters,
                constants=problem.constants,
                sizes=problem.sizes,
                T=problem.T,
                batch=batch,
            ).outputs
        run = self.complex_kernel.forward(*inputs.values(), *initial.values(), **parameters, **problem.constants)
        return {label: run[label] for label in problem.cotangents}


def is_analytic(program: Program) -> bool:
    """Whether NumPy evaluates all of it on complex numbers as the real formulas continue."""
    applied = {
        part.function
        for node in program.nodes
        if isinstance(node, Pointwise)
        for part in walk(node.expr)
        if isinstance(part, Apply)
    }
    recipes = {ufunc[0] for name in applied & set(FUNCTIONS) for ufunc in FUNCTIONS[name].ufuncs}
    return recipes <= ANALYTIC and not applied & (set(BARRIERS) - {"cut"})


def compared(one: Jacobian, other: Jacobian, allowed: Mapping[str, Array] | float) -> JacobianCheck:
    """The differences of two Jacobians, block by block, held against what `allowed` returns or one number for all."""
    blocks = []
    for key, array in one.items():
        if array.size:
            blocks.append(_block(key, array, other[key], allowed if isinstance(allowed, float) else allowed[key[1]]))
    return JacobianCheck(tuple(blocks))


def _block(key: tuple[str, str], one: Array, other: Array, allowed: Array | float) -> Block:
    difference = np.abs(one - other)
    norm, size = float(np.linalg.norm(difference)), float(np.linalg.norm(one))
    with np.errstate(divide="ignore", invalid="ignore"):
        units = np.where(difference == 0, 0.0, difference / allowed)
    return Block(
        *key,
        entries=one.size,
        error=float(difference.max()),
        size=float(np.abs(one).max()),
        norm_error=norm / size if norm else 0.0,
        worst=float(np.where(np.isnan(units), np.inf, units).max()),
    )


def _outputs(problem: Problem) -> dict[str, tuple[int, ...]]:
    """(T, *axes) of each output."""
    return {label: (array.shape[0], *array.shape[2:]) for label, array in problem.cotangents.items()}


def _arguments(problem: Problem) -> dict[str, tuple[int, ...]]:
    """The shape of an entry of each argument, as a kernel labels its gradient."""
    found = {label: array.shape for label, array in problem.parameters.items()}
    found |= {label: (array.shape[0], *array.shape[2:]) for label, array in problem.inputs.items()}
    return found | {f"{label}0": array.shape[1:] for label, array in problem.initial.items()}


def _empty(problem: Problem) -> Jacobian:
    return {
        (output, argument): np.empty((*shape, problem.batch, *entry))
        for output, shape in _outputs(problem).items()
        for argument, entry in _arguments(problem).items()
    }


def _most(program: Program, problem: Problem, dtype: np.dtype[Any]) -> int:
    """Experiments in one call: a kernel keeps every value of every step, and at most as much again for its gradient."""
    units = sum(prod(problem.sizes[axis] for axis in axes) for axes in program.axes.values())
    return max(1, MEMORY // max(1, 2 * dtype.itemsize * problem.T * problem.batch * units))


def _zeros(shape: tuple[int, ...], rows: int, problem: Problem, dtype: str = "float64") -> Buffer:
    return np.zeros((*shape, rows, problem.batch), dtype)


def _letters(shape: tuple[int, ...]) -> Letters:
    """A letter for each axis of an entry that has time first."""
    return (TIME, *(f"axis {at}" for at in range(1, len(shape))))


def _amount(site: Site, values: Mapping[str, Array], program: Program) -> tuple[Letters, Array]:
    """What perturbing each entry of a parameter by 1 adds at a site, and the letters of that array's axes.

    The product of the other factors, summed over what neither the entry nor the nudge bears.
    """
    operands: list[Any] = []
    number = {letter: at for at, letter in enumerate((TIME, BATCH))}
    for factor in site.factors:
        array = values[factor.name]
        moving = (TIME, BATCH) if array.ndim > len(program.axes[factor.name]) else ()
        letters = (*moving, *factor.indices)
        for letter in letters:
            number.setdefault(letter, len(number))
        operands += [array, [number[letter] for letter in letters]]
    if not operands:
        return (), np.asarray(float(site.sign))
    used = {at for letters in operands[1::2] for at in letters}
    kept = [n for n in number if number[n] in used and n in (TIME, BATCH, *site.entry, *site.indices)]
    return tuple(kept), site.sign * np.einsum(*operands, [number[letter] for letter in kept])


def _perturb(piece: Piece, given: Mapping[str, Buffer], amounts: list[tuple[Site, Letters, Array]]) -> None:
    """Add the steps of a piece of one argument, each in its row."""
    if piece.label in given:
        letters = _letters(piece.shape) if piece.shape else ()
        diagonal(given[piece.label], letters, piece, letters)[...] += 1j * STEP
        return
    for site, letters, amount in amounts:
        if site.parameter == piece.label:
            where = diagonal(given[site.nudge], (TIME, *site.indices), piece, site.entry)
            order = list(dict.fromkeys((TIME, *site.indices, *site.entry, BATCH)))
            if site.entry and site.entry[0] in letters:
                at = letters.index(site.entry[0])
                amount = amount[(*(slice(None) for _ in range(at)), slice(piece.lo, piece.hi))]
            amount = amount.transpose([letters.index(letter) for letter in order if letter in letters])
            absent = tuple(at for at, letter in enumerate(order) if letter not in letters)
            where += 1j * STEP * np.expand_dims(amount, absent)
