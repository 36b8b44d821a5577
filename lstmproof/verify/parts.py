"""Parts of cells: some laws and statements of one, decided in one process, and then their theorems."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.proof.findings import findings
from lstmproof.verdict import Result
from lstmproof.verify.attempt import Failure, attempt
from lstmproof.verify.examination import Absent, Examination, settled
from lstmproof.verify.examine import Request
from lstmproof.verify.statements import SECONDS
from lstmproof.verify.subject import Subject
from lstmproof.verify.theorems import Answers, Theorems, theorems_of, unasked, with_theorems

FINDINGS = "finding.*"
"""Stands for all findings of a cell, which are made together."""


@dataclass(frozen=True)
class Part:
    """What some of a cell's laws and statements came to."""

    results: tuple[Result, ...]
    absent: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    theorems: Theorems = field(default_factory=Theorems)
    """What there is to ask Coq, and why there is nothing to ask of some."""

    def answered(self, subject: Subject, answers: Answers) -> Part:
        """The part with what Coq said."""
        shown = with_theorems(subject, self.results, self.theorems, answers)
        return Part(tuple(shown), self.absent, self.seconds + answers.each * len(self.theorems.instances))

    def unanswered(self) -> Part:
        """The part if Coq is not asked any more."""
        return Part(tuple(unasked(self.results)), self.absent, self.seconds)


Kept = Callable[[Result], None]
"""Called with each result when it is decided, before Coq is asked."""


def examine(subject: Subject, request: Request, ids: Collection[str], keep: Kept | None = None) -> Part:
    """Some laws and statements of one cell, and their theorems if they are asked for, of which Coq is yet to be asked.

    An unexpected error makes its own result undecided, and no other.
    """
    started = time.perf_counter()
    claims = {claim.id: claim for claim in subject.claims}
    results: list[Result] = []
    absent: dict[str, str] = {}
    for each in decided(subject, request, ids, claims):
        if isinstance(each, Absent):
            absent[each.law] = each.reason
            continue
        results.append(each)
        if keep is not None:
            keep(each)
    theorems = theorems_of(subject, results, claims) if request.coq else Theorems()
    return Part(tuple(results), absent, time.perf_counter() - started, theorems)


def decided(
    subject: Subject, request: Request, ids: Collection[str], claims: dict[str, Claim]
) -> Iterator[Result | Absent]:
    """What is decided without Coq; the laws share their cases. What findings claim is added to `claims`."""
    examination = Examination(subject, request)
    yield from (examination.of(each) for each in ids if each != FINDINGS)
    if FINDINGS in ids and subject.definition is not None:
        made = attempt(partial(findings, subject.definition, seconds=SECONDS))
        if isinstance(made, Failure):
            yield settled(made, _before(subject, request, FINDINGS))
            return
        claims |= {each.result.id: each.claim for each in made if each.claim}
        yield from (each.result for each in made)


def lost(failure: Failure, subject: Subject, request: Request, ids: Sequence[str]) -> Part:
    """The part of a process that died: its laws and statements are undecided."""
    return Part(tuple(settled(failure, _before(subject, request, each)) for each in ids))


def _before(subject: Subject, request: Request, name: str) -> Result:
    """A law, statement or all findings, before they are looked at."""
    if name == FINDINGS:
        assert subject.definition is not None
        return _finding(subject.definition)
    return Examination(subject, request).before(name)


def _finding(definition: Definition) -> Result:
    """What stands for all findings if none can be made."""
    return Result("finding.all", "finding", definition.line, "what is established of the cell", "undecided", "")
