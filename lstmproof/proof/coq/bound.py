"""Bounds in Coq: that one number bounds a value follows from the theorem of a bound that is found.

The bound is a number, or the larger of one and the unit's initial value, of which the premise knows a bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from time import process_time

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.formula import Bounded, Compare, Formula
from lstmproof.program.expr import Apply, Expr, Ref
from lstmproof.proof.coq.bound_statement import (
    bound_proposition,
    bound_sentence,
    bounded_states,
    named_constants,
)
from lstmproof.proof.coq.claim_statement import Sentence, introduced, sentence
from lstmproof.proof.coq.claims import THEOREM as BOUND_HOLDS
from lstmproof.proof.coq.claims import claim_instance
from lstmproof.proof.coq.outcome import Instance
from lstmproof.proof.coq.spelling import Unspoken, term
from lstmproof.proof.finding_claims import bound_claim
from lstmproof.proof.outcome import Unsettled
from lstmproof.proof.symbolic.bounded import ceiling_of

THEOREM = "a_number_bounds"
SECONDS = 10.0
"""For finding the bound."""


def bounded_label(formula: Formula) -> str | None:
    """The value that a formula says to be bounded; None if it says something else."""
    match formula:
        case Bounded(label):
            return label
    return None


def ceiling_claim(claim: Claim, definition: Definition) -> Claim | None:
    """The bound that is found, as a claim with a name of its own; None if none is."""
    label = bounded_label(claim.conclusion)
    ceiling = ceiling_of(claim, definition, label, process_time() + SECONDS) if label else None
    if label is None or ceiling is None:
        return None
    named = replace(claim, name=f"{claim.name}.bound", text=ceiling.text)
    return bound_claim(named, definition, label, "<=", ceiling.bound)


def bound_instance(claim: Claim, definition: Definition, *, search: bool = True) -> Instance | Unsettled:
    """That one number bounds a value, as a theorem of Coq; else the reason why there is none.

    With `search`, a certificate of the bound is searched for where none is on file.
    """
    ceiling = ceiling_claim(claim, definition)
    if ceiling is None:
        return Unsettled("no theorem of Coq: no bound was found")
    found = claim_instance(ceiling, definition, search=search)
    if isinstance(found, Unsettled):
        return found
    try:
        return bound_theorem(claim, definition, ceiling, found)
    except Unspoken as error:
        return Unsettled(f"no theorem of Coq: {error}")


def bound_theorem(claim: Claim, definition: Definition, ceiling: Claim, found: Instance) -> Instance:
    """The theorem, from that of the bound.

    Raises:
        Unspoken: the claim, or the bound, is of a form that is not covered.
    """
    label = bounded_label(claim.conclusion)
    assert label is not None, "the claim is that a value is bounded"
    said = bound_sentence(claim, definition, label)
    statement = bound_proposition(said, label)
    proof = "\n".join(["Proof.", *(f"  {line}" for line in _proof(said, sentence(ceiling, definition), label)), "Qed."])
    text = f"{found.text}\nTheorem {THEOREM} :\n{statement}.\n{proof}\n"
    reading = f"{claim.quantifiers} (sizes from 1 on): {claim.text}"
    return Instance(text, (THEOREM,), statement, reading, claim.hypotheses)


def _proof(said: Sentence, ceiling: Sentence, label: str) -> Iterator[str]:
    """The script of the theorem."""
    cell = said.cell
    assert isinstance(ceiling.claim.conclusion, Compare)
    bound = ceiling.claim.conclusion.right
    before = [cell.word(name) for name in (*cell.free, *named_constants(cell), *(f"{each}0" for each in cell.states))]
    finite = [f"M'{cell.word(state)}" for state, _ in bounded_states(cell)]
    yield f"intros {' '.join([*before, *finite])}."
    start, limit = _parts(bound, label)
    number, several = _number(said, limit), bool(start and cell.states[label].axes)
    if several:
        yield f"destruct M'{cell.word(label)} as [bound'm M'{cell.word(label)}]."
    if start:
        first = "bound'm" if several else f"(Rabs {cell.word(start)})"
        number = f"(Rmax {first} {number})"
    yield f"exists {number}."
    yield f"intros {' '.join(name for name in introduced(ceiling) if name not in before)}."
    yield f"pose proof ({' '.join([BOUND_HOLDS, *introduced(ceiling)])}) as C'."
    yield "repeat match goal with H : _ /\\ _ |- _ => destruct H end."
    if several:
        yield f"eapply Rle_trans; [eassumption|]. apply Rle_max_compat_r. apply M'{cell.word(label)}."
    else:
        yield "assumption."


def _parts(bound: Expr, label: str) -> tuple[str, Expr]:
    """The initial value of which the bound is the larger or, without one, "", and the number."""
    match bound:
        case Apply("maximum", (Apply("abs", (Ref(start),)), limit)) if start == f"{label}0":
            return start, limit
    return "", bound


def _number(said: Sentence, expr: Expr) -> str:
    """A number that depends on free names and constants alone."""
    cell = said.cell

    def named(name: str) -> str:
        if name in cell.free:
            return cell.word(name)
        if name in cell.constants:
            return cell.value(name, "", "", {})
        raise Unspoken(f"a bound that reads {name}")

    return term(expr, named, cell.size, quotient=" / ")
