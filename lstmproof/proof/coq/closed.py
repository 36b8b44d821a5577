"""Statements about numbers alone in Coq: the tactic `interval` decides every comparison, without a certificate."""

from __future__ import annotations

from lstmproof.language.claims import Claim
from lstmproof.language.formula import And, Compare, Formula, free_names, terms
from lstmproof.proof.coq.claim_statement import proposition, sentence
from lstmproof.proof.coq.outcome import Instance
from lstmproof.proof.coq.spelling import Unspoken
from lstmproof.proof.outcome import Unsettled

THEOREM = "numbers_compare"


def is_closed(claim: Claim) -> bool:
    """Whether a claim compares numbers, all of several ways, speaks of nothing else and supposes nothing."""
    spoken = any(True for formula in claim.formulas for expr in terms(formula) for _ in free_names(expr))
    return not (claim.cell or spoken or claim.assumptions) and _compares(claim.conclusion)


def _compares(formula: Formula) -> bool:
    match formula:
        case Compare():
            return True
        case And(parts):
            return all(_compares(part) for part in parts)
    return False


def closed_instance(claim: Claim) -> Instance | Unsettled:
    """The claim as a theorem of Coq; else the reason why there is none."""
    try:
        statement = proposition(sentence(claim, None))
    except Unspoken as error:
        return Unsettled(f"no theorem of Coq: {error}")
    text = (
        "From Coq Require Import Reals Lra Lia.\nFrom LstmProof Require Import Functions Sums Numbers.\n"
        f"Open Scope R_scope.\n\nTheorem {THEOREM} :\n{statement}.\nProof.\n  holds.\nQed.\n"
    )
    return Instance(text, (THEOREM,), statement, f"{claim.quantifiers}: {claim.text}")
