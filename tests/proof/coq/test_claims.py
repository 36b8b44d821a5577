"""Claims in Coq: certificates become theorems about all sequences, and nothing that is false does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from lstmproof import catalogue
from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.parser import parse_text
from lstmproof.proof.coq.claim_statement import proposition, sentence
from lstmproof.proof.coq.claims import claim_instance
from lstmproof.proof.coq.driver import check, check_all
from lstmproof.proof.coq.outcome import Instance
from lstmproof.proof.coq.refutations import refutation_instance
from lstmproof.proof.coq.spelling import identifiers
from lstmproof.proof.outcome import Refutation, Unsettled
from lstmproof.refute.refutation import refute
from tests.proof.coq.files import needs_coq

PROVED = (
    ("janet", "state_stays_within_one"),
    ("janet_beta", "state_stays_below_exp_beta"),
    ("janet", "excess_over_one_decays_geometrically"),
    ("lstm", "state_forgets_geometrically"),
    ("lstm", "state_grows_by_one_a_step_at_most"),
    ("lstm_1997_block", "state_of_a_block_grows_by_two_a_step_at_most"),
    ("gru", "carousel_is_the_update_gate"),
    ("lstm_1997", "carousel_is_one"),
    ("", "chrono_time_scale"),
    ("", "error_of_one_unit"),
    ("", "slope_vanishes_exponentially"),
)
"""One of each kind: induction from t = 0 and from t = 1, kinks, quotients, powers, odds, carousels, derivatives."""


def stated(cell: str, name: str) -> tuple[Claim, Definition | None]:
    for derivation in catalogue.derivations():
        for claim in derivation.claims:
            if (claim.cell, claim.name) == (cell, name):
                return claim, next((each for each in derivation.cells if each.name == cell), None)
    raise AssertionError(f"nothing in the catalogue is called {name}")


def made(claim: Claim, definition: Definition | None) -> Instance:
    found = claim_instance(claim, definition)
    assert isinstance(found, Instance), found
    return found


def accepted(instances: Iterable[Instance]) -> bool:
    """Whether Coq accepts all of them; they go to it together, as those of one cell do."""
    found = check_all(instances)
    refused = {instance.statement: each.reason for instance, each in found.items() if isinstance(each, Unsettled)}
    assert not refused, refused
    return bool(found)


@needs_coq
def test_certificates_become_theorems() -> None:
    assert accepted(made(*stated(cell, name)) for cell, name in PROVED)


@needs_coq
def test_the_proof_of_one_claim_does_not_show_a_stronger_one() -> None:
    claim, definition = stated("janet", "state_stays_within_one")
    instance = made(claim, definition)
    stronger = instance.statement.replace("(Rabs (h0 index_hidden)) 1)", "(Rabs (h0 index_hidden)) (1 / 2))")
    assert stronger != instance.statement
    wrong = replace(instance, text=instance.text.replace(instance.statement, stronger), statement=stronger)
    assert isinstance(check(wrong), Unsettled)


@needs_coq
@pytest.mark.parametrize(("right", "wrong"), [("((1 - (f", "((2 - (f"), ("(tanh (((W_c_x", "(exp (((W_c_x")])
def test_another_cell_is_refused(right: str, wrong: str) -> None:
    instance = made(*stated("janet", "state_stays_within_one"))
    assert right in instance.statement
    other = instance.statement.replace(right, wrong)
    changed = replace(instance, text=instance.text.replace(instance.statement, other), statement=other)
    assert isinstance(check(changed), Unsettled)


@needs_coq
def test_a_wrong_identity_is_refused() -> None:
    instance = made(*stated("janet", "state_stays_within_one"))
    wrong = replace(instance, text=instance.text.replace("[positive | field |", "[positive | idtac |"))
    assert isinstance(check(wrong), Unsettled)


def test_the_statement_speaks_of_the_whole_cell() -> None:
    text = proposition(sentence(*stated("janet", "state_stays_within_one")))
    assert "sum_over size_hidden (fun b'i => (U_f index_hidden b'i) * (h t b'i))" in text
    assert text.endswith("((Rabs (h (S t) index_hidden)) <= (Rmax (Rabs (h0 index_hidden)) 1))")


def test_divisors_are_stated_not_to_vanish() -> None:
    text = proposition(sentence(*stated("lstm", "forgetting_at_least_bounds_the_state")))
    assert "((1 - phi) <> 0) /\\" in text


def test_names_that_coq_would_misread_are_changed() -> None:
    names = ["R", "exp", "at", "Axiom", "h[t-1]", "h_t_1", "S", "Inline", "Variable"]
    found = identifiers(names)
    assert len(set(found.values())) == len(names)
    assert not {"R", "exp", "at", "Axiom", "S", "Inline", "Variable"} & set(found.values())


@pytest.mark.parametrize(
    ("cell", "name", "reason"),
    [("janet", "state_is_bounded", "all steps at once"), ("lstm_1997", "cost_of_a_step", "cost has no form")],
)
def test_what_has_no_theorem_says_why(cell: str, name: str, reason: str) -> None:
    found = claim_instance(*stated(cell, name))
    assert isinstance(found, Unsettled)
    assert reason in found.reason


JOINED = """
from lstmproof.language import abs, assume, cell, claim, maximum, tanh


@cell
def leaky(x, c, *, W, a, leak: ""):
    c = leak * c + (1 - leak) * tanh(W @ x + a)
    return c


@claim(leaky)
def in_between(leak, c, c0):
    assume(0 <= leak and (leak <= 1 and leak != 3))
    assume(-1 <= c0 and c0 <= 1)
    return -1 <= c and c <= 1
"""


@needs_coq
def test_hypotheses_may_be_joined() -> None:
    derivation = parse_text(JOINED, "joined.py")
    assert accepted([made(derivation.claims[0], derivation.cells[0])])


ODD = """
from lstmproof.language import always, assume, carousel, cell, claim, sigmoid, tanh

@cell
def at(n, O, C, *, W, R, b, exp_):
    o = sigmoid(W @ n + R @ O + b)
    C = o * C + (1 - o) * tanh(exp_ * O)
    O = o * tanh(C)
    return O, C

@claim(at)
def fun(O, o, C, C0):
    assume(abs(C0) <= 1)
    return abs(C) <= 1 and abs(O) < o

@cell
def many(x: "j k l m", h, *, W: "j k l m hidden", Notation):
    t = tanh(W @ h) * x
    h = h + sigmoid(Notation)
    return h, t

@claim(many)
def Theorem(h):
    return carousel(h) == 1
"""


@needs_coq
def test_names_of_an_author_never_meet_those_of_the_script() -> None:
    derivation = parse_text(ODD, "odd.py")
    assert accepted(made(*each) for each in zip(derivation.claims, derivation.cells, strict=True))


REFUTED = (
    ("janet_beta", "state_stays_within_one_for_any_beta"),
    ("", "slightly_more_than_forgotten"),
    ("", "error_as_printed"),
)


def refuted(cell: str, name: str) -> Instance:
    """The theorem that a statement of the catalogue fails at the counterexample that is found."""
    claim, definition = stated(cell, name)
    derivation = next(each for each in catalogue.derivations() if claim in each.claims)
    found = refute(claim, derivation, definition, seed=0, seconds=5)
    assert isinstance(found, Refutation)
    instance = refutation_instance(claim, definition, found.counterexample)
    assert isinstance(instance, Instance)
    assert instance.statement.startswith("~ (")
    return instance


@needs_coq
def test_counterexamples_refute_the_statement_itself_and_numbers_are_enclosed() -> None:
    numbers = made(*stated("", "negative_biases"))
    assert "Enclosures" in numbers.text
    assert accepted([*(refuted(*each) for each in REFUTED), numbers])


NUMBERS = {"sizes": {}, "step": 1, "unit": [], "free": {"d": 0.5, "s": -3.0, "z": 0.0}}
HALF = parse_text(
    """
from lstmproof.language import claim

@claim
def reciprocal_is_large(z):
    return 1 / z > 5
""",
    "half.py",
).claims[0]


@needs_coq
@pytest.mark.parametrize(
    "claim",
    [stated("", "slightly_more_than_forgotten")[0], stated("", "error_of_the_squared_misfit")[0], HALF],
    ids=["true there", "true of a derivative", "not defined there"],
)
def test_numbers_that_are_no_counterexample_refute_nothing(claim: Claim) -> None:
    instance = refutation_instance(claim, None, NUMBERS)
    assert isinstance(instance, Instance)
    assert isinstance(check(instance), Unsettled)


@needs_coq
def test_the_derivative_of_another_function_is_refused() -> None:
    instance = made(*stated("", "error_of_one_unit"))
    assert "is_derive (fun e' => (sigmoid (w * e')))" in instance.statement
    other = instance.statement.replace("(fun e' => (sigmoid", "(fun e' => (tanh")
    changed = replace(instance, text=instance.text.replace(instance.statement, other), statement=other)
    assert isinstance(check(changed), Unsettled)


def test_what_is_refuted_is_what_is_said_where_it_is_defined() -> None:
    said = sentence(HALF, None)
    assert proposition(said) == "forall (z : R),\n(z <> 0) /\\ ((1 / z) > 5)"
    assert proposition(said, refuted=True) == "forall (z : R),\n(z <> 0) ->\n((1 / z) > 5)"
