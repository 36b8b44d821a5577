"""Deciding claims and myths: proved for all that they quantify over, refuted by a network, or neither."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from dataclasses import replace

from lstmproof.language.claims import Claim
from lstmproof.proof.induction.induct import induct
from lstmproof.proof.outcome import Proof, Unsettled, described
from lstmproof.proof.symbolic.decide import symbolic
from lstmproof.refute.refutation import refute
from lstmproof.refute.satisfiable import satisfiable
from lstmproof.refute.store import COUNTEREXAMPLES
from lstmproof.verdict import Result
from lstmproof.verify.examine import SEED, Request
from lstmproof.verify.subject import Subject

SECONDS = 10.0
"""The longest that one method may take over one statement."""


SECONDS_OF_ARITHMETIC = 1.0
"""The longest search for a certificate of numbers alone, which exact algebra decides anyway."""


def decide_claim(subject: Subject, claim: Claim, request: Request) -> Result:
    """The result of one claim or myth.

    What is claimed is proved first and what is believed to be false refuted first; either may come out the other way.
    """
    started = time.perf_counter()
    methods = (_proved, _refuted) if claim.kind == "claim" else (_refuted, _proved)
    result = _first(claim, (method(subject, claim, request) for method in methods))
    return replace(result, replay=replay(subject, claim, request), seconds=time.perf_counter() - started)


def _first(claim: Claim, found: Iterator[Result | Unsettled]) -> Result:
    """The first result; if there is none, neither proved nor refuted.

    It is tested, then, if a search met the hypotheses and no counterexample, and undecided otherwise.
    """
    unsettled: list[Unsettled] = []
    for each in found:
        if isinstance(each, Result):
            return each
        unsettled.append(each)
    examples = max(each.examples for each in unsettled)
    return replace(
        blank(claim),
        verdict="tested" if examples else "undecided",
        method="search" if examples else "",
        examples=examples,
        comparisons=examples,
        reason="; ".join(dict.fromkeys(each.reason for each in unsettled if each.reason)),
    )


def blank(claim: Claim) -> Result:
    """What is known of a statement before it is looked at."""
    return Result(
        id=claim.id,
        kind=claim.kind,
        line=claim.line,
        statement=claim.text,
        verdict="undecided",
        method="",
        quantifiers=claim.quantifiers,
        assumptions=claim.hypotheses,
    )


def replay(subject: Subject, claim: Claim, request: Request) -> str:
    """The command that decides it again."""
    seed = f" --seed {request.seed}" if request.seed != SEED else ""
    coq = " --coq" if request.coq else ""
    return f"lstmproof verify {shlex.quote(subject.key)} --claim {claim.id}{seed}{coq}"


def _proved(subject: Subject, claim: Claim, request: Request) -> Result | Unsettled:
    """A proof by the strongest method that has one, if the hypotheses do not contradict each other."""
    reasons = []
    for proof in _proofs(subject, claim, request):
        if isinstance(proof, Unsettled):
            reasons.append(proof.reason)
            continue
        witness = satisfiable(claim, subject.definition, seed=request.seed, solvers=request.optional)
        if isinstance(witness, Unsettled):
            return witness
        return replace(
            blank(claim),
            verdict="proved",
            method=proof.method,
            proof=described(proof) | {"hypotheses": witness},
            files=proof.files,
        )
    return Unsettled("; ".join(dict.fromkeys(reasons)))


def _proofs(subject: Subject, claim: Claim, request: Request) -> Iterator[Proof | Unsettled]:
    """What each prover makes of it, the strongest first."""
    seconds = SECONDS if claim.arguments else SECONDS_OF_ARITHMETIC
    yield induct(claim, subject.definition, seconds=seconds, solvers=request.optional)
    yield symbolic(claim, subject.derivation, subject.definition, seconds=SECONDS)


def _refuted(subject: Subject, claim: Claim, request: Request) -> Result | Unsettled:
    found = refute(
        claim,
        subject.derivation,
        subject.definition,
        seed=request.seed,
        seconds=SECONDS,
        solvers=request.optional,
        stored=COUNTEREXAMPLES,
    )
    if isinstance(found, Unsettled):
        return found
    return replace(
        blank(claim),
        verdict="refuted",
        method="ball",
        counterexample=found.counterexample,
        reason=found.reading,
    )
