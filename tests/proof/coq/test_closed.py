"""Numbers alone in Coq: comparisons that are true become theorems without a certificate, others do not."""

from __future__ import annotations

import pytest

from lstmproof import catalogue
from lstmproof.language.claims import Claim
from lstmproof.language.parser import parse_text
from lstmproof.proof.coq.closed import closed_instance, is_closed
from lstmproof.proof.coq.driver import check, check_all
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.proof.outcome import Unsettled
from tests.proof.coq.files import needs_coq

TRUE = (
    "sigmoid(2) ** 16 > 0.1 and sqrt(2) != 1.41",
    "log(2) / log(3) < 0.631 and tanh(1) != 1",
    "maximum(-1, exp(-1)) >= 0.367 and 0.5 == 1 / 2",
)
FALSE = {
    "too large": "sigmoid(2) ** 16 > 0.2",
    "equal": "exp(0) != 1",
    "a divisor of zero": "1 / log(1) == 0",
    "the root of a negative number": "sqrt(-1) == 0",
    "one of two": "sigmoid(1) < 1 and sigmoid(1) > 1",
}


def stated(conclusion: str, arguments: str = "", line: str = "") -> Claim:
    words = "from lstmproof.language import assume, claim, exp, log, maximum, sigmoid, sqrt, tanh\n\n\n"
    return parse_text(f"{words}@claim\ndef stated({arguments}):\n{line}    return {conclusion}\n", "own.py").claims[0]


def made(claim: Claim) -> Instance:
    assert is_closed(claim)
    found = closed_instance(claim)
    assert isinstance(found, Instance), found
    return found


@needs_coq
def test_numbers_of_the_catalogue_and_others_compare() -> None:
    names = ("hundred_steps_at_biases_one_and_two", "half_lives_at_the_biases_of_2000")
    every = (claim for derivation in catalogue.derivations() for claim in derivation.claims)
    claims = [claim for claim in every if claim.name in names] + [stated(each) for each in TRUE]
    assert len(claims) == 5
    for verdict in check_all([made(claim) for claim in claims]).values():
        assert isinstance(verdict, Checked), verdict


@needs_coq
@pytest.mark.parametrize("conclusion", FALSE.values(), ids=FALSE)
def test_false_comparisons_are_refused(conclusion: str) -> None:
    assert isinstance(check(made(stated(conclusion))), Unsettled)


def test_what_speaks_of_more_than_numbers_is_not_closed() -> None:
    assert not is_closed(stated("exp(z) > 0", "z"))
    assert not is_closed(stated("0 < 1 or 1 < 0"))
    assert not is_closed(stated("0 < 1", "z", "    assume(z > 0)\n"))
