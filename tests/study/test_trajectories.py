"""Counterexamples over time: what is drawn is what was recorded, and the violated step is one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from lstmproof import catalogue
from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition, Derivation
from lstmproof.language.parser import parse_text
from lstmproof.proof.outcome import Refutation
from lstmproof.refute.refutation import refute
from lstmproof.study.trajectories import counterexample_chart, counterexample_charts
from lstmproof.verdict import CellResults, Result


def stated(file: str, name: str) -> tuple[Claim, Derivation, Definition | None]:
    derivation = next(each for each in catalogue.derivations() if each.file == f"derivations/{file}.py")
    claim = next(each for each in derivation.claims if each.name == name)
    return claim, derivation, next((cell for cell in derivation.cells if cell.name == claim.cell), None)


@cache
def record(file: str, name: str) -> Mapping[str, Any]:
    """What a search finds, as results hold it after a round trip through JSON."""
    claim, derivation, definition = stated(file, name)
    found = refute(claim, derivation, definition, seed=0, seconds=3)
    assert isinstance(found, Refutation)
    recorded: Mapping[str, Any] = json.loads(json.dumps(found.counterexample))
    return recorded


OVER_TIME = [
    ("lstm", "state_stays_within_one", "abs(c)", "≤ 1"),
    ("lstm_1997", "state_can_only_grow", "abs(s)", "≥ abs(s0)"),
    ("lstm_forget", "forget_gate_bounds_the_state_by_one", "abs(s)", "≤ 1"),
    ("janet", "state_stays_below_one_plus_beta", "abs(h)", "≤ maximum(abs(h0), 1 + beta)"),
]


@pytest.mark.parametrize(("file", "name", "left", "right"), OVER_TIME)
def test_both_sides_end_at_what_was_recorded(file: str, name: str, left: str, right: str) -> None:
    recorded = record(file, name)
    chart = counterexample_chart(*stated(file, name), recorded)
    assert chart is not None
    claimed, actual = chart.curves
    assert (actual.label, claimed.label, claimed.role) == (left, right, "bound")
    shown = max((recorded, recorded.get("worst", recorded)), key=lambda each: int(each["step"]))
    assert actual.points[-1][0] == claimed.points[-1][0] == chart.marks[0].at == shown["step"]
    assert actual.points[0][0] == 0
    for curve, side in ((actual, shown["sides"][0][0]), (claimed, shown["sides"][0][2])):
        assert float(curve.points[-1][1]) == pytest.approx(float(side), rel=6e-4)


@pytest.mark.parametrize(("file", "name", "left", "right"), OVER_TIME)
def test_the_marked_step_violates_the_claim(file: str, name: str, left: str, right: str) -> None:
    chart = counterexample_chart(*stated(file, name), record(file, name))
    assert chart is not None
    claimed, actual = chart.curves
    low, high = (claimed, actual) if right.startswith("≤") else (actual, claimed)
    assert left in chart.up
    assert low.points[-1][1] < high.points[-1][1]


def test_a_statement_about_numbers_alone_has_no_picture() -> None:
    for file, name in (("rnn", "weight_above_one_explodes"), ("lstm_1997", "ranges_as_captioned")):
        assert counterexample_chart(*stated(file, name), record(file, name)) is None


def test_a_statement_about_sizes_has_no_picture() -> None:
    where = "lstm_1997", "cells_of_a_block_have_their_own_gates"
    assert counterexample_chart(*stated(*where), record(*where)) is None


def test_sides_that_are_known_at_one_step_alone_have_no_picture() -> None:
    """f is no state: it has no value at t = 0, and the network fails at t = 1."""
    where = "lstm", "remembering_is_the_default"
    smallest = {key: value for key, value in record(*where).items() if key != "worst"}
    assert counterexample_chart(*stated(*where), smallest) is None


def test_a_record_of_another_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit the claim"):
        counterexample_chart(*stated("lstm", "state_stays_within_one"), record("janet", "beta_changes_nothing"))


BLOCKS = '''"""Blocks."""
from lstmproof.language import assume, cell, myth, sigmoid, tanh


@cell
def blocks(x, s: "block unit", *, W_f: "block input", W_g: "block unit input", b_g: "block unit"):
    f: "block" = sigmoid(W_f @ x)
    s = f * s + tanh(W_g @ x + b_g)
    return s


@myth(blocks)
def cells_grow_no_further_than_two(s, s0):
    assume(s0 == 0)
    return abs(s) <= 1.25
'''


def test_the_unit_that_fails_is_the_one_drawn() -> None:
    """Of two blocks of two units: only unit 1 of block 0 has a bias."""
    derivation = parse_text(BLOCKS, "blocks.py")
    (claim,), (definition,) = derivation.claims, derivation.cells
    recorded = {
        "sizes": {"input": 1, "block": 2, "unit": 2},
        "steps": 2,
        "parameters": {"W_f": [[0.0], [0.0]], "W_g": [[[0.0], [0.0]]] * 2, "b_g": [[0.0, 2.0], [0.0, 0.0]]},
        "inputs": {"x": [[0.0], [0.0]]},
        "initial": {"s": [[0.0, 0.0], [0.0, 0.0]]},
        "constants": {},
        "free": {},
        "step": 2,
        "unit": [["block", 0], ["unit", 1]],
    }
    chart = counterexample_chart(claim, derivation, definition, recorded)
    assert chart is not None
    assert [value for _, value in chart.curves[1].points] == [Decimal(0), Decimal("0.9640"), Decimal("1.446")]


def test_results_of_a_cell_give_its_charts() -> None:
    claim, derivation, definition = stated("lstm", "state_stays_within_one")
    assert definition is not None
    refuted = Result(
        claim.id, "myth", claim.line, claim.text, "refuted", "ball", counterexample=record("lstm", claim.name)
    )
    unknown = Result("claim.other", "claim", 1, "", "refuted", "ball", counterexample={})
    results = CellResults("lstm", definition.key, derivation.file, derivation.digest, (refuted, unknown))
    assert list(counterexample_charts(derivation, results)) == [claim.id]
