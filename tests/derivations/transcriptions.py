"""Every cell of the catalogue once more, by hand: its paper's equations in NumPy, unit by unit, one row of a batch.

Nothing here knows of the language or of axes by name. A step takes the weights, the input x(t) and the states at
t - 1, and returns the states at t and any further output. Sums over units are spelled out in `net`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
Values = Mapping[str, Array]
Step = Callable[[Values, Array, Values], dict[str, Array]]


def sigma(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def squash_g(z: Array) -> Array:
    """1997, A.1, eq. 5: between -2 and 2."""
    return 4 / (1 + np.exp(-z)) - 2


def squash_h(z: Array) -> Array:
    """1997, A.1, eq. 4: between -1 and 1."""
    return 2 / (1 + np.exp(-z)) - 1


def net(p: Values, gate: str, x: Array, y: Array) -> Array:
    """net_i = sum_m W[i, m] x[m] + sum_u U[i, u] y[u] + b[i], one unit after another."""
    W, U, b = p[f"W_{gate}"], p[f"U_{gate}"], p[f"b_{gate}"]
    values = np.empty_like(b)
    for i in range(b.shape[0]):
        values[i] = b[i]
        for m in range(x.shape[0]):
            values[i] += W[i, m] * x[m]
        for u in range(y.shape[0]):
            values[i] += U[i, u] * y[u]
    return values


def gate_net(p: Values, gate: str, x: Array, y: Array) -> Array:
    """Net input of the one gate of each block j: it sees every cell (k, v) of every block."""
    W, U, b = p[f"W_{gate}"], p[f"U_{gate}"], p[f"b_{gate}"]
    values = np.empty_like(b)
    for j in range(b.shape[0]):
        inputs = sum(W[j, m] * x[m] for m in range(x.shape[0]))
        cells = sum(U[j, k, v] * y[k, v] for k in range(y.shape[0]) for v in range(y.shape[1]))
        values[j] = inputs + cells + b[j]
    return values


def cell_net(p: Values, x: Array, y: Array) -> Array:
    """Net input of cell v of block j, from every cell (k, u) of every block."""
    W, U, b = p["W_c"], p["U_c"], p["b_c"]
    values = np.empty_like(b)
    for j in range(b.shape[0]):
        for v in range(b.shape[1]):
            inputs = sum(W[j, v, m] * x[m] for m in range(x.shape[0]))
            cells = sum(U[j, v, k, u] * y[k, u] for k in range(y.shape[0]) for u in range(y.shape[1]))
            values[j, v] = inputs + cells + b[j, v]
    return values


def rnn(p: Values, x: Array, old: Values) -> dict[str, Array]:
    return {"h": np.tanh(net(p, "h", x, old["h"]))}


def rnn_logistic(p: Values, x: Array, old: Values) -> dict[str, Array]:
    return {"h": sigma(net(p, "h", x, old["h"]))}


def carousel(p: Values, x: Array, old: Values) -> dict[str, Array]:
    y = old["y"] + sum(p["W_j"][m] * x[m] for m in range(x.shape[0]))
    return {"y": np.asarray(y), "k": np.array([w * y for w in p["W_k"]])}


def lstm_1997(p: Values, x: Array, old: Values) -> dict[str, Array]:
    y_in, y_out = sigma(net(p, "in", x, old["y"])), sigma(net(p, "out", x, old["y"]))
    s = old["s"] + y_in * squash_g(net(p, "c", x, old["y"]))
    return {"y": y_out * squash_h(s), "s": s}


def lstm_1997_block(p: Values, x: Array, old: Values) -> dict[str, Array]:
    y_in, y_out = sigma(gate_net(p, "in", x, old["y"])), sigma(gate_net(p, "out", x, old["y"]))
    squashed, s, y = squash_g(cell_net(p, x, old["y"])), old["s"].copy(), old["y"].copy()
    for j, v in np.ndindex(s.shape):
        s[j, v] += y_in[j] * squashed[j, v]
        y[j, v] = y_out[j] * squash_h(s[j, v])
    return {"y": y, "s": s}


def lstm_forget(p: Values, x: Array, old: Values) -> dict[str, Array]:
    y_in, y_phi, y_out = (sigma(gate_net(p, gate, x, old["y"])) for gate in ("in", "phi", "out"))
    squashed, s, y = squash_g(cell_net(p, x, old["y"])), old["s"].copy(), old["y"].copy()
    for j, v in np.ndindex(s.shape):
        s[j, v] = y_phi[j] * s[j, v] + y_in[j] * squashed[j, v]
        y[j, v] = y_out[j] * squash_h(s[j, v])
    return {"y": y, "s": s}


def lstm(p: Values, x: Array, old: Values) -> dict[str, Array]:
    f, i, o = (sigma(net(p, gate, x, old["h"])) for gate in "fio")
    c = f * old["c"] + i * np.tanh(net(p, "g", x, old["h"]))
    return {"h": o * np.tanh(c), "c": c}


def _peephole(p: Values, x: Array, old: Values, peep: Callable[[str, Array], Array]) -> dict[str, Array]:
    """Gates i and f see c(t-1), gate o sees c(t)."""
    f = sigma(net(p, "f", x, old["h"]) + peep("f", old["c"]))
    i = sigma(net(p, "i", x, old["h"]) + peep("i", old["c"]))
    c = f * old["c"] + i * np.tanh(net(p, "g", x, old["h"]))
    o = sigma(net(p, "o", x, old["h"]) + peep("o", c))
    return {"h": o * np.tanh(c), "c": c}


def lstm_peephole(p: Values, x: Array, old: Values) -> dict[str, Array]:
    return _peephole(p, x, old, lambda gate, c: p[f"p_{gate}"] * c)


def lstm_peephole_full(p: Values, x: Array, old: Values) -> dict[str, Array]:
    return _peephole(p, x, old, lambda gate, c: np.array([sum(row * c) for row in p[f"P_{gate}"]]))


def lstm_coupled(p: Values, x: Array, old: Values) -> dict[str, Array]:
    f, o = sigma(net(p, "f", x, old["h"])), sigma(net(p, "o", x, old["h"]))
    c = f * old["c"] + (1 - f) * np.tanh(net(p, "g", x, old["h"]))
    return {"h": o * np.tanh(c), "c": c}


def lstm_coupled_input(p: Values, x: Array, old: Values) -> dict[str, Array]:
    i, o = sigma(net(p, "i", x, old["h"])), sigma(net(p, "o", x, old["h"]))
    c = (1 - i) * old["c"] + i * np.tanh(net(p, "g", x, old["h"]))
    return {"h": o * np.tanh(c), "c": c}


def janet(p: Values, x: Array, old: Values) -> dict[str, Array]:
    f = sigma(net(p, "f", x, old["h"]))
    return {"h": f * old["h"] + (1 - f) * np.tanh(net(p, "c", x, old["h"]))}


def janet_beta(p: Values, x: Array, old: Values) -> dict[str, Array]:
    s = net(p, "f", x, old["h"])
    return {"h": sigma(s) * old["h"] + (1 - sigma(s - p["beta"])) * np.tanh(net(p, "c", x, old["h"]))}


def gru(p: Values, x: Array, old: Values) -> dict[str, Array]:
    h = old["h"]
    z, r = sigma(net(p, "z", x, h)), sigma(net(p, "r", x, h))
    return {"h": z * h + (1 - z) * np.tanh(net(p, "n", x, r * h))}


def gru_reset_after(p: Values, x: Array, old: Values) -> dict[str, Array]:
    h = old["h"]
    z, r = sigma(net(p, "z", x, h)), sigma(net(p, "r", x, h))
    nothing = np.zeros_like(x)
    inside = net({**p, "b_n": p["d_n"]}, "n", nothing, h)
    return {"h": z * h + (1 - z) * np.tanh(net(p, "n", x, 0 * h) + r * inside)}


STEPS: Mapping[str, Step] = {
    step.__name__: step
    for step in (
        rnn, rnn_logistic, carousel, lstm_1997, lstm_1997_block, lstm_forget, lstm, lstm_peephole, lstm_peephole_full,
        lstm_coupled, lstm_coupled_input, janet, janet_beta, gru, gru_reset_after,
    )
}  # fmt: skip


def trajectory(step: Step, p: Values, x: Array, initial: Values) -> dict[str, Array]:
    """All steps of all rows: x (T, batch, input) and initial states (batch, ...) to outputs (T, batch, ...)."""
    T, batch = x.shape[:2]
    rows = []
    for row in range(batch):
        states: dict[str, Array] = {label: value[row] for label, value in initial.items()}
        steps = []
        for t in range(T):
            emitted = step(p, x[t, row], states)
            states = {label: emitted[label] for label in initial}
            steps.append(emitted)
        rows.append(steps)
    return {label: np.array([[rows[row][t][label] for row in range(batch)] for t in range(T)]) for label in rows[0][0]}
