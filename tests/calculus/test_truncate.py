"""The truncated flow: what counts as a net input, what stays live, and that no value changes."""

from __future__ import annotations

import numpy as np
import pytest

from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.carousel import carousel
from lstmproof.calculus.truncate import truncate
from lstmproof.catalogue import find, names
from lstmproof.program.build import number
from lstmproof.program.expr import Apply, Expr, Ref, walk
from lstmproof.program.nodes import Pointwise
from lstmproof.readings import complex_step
from lstmproof.readings.rounding import magnitudes
from tests.calculus.scans import arguments, cell, forward, gradient, small_problem

EPS = float(np.finfo(np.float64).eps)
every_cell = pytest.mark.parametrize("name", names())

DRIVES = "W: 'hidden input', a: 'hidden', p: 'hidden', q: 'hidden', U: 'hidden hidden', beta=0.5"
EVERYTHING = "tanh(W @ x) + a + p * x0 + q + U @ x0 + beta"


def one_state(value: str) -> str:
    """A cell whose state's new value is `value`; an extra output uses the other arguments."""
    return (
        f"def one_state(x, x0: 'hidden', h, *, {DRIVES}):\n    h = {value}\n    y = {EVERYTHING} + h\n    return h, y\n"
    )


def assert_truncated_gradient_is_that_of_the_cut_system(text: str, seed: int = 0) -> dict[str, np.ndarray]:
    definition = cell(text)
    problem = small_problem(definition, seed=seed)
    found = gradient(truncate(definition.program), problem)
    expected = complex_step.gradient(definition, problem, "truncated")
    allowed = magnitudes(definition, problem, "truncated").gradients
    assert set(expected) == set(arguments(problem))
    for label, array in expected.items():
        assert np.all(np.abs(found[label] - array) <= EPS * allowed[label]), label
    return found


@every_cell
def test_no_value_changes(name: str) -> None:
    definition = find(name)
    problem = small_problem(definition)
    plain = forward(definition.program, problem).values
    cut = forward(truncate(definition.program), problem).values
    for value, array in plain.items():
        np.testing.assert_array_equal(cut[value], array, err_msg=value)


@every_cell
def test_truncating_twice_changes_no_value_and_no_derivative(name: str) -> None:
    definition = find(name)
    problem = small_problem(definition)
    once = truncate(definition.program)
    twice = truncate(once)
    first, second = forward(once, problem).values, forward(twice, problem).values
    for value, array in first.items():
        np.testing.assert_array_equal(second[value], array, err_msg=value)
    one, two = gradient(once, problem), gradient(twice, problem)
    for label, array in one.items():
        np.testing.assert_array_equal(two[label], array, err_msg=label)


@pytest.mark.parametrize("name", ["lstm", "lstm_1997", "lstm_peephole", "gru", "rnn"])
def test_the_truncated_gradient_is_not_the_full_one(name: str) -> None:
    definition = find(name)
    problem = small_problem(definition)
    full, cut = (gradient(program, problem) for program in (definition.program, truncate(definition.program)))
    assert any(np.abs(full[label] - cut[label]).max() > 1e-2 * np.abs(full[label]).max() for label in full)


@pytest.mark.parametrize(
    "value",
    [
        "tanh(x0) + p * h",
        "tanh(x0) + h * p",
        "tanh(x0) - p * h",
        "tanh(x0) + 2 * (p * h)",
        "tanh(x0) + p * (x0 * h)",
        "tanh(x0) + x0 * (tanh(h) * p)",
        "tanh(x0) + -p * h",
        "tanh(x0) + p * h / 3",
        "tanh(x0) + U @ h",
        "tanh(x0) + h @ U",
        "tanh(x0) + (2 * U) @ h",
        "tanh(x0 + U @ tanh(h))",
        "tanh(x0) + (U * U) @ (h * h)",
        "tanh(x0) + cut(h)",
        "tanh(x0) + stop(h)",
    ],
)
def test_a_net_input_lets_no_error_back(value: str) -> None:
    definition = cell(one_state(value))
    assert carousel(definition.program, "h") == number(0)
    found = assert_truncated_gradient_is_that_of_the_cut_system(one_state(value))
    np.testing.assert_array_equal(found["h0"], np.zeros_like(found["h0"]))


@pytest.mark.parametrize(
    "value",
    [
        "tanh(x0) + sigmoid(a) * h",
        "tanh(x0) + (p + 1) * h",
        "tanh(x0) + (a + h)",
        "tanh(x0) + (h - p)",
        "tanh(x0) + beta * h",
        "tanh(x0) + 2 * h",
        "tanh(x0) + h / p",
        "tanh(x0) + p**2 * h",
        "tanh(x0) + x0 * h",
    ],
)
def test_what_is_no_net_input_stays_live(value: str) -> None:
    definition = cell(one_state(value))
    assert carousel(definition.program, "h") != number(0)
    found = assert_truncated_gradient_is_that_of_the_cut_system(one_state(value))
    assert np.all(found["h0"] != 0.0)


def test_what_multiplies_the_old_state_inside_a_net_input_stays_live() -> None:
    """In U @ (r * h) the gate r learns; h(t-1) is a recorded constant, in the gate's own net input too."""
    text = (
        "def reset(x, h, *, W_r, U_r, W, U: 'hidden hidden'):\n"
        "    r = sigmoid(W_r @ x + U_r @ h)\n    h = tanh(W @ x + U @ (r * h))\n    return h\n"
    )
    found = assert_truncated_gradient_is_that_of_the_cut_system(text)
    assert np.all(found["W_r"] != 0.0)
    assert np.all(found["U_r"] != 0.0)
    np.testing.assert_array_equal(found["h0"], np.zeros_like(found["h0"]))


def test_a_new_state_in_a_net_input_stays_live() -> None:
    text = (
        "def upward(x, h, c, *, W, U: 'hidden hidden', V: 'hidden hidden'):\n"
        "    c = c + tanh(W @ x + V @ h)\n    h = tanh(U @ c)\n    return h, c\n"
    )
    definition = cell(text)
    problem = small_problem(definition)
    problem.cotangents["c"][...] = 0.0
    found = gradient(truncate(definition.program), problem)
    expected = complex_step.gradient(definition, problem, "truncated")
    for label, array in expected.items():
        np.testing.assert_allclose(found[label], array, rtol=1e-12, atol=1e-13)
    assert np.all(found["W"] != 0.0)
    assert np.all(found["c0"] != 0.0)
    np.testing.assert_array_equal(found["h0"], np.zeros_like(found["h0"]))


def test_cut_closes_a_peephole_in_the_truncated_flow_alone() -> None:
    """P * c(t) in a gate is a net input that reads a new state: it stays live unless it is cut."""
    peephole = (
        "def peephole(x, h, c, *, W, p, V: 'hidden input'):\n"
        "    c = c + tanh(V @ x)\n    o = sigmoid(W @ x + p * {0})\n    h = o + h * 0\n    return h, c\n"
    )
    found = {}
    for inside in ("c", "cut(c)"):
        definition = cell(peephole.format(inside))
        problem = small_problem(definition)
        problem.cotangents["c"][...] = 0.0
        for flow, program in (("full", definition.program), ("truncated", truncate(definition.program))):
            found[inside, flow] = gradient(program, problem)["V"]
    np.testing.assert_array_equal(found["cut(c)", "truncated"], np.zeros_like(found["c", "full"]))
    np.testing.assert_array_equal(found["cut(c)", "full"], found["c", "full"])
    np.testing.assert_array_equal(found["c", "truncated"], found["c", "full"])
    assert np.all(found["c", "full"] != 0.0)


def test_no_cut_is_left_open() -> None:
    def applications(expr: Expr) -> set[str]:
        return {part.function for part in walk(expr) if isinstance(part, Apply)}

    cut = truncate(find("lstm_peephole").program)
    functions = set().union(*(applications(node.expr) for node in cut.nodes if isinstance(node, Pointwise)))
    assert "cut" not in functions
    assert "stop" in functions


def test_a_program_without_net_inputs_is_left_alone() -> None:
    definition = cell("def plain(x: 'hidden', h):\n    h = sigmoid(x) * h + x\n    return h\n")
    assert truncate(definition.program).nodes == definition.program.nodes
    assert adjoint(truncate(definition.program)).nodes == adjoint(definition.program).nodes
    assert carousel(definition.program, "h") == Ref("sigmoid.1")
