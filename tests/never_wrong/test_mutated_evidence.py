"""Proofs on file and answers of solvers are re-checked: none of them can be changed and still prove."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lstmproof.language.parser import parse_file
from lstmproof.proof.induction import certificates, goals, smt, store
from lstmproof.proof.induction import induct as induction
from lstmproof.proof.induction.induct import certificate_file, induct
from lstmproof.proof.outcome import Proof
from lstmproof.verify.subject import Subject, subjects
from tests.never_wrong import cells
from tests.never_wrong.known import FILE, Known, about, false, true

needs_solver = pytest.mark.skipif(not certificates.has_solver(), reason="z3-solver finds the proofs changed here")

PROVED = (
    *about("janet", "", true("abs(h) <= maximum(abs(h0), 1)", "a convex combination")),
    *about("janet_beta", "", true("beta >= 0; abs(h) <= maximum(abs(h0), exp(beta))", "two gates of one net input")),
    *about("lstm_1997", "", true("abs(s) < abs(s0) + 2 * t", "strictly, step by step")),
    *about("lstm_forget", "", true("always(y_phi <= 0.5); abs(s) <= maximum(abs(s0), 4)", "a hypothesis used")),
    *about("lstm_coupled", "", true("abs(c) <= maximum(abs(c0), 1)", "two states")),
)

FALSE = (
    *about("janet", "", false("abs(h) <= maximum(abs(h0), 0.99)", "g near 1")),
    *about("lstm", "", false("abs(c) <= abs(c0) + 0.999 * t", "gates near 1")),
    *about("two_gates", cells.TWO_GATES, false("f * i + (1 - f) * (1 - i) <= 0.999", "both gates open")),
)

TEXTS = {"why", "cell", "claim", "statement", "assumptions", "defaults"}
"""What a file says to its reader; what it shows is bound by its digest."""


@cache
def certificate(known: Known) -> str:
    subject = known.subject("claim")
    text = certificate_file(subject.claims[0], subject.definition)
    assert text is not None
    return text


def stated(known: Known, folder: Path) -> tuple[Subject, Path]:
    """The claim in a file of its own, and the place of its certificate."""
    (folder / FILE).write_text(known.text("claim"), encoding="utf-8")
    subject = next(each for each in subjects(parse_file(folder / FILE)) if each.claims)
    place = folder / store.FOLDER / store.file_name(subject.claims[0])
    place.parent.mkdir()
    return subject, place


def leaves(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Paths to every number and text of a JSON value."""
    items: Iterator[tuple[str | int, Any]] | None = None
    if isinstance(data, dict):
        items = ((key, value) for key, value in data.items() if key not in TEXTS)
    elif isinstance(data, list):
        items = iter(enumerate(data))
    if items is None:
        yield path
        return
    for key, value in items:
        yield from leaves(value, (*path, key))


def changed(leaf: Any) -> Any:
    """Another value of the same type."""
    match leaf:
        case int():
            return leaf + 1
        case ">":
            return ">="
        case ">=" | "=":
            return ">"
        case str() if leaf.lstrip("-").replace("/", "").isdigit():
            return f"{leaf}1"
        case str():
            return f"{leaf}'"
    raise TypeError(leaf)


def mutants(data: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The file with one leaf changed, or one entry of a list left out."""
    for path in leaves(data):
        for replace in (True, False):
            mutant = copy.deepcopy(data)
            parent = mutant
            for key in path[:-1]:
                parent = parent[key]
            if replace:
                parent[path[-1]] = changed(parent[path[-1]])
            elif isinstance(parent, list):
                parent[:] = [each for number, each in enumerate(parent) if number != path[-1]]
            else:
                continue
            yield path, mutant


@needs_solver
@pytest.mark.parametrize("known", PROVED, ids=lambda known: known.name)
def test_a_changed_certificate_proves_nothing(known: Known, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(induction, "has_solver", lambda: False)
    text = certificate(known)
    subject, place = stated(known, tmp_path)
    place.write_text(text, encoding="utf-8")
    assert isinstance(induct(subject.claims[0], subject.definition), Proof)
    count = 0
    for path, mutant in mutants(json.loads(text)):
        place.write_text(json.dumps(mutant), encoding="utf-8")
        found = induct(subject.claims[0], subject.definition)
        assert not isinstance(found, Proof), f"{path} does not matter"
        assert "does not fit" in found.reason
        count += 1
    assert count > 50


@needs_solver
@pytest.mark.parametrize("known", FALSE, ids=lambda known: known.name)
@pytest.mark.parametrize("liar", smt.SOLVERS)
def test_one_solver_that_always_agrees_proves_nothing(known: Known, liar: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where no certificate and no example against it was found."""
    asked: list[str] = []

    def ask(solver: str, _seconds: float) -> str:
        return solver

    def answer(solver: str, _text: str, _seconds: float) -> str:
        asked.append(solver)
        return "unsat" if solver == liar else "sat"

    monkeypatch.setattr(goals, "failing_point", lambda *_: None)
    monkeypatch.setattr(goals, "search", lambda *_: None)
    monkeypatch.setattr(smt, "_ask", ask)
    monkeypatch.setattr(smt, "_answer", answer)
    subject = known.subject("claim")
    assert not isinstance(induct(subject.claims[0], subject.definition, seconds=5), Proof)
    assert liar in asked


@needs_solver
@pytest.mark.parametrize("known", [*PROVED, *FALSE], ids=lambda known: known.name)
@pytest.mark.parametrize("lie", ["more", "less", "anything"])
def test_wrong_multipliers_of_a_solver_prove_nothing(known: Known, lie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = certificates._solve
    lied = 0

    def solve(columns: Any, conclusion: Any, seconds: float) -> Any:
        nonlocal lied
        found = honest(columns, conclusion, seconds)
        if lie == "anything":
            lied += 1
            return [(column, Fraction(1)) for column in columns]
        if not found:
            return found
        lied += 1
        *rest, (column, value) = found
        return [*rest, (column, value + 1)] if lie == "more" else rest

    monkeypatch.setattr(certificates, "_solve", solve)
    subject = known.subject("claim")
    try:
        proved = isinstance(induct(subject.claims[0], subject.definition, seconds=1), Proof)
    except ValueError:
        proved = False
    assert not proved
    assert lied or known.truth == "false"
