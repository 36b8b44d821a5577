"""Rows on what the notes print for a cell: the catalogue's cell, the notes' form, and that they differ."""

from __future__ import annotations

import numpy as np
import pytest

from lstmproof.catalogue import find
from tests.ledger.networks import Array, drawn, kernel

SIZES = {"input": 3, "hidden": 3}
T = 4


def sigma(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def janet(form: str) -> tuple[Array, Array]:
    """A trajectory of the kernel, and of the notes' form of the gate, over the same weights and inputs."""
    p, random = drawn("janet", SIZES, seed=6), np.random.default_rng(7)
    x, h0 = random.normal(size=(T, 3)), random.normal(size=3)
    h, old_f, states = h0, sigma(p["b_f"]), []
    for t in range(T):
        f = sigma(p["U_f"] @ h + p["W_f"] @ x[t] + (x[t] if form == "x for b_f" else p["b_f"]))
        g = np.tanh(p["U_c"] @ h + p["W_c"] @ x[t] + p["b_c"])
        keep = old_f if form == "f of the step before" else f
        h, old_f = keep * h + (1 - f) * g, f
        states.append(h)
    return kernel("janet").forward(x[:, None], h0[None], **p)["h"][:, 0], np.array(states)


def test_b6_the_gate_has_a_bias_where_the_notes_print_an_input() -> None:
    assert np.allclose(*janet("as published"), rtol=1e-12)
    assert not np.allclose(*janet("x for b_f"), rtol=0.01)


def test_b7_one_gate_of_step_t_both_keeps_and_replaces() -> None:
    """An f without its index could be that of any step; that of t - 1 makes another cell, no convex combination."""
    assert not np.allclose(*janet("f of the step before"), rtol=0.01)


def test_b8_the_gate_reads_the_state_of_the_step_before() -> None:
    """h(t) in s(t), as the notes print, is an equation to be solved: its solution differs from the cell's state."""
    p = drawn("janet_beta", SIZES, seed=8, scale=0.3)
    x, h0 = np.ones(3), np.array([0.5, -0.5, 1.0])
    published = kernel("janet_beta").forward(x[None, None], h0[None], **p)["h"][0, 0]
    g = np.tanh(p["U_c"] @ h0 + p["W_c"] @ x + p["b_c"])

    def update(read: Array) -> Array:
        s = p["U_f"] @ read + p["W_f"] @ x + p["b_f"]
        new: Array = sigma(s) * h0 + (1 - sigma(s - 1.0)) * g
        return new

    circular = h0
    for _ in range(200):
        circular = update(circular)
    assert np.allclose(circular, update(circular), rtol=1e-14)
    assert np.allclose(published, update(h0), rtol=1e-12)
    assert not np.allclose(published, circular, rtol=0.01)


def test_c7_w_ji_leads_from_i_to_j_and_reads_the_step_before() -> None:
    """One weight, from unit 0 to unit 2: h_2(1) follows h_0(0), and nothing else follows anything."""
    p = {name: 0 * value for name, value in drawn("rnn", SIZES, seed=0).items()}
    p["U_h"][2, 0] = 0.5
    run = kernel("rnn").forward(np.zeros((2, 1, 3)), np.array([[0.4, 0.0, 0.0]]), **p)
    assert np.array_equal(run["h"][0, 0], [0.0, 0.0, np.tanh(0.5 * 0.4)])
    assert not run["h"][1].any()


def test_d3_d9_the_gate_has_one_number_for_each_entry_of_the_old_state() -> None:
    """Scaling c(t-1) entry by entry is diag(f) c(t-1), for columns, as in the notes, and for rows."""
    f, c = np.array([0.1, 0.5, 0.9]), np.array([3.0, -2.0, 1.0])
    assert np.array_equal(np.diag(f) @ c[:, None], (f * c)[:, None])
    assert np.array_equal(c[None] @ np.diag(f), (f * c)[None])
    definition = find("lstm")
    axes = definition.program.axes
    assert axes["f"] == definition.states["c"] == ("hidden",)


@pytest.mark.parametrize("diagonal", [True, False])
def test_d5_full_peepholes_are_diagonal_ones_if_and_only_if_their_matrices_are(diagonal: bool) -> None:
    p, random = drawn("lstm_peephole", SIZES, seed=9), np.random.default_rng(10)
    full = {name: value for name, value in p.items() if not name.startswith("p_")}
    for gate in "fio":
        full[f"P_{gate}"] = np.diag(p[f"p_{gate}"]) + (0.0 if diagonal else 0.1 * (1 - np.eye(3)))
    x, h0, c0 = random.normal(size=(T, 1, 3)), random.normal(size=(1, 3)), random.normal(size=(1, 3))
    one = kernel("lstm_peephole").forward(x, h0, c0, **p)
    other = kernel("lstm_peephole_full").forward(x, h0, c0, **full)
    assert np.allclose(one["c"], other["c"], rtol=1e-12) == diagonal


def test_d6_either_gate_may_drive_after_negating_its_weights() -> None:
    """1 - sigma(z) = sigma(-z): the notes' forget gate drives, Greff's input gate does."""
    p, random = drawn("lstm_coupled", SIZES, seed=11), np.random.default_rng(12)
    negated = {name.replace("_f", "_i"): -value if name.endswith("_f") else value for name, value in p.items()}
    x, h0, c0 = random.normal(size=(T, 1, 3)), random.normal(size=(1, 3)), random.normal(size=(1, 3))
    one = kernel("lstm_coupled").forward(x, h0, c0, **p)
    other = kernel("lstm_coupled_input").forward(x, h0, c0, **negated)
    assert np.allclose(one["c"], other["c"], rtol=1e-12)
    assert np.allclose(one["h"], other["h"], rtol=1e-12)
