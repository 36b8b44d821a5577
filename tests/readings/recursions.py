"""Gradients written by hand, from the papers: backpropagation through time, and the truncated learning rules.

All return gradients by label.
"""

from __future__ import annotations

from dataclasses import dataclass
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
        new = f * c + i * g
        tape.append((h, c, f, i, o, g, new))
        h, c = o * np.tanh(new), new
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


@dataclass(frozen=True)
class _Step:
    """What one step of a block cell leaves behind, for one row."""

    x: Any
    y_old: Any
    s_old: Any
    net: dict[str, Any]
    s: Any

    def gate(self, name: str) -> Any:
        """A gate's activation, for each cell of its block."""
        return sigma(self.net[name])[:, None]

    def slope(self, name: str) -> Any:
        return slope_of(self.net[name], 1)[:, None]


def blocks_1997(problem: Problem, forget: bool) -> dict[str, Array]:
    """The truncated gradient of memory-cell blocks, by partials that run forward in time.

    Hochreiter & Schmidhuber 1997, A.1: output gates (21) and (22), errors at the states (23), partials (25) and (27),
    input gates (26), cells (28). With `forget` the partials decay by y_phi and forget gates are added: Gers et al.
    2000, eqs. 3.10 to 3.12. The loss has cotangents of the states s too, which add to the errors (23).
    """
    gradient: dict[str, Any] = {name: np.zeros_like(array) for name, array in problem.parameters.items()}
    gradient |= {"x": np.zeros_like(problem.inputs["x"]), "s0": np.zeros_like(problem.initial["s"])}
    gradient["y0"] = np.zeros_like(problem.initial["y"])  # y(0) is read by net inputs alone
    for row in range(problem.batch):
        steps = _run_blocks(problem, row, forget)
        partials: dict[tuple[str, int], Any] = {}
        """ds/dnet by net input and step, for each cell."""
        kept = np.ones_like(problem.initial["s"][row])
        for t, step in enumerate(steps):
            y_phi = step.gate("phi") if forget else 1.0
            partials = {key: y_phi * partial for key, partial in partials.items()}
            partials["in", t] = squash_g(step.net["c"]) * step.slope("in")
            partials["c", t] = slope_of(step.net["c"], 4) * step.gate("in")
            if forget:
                partials["phi", t] = step.s_old * step.slope("phi")
            kept = kept * y_phi
            e_y = problem.cotangents["y"][t, row]
            e_s = step.gate("out") * slope_of(step.s, 2) * e_y + problem.cotangents["s"][t, row]
            gradient["s0"][row] += e_s * kept
            delta_out = slope_of(step.net["out"], 1) * (squash_h(step.s) * e_y).sum(axis=1)
            _add(gradient, problem, "out", delta_out, step, (t, row))
            for (k, used), partial in partials.items():
                delta = e_s * partial if k == "c" else (e_s * partial).sum(axis=1)
                _add(gradient, problem, k, delta, steps[used], (used, row))
    return gradient


def _run_blocks(problem: Problem, row: int, forget: bool) -> list[_Step]:
    p, y, s = problem.parameters, problem.initial["y"][row], problem.initial["s"][row]
    steps = []
    for x in problem.inputs["x"][:, row]:
        net = {
            k: np.tensordot(p[f"W_{k}"], x, axes=1) + np.tensordot(p[f"U_{k}"], y, axes=2) + p[f"b_{k}"]
            for k in ("in", "out", "c", *(("phi",) if forget else ()))
        }
        y_phi = sigma(net["phi"])[:, None] if forget else 1.0
        new = y_phi * s + sigma(net["in"])[:, None] * squash_g(net["c"])
        steps.append(_Step(x, y, s, net, new))
        s = new
        y = sigma(net["out"])[:, None] * squash_h(s)
    return steps


def _add(gradient: dict[str, Any], problem: Problem, k: str, delta: Any, step: _Step, place: tuple[int, int]) -> None:
    """Add an error at net input k of a step: to its weights, and to the x that it read."""
    gradient[f"W_{k}"] += np.multiply.outer(delta, step.x)
    gradient[f"U_{k}"] += np.multiply.outer(delta, step.y_old)
    gradient[f"b_{k}"] += delta
    gradient["x"][place] += np.tensordot(delta, problem.parameters[f"W_{k}"], axes=delta.ndim)
