"""LSTM with forget gates and a tanh candidate: the common form, with peepholes, with coupled gates."""

from __future__ import annotations

import numpy as np

from benchmarks.textbook.layers import Layout, gates, gradients, sigmoid
from lstmproof.problem import Array, Problem


def lstm(problem: Problem, layout: Layout) -> dict[str, Array]:
    """The form in common use (van der Westhuizen & Lasenby 2018, eq. 1)."""
    x, G, h, c = problem.inputs["x"], problem.cotangents["h"], problem.initial["h"], problem.initial["c"]
    T, D = len(x), x.shape[-1]
    maps = to_f, to_i, to_o, to_g = gates(problem, "f i o g", layout)
    kept, hs = [], []
    for t in range(T):
        xh = np.concatenate([x[t], h], axis=1)
        f = sigmoid(to_f(xh))
        i = sigmoid(to_i(xh))
        o = sigmoid(to_o(xh))
        g = np.tanh(to_g(xh))
        c_prev, c = c, f * c + i * g
        tanh_c = np.tanh(c)
        h = o * tanh_c
        kept.append((xh, f, i, o, g, c_prev, tanh_c))
        hs.append(h)
    dx, dh, dc = np.zeros_like(x), np.zeros_like(h), np.zeros_like(c)
    for t in reversed(range(T)):
        xh, f, i, o, g, c_prev, tanh_c = kept[t]
        dh = dh + G[t]
        dc = dc + dh * o * (1 - tanh_c**2)
        dxh = to_f.back(dc * c_prev * f * (1 - f), xh)
        dxh = dxh + to_i.back(dc * g * i * (1 - i), xh)
        dxh = dxh + to_o.back(dh * tanh_c * o * (1 - o), xh)
        dxh = dxh + to_g.back(dc * i * (1 - g**2), xh)
        dx[t], dh = dxh[:, :D], dxh[:, D:]
        dc = dc * f
    return {"h": np.array(hs), "x": dx, "h0": dh, "c0": dc, **gradients(problem, maps)}


def lstm_peephole(problem: Problem, layout: Layout) -> dict[str, Array]:
    """Diagonal peepholes (Gers et al. 2002; Greff et al. 2015, section II)."""
    x, G, h, c = problem.inputs["x"], problem.cotangents["h"], problem.initial["h"], problem.initial["c"]
    p_f, p_i, p_o = (problem.parameters[name] for name in ("p_f", "p_i", "p_o"))
    T, D = len(x), x.shape[-1]
    maps = to_f, to_i, to_o, to_g = gates(problem, "f i o g", layout)
    kept, hs = [], []
    for t in range(T):
        xh = np.concatenate([x[t], h], axis=1)
        f = sigmoid(to_f(xh) + p_f * c)
        i = sigmoid(to_i(xh) + p_i * c)
        g = np.tanh(to_g(xh))
        c_prev, c = c, f * c + i * g
        o = sigmoid(to_o(xh) + p_o * c)
        tanh_c = np.tanh(c)
        h = o * tanh_c
        kept.append((xh, f, i, o, g, c_prev, c, tanh_c))
        hs.append(h)
    dx, dh, dc = np.zeros_like(x), np.zeros_like(h), np.zeros_like(c)
    dp_f, dp_i, dp_o = np.zeros_like(p_f), np.zeros_like(p_i), np.zeros_like(p_o)
    for t in reversed(range(T)):
        xh, f, i, o, g, c_prev, c, tanh_c = kept[t]
        dh = dh + G[t]
        do = dh * tanh_c * o * (1 - o)
        dc = dc + dh * o * (1 - tanh_c**2) + do * p_o
        df = dc * c_prev * f * (1 - f)
        di = dc * g * i * (1 - i)
        dg = dc * i * (1 - g**2)
        dp_f += (df * c_prev).sum(axis=0)
        dp_i += (di * c_prev).sum(axis=0)
        dp_o += (do * c).sum(axis=0)
        dxh = to_f.back(df, xh) + to_i.back(di, xh) + to_o.back(do, xh) + to_g.back(dg, xh)
        dx[t], dh = dxh[:, :D], dxh[:, D:]
        dc = dc * f + df * p_f + di * p_i
    peepholes = {"p_f": dp_f, "p_i": dp_i, "p_o": dp_o}
    return {"h": np.array(hs), "x": dx, "h0": dh, "c0": dc, **peepholes, **gradients(problem, maps)}


def lstm_peephole_full(problem: Problem, layout: Layout) -> dict[str, Array]:
    """Matrices in place of the diagonals."""
    x, G, h, c = problem.inputs["x"], problem.cotangents["h"], problem.initial["h"], problem.initial["c"]
    P_f, P_i, P_o = (problem.parameters[name] for name in ("P_f", "P_i", "P_o"))
    T, D = len(x), x.shape[-1]
    maps = to_f, to_i, to_o, to_g = gates(problem, "f i o g", layout)
    kept, hs = [], []
    for t in range(T):
        xh = np.concatenate([x[t], h], axis=1)
        f = sigmoid(to_f(xh) + c @ P_f.T)
        i = sigmoid(to_i(xh) + c @ P_i.T)
        g = np.tanh(to_g(xh))
        c_prev, c = c, f * c + i * g
        o = sigmoid(to_o(xh) + c @ P_o.T)
        tanh_c = np.tanh(c)
        h = o * tanh_c
        kept.append((xh, f, i, o, g, c_prev, c, tanh_c))
        hs.append(h)
    dx, dh, dc = np.zeros_like(x), np.zeros_like(h), np.zeros_like(c)
    dP_f, dP_i, dP_o = np.zeros_like(P_f), np.zeros_like(P_i), np.zeros_like(P_o)
    for t in reversed(range(T)):
        xh, f, i, o, g, c_prev, c, tanh_c = kept[t]
        dh = dh + G[t]
        do = dh * tanh_c * o * (1 - o)
        dc = dc + dh * o * (1 - tanh_c**2) + do @ P_o
        df = dc * c_prev * f * (1 - f)
        di = dc * g * i * (1 - i)
        dg = dc * i * (1 - g**2)
        dP_f += df.T @ c_prev
        dP_i += di.T @ c_prev
        dP_o += do.T @ c
        dxh = to_f.back(df, xh) + to_i.back(di, xh) + to_o.back(do, xh) + to_g.back(dg, xh)
        dx[t], dh = dxh[:, :D], dxh[:, D:]
        dc = dc * f + df @ P_f + di @ P_i
    peepholes = {"P_f": dP_f, "P_i": dP_i, "P_o": dP_o}
    return {"h": np.array(hs), "x": dx, "h0": dh, "c0": dc, **peepholes, **gradients(problem, maps)}


def lstm_coupled(problem: Problem, layout: Layout) -> dict[str, Array]:
    """c = f c + (1 - f) g."""
    x, G, h, c = problem.inputs["x"], problem.cotangents["h"], problem.initial["h"], problem.initial["c"]
    T, D = len(x), x.shape[-1]
    maps = to_f, to_o, to_g = gates(problem, "f o g", layout)
    kept, hs = [], []
    for t in range(T):
        xh = np.concatenate([x[t], h], axis=1)
        f = sigmoid(to_f(xh))
        o = sigmoid(to_o(xh))
        g = np.tanh(to_g(xh))
        c_prev, c = c, f * c + (1 - f) * g
        tanh_c = np.tanh(c)
        h = o * tanh_c
        kept.append((xh, f, o, g, c_prev, tanh_c))
        hs.append(h)
    dx, dh, dc = np.zeros_like(x), np.zeros_like(h), np.zeros_like(c)
    for t in reversed(range(T)):
        xh, f, o, g, c_prev, tanh_c = kept[t]
        dh = dh + G[t]
        dc = dc + dh * o * (1 - tanh_c**2)
        dxh = to_f.back(dc * (c_prev - g) * f * (1 - f), xh)
        dxh = dxh + to_o.back(dh * tanh_c * o * (1 - o), xh)
        dxh = dxh + to_g.back(dc * (1 - f) * (1 - g**2), xh)
        dx[t], dh = dxh[:, :D], dxh[:, D:]
        dc = dc * f
    return {"h": np.array(hs), "x": dx, "h0": dh, "c0": dc, **gradients(problem, maps)}


def lstm_coupled_input(problem: Problem, layout: Layout) -> dict[str, Array]:
    """c = (1 - i) c + i g (Greff et al. 2015, CIFG, without peepholes)."""
    x, G, h, c = problem.inputs["x"], problem.cotangents["h"], problem.initial["h"], problem.initial["c"]
    T, D = len(x), x.shape[-1]
    maps = to_i, to_o, to_g = gates(problem, "i o g", layout)
    kept, hs = [], []
    for t in range(T):
        xh = np.concatenate([x[t], h], axis=1)
        i = sigmoid(to_i(xh))
        o = sigmoid(to_o(xh))
        g = np.tanh(to_g(xh))
        c_prev, c = c, (1 - i) * c + i * g
        tanh_c = np.tanh(c)
        h = o * tanh_c
        kept.append((xh, i, o, g, c_prev, tanh_c))
        hs.append(h)
    dx, dh, dc = np.zeros_like(x), np.zeros_like(h), np.zeros_like(c)
    for t in reversed(range(T)):
        xh, i, o, g, c_prev, tanh_c = kept[t]
        dh = dh + G[t]
        dc = dc + dh * o * (1 - tanh_c**2)
        dxh = to_i.back(dc * (g - c_prev) * i * (1 - i), xh)
        dxh = dxh + to_o.back(dh * tanh_c * o * (1 - o), xh)
        dxh = dxh + to_g.back(dc * i * (1 - g**2), xh)
        dx[t], dh = dxh[:, :D], dxh[:, D:]
        dc = dc * (1 - i)
    return {"h": np.array(hs), "x": dx, "h0": dh, "c0": dc, **gradients(problem, maps)}
