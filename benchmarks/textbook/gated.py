"""Cells with one state: the conventional network, JANET, the gated recurrent unit, and the bare carousel."""

from __future__ import annotations

import numpy as np

from benchmarks.textbook.layers import Layout, gates, gradients, sigmoid
from lstmproof.problem import Array, Problem


def rnn(problem: Problem, layout: Layout) -> dict[str, Array]:
    """h = tanh(W x + U h + b)."""
    x, G, h = problem.inputs["x"], problem.cotangents["h"], problem.initial["h"]
    T, D = len(x), x.shape[-1]
    maps = (to_h,) = gates(problem, "h", layout)
    kept, hs = [], []
    for t in range(T):
        xh = np.concatenate([x[t], h], axis=1)
        h = np.tanh(to_h(xh))
        kept.append(xh)
        hs.append(h)
    dx, dh = np.zeros_like(x), np.zeros_like(h)
    for t in reversed(range(T)):
        dh = dh + G[t]
        dxh = to_h.back(dh * (1 - hs[t] ** 2), kept[t])
        dx[t], dh = dxh[:, :D], dxh[:, D:]
    return {"h": np.array(hs), "x": dx, "h0": dh, **gradients(problem, maps)}


def rnn_logistic(problem: Problem, layout: Layout) -> dict[str, Array]:
    """h = sigmoid(W x + U h + b)."""
    x, G, h = problem.inputs["x"], problem.cotangents["h"], problem.initial["h"]
    T, D = len(x), x.shape[-1]
    maps = (to_h,) = gates(problem, "h", layout)
    kept, hs = [], []
    for t in range(T):
        xh = np.concatenate([x[t], h], axis=1)
        h = sigmoid(to_h(xh))
        kept.append(xh)
        hs.append(h)
    dx, dh = np.zeros_like(x), np.zeros_like(h)
    for t in reversed(range(T)):
        dh = dh + G[t]
        dxh = to_h.back(dh * hs[t] * (1 - hs[t]), kept[t])
        dx[t], dh = dxh[:, :D], dxh[:, D:]
    return {"h": np.array(hs), "x": dx, "h0": dh, **gradients(problem, maps)}


def janet(problem: Problem, layout: Layout) -> dict[str, Array]:
    """The forget gate alone (van der Westhuizen & Lasenby 2018, eq. 2)."""
    x, G, h = problem.inputs["x"], problem.cotangents["h"], problem.initial["h"]
    T, D = len(x), x.shape[-1]
    maps = to_f, to_c = gates(problem, "f c", layout)
    kept, hs = [], []
    for t in range(T):
        xh = np.concatenate([x[t], h], axis=1)
        f = sigmoid(to_f(xh))
        g = np.tanh(to_c(xh))
        h_prev, h = h, f * h + (1 - f) * g
        kept.append((xh, f, g, h_prev))
        hs.append(h)
    dx, dh = np.zeros_like(x), np.zeros_like(h)
    for t in reversed(range(T)):
        xh, f, g, h_prev = kept[t]
        dh = dh + G[t]
        dxh = to_f.back(dh * (h_prev - g) * f * (1 - f), xh)
        dxh = dxh + to_c.back(dh * (1 - f) * (1 - g**2), xh)
        dx[t] = dxh[:, :D]
        dh = dh * f + dxh[:, D:]
    return {"h": np.array(hs), "x": dx, "h0": dh, **gradients(problem, maps)}


def janet_beta(problem: Problem, layout: Layout) -> dict[str, Array]:
    """Slightly more accumulated than forgotten (the equations after eq. 2)."""
    x, G, h = problem.inputs["x"], problem.cotangents["h"], problem.initial["h"]
    T, D, beta = len(x), x.shape[-1], problem.constants["beta"]
    maps = to_s, to_c = gates(problem, "f c", layout)
    kept, hs = [], []
    for t in range(T):
        xh = np.concatenate([x[t], h], axis=1)
        s = to_s(xh)
        f = sigmoid(s)
        held = sigmoid(s - beta)
        g = np.tanh(to_c(xh))
        h_prev, h = h, f * h + (1 - held) * g
        kept.append((xh, f, held, g, h_prev))
        hs.append(h)
    dx, dh = np.zeros_like(x), np.zeros_like(h)
    for t in reversed(range(T)):
        xh, f, held, g, h_prev = kept[t]
        dh = dh + G[t]
        dxh = to_s.back(dh * (h_prev * f * (1 - f) - g * held * (1 - held)), xh)
        dxh = dxh + to_c.back(dh * (1 - held) * (1 - g**2), xh)
        dx[t] = dxh[:, :D]
        dh = dh * f + dxh[:, D:]
    return {"h": np.array(hs), "x": dx, "h0": dh, **gradients(problem, maps)}


def gru(problem: Problem, layout: Layout) -> dict[str, Array]:
    """The reset gate before the product (Cho et al. 2014, eqs. 5 to 8)."""
    x, G, h = problem.inputs["x"], problem.cotangents["h"], problem.initial["h"]
    T, D = len(x), x.shape[-1]
    maps = to_z, to_r, to_n = gates(problem, "z r n", layout)
    kept, hs = [], []
    for t in range(T):
        xh = np.concatenate([x[t], h], axis=1)
        z = sigmoid(to_z(xh))
        r = sigmoid(to_r(xh))
        xrh = np.concatenate([x[t], r * h], axis=1)
        n = np.tanh(to_n(xrh))
        h_prev, h = h, z * h + (1 - z) * n
        kept.append((xh, xrh, z, r, n, h_prev))
        hs.append(h)
    dx, dh = np.zeros_like(x), np.zeros_like(h)
    for t in reversed(range(T)):
        xh, xrh, z, r, n, h_prev = kept[t]
        dh = dh + G[t]
        dxrh = to_n.back(dh * (1 - z) * (1 - n**2), xrh)
        drh = dxrh[:, D:]
        dxh = to_z.back(dh * (h_prev - n) * z * (1 - z), xh) + to_r.back(drh * h_prev * r * (1 - r), xh)
        dx[t] = dxh[:, :D] + dxrh[:, :D]
        dh = dh * z + dxh[:, D:] + drh * r
    return {"h": np.array(hs), "x": dx, "h0": dh, **gradients(problem, maps)}


def gru_reset_after(problem: Problem, layout: Layout) -> dict[str, Array]:
    """The reset gate after the product, which has a bias of its own, as cuDNN does."""
    x, G, h = problem.inputs["x"], problem.cotangents["h"], problem.initial["h"]
    W, U, b, d = (problem.parameters[name] for name in ("W_n", "U_n", "b_n", "d_n"))
    T, D = len(x), x.shape[-1]
    maps = to_z, to_r = gates(problem, "z r", layout)
    kept, hs = [], []
    for t in range(T):
        xh = np.concatenate([x[t], h], axis=1)
        z = sigmoid(to_z(xh))
        r = sigmoid(to_r(xh))
        inner = h @ U.T + d
        n = np.tanh(x[t] @ W.T + r * inner + b)
        h_prev, h = h, z * h + (1 - z) * n
        kept.append((xh, z, r, inner, n, h_prev))
        hs.append(h)
    dx, dh = np.zeros_like(x), np.zeros_like(h)
    dW, dU, db, dd = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b), np.zeros_like(d)
    for t in reversed(range(T)):
        xh, z, r, inner, n, h_prev = kept[t]
        dh = dh + G[t]
        dn = dh * (1 - z) * (1 - n**2)
        d_inner = dn * r
        dW += dn.T @ x[t]
        db += dn.sum(axis=0)
        dU += d_inner.T @ h_prev
        dd += d_inner.sum(axis=0)
        dxh = to_z.back(dh * (h_prev - n) * z * (1 - z), xh) + to_r.back(dn * inner * r * (1 - r), xh)
        dx[t] = dxh[:, :D] + dn @ W
        dh = dh * z + dxh[:, D:] + d_inner @ U
    candidate = {"W_n": dW, "U_n": dU, "b_n": db, "d_n": dd}
    return {"h": np.array(hs), "x": dx, "h0": dh, **candidate, **gradients(problem, maps)}


def carousel(problem: Problem, _: Layout) -> dict[str, Array]:
    """One linear unit with self-weight 1 (Hochreiter & Schmidhuber 1997, section 3.2); it has no matrix."""
    x, G, y = problem.inputs["x"], problem.cotangents["k"], problem.initial["y"]
    W_j, W_k = problem.parameters["W_j"], problem.parameters["W_k"]
    ys, ks = [], []
    for t in range(len(x)):
        y = y + x[t] @ W_j
        ys.append(y)
        ks.append(y[:, None] * W_k)
    dx, dy = np.zeros_like(x), np.zeros_like(y)
    dW_j, dW_k = np.zeros_like(W_j), np.zeros_like(W_k)
    for t in reversed(range(len(x))):
        dy = dy + G[t] @ W_k
        dW_k += ys[t] @ G[t]
        dW_j += dy @ x[t]
        dx[t] = dy[:, None] * W_j
    return {"k": np.array(ks), "x": dx, "y0": dy, "W_j": dW_j, "W_k": dW_k}
