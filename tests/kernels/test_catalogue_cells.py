"""Kernels of the catalogue: against the interpreter, in both dtypes and flows, at the edges of shapes and of memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from lstmproof.catalogue import find, names
from lstmproof.kernels.kernel import Dtype, Kernel, build
from lstmproof.language.definition import Definition
from lstmproof.problem import Problem
from lstmproof.readings.flow import Flow
from lstmproof.readings.rounding import magnitudes
from lstmproof.verify.generate import cast, map_arrays, problem_for
from tests.calculus.scans import Array, cell, forward, gradient, in_flow, small_problem
from tests.kernels.agreement import assert_rows_add_up, assert_same_bytes, execute
from tests.kernels.agreement import forward as run_of

every_cell = pytest.mark.parametrize("name", names())
both_dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])
both_flows = pytest.mark.parametrize("flow", ["full", "truncated"])


@cache
def kernel_of(name: str, flow: Flow = "full", dtype: Dtype = "float64") -> Kernel:
    return build(in_flow(find(name), flow), dtype)


def sized(definition: Definition, T: int, batch: int, units: int, seed: int = 0) -> Problem:
    return problem_for(definition, T, batch, dict.fromkeys(definition.program.axis_names, units), seed)


@both_dtypes
@both_flows
@every_cell
def test_values_and_gradients_are_those_of_the_interpreter(name: str, flow: Flow, dtype: Dtype) -> None:
    definition = find(name)
    problem = cast(small_problem(definition), dtype)
    exact = cast(problem, "float64")
    program = in_flow(definition, flow)
    outputs, found = execute(kernel_of(name, flow, dtype), problem)
    eps = float(np.finfo(dtype).eps)
    allowed = magnitudes(definition, problem, flow)
    assert_within(outputs, forward(program, exact).outputs, allowed.outputs, eps)
    assert_within(found, gradient(program, exact), allowed.gradients, eps)
    for label, array in (*outputs.items(), *found.items()):
        assert array.dtype == np.dtype(dtype), label
        assert array.flags.c_contiguous, label


def assert_within(
    found: Mapping[str, Array], expected: Mapping[str, Array], allowed: Mapping[str, Array], eps: float
) -> None:
    assert set(found) == set(expected)
    for label, array in expected.items():
        assert found[label].shape == array.shape, label
        assert np.all(np.abs(found[label] - array) <= eps * allowed[label]), label


@both_flows
@every_cell
def test_rows_of_the_batch_add_up_and_repeat_byte_for_byte(name: str, flow: Flow) -> None:
    problem = small_problem(find(name), T=5, batch=3)
    kernel = kernel_of(name, flow)
    run = run_of(kernel, problem)
    assert_rows_add_up(kernel, run, problem, 1e-13)
    assert_same_bytes(kernel.backward(run, **problem.cotangents), kernel.backward(run, **problem.cotangents))


@pytest.mark.parametrize(("T", "batch"), [(0, 2), (3, 0), (0, 0)])
@every_cell
def test_empty_sequences_and_batches(name: str, T: int, batch: int) -> None:
    problem = sized(find(name), T, batch, 2)
    outputs, found = execute(kernel_of(name), problem)
    for label, array in outputs.items():
        assert array.shape == problem.cotangents[label].shape
    for label, array in found.items():
        np.testing.assert_array_equal(array, np.zeros_like(array), err_msg=label)
    for label, array in problem.parameters.items():
        assert found[label].shape == array.shape


@pytest.mark.parametrize(("T", "batch"), [(1, 1), (4, 1), (4, 2)])
@every_cell
def test_one_unit_along_every_axis(name: str, T: int, batch: int) -> None:
    definition = find(name)
    problem = sized(definition, T, batch, 1)
    outputs, found = execute(kernel_of(name), problem)
    for label, array in forward(definition.program, problem).outputs.items():
        np.testing.assert_allclose(outputs[label], array, rtol=1e-13, atol=1e-14)
    for label, array in gradient(definition.program, problem).items():
        np.testing.assert_allclose(found[label], array, rtol=1e-12, atol=1e-13)


@both_dtypes
@every_cell
def test_net_inputs_up_to_ten_thousand_give_no_warning_and_no_nan(name: str, dtype: Dtype) -> None:
    """One gate after another at -1e4, -1e3, ..., 1e4; states as they come."""
    definition = find(name)
    kernel = kernel_of(name, "full", dtype)
    base = sized(definition, 3, 2, 1, seed=1)
    base = map_arrays(base, np.sign)
    for reach in (1.0, 40.0, 104.0, 710.0, 1e4):
        for seed in range(4):
            random = np.random.default_rng(seed)
            parameters = {n: reach / 3 * random.choice((-1.0, 1.0), size=a.shape) for n, a in base.parameters.items()}
            problem = cast(replace(base, parameters=parameters), dtype)
            with np.errstate(all="raise", under="ignore"):
                outputs, found = execute(kernel, problem)
            for label, array in (*outputs.items(), *found.items()):
                assert np.isfinite(array).all(), label


@pytest.mark.parametrize("function", ["sigmoid", "tanh", "softplus", "relu", "hard_sigmoid"])
@both_dtypes
def test_functions_at_both_ends_give_no_warning_and_no_nan(function: str, dtype: Dtype) -> None:
    kernel = build(cell(f"def one(x: 'hidden', h):\n    h = {function}(x) + h * 0\n    return h\n").program, dtype)
    x = np.array([-1e4, -745.2, -104.0, -40.0, -1.0, 0.0, 1.0, 40.0, 88.8, 709.8, 1e4], dtype)[None, None]
    with np.errstate(all="raise", under="ignore"):
        run = kernel.forward(x, np.zeros_like(x[0]))
        gradient_of = kernel.backward(run, h=np.ones_like(x))
    assert np.isfinite(run.h).all()
    assert np.isfinite(gradient_of["x"]).all()
    assert np.all(gradient_of["x"] >= 0)


def strided(array: Array) -> Array:
    padded = np.full((*array.shape, 3), np.nan, array.dtype)
    padded[..., 1] = array
    return padded[..., 1]


def backward_in_memory(array: Array) -> Array:
    return np.flip(np.flip(array).copy())


def read_only(array: Array) -> Array:
    copy = array.copy()
    copy.flags.writeable = False
    return copy


@pytest.mark.parametrize("layout", [strided, np.asfortranarray, backward_in_memory, read_only])
@pytest.mark.parametrize("name", ["lstm", "lstm_forget", "carousel", "gru_reset_after"])
def test_the_layout_of_arguments_in_memory_changes_nothing(name: str, layout: object) -> None:
    assert callable(layout)
    problem = small_problem(find(name))
    kernel = kernel_of(name)
    laid_out = map_arrays(problem, layout)
    before = map_arrays(laid_out, np.copy)
    (outputs, found), (plain, expected) = execute(kernel, laid_out), execute(kernel, problem)
    assert_same_bytes(outputs, plain)
    assert_same_bytes(found, expected)
    for arrays, copies in ((laid_out.parameters, before.parameters), (laid_out.inputs, before.inputs)):
        assert_same_bytes(arrays, copies)


@every_cell
def test_cotangents_left_out_are_zero(name: str) -> None:
    problem = small_problem(find(name))
    kernel = kernel_of(name)
    run = run_of(kernel, problem)
    labels = list(problem.cotangents)
    for given in ([], *([label] for label in labels)):
        some = {label: problem.cotangents[label] for label in given}
        filled = {label: some.get(label, np.zeros_like(problem.cotangents[label])) for label in labels}
        left_out, zeros = kernel.backward(run, **some), kernel.backward(run, **filled)
        for label, array in zeros.items():
            np.testing.assert_allclose(left_out[label], array, rtol=1e-14, atol=1e-15, err_msg=label)
            assert given or not np.any(array), label
