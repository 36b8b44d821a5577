"""Error flow over lag: every cell is there, each curve is a formula of its own, and each cell alone has that curve."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import cache
from math import exp, tanh

import pytest

from lstmproof import catalogue
from lstmproof.study.charts import Chart, Member, Pair, Reference
from lstmproof.study.error_flow import (
    CAROUSELS,
    CHRONO,
    GATES,
    LAGS,
    LOGISTIC,
    PEEPHOLES,
    RNNS,
    Unit,
    error_flow,
    together,
)


@cache
def chart() -> Chart:
    return error_flow()


def points(label: str) -> tuple[Pair, ...]:
    (found,) = [each.points for each in chart().curves if each.label == label]
    return found


def sigma(z: float) -> float:
    return 1 / (1 + exp(-z))


def follows(label: str, expected: list[float]) -> bool:
    """To the four digits that are shown."""
    found = points(label)
    assert [int(lag) for lag, _ in found] == list(LAGS)
    return all(float(value) == pytest.approx(expected[int(lag)], rel=5.1e-4, abs=1e-300) for lag, value in found)


@pytest.mark.parametrize(
    ("label", "factor"),
    [
        ("constant", 1.0),
        ("gate, chrono", 1 - 1 / CHRONO),
        ("gate, b = 5", sigma(5)),
        ("gate, b = 2", sigma(2)),
        ("gate, b = 1", sigma(1)),
        ("gate, b = 0", 0.5),
        ("rnn, w = 1.1", 1.1),
        ("rnn, w = 0.9", 0.9),
    ],
)
def test_error_flow_is_the_power_of_its_factor(label: str, factor: float) -> None:
    assert follows(label, [factor**lag for lag in range(LAGS[-1] + 1)])


def test_a_unit_that_saturates_stops_exploding() -> None:
    h, error, expected = 0.01, 1.0, [1.0]
    for _ in range(100):
        h = tanh(2 * h)
        error *= 2 * (1 - h * h)
        expected.append(error)
    assert follows("rnn, w = 2", expected)
    assert max(value for _, value in points("rnn, w = 2")) > 30
    assert points("rnn, w = 2")[-1][1] < 1e-60


def test_a_peephole_adds_to_the_gate() -> None:
    """The derivative of sigma(c) c is sigma(c) + c sigma(c) (1 - sigma(c)), with half of tanh(1) let in each step."""
    c, error, expected = 0.0, 1.0, [1.0]
    for _ in range(100):
        f = sigma(c)
        error *= f + c * f * (1 - f)
        c = f * c + tanh(1) / 2
        expected.append(error)
    assert follows("peephole, p = 1", expected)


def test_every_cell_of_the_catalogue_is_there() -> None:
    assert {member.cell for group in chart().groups for member in group.members} == set(catalogue.names())


def test_every_curve_is_of_one_group() -> None:
    for curve in chart().curves:
        assert len([group for group in chart().groups if curve.label.partition(",")[0] == group.label]) == 1


@pytest.mark.parametrize("unit", [*GATES, *CAROUSELS, *PEEPHOLES, *RNNS], ids=lambda unit: unit.cell)
def test_a_unit_names_parameters_of_its_cell(unit: Unit) -> None:
    definition = catalogue.find(unit.cell)
    assert {*unit.varied, *unit.fixed} <= set(definition.parameters)
    assert unit.state in definition.states


def test_cells_of_different_curves_are_not_drawn_as_one() -> None:
    with pytest.raises(ValueError, match="planted: the curve of lstm is not that of lstm_1997; it needs its own"):
        together("planted", (CAROUSELS[1], GATES[0]), 1)
    both = (GATES[0], Unit("lstm_coupled_input", "c", GATES[3].stated, {"b_i": 1}))
    assert together("half open, where both gates are the same", both, 0).points == points("gate, b = 0")
    with pytest.raises(ValueError, match="the curve of lstm_coupled_input is not that of lstm"):
        together("the wrong gate", both, 1)


def test_the_logistic_rnn_is_the_other_at_four_times_the_weight() -> None:
    """(1 + tanh(w u)) / 2 = sigma(4w (1 + u) / 2 - 2w): with less weight there is another curve."""
    less = Unit("rnn_logistic", "h", RNNS[1].stated, {"U_h": 3, "b_h": -2}, start=Fraction(1, 2), shift=Fraction(1, 2))
    with pytest.raises(ValueError, match="the curve of rnn_logistic is not that of rnn"):
        together("three times", (RNNS[0], less), Fraction(9, 10))
    assert together("one", RNNS, 1).points[-1][1] == Decimal(1)


def test_members_say_what_they_were_run_with() -> None:
    constant = Reference("carousel", "carousel", "claim.error_is_constant")
    assert RNNS[1].member("w") == Member("rnn_logistic", "h", "U_h = 4w, b_h = -2w, h(0) = 1/2 + u/2", LOGISTIC, "4w")
    assert GATES[3].member("b") == Member("lstm_coupled_input", "c", "b_i = -b, b_g = 1", GATES[3].stated, "-b")
    assert CAROUSELS[0].member("") == Member("carousel", "y", "", constant)


def test_what_is_said_of_half_lives_is_what_the_curves_show() -> None:
    """Half is left after 2.2 steps at b = 1; after 100 of the 103 steps at b = 5 there is a little more."""
    assert re.search(r"2\.2 steps at b = 1, of 103 at b = 5", chart().says)
    one, five = dict(points("gate, b = 1")), dict(points("gate, b = 5"))
    assert one[Decimal(2)] > Decimal("0.5") > one[Decimal(3)]
    assert Decimal("0.5") < five[Decimal(100)] < Decimal("0.52")
