"""Bounded values in Coq: one number, which depends on nothing that it may not, and none where there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lstmproof import catalogue
from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.formula import Bounded
from lstmproof.language.parser import parse_text
from lstmproof.proof.coq.bound import THEOREM, bound_instance, bound_theorem, bounded_label, ceiling_claim
from lstmproof.proof.coq.bound_statement import bound_proposition, bound_sentence
from lstmproof.proof.coq.claims import claim_instance
from lstmproof.proof.coq.driver import check, check_all
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.proof.induction import store
from lstmproof.proof.outcome import Unsettled
from tests.proof.coq.files import needs_coq

OWN = parse_text(
    """
from lstmproof.language import always, assume, bounded, cell, claim, sigmoid, tanh

@cell
def leaky(x, h, *, W, U, b, beta=1.0):
    s = W @ x + U @ h + b
    h = sigmoid(s) * h + (1 - sigmoid(s - beta)) * tanh(W @ x)
    return h

@claim(leaky)
def of_a_constant(h):
    return bounded(h)

@claim(leaky)
def of_any_constant(h, beta):
    assume(beta >= 0)
    return bounded(h)

@cell
def gated(x, h: "block unit", c: "", *, W: "block input", v: "block unit"):
    f: "block" = sigmoid(W @ x)
    h = f * h + tanh(v)
    c = 0.5 * tanh(c)
    return h, c

@claim(gated)
def of_a_free_number(h, f, phi):
    assume(always(f <= phi))
    assume(phi < 1)
    return bounded(h)

@claim(gated)
def of_a_single_number(c):
    return bounded(c)

@claim(gated)
def of_a_gate(f):
    return bounded(f)

@cell
def still(x, c: "", *, w: "input"):
    g = sigmoid(w @ x)
    c = g * c + (1 - g) * tanh(c)
    return c

@claim(still)
def of_a_number_that_stays(c):
    return bounded(c)
""",
    "own.py",
)


def of_the_catalogue() -> list[tuple[Claim, Definition]]:
    return [
        (claim, definition)
        for derivation in catalogue.derivations()
        for definition in derivation.cells
        for claim in derivation.claims
        if claim.cell == definition.name and bounded_label(claim.conclusion)
    ]


def own(name: str) -> tuple[Claim, Definition]:
    claim = next(each for each in OWN.claims if each.name == name)
    return claim, next(each for each in OWN.cells if each.name == claim.cell)


def made(claim: Claim, definition: Definition) -> Instance:
    found = bound_instance(claim, definition)
    assert isinstance(found, Instance), found
    return found


def accepted(instances: list[Instance]) -> bool:
    found = check_all(instances)
    refused = {each.reading: verdict.reason for each, verdict in found.items() if isinstance(verdict, Unsettled)}
    assert not refused, refused
    return all(isinstance(verdict, Checked) for verdict in found.values())


@needs_coq
def test_what_is_bounded_in_the_catalogue_is_a_theorem() -> None:
    every = of_the_catalogue()
    assert len(every) == 2
    assert accepted([made(*each) for each in every])


@needs_coq
def test_numbers_that_depend_on_constants_free_names_and_initial_states() -> None:
    assert accepted([made(*own(claim.name)) for claim in OWN.claims])


def test_certificates_of_the_catalogue_are_on_file() -> None:
    for claim, definition in of_the_catalogue():
        ceiling = ceiling_claim(claim, definition)
        assert ceiling is not None
        assert store.load(ceiling) is not None
        assert isinstance(bound_instance(claim, definition, search=False), Instance)


def test_the_number_comes_after_what_it_may_depend_on_and_before_all_else() -> None:
    lines = made(*own("of_any_constant")).statement.splitlines()
    assert lines[:5] == [
        "forall (beta : R),",
        "forall (h0 : nat -> R),",
        "(exists bound'' : R, forall index_hidden : nat, (Rabs (h0 index_hidden)) <= bound'') ->",
        "exists bound'' : R,",
        "forall (size_input size_hidden : nat),",
    ]
    assert "forall (W : nat -> nat -> R)," in lines[5:]
    assert "((beta >= 0)) ->" in lines
    assert lines[-1] == "(Rabs (h (S t) index_hidden)) <= bound''"


# ---- planted errors ----


def test_of_a_state_that_grows_no_bound_is_found() -> None:
    claim, _ = own("of_a_constant")
    definition = next(
        cell for derivation in catalogue.derivations() for cell in derivation.cells if cell.name == "lstm_1997"
    )
    grown = replace(claim, cell="lstm_1997", arguments={"s": "state"}, conclusion=Bounded("s"))
    assert bound_instance(grown, definition) == Unsettled("no theorem of Coq: no bound was found")


FALSE = {
    "without the premise": (
        "(exists bound'' : R, forall index_hidden : nat, (Rabs (h0 index_hidden)) <= bound'') ->\n",
        "",
    ),
    "one number for all constants": ("forall (beta : R),\nforall (h0", "forall (h0"),
    "of another cell": ("(tanh ", "(exp "),
    "below nothing": ("(Rabs (h (S t) index_hidden)) <= bound''", "(Rabs (h (S t) index_hidden)) <= bound'' - 1"),
}


@needs_coq
@pytest.mark.parametrize(("right", "wrong"), FALSE.values(), ids=FALSE)
def test_another_statement_is_refused(right: str, wrong: str) -> None:
    instance = made(*own("of_any_constant"))
    other = instance.statement.replace(right, wrong)
    assert other != instance.statement
    if right.startswith("forall (beta"):
        other = other.replace(
            "exists bound'' : R,\nforall (size", "exists bound'' : R,\nforall (beta : R),\nforall (size"
        )
    changed = replace(instance, text=instance.text.replace(instance.statement, other), statement=other)
    assert isinstance(check(changed), Unsettled)


@needs_coq
def test_the_theorem_of_another_bound_does_not_do() -> None:
    claim, definition = own("of_any_constant")
    ceiling = ceiling_claim(claim, definition)
    assert ceiling is not None
    found = claim_instance(ceiling, definition)
    assert isinstance(found, Instance)
    said = bound_sentence(claim, definition, "h")
    right = bound_theorem(claim, definition, ceiling, found)
    assert right.statement == bound_proposition(said, "h")
    assert f"Theorem {THEOREM} :" in right.text
    less = replace(right, text=right.text.replace("exists (Rmax bound'm (exp beta)).", "exists (Rmax bound'm 1)."))
    assert less != right
    assert isinstance(check(less), Unsettled)
