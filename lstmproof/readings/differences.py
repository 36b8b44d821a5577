"""Gradients by central differences, each with a bound of its own error; no step and no tolerance is set by hand.

In the truncated flow it is the *cut system* that is differenced: a run at the base point records every old state, and
the values of `cut` and `stop`; the runs at displaced points replay them. Differencing the plain system would give
the full gradient, 30 to 60 % away.

For steps h on a ladder of ratio 4, with D the central difference and L the loss:

    R(h) = (16 D(h) - D(4h)) / 15                       no error of order h^2 (Richardson 1911)
    bound(h) = |R(h) - R(4h)| + eps (E_L + |p D(h)|) / h

The first term is about 255 times the truncation that remains, of order h^4; the second is what rounding of the loss
(E_L, from `rounding`) and of the displaced argument p + h can add, twice over. A step is admitted if its interval
R +- bound meets those of all the smaller steps, which truncation does not reach (Lepski 1991); of those admitted the
one with the smallest bound is taken. A step whose displacements are not resolved (`movement`) has no bound: two
differences may agree there by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

import numpy as np

from lstmproof.language.definition import Definition
from lstmproof.problem import Array, Problem
from lstmproof.readings.arguments import arguments, chunks, filled, flattened, gathered, numeric, placed, seeds
from lstmproof.readings.flow import Flow, unroll
from lstmproof.readings.movement import RESOLVED, reach
from lstmproof.readings.named import NamedArray
from lstmproof.readings.reference import run
from lstmproof.readings.rounding import magnitudes

RATIO = 4
LADDER = tuple(2.0**-k for k in range(4, 25, 2))
"""Steps, largest first: from well above the best, about eps^(1/5), down to the square root of eps."""


def gradient(
    definition: Definition, problem: Problem, flow: Flow = "full"
) -> tuple[dict[str, Array], dict[str, Array]]:
    """The gradient of the loss by label, and for each entry a bound of its distance from the true one."""
    recorded = record(definition, problem, flow)
    rounding = _loss_rounding(definition, problem, flow)
    points = flattened(problem)
    values: list[Array] = [np.zeros((0, problem.batch))]
    bounds: list[Array] = [np.zeros((0, problem.batch))]
    for start, stop in chunks(problem):
        with np.errstate(all="ignore"):
            ladder = [_difference(definition, problem, flow, recorded, step, start, stop) for step in LADDER]
            moves = {label: placed(label, each, problem) for label, each in seeds(problem, start, stop).items()}
            moved = reach(definition, problem, moves, stop - start, flow)
            value, bound = _best(np.array(ladder), rounding, np.abs(points[start:stop]), moved)
        values.append(value)
        bounds.append(bound)
    return gathered(problem, np.concatenate(values)), gathered(problem, np.concatenate(bounds))


def record(definition: Definition, problem: Problem, flow: Flow) -> list[NamedArray]:
    """Every recorded constant of a run at the base point, in the order in which the body asks for it."""
    recorded: list[NamedArray] = []

    def constant(array: NamedArray) -> NamedArray:
        recorded.append(array)
        return array

    unroll(definition, arguments(definition, problem), problem.T, numeric(constant), flow)
    return recorded


def replay(
    definition: Definition, problem: Problem, recorded: Sequence[NamedArray], flow: Flow = "full"
) -> dict[str, Array]:
    """Every output, (T, batch, *axes) by label, of a displaced problem, with constants recorded at the base point."""
    again = iter(recorded)
    trajectory = unroll(definition, arguments(definition, problem), problem.T, numeric(lambda _: next(again)), flow)
    outputs: dict[str, Array] = {label: np.empty(array.shape) for label, array in problem.cotangents.items()}
    for step, values in enumerate(trajectory):
        for label, value in values.items():
            outputs[label][step] = filled(value, outputs[label][step])
    return outputs


def _loss_rounding(definition: Definition, problem: Problem, flow: Flow) -> Array:
    """E of each row's loss: errors of the outputs, and the roundings of their weighted sum."""
    errors = magnitudes(definition, problem, flow).outputs
    outputs = run(definition, problem)
    terms = sum(prod((array.shape[0], *array.shape[2:])) for array in problem.cotangents.values())
    total = np.zeros(problem.batch)
    for label, error in errors.items():
        weights = np.abs(problem.cotangents[label].astype(np.float64))
        # One rounding for the product and at most one for each addition.
        total += (weights * (error + (1 + terms) * np.abs(outputs[label]))).sum(axis=(0, *range(2, weights.ndim)))
    return total


def _difference(
    definition: Definition, problem: Problem, flow: Flow, recorded: list[NamedArray], step: float, start: int, stop: int
) -> Array:
    """Central differences of each row's loss along the directions `start` to `stop`: (directions, batch)."""
    ahead, behind = (_losses(definition, problem, flow, iter(recorded), sign * step, start, stop) for sign in (1, -1))
    return (ahead - behind) / (2 * step)


def _losses(
    definition: Definition,
    problem: Problem,
    flow: Flow,
    recorded: Iterator[NamedArray],
    step: float,
    start: int,
    stop: int,
) -> Array:
    moves = {label: placed(label, step * entries, problem) for label, entries in seeds(problem, start, stop).items()}
    algebra = numeric(lambda _: next(recorded))
    losses = np.zeros((stop - start, problem.batch))
    for time, values in enumerate(unroll(definition, arguments(definition, problem, moves), problem.T, algebra, flow)):
        for label, array in values.items():
            weights = problem.cotangents[label][time].astype(np.float64)
            output = filled(array, weights, stop - start)
            losses += (weights * output).sum(axis=tuple(range(2, output.ndim)))
    return losses


def _best(differences: Array, rounding: Array, points: Array, moved: Array) -> tuple[Array, Array]:
    """Of differences (steps, directions, batch) at the ladder's steps, the best extrapolation and its bound."""
    eps = float(np.finfo(np.float64).eps)
    steps = np.array(LADDER)[:, None, None]
    noise = eps * (rounding + points * np.abs(differences)) / steps
    values = (RATIO**2 * differences[1:] - differences[:-1]) / (RATIO**2 - 1)
    bounds = np.abs(values[1:] - values[:-1]) + noise[2:]
    values = values[1:]
    resolved = steps[:-2] * moved <= RESOLVED
    bounds = np.where(resolved & np.isfinite(values) & np.isfinite(bounds), bounds, np.inf)
    best, smallest = values[-1], bounds[-1]
    low, high = values[-1] - bounds[-1], values[-1] + bounds[-1]
    for value, bound in zip(values[-2::-1], bounds[-2::-1], strict=True):
        admitted = (value - bound <= high) & (value + bound >= low)
        better = admitted & (bound < smallest)
        best, smallest = np.where(better, value, best), np.where(better, bound, smallest)
        # Once a step is refused so are all larger ones: the interval that they must meet becomes empty.
        low = np.where(admitted, np.fmax(low, value - bound), np.inf)
        high = np.where(admitted, np.fmin(high, value + bound), -np.inf)
    return best, smallest
