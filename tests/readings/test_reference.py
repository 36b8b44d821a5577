"""The float64 reading against recurrences written by hand, unit by unit: the guard of all axis handling."""

from __future__ import annotations

import numpy as np
import pytest

from lstmproof.problem import Array, Problem
from lstmproof.readings import ball, reference, rounding
from tests.readings.problems import EPS, catalogue, cell_of, problem_of, worst

CELLS = catalogue()


def sigma(z: float) -> float:
    return float(1 / (1 + np.exp(-z)))


def forget_blocks(problem: Problem) -> dict[str, Array]:
    """Gers et al. 2000, section 3, with loops over blocks j, k and their units v, u; s and y of one row at a time."""
    p = problem.parameters
    blocks, units = p["b_c"].shape
    outputs: dict[str, Array] = {label: np.zeros((problem.T, problem.batch, blocks, units)) for label in ("y", "s")}
    for row in range(problem.batch):
        y, s = problem.initial["y"][row].copy(), problem.initial["s"][row].copy()
        for t in range(problem.T):
            x = problem.inputs["x"][t, row]
            gates = {}
            for gate in ("in", "phi", "out"):
                W, U, b = p[f"W_{gate}"], p[f"U_{gate}"], p[f"b_{gate}"]
                for j in range(blocks):
                    net = b[j] + sum(W[j, m] * x[m] for m in range(len(x)))
                    net += sum(U[j, k, u] * y[k, u] for k in range(blocks) for u in range(units))
                    gates[gate, j] = sigma(net)
            for j in range(blocks):
                for v in range(units):
                    net = p["b_c"][j, v] + sum(p["W_c"][j, v, m] * x[m] for m in range(len(x)))
                    net += sum(p["U_c"][j, v, k, u] * y[k, u] for k in range(blocks) for u in range(units))
                    s[j, v] = gates["phi", j] * s[j, v] + gates["in", j] * (4 * sigma(net) - 2)
            y = np.array([[gates["out", j] * (2 * sigma(s[j, v]) - 1) for v in range(units)] for j in range(blocks)])
            outputs["y"][t, row], outputs["s"][t, row] = y, s
    return outputs


@pytest.mark.parametrize("sizes", [{"block": 2, "unit": 2, "input": 2}, {"block": 3, "unit": 2, "input": 4}])
def test_memory_cell_blocks_by_hand(sizes: dict[str, int]) -> None:
    cell = CELLS["lstm_forget"]
    problem = problem_of(cell, T=4, sizes=sizes)
    expected, bound = forget_blocks(problem), rounding.magnitudes(cell, problem).outputs
    assert worst(reference.run(cell, problem), expected, {label: EPS * S for label, S in bound.items()}) <= 1
    swapped = {**problem.parameters, "b_c": problem.parameters["b_c"][::-1]}
    wrong = forget_blocks(Problem(**{**vars(problem), "parameters": swapped}))
    assert worst(reference.run(cell, problem), wrong, {label: EPS * S for label, S in bound.items()}) > 1e6


def test_every_form_of_the_language_by_hand() -> None:
    cell = cell_of(
        "def half(z):\n    return z / 2\n\n"
        '@cell\ndef every(x: "n", c: "n", m: "n n", *, p: "n", V: "n n", k=0.5):\n'
        "    a = half(c) - x ** 3 * k\n"
        "    r = p @ V + V @ (a * p) + mean(a) * sum(x, 'n') - dot(a, x)\n"
        "    m = 0.25 * m + outer(a, p) / (1 + m ** 2)\n"
        "    c = r + cut(c) * stop(a) + previous(c) - m @ x\n"
        "    q = sum(m)\n"
        "    return c, m, q\n"
    )
    problem = problem_of(cell, T=1, sizes=3)
    outputs = reference.run(cell, problem)
    p, V = problem.parameters["p"], problem.parameters["V"]
    for row in range(2):
        x, c, m = problem.inputs["x"][0, row], problem.initial["c"][row], problem.initial["m"][row]
        a = c / 2 - x**3 * 0.5
        new = 0.25 * m + a[:, None] * p[None, :] / (1 + m**2)
        r = V.T @ p + V @ (a * p) + a.mean() * x.sum() - a @ x
        np.testing.assert_allclose(outputs["m"][0, row], new, rtol=1e-14)
        np.testing.assert_allclose(outputs["c"][0, row], r + c * a + c - new @ x, rtol=1e-12)
        np.testing.assert_allclose(outputs["q"][0, row], new.sum(), rtol=1e-12)


def test_an_output_that_needs_no_row_is_the_same_in_every_row() -> None:
    cell = cell_of(
        "@cell\ndef fixed(x, h, *, b):\n    q = sigmoid(b)\n    h = h + x * q\n    return h, q\n".replace(
            "x, h", 'x: "hidden", h'
        )
    )
    problem = problem_of(cell)
    q = reference.run(cell, problem)["q"]
    assert q.shape == (3, 2, 2)
    np.testing.assert_array_equal(q, np.broadcast_to(q[0, 0], q.shape))


@pytest.mark.parametrize(("T", "batch"), [(0, 2), (3, 0), (0, 0)])
def test_no_steps_or_no_rows(T: int, batch: int) -> None:
    cell = CELLS["lstm"]
    outputs = reference.run(cell, problem_of(cell, T=T, batch=batch))
    assert {label: array.shape for label, array in outputs.items()} == {"h": (T, batch, 2), "c": (T, batch, 2)}


def test_float32_arrays_are_read_in_float64() -> None:
    cell = CELLS["gru"]
    problem = problem_of(cell, dtype="float32")
    (output,) = reference.run(cell, problem).values()
    assert output.dtype == np.float64
    assert (ball.run(cell, problem)["h"].distance(output) < 1e-14).all()
