"""Cases: one generated problem with what the readings make of it, and the kernels under test run on it.

Both are computed when first asked for and then kept, so that laws share them, and mutants share the readings.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import numpy as np

from lstmproof.calculus.online import online
from lstmproof.calculus.tangent import tangent
from lstmproof.calculus.truncate import truncate
from lstmproof.kernels import interpreter
from lstmproof.kernels.kernel import Dtype, Kernel, build
from lstmproof.language.definition import Definition
from lstmproof.problem import Array, Problem
from lstmproof.program.nodes import Program
from lstmproof.readings import ball, complex_step, differences, movement, reference, rounding
from lstmproof.readings.flow import Flow
from lstmproof.readings.named import NamedArray
from lstmproof.readings.rounding import Magnitudes
from lstmproof.verify import tolerance
from lstmproof.verify.generate import Draw, cast, map_arrays, problem_of

Gradient = Mapping[str, Array]
"""Arrays by label."""

Kept = TypeVar("Kept")

_tangent = lru_cache(maxsize=16)(tangent)
"""One cell's tangent Program serves all its cases."""


class Redraw(Exception):
    """A law declines a case: what it compares says nothing there."""


class Broken(Exception):
    """A law that does not hold for a reason other than a number beyond its tolerance; the message says which."""


KERNEL_ERRORS = (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, NameError)
"""What wrong emitted code may raise."""


@dataclass(frozen=True, eq=False)
class Case:
    """One problem of one cell; everything here comes from the readings, nothing from a kernel."""

    definition: Definition
    draw: Draw
    _kept: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def _once(self, key: tuple[str, ...], compute: Callable[[], Kept]) -> Kept:
        if key not in self._kept:
            self._kept[key] = compute()
        kept: Kept = self._kept[key]
        return kept

    @cached_property
    def problem(self) -> Problem:
        return problem_of(self.definition, self.draw)

    def problem_in(self, dtype: Dtype) -> Problem:
        """The problem rounded to `dtype`."""
        return self.problem if dtype == "float64" else self._once(("cast", dtype), lambda: cast(self.problem, dtype))

    def reference(self, dtype: Dtype = "float64") -> Gradient:
        """Outputs by label, of the reference reading in float64 on the numbers of the rounded problem."""
        return self._once(("reference", dtype), lambda: reference.run(self.definition, self.problem_in(dtype)))

    def magnitudes(self, flow: Flow = "full", dtype: Dtype = "float64") -> Magnitudes:
        return self._once(
            ("magnitudes", flow, dtype), lambda: rounding.magnitudes(self.definition, self.problem_in(dtype), flow)
        )

    def gradient(self, flow: Flow = "full", dtype: Dtype = "float64") -> Gradient:
        """By complex step in float64, on the numbers of the rounded problem."""
        return self._once(
            ("gradient", flow, dtype), lambda: complex_step.gradient(self.definition, self.problem_in(dtype), flow)
        )

    def differences(self, flow: Flow) -> tuple[Gradient, Gradient]:
        """Central differences and the bound of their error."""
        return self._once(("differences", flow), lambda: differences.gradient(self.definition, self.problem, flow))

    def enclosure(self) -> Mapping[str, ball.Enclosure]:
        return self._once(("ball",), lambda: ball.gradient(self.definition, self.problem, "full"))

    @cached_property
    def tangent(self) -> Gradient:
        """The tangent of each output along `direction`, by forward accumulation through the Program."""
        return tangent_of(self.definition.program, self.problem, self.direction)

    @cached_property
    def point(self) -> Gradient:
        """Everything that a gradient exists for, by the gradient's label."""
        return arguments_of(self.problem)

    @cached_property
    def direction(self) -> Gradient:
        """A random direction in which every argument moves by about its own size."""
        random = np.random.default_rng((self.draw.seed, 1))
        return {
            label: random.normal(size=array.shape) * (np.abs(array).max(initial=0.0) or 1.0)
            for label, array in self.point.items()
        }

    @cached_property
    def reach(self) -> float:
        """How far `direction` moves any function's argument, in units of where it bends."""
        moves = {label: v[:, None] if label in self.problem.inputs else v[None] for label, v in self.direction.items()}
        return float(movement.reach(self.definition, self.problem, moves, 1).max(initial=0.0))

    @cached_property
    def stopped(self) -> list[NamedArray]:
        """What the cell stops in the full flow, as recorded on this problem."""
        return differences.record(self.definition, self.problem, "full")

    @cached_property
    def omitted(self) -> tuple[str, ...]:
        """Outputs whose cotangent is left out of calls, which stands for zeros: where it is zero, for odd seeds."""
        kinds = dict(self.draw.cotangents)
        return tuple(label for label, kind in kinds.items() if kind == "zero" and self.draw.seed % 2)

    def declined(self, dtype: Dtype = "float64") -> str:
        """Why no law can use this case in arithmetic of `dtype`; empty if it can."""
        return self._once(("declined", dtype), lambda: self._decline(dtype))

    def _decline(self, dtype: Dtype) -> str:
        with np.errstate(all="ignore"):
            outputs = self.reference(dtype)
            if not all(np.isfinite(array).all() for array in outputs.values()):
                return "not finite"
            return tolerance.smooth_enough(self.magnitudes("full", dtype), outputs, dtype)


def tangent_of(program: Program, problem: Problem, direction: Gradient) -> dict[str, Array]:
    """Jv: the tangent of every output along a direction given by gradient label, by forward accumulation."""

    def doubled(arrays: Mapping[str, Array], suffix: str = "") -> dict[str, Array]:
        return {**arrays, **{f"{name}.dot": direction[name + suffix] for name in arrays}}

    with np.errstate(all="ignore"):
        scan = interpreter.run(
            _tangent(program),
            inputs=doubled(problem.inputs),
            tape={},
            initial=doubled(problem.initial, "0"),
            parameters=doubled(problem.parameters),
            constants=problem.constants,
            sizes=problem.sizes,
            T=problem.T,
            batch=problem.batch,
        )
    return {label: scan.outputs[f"{label}.dot"] for label in problem.cotangents}


def arguments_of(problem: Problem) -> dict[str, Array]:
    """A problem's inputs, initial states and parameters by the labels of their gradients."""
    initial = {f"{name}0": array for name, array in problem.initial.items()}
    return {**problem.inputs, **initial, **problem.parameters}


@dataclass(frozen=True, eq=False)
class Kernels:
    """The kernels of one cell, built when first asked for."""

    definition: Definition
    built: dict[tuple[Flow, Dtype], Kernel] = field(default_factory=dict)
    """What to use instead of building, and what has been built."""

    def get(self, flow: Flow = "full", dtype: Dtype = "float64") -> Kernel:
        """The kernel of a flow and dtype.

        Raises:
            Broken: it cannot be built.
        """
        if (flow, dtype) not in self.built:
            try:
                self.built[flow, dtype] = build(self.program(flow), dtype=dtype)
            except KERNEL_ERRORS as error:
                raise Broken(f"no kernel could be built: {type(error).__name__}: {error}") from error
        return self.built[flow, dtype]

    def program(self, flow: Flow) -> Program:
        return self.definition.program if flow == "full" else truncate(self.definition.program)

    @cached_property
    def online(self) -> Program:
        """The online learning rule of the cell; `calculus.online.NotOnline` if it has none."""
        return online(self.definition.program)


@dataclass(frozen=True, eq=False)
class Trial:
    """A case, and the kernels under test on it."""

    case: Case
    kernels: Kernels
    dtypes: tuple[Dtype, ...] = ("float64", "float32")
    """Dtypes that laws about several of them look at."""
    _kept: dict[tuple[Flow, Dtype], tuple[Gradient, Gradient]] = field(default_factory=dict)

    @property
    def definition(self) -> Definition:
        return self.case.definition

    def outputs(self, flow: Flow = "full", dtype: Dtype = "float64") -> Gradient:
        """What the kernel's forward returns, by output label."""
        return self._executed(flow, dtype)[0]

    def gradient(self, flow: Flow = "full", dtype: Dtype = "float64") -> Gradient:
        """What the kernel's backward returns for the case's cotangents."""
        return self._executed(flow, dtype)[1]

    def _executed(self, flow: Flow, dtype: Dtype) -> tuple[Gradient, Gradient]:
        """A run on other numbers goes before and is dropped, so that its workspace is reused with its numbers in it."""
        if (flow, dtype) not in self._kept:
            problem, kernel = self.case.problem_in(dtype), self.kernels.get(flow, dtype)
            execute(self.definition, kernel, map_arrays(problem, np.ones_like))
            self._kept[flow, dtype] = execute(self.definition, kernel, problem, self.case.omitted)
        return self._kept[flow, dtype]


def execute(
    definition: Definition, kernel: Kernel, problem: Problem, omitted: Collection[str] = ()
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Outputs and gradient of a problem by label; cotangents that are `omitted` are not passed.

    Raises:
        Broken: the kernel refused a valid problem.
    """
    try:
        run = forward(kernel, problem)
        given = {label: array for label, array in problem.cotangents.items() if label not in omitted}
        return outputs_of(definition, run), dict(kernel.backward(run, **given))
    except KERNEL_ERRORS as error:
        raise Broken(f"the kernel raised {type(error).__name__}: {error}") from error


def forward(kernel: Kernel, problem: Problem) -> Any:
    """A kernel's run on a problem."""
    positional = (*problem.inputs.values(), *problem.initial.values())
    return kernel.forward(*positional, **problem.parameters, **problem.constants)


def outputs_of(definition: Definition, run: Any) -> dict[str, Array]:
    """Every output of a run by label."""
    return {label: run[label] for label in definition.returned}
