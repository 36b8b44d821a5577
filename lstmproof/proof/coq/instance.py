"""The gradient theorem of a cell, for any sizes and any number of steps, as a file that Coq checks."""

from __future__ import annotations

from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.truncate import truncate
from lstmproof.language.definition import Definition
from lstmproof.program.nodes import Program
from lstmproof.proof.coq import backward, statement
from lstmproof.proof.coq.cut_system import twofold
from lstmproof.proof.coq.outcome import Instance
from lstmproof.proof.coq.script import script
from lstmproof.proof.coq.spelling import Unspoken
from lstmproof.proof.coq.wording import Wording, wording
from lstmproof.proof.outcome import Unsettled

_HEAD = """\
From Coq Require Import Reals Lra List.
From Coquelicot Require Import Coquelicot.
From LstmProof Require Import Functions Sums.
From LstmProof Require Nodes Gradient Instances.
Import ListNotations.
Open Scope R_scope.
"""


def instance(definition: Definition, flow: str = "full", derived: Program | None = None) -> Instance | Unsettled:
    """The theorem that a derived adjoint is the derivative of a cell; in the truncated flow, of the cut system.

    `derived` is the calculus's adjoint unless another Program is to be put to the test.
    """
    program = definition.program
    cut = None if flow == "full" else truncate(program)
    try:
        wanted = adjoint(cut or program) if derived is None else derived
        said = wording(program, wanted, cut, frozenset() if cut is None else twofold(program))
        theorem = "gradient" if flow == "full" else "truncated_gradient"
        claimed = theorem_statement(said)
        text = f"{_HEAD}\nTheorem {theorem} :\n{claimed}.\n{script(said)}\n"
    except Unspoken as reason:
        return Unsettled(str(reason))
    return Instance(text, (theorem,), claimed, reading(flow), tuple(dict.fromkeys(statement.assumed_in_words(said))))


def theorem_statement(said: Wording) -> str:
    """The whole theorem, closed: equations of the cell, premises, equations of the adjoint, conclusion."""
    return "\n".join(
        (
            _forall(statement.quantified(said)),
            *(f"  let {text} in" for _, text in statement.definitions(said)),
            *(f"  ({premise.text}) ->" for premise in statement.premises(said)),
            _forall(backward.carried(said)),
            *(f"  let {text} in" for _, text in (*backward.tape(said), *backward.definitions(said))),
            *(f"  ({premise.text}) ->" for premise in backward.premises(said)),
            *(f"  let {text} in" for _, text in backward.gradients(said)),
            f"  {statement.conclusion(said)}",
        )
    )


def _forall(variables: tuple[tuple[str, str], ...]) -> str:
    return "  forall " + "\n    ".join(f"({name} : {kind})" for name, kind in variables) + ","


def reading(flow: str) -> str:
    """The theorem for a reader."""
    system = "the cell" if flow == "full" else "the cut system, in which recorded values do not move"
    return (
        "for any numbers of units, inputs and steps, any weights, inputs and initial states that move along a"
        f" differentiable curve, and any cotangents of the outputs: the derivative of the loss of {system} is the inner"
        " product of what the derived backward program computes with the velocities"
    )
