"""Myths that two cells are one in Coq: what both name alike is one thing, and nothing that is so is refuted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from lstmproof import catalogue
from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.parser import parse_text
from lstmproof.proof.coq.driver import check, check_all
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.proof.coq.refutations import refutation_instance
from lstmproof.proof.outcome import Refutation, Unsettled
from lstmproof.refute.refutation import refute
from lstmproof.verify.subject import Subject
from lstmproof.verify.theorems import cells_of
from tests.proof.coq.files import needs_coq

JANET = next(each for each in catalogue.derivations() if each.file.endswith("janet.py"))

OWN = parse_text(
    """
from lstmproof.language import cell, log, myth, same, sigmoid, tanh

@cell
def one(x, h, c: "", *, W, U, b, f, k=2):
    h = sigmoid(f) * h + tanh(W @ x + U @ h + b) * k
    c = 1 - c
    return h, c

@cell
def other(x, h, c: "", *, W, V: "hidden extra", v: "extra", b, g, k=2):
    f = sigmoid(g)
    h = f * h + tanh(W @ x + V @ v + b) * k
    c = c + 1
    return h, c

@cell
def logarithmic(x, h, c: "", *, W, U, b, f):
    h = sigmoid(f) * h + tanh(W @ x + U @ h + log(1 + tanh(b) * tanh(b)))
    c = 1 - c
    return h, c

@myth(other)
def two_are_one():
    return same(one, other)

@myth
def of_no_cell():
    return same(one, other)

@myth(one)
def with_a_logarithm():
    return same(one, logarithmic)
""",
    "own.py",
)


def refuted(claim: Claim) -> tuple[Claim, Definition | None, Mapping[str, Any], Definition | None]:
    """What a theorem is made of: the claim, its cell, the network found, and the second cell."""
    derivation = JANET if claim in JANET.claims else OWN
    definition = next((each for each in derivation.cells if each.name == claim.cell), None)
    found = refute(claim, derivation, definition, seed=0, seconds=5)
    assert isinstance(found, Refutation), found
    first, twin = cells_of(Subject(derivation, definition), claim)
    return claim, first, found.counterexample, twin


def named(name: str) -> Claim:
    return next(each for each in (*JANET.claims, *OWN.claims) if each.name == name)


def made(*parts: Any) -> Instance:
    found = refutation_instance(*parts)
    assert isinstance(found, Instance), found
    return found


@needs_coq
def test_two_cells_that_differ_are_refuted_to_be_one() -> None:
    names = ("beta_changes_nothing", "two_are_one", "of_no_cell")
    for verdict in check_all([made(*refuted(named(name))) for name in names]).values():
        assert isinstance(verdict, Checked), verdict


def test_what_both_name_alike_is_one_thing_and_all_else_is_not() -> None:
    lines = made(*refuted(named("of_no_cell"))).statement.splitlines()
    for once in ("forall (W : nat -> nat -> R),", "forall (h0 : nat -> R),", "forall (x : nat -> nat -> R),"):
        assert lines.count(once) == 1
    assert "forall (f : nat -> R)," in lines  # a parameter of one cell, which the other computes
    assert "forall (f'b : nat -> nat -> R)," in lines
    assert "forall (V'b : nat -> nat -> R)," in lines
    assert "(1 <= size_extra'b)%nat ->" in lines
    assert lines[-1] == "((h (S t) index_hidden) = (h'b (S t) index_hidden)) /\\ ((c (S t)) = (c'b (S t))))"


# ---- planted errors ----


@needs_coq
def test_two_cells_that_are_one_are_not_refuted() -> None:
    _, definition, record, twin = refuted(named("beta_changes_nothing"))
    instance = made(named("janet_is_the_case_beta_zero"), definition, record, twin)
    assert isinstance(check(instance), Unsettled)


@needs_coq
@pytest.mark.parametrize("bias", [{"b_c": [0.0]}, {"b_f": [1e9]}], ids=["where they agree", "where they nearly agree"])
def test_a_network_at_which_they_agree_refutes_nothing(bias: Mapping[str, Any]) -> None:
    claim, definition, record, twin = refuted(named("beta_changes_nothing"))
    other = {**record, "parameters": {**record["parameters"], **bias}}
    assert isinstance(check(made(claim, definition, other, twin)), Unsettled)


def test_what_cannot_be_stated_says_why() -> None:
    found = refutation_instance(*refuted(named("with_a_logarithm")))
    assert isinstance(found, Unsettled)
    assert "takes a logarithm" in found.reason
