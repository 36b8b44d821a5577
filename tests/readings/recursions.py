"""Gradients written by hand, from the papers: backpropagation through time, and the truncated learning rules.

All take a problem with one row per batch entry and return gradients by label.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lstmproof.problem import Array, Problem


def sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def squash_g(z: Any) -> Any:
    return 4 * sigma(z) - 2


def squash_h(z: Any) -> Any:
    return 2 * sigma(z) - 1


def slope_of(z: Any, height: float) -> Any:
    return height * sigma(z) * (1 - sigma(z))


def lstm_through_time(problem: Problem) -> dict[str, Array]:
    """The full gradient of `lstm` (Greff et al. 2015, section II, without peepholes)."""
    p = problem.parameters
    x, T = problem.inputs["x"], problem.T
    gradient: dict[str, Any] = {name: np.zeros_like(array) for name, array in p.items()}
    gradient["x"] = np.zeros_like(x)
    h, c = problem.initial["h"], problem.initial["c"]
    tape = []
    for t in range(T):
        net = {k: x[t] @ p[f"W_{k}"].T + h @ p[f"U_{k}"].T + p[f"b_{k}"] for k in "fiog"}
        f, i, o, g = sigma(net["f"]), sigma(net["i"]), sigma(net["o"]), np.tanh(net["g"])
        tape.append((h, c, f, i, o, g))
        c = f * c + i * g
        h = o * np.tanh(c)
        tape[-1] = (*tape[-1], c)
    dh, dc = np.zeros_like(h), np.zeros_like(c)
    for t in reversed(range(T)):
        h_old, c_old, f, i, o, g, c = tape[t]
        dh = dh + problem.cotangents["h"][t]
        dc = dc + problem.cotangents["c"][t] + dh * o * (1 - np.tanh(c) ** 2)
        delta = {
            "f": dc * c_old * f * (1 - f),
            "i": dc * g * i * (1 - i),
            "o": dh * np.tanh(c) * o * (1 - o),
            "g": dc * i * (1 - g**2),
        }
        for k, error in delta.items():
            gradient[f"W_{k}"] += error.T @ x[t]
            gradient[f"U_{k}"] += error.T @ h_old
            gradient[f"b_{k}"] += error.sum(axis=0)
            gradient["x"][t] += error @ p[f"W_{k}"]
        dh = sum(error @ p[f"U_{k}"] for k, error in delta.items())
        dc = dc * f
    return {**gradient, "h0": dh, "c0": dc}


def blocks_1997(problem: Problem, forget: bool) -> dict[str, Array]:
    """The truncated gradient of memory-cell blocks, forward in time.

    Hochreiter & Schmidhuber 1997, A.1: output gates (21) and (22), errors at the states (23), partials (25) and (27),
    input gates (26), cells (28). With `forget` the partials decay by y_phi and forget gates are added: Gers et al.
    2000, eqs. 3.10 to 3.12. The loss has cotangents of the states s too, which add to the errors (23).
    """
    p, shape = problem.parameters, problem.parameters["b_c"].shape
    gates = ("in", "phi") if forget else ("in",)
    names = (*gates, "out", "c")
    gradient: dict[str, Any] = {name: np.zeros_like(array) for name, array in p.items()}
    gradient |= {"x": np.zeros_like(problem.inputs["x"]), "s0": np.zeros((problem.batch, *shape))}
    gradient["y0"] = np.zeros((problem.batch, *shape))  # y(0) is read by net inputs alone
    for row in range(problem.batch):
        _blocks_row(problem, row, gates, names, gradient)
    return gradient


def _blocks_row(problem: Problem, row: int, gates: Any, names: Any, gradient: dict[str, Any]) -> None:
    p, x = problem.parameters, problem.inputs["x"][:, row]
    y, s = problem.initial["y"][row], problem.initial["s"][row]
    partials: dict[str, Any] = {}
    """ds/dw by weight and step at which it was used, and of s(0): axes of s, then those of the weight's unit."""
    kept = np.ones_like(s)
    for t in range(problem.T):
        net = {}
        for k in names:
            recurrent = np.tensordot(p[f"U_{k}"], y, axes=2)
            net[k] = np.tensordot(p[f"W_{k}"], x[t], axes=1) + recurrent + p[f"b_{k}"]
        y_phi = sigma(net["phi"])[:, None] if "phi" in gates else 1.0
        y_in, y_out, g = sigma(net["in"])[:, None], sigma(net["out"])[:, None], squash_g(net["c"])
        partials = {key: y_phi * partial for key, partial in partials.items()}
        partials["in", t] = g * slope_of(net["in"], 1)[:, None]
        partials["c", t] = slope_of(net["c"], 4) * y_in
        if "phi" in gates:
            partials["phi", t] = s * slope_of(net["phi"], 1)[:, None]
        kept = kept * y_phi
        s_old, y_old = s, y
        s = y_phi * s_old + y_in * g
        y = y_out * squash_h(s)
        e_y = problem.cotangents["y"][t, row]
        e_s = y_out * slope_of(s, 2) * e_y + problem.cotangents["s"][t, row]
        gradient["s0"][row] += e_s * kept
        delta_out = slope_of(net["out"], 1) * (squash_h(s) * e_y).sum(axis=1)
        _weights(gradient, p, "out", delta_out, x[t], y_old, (t, row))
        problem_sources = [(x[step], _output(problem, row, step)) for step in range(t + 1)]
        for (k, step), partial in partials.items():
            delta = e_s * partial if k == "c" else (e_s * partial).sum(axis=1)
            _weights(gradient, p, k, delta, *problem_sources[step], (step, row))


def _output(problem: Problem, row: int, step: int) -> Any:
    """y at the step before `step`."""
    p = problem.parameters
    y, s = problem.initial["y"][row], problem.initial["s"][row]
    for t in range(step):
        net = {
            k[2:]: np.tensordot(p[f"W_{k[2:]}"], problem.inputs["x"][t, row], axes=1)
            + np.tensordot(p[f"U_{k[2:]}"], y, axes=2)
            + p[k]
            for k in p
            if k.startswith("b_")
        }
        y_phi = sigma(net["phi"])[:, None] if "phi" in net else 1.0
        s = y_phi * s + sigma(net["in"])[:, None] * squash_g(net["c"])
        y = sigma(net["out"])[:, None] * squash_h(s)
    return y


def _weights(gradient: dict[str, Any], p: Any, k: str, delta: Any, x: Any, y: Any, place: tuple[int, int]) -> None:
    """Add the part of an error at net input k: to its weights, and to the x that it read."""
    gradient[f"W_{k}"] += np.multiply.outer(delta, x)
    gradient[f"U_{k}"] += np.multiply.outer(delta, y)
    gradient[f"b_{k}"] += delta
    gradient["x"][place] += np.tensordot(delta, p[f"W_{k}"], axes=delta.ndim)
