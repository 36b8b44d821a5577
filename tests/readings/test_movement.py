"""Movement: measured by where each function bends, exactly to first order, for each direction and row apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lstmproof.problem import Problem
from lstmproof.readings import ball, differences, reference
from lstmproof.readings.arguments import blocks, placed, seeds
from lstmproof.readings.movement import reach
from tests.readings.problems import cell_of, problem_of


def one(body: str) -> tuple[Problem, Any]:
    """The problem of a cell with one unit, and M along x, h0 and p in turn: (3, batch)."""
    cell = cell_of(f'@cell\ndef one(x: "n", h: "n", *, p: "n"):\n    h = {body}\n    return h\n')
    problem = problem_of(cell, T=1, batch=3, sizes=1)
    moves = {label: placed(label, each, problem) for label, each in seeds(problem, 0, 3).items()}
    assert [block.label for block in blocks(problem)] == ["x", "h0", "p"]
    return problem, reach(cell, problem, moves, 3)


def test_a_smooth_function_is_measured_by_1() -> None:
    _, found = one("sin(50 * x) + 0 * h * p")
    np.testing.assert_allclose(found, np.array([[50] * 3, [0] * 3, [0] * 3]))


def test_a_kink_is_measured_by_the_way_to_it() -> None:
    problem, found = one("relu(p) + maximum(x, h)")
    apart = np.abs(problem.inputs["x"][0, :, 0] - problem.initial["h"][:, 0])
    np.testing.assert_allclose(found[:2], np.array([1 / apart, 1 / apart]))
    np.testing.assert_allclose(found[2], 1 / np.abs(problem.parameters["p"][0]))


def test_a_divisor_and_a_domain_are_measured_by_themselves() -> None:
    problem, found = one("h / x + log(p * p)")
    np.testing.assert_allclose(found[0], 1 / np.abs(problem.inputs["x"][0, :, 0]))
    np.testing.assert_allclose(found[1:], [[0] * 3, [2 / abs(problem.parameters["p"][0])] * 3])


def test_what_is_stopped_does_not_move() -> None:
    _, found = one("tanh(stop(x) + 3 * h) * p")
    np.testing.assert_allclose(found, [[0] * 3, [3] * 3, [0] * 3])


def test_no_bound_is_claimed_for_differences_that_no_step_resolves() -> None:
    """Two of them may agree by chance, far from the gradient."""
    cell = cell_of('@cell\ndef wild(x: "n", h: "n", *, p: "n"):\n    h = sin(1e9 * h) + tanh(p * x)\n    return h\n')
    problem = problem_of(cell, T=1)
    found, bounds = differences.gradient(cell, problem)
    assert np.isinf(bounds["h0"]).all()
    assert np.isfinite(bounds["p"]).all()
    certified = ball.gradient(cell, problem)["p"].distance(found["p"])
    assert (certified <= bounds["p"]).all()


@pytest.mark.parametrize("flow", ["full", "truncated"])
def test_replaying_at_the_base_point_gives_the_outputs(flow: str) -> None:
    cell = cell_of('@cell\ndef one(x: "n", h: "n", *, p: "n"):\n    h = stop(tanh(p * h)) * cut(h) + x\n    return h\n')
    problem = problem_of(cell)
    recorded = differences.record(cell, problem, flow)  # type: ignore[arg-type]
    again = differences.replay(cell, problem, recorded, flow)  # type: ignore[arg-type]
    np.testing.assert_array_equal(again["h"], reference.run(cell, problem)["h"])
