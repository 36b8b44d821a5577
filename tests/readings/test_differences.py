"""Central differences: inside their own bounds, with a step that fits, of the right system."""

from __future__ import annotations

import numpy as np
import pytest

from lstmproof.problem import Problem
from lstmproof.readings import arguments, ball, differences
from lstmproof.readings.flow import Flow
from tests.readings.problems import catalogue, cell_of, filled_with, problem_of, times, worst

CELLS = catalogue()


def ratio(problem: Problem, name: str, flow: Flow = "full") -> float:
    """The largest certified error over its bound."""
    value, bound = differences.gradient(CELLS[name], problem, flow)
    true = ball.gradient(CELLS[name], problem, flow)
    distance = {label: enclosure.distance(value[label]) for label, enclosure in true.items()}
    return worst(distance, times(0.0, distance), bound)


@pytest.mark.parametrize("scale", [1e-6, 0.7, 5.0, 100.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_true_gradient_is_inside_the_bound(seed: int, scale: float) -> None:
    problem = problem_of(CELLS["lstm"], seed=seed, scale=scale)
    assert ratio(problem, "lstm") <= 1


def test_the_bound_is_small() -> None:
    value, bound = differences.gradient(CELLS["lstm"], problem_of(CELLS["lstm"]))
    assert max(float(array.max()) for array in bound.values()) < 1e-8 * max(np.abs(a).max() for a in value.values())


def test_a_narrow_bump_is_not_stepped_over() -> None:
    """exp(-(1000 p)^2) is flat for every large step, where its differences agree with each other and are wrong."""
    cell = cell_of('@cell\ndef bump(x: "", h: "", *, p: ""):\n    h = 0 * h + exp(0 - (x * p) ** 2)\n    return h\n')
    problem = problem_of(cell, T=1, batch=1, sizes=1)
    for point in (0.0, 1e-3):
        problem = filled_with(problem, x=1000.0, p=point)
        value, bound = differences.gradient(cell, problem)
        expected = -2 * point * 1000**2 * np.exp(-((1000 * point) ** 2)) * problem.cotangents["h"][0, 0]
        assert abs(value["p"] - expected) <= bound["p"] < 1e-2


def test_a_domain_that_large_steps_leave_is_no_hindrance() -> None:
    cell = cell_of('@cell\ndef root(x: "", h: "", *, p: ""):\n    h = 0 * h + log(p) * x\n    return h\n')
    problem = problem_of(cell, T=1, batch=1, sizes=1)
    problem = filled_with(problem, p=1e-3)
    value, bound = differences.gradient(cell, problem)
    expected = problem.inputs["x"][0, 0] * problem.cotangents["h"][0, 0] / 1e-3
    assert abs(value["p"] - expected) <= bound["p"] < 1e-6 * abs(expected)


def test_the_cut_system_is_not_the_plain_one() -> None:
    cell = CELLS["lstm_1997"]
    problem = problem_of(cell)
    truncated, bound = differences.gradient(cell, problem, "truncated")
    full, _ = differences.gradient(cell, problem, "full")
    assert worst(full, truncated, bound) > 1e6


def test_a_system_that_is_not_cut_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: runs at displaced points that record anew instead of replaying."""
    cell = CELLS["lstm_1997"]
    problem = problem_of(cell)
    assert ratio(problem, "lstm_1997", "truncated") <= 1
    monkeypatch.setattr(differences, "numeric", lambda constant: (constant, arguments.numeric(lambda array: array))[1])
    monkeypatch.setattr(differences, "iter", lambda recorded: recorded, raising=False)
    assert ratio(problem, "lstm_1997", "truncated") > 1e6


def test_what_a_run_records() -> None:
    cell = cell_of(
        '@cell\ndef one(x: "n", h: "n", *, p: "n"):\n    q = stop(p * h)\n    h = q * cut(h) + x\n    return h\n'
    )
    problem = problem_of(cell)
    counts: dict[Flow, int] = {"full": 3 * 1, "truncated": 3 * 3}
    for flow, count in counts.items():
        recorded = differences.record(cell, problem, flow)
        assert len(recorded) == count
    np.testing.assert_array_equal(recorded[0].data, problem.initial["h"])


def test_no_rows() -> None:
    value, bound = differences.gradient(CELLS["gru"], problem_of(CELLS["gru"], batch=0))
    assert (value["U_z"] == 0).all()
    assert (bound["U_z"] == 0).all()
