"""Kernels of random cells against the interpreter: values and gradients, both flows, empty sequences and batches."""

from __future__ import annotations

import random

import numpy as np
import pytest

from lstmproof.calculus.adjoint import adjoint
from lstmproof.kernels.interpreter import Scan
from lstmproof.kernels.kernel import build
from lstmproof.language.definition import Definition
from lstmproof.problem import Problem
from lstmproof.program.nodes import Program
from lstmproof.readings.flow import Flow
from lstmproof.verify.generate import map_arrays, problem_for
from lstmproof.verify.random_cells import free_cell, gated_cell
from tests.calculus import scans
from tests.kernels.agreement import assert_rows_add_up, assert_same_bytes, forward
from tests.language.test_agreement import accepted, random_cell

SHAPES = ((3, 2), (2, 1), (0, 1), (1, 0))
VECTOR_SEEDS = tuple(range(20))
TENSOR_SEEDS = (48, 59, 83, 121, 140, 174, 276, 284, 313, 321, 336, 406, 479, 516, 525, 552, 553, 581, 618)
"""Of the random cells with axes of every kind, those below 700 that the language accepts."""
TOLERANCE = 1e-9
SCALE = 0.5
"""Of every array: powers of powers stay small, so that rounding does too."""


@pytest.mark.parametrize("flow", ["full", "truncated"])
@pytest.mark.parametrize("seed", VECTOR_SEEDS)
def test_cells_of_vectors(seed: int, flow: Flow) -> None:
    definition = accepted(free_cell(random.Random(seed).choice))
    assert definition is not None
    assert_kernel_agrees(definition, seed, flow)


@pytest.mark.parametrize("flow", ["full", "truncated"])
@pytest.mark.parametrize("seed", VECTOR_SEEDS)
def test_cells_of_gates(seed: int, flow: Flow) -> None:
    definition = accepted(gated_cell(random.Random(seed).choice))
    assert definition is not None
    assert_kernel_agrees(definition, seed, flow)


@pytest.mark.parametrize("flow", ["full", "truncated"])
@pytest.mark.parametrize("seed", TENSOR_SEEDS)
def test_cells_of_tensors(seed: int, flow: Flow) -> None:
    definition = accepted(random_cell(seed))
    assert definition is not None
    assert_kernel_agrees(definition, seed, flow)


def assert_kernel_agrees(definition: Definition, seed: int, flow: Flow) -> None:
    program = scans.in_flow(definition, flow)
    back = adjoint(program)
    kernel = build(program)
    for T, batch in SHAPES:
        sizes = {axis: place % 3 + 2 for place, axis in enumerate(program.axis_names)}
        problem = map_arrays(problem_for(definition, T, batch, sizes, seed), lambda array: SCALE * array)
        with np.errstate(all="ignore"):
            there = scans.forward(program, problem)
            expected = scans.by_label(scans.backward(back, problem, there), problem)
            run = forward(kernel, problem)
            found = kernel.backward(run, **problem.cotangents)
            again = kernel.backward(run, **problem.cotangents)
        _assert_outputs(program, problem, run, there)
        assert set(found) == set(expected)
        for label, array in expected.items():
            assert found[label].shape == array.shape, label
            size = TOLERANCE * (1 + np.abs(array).max(initial=0))
            np.testing.assert_allclose(found[label], array, rtol=TOLERANCE, atol=size, err_msg=label)
        assert_same_bytes(found, again)
        assert_rows_add_up(kernel, run, problem, TOLERANCE)


def _assert_outputs(program: Program, problem: Problem, run: object, there: Scan) -> None:
    for output in program.outputs:
        value = getattr(run, output.label)
        expected = there.outputs[output.label]
        assert value.shape == expected.shape == problem.cotangents[output.label].shape
        size = TOLERANCE * (1 + np.abs(expected).max(initial=0))
        np.testing.assert_allclose(value, expected, rtol=TOLERANCE, atol=size, err_msg=output.label)
