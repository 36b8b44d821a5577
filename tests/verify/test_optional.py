"""Runs that make no use of optional packages, installed or not."""

from __future__ import annotations

import sys

import pytest

from lstmproof import catalogue
from lstmproof.language.parser import parse_text
from lstmproof.proof.induction.induct import NOT_SOUGHT, induct
from lstmproof.proof.outcome import Proof, Unsettled
from lstmproof.refute.refutation import refute
from lstmproof.verdict import Result
from lstmproof.verify.examination import Absent, Examination
from lstmproof.verify.examine import Request
from lstmproof.verify.subject import Subject

WITHOUT = Request(3, 0, optional=False)

TEXT = """from lstmproof.language import cell, claim, tanh


@cell
def plain(x, h, *, W, U):
    h = tanh(W @ x + U @ h)
    return h


@claim(plain)
def inside(h):
    return h < 1


@claim(plain)
def below_a_half(h):
    return h < 0.5
"""


def subject() -> Subject:
    derivation = parse_text(TEXT, "nowhere/plain.py")
    return Subject(derivation, derivation.cells[0])


def test_frameworks_are_left_out() -> None:
    found = Examination(subject(), WITHOUT).of("law.framework")
    assert found == Absent("law.framework", "it needs packages that are optional", optional=True)


def test_no_solver_is_asked_for_a_certificate() -> None:
    claim, cell = subject().claims[0], subject().definition
    found = induct(claim, cell, solvers=False)
    assert isinstance(found, Unsettled)
    assert found.reason == NOT_SOUGHT


def test_certificates_on_file_are_checked_all_the_same() -> None:
    derivation = next(each for each in catalogue.derivations() if each.file.endswith("/janet.py"))
    claim = next(each for each in derivation.claims if each.name == "state_stays_within_one")
    assert isinstance(induct(claim, catalogue.find("janet"), solvers=False), Proof)


def test_no_solver_proposes_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a solver that must not be asked."""

    def refuse(*_: object) -> None:
        raise AssertionError("a solver was asked")

    monkeypatch.setattr("lstmproof.refute.search.networks", refuse)
    found = subject()
    claim = found.claims[0]
    assert isinstance(refute(claim, found.derivation, found.definition, seed=0, seconds=0.5, solvers=False), Unsettled)


def test_verdicts_are_those_without_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    with_them = [_verdict(claim.id) for claim in subject().claims]
    for package in ("z3", "cvc5"):
        monkeypatch.setitem(sys.modules, package, None)
    assert [_verdict(claim.id) for claim in subject().claims] == with_them


def _verdict(name: str) -> tuple[str, str, str]:
    found = Examination(subject(), WITHOUT).of(name)
    assert isinstance(found, Result)
    return found.verdict, found.method, found.reason
