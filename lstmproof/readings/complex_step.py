"""Gradients by complex step: dL/dp = Im L(p + ih) / h without a difference, so without cancellation.

Squire & Trapp (1998), Using complex variables to estimate derivatives of real functions, SIAM Review 40(1), eq. 6. The
error is h^2/6 of the third derivative, here below 1e-60 of it: the result is as exact as the evaluation. In the
truncated flow a recorded constant is the real part of a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lstmproof.language.definition import Definition
from lstmproof.problem import Array, Problem
from lstmproof.readings.arguments import arguments, chunks, filled, gathered, numeric, placed, seeds
from lstmproof.readings.flow import Flow, unroll
from lstmproof.readings.named import NamedArray

STEP = 2.0**-100
"""h, about 8e-31. A power of two, so that dividing by it is exact; no smaller: tangents below tiny/h underflow."""


def gradient(definition: Definition, problem: Problem, flow: Flow = "full") -> dict[str, Array]:
    """The gradient of the loss by label, of the shapes of the problem's arrays (`<state>0` for an initial state)."""
    parts: list[Array] = [np.zeros((0, problem.batch))]
    parts += [_losses(definition, problem, flow, start, stop) for start, stop in chunks(problem)]
    return gathered(problem, np.concatenate(parts))


def directional(
    definition: Definition, problem: Problem, direction: Mapping[str, Array], flow: Flow = "full"
) -> dict[str, Array]:
    """The tangent of every output, (T, batch, *axes) by label, along `direction`.

    `direction` holds arrays by gradient label, of the gradient's shapes; those missing are 0.
    """
    moves: dict[str, Any] = {}
    for label, array in direction.items():
        move = 1j * STEP * np.asarray(array, dtype=np.float64)
        moves[label] = move[:, None] if label in problem.inputs else move[None]
    trajectory = _run(definition, problem, moves, flow)
    tangents: dict[str, Array] = {}
    for label in definition.returned:
        like = problem.cotangents[label]
        tangents[label] = np.empty(like.shape)
        for step, values in enumerate(trajectory):
            tangents[label][step] = filled(values[label], like[step], 1)[0].imag / STEP
    return tangents


def _losses(definition: Definition, problem: Problem, flow: Flow, start: int, stop: int) -> Array:
    """The derivative of each row's loss along the directions `start` to `stop`: (directions, batch)."""
    seeded = seeds(problem, start, stop)
    moves = {label: placed(label, 1j * STEP * entries, problem) for label, entries in seeded.items()}
    losses = np.zeros((stop - start, problem.batch))
    for step, values in enumerate(_run(definition, problem, moves, flow)):
        for label, array in values.items():
            weights = problem.cotangents[label][step].astype(np.float64)
            tangent = filled(array, weights, stop - start).imag / STEP
            losses += (weights * tangent).sum(axis=tuple(range(2, tangent.ndim)))
    return losses


def _run(definition: Definition, problem: Problem, moves: Mapping[str, Any], flow: Flow) -> list[dict[str, NamedArray]]:
    algebra = numeric(lambda array: NamedArray(array.data.real, array.axes))
    return unroll(definition, arguments(definition, problem, moves), problem.T, algebra, flow)
