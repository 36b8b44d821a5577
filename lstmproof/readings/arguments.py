"""From a Problem to the arguments of a reading, and from losses along directions back to gradients by label.

Gradients are labelled `x` for an input, `h0` for the initial state of `h`, and by name for a parameter. A direction
moves one entry of one argument; of an input or an initial state it moves that entry in all batch rows at once,
since no row reads another: the loss of each row is kept apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any, Literal

import numpy as np

from lstmproof.language.definition import Definition
from lstmproof.language.table import FUNCTIONS
from lstmproof.problem import Array, Problem
from lstmproof.readings.flow import Algebra, Arguments
from lstmproof.readings.named import BATCH, DIRECTION, Axes, NamedArray, carried, insertion, pointwise

MAX_DIRECTIONS = 512
"""Directions that ride one run at most."""

MAX_ELEMENTS = 2**21
"""Elements of one array at most, where more directions would make it larger."""


@dataclass(frozen=True, slots=True)
class Block:
    """The directions of one argument: positions `start` to `stop` among all."""

    label: str
    kind: Literal["input", "initial", "parameter"]
    name: str
    start: int
    shape: tuple[int, ...]
    """Shape of one direction's entry: (T, *axes) of an input, (*axes) of the others."""

    @property
    def stop(self) -> int:
        return self.start + prod(self.shape)


def blocks(problem: Problem) -> tuple[Block, ...]:
    """The directions of every argument: inputs, initial states, parameters."""
    found: list[Block] = []
    start = 0
    shapes: list[tuple[str, Literal["input", "initial", "parameter"], str, tuple[int, ...]]] = [
        *((name, "input", name, (array.shape[0], *array.shape[2:])) for name, array in problem.inputs.items()),
        *((f"{name}0", "initial", name, array.shape[1:]) for name, array in problem.initial.items()),
        *((name, "parameter", name, array.shape) for name, array in problem.parameters.items()),
    ]
    for label, kind, name, shape in shapes:
        found.append(Block(label, kind, name, start, shape))
        start = found[-1].stop
    return tuple(found)


def chunks(problem: Problem) -> Iterator[tuple[int, int]]:
    """Ranges of directions that are run together, bounded in memory."""
    every = blocks(problem)
    count = every[-1].stop if every else 0
    largest = max((problem.batch * prod(block.shape) for block in every), default=1)
    step = min(MAX_DIRECTIONS, max(1, MAX_ELEMENTS // max(1, largest)))
    for start in range(0, count, step):
        yield start, min(start + step, count)


def seeds(problem: Problem, start: int, stop: int) -> dict[str, Array]:
    """For each argument that the directions `start` to `stop` move, ones where they do: (directions, *shape)."""
    moved: dict[str, Array] = {}
    for block in blocks(problem):
        low, high = max(start, block.start), min(stop, block.stop)
        if low < high:
            entries = np.zeros((stop - start, prod(block.shape)))
            entries[np.arange(low - start, high - start), np.arange(low - block.start, high - block.start)] = 1.0
            moved[block.label] = entries.reshape(stop - start, *block.shape)
    return moved


def placed(label: str, moves: Any, problem: Problem) -> Any:
    """Moves of shape (directions, *shape) as `arguments` takes them: time first, the same in every batch row."""
    if label in problem.inputs:
        return np.moveaxis(moves, 1, 0)[:, :, None]
    return moves if label in problem.parameters else moves[:, None]


def flattened(problem: Problem) -> Array:
    """The problem's arguments in the order of their directions: (directions, batch)."""
    parts = [np.zeros((0, problem.batch))]
    for block in blocks(problem):
        size = block.stop - block.start
        if block.kind == "parameter":
            entries = np.broadcast_to(problem.parameters[block.name].reshape(size, 1), (size, problem.batch))
        elif block.kind == "input":
            entries = np.moveaxis(problem.inputs[block.name], 1, -1).reshape(size, problem.batch)
        else:
            entries = np.moveaxis(problem.initial[block.name], 0, -1).reshape(size, problem.batch)
        parts.append(entries.astype(np.float64))
    return np.concatenate(parts)


def gathered(problem: Problem, losses: Array) -> dict[str, Array]:
    """Gradients by label from the derivative of each row's loss along each direction, of shape (directions, batch)."""
    gradient: dict[str, Array] = {}
    for block in blocks(problem):
        part = losses[block.start : block.stop]
        if block.kind == "parameter":
            gradient[block.label] = part.sum(axis=1).reshape(block.shape)
        else:
            place = 1 if block.kind == "input" else 0
            gradient[block.label] = np.moveaxis(part.reshape(*block.shape, problem.batch), -1, place)
    return gradient


def arguments(definition: Definition, problem: Problem, moves: Mapping[str, Any] | None = None) -> Arguments:
    """The problem's arguments in float64; `moves` are added to those that it names.

    A move of a parameter has shape (directions, *axes), of an initial state (directions, batch or 1, *axes), of an
    input (T, directions, batch or 1, *axes).
    """
    moved = moves or {}

    def steps(name: str, axes: Axes) -> list[NamedArray]:
        by_step = moved[name] if name in moved else [None] * problem.T
        return [_moved(step, (BATCH, *axes), move) for step, move in zip(problem.inputs[name], by_step, strict=True)]

    def initial(name: str, axes: Axes) -> NamedArray:
        return _moved(problem.initial[name], (BATCH, *axes), moved.get(f"{name}0"))

    def constant(name: str, axes: Axes) -> NamedArray:
        return NamedArray(np.full([problem.sizes[axis] for axis in axes], float(problem.constants[name])), axes)

    return Arguments(
        inputs={name: steps(name, axes) for name, axes in definition.inputs.items()},
        initial={name: initial(name, axes) for name, axes in definition.states.items()},
        parameters={
            name: _moved(problem.parameters[name], axes, moved.get(name))
            for name, axes in definition.parameters.items()
        },
        constants={name: constant(name, given.axes) for name, given in definition.constants.items()},
    )


def _moved(array: Any, axes: Axes, move: Any) -> NamedArray:
    plain = np.asarray(array, dtype=np.float64)
    return NamedArray(plain, axes) if move is None else NamedArray(plain + move, (DIRECTION, *axes))


def numeric(constant: Callable[[NamedArray], NamedArray]) -> Algebra:
    """The algebra of float64 and complex128 arrays; the function table supplies each function."""

    def apply(word: str, *arrays: NamedArray) -> NamedArray:
        return pointwise(FUNCTIONS[word].complex_step, *arrays)

    return Algebra(number=exact, constant=constant, apply=apply)


def exact(value: Fraction) -> NamedArray:
    """The float64 nearest to an exact number."""
    return NamedArray(np.asarray(float(value)), ())


def filled(array: NamedArray, like: Array, directions: int | None = None) -> Any:
    """An output's data as (directions, batch, *axes), or (batch, *axes), of the shape of its cotangent at one step."""
    front = (BATCH,) if directions is None else (DIRECTION, BATCH)
    shape = like.shape if directions is None else (directions, *like.shape)
    own = array.axes[len(carried(array.axes)) :]
    return np.broadcast_to(array.data[insertion(array.axes, (*front, *own))], shape)
