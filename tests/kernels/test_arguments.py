"""Every bad argument is refused by name, with what it was and what it should be."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from lstmproof.catalogue import find
from lstmproof.kernels.kernel import Kernel, build
from lstmproof.problem import Problem
from lstmproof.verify.generate import cast, problem_for
from tests.calculus.scans import Array

LSTM = build(find("lstm").program)
JANET_BETA = build(find("janet_beta").program)


def lstm_problem() -> Problem:
    return problem_for(find("lstm"), 4, 2, {"input": 3, "hidden": 5})


def call(kernel: Kernel, problem: Problem, **changed: Any) -> Any:
    """The forward pass with some arguments replaced, by name; None leaves one out."""
    given: dict[str, Any] = {**problem.inputs, **{f"{n}0": a for n, a in problem.initial.items()}}
    positional = [changed.pop(name, array) for name, array in given.items()]
    keywords = {**problem.parameters, **problem.constants, **changed}
    return kernel.forward(*positional, **{n: value for n, value in keywords.items() if value is not None})


def f64(*shape: int) -> Array:
    return np.zeros(shape)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"x": f64(4, 2)}, "x has shape (4, 2), expected (time, batch, input)"),
        ({"x": f64(4, 2, 3, 1)}, "x has shape (4, 2, 3, 1), expected (time, batch, input)"),
        ({"h0": f64(5)}, "h0 has shape (5,), expected (batch, hidden)"),
        ({"c0": f64(2, 6)}, "c0 has shape (2, 6), expected (batch=2, hidden=5) as in the arguments before it"),
        ({"c0": f64(3, 5)}, "c0 has shape (3, 5), expected (batch=2, hidden=5) as in the arguments before it"),
        ({"W_f": f64(5, 4)}, "W_f has shape (5, 4), expected (hidden=5, input=3) as in the arguments before it"),
        ({"W_f": f64(3, 5)}, "W_f has shape (3, 5), expected (hidden=5, input=3) as in the arguments before it"),
        ({"b_g": f64(1, 5)}, "b_g has shape (1, 5), expected (hidden)"),
        ({"U_o": f64(5, 1)}, "U_o has shape (5, 1), expected (hidden=5, hidden=5) as in the arguments before it"),
    ],
)
def test_a_wrong_shape_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(LSTM, lstm_problem(), **changed)


@pytest.mark.parametrize("name", ["x", "h0", "W_f", "b_g"])
@pytest.mark.parametrize(
    ("value", "found"),
    [
        (np.zeros((4, 2, 3), np.float32), "an array of float32"),
        (np.zeros((4, 2, 3), np.int64), "an array of int64"),
        (np.zeros((4, 2, 3), np.complex128), "an array of complex128"),
        ([[0.0]], "a list"),
        (1.5, "a float"),
        ("x", "a str"),
    ],
)
def test_a_wrong_dtype_or_type_is_refused(name: str, value: Any, found: str) -> None:
    message = f"{name} is {found}, expected an array of float64: np.asarray({name}, dtype='float64') makes one"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        call(LSTM, lstm_problem(), **{name: value})


def test_a_float32_kernel_takes_float32_alone() -> None:
    kernel = build(find("lstm").program, "float32")
    problem = lstm_problem()
    call(kernel, cast(problem, "float32"))
    with pytest.raises(TypeError, match="x is an array of float64, expected an array of float32"):
        call(kernel, problem)


@pytest.mark.parametrize("name", ["W_f", "U_i", "b_g"])
def test_a_missing_parameter_is_named(name: str) -> None:
    with pytest.raises(TypeError, match=f"missing 1 required keyword-only argument: '{name}'"):
        call(LSTM, lstm_problem(), **{name: None})


def test_an_unknown_parameter_is_named() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'W_z'"):
        call(LSTM, lstm_problem(), W_z=f64(5, 3))


def test_too_few_sequences_are_named() -> None:
    problem = lstm_problem()
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'c0'"):
        LSTM.forward(problem.inputs["x"], problem.initial["h"], **problem.parameters)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(("name", "where"), [("W_f", (1, 2)), ("U_g", (4, 0)), ("b_o", (3,)), ("b_i", (0,))])
def test_a_weight_that_is_not_finite_is_named_with_its_index(name: str, where: tuple[int, ...], value: float) -> None:
    problem = lstm_problem()
    wrong = problem.parameters[name].copy()
    wrong[where] = value
    place = ", ".join(map(str, where))
    message = f"{name}[{place}] is {value}, expected finite weights"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(LSTM, problem, **{name: wrong})


@pytest.mark.parametrize("name", ["lstm_peephole", "lstm_forget", "carousel", "gru_reset_after", "rnn"])
def test_every_parameter_of_every_kind_is_checked(name: str) -> None:
    definition = find(name)
    kernel = build(definition.program)
    problem = problem_for(definition, 2, 2, dict.fromkeys(definition.program.axis_names, 2))
    for label, array in problem.parameters.items():
        wrong = array.copy()
        wrong.flat[-1] = np.nan
        index = ", ".join("1" for _ in array.shape)
        with pytest.raises(ValueError, match=re.escape(f"{label}[{index}] is nan")):
            call(kernel, problem, **{label: wrong})


def test_a_refused_call_leaves_the_next_one_right() -> None:
    problem = lstm_problem()
    expected = call(LSTM, problem).h
    wrong = problem.parameters["W_f"] * np.nan
    with pytest.raises(ValueError, match="expected finite weights"):
        call(LSTM, problem, W_f=wrong)
    np.testing.assert_array_equal(call(LSTM, problem).h, expected)


@pytest.mark.parametrize("name", ["input", "hidden"])
def test_an_axis_without_units_is_refused(name: str) -> None:
    sizes = {"input": 3, "hidden": 5, name: 0}
    axes = {"x": (4, 2, "input"), "h0": (2, "hidden"), "c0": (2, "hidden")}
    axes |= {label: tuple(own) for label, own in find("lstm").parameters.items()}
    arrays = {n: f64(*(sizes[a] if isinstance(a, str) else a for a in own)) for n, own in axes.items()}
    with pytest.raises(ValueError, match=f"axis {name} has no units; at least 1 is expected"):
        LSTM.forward(arrays.pop("x"), arrays.pop("h0"), arrays.pop("c0"), **arrays)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), f64(2)])
def test_a_constant_is_one_finite_number(value: Any) -> None:
    problem = problem_for(find("janet_beta"), 2, 1, {"input": 2, "hidden": 2})
    with pytest.raises(ValueError, match=r"beta is .*, expected one finite number"):
        call(JANET_BETA, problem, beta=value)


def test_a_constant_that_is_no_number_is_refused() -> None:
    problem = problem_for(find("janet_beta"), 2, 1, {"input": 2, "hidden": 2})
    with pytest.raises(TypeError, match="beta is 'one', expected a number"):
        call(JANET_BETA, problem, beta="one")


def test_a_constant_left_out_has_its_default() -> None:
    problem = problem_for(find("janet_beta"), 2, 1, {"input": 2, "hidden": 2})
    left_out, given, other = (call(JANET_BETA, problem, beta=beta).h for beta in (None, 1.0, 0.5))
    np.testing.assert_array_equal(left_out, given)
    assert np.any(left_out != other)


@pytest.mark.parametrize("backward", [LSTM.backward, LSTM.backward_rows])
@pytest.mark.parametrize(
    ("cotangents", "kind", "message"),
    [
        ({"h": f64(4, 2, 4)}, ValueError, "cotangent h has shape (4, 2, 4), expected (time=4, batch=2, hidden=5)"),
        ({"c": f64(2, 5)}, ValueError, "cotangent c has shape (2, 5), expected (time=4, batch=2, hidden=5)"),
        ({"h": np.zeros((4, 2, 5), np.float32)}, TypeError, "cotangent h is an array of float32, expected an array"),
        ({"h": [[[0.0]]]}, TypeError, "cotangent h is a list, expected an array of float64"),
        ({"h": 1.0}, TypeError, "cotangent h is a float, expected an array of float64"),
        ({"y": f64(4, 2, 5)}, TypeError, "unexpected keyword argument 'y'"),
    ],
)
def test_a_wrong_cotangent_is_refused(
    backward: Any, cotangents: dict[str, Any], kind: type[Exception], message: str
) -> None:
    run = call(LSTM, lstm_problem())
    with pytest.raises(kind, match=re.escape(message)):
        backward(run, **cotangents)


def test_an_unknown_output_is_refused_with_those_there_are() -> None:
    run = call(LSTM, lstm_problem())
    with pytest.raises(KeyError, match="no output 'y'; the outputs are h, c"):
        run["y"]
    with pytest.raises(AttributeError, match="a run has no attribute 'y'; its outputs are h, c"):
        _ = run.y
