"""Deciding at one network: what is decided holds there, and what float64 alone believes is not taken over."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmproof.refute.decide import OPEN, Failure
from lstmproof.refute.margins import CLEAR, scores
from lstmproof.refute.network import Network, decimal, layout_of
from lstmproof.refute.statement import Statement, statement
from tests.refute.claims import claimed


def _network(prepared: Statement, steps: int, numbers: Mapping[str, float]) -> Network:
    """One unit, one input, every number 0 but those given, by what claims call them."""
    layout = layout_of(prepared.subject, dict.fromkeys(prepared.subject.sizes, 1), steps)
    row = np.zeros(layout.width)
    for label, number in numbers.items():
        row[layout.block[label].start : layout.block[label].stop] = number
    return Network(layout, row)


def _decided(claim: tuple[str, ...], steps: int, **numbers: float) -> Failure | str:
    prepared = statement(*claimed(*claim))
    return prepared.decide(_network(prepared, steps, numbers), steps)


def test_a_failure_says_where_and_by_how_much() -> None:
    found = _decided(("gated", "c", "abs(c) <= 1"), 2, b_i=5, b_f=5, b_g=5)
    assert isinstance(found, Failure)
    assert found.step == 2
    assert found.unit == (("hidden", 0),)
    assert found.sides == (("1.97979", "<=", "1"),)
    assert found.bits == 64


def test_sides_that_sixty_digits_do_not_tell_apart_are_told_apart() -> None:
    below = _decided(("", "", "sigmoid(1000) == 1"), 1)
    above = _decided(("", "", "1 == sigmoid(1000) and 1 + exp(-1000) <= 1"), 1)
    assert isinstance(below, Failure)
    assert isinstance(above, Failure)
    assert below.sides == (("1 - 5.08e-435", "==", "1"),)
    assert above.sides == (("1 + 5.08e-435", "==", "1"), ("1 + 5.08e-435", "<=", "1"))


@pytest.mark.parametrize("formula", ["b_f < 0", "b_f != 0", "not 0 == b_f"])
def test_sides_that_are_equal_are_written_alike(formula: str) -> None:
    found = _decided(("gated", "b_f", formula), 1)
    assert isinstance(found, Failure)
    assert [(left, right) for left, _, right in found.sides] == [("0", "0")]


@pytest.mark.parametrize(
    ("claim", "numbers", "reason"),
    [
        (("gated", "c", "abs(c) <= 1"), {"b_i": 1.0}, "the conclusion is true"),
        (("gated", "c", "tanh(c) < 1"), {"c0": 400.0, "b_f": 40.0}, "the conclusion is true"),
        (("gated", "c, f", "abs(c) <= 1", "f > 1"), {"c0": 9.0}, "a hypothesis is false"),
        (("gated", "c, f", "abs(c) <= 1", "always(f <= 0.6)"), {"c0": 9.0, "b_f": 9.0}, "a hypothesis is false"),
        (("quotient", "y", "y == 5"), {}, OPEN),
        (("", "z", "log(z) < 0"), {"z": -1.0}, OPEN),
        (("", "z", "log(z) < 0 or z > 5"), {"z": -1.0}, OPEN),
        (("", "z", "exp(2 * z) == exp(z) ** 2"), {"z": 0.3}, OPEN),
    ],
)
def test_what_does_not_refute_says_why(claim: tuple[str, ...], numbers: Mapping[str, float], reason: str) -> None:
    assert _decided(claim, 1, **numbers) == reason


def test_float64_alone_would_refute_what_is_true() -> None:
    prepared = statement(*claimed("gated", "c", "tanh(c) < 1"))
    network = _network(prepared, 1, {"c0": 400.0, "b_f": 40.0})
    assert scores(network.layout, network.row[None], prepared.claim, prepared.rest).score[0] < 0
    assert prepared.decide(network, 1) == "the conclusion is true"


def test_a_number_is_the_decimal_that_prints_it() -> None:
    assert decimal(0.1) * 10 == 1
    assert isinstance(_decided(("", "z", "z != 0.1"), 1, z=0.1), Failure)


def test_an_assumption_holds_of_all_units() -> None:
    prepared = statement(*claimed("plain", "h, h0", "abs(h) >= 0.5", "abs(h0) <= 1"))
    layout = layout_of(prepared.subject, {"input": 1, "hidden": 2}, 1)
    row = np.zeros(layout.width)
    assert isinstance(prepared.decide(Network(layout, row), 1), Failure)
    row[layout.block["h0"].start] = 2.0
    assert prepared.decide(Network(layout, row), 1) == "a hypothesis is false"


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from([-3.0, -1.0, -0.25, 0.0, 0.5, 2.0, 7.0]), min_size=17, max_size=17))
def test_balls_and_float64_agree_away_from_the_boundary(numbers: list[float]) -> None:
    prepared = statement(*claimed("gated", "c, f, i", "abs(c) <= 1", "always(f + i <= 1.2)"))
    layout = layout_of(prepared.subject, {"input": 1, "hidden": 1}, 3)
    row = np.resize(np.array(numbers), layout.width)
    for step in (1, 2, 3):
        network = Network(layout, row).shortened(step)
        found = scores(network.layout, network.row[None], prepared.claim, prepared.rest)
        decided = prepared.decide(network, step)
        if isinstance(decided, Failure):
            assert found.score[0] < CLEAR
        elif decided == "the conclusion is true":
            assert found.step[0] < step or found.score[0] > -CLEAR
