"""Results in Coq: the theorem that a result stands for, and the stronger result where Coq accepts it.

The theorems of a cell go to Coq together, those of several cells too, after everything else of these is decided.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.formula import Same
from lstmproof.proof.coq.bound import bound_instance, bounded_label
from lstmproof.proof.coq.claims import claim_instance
from lstmproof.proof.coq.closed import closed_instance, is_closed
from lstmproof.proof.coq.derivative_text import derivatives
from lstmproof.proof.coq.driver import check_all
from lstmproof.proof.coq.files import file_name, formal, proof_files, recheck
from lstmproof.proof.coq.growth import growth_instance
from lstmproof.proof.coq.growth_statement import grown_state
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.proof.coq.refutations import refutation_instance
from lstmproof.proof.outcome import Unsettled
from lstmproof.verdict import Result
from lstmproof.verify.attempt import Failure, attempt
from lstmproof.verify.examination import settled
from lstmproof.verify.gradient import FLOW_OF, gradient_theorem
from lstmproof.verify.subject import Subject

UNASKED = "stopped before Coq was asked"
"""The reason why a result has no theorem after Ctrl-C."""

SETTLED = frozenset({"proved", "refuted"})
"""Verdicts on statements that a theorem may confirm."""


@dataclass(frozen=True)
class Theorems:
    """By id of its result, each theorem that there may be, or why there is none; and the seconds that writing took."""

    made: Mapping[str, Instance | Unsettled | Failure] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def instances(self) -> tuple[Instance, ...]:
        return tuple(each for each in self.made.values() if isinstance(each, Instance))


@dataclass(frozen=True)
class Answers:
    """What Coq said of theorems that it was asked together, and the seconds that it took, shared out evenly."""

    verdicts: Mapping[Instance, Checked | Unsettled | Failure] = field(default_factory=dict)
    each: float = 0.0


def theorems_of(subject: Subject, results: Sequence[Result], claims: Mapping[str, Claim]) -> Theorems:
    """The theorems that results stand for; `claims` are what claims, myths and findings say, by id of their results."""
    made: dict[str, Instance | Unsettled | Failure] = {}
    seconds: dict[str, float] = {}
    for each in (each for each in results if may_have_theorem(each, claims)):
        started = time.perf_counter()
        made[each.id] = attempt(partial(theorem, subject, each, claims.get(each.id)))
        seconds[each.id] = time.perf_counter() - started
    return Theorems(made, seconds)


def ask(instances: Sequence[Instance]) -> Answers:
    """What Coq says of theorems, brought before it together."""
    started = time.perf_counter()
    checked = attempt(partial(check_all, instances))
    verdicts = dict.fromkeys(instances, checked) if isinstance(checked, Failure) else checked
    return Answers(verdicts, (time.perf_counter() - started) / max(len(instances), 1))


def with_theorems(subject: Subject, results: Sequence[Result], theorems: Theorems, said: Answers) -> list[Result]:
    """Results, each with its theorem where Coq accepts one, and the reason where it does not."""
    return [_shown(subject, each, theorems, said) if each.id in theorems.made else each for each in results]


def unasked(results: Sequence[Result]) -> list[Result]:
    """Results of which Coq was to be asked and was not."""
    return [
        _without(each, Unsettled(UNASKED))
        if each.id in FLOW_OF or (each.kind != "law" and each.verdict in SETTLED)
        else each
        for each in results
    ]


def is_unasked(result: Result) -> bool:
    """Whether Coq was to be asked of a result and was not."""
    return UNASKED in (result.reason, _proof(result).get("coq"))


def may_have_theorem(result: Result, claims: Mapping[str, Claim]) -> bool:
    """Whether a result may have a theorem."""
    return result.id in FLOW_OF or (result.id in claims and result.verdict in SETTLED)


def theorem(subject: Subject, result: Result, claim: Claim | None, *, search: bool = True) -> Instance | Unsettled:
    """The theorem that a result stands for, or why there is none; without `search`, from certificates on file alone.

    Where a certificate was searched for in vain before, none is again, but of derivatives, which Coq has written out.
    Networks that pass every number are found anew.
    """
    if claim is None:
        assert subject.definition is not None, "gradients are of cells"
        return gradient_theorem(subject.definition, FLOW_OF[result.id])
    if result.verdict == "refuted":
        assert result.counterexample is not None
        definition, twin = cells_of(subject, claim)
        return refutation_instance(claim, definition, result.counterexample, twin)
    if grown_state(claim.conclusion) is not None and subject.definition is not None:
        return growth_instance(claim, subject.definition)
    if bounded_label(claim.conclusion) is not None and subject.definition is not None:
        return bound_instance(claim, subject.definition, search=search)
    hopeful = result.kind == "finding" or result.method == "certificate" or bool(derivatives(claim.conclusion))
    found = claim_instance(claim, subject.definition, search=search and hopeful)
    return closed_instance(claim) if isinstance(found, Unsettled) and is_closed(claim) else found


def cells_of(subject: Subject, claim: Claim) -> tuple[Definition | None, Definition | None]:
    """The cell that a claim speaks of, and the second one where it compares two."""
    match claim.conclusion:
        case Same(one, other):
            cells = {each.name: each for each in subject.derivation.cells}
            first = subject.definition or cells[one]
            return first, cells[other if first.name == one else one]
    return subject.definition, None


def _shown(subject: Subject, result: Result, theorems: Theorems, said: Answers) -> Result:
    """A result with its theorem; without one as it is, with the reason."""
    made = theorems.made[result.id]
    result = replace(result, seconds=result.seconds + theorems.seconds[result.id])
    if not isinstance(made, Instance):
        return _without(result, made)
    found = said.verdicts[made]
    result = replace(result, seconds=result.seconds + said.each)
    if not isinstance(found, Checked):
        return _without(result, found)
    proved = attempt(partial(_proved, result, file_name(subject.name, result.id), made, found))
    return _without(result, proved) if isinstance(proved, Failure) else proved


def _without(result: Result, found: Unsettled | Failure) -> Result:
    """A result with the reason why it has no theorem."""
    if result.kind != "law":
        return replace(result, proof=_proof(result) | {"coq": found.reason})
    without = replace(result, method="")
    return settled(found, without) if isinstance(found, Failure) else replace(without, reason=found.reason)


def _proved(result: Result, name: str, made: Instance, found: Checked) -> Result:
    """A result of the strongest method: proved, or refuted, by a theorem of Coq."""
    before = _proof(result)
    files = {**result.files, **proof_files(name, made)}
    argument = {"argument": before["reading"]} if "reading" in before else {}
    shown = formal(made, found) | {"files": sorted(files), "recheck": recheck(name, made)}
    return replace(
        result,
        verdict="proved" if result.kind == "law" else result.verdict,
        method="coq",
        quantifiers=ALL if result.kind == "law" else result.quantifiers,
        assumptions=tuple(dict.fromkeys((*result.assumptions, *made.hypotheses))),
        proof=before | argument | shown,
        files=files,
    )


ALL = "for all sizes, T, real inputs, states, weights, directions and cotangents"
"""What the gradients' theorems quantify over."""


def _proof(result: Result) -> dict[str, Any]:
    """What is known of a result's proof without Coq."""
    return dict(result.proof or {})
