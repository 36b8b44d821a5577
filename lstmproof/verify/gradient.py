"""The law `gradient`: the derived adjoint is the exact gradient over any number of steps, as a theorem for Coq.

There is one theorem for each error flow, and a result of its own for each: that of the truncated flow speaks of the
system with its cuts, and is no theorem about the gradient of the cell.
"""

from __future__ import annotations

from collections.abc import Mapping

from lstmproof.language.definition import Definition
from lstmproof.proof.coq.instance import instance
from lstmproof.proof.coq.outcome import Instance
from lstmproof.proof.outcome import Unsettled
from lstmproof.readings.flow import Flow
from lstmproof.verify.case import Case
from lstmproof.verify.examine import GRADIENTS
from lstmproof.verify.generate import plain

FLOW_OF: Mapping[str, Flow] = dict(zip(GRADIENTS, ("full", "truncated"), strict=True))
"""The flow that each theorem is about."""

FLOW_STATEMENTS: Mapping[Flow, str] = {
    "full": "the derived adjoint gives the derivative of the loss along any direction of weights, inputs and initial "
    "states, over any number of steps, for any sizes",
    "truncated": "the derived adjoint of the truncated flow gives the derivative of the loss of the cut system, in "
    "which what is cut stays as recorded, along any direction, over any number of steps, for any sizes",
}


def gradient_theorem(definition: Definition, flow: Flow) -> Instance | Unsettled:
    """The theorem about one error flow; the reason if there is none, or if what it assumes never holds."""
    made = instance(definition, flow)
    return made if isinstance(made, Unsettled) else unmet(definition, made) or made


STEPS, RUNS = 2, 20
"""Steps of a run, and how many are tried, to meet the hypotheses of a theorem."""


def unmet(definition: Definition, made: Instance) -> Unsettled | None:
    """Why a theorem may say nothing: no run was found on which its hypotheses hold; None if one was.

    They say that no function is at a kink and no divisor 0. Arithmetic in floating point decides it with its derived
    tolerance: a run that is not declined is further from them than rounding reaches.
    """
    sizes = dict.fromkeys(definition.program.axis_names, 2)
    draws = (plain(definition, STEPS, 1, sizes, seed) for seed in range(RUNS))
    if not made.hypotheses or not all(Case(definition, draw).declined() for draw in draws):
        return None
    return Unsettled(f"no run was found at which it holds that {'; '.join(made.hypotheses)}")
