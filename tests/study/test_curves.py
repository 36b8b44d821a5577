"""Curves of the index page: each number against a formula of its own, each bound over its curve, each claim there."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import e, exp, log, tanh
from pathlib import Path

import pytest
from flint import arb, fmpq

from lstmproof import catalogue
from lstmproof.catalogue import find
from lstmproof.study.charts import Chart, Curve
from lstmproof.study.curves import catalogue_charts, cell_charts
from lstmproof.study.digits import Undecided, decimals, points
from lstmproof.study.running import Setting, error_factors, trajectory

ROOT = Path(__file__).parents[2]
NAMES = ("error-flow", "memory", "linear-growth", "geometric-bound", "exponential-of-beta", "peepholes")


@cache
def charts() -> Mapping[str, Chart]:
    return {chart.name: chart for chart in catalogue_charts()}


def curve(chart: str, label: str) -> Curve:
    (found,) = [each for each in charts()[chart].curves if each.label == label]
    return found


def sigma(z: float) -> float:
    return 1 / (1 + exp(-z))


def agrees(found: Decimal, value: float) -> bool:
    """To the four digits that are shown."""
    return float(found) == pytest.approx(value, rel=5.1e-4, abs=1e-300)


def test_figures_of_the_ledger() -> None:
    """B3: 2.5e-14 and 3.1e-6 after 100 steps. A4: 462.1 after 1000. A10: 74 after 100. B11: e."""
    assert curve("error-flow", "gate, b = 1").points[-1][1] == Decimal("2.484e-14")
    assert curve("error-flow", "gate, b = 2").points[-1][1] == Decimal("3.073e-6")
    steps = decimals(lambda: trajectory(find("lstm_1997"), Setting({"b_c": 1}), 1000, "s")[-1:])
    assert steps == [Decimal("462.1")]
    assert curve("peepholes", "p_f = p_i = 1").points[-1][1] == Decimal("74.43")
    assert [mark.at for mark in charts()["exponential-of-beta"].marks] == [Decimal("2.718"), Decimal(1)]


def test_memory() -> None:
    for (bias, scale), (_, half) in zip(
        curve("memory", "time scale 1/(1 − f)").points, curve("memory", "half-life").points, strict=True
    ):
        f = sigma(float(bias))
        assert agrees(scale, 1 / (1 - f))
        assert agrees(half, log(0.5) / log(f))
    assert charts()["memory"].marks[-1].at == Decimal("6.907")


def test_states_follow_their_recursions() -> None:
    gate, candidate = sigma(5), 2 * tanh(2.5)
    assert all(agrees(s, float(t) * gate * candidate) for t, s in curve("linear-growth", "b_in = 5, b_c = 5").points)
    high, step = sigma(2), sigma(4) * 2 * tanh(2)
    for t, s in curve("geometric-bound", "state at b_phi = 2").points:
        assert agrees(s, step * (1 - high ** int(t)) / (1 - high))
    f, let_in = sigma(3), (1 - sigma(2)) * tanh(4)
    for t, h in curve("exponential-of-beta", "b_f = 3").points:
        assert agrees(h, let_in * (1 - f ** int(t)) / (1 - f))
    assert max(h for _, h in curve("exponential-of-beta", "b_f = 3").points) < e


@pytest.mark.parametrize(
    ("chart", "bound", "labels"),
    [
        ("linear-growth", "|s0| + 2t", ("b_in = 5, b_c = 5", "b_in = 0, b_c = 1", "b_in = -3, b_c = 1")),
        ("geometric-bound", "bound at b_phi = 2", ("state at b_phi = 2",)),
        ("geometric-bound", "bound at b_phi = 1", ("state at b_phi = 1",)),
        ("peepholes", "|c0| + t", ("p_f = p_i = 1", "p_f = p_i = 0")),
    ],
)
def test_states_stay_below_their_bounds(chart: str, bound: str, labels: tuple[str, ...]) -> None:
    for label in labels:
        pairs = zip(curve(chart, label).points, curve(chart, bound).points, strict=True)
        assert all(value < most or int(t) == 0 for (t, value), (_, most) in pairs)


def test_every_chart_is_examined() -> None:
    assert tuple(charts()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_what_a_chart_says_is_stated_in_the_catalogue(name: str) -> None:
    chart = charts()[name]
    stated = {
        (derivation.file, claim.cell, claim.id) for derivation in catalogue.derivations() for claim in derivation.claims
    }
    assert chart.references
    members = [member.stated for group in chart.groups for member in group.members]
    for reference in (*chart.references, *members):
        assert (f"derivations/{reference.file}.py", reference.cell, reference.statement) in stated


def test_a_cell_has_the_charts_of_its_states() -> None:
    assert [chart.name for chart in cell_charts(find("janet_beta"))] == ["exponential-of-beta"]
    assert cell_charts(find("gru")) == ()


def test_numbers_are_rounded_half_to_even_where_the_ball_decides() -> None:
    third = decimals(lambda: [arb(1) / 3, arb(2) / 3, arb(0), arb(2) ** -2000])
    assert third == [Decimal("0.3333"), Decimal("0.6667"), Decimal(0), Decimal(0)]


def test_a_number_halfway_gets_the_digits_that_decide_it() -> None:
    assert decimals(lambda: [arb(fmpq(12345, 100000))]) == [Decimal("0.12345")]
    assert decimals(lambda: [arb(1.0625)]) == [Decimal("1.062")]


def test_points_stand_at_their_places() -> None:
    found = points([0, Fraction(-3, 4)], lambda: [arb(1) / 3, arb(2)])
    assert found == ((Decimal(0), Decimal("0.3333")), (Decimal("-0.75"), Decimal(2)))
    with pytest.raises(ValueError, match="shorter"):
        points([0, 1], lambda: [arb(1)])


def test_a_ball_that_decides_no_digit_is_refused() -> None:
    with pytest.raises(Undecided, match="1 of 2 balls decide no digit at 4096 bits"):
        decimals(lambda: [arb(1), arb(1, 0.01)])
    with pytest.raises(Undecided):
        decimals(lambda: [arb(1) / 0])


def test_more_precision_is_asked_for() -> None:
    """cosh^2 - sinh^2 at 100 loses 87 digits."""
    asked = []

    def cancelling() -> list[arb]:
        z = arb(100)
        asked.append(z.cosh() ** 2 - z.sinh() ** 2)
        return asked[-1:]

    assert decimals(cancelling) == [Decimal(1)]
    assert len(asked) > 1


def test_error_factors_count_from_the_initial_state() -> None:
    factors = error_factors(find("lstm"), Setting({"b_f": 1}), 3, "c")
    assert [float(factor.mid()) for factor in factors] == pytest.approx([sigma(1) ** q for q in range(4)])
    assert [float(factor.mid()) for factor in error_factors(find("lstm"), Setting(), 2, "h")] == [1, 0, 0]


def digest() -> str:
    """Of all numbers."""
    return hashlib.sha256(repr(charts()).encode()).hexdigest()


def test_numbers_do_not_depend_on_the_process() -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    command = [sys.executable, "-c", "from tests.study.test_curves import digest; print(digest())"]
    other = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=ROOT)
    assert other.stdout.strip() == digest()
