"""Laws of what a cell is: a recurrence, row by row, over units that have no order, the same at every run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lstmproof.kernels.kernel import Dtype
from lstmproof.language.definition import Definition
from lstmproof.language.table import FUNCTIONS
from lstmproof.problem import Array, Problem
from lstmproof.program.expr import Apply, Number, Size, walk
from lstmproof.program.nodes import Axes, Pointwise
from lstmproof.readings.rounding import magnitudes
from lstmproof.verify import tolerance
from lstmproof.verify.case import KERNEL_ERRORS, Broken, Redraw, Trial, arguments_of, execute, forward, outputs_of
from lstmproof.verify.generate import cast
from lstmproof.verify.laws.law import Comparison, compared

NET_INPUT = 1e4
"""The largest net input that a kernel promises to take without a warning or NaN."""


def split(trial: Trial) -> Iterator[Comparison]:
    """A sequence in two parts: values agree, the second's initial-state gradient continues the first's, the rest adds.

    The split is after any step but the last, so that both parts have one.
    """
    problem = trial.case.problem
    if problem.T < 2:
        return
    at = 1 + trial.case.draw.seed % (problem.T - 1)
    kernel = trial.kernels.get()
    first = _steps(problem, 0, at)
    values, _ = execute(trial.definition, kernel, first)
    last = {name: values[name][-1] for name in problem.initial}
    second = replace(_steps(problem, at, problem.T), initial=last)
    later_values, later = execute(trial.definition, kernel, second)
    for name in problem.initial:
        first.cotangents[name][-1] += later[f"{name}0"]
    _, earlier = execute(trial.definition, kernel, first)
    joined = {label: np.concatenate([values[label], later_values[label]]) for label in values}
    yield from _like_whole(trial, joined, _joined_gradient(problem, earlier, later))


def _steps(problem: Problem, start: int, stop: int) -> Problem:
    """Steps `start` to `stop` of a problem, its cotangents copied."""
    return replace(
        problem,
        T=stop - start,
        inputs={name: array[start:stop] for name, array in problem.inputs.items()},
        cotangents={label: array[start:stop].copy() for label, array in problem.cotangents.items()},
    )


def _joined_gradient(problem: Problem, earlier: Mapping[str, Array], later: Mapping[str, Array]) -> dict[str, Array]:
    """The gradient of the whole from those of its parts."""
    joined = {name: np.concatenate([earlier[name], later[name]]) for name in problem.inputs}
    joined |= {f"{name}0": earlier[f"{name}0"] for name in problem.initial}
    return joined | {name: earlier[name] + later[name] for name in problem.parameters}


def batch(trial: Trial) -> Iterator[Comparison]:
    """Each row alone gives its part of the whole, and parameter gradients add over rows."""
    problem = trial.case.problem
    if problem.batch < 2:
        return
    kernel = trial.kernels.get()
    alone = [execute(trial.definition, kernel, _row(problem, row)) for row in range(problem.batch)]
    values = {label: np.concatenate([outputs[label] for outputs, _ in alone], axis=1) for label in problem.cotangents}
    gradient = {name: np.concatenate([found[name] for _, found in alone], axis=1) for name in problem.inputs}
    for name in problem.initial:
        gradient[f"{name}0"] = np.concatenate([found[f"{name}0"] for _, found in alone])
    rows = {name: np.array([found[name] for _, found in alone]) for name in problem.parameters}
    totals = {name: array.sum(axis=0) for name, array in rows.items()}
    yield from _like_whole(trial, values, gradient | totals)
    yield from _rows_apart(trial, rows)


def _row(problem: Problem, row: int) -> Problem:
    here = slice(row, row + 1)
    return replace(
        problem,
        batch=1,
        inputs={name: array[:, here] for name, array in problem.inputs.items()},
        initial={name: array[here] for name, array in problem.initial.items()},
        cotangents={label: array[:, here] for label, array in problem.cotangents.items()},
    )


def _rows_apart(trial: Trial, rows: Mapping[str, Array]) -> Iterator[Comparison]:
    """`backward_rows` keeps each row's parameter gradient apart."""
    kernel, problem, found = trial.kernels.get(), trial.case.problem, trial.case.magnitudes()
    try:
        apart = kernel.backward_rows(forward(kernel, problem), **problem.cotangents)
    except KERNEL_ERRORS as error:
        raise Broken(f"backward_rows raised {type(error).__name__}: {error}") from error
    allowed = {name: np.broadcast_to(tolerance.rounding(found.gradients[name]), rows[name].shape) for name in rows}
    yield from compared("by row dL/d", apart, rows, allowed, found.operations)


def permutation(trial: Trial) -> Iterator[Comparison]:
    """Renaming the units of an axis, at every position that bears it, renames them in all results and no more."""
    definition, problem = trial.definition, trial.case.problem
    if max(problem.sizes.values(), default=1) < 2:
        return
    random = np.random.default_rng((trial.case.draw.seed, 2))
    order = {axis: random.permutation(size) for axis, size in problem.sizes.items()}
    labels = {o.label: definition.program.axes[o.value] for o in definition.program.outputs}

    def renamed(arrays: Mapping[str, Array], axes: Mapping[str, Axes]) -> dict[str, Array]:
        return {name: _permuted(array, axes[name], order) for name, array in arrays.items()}

    moved = replace(
        problem,
        inputs=renamed(problem.inputs, definition.inputs),
        initial=renamed(problem.initial, definition.states),
        parameters=renamed(problem.parameters, definition.parameters),
        cotangents=renamed(problem.cotangents, labels),
    )
    outputs, gradient = execute(definition, trial.kernels.get(), moved)
    back = {axis: np.argsort(permuted) for axis, permuted in order.items()}
    states = {f"{name}0": axes for name, axes in definition.states.items()}
    named = {**definition.inputs, **states, **definition.parameters}
    yield from _like_whole(
        trial,
        {label: _permuted(array, labels[label], back) for label, array in outputs.items()},
        {label: _permuted(array, named[label], back) for label, array in gradient.items()},
    )


def _permuted(array: Array, axes: Axes, order: Mapping[str, Any]) -> Array:
    """`array` with its last axes, which are `axes`, each reordered."""
    lead = array.ndim - len(axes)
    for position, axis in enumerate(axes):
        array = np.take(array, order[axis], axis=lead + position)
    return array


def _like_whole(trial: Trial, outputs: Mapping[str, Array], gradient: Mapping[str, Array]) -> Iterator[Comparison]:
    """Outputs and gradient found by another way through the kernel, against those of the whole problem at once."""
    found = trial.case.magnitudes()
    allowed = {label: tolerance.rounding(S) for label, S in found.outputs.items()}
    yield from compared("", outputs, trial.outputs(), allowed, found.operations)
    allowed = {label: tolerance.rounding(S) for label, S in found.gradients.items()}
    yield from compared("dL/d", gradient, trial.gradient(), allowed, found.operations)


def determinism(trial: Trial) -> Iterator[Comparison]:
    """Again, after other runs, and twice on one run: the same bytes; and the arguments are left as they were."""
    definition, problem, kernel = trial.definition, trial.case.problem, trial.kernels.get()
    before = {label: array.tobytes() for label, array in {**arguments_of(problem), **problem.cotangents}.items()}
    given = {label: array for label, array in problem.cotangents.items() if label not in trial.case.omitted}
    try:
        run = forward(kernel, problem)
        once = dict(kernel.backward(run, **given))
        twice = dict(kernel.backward(run, **given))
    except KERNEL_ERRORS as error:
        raise Broken(f"the kernel raised {type(error).__name__}: {error}") from error
    yield from _same_bytes("outputs ", outputs_of(definition, run), trial.outputs())
    yield from _same_bytes("backward ", once, trial.gradient())
    yield from _same_bytes("backward twice ", twice, once)
    for label, array in {**arguments_of(problem), **problem.cotangents}.items():
        if array.tobytes() != before[label]:
            raise Broken(f"the kernel changed its argument {label}")


def _same_bytes(prefix: str, found: Mapping[str, Array], expected: Mapping[str, Array]) -> Iterator[Comparison]:
    def bytes_of(arrays: Mapping[str, Array]) -> dict[str, Any]:
        return {label: np.frombuffer(array.tobytes(), np.uint8) for label, array in arrays.items()}

    exact = {label: np.zeros(1) for label in expected}
    yield from compared(prefix, bytes_of(found), bytes_of(expected), exact)


def saturation(trial: Trial) -> Iterator[Comparison]:
    """One step from |state| <= 1 with net inputs up to 1e4: no floating-point warning, and every number finite."""
    problem = saturating(trial.definition, trial.case.problem, trial.case.draw.seed)
    usable = [dtype for dtype in trial.dtypes if _fits(trial.definition, problem, dtype)]
    if not usable:
        raise Redraw("the cell's own values pass the largest number of every dtype")
    for dtype in usable:
        rounded = cast(problem, dtype)
        with np.errstate(all="raise", under="ignore"):
            outputs, gradient = execute(trial.definition, trial.kernels.get("full", dtype), rounded)
        for prefix, arrays in (("", outputs), ("dL/d", gradient)):
            for label, array in arrays.items():
                finite = np.isfinite(array)
                yield Comparison(f"{dtype} {prefix}{label} is finite", finite, np.ones_like(finite), np.zeros(1))


def _fits(definition: Definition, problem: Problem, dtype: Dtype) -> bool:
    """Whether the cell's values and its gradient's terms are numbers of `dtype` (products of net inputs may not be)."""
    return magnitudes(definition, cast(problem, dtype)).largest <= float(np.finfo(dtype).max)


def saturating(definition: Definition, like: Problem, seed: int) -> Problem:
    """One step of a problem of the same sizes, inputs and states within 1, whose net inputs reach towards 1e4.

    A net input adds at most one product for each unit of each axis, a peephole and a bias.
    """
    random = np.random.default_rng((seed, 3))
    terms = 2 + sum(like.sizes.values())

    def within(shape: tuple[int, ...], bound: float) -> Array:
        array = random.uniform(-1, 1, shape)
        return bound * (np.sign(array) if seed % 2 else array)

    return replace(
        like,
        T=1,
        inputs={name: within((1, *array.shape[1:]), 1.0) for name, array in like.inputs.items()},
        initial={name: within(array.shape, 1.0) for name, array in like.initial.items()},
        parameters={name: within(array.shape, NET_INPUT / terms) for name, array in like.parameters.items()},
        constants={name: float(constant.default) for name, constant in definition.constants.items()},
        cotangents={label: random.normal(size=(1, *array.shape[1:])) for label, array in like.cotangents.items()},
    )


def may_overflow(definition: Definition) -> str:
    """Why a cell may overflow on net inputs up to 1e4; empty if it may not."""
    for node in definition.program.nodes:
        if isinstance(node, Pointwise):
            for part in walk(node.expr):
                if isinstance(part, Apply) and (reason := _growth(part)):
                    return f"the cell has {reason}"
    return ""


def _growth(part: Apply) -> str:
    match part:
        case Apply("pow", _):
            return "a power"
        case Apply("div", (_, divisor)) if not isinstance(divisor, Number | Size):
            return "a division"
        case Apply(function, _) if function in FUNCTIONS and not FUNCTIONS[function].bounded_growth:
            return function
        case _:
            return ""
