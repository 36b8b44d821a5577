"""That no number bounds a state, in Coq's language.

For all sizes from 1 on there are initial states such that for every number there are weights and inputs, a run of the
cell, and a step at which each unit of the state exceeds the number. That is more than the negation of `bounded(s)`, to
which one size and one unit would do. It is written from the claim and the cell's equations alone; of the networks that
show it nothing is known here.
"""

from __future__ import annotations

from dataclasses import replace

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.formula import Bounded, Formula, Not
from lstmproof.program.nodes import Pointwise
from lstmproof.proof.coq.claim_statement import Sentence, assumed, domains, sentence
from lstmproof.proof.coq.spelling import Unspoken

BOUND = "bound''"
"""The number that is exceeded."""


def grown_state(formula: Formula) -> str | None:
    """The state that a formula says to be without bound; None if it says something else."""
    match formula:
        case Not(Bounded(label)):
            return label
    return None


def growth_sentence(claim: Claim, definition: Definition, label: str) -> Sentence:
    """The claim with names for all that it speaks of, the state's units among that.

    Raises:
        Unspoken: it is about something else than a state, or about numbers that it names itself.
    """
    said = sentence(claim, definition)
    cell = said.cell
    if label not in cell.states:
        raise Unspoken(f"{label} is no state of the cell")
    if cell.free or any(value is None for value in cell.constants.values()):
        raise Unspoken("a bound that may depend on numbers that the claim names")
    if any(True for node in definition.program.nodes if isinstance(node, Pointwise) for _ in domains(node.expr)):
        raise Unspoken("a cell that divides, or takes a logarithm or a root")
    spoken = {*said.axes, *cell.states[label].axes}
    return replace(said, axes=tuple(axis for axis in cell.axis_names if axis in spoken))


def growth_proposition(said: Sentence, label: str) -> str:
    """The whole statement, closed."""
    cell, axes = said.cell, said.cell.states[label].axes
    lines = [f"forall {binder}," for binder in cell.size_binders()]
    lines += [f"(1 <= {cell.size(axis)})%nat ->" for axis in cell.axis_names]
    lines += [f"exists {binder}," for binder in cell.initial_binders()]
    lines.append(f"forall {BOUND} : R,")
    lines += [f"exists {binder}," for binder in cell.fixed_binders()]
    lines += [f"exists {cell.binder(name)}," for name in cell.sequences]
    lines += [f"({equation.text}) /\\" for equation in cell.equations()]
    lines.append(f"exists {cell.time} : nat,")
    lines += [f"({assumed(said, assumption)}) /\\" for assumption in said.claim.assumptions]
    value = cell.value(label, f"(S {cell.time})", cell.time, said.index)
    for axis in axes:
        lines.append(f"forall {cell.index(axis)} : nat, ({cell.index(axis)} < {cell.size(axis)})%nat ->")
    lines.append(f"{BOUND} < (Rabs {value})")
    return "\n".join(lines)
