"""What the loops share: the logistic function and the affine map of a gate with its gradient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lstmproof.problem import Array, Problem

Layout = Literal["transposed", "contiguous"]
"""How weights lie in memory: W as `concatenate([W_k, U_k], axis=1).T`, a transposed view, and dW as `zeros_like(W)`,
which takes over that order, so that every step adds a product to it across the strides; or both in rows, as the
product is. The first is easily written and goes unnoticed; from 64 units on it costs a third to a half of the time.
"""


def sigmoid(z: Array) -> Array:
    """1 / (1 + e^-z), as printed."""
    return 1 / (1 + np.exp(-z))


@dataclass
class Gate:
    """z = [x, h] W + b, and what a loop backward has added up of its gradient."""

    name: str
    weight: Array
    """(input + recurrent, units)."""
    bias: Array
    """(units,)."""
    d_weight: Array
    d_bias: Array

    def __call__(self, xh: Array) -> Array:
        """(batch, units) from (batch, input + recurrent)."""
        return xh @ self.weight + self.bias

    def back(self, dz: Array, xh: Array) -> Array:
        """Add the gradients of this step; return that of xh."""
        self.d_weight += xh.T @ dz
        self.d_bias += dz.sum(axis=0)
        return dz @ self.weight.T


def gates(problem: Problem, names: str, layout: Layout) -> list[Gate]:
    """The affine maps W_k, U_k, b_k for each k of `names`; axes of several names are flattened."""
    return [_gate(problem, name, layout) for name in names.split()]


def _gate(problem: Problem, name: str, layout: Layout) -> Gate:
    bias = problem.parameters[f"b_{name}"].ravel()
    W = problem.parameters[f"W_{name}"].reshape(bias.size, -1)
    U = problem.parameters[f"U_{name}"].reshape(bias.size, -1)
    weight = np.concatenate([W, U], axis=1).T
    if layout == "contiguous":
        weight = np.ascontiguousarray(weight)
    return Gate(name, weight, bias, np.zeros_like(weight), np.zeros_like(bias))


def gradients(problem: Problem, maps: Sequence[Gate]) -> dict[str, Array]:
    """Gradients of W_k, U_k and b_k, in the shapes of the parameters."""
    found: dict[str, Array] = {}
    for gate in maps:
        D = problem.inputs["x"].shape[-1]
        parts = {f"W_{gate.name}": gate.d_weight[:D].T, f"U_{gate.name}": gate.d_weight[D:].T}
        parts[f"b_{gate.name}"] = gate.d_bias
        found |= {name: part.reshape(problem.parameters[name].shape) for name, part in parts.items()}
    return found
