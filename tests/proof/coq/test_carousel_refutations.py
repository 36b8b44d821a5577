"""Myths about carousels in Coq: a derivative exists and is another number than claimed; nothing true is refuted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from lstmproof import catalogue
from lstmproof.calculus.carousel import carousel
from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.parser import parse_text
from lstmproof.program.expr import ONE, Apply, Expr, Ref
from lstmproof.proof.coq import refutations
from lstmproof.proof.coq.claim_statement import proposition, sentence
from lstmproof.proof.coq.driver import check, check_all
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.proof.coq.refutations import refutation_instance
from lstmproof.proof.outcome import Refutation, Unsettled
from lstmproof.refute.refutation import refute
from tests.proof.coq.files import needs_coq

MYTHS = (
    ("gru", "update_gate_updates"),
    ("lstm", "information_flows_unchanged"),
    ("lstm_1997", "carousel_carries_the_output"),
    ("lstm_coupled_input", "input_gate_is_the_carousel"),
)
Record = Mapping[str, Any]


def stated(cell: str, name: str) -> tuple[Claim, Definition]:
    for derivation in catalogue.derivations():
        for claim in derivation.claims:
            if (claim.cell, claim.name) == (cell, name):
                return claim, next(each for each in derivation.cells if each.name == cell)
    raise AssertionError(f"nothing in the catalogue is called {name}")


def network(cell: str, name: str) -> Record:
    """The counterexample to a myth of the catalogue."""
    claim, definition = stated(cell, name)
    derivation = next(each for each in catalogue.derivations() if claim in each.claims)
    found = refute(claim, derivation, definition, seed=0, seconds=5)
    assert isinstance(found, Refutation)
    return found.counterexample


def made(claim: Claim, definition: Definition, record: Record) -> Instance:
    found = refutation_instance(claim, definition, record)
    assert isinstance(found, Instance), found
    return found


def myth(cell: str, name: str) -> Instance:
    return made(*stated(cell, name), network(cell, name))


@needs_coq
def test_myths_of_the_catalogue_are_refuted() -> None:
    for verdict in check_all([myth(*each) for each in MYTHS]).values():
        assert isinstance(verdict, Checked), verdict


def test_the_derivative_is_stated_to_exist_and_to_be_another() -> None:
    claim, definition = stated("gru", "update_gate_updates")
    statement = myth("gru", "update_gate_updates").statement
    positive = proposition(sentence(claim, definition))
    before, _, conclusion = positive.rpartition("exists slope'1 : R, ")
    derivative, _, compared = conclusion.rpartition(" /\\ ")
    assert compared == "(slope'1 = (1 - (z (S t) index_hidden)))"
    premise = f"(exists slope'1 : R, {derivative[1:-1]}) ->\n"
    assert statement == f"~ ({before}{premise}exists slope'1 : R, {conclusion})"


ODD = """
from lstmproof.language import carousel, cell, claim, cut, myth, sigmoid, tanh

@cell
def later(x, y, s, *, W, U, b, p):
    i = sigmoid(W @ x + U @ y + b + p * cut(s))
    s = s + i
    y = i * tanh(s)
    return y, s

@myth(later)
def doubled_in_two_steps(s):
    return carousel(s, lag=2) == 2

@myth(later)
def two_at_once(s, y):
    return carousel(s) == carousel(y) and carousel(s) == 1

@myth(later)
def a_bound(s):
    return carousel(s) < 1 or carousel(s, lag=2) > 1

@cell
def blocks(x, h: "block unit", *, W: "block input", v: "block unit"):
    g: "block" = sigmoid(W @ x)
    h = g * h + v
    return h

@myth(blocks)
def of_two_axes(h):
    return carousel(h) == 1

@cell
def alone(x, h: "", *, w: "input", b: ""):
    h = tanh(b) * h + w @ x
    return h

@myth(alone)
def a_single_number(h):
    return carousel(h) == 2

@myth(blocks)
def of_a_quotient(h):
    return 1 / carousel(h) == 1
"""


def own(name: str) -> tuple[Claim, Definition, Record]:
    derivation = parse_text(ODD, "odd.py")
    claim = next(each for each in derivation.claims if each.name == name)
    definition = next(each for each in derivation.cells if each.name == claim.cell)
    found = refute(claim, derivation, definition, seed=0, seconds=10)
    assert isinstance(found, Refutation), found
    return claim, definition, found.counterexample


def longer(record: Record, steps: int) -> Record:
    """The same with more steps, of the same inputs, spoken of at the last one."""
    inputs = {name: [values[0]] * steps for name, values in record["inputs"].items()}
    return {**record, "inputs": inputs, "steps": steps, "step": steps}


OWN = ("doubled_in_two_steps", "two_at_once", "a_bound", "of_two_axes", "a_single_number")


@needs_coq
def test_steps_states_and_axes_of_every_kind() -> None:
    found = [own(name) for name in OWN]
    every = [made(claim, definition, longer(record, 3)) for claim, definition, record in found]
    assert "Nat.eqb (S k') 1" in every[0].text
    assert "Nat.eqb (S k') 2" in every[1].text
    for verdict in check_all([*every, *(made(*each) for each in found)]).values():
        assert isinstance(verdict, Checked), verdict


def test_what_divides_by_a_carousel_is_left() -> None:
    found = refutation_instance(*own("of_a_quotient"))
    assert found == Unsettled("no refutation by Coq: a quotient or a logarithm of a derivative")


# ---- planted errors ----


@needs_coq
@pytest.mark.parametrize(
    ("cell", "myth_of_it", "claim_of_it"),
    [
        ("gru", "update_gate_updates", "carousel_is_the_update_gate"),
        ("lstm", "information_flows_unchanged", "carousel_is_the_forget_gate"),
        ("lstm_1997", "carousel_carries_the_output", "no_error_returns_through_a_net_input"),
        ("lstm_coupled_input", "input_gate_is_the_carousel", "carousel_is_what_the_input_gate_leaves"),
    ],
)
def test_a_claim_that_is_true_is_not_refuted(cell: str, myth_of_it: str, claim_of_it: str) -> None:
    instance = made(*stated(cell, claim_of_it), network(cell, myth_of_it))
    assert isinstance(check(instance), Unsettled)


@needs_coq
def test_a_network_at_which_the_myth_holds_refutes_nothing() -> None:
    cell, name = "gru", "update_gate_updates"
    record = network(cell, name)
    half = {**record, "parameters": {**record["parameters"], "b_z": [0.0]}}
    verdict = check(made(*stated(cell, name), half))
    assert isinstance(verdict, Unsettled)


WRONG: Mapping[str, Callable[[Expr], Expr]] = {
    "what the myth says": lambda factor: Apply("sub", (ONE, factor)),
    "another gate": lambda _: Ref("r"),
}


@needs_coq
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_carousel_is_refused(monkeypatch: pytest.MonkeyPatch, wrong: Callable[[Expr], Expr]) -> None:
    record = network("gru", "update_gate_updates")
    monkeypatch.setattr(refutations, "carousel", lambda *about: wrong(carousel(*about)))
    assert isinstance(check(made(*stated("gru", "update_gate_updates"), record)), Unsettled)


CHANGED = {
    "of the full flow": ("(copy_h_t_1'c1 e' (S k') b'i)", "(h'c1 e' k' b'i)"),
    "of another start": ("= (h t index_hidden) + e' * (d' index_hidden)", "= (h t index_hidden) + e' * e'"),
    "of what is there": ("(slope'1 = (1 - (z (S t) index_hidden)))", "(slope'1 = (z (S t) index_hidden))"),
}


@needs_coq
@pytest.mark.parametrize(("right", "wrong"), CHANGED.values(), ids=CHANGED)
def test_another_statement_is_refused(right: str, wrong: str) -> None:
    instance = myth("gru", "update_gate_updates")
    other = instance.statement.replace(right, wrong)
    assert other != instance.statement
    changed = replace(instance, text=instance.text.replace(instance.statement, other), statement=other)
    assert isinstance(check(changed), Unsettled)
