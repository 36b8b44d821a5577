"""Values in the caller's layout: which they are, and that any layout and any mutation gives the same numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from lstmproof.kernels.kernel import build
from lstmproof.kernels.plan import plan
from lstmproof.readings.flow import Flow
from lstmproof.verify.generate import map_arrays
from tests.calculus.scans import cell, small_problem
from tests.kernels.agreement import Array, assert_same_bytes, execute, forward
from tests.kernels.test_catalogue_cells import read_only, strided
from tests.kernels.test_random_cells import assert_kernel_agrees

BIASED = """def biased(x, h, *, W, u, b):
    h = tanh(W @ x + b + u * h)
    return h
"""
BESIDE = """def beside(x, v, h, *, W, V, U, b):
    z = sigmoid(W @ x + V @ v + b)
    h = z * h + tanh(U @ v + W @ x)
    return h
"""
TOGETHER = """def together(x, v, h, *, W, V, U, A, b):
    z = sigmoid(W @ x + V @ v + b)
    h = z * h + tanh(U @ v + A @ x)
    return h
"""
ELEMENTWISE = """def elementwise(x: "hidden", h, *, W, u):
    h = tanh(W @ x + u * h) + x
    return h
"""
IN_THE_LOOP = """def in_the_loop(x, h, *, W, U, V):
    h = tanh(W @ x + U @ h) * sigmoid(V @ x)
    return h
"""
READ_OUT = """def read_out(x, h, *, W, u, V: "output hidden", R: "other hidden", r: "other"):
    h = tanh(W @ x + u * h)
    k: "output" = V @ h
    l: "other" = (R @ h) * r
    return h, k, l
"""
TENSORS = """def tensors(x: "here there", y: "", *, W: "here there", p: "front back"):
    y = y + dot(W, x)
    k: "front back" = y * p
    return y, k
"""
TWICE = """def twice(x, y: "", *, W: "input", p: "front", q: "back"):
    y = y + W @ x
    k: "front" = p * y
    l: "back" = q * tanh(y)
    m: "back" = q * y
    return y, k, l, m
"""
EVERY = (BIASED, BESIDE, TOGETHER, ELEMENTWISE, IN_THE_LOOP, READ_OUT, TENSORS, TWICE)


def faced(text: str) -> dict[str, tuple[str, ...]]:
    """The rows in the caller's layout, by slab."""
    planned = plan(cell(text).program)
    forward, backward = planned.forward.faced_rows, planned.backward.faced_rows
    rows = {slab: (*forward[slab], *backward[slab]) for slab in forward}
    return {slab: names for slab, names in rows.items() if names}


def test_an_input_that_products_alone_read_stays_as_the_caller_has_it_with_a_column_of_ones_for_biases() -> None:
    assert faced(BIASED)["inputs"] == ("x", "1.x")
    assert "x" not in plan(cell(BIASED).program).forward.record_rows


def test_inputs_that_the_same_products_read_lie_side_by_side() -> None:
    assert faced(TOGETHER)["inputs"] == ("x", "v", "1.x")


@pytest.mark.parametrize("text", [ELEMENTWISE, IN_THE_LOOP])
def test_an_input_that_meets_values_of_a_step_does_not(text: str) -> None:
    assert "inputs" not in faced(text)


def test_an_output_of_one_product_or_of_numbers_repeated_is_written_as_the_caller_has_it() -> None:
    assert faced(READ_OUT)["outputs"] == ("k",)
    assert faced(TENSORS)["outputs"] == ("k",)


def test_cotangents_that_products_alone_read_stay_in_the_callers_arrays() -> None:
    assert faced(TENSORS)["cotangent"] == ("k.cot",)


def test_the_gradient_of_an_input_is_written_where_the_caller_has_it() -> None:
    assert faced(IN_THE_LOOP)["gradient"] == ("x.bar",)
    assert len(faced(TOGETHER)["gradient"]) == 2
    assert "gradient" not in faced(ELEMENTWISE)


@pytest.mark.parametrize("text", EVERY)
@pytest.mark.parametrize("flow", ["full", "truncated"])
def test_kernels_agree_with_the_interpreter(text: str, flow: Flow) -> None:
    assert_kernel_agrees(cell(text), 5, flow)


@pytest.mark.parametrize("text", EVERY)
@pytest.mark.parametrize("layout", [strided, np.asfortranarray, read_only])
def test_the_callers_strides_change_no_number(text: str, layout: Callable[[Array], Array]) -> None:
    kernel, problem = build(cell(text).program), small_problem(cell(text), T=5, batch=3)
    values, gradients = execute(kernel, problem)
    others, other_gradients = execute(kernel, map_arrays(problem, layout))
    assert_same_bytes(values, others)
    assert_same_bytes(gradients, other_gradients)


@pytest.mark.parametrize("text", EVERY)
def test_what_the_caller_does_to_inputs_after_the_run_changes_no_gradient(text: str) -> None:
    kernel, problem = build(cell(text).program), small_problem(cell(text), T=5, batch=3)
    values, gradients = execute(kernel, problem)
    mine = map_arrays(problem, np.copy)
    run = forward(kernel, mine)
    for array in (*mine.inputs.values(), *mine.initial.values(), *mine.parameters.values()):
        array[...] = np.nan
    assert_same_bytes(values, {label: run[label] for label in problem.cotangents})
    assert_same_bytes(gradients, kernel.backward(run, **problem.cotangents))


@pytest.mark.parametrize("text", EVERY)
def test_a_cotangent_that_is_left_out_is_zero(text: str) -> None:
    kernel, problem = build(cell(text).program), small_problem(cell(text), T=5, batch=3)
    for left_out in problem.cotangents:
        zeros = {**problem.cotangents, left_out: np.zeros_like(problem.cotangents[left_out])}
        without = {label: array for label, array in problem.cotangents.items() if label != left_out}
        run = forward(kernel, problem)
        found, expected = kernel.backward(run, **without), kernel.backward(run, **zeros)
        for label, array in expected.items():
            np.testing.assert_array_equal(found[label], array, err_msg=label)


@pytest.mark.parametrize("text", EVERY)
def test_gradients_are_in_the_order_of_c(text: str) -> None:
    kernel, problem = build(cell(text).program), small_problem(cell(text), T=5, batch=3)
    _, gradients = execute(kernel, problem)
    assert all(array.flags.c_contiguous for array in gradients.values())


def test_a_gradient_of_what_is_the_same_at_every_step_is_too() -> None:
    text = """def still(x, h, *, p, b, W: "out hidden"):
    g: "hidden" = tanh(b)
    h = g * h + tanh(p @ x)
    m: "out" = W @ g
    return h, m
"""
    kernel, problem = build(cell(text).program), small_problem(cell(text), T=5, batch=3)
    _, gradients = execute(kernel, problem)
    assert gradients["W"].flags.c_contiguous
