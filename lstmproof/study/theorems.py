"""Theorems of Coq about a cell, of those that are on file as accepted: written anew, and shown if they are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from lstmproof.language.claims import Claim
from lstmproof.proof.coq.accepted import identity, on_file
from lstmproof.proof.coq.outcome import Instance
from lstmproof.verdict import Result
from lstmproof.verify.attempt import attempt
from lstmproof.verify.examination import Examination
from lstmproof.verify.examine import Request
from lstmproof.verify.gradient import FLOW_OF
from lstmproof.verify.subject import Subject
from lstmproof.verify.theorems import may_have_theorem, theorem

GRADIENT_FLOWS: Mapping[str, str] = FLOW_OF
"""The laws whose theorems are about gradients, with the error flow of each."""


@dataclass(frozen=True, slots=True)
class Theorem:
    """What Coq has accepted."""

    name: str
    reading: str
    """What it says."""
    statement: str
    """The same in Coq's language."""
    hypotheses: tuple[str, ...]
    """What it assumes beyond the equations of the cell."""


def theorems(
    subject: Subject, request: Request, results: Sequence[Result], claims: Mapping[str, Claim]
) -> Mapping[str, Theorem]:
    """By id of their results, the theorems about a subject; `claims` are what claims, myths and findings say."""
    accepted = on_file(subject.derivation.file, subject.definition.name if subject.definition else "")
    known = {result.id: result for result in results}
    if subject.definition is not None:
        examination = Examination(subject, request)
        known |= {law: examination.before(law) for law in FLOW_OF}
    found: dict[str, Theorem] = {}
    for name, result in known.items():
        if name in accepted and may_have_theorem(result, claims):
            made = attempt(partial(theorem, subject, result, claims.get(name), search=False))
            if isinstance(made, Instance) and identity(made) == accepted[name]:
                found[name] = Theorem(made.theorems[0], made.reading, made.statement, made.hypotheses)
    return found
