"""Every false statement here is refuted, every true one is not; what is refuted replays from its JSON alone."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from lstmproof.proof.outcome import Refutation, Unsettled
from lstmproof.refute.refutation import refute, replay
from tests.refute.claims import answer, claimed

FALSE = {
    "coupling with beta leaves one": ("leaky", "h, h0", "abs(h) <= 1", "abs(h0) <= 1"),
    "a negative beta": ("leaky", "h, h0, beta", "abs(h) <= maximum(abs(h0), exp(beta))"),
    "a forget gate bounds by one": ("gated", "c, c0", "abs(c) <= 1", "c0 == 0"),
    "only from the second step": ("gated", "c, c0", "abs(c) < 1", "c0 == 0"),
    "only after fifty steps": ("gated", "c, c0", "abs(c) <= 50", "c0 == 0"),
    "peepholes under bounded input": ("peeping", "x, c, c0", "abs(c) <= 1", "c0 == 0", "always(abs(x) <= 1)"),
    "growth of blocks": ("blocks", "s, s0", "abs(s) <= 2", "s0 == 0"),
    "large weights explode": ("plain", "h, U", "norm(jacobian(h, h)) > 1", "abs(U) > 1"),
    "over ten steps": ("plain", "h, U", "norm(jacobian(h, h, lag=10)) > 1", "abs(U) > 1"),
    "two units only": ("plain", "h, U", "norm(jacobian(h, h)) <= 1", "abs(U) <= 1"),
    "an equation": ("gated", "c, i", "carousel(c) == 1 - i"),
    "an inequation": ("gated", "c, f", "carousel(c) != f"),
    "strict at equality": ("gated", "c, f", "carousel(c) < f"),
    "strict at a tie of what no ball separates": ("gated", "f, b_f", "f < sigmoid(b_f)", "b_f == 1", "abs(f) > 0"),
    "strict at zero": ("rectified", "h", "h > 0"),
    "a disjunction": ("gated", "f", "f == 0 or f == 1"),
    "a negation": ("gated", "f", "not f > 0.5"),
    "one part of two": ("gated", "f", "f > 0 and f < 0.9"),
    "the old value": ("coupled", "h", "h == previous(h)"),
    "the step": ("linear", "y, y0, t", "y == y0 + t"),
    "two gates given equal": ("gated", "c, f, i", "abs(c) <= 1", "always(f == i)"),
    "beyond a float64": ("gated", "f", "f < 0.99999999999999999999"),
    "a defined bias": ("", "b, T", "sigmoid(b) == 1 - 2 / T", "T > 2", "b == log(T - 1)"),
    "a derivative": ("", "z", "derivative(sigmoid(z), z) < 0.25"),
    "a free exponent": ("", "p, q", "p ** q <= p", "p > 0", "p < 1", "q > 0"),
    "numbers alone": ("", "", "sigmoid(1) > 0.74"),
    "in a needle's eye": ("", "x, y", "(x - 1.73) ** 2 + (y - 0.371) ** 2 > 0"),
    "at three units": ("plain", "h, U", "norm(jacobian(h, h)) <= 2.5", "abs(U) <= 1"),
    "under a hypothesis nearly broken": ("gated", "c, c0, f, i", "abs(c) <= 1", "c0 == 0", "always(f + i <= 1.001)"),
    "below the last place": ("gated", "f", "f + 1e-20 == f"),
    "not strict, below the last place": ("gated", "h", "abs(h) <= 1 - 1e-30"),
    "over a hundred steps": ("gated", "c", "carousel(c, lag=100) <= 0.5"),
    "the carousel of a single number": ("single", "y", "carousel(y) != 1"),
    "two cells": ("", "", "same(leaky, coupled)"),
    "two cells under a hypothesis": ("leaky", "beta", "same(leaky, coupled)", "beta >= 0"),
}

TRUE = {
    "beta": ("leaky", "h, h0, beta", "abs(h) <= maximum(abs(h0), exp(beta))", "beta >= 0"),
    "coupled": ("coupled", "h, h0", "abs(h) <= maximum(abs(h0), 1)"),
    "linear growth": ("gated", "c, c0, t", "abs(c) <= abs(c0) + t"),
    "below one": ("gated", "h", "abs(h) < 1"),
    "tanh below one": ("gated", "c", "tanh(c) < 1"),
    "gate below one": ("gated", "f", "f < 1"),
    "the carousel": ("gated", "c, f", "carousel(c) == f"),
    "the carousel of blocks": ("blocks", "s", "carousel(s) == 1"),
    "geometric": ("gated", "c, c0, f, phi", "abs(c) <= 1 / (1 - phi)", "always(f <= phi)", "phi < 1", "c0 == 0"),
    "contradictory": ("gated", "c, f", "c > 10", "f > 1"),
    "contradictory numbers": ("leaky", "h, h0", "h == 5", "h0 > 1", "h0 < 0"),
    "not negative": ("rectified", "h", "h >= 0"),
    "the slope": ("", "z", "derivative(sigmoid(z), z) <= 0.25"),
    "the chrono bias": ("", "b, T", "sigmoid(b) == 1 - 1 / T", "T > 1", "b == log(T - 1)"),
    "undefined": ("", "z", "log(z) < 1", "z < 0"),
    "divided by nothing": ("", "z", "1 / (z - z) == 5"),
    "two cells at beta zero": ("leaky", "beta", "same(leaky, coupled)", "beta == 0"),
}


@pytest.mark.parametrize("statement", FALSE.values(), ids=FALSE)
def test_false_statements_are_refuted_and_replay(statement: tuple[str, ...]) -> None:
    claim, derivation, definition = claimed(*statement)
    found = refute(claim, derivation, definition, seed=0, seconds=3)
    assert isinstance(found, Refutation), found
    recorded = json.loads(json.dumps(found.counterexample))
    for record in (recorded, *([recorded["worst"]] if "worst" in recorded else [])):
        again = replay(record, claim, derivation, definition)
        assert isinstance(again, Refutation)
        assert again.precision == record["bits"]


@pytest.mark.parametrize("statement", TRUE.values(), ids=TRUE)
def test_true_statements_are_not_refuted(statement: tuple[str, ...]) -> None:
    assert isinstance(answer(*statement), Unsettled)


BEYOND = {
    "boundedness": (("gated", "c", "bounded(c)"), "bounded"),
    "a limit": (("", "z", "limit(tanh(z), z, oo) == 2"), "limit"),
    "a carousel that mixes units": (("mixing", "y", "carousel(y) == 1"), "mixes units"),
    "not the same": (("", "", "not same(leaky, coupled)"), "larger statement"),
}


@pytest.mark.parametrize(("statement", "reason"), BEYOND.values(), ids=BEYOND)
def test_what_no_single_run_decides_is_left_with_the_reason(statement: tuple[str, ...], reason: str) -> None:
    found = answer(*statement)
    assert isinstance(found, Unsettled)
    assert reason in found.reason


def test_the_same_seed_finds_the_same_network() -> None:
    one, two = (answer("gated", "c, c0", "abs(c) <= 1", "c0 == 0", seed=3) for _ in range(2))
    assert isinstance(one, Refutation)
    assert one == two


def test_counterexamples_are_small() -> None:
    found = answer("gated", "c, c0", "abs(c) <= 1", "c0 == 0")
    assert isinstance(found, Refutation)
    record = found.counterexample
    assert record["sizes"] == {"input": 1, "hidden": 1}
    assert record["step"] == record["steps"] == 2
    assert sum(value not in ([0.0], [[0.0]]) for value in record["parameters"].values()) <= 3
    assert record["inputs"] == {"x": [[0.0], [0.0]]}
    assert "at step 2: abs(c) <= 1 would say" in found.reading
    assert record["trajectory"]["t"] == [1, 2]
    assert float(record["worst"]["sides"][0][0]) > float(record["sides"][0][0]) > 1.0


def test_a_second_unit_is_kept_where_one_is_not_enough() -> None:
    found = answer("plain", "h, U", "norm(jacobian(h, h)) <= 1", "abs(U) <= 1")
    assert isinstance(found, Refutation)
    assert found.counterexample["sizes"]["hidden"] == 2


def test_precision_rises_until_it_decides() -> None:
    found = answer("gated", "f", "f < 0.99999999999999999999")
    assert isinstance(found, Refutation)
    assert found.precision > 64


def _tampered(change: str) -> tuple[dict[str, Any], Any]:
    statement = claimed("gated", "c, c0", "abs(c) <= 1", "abs(c0) <= 1", "always(abs(c) <= 3)")
    found = refute(*statement, seed=0, seconds=3)
    assert isinstance(found, Refutation)
    record = deepcopy(dict(found.counterexample))
    if change == "conclusion":
        record["parameters"]["b_i"] = [-50.0]
        record["parameters"]["b_f"] = [-50.0]
    elif change == "hypothesis":
        record["initial"]["c"] = [2.0]
    elif change == "shape":
        record["parameters"]["b_i"] = [1.0, 2.0]
    elif change == "number":
        record["parameters"]["b_i"] = [float("nan")]
    elif change == "missing":
        del record["parameters"]["b_i"]
    elif change == "steps":
        record["steps"] = record["steps"] + 1
    return record, statement


@pytest.mark.parametrize(
    ("change", "reason"), [("conclusion", "the conclusion is true"), ("hypothesis", "a hypothesis is false")]
)
def test_a_changed_counterexample_does_not_replay(change: str, reason: str) -> None:
    record, statement = _tampered(change)
    found = replay(record, *statement)
    assert isinstance(found, Unsettled)
    assert reason in found.reason


@pytest.mark.parametrize("change", ["shape", "number", "missing", "steps"])
def test_a_counterexample_of_another_shape_is_refused(change: str) -> None:
    record, statement = _tampered(change)
    with pytest.raises(ValueError, match="counterexample"):
        replay(record, *statement)
