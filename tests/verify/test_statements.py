"""Claims and myths: which method settles them, what is kept of a proof or a counterexample, what stays open."""

from __future__ import annotations

import pytest

from lstmproof.language.parser import parse_text
from lstmproof.proof.outcome import Proof, Unsettled
from lstmproof.verdict import Result
from lstmproof.verify import statements
from lstmproof.verify.examine import Request
from lstmproof.verify.statements import decide_claim
from lstmproof.verify.subject import Subject, subjects

HEAD = '''"""A leaky unit."""

from lstmproof.language import assume, cell, claim, exp, maximum, myth, sigmoid, tanh


@cell
def leaky(x, h, *, W, U, b, V):
    f = sigmoid(W @ x + U @ h + b)
    h = f * h + (1 - f) * tanh(V @ x)
    return h


'''


def subject_of(text: str) -> Subject:
    return subjects(parse_text(HEAD + text, "leaky.py"))[-1]


def settled(text: str, *, cell: bool = True) -> Result:
    subject = subjects(parse_text(HEAD + text, "leaky.py"))[0 if cell else -1]
    (claim,) = subject.claims
    return decide_claim(subject, claim, Request(100, 0))


def test_a_true_claim_is_proved_with_what_re_checks_it() -> None:
    result = settled("@claim(leaky)\ndef within(h, h0):\n    return abs(h) <= maximum(abs(h0), 1)\n")
    assert (result.id, result.verdict, result.method, result.holds) == ("claim.within", "proved", "certificate", True)
    assert result.quantifiers == "for all t >= 1, all units, sizes, weights, inputs and initial states"
    assert result.proof is not None
    assert result.proof["files"] == sorted(result.files)
    assert result.files
    assert "checker.py" in result.proof["recheck"]
    assert result.replay == "lstmproof verify leaky.py:leaky --claim claim.within"


def test_a_false_claim_is_refuted_at_weights_that_are_shown() -> None:
    result = settled("@claim(leaky)\ndef within(h, h0):\n    assume(abs(h0) <= 1)\n    return abs(h) <= 0.5\n")
    assert (result.verdict, result.method, result.holds) == ("refuted", "ball", False)
    assert result.counterexample is not None
    assert "parameters" in result.counterexample
    assert result.assumptions == ("abs(h0) <= 1",)


def test_a_myth_holds_by_being_refuted_and_fails_by_being_proved() -> None:
    false = settled("@myth(leaky)\ndef small(h):\n    return abs(h) <= 0.5\n")
    assert (false.kind, false.verdict, false.holds) == ("myth", "refuted", True)
    true = settled("@myth(leaky)\ndef gate(f):\n    return f < 1\n")
    assert (true.verdict, true.holds) == ("proved", False)


def test_contradictory_hypotheses_prove_nothing() -> None:
    body = "def within(h, f):\n    assume(f > 2)\n    return abs(h) <= 1\n"
    for word in ("claim", "myth"):
        result = settled(f"@{word}(leaky)\n{body}")
        assert (result.verdict, result.holds) == ("undecided", None)


def test_a_claim_without_a_cell_stands_under_its_file() -> None:
    text = "@claim\ndef odd(z):\n    return tanh(-z) == -tanh(z)\n"
    subject = subject_of(text)
    assert (subject.name, subject.key, subject.title, subject.definition) == ("leaky", "leaky.py", "leaky.py", None)
    result = settled(text, cell=False)
    assert result.verdict == "proved"
    assert result.replay == "lstmproof verify leaky.py --claim claim.odd"


NONE = Unsettled("nothing is known")


def test_what_neither_is_proved_nor_refuted_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "@claim(leaky)\ndef within(h):\n    return abs(h) <= 1\n"
    monkeypatch.setattr(statements, "induct", lambda *_, **__: Unsettled("no invariant"))
    monkeypatch.setattr(statements, "symbolic", lambda *_, **__: Unsettled("no identity"))
    monkeypatch.setattr(statements, "refute", lambda *_, **__: Unsettled("no counterexample"))
    result = settled(text)
    assert (result.verdict, result.reason) == ("undecided", "no invariant; no identity; no counterexample")
    monkeypatch.setattr(statements, "refute", lambda *_, **__: Unsettled("no counterexample", examples=40))
    result = settled(text)
    assert (result.verdict, result.method, result.examples, result.holds) == ("tested", "search", 40, None)


def test_a_proof_counts_only_if_the_hypotheses_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "induct", lambda *_, **__: Proof("certificate", "planted"))
    monkeypatch.setattr(statements, "satisfiable", lambda *_, **__: Unsettled("no case of the hypotheses was found"))
    monkeypatch.setattr(statements, "refute", lambda *_, **__: NONE)
    result = settled("@claim(leaky)\ndef within(h, f):\n    assume(f > 2)\n    return h > 5\n")
    assert result.verdict == "undecided"
    assert "no case of the hypotheses was found" in result.reason
