"""The same LSTM, forward and backward, by those who also do it: HIPS autograd, torch.nn.LSTM, JAX.

Each peer is given the problem in the form that suits it, once, outside the timed part: weights stacked, arrays
converted, functions compiled. One without its package installed is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from lstmproof.problem import Array, Problem

GATES = "fiog"
TORCH_GATES = "ifgo"


@dataclass(frozen=True)
class Peer:
    """A computation of the gradients of sum_t <h_t, G_t>."""

    run: Callable[[], Any]
    """The timed part: forward and backward."""
    read: Callable[[Any], dict[str, Array]]
    """Gradients by name out of what `run` returned."""


def peers(problem: Problem) -> dict[str, Peer]:
    """Those installed, by name."""
    makers = {"autograd": _autograd, "torch": _torch, "jax": _jax}
    return {name: maker(problem) for name, maker in makers.items() if find_spec(name)}


def _stacked(problem: Problem, gates: str) -> tuple[Array, Array, Array]:
    """W (4 hidden, input), U (4 hidden, hidden) and b (4 hidden,), gates in the given order."""
    W, U, b = (np.concatenate([problem.parameters[f"{kind}_{gate}"] for gate in gates]) for kind in "WUb")
    return W, U, b


def _named(gates: str, W: Array, U: Array, b: Array) -> dict[str, Array]:
    """Gradients of stacked weights by the cell's names."""
    kinds = {"W": W, "U": U, "b": b}
    return {
        f"{kind}_{gate}": part
        for kind, stacked in kinds.items()
        for gate, part in zip(gates, np.split(np.asarray(stacked), len(gates)), strict=True)
    }


def _autograd(problem: Problem) -> Peer:
    """The textbook's forward loop, differentiated; written as in autograd's own LSTM example."""
    import autograd  # noqa: PLC0415 - optional, here and below
    import autograd.numpy as anp  # noqa: PLC0415

    x, G = problem.inputs["x"], problem.cotangents["h"]

    def sigmoid(z: Any) -> Any:
        return 1 / (1 + anp.exp(-z))

    def loss(weights: Any, biases: Any, x: Any, h: Any, c: Any) -> Any:
        total = 0.0
        f_, i_, o_, g_ = range(4)
        for t in range(len(G)):
            xh = anp.concatenate([x[t], h], axis=1)
            f = sigmoid(anp.dot(xh, weights[f_]) + biases[f_])
            i = sigmoid(anp.dot(xh, weights[i_]) + biases[i_])
            o = sigmoid(anp.dot(xh, weights[o_]) + biases[o_])
            g = anp.tanh(anp.dot(xh, weights[g_]) + biases[g_])
            c = f * c + i * g
            h = o * anp.tanh(c)
            total = total + anp.sum(h * G[t])
        return total

    parameters = problem.parameters
    weights = [np.concatenate([parameters[f"W_{k}"], parameters[f"U_{k}"]], axis=1).T for k in GATES]
    biases = [parameters[f"b_{k}"] for k in GATES]
    gradient = autograd.grad(loss, argnum=(0, 1, 2, 3, 4))

    def read(found: Any) -> dict[str, Array]:
        d_weights, d_biases, dx, dh0, dc0 = found
        joined = np.concatenate([each.T for each in d_weights])
        D = x.shape[-1]
        return {"x": dx, "h0": dh0, "c0": dc0} | _named(GATES, joined[:, :D], joined[:, D:], np.concatenate(d_biases))

    return Peer(lambda: gradient(weights, biases, x, problem.initial["h"], problem.initial["c"]), read)


def _torch(problem: Problem) -> Peer:
    """torch.nn.LSTM on one thread; of its two biases the recurrent one is 0."""
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)
    W, U, b = _stacked(problem, TORCH_GATES)
    x, h0, c0 = (
        torch.tensor(array, requires_grad=True)
        for array in (problem.inputs["x"], problem.initial["h"][None], problem.initial["c"][None])
    )
    G = torch.tensor(problem.cotangents["h"])
    layer = torch.nn.LSTM(x.shape[-1], h0.shape[-1], dtype=x.dtype)
    weights = (layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0)
    with torch.no_grad():
        for weight, value in zip(weights, (W, U, b, np.zeros_like(b)), strict=True):
            weight.copy_(torch.tensor(value))

    def run() -> Any:
        h, _ = layer(x, (h0, c0))
        return torch.autograd.grad(h, (x, h0, c0, *weights), G)

    def read(found: Any) -> dict[str, Array]:
        dx, dh0, dc0, dW, dU, db, _ = (gradient.numpy() for gradient in found)
        return {"x": dx, "h0": dh0[0], "c0": dc0[0]} | _named(TORCH_GATES, dW, dU, db)

    return Peer(run, read)


def _jax(problem: Problem) -> Peer:
    """jit(grad(scan)), as advised for JAX: one product for all gates a step, those of the inputs before the scan."""
    import jax  # noqa: PLC0415
    import jax.numpy as jnp  # noqa: PLC0415

    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")

    def loss(W: Any, U: Any, b: Any, x: Any, h0: Any, c0: Any, G: Any) -> Any:
        def step(carry: Any, z_x: Any) -> Any:
            h, c = carry
            z_f, z_i, z_o, z_g = jnp.split(z_x + h @ U.T, 4, axis=1)
            c = jax.nn.sigmoid(z_f) * c + jax.nn.sigmoid(z_i) * jnp.tanh(z_g)
            h = jax.nn.sigmoid(z_o) * jnp.tanh(c)
            return (h, c), h

        _, h = jax.lax.scan(step, (h0, c0), x @ W.T + b)
        return jnp.sum(h * G)

    gradient = jax.jit(jax.grad(loss, argnums=tuple(range(6))))
    arrays = (problem.inputs["x"], problem.initial["h"], problem.initial["c"], problem.cotangents["h"])
    given = [jnp.asarray(array) for array in (*_stacked(problem, GATES), *arrays)]

    def read(found: Any) -> dict[str, Array]:
        dW, dU, db, dx, dh0, dc0 = (np.asarray(each) for each in found)
        return {"x": dx, "h0": dh0, "c0": dc0} | _named(GATES, dW, dU, db)

    return Peer(lambda: jax.block_until_ready(gradient(*given)), read)
