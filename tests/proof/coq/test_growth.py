"""Growth in Coq: networks that pass every number become theorems, and networks that do not become none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from time import process_time

import pytest

from lstmproof import catalogue
from lstmproof.catalogue import find
from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.parser import parse_text
from lstmproof.proof.coq.driver import check, check_all
from lstmproof.proof.coq.growth import growth_instance, growth_theorem
from lstmproof.proof.coq.growth_statement import grown_state, growth_proposition, growth_sentence
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.proof.findings import findings
from lstmproof.proof.outcome import Unsettled
from lstmproof.proof.symbolic.witness import OPEN, SHUT, Family, Growth, unbounded
from tests.proof.coq.files import needs_coq


def found(definition: Definition) -> list[Claim]:
    """The findings of a cell that no number bounds a state."""
    stated = [each.claim for each in findings(definition, seconds=10)]
    return [claim for claim in stated if claim is not None and grown_state(claim.conclusion)]


def stated(cell: str, name: str) -> Claim:
    every = (claim for derivation in catalogue.derivations() for claim in derivation.claims)
    return next(claim for claim in every if (claim.cell, claim.name) == (cell, name))


def grown(cell: str) -> tuple[Claim, Definition, Growth]:
    """A finding of the catalogue with its networks."""
    definition = find(cell)
    (claim,) = found(definition)
    label = grown_state(claim.conclusion)
    assert label is not None
    growth = unbounded(claim, definition, label, process_time() + 10)
    assert growth is not None
    return claim, definition, growth


def mine(body: str, parameters: str = "W, U, b") -> Definition:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    words = "from lstmproof.language import cell, exp, relu, sigmoid, tanh\n\n\n"
    return parse_text(f"{words}@cell\ndef mine(x, h, *, {parameters}):\n{lines}    return h\n", "mine.py").cells[0]


@needs_coq
def test_every_state_of_the_catalogue_that_no_number_bounds_is_a_theorem() -> None:
    made = []
    for derivation in catalogue.derivations():
        for definition in derivation.cells:
            claims = [claim for claim in derivation.claims if claim.cell == definition.name]
            claims = [claim for claim in claims if grown_state(claim.conclusion)]
            made += [growth_instance(claim, definition) for claim in (*found(definition), *claims)]
    assert len(made) == 7 + 4
    instances = [each for each in made if isinstance(each, Instance)]
    assert instances == made
    for verdict in check_all(instances).values():
        assert isinstance(verdict, Checked), verdict


GROW = {
    "twice itself": "h = 2 * h + tanh(W @ x + U @ h + b)",
    "downwards": "h = h - sigmoid(W @ x + U @ h + b)",
    "a bias alone": "h = h + b + 0 * (W @ x + U @ h)",
    "through a kink": "h = relu(h + sigmoid(b)) + W @ x + U @ h",
    "nested functions": "h = h + tanh(sigmoid(W @ x + b) - 0.75 + b) + 0 * exp(U @ h)",
    "an input that is summed": "h = h + W @ x + 0 * tanh(b + U @ (b * h))",
}


@needs_coq
@pytest.mark.parametrize("body", GROW.values(), ids=GROW)
def test_growth_of_new_cells(body: str) -> None:
    definition = mine(body)
    (claim,) = found(definition)
    instance = growth_instance(claim, definition)
    assert isinstance(instance, Instance), instance
    verdict = check(instance)
    assert isinstance(verdict, Checked), verdict


@needs_coq
def test_names_of_an_author_never_meet_those_of_the_script() -> None:
    body = "run = sigmoid(horizon)\npassed_above = run * tanh(ln_3_range + W @ x)\nh = h + passed_above"
    definition = mine(body, "W, horizon, ln_3_range")
    (claim,) = found(definition)
    instance = growth_instance(claim, definition)
    assert isinstance(instance, Instance), instance
    verdict = check(instance)
    assert isinstance(verdict, Checked), verdict


SHUT_OFF = Family({"b_in": OPEN, "b_out": OPEN, "b_c": SHUT})
NOTHING = Family({})
PLANTED: Mapping[str, Callable[[Growth], Growth]] = {
    "a state that falls": lambda growth: replace(growth, family=SHUT_OFF),
    "a state that stands still": lambda growth: replace(growth, family=NOTHING),
    "the other sign": lambda growth: replace(growth, sign=-1),
    "a gain that is not had": lambda growth: replace(growth, rate=Fraction(1)),
}


@needs_coq
@pytest.mark.parametrize("wrong", PLANTED.values(), ids=PLANTED)
def test_networks_that_do_not_grow_so_are_refused(wrong: Callable[[Growth], Growth]) -> None:
    claim, definition, growth = grown("lstm_1997")
    assert isinstance(check(growth_theorem(claim, definition, growth)), Checked)
    assert isinstance(check(growth_theorem(claim, definition, wrong(growth))), Unsettled)


@needs_coq
def test_of_a_bounded_state_nothing_is_shown() -> None:
    claim, definition, growth = grown("lstm")
    bounded = find("lstm_coupled")
    assert growth_instance(claim, bounded) == Unsettled("no theorem of Coq: no growing networks were found")
    assert isinstance(check(growth_theorem(claim, definition, growth)), Checked)
    assert isinstance(check(growth_theorem(claim, bounded, growth)), Unsettled)


FALSE = {
    "of a bounded cell": ("((f (S t) index_hidden) * (c t index_hidden))", "((1 / 2) * (c t index_hidden))"),
    "of all weights": ("exists (b_f : nat -> R),", "forall (b_f : nat -> R),"),
    "for every step": ("exists t : nat,", "forall t : nat,"),
    "of the other state": ("(Rabs (c (S t) index_hidden))", "(Rabs (h (S t) index_hidden))"),
}


@needs_coq
@pytest.mark.parametrize(("right", "wrong"), FALSE.values(), ids=FALSE)
def test_false_statements_are_refused(right: str, wrong: str) -> None:
    instance = growth_theorem(*grown("lstm"))
    other = instance.statement.replace(right, wrong)
    assert other != instance.statement
    everywhere = instance.text.replace(right, wrong)
    for text in (instance.text, instance.text.replace(instance.statement, other), everywhere):
        assert isinstance(check(replace(instance, text=text, statement=other)), Unsettled)


@needs_coq
def test_networks_that_break_a_hypothesis_are_refused() -> None:
    claim, definition = stated("lstm_peephole", "bounded_inputs_do_not_bound_the_state"), find("lstm_peephole")
    growth = unbounded(claim, definition, "c", process_time() + 10)
    assert growth is not None
    instance = growth_theorem(claim, definition, growth)
    assert "((Rabs (x (S k'') index_input)) <= 1)" in instance.statement
    assert "((c0 index_hidden) = 0)" in instance.statement
    assert isinstance(check(instance), Checked)
    wrong = instance.statement.replace("((Rabs (x (S k'') index_input)) <= 1)", "((Rabs (x (S k'') index_input)) >= 1)")
    assert wrong != instance.statement
    changed = replace(instance, text=instance.text.replace(instance.statement, wrong), statement=wrong)
    assert isinstance(check(changed), Unsettled)


def test_the_bound_comes_after_the_initial_states_and_before_the_weights() -> None:
    claim, definition, growth = grown("lstm")
    lines = growth_proposition(growth_sentence(claim, definition, growth.label), growth.label).splitlines()
    assert lines[0] == "forall (size_input size_hidden : nat),"
    places = [
        lines.index(line) for line in ("exists (c0 : nat -> R),", "forall bound'' : R,", "exists (b_f : nat -> R),")
    ]
    assert places == sorted(places)
    assert lines[-1] == "bound'' < (Rabs (c (S t) index_hidden))"


def test_of_a_cell_that_divides_nothing_is_said() -> None:
    definition = mine("h = h + sigmoid(b) / (1 + sigmoid(W @ x + U @ h))")
    (claim,) = found(definition)
    assert growth_instance(claim, definition) == Unsettled(
        "no theorem of Coq: a cell that divides, or takes a logarithm or a root"
    )


@needs_coq
def test_growth_that_the_script_does_not_follow_stays_without_a_theorem() -> None:
    definition = mine("h = W @ x + b * h + U @ h")
    (claim,) = found(definition)
    instance = growth_instance(claim, definition)
    assert isinstance(instance, Instance)
    verdict = check(instance)
    assert isinstance(verdict, Unsettled)
    assert "Cannot find witness" in verdict.reason
