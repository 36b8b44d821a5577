"""The reference: the body of a cell in float64, every batch row by itself along one more named axis."""

from __future__ import annotations

import numpy as np

from lstmproof.language.definition import Definition
from lstmproof.problem import Array, Problem
from lstmproof.readings.arguments import arguments, filled, numeric
from lstmproof.readings.flow import unroll


def run(definition: Definition, problem: Problem) -> dict[str, Array]:
    """Every output over the sequence, t = 1..T: float64 of shape (T, batch, *axes) by label."""
    algebra = numeric(lambda array: array)
    trajectory = unroll(definition, arguments(definition, problem), problem.T, algebra, "full")
    outputs: dict[str, Array] = {}
    for label in definition.returned:
        like = problem.cotangents[label]
        outputs[label] = np.empty(like.shape)
        for step, values in enumerate(trajectory):
            outputs[label][step] = filled(values[label], like[step])
    return outputs
