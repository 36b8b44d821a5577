"""LSTM of 1997 and 2000: g in (-2, 2), h in (-1, 1); memory cell blocks whose cells share gates."""

from __future__ import annotations

import numpy as np

from benchmarks.textbook.layers import Layout, gates, gradients, sigmoid
from lstmproof.problem import Array, Problem


def lstm_1997(problem: Problem, layout: Layout) -> dict[str, Array]:
    """No forget gate (Hochreiter & Schmidhuber 1997, section 4)."""
    x, G, y, s = problem.inputs["x"], problem.cotangents["y"], problem.initial["y"], problem.initial["s"]
    T, D = len(x), x.shape[-1]
    maps = to_in, to_out, to_c = gates(problem, "in out c", layout)
    kept, ys = [], []
    for t in range(T):
        xy = np.concatenate([x[t], y], axis=1)
        y_in = sigmoid(to_in(xy))
        y_out = sigmoid(to_out(xy))
        sigma_g = sigmoid(to_c(xy))
        g = 4 * sigma_g - 2
        s = s + y_in * g
        sigma_h = sigmoid(s)
        squashed = 2 * sigma_h - 1
        y = y_out * squashed
        kept.append((xy, y_in, y_out, sigma_g, g, sigma_h, squashed))
        ys.append(y)
    dx, dy, ds = np.zeros_like(x), np.zeros_like(y), np.zeros_like(s)
    for t in reversed(range(T)):
        xy, y_in, y_out, sigma_g, g, sigma_h, squashed = kept[t]
        dy = dy + G[t]
        ds = ds + dy * y_out * 2 * sigma_h * (1 - sigma_h)
        dxy = to_in.back(ds * g * y_in * (1 - y_in), xy)
        dxy = dxy + to_out.back(dy * squashed * y_out * (1 - y_out), xy)
        dxy = dxy + to_c.back(ds * y_in * 4 * sigma_g * (1 - sigma_g), xy)
        dx[t], dy = dxy[:, :D], dxy[:, D:]
    return {"y": np.array(ys), "x": dx, "y0": dy, "s0": ds, **gradients(problem, maps)}


def lstm_1997_block(problem: Problem, layout: Layout) -> dict[str, Array]:
    """Several cells to a pair of gates; (batch, block, unit) is flattened where it enters a product."""
    x, G, y, s = problem.inputs["x"], problem.cotangents["y"], problem.initial["y"], problem.initial["s"]
    T, batch, D = x.shape
    maps = to_in, to_out, to_c = gates(problem, "in out c", layout)
    kept, ys = [], []
    for t in range(T):
        xy = np.concatenate([x[t], y.reshape(batch, -1)], axis=1)
        y_in = sigmoid(to_in(xy))[:, :, None]
        y_out = sigmoid(to_out(xy))[:, :, None]
        sigma_g = sigmoid(to_c(xy)).reshape(s.shape)
        g = 4 * sigma_g - 2
        s = s + y_in * g
        sigma_h = sigmoid(s)
        squashed = 2 * sigma_h - 1
        y = y_out * squashed
        kept.append((xy, y_in, y_out, sigma_g, g, sigma_h, squashed))
        ys.append(y)
    dx, dy, ds = np.zeros_like(x), np.zeros_like(y), np.zeros_like(s)
    for t in reversed(range(T)):
        xy, y_in, y_out, sigma_g, g, sigma_h, squashed = kept[t]
        dy = dy + G[t]
        ds = ds + dy * y_out * 2 * sigma_h * (1 - sigma_h)
        d_in = (ds * g * y_in * (1 - y_in)).sum(axis=2)
        d_out = (dy * squashed * y_out * (1 - y_out)).sum(axis=2)
        d_c = (ds * y_in * 4 * sigma_g * (1 - sigma_g)).reshape(batch, -1)
        dxy = to_in.back(d_in, xy) + to_out.back(d_out, xy) + to_c.back(d_c, xy)
        dx[t], dy = dxy[:, :D], dxy[:, D:].reshape(y.shape)
    return {"y": np.array(ys), "x": dx, "y0": dy, "s0": ds, **gradients(problem, maps)}


def lstm_forget(problem: Problem, layout: Layout) -> dict[str, Array]:
    """A forget gate for each block (Gers, Schmidhuber & Cummins 2000, section 3)."""
    x, G, y, s = problem.inputs["x"], problem.cotangents["y"], problem.initial["y"], problem.initial["s"]
    T, batch, D = x.shape
    maps = to_in, to_phi, to_out, to_c = gates(problem, "in phi out c", layout)
    kept, ys = [], []
    for t in range(T):
        xy = np.concatenate([x[t], y.reshape(batch, -1)], axis=1)
        y_in = sigmoid(to_in(xy))[:, :, None]
        y_phi = sigmoid(to_phi(xy))[:, :, None]
        y_out = sigmoid(to_out(xy))[:, :, None]
        sigma_g = sigmoid(to_c(xy)).reshape(s.shape)
        g = 4 * sigma_g - 2
        s_prev, s = s, y_phi * s + y_in * g
        sigma_h = sigmoid(s)
        squashed = 2 * sigma_h - 1
        y = y_out * squashed
        kept.append((xy, y_in, y_phi, y_out, sigma_g, g, s_prev, sigma_h, squashed))
        ys.append(y)
    dx, dy, ds = np.zeros_like(x), np.zeros_like(y), np.zeros_like(s)
    for t in reversed(range(T)):
        xy, y_in, y_phi, y_out, sigma_g, g, s_prev, sigma_h, squashed = kept[t]
        dy = dy + G[t]
        ds = ds + dy * y_out * 2 * sigma_h * (1 - sigma_h)
        d_in = (ds * g * y_in * (1 - y_in)).sum(axis=2)
        d_phi = (ds * s_prev * y_phi * (1 - y_phi)).sum(axis=2)
        d_out = (dy * squashed * y_out * (1 - y_out)).sum(axis=2)
        d_c = (ds * y_in * 4 * sigma_g * (1 - sigma_g)).reshape(batch, -1)
        dxy = to_in.back(d_in, xy) + to_phi.back(d_phi, xy) + to_out.back(d_out, xy) + to_c.back(d_c, xy)
        dx[t], dy = dxy[:, :D], dxy[:, D:].reshape(y.shape)
        ds = ds * y_phi
    return {"y": np.array(ys), "x": dx, "y0": dy, "s0": ds, **gradients(problem, maps)}
