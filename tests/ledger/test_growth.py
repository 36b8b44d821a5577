"""Rows on how far a state grows, at the numbers that the ledger gives."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ledger.networks import kernel, zeros


def test_a4_a_constant_input_gives_exactly_linear_growth() -> None:
    """No weights, b_c = 1: s(t) = t tanh(1/2), 462.1 after 1000 steps, where h' is exactly 0 in float64."""
    T, p = 1000, zeros("lstm_1997", {"input": 1, "hidden": 1})
    p["b_c"] += 1.0
    s = kernel("lstm_1997").forward(np.zeros((T, 1, 1)), np.zeros((1, 1)), np.zeros((1, 1)), **p)["s"].ravel()
    assert np.allclose(s, np.arange(1, T + 1) * np.tanh(0.5), rtol=1e-12, atol=0)
    assert f"{s[-1]:.1f}" == "462.1"
    logistic = 1 / (1 + np.exp(-s[-1]))
    assert 2 * logistic * (1 - logistic) == 0.0


@pytest.mark.parametrize(("steps", "state"), [(100, 74), (1000, 760), (10_000, 7614)])
def test_a10_peepholes_let_a_bounded_input_fill_the_state(steps: int, state: int) -> None:
    """p_f = p_i = 1, b_i = 2, b_g = 1 and nothing else: the state opens its own gates."""
    p = zeros("lstm_peephole", {"input": 1, "hidden": 1})
    for name in ("p_f", "p_i", "b_g"):
        p[name] += 1.0
    p["b_i"] += 2.0
    run = kernel("lstm_peephole").forward(np.ones((steps, 1, 1)), np.zeros((1, 1)), np.zeros((1, 1)), **p)
    assert round(run["c"][-1].item()) == state


def test_a10_without_peepholes_the_same_input_leaves_it_bounded() -> None:
    """f is then constant: c tends to i g / (1 - f)."""
    p = zeros("lstm", {"input": 1, "hidden": 1})
    p["b_g"] += 1.0
    run = kernel("lstm").forward(np.ones((1000, 1, 1)), np.zeros((1, 1)), np.zeros((1, 1)), **p)
    assert abs(run["c"][-1].item() - np.tanh(1.0)) < 1e-15


def test_b11_the_bound_of_janet_beta_is_nearly_attained() -> None:
    """An open gate, b_f = 8, and a candidate near 1: h comes within 0.1 % of e."""
    p = zeros("janet_beta", {"input": 1, "hidden": 1})
    p["b_f"] += 8.0
    p["b_c"] += 8.0
    h = kernel("janet_beta").forward(np.zeros((60_000, 1, 1)), np.zeros((1, 1)), **p)["h"][-1].item()
    assert 0.999 * np.e < h < np.e


def test_c17_a_negative_bias_holds_the_state() -> None:
    """1000 steps of the same input: b_in = -6 in place of 0 divides the drift by 200."""
    drift = []
    for bias in (0.0, -6.0):
        p = zeros("lstm_1997", {"input": 1, "hidden": 1})
        p["b_in"] += bias
        p["b_c"] += 1.0
        run = kernel("lstm_1997").forward(np.zeros((1000, 1, 1)), np.zeros((1, 1)), np.zeros((1, 1)), **p)
        drift.append(run["s"][-1].item())
    assert 200 < drift[0] / drift[1] < 203
