"""The true gradient, enclosed: the body of a cell run on dual numbers over Arb balls, row by row.

Johansson (2017), Arb: efficient arbitrary-precision midpoint-radius interval arithmetic. Every result is a ball that
holds the exact real number; the working precision doubles, up to `MOST_BITS`, until the ball is narrow beside any
float64.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx
from numpy.typing import NDArray

from lstmproof.language.definition import Definition
from lstmproof.language.table import FUNCTIONS
from lstmproof.problem import Array, Problem
from lstmproof.readings.arguments import Block, blocks
from lstmproof.readings.dual import Dual, dual
from lstmproof.readings.flow import Algebra, Arguments, Flow, unroll
from lstmproof.readings.named import Axes, NamedArray, pointwise

MOST_BITS = 4096
"""Precision beyond which a ball is handed out however wide it is."""

NARROW = arb(2) ** -64
"""A ball is narrow when its radius is at most this times its midpoint: 2^-11 of the last place of a float64."""

NEGLIGIBLE = arb(2) ** -1100
"""A ball is narrow, too, when its radius is below every float64."""


@dataclass(frozen=True, eq=False)
class Enclosure:
    """Balls that hold the true numbers, one for each entry."""

    balls: NDArray[Any]

    @property
    def mid(self) -> Array:
        """The nearest float64 to each ball's midpoint."""
        return _floats(self.balls, lambda ball: float(ball.mid()))

    @property
    def rad(self) -> Array:
        """An upper bound of each ball's radius."""
        return _floats(self.balls, lambda ball: _above(ball.rad()))

    def distance(self, array: Array) -> Array:
        """A rigorous upper bound of |array - true number| for each entry; infinite where `array` is not finite."""
        if array.shape != self.balls.shape:
            raise ValueError(f"found an array of shape {array.shape}, expected {self.balls.shape}")
        bounds = np.full(array.shape, np.inf)
        for place in np.ndindex(array.shape):
            if np.isfinite(array[place]):
                bounds[place] = _above(abs(self.balls[place] - arb(float(array[place]))))
        return bounds


def gradient(definition: Definition, problem: Problem, flow: Flow = "full", bits: int = 128) -> dict[str, Enclosure]:
    """The gradient of the loss by label, of the shapes of the problem's arrays, each entry enclosed."""
    return _narrowed(bits, lambda: _gradient(definition, problem, flow))


def run(definition: Definition, problem: Problem, bits: int = 128) -> dict[str, Enclosure]:
    """Every output over the sequence, (T, batch, *axes) by label, each entry enclosed."""
    return _narrowed(bits, lambda: _outputs(definition, problem))


def _narrowed(bits: int, compute: Callable[[], dict[str, NDArray[Any]]]) -> dict[str, Enclosure]:
    """`compute` at doubling precision until every ball is narrow, or no ball becomes narrower (a hull over a kink)."""
    widest = np.inf
    while True:
        with ctx.workprec(bits):
            found = compute()
            wide = [_above(ball.rad()) for balls in found.values() for ball in balls.flat if not _is_narrow(ball)]
        previous, widest = widest, max(wide, default=0.0)
        stuck = np.isfinite(previous) and not widest < previous / 2
        if not wide or stuck or 2 * bits > MOST_BITS:
            return {label: Enclosure(balls) for label, balls in found.items()}
        bits *= 2


def _is_narrow(ball: arb) -> bool:
    radius = ball.rad()
    return bool(radius <= NEGLIGIBLE or radius <= NARROW * abs(ball.mid()))


def _gradient(definition: Definition, problem: Problem, flow: Flow) -> dict[str, NDArray[Any]]:
    every = blocks(problem)
    gradient = {block.label: _zeros(_full_shape(block, problem)) for block in every}
    width = every[-1].stop if every else 0
    for row in range(problem.batch):
        given = _arguments(definition, problem, row, every, width)
        trajectory = unroll(definition, given, problem.T, _algebra(), flow)
        slope = _loss(problem, trajectory, row).slope
        entries = np.array(slope.entries() if slope is not None else [arb(0)] * width, dtype=object)
        for block in every:
            part = entries[block.start : block.stop].reshape(block.shape)
            whole = gradient[block.label]
            if block.kind == "parameter":
                whole[...] = whole + part
            else:
                whole[(slice(None), row, ...) if block.kind == "input" else (row, ...)] = part
    return gradient


def _loss(problem: Problem, trajectory: list[dict[str, NamedArray]], row: int) -> Dual:
    loss = dual(0)
    for step, values in enumerate(trajectory):
        for label, array in values.items():
            weights = problem.cotangents[label][step, row]
            for weight, output in zip(weights.flat, np.broadcast_to(array.data, weights.shape).flat, strict=True):
                if weight != 0:
                    loss = loss + output * float(weight)
    return loss


def _outputs(definition: Definition, problem: Problem) -> dict[str, NDArray[Any]]:
    found = {label: _zeros(problem.cotangents[label].shape) for label in definition.returned}
    for row in range(problem.batch):
        given = _arguments(definition, problem, row, (), 0)
        for step, values in enumerate(unroll(definition, given, problem.T, _algebra(), "full")):
            for label, array in values.items():
                for place in np.ndindex(found[label].shape[2:]):
                    found[label][(step, row, *place)] = array.data[place].value
    return found


def _full_shape(block: Block, problem: Problem) -> tuple[int, ...]:
    source = {"input": problem.inputs, "initial": problem.initial, "parameter": problem.parameters}[block.kind]
    return source[block.name].shape


def _arguments(definition: Definition, problem: Problem, row: int, every: tuple[Block, ...], width: int) -> Arguments:
    """One row's arguments; every entry of those with a block carries the unit slope of its direction."""
    starts: Mapping[str, int] = {block.label: block.start for block in every}

    def argument(array: Any, axes: Axes, label: str, offset: int = 0) -> NamedArray:
        start = starts.get(label)
        slopes = (None if start is None else _unit(start + offset + place, width) for place in range(array.size))
        flat = [Dual(arb(float(entry)), slope) for entry, slope in zip(array.flat, slopes, strict=True)]
        return NamedArray(_objects(flat, array.shape), axes)

    def steps(name: str, axes: Axes) -> list[NamedArray]:
        array = problem.inputs[name][:, row] if problem.T else problem.inputs[name]
        size = prod(array.shape[1:])
        return [argument(array[step], axes, name, step * size) for step in range(problem.T)]

    def constant(name: str, axes: Axes) -> NamedArray:
        shape = tuple(problem.sizes[axis] for axis in axes)
        return NamedArray(_objects([dual(float(problem.constants[name]))] * prod(shape), shape), axes)

    return Arguments(
        inputs={name: steps(name, axes) for name, axes in definition.inputs.items()},
        initial={
            name: argument(problem.initial[name][row], axes, name + "0") for name, axes in definition.states.items()
        },
        parameters={
            name: argument(problem.parameters[name], axes, name) for name, axes in definition.parameters.items()
        },
        constants={name: constant(name, given.axes) for name, given in definition.constants.items()},
    )


def _algebra() -> Algebra:
    def apply(word: str, *arrays: NamedArray) -> NamedArray:
        return pointwise(np.frompyfunc(FUNCTIONS[word].ball, len(arrays), 1), *arrays)

    def constant(array: NamedArray) -> NamedArray:
        return pointwise(np.frompyfunc(lambda entry: Dual(entry.value), 1, 1), array)

    def number(value: Any) -> NamedArray:
        return NamedArray(_objects([dual(value)], ()), ())

    return Algebra(number=number, constant=constant, apply=apply)


def _unit(place: int, width: int) -> arb_mat:
    row = arb_mat(1, width)
    row[0, place] = arb(1)
    return row


def _objects(entries: list[Dual], shape: tuple[int, ...]) -> NDArray[Any]:
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array.reshape(shape)


def _zeros(shape: tuple[int, ...]) -> NDArray[Any]:
    return np.full(shape, arb(0), dtype=object)


def _floats(balls: NDArray[Any], convert: Callable[[arb], float]) -> Array:
    return np.array([convert(ball) for ball in balls.flat], dtype=np.float64).reshape(balls.shape)


def _above(ball: arb) -> float:
    """A float64 that is at least every number in the ball: the conversion rounds to nearest, hence one step up."""
    if ball.is_zero():
        return 0.0
    upper = float(ball.upper())
    return float(np.inf) if np.isnan(upper) else float(np.nextafter(upper, np.inf))
