"""The one place where tolerances are made. None is set by hand: each is eps times a bound derived from the problem.

`readings.rounding` gives for every entry an S such that two correct evaluations in arithmetic of eps differ by at most
eps S: S counts the operations on each path, every operand in absolute value. The functions below say what follows
for sums of entries, for differences of losses and for truncation errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

import numpy as np

from lstmproof.problem import Array, Problem
from lstmproof.readings.rounding import Magnitudes


def eps(dtype: str) -> float:
    """Twice the unit roundoff.

    >>> eps("float32") == 2.0**-23
    True
    """
    return float(np.finfo(dtype).eps)


def rounding(S: Array, dtype: str = "float64") -> Array:
    """What two correct evaluations of the same number may differ by: eps S."""
    return eps(dtype) * S


def pairing(direction: Mapping[str, Array], found: Magnitudes) -> float:
    """For <g, v> with v = `direction`, evaluated through the gradient g or through the tangent along v.

    Each g_k v_k is within eps |v_k| S_k; of N terms with sum of absolute values |v_k| A_k, each is rounded once when
    it is made and N - 1 times as it is added up, on either side of the identity.
    """
    terms = sum(array.size for array in direction.values())
    error = sum(float((np.abs(v) * found.gradients[label]).sum()) for label, v in direction.items())
    size = sum(float((np.abs(v) * found.sums[label]).sum()) for label, v in direction.items())
    return eps("float64") * (error + terms * size)


def loss(problem: Problem, outputs: Mapping[str, Array], found: Magnitudes) -> float:
    """How far the loss of computed outputs may be from the true one: N products and N - 1 additions, each S output."""
    terms = sum(array.size for array in problem.cotangents.values())
    bound = 0.0
    for label, cotangent in problem.cotangents.items():
        bound += float((np.abs(cotangent) * (found.outputs[label] + terms * np.abs(outputs[label]))).sum())
    return eps("float64") * bound


def argument_rounding(
    step: float, direction: Mapping[str, Array], point: Mapping[str, Array], found: Magnitudes
) -> float:
    """What rounding p + step v to float64 does to the loss: to first order, sum A_k eps |p_k + step v_k|."""
    return eps("float64") * sum(
        float((found.sums[label] * np.abs(point[label] + step * v)).sum()) for label, v in direction.items()
    )


def smooth_enough(found: Magnitudes, outputs: Mapping[str, Array], dtype: str) -> str:
    """Why a first-order analysis says nothing of this problem; empty if it does.

    The bounds leave out terms of second order in the states' own error e. Table functions bend on a scale of 1, so
    those are about e times the first-order terms; they count for less than the rest while e is at most sqrt(eps), or
    sqrt(eps) times the states' size where that is above 1.
    """
    every = [*found.outputs.values(), *found.gradients.values()]
    if not all(np.isfinite(S).all() for S in every) or not found.largest <= float(np.finfo(dtype).max):
        return "not finite"
    if found.domain <= 0:
        return "outside the domain"
    if found.clearance <= sqrt(eps(dtype)):
        return "near a kink"
    for label, S in found.outputs.items():
        if (eps(dtype) * S > sqrt(eps(dtype)) * (1 + np.abs(outputs[label]))).any():
            return "ill-conditioned"
    return ""
