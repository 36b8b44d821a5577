"""The papers' own learning rules, by hand and unit by unit, as they are printed or derived there.

`carried` is the rule of 1997 (A.1, eqs. 20 to 28) and 2000 (section 3, eqs. 3.10 to 3.12): the truncated gradient,
carried forward in time with no tape; `carried_past_peepholes` is that of 2002 (section 3). `backpropagated` is the full
gradient of an LSTM with diagonal peepholes (Greff et al. 2015, section II). The sign is that of dL/dw; the papers give
the step against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from tests.derivations.transcriptions import (
    Array,
    Values,
    cell_net,
    gate_net,
    net,
    sigma,
    squash_g,
    squash_h,
)


def _slope(z: Array) -> Array:
    """f'(net) of the logistic function."""
    return sigma(z) * (1 - sigma(z))


def carried(
    p: Values, x: Array, initial: Values, cotangents: Values, gates: tuple[str, ...] = ("in", "c", "phi")
) -> dict[str, Array]:
    """Truncated gradients of one row with respect to every weight of a layer of memory-cell blocks.

    x is (T, input), states (block, unit), `cotangents` of y and s (T, block, unit). Without "phi" in `gates` the
    forget gate is 1: the cell of 1997.
    """
    y, s = initial["y"], initial["s"]
    blocks, units = s.shape
    sources = x.shape[1] + y.size + 1
    partial = {gate: np.zeros((blocks, units, sources)) for gate in gates}
    total = {gate: np.zeros((blocks, units, sources)) for gate in (*gates, "out")}
    for t in range(x.shape[0]):
        seen = np.concatenate([x[t], y.ravel(), [1.0]])  # y^m(t-1), the bias unit last
        nets = {gate: gate_net(p, gate, x[t], y) for gate in (*gates, "out") if gate != "c"}
        net_c = cell_net(p, x[t], y)
        y_in, y_out = sigma(nets["in"]), sigma(nets["out"])
        y_phi = sigma(nets["phi"]) if "phi" in gates else np.ones(blocks)
        for j, v in np.ndindex(blocks, units):
            g = squash_g(net_c[j, v])
            g_slope = 4 * _slope(net_c[j, v])
            old = s[j, v].copy()
            s[j, v] = y_phi[j] * old + y_in[j] * g
            # In 1997 eqs. 27 and 25, in 2000 eqs. 3.10, 3.11 and 3.12.
            partial["c"][j, v] = y_phi[j] * partial["c"][j, v] + g_slope * y_in[j] * seen
            partial["in"][j, v] = y_phi[j] * partial["in"][j, v] + g * _slope(nets["in"][j]) * seen
            if "phi" in gates:
                partial["phi"][j, v] = y_phi[j] * partial["phi"][j, v] + old * _slope(nets["phi"][j]) * seen
            # In 1997 eq. 23: h' of the squashing function h is twice the logistic slope
            error = y_out[j] * 2 * _slope(s[j, v]) * cotangents["y"][t, j, v] + cotangents["s"][t, j, v]
            for gate in gates:
                total[gate][j, v] += error * partial[gate][j, v]  # eqs. 26 and 28
            total["out"][j, v] += squash_h(s[j, v]) * cotangents["y"][t, j, v] * _slope(nets["out"][j]) * seen  # eq. 21
        y = y_out[:, None] * squash_h(s)
    return _by_weight(total, x.shape[1], (blocks, units))


def carried_past_peepholes(p: Values, x: Array, initial: Values, cotangents: Values) -> dict[str, Array]:
    """Truncated gradients of one row of an LSTM with diagonal peepholes, by the rule of 2002.

    A peephole is one more source of its gate's net input, c(t-1) or, for the output gate, c(t); "no error signals are
    propagated back from gates via peephole connections" to the cell.
    """
    h, c = initial["h"], initial["c"]
    size, inputs = c.shape[0], x.shape[1]
    partial = {gate: np.zeros((size, inputs + size + 2)) for gate in "fig"}
    total = {gate: np.zeros((size, inputs + size + 2)) for gate in "fiog"}
    for t in range(x.shape[0]):
        nets = {gate: net(p, gate, x[t], h) for gate in "fiog"}
        f, i = (sigma(nets[gate] + p[f"p_{gate}"] * c) for gate in "fi")
        g, old = np.tanh(nets["g"]), c
        c = f * old + i * g
        o = sigma(nets["o"] + p["p_o"] * c)
        slopes = {"f": old * f * (1 - f), "i": g * i * (1 - i), "g": i * (1 - g**2)}
        for k in range(size):
            seen = np.concatenate([x[t], h, [1.0, old[k]]])
            error = o[k] * (1 - np.tanh(c[k]) ** 2) * cotangents["h"][t, k] + cotangents["c"][t, k]
            for gate, slope in slopes.items():
                partial[gate][k] = f[k] * partial[gate][k] + slope[k] * seen
                total[gate][k] += error * partial[gate][k]
            seen[-1] = c[k]
            total["o"][k] += cotangents["h"][t, k] * np.tanh(c[k]) * o[k] * (1 - o[k]) * seen
        h = o * np.tanh(c)
    gradients = {f"W_{gate}": rows[:, :inputs] for gate, rows in total.items()}
    gradients |= {f"U_{gate}": rows[:, inputs:-2] for gate, rows in total.items()}
    gradients |= {f"b_{gate}": rows[:, -2] for gate, rows in total.items()}
    return gradients | {f"p_{gate}": total[gate][:, -1] for gate in "fio"}


def _by_weight(total: Mapping[str, Array], inputs: int, cells: tuple[int, int]) -> dict[str, Array]:
    """Rows over all sources as W, U and b; a gate's error is the sum over the cells of its block."""
    gradients = {}
    for gate, rows in total.items():
        kept = rows if gate == "c" else rows.sum(axis=1)
        gradients[f"W_{gate}"] = kept[..., :inputs]
        gradients[f"U_{gate}"] = kept[..., inputs:-1].reshape(*kept.shape[:-1], *cells)
        gradients[f"b_{gate}"] = kept[..., -1]
    return gradients


def backpropagated(p: Values, x: Array, initial: Values, cotangents: Values) -> dict[str, Array]:
    """Full gradients of one row of an LSTM with diagonal peepholes; the tape holds what the forward pass saw.

    x is (T, input), states (hidden,), `cotangents` of h and c (T, hidden). Names are the catalogue's: g for the
    paper's z, h for its y.
    """
    T = x.shape[0]
    h, c = {-1: initial["h"]}, {-1: initial["c"]}
    f, i, o, g = ({T: initial["c"] * 0} for _ in range(4))
    for t in range(T):
        f[t] = sigma(net(p, "f", x[t], h[t - 1]) + p["p_f"] * c[t - 1])
        i[t] = sigma(net(p, "i", x[t], h[t - 1]) + p["p_i"] * c[t - 1])
        g[t] = np.tanh(net(p, "g", x[t], h[t - 1]))
        c[t] = g[t] * i[t] + c[t - 1] * f[t]
        o[t] = sigma(net(p, "o", x[t], h[t - 1]) + p["p_o"] * c[t])
        h[t] = np.tanh(c[t]) * o[t]
    delta = {gate: {T: initial["c"] * 0} for gate in "fiog"}
    d_c, d_x = {T: initial["c"] * 0}, np.zeros_like(x)
    for t in reversed(range(T)):
        d_h = cotangents["h"][t] + sum(p[f"U_{gate}"].T @ delta[gate][t + 1] for gate in "fiog")
        delta["o"][t] = d_h * np.tanh(c[t]) * o[t] * (1 - o[t])
        d_c[t] = cotangents["c"][t] + d_h * o[t] * (1 - np.tanh(c[t]) ** 2) + p["p_o"] * delta["o"][t]
        d_c[t] += p["p_i"] * delta["i"][t + 1] + p["p_f"] * delta["f"][t + 1] + d_c[t + 1] * f[t + 1]
        delta["f"][t] = d_c[t] * c[t - 1] * f[t] * (1 - f[t])
        delta["i"][t] = d_c[t] * g[t] * i[t] * (1 - i[t])
        delta["g"][t] = d_c[t] * i[t] * (1 - g[t] ** 2)
        d_x[t] = sum(p[f"W_{gate}"].T @ delta[gate][t] for gate in "fiog")
    gradients = {"x": d_x}
    for gate in "fiog":
        gradients[f"W_{gate}"] = _over_time(np.outer(delta[gate][t], x[t]) for t in range(T))
        gradients[f"U_{gate}"] = _over_time(np.outer(delta[gate][t], h[t - 1]) for t in range(T))
        gradients[f"b_{gate}"] = _over_time(delta[gate][t] for t in range(T))
    gradients["p_i"] = _over_time(c[t] * delta["i"][t + 1] for t in range(-1, T))
    gradients["p_f"] = _over_time(c[t] * delta["f"][t + 1] for t in range(-1, T))
    gradients["p_o"] = _over_time(c[t] * delta["o"][t] for t in range(T))
    return gradients


def _over_time(terms: Iterable[Array]) -> Array:
    return np.asarray(sum(terms))
