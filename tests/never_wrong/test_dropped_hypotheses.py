"""A true statement without a hypothesis that it needs is never proved."""

from __future__ import annotations

from random import Random

import pytest

from lstmproof.proof.induction.induct import induct
from lstmproof.proof.outcome import Proof
from lstmproof.proof.symbolic.decide import symbolic
from tests.never_wrong.known import Known
from tests.never_wrong.statements import STATEMENTS

SECONDS = 0.5
COUNT = 30

WEAKENED = [weaker for known in STATEMENTS if known.truth == "true" for weaker in known.weakened()]


@pytest.mark.parametrize("known", Random(0).sample(WEAKENED, COUNT), ids=lambda known: known.name)
def test_what_a_statement_needs_cannot_be_left_out(known: Known) -> None:
    subject = known.subject("claim")
    claim, cell = subject.claims[0], subject.definition
    assert not isinstance(induct(claim, cell, seconds=SECONDS), Proof), known.why
    assert not isinstance(symbolic(claim, subject.derivation, cell, seconds=SECONDS), Proof), known.why


def test_there_are_many_to_choose_from() -> None:
    assert len(WEAKENED) > 100
