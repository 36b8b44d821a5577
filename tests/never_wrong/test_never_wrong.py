"""Statements of known truth: what is false is never proved nor found to hold, what is true never refuted."""

from __future__ import annotations

import pytest

from lstmproof.verdict import Result
from lstmproof.verify import statements
from lstmproof.verify.examine import Request
from tests.never_wrong.known import Kind, Known
from tests.never_wrong.statements import STATEMENTS

SHORT, LONG = 0.15, 30.0
"""Seconds for each method: at first, and for what should be decided and was not, on a busy machine perhaps."""

KINDS: tuple[Kind, Kind] = ("claim", "myth")


def kind_of(place: int, known: Known) -> Kind:
    """Mostly such that what would be wrong to succeed is tried first: of a truth its refutation, else a proof."""
    return KINDS[place % 2] if known.truth == "true" else "claim"


def decided(known: Known, kind: Kind, seconds: float, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setattr(statements, "SECONDS", seconds)
    subject = known.subject(kind)
    found = statements.decide_claim(subject, subject.claims[0], Request(examples=100, seed=0))
    assert found.verdict not in known.never, f"{found.verdict}, but {known.truth}: {known.why}\n{found}"
    return found


@pytest.mark.parametrize(
    ("place", "known"), [pytest.param(place, known, id=known.name) for place, known in enumerate(STATEMENTS)]
)
def test_no_verdict_is_wrong_and_what_was_decided_still_is(
    place: int, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = kind_of(place, known)
    found = decided(known, kind, SHORT, monkeypatch)
    if known.expected and found.verdict != known.expected:
        found = decided(known, kind, LONG, monkeypatch)
        assert found.verdict == known.expected, f"no longer {known.expected}: {found.reason}"


def test_there_are_statements_of_every_kind() -> None:
    truths = [known.truth for known in STATEMENTS]
    assert len(STATEMENTS) >= 130
    assert len({(known.name, known.names) for known in STATEMENTS}) == len(STATEMENTS)
    assert min(truths.count("true"), truths.count("false")) > 100
    assert min(truths.count("vacuous"), truths.count("undefined")) > 5
    assert sum(not known.beyond for known in STATEMENTS) > 300
