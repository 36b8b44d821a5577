"""The truncated flow: what is a net input, in cells whose derivative is known in closed form, and the papers' rules."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from lstmproof.language.definition import Definition
from lstmproof.problem import Array, Problem
from lstmproof.readings import ball, complex_step, differences, frameworks, rounding
from lstmproof.readings.flow import Value
from tests.readings.problems import EPS, catalogue, cell_of, problem_of, times, worst
from tests.readings.recursions import blocks_1997

CELLS = catalogue()

Reading = Callable[[Definition, Problem, Any], dict[str, Array]]


def by_ball(definition: Definition, problem: Problem, flow: Any) -> dict[str, Array]:
    return {label: found.mid for label, found in ball.gradient(definition, problem, flow).items()}


def by_differences(definition: Definition, problem: Problem, flow: Any) -> dict[str, Array]:
    return differences.gradient(definition, problem, flow)[0]


def by_framework(name: str, definition: Definition, problem: Problem, flow: Any) -> dict[str, Array]:
    return frameworks.gradient(definition, problem, name, flow)


READINGS: dict[str, Reading] = {
    "complex step": complex_step.gradient,
    "ball": by_ball,
    "differences": by_differences,
    **{name: partial(by_framework, name) for name in frameworks.available()},
}

W, V, X, H, K = 0.7, -1.3, 0.4, 1.1, 0.5
SIGMA = float(1 / (1 + np.exp(-W)))
SIGMA_H = float(1 / (1 + np.exp(-H)))

SCALARS: dict[str, tuple[str, float, float]] = {
    "a weight times a state": ("h = w * h + x * v", 0.0, W),
    "a state times a weight": ("h = h * w + x * v", 0.0, W),
    "a weight far down in a product": ("h = h * tanh(h) * (x * w) + v", 0.0, -1.0),
    "a product of weights": ("h = h * (v * w) + x", 0.0, V * W),
    "minus a weight": ("h = -w * h + x * v", 0.0, -W),
    "minus a product with a weight": ("h = x * -(w * h) + v", 0.0, -X * W),
    "a weight through a helper": ("h = both(w, h) + x * v", 0.0, W),
    "a product through a helper": ("h = both(w, x) * h + v", 0.0, W * X),
    "a local ends the product": ("q = v * w\n    h = q * h + x", V * W, V * W),
    "an alias is no weight": ("q = w\n    h = q * h + x * v", W, W),
    "a sum is no weight": ("h = (w + v) * h + x", W + V, W + V),
    "a function is no weight": ("h = sigmoid(w) * h + x * v", SIGMA, SIGMA),
    "a constant is no weight": ("h = k * h + x * (w * v)", K, K),
    "a quotient ends the product": ("h = h * (w / v) + x", W / V, W / V),
    "a weight above the bar": ("h = w * h / v + x", 0.0, W / V),
    "a power ends the product": ("h = w ** 2 * h + x * v", W**2, W**2),
    "stop ends the product": ("h = stop(w) * h + x * (v * w)", W, W),
    "cut ends the product": ("h = cut(w) * h + x * (v * w)", W, W),
    "cut of a state": ("h = cut(h) * x + w * v", 0.0, X),
    "stop of a state": ("h = stop(h) * x + w * v", 0.0, 0.0),
    "a local in the copy": ("u = h + x\n    h = w * u * v", 0.0, W * V),
    "a bias makes no net input": ("h = sigmoid(h) + w + x * v", SIGMA_H * (1 - SIGMA_H), SIGMA_H * (1 - SIGMA_H)),
    "dot with a weight": ("h = dot(w, h) + x * v", 0.0, W),
    "dot with a function of weights": ("h = dot(2 * w - v, h) + x", 0.0, 2 * W - V),
    "dot of states": ("h = dot(h, x) + w * v", X, X),
    "outer with a weight": ("h = outer(h, w) + x * v", 0.0, W),
    "the value at t-1 by name": ("u = w * previous(h)\n    h = u + x * v", 0.0, W),
}
"""dh(1)/dh(0) of a scalar cell, truncated and full. Products of signs are evaluated below, at the values above."""


def scalar_cell(body: str) -> Definition:
    constant = ', k: ""=0.5' if "k *" in body else ""
    helper = "def both(a, b):\n    return a * b\n\n" if "both" in body else ""
    signature = f'def one(x: "", h: "", *, w: "", v: ""{constant}):'
    return cell_of(f"{helper}@cell\n{signature}\n    {body}\n    return h\n")


def scalar_problem(cell: Definition, **more: float) -> Problem:
    one = np.ones((1, 1))
    return Problem(
        T=1,
        batch=1,
        sizes={},
        inputs={"x": X * one},
        initial={name: np.full(1, {"h": H, **more}[name]) for name in cell.states},
        parameters={"w": np.array(W), "v": np.array(V)},
        constants=dict.fromkeys(cell.constants, K),
        cotangents={label: one if label == "h" else 0 * one for label in cell.returned},
    )


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("rule", SCALARS)
def test_what_a_net_input_is(rule: str, reading: str) -> None:
    body, truncated, full = SCALARS[rule]
    if rule == "a weight far down in a product":
        full = X * W * (np.tanh(H) + H * (1 - np.tanh(H) ** 2))
    cell = scalar_cell(body)
    problem = scalar_problem(cell)
    for flow, expected in (("truncated", truncated), ("full", full)):
        found = READINGS[reading](cell, problem, flow)["h0"][0]
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9), flow


@pytest.mark.parametrize("reading", READINGS)
def test_new_values_of_states_stay_live_in_the_copy(reading: str) -> None:
    signature = '@cell\ndef two(x: "", h: "", c: "", *, w: "", v: ""):\n'
    cell = cell_of(signature + "    u = h * v\n    c = c + x\n    h = w * c * (u + c)\n    return h, c\n")
    problem = scalar_problem(cell, c=2.0)
    found = READINGS[reading](cell, problem, "truncated")
    new = 2.0 + X
    assert found["c0"][0] == pytest.approx(W * (H * V + new) + W * new, rel=1e-9)
    assert found["h0"][0] == pytest.approx(0, abs=1e-9)
    assert found["v"] == pytest.approx(W * new * H, rel=1e-9)


@pytest.mark.parametrize("reading", READINGS)
def test_what_is_computed_from_the_copy_is_live_but_for_old_states(reading: str) -> None:
    """In U @ (r * h), r is live in its own weights, h is recorded: the GRU's candidate."""
    cell = cell_of(
        '@cell\ndef one(x: "n", h: "n", *, U: "n n", a: "n"):\n    h = U @ (sigmoid(a) * h * x)\n    return h\n'
    )
    problem = problem_of(cell, T=1, batch=1, sizes=3)
    found = READINGS[reading](cell, problem, "truncated")
    U, a = problem.parameters["U"], problem.parameters["a"]
    s = 1 / (1 + np.exp(-a))
    h, x, w = problem.initial["h"][0], problem.inputs["x"][0, 0], problem.cotangents["h"][0, 0]
    np.testing.assert_allclose(found["h0"], np.zeros((1, 3)), atol=1e-9)
    np.testing.assert_allclose(found["a"], (w @ U) * s * (1 - s) * h * x, rtol=1e-9)
    np.testing.assert_allclose(found["x"][0, 0], (w @ U) * s * h, rtol=1e-9)
    np.testing.assert_allclose(found["U"], np.outer(w, s * h * x), rtol=1e-9)


@pytest.mark.parametrize("sizes", [{"block": 2, "unit": 2, "input": 2}, {"block": 2, "unit": 3, "input": 4}])
@pytest.mark.parametrize(("name", "forget"), [("lstm_1997_block", False), ("lstm_forget", True)])
def test_the_papers_learning_rules(name: str, forget: bool, sizes: dict[str, int]) -> None:
    cell = CELLS[name]
    problem = problem_of(cell, T=5, sizes=sizes)
    expected = blocks_1997(problem, forget)
    bound = times(EPS, rounding.magnitudes(cell, problem, "truncated").gradients)
    assert worst(complex_step.gradient(cell, problem, "truncated"), expected, bound) <= 1
    full = complex_step.gradient(cell, problem, "full")
    assert all(np.linalg.norm(full[k] - expected[k]) > 0.01 * np.linalg.norm(full[k]) for k in ("U_c", "W_in"))


def test_without_cut_the_peepholes_leak() -> None:
    """2002: no error returns from a gate through a peephole. Read without `cut`, it does."""
    cell = CELLS["lstm_peephole"]
    problem = problem_of(cell, T=5, seed=2)
    text = "o = sigmoid(W_o @ x + U_o @ h + p_o * {} + b_o)"
    source = (
        "@cell\ndef lstm_peephole(\n"
        "    x, h, c, *, W_f, U_f, p_f, b_f, W_i, U_i, p_i, b_i, W_o, U_o, p_o, b_o, W_g, U_g, b_g\n"
        "):\n"
        "    f = sigmoid(W_f @ x + U_f @ h + p_f * c + b_f)\n"
        "    i = sigmoid(W_i @ x + U_i @ h + p_i * c + b_i)\n"
        "    g = tanh(W_g @ x + U_g @ h + b_g)\n"
        "    c = f * c + i * g\n"
        f"    {text}\n"
        "    h = o * tanh(c)\n"
        "    return h, c\n"
    )
    cut = complex_step.gradient(cell_of(source.format("cut(c)")), problem, "truncated")
    leaking = complex_step.gradient(cell_of(source.format("c")), problem, "truncated")
    np.testing.assert_array_equal(cut["W_f"], complex_step.gradient(cell, problem, "truncated")["W_f"])
    assert np.linalg.norm(cut["W_f"] - leaking["W_f"]) > 0.05 * np.linalg.norm(cut["W_f"])


def test_a_rule_that_forgets_products_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: without the rule for products a peephole returns errors, and the cut system says so."""
    cell = CELLS["lstm_peephole"]
    problem = problem_of(cell)
    expected, error = differences.gradient(cell, problem, "truncated")
    assert worst(complex_step.gradient(cell, problem, "truncated"), expected, error) <= 1
    monkeypatch.setattr(
        Value,
        "__mul__",
        lambda self, other: Value(
            self.live * other.live,
            self.copy * other.copy,
            self.parameter or other.parameter,
            self.flowing or other.flowing,
        ),
    )
    assert worst(complex_step.gradient(cell, problem, "truncated"), expected, error) > 1e3


@pytest.mark.parametrize("flow", ["full", "truncated"])
@pytest.mark.parametrize("name", sorted(CELLS))
def test_all_readings_agree_on_every_cell(name: str, flow: Any) -> None:
    cell = CELLS[name]
    problem = problem_of(cell, sizes={axis: 2 + place % 2 for place, axis in enumerate(cell.program.axis_names)})
    bound = times(EPS, rounding.magnitudes(cell, problem, flow).gradients)
    true = ball.gradient(cell, problem, flow)
    found = {
        label: enclosure.distance(complex_step.gradient(cell, problem, flow)[label])
        for label, enclosure in true.items()
    }
    assert worst(found, times(0.0, found), bound) <= 1
    value, error = differences.gradient(cell, problem, flow)
    found = {label: enclosure.distance(value[label]) for label, enclosure in true.items()}
    assert worst(found, times(0.0, found), error) <= 1
