"""Enclosures: that they hold the true number, that they narrow, and that a wrong derivative is outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from flint import arb, arb_mat, arb_series, ctx

from lstmproof.language.table import FUNCTIONS
from lstmproof.readings import ball, complex_step, rounding
from lstmproof.readings.ball import Enclosure
from lstmproof.readings.dual import Dual, dual
from tests.readings.problems import EPS, catalogue, cell_of, filled_with, problem_of, times, worst
from tests.readings.recursions import lstm_through_time

CELLS = catalogue()


def variable(value: float) -> Dual:
    """A number with slope 1 along its one direction."""
    return Dual(arb(value), arb_mat(1, 1, [arb(1)]))


def slope(found: Dual) -> arb:
    return arb(0) if found.slope is None else found.slope[0, 0]


ARITHMETIC: dict[str, Callable[[Any], Any]] = {
    "sums": lambda z: 3 + z - (2 - z) + 0.5,
    "products": lambda z: (z + 1) * (z * z * 3),
    "quotients": lambda z: (z + 1) / (z - 7) + 2 / z,
    "powers": lambda z: z**5 - z**1 + z**0,
    "minus": lambda z: -(z * z),
    "exp": lambda z: z.exp(),
    "log": lambda z: (z * z).log(),
    "sqrt": lambda z: (z * z + 1).sqrt(),
    "sin": lambda z: z.sin(),
    "cos": lambda z: z.cos(),
    "tanh": lambda z: z.tanh(),
}


@pytest.mark.parametrize("value", [0.3, -1.7, 12.5])
@pytest.mark.parametrize("rule", ARITHMETIC)
def test_rules_against_arbs_own_series(rule: str, value: float) -> None:
    with ctx.workprec(128):
        found = ARITHMETIC[rule](variable(value))
        ctx.cap = 2
        series = arb_series([arb(value), 1])
        power = (
            ARITHMETIC[rule](series)
            if rule != "tanh"
            else (series.exp() - (-series).exp()) / (series.exp() + (-series).exp())
        )
        for mine, theirs in ((found.value, power[0]), (slope(found), power[1])):
            assert mine.overlaps(theirs)
            assert mine.rad() < abs(mine) * arb(2) ** -90


@pytest.mark.parametrize("word", sorted(row.name for row in FUNCTIONS.values() if not row.auxiliary))
def test_every_function_of_the_table_has_a_narrow_enclosure(word: str) -> None:
    row = FUNCTIONS[word]
    step = 2.0**-100
    for value in (0.4, 2.5, 30.0):
        with ctx.workprec(256):
            rest = [dual(-0.7)] * (row.arity - 1)
            found = row.ball(variable(value), *rest)
            assert found.value.rad() <= abs(found.value) * arb(2) ** -120
        moved = row.complex_step(np.array(value + 1j * step), *(np.array(-0.7 + 0j) for _ in rest))
        assert float(found.value.mid()) == pytest.approx(float(moved.real), rel=1e-14)
        assert float(slope(found).mid()) == pytest.approx(float(moved.imag / step), rel=1e-13, abs=1e-290)


def test_saturation_loses_no_digits() -> None:
    for value in (-700.0, 700.0):
        for word in ("sigmoid", "tanh"):
            found = slope(FUNCTIONS[word].ball(variable(value)))
            assert found > 0
            assert found.rel_accuracy_bits() > 40


def test_a_kink_gets_the_hull() -> None:
    at_zero = variable(0.0)
    for found, low, high in (
        (at_zero.absolute(), -1, 1),
        (at_zero.maximum(0), 0, 1),
        (at_zero.minimum(0), 0, 1),
        (at_zero.maximum(-at_zero), -1, 1),
    ):
        assert slope(found).contains(arb(low))
        assert slope(found).contains(arb(high))
    assert slope(variable(1.0).absolute()) == 1
    assert slope(variable(-1.0).absolute()) == -1
    assert dual(2.0).maximum(2).slope is None


def test_the_sign_is_constant_away_from_zero() -> None:
    assert variable(-3.0).sign().value == -1
    assert Dual(arb(0, 1)).sign().value.contains(arb(1))


@pytest.mark.parametrize("seed", range(3))
def test_backpropagation_by_hand_is_certified(seed: int) -> None:
    cell = CELLS["lstm"]
    problem = problem_of(cell, T=4, sizes={"hidden": 3, "input": 2}, seed=seed)
    by_hand = lstm_through_time(problem)
    bound = times(EPS, rounding.magnitudes(cell, problem).gradients)
    true = ball.gradient(cell, problem)
    distance = {label: enclosure.distance(by_hand[label]) for label, enclosure in true.items()}
    assert worst(distance, times(0.0, distance), bound) <= 1
    by_hand["U_o"][0, 1] *= 1 + 1e-11
    assert true["U_o"].distance(by_hand["U_o"])[0, 1] > bound["U_o"][0, 1]


def test_precision_grows_until_the_balls_are_narrow() -> None:
    """1 - f cancels: with f = sigma(60) it keeps 42 of 128 bits."""
    cell = cell_of('@cell\ndef one(x: "", h: "", *, p: ""):\n    h = h * (1 - sigmoid(p)) * x\n    return h\n')
    problem = problem_of(cell, T=2, batch=1, sizes=1)
    problem = filled_with(problem, p=60.0)
    true = ball.gradient(cell, problem)
    for enclosure in true.values():
        assert (enclosure.rad <= 2.0**-63 * np.abs(enclosure.mid)).all()
    s = np.exp(-60.0)
    x, h, w = problem.inputs["x"][:, 0], problem.initial["h"][0], problem.cotangents["h"][:, 0]
    assert true["h0"].mid[0] == pytest.approx(w[0] * s * x[0] + w[1] * s**2 * x[0] * x[1], rel=1e-12)
    assert true["p"].mid == pytest.approx(-h * x[0] * s * w[0] - w[1] * 2 * h * x[0] * x[1] * s**2, rel=1e-12)


def test_a_kink_that_no_precision_resolves_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = cell_of('@cell\ndef one(x: "", h: "", *, p: ""):\n    h = 0 * h + relu(p - p) * x\n    return h\n')
    problem = problem_of(cell, T=1, batch=1, sizes=1)
    tried: list[int] = []
    compute = ball._gradient

    def counted(*given: Any) -> Any:
        tried.append(ctx.prec)
        return compute(*given)

    monkeypatch.setattr(ball, "_gradient", counted)
    assert ball.gradient(cell, problem)["p"].rad.shape == ()
    assert len(tried) <= 3


def test_distances_bound_from_above() -> None:
    third = Enclosure(np.array([arb(1) / 3, arb(0), arb("nan"), arb(1)], dtype=object))
    bounds = third.distance(np.array([0.25, 0.0, 1.0, np.nan]))
    assert bounds[0] >= 1 / 12
    assert bounds[0] == pytest.approx(1 / 12, rel=1e-14)
    assert bounds[1] == 0
    assert bounds[2] == bounds[3] == np.inf
    with pytest.raises(ValueError, match=r"found an array of shape \(2,\), expected \(4,\)"):
        third.distance(np.zeros(2))


def test_a_wrong_rule_is_outside_the_enclosure(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = CELLS["lstm"]
    problem = problem_of(cell)
    gradient = complex_step.gradient(cell, problem)
    bound = times(EPS, rounding.magnitudes(cell, problem).gradients)
    monkeypatch.setattr(
        Dual, "tanh", lambda z: z._chained(z.value.tanh(), 1 - z.value.tanh() ** 2 * (1 + arb(2) ** -30))
    )
    distance = {label: found.distance(gradient[label]) for label, found in ball.gradient(cell, problem).items()}
    assert worst(distance, times(0.0, distance), bound) > 10


@pytest.mark.parametrize(("T", "batch"), [(0, 2), (2, 0)])
def test_no_steps_or_no_rows(T: int, batch: int) -> None:
    cell = CELLS["lstm_forget"]
    problem = problem_of(cell, T=T, batch=batch)
    gradient = ball.gradient(cell, problem, "truncated")
    assert gradient["U_c"].mid.shape == (2, 2, 2, 2)
    assert (gradient["U_c"].mid == 0).all()
    assert gradient["x"].rad.shape == (T, batch, 2)
    assert ball.run(cell, problem)["y"].mid.shape == (T, batch, 2, 2)
