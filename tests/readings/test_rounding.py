"""The tolerances: two evaluations stay within them in float32, where rounding is large, and they are not loose."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from lstmproof.problem import Array, Problem
from lstmproof.readings import ball, complex_step, reference, rounding
from lstmproof.readings.arguments import arguments, filled, gathered, numeric, placed, seeds
from lstmproof.readings.flow import Arguments, Flow, unroll
from lstmproof.readings.named import NamedArray, Plan
from tests.readings.problems import EPS, catalogue, cell_of, filled_with, problem_of, times, worst

CELLS = catalogue()
FLOWS: tuple[Flow, ...] = ("full", "truncated")
EPS32 = float(np.finfo(np.float32).eps)
STEP32 = 2.0**-30
"""A step whose square is lost beside 1 in float32."""


def narrowed(array: NamedArray) -> NamedArray:
    return NamedArray(array.data.astype(np.complex64 if np.iscomplexobj(array.data) else np.float32), array.axes)


def single(given: Arguments) -> Arguments:
    """The same arguments in float32, or in complex64."""
    return Arguments(
        inputs={name: [narrowed(step) for step in steps] for name, steps in given.inputs.items()},
        initial={name: narrowed(array) for name, array in given.initial.items()},
        parameters={name: narrowed(array) for name, array in given.parameters.items()},
        constants={name: narrowed(array) for name, array in given.constants.items()},
    )


def evaluated(definition: Any, problem: Problem, given: Arguments, flow: Any) -> list[dict[str, NamedArray]]:
    algebra = numeric(lambda array: NamedArray(array.data.real, array.axes))

    def number(value: Fraction) -> NamedArray:
        return NamedArray(np.asarray(np.float32(float(value))), ())

    return unroll(definition, single(given), problem.T, type(algebra)(number, algebra.constant, algebra.apply), flow)


def outputs32(definition: Any, problem: Problem) -> dict[str, Array]:
    trajectory = evaluated(definition, problem, arguments(definition, problem), "full")
    assert all(array.data.dtype == np.float32 for step in trajectory for array in step.values())
    return {
        label: np.array([filled(step[label], problem.cotangents[label][0]) for step in trajectory], dtype=np.float64)
        for label in definition.returned
    }


def gradient32(definition: Any, problem: Problem, flow: Any) -> dict[str, Array]:
    """Complex step in complex64 throughout: a forward mode whose every operation rounds to float32."""
    count = sum(array.size for array in (*problem.parameters.values(),))
    count += sum(array[0].size for array in problem.initial.values())
    count += sum(array[:, 0].size for array in problem.inputs.values())
    moves = {
        label: placed(label, 1j * STEP32 * entries, problem) for label, entries in seeds(problem, 0, count).items()
    }
    losses = np.zeros((count, problem.batch), np.float32)
    for step, values in enumerate(evaluated(definition, problem, arguments(definition, problem, moves), flow)):
        for label, array in values.items():
            weights = problem.cotangents[label][step].astype(np.float32)
            tangent = (filled(array, weights, count).imag / np.float32(STEP32)).astype(np.float32)
            losses += (weights * tangent).sum(axis=tuple(range(2, tangent.ndim)))
    return gathered(problem, losses)


@pytest.mark.parametrize("scale", [0.7, 4.0])
@pytest.mark.parametrize("name", sorted(CELLS))
def test_float32_stays_within_half_the_bound(name: str, scale: float) -> None:
    cell = CELLS[name]
    problem = problem_of(cell, T=4, sizes=3, scale=scale, dtype="float32")
    S = rounding.magnitudes(cell, problem)
    true = {label: found.distance(outputs32(cell, problem)[label]) for label, found in ball.run(cell, problem).items()}
    ratio = worst(true, times(0.0, true), times(EPS32 / 2, S.outputs))
    assert 1e-3 < ratio <= 1, "looser than a thousandth bounds nothing"


@pytest.mark.parametrize("flow", ["full", "truncated"])
@pytest.mark.parametrize("name", sorted(CELLS))
def test_a_float32_gradient_stays_within_half_the_bound(name: str, flow: Any) -> None:
    cell = CELLS[name]
    problem = problem_of(cell, T=4, sizes=3, dtype="float32")
    S = rounding.magnitudes(cell, problem, flow)
    found = gradient32(cell, problem, flow)
    true = {label: enclosure.distance(found[label]) for label, enclosure in ball.gradient(cell, problem, flow).items()}
    ratio = worst(true, times(0.0, true), times(EPS32 / 2, S.gradients))
    assert 1e-3 < ratio <= 1, "looser than a thousandth bounds nothing"


def test_the_order_of_sums_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Contractions summed one term at a time, in a shuffled order, in float32."""
    cell = CELLS["lstm"]
    problem = problem_of(cell, T=3, sizes={"hidden": 40, "input": 30}, dtype="float32", scale=0.2)
    S = rounding.magnitudes(cell, problem).outputs
    true = ball.run(cell, problem)
    shuffle = np.random.default_rng(0)

    def contract(left: NamedArray, plan: Plan, right: NamedArray) -> NamedArray:
        product = left.data[plan.insertions[0]] * right.data[plan.insertions[1]]
        (place,) = plan.summed
        total = np.zeros(np.delete(product.shape, place), np.float32)
        for term in shuffle.permutation(product.shape[place]):
            total = total + np.take(product, term, axis=place)
        return NamedArray(total, plan.axes)

    monkeypatch.setattr(NamedArray, "contract", contract)
    found = outputs32(cell, problem)
    distance = {label: enclosure.distance(found[label]) for label, enclosure in true.items()}
    assert worst(distance, times(0.0, distance), times(EPS32 / 2, S)) <= 1


def test_bounds_are_of_the_size_of_the_operation_count() -> None:
    for cell in CELLS.values():
        found = rounding.magnitudes(cell, problem_of(cell, T=4))
        for label, S in found.gradients.items():
            size = found.sums[label]
            assert (size <= S).all()
            assert (20 * found.operations * np.maximum(size, size.max() * 1e-3) >= S).all()


def test_sums_hold_the_gradient() -> None:
    for cell in CELLS.values():
        for flow in FLOWS:
            problem = problem_of(cell)
            gradient = complex_step.gradient(cell, problem, flow)
            sums = rounding.magnitudes(cell, problem, flow).sums
            assert worst(gradient, times(0.0, gradient), {k: v * (1 + 1e-12) + 1e-300 for k, v in sums.items()}) <= 1


def test_the_complement_of_a_closed_gate_keeps_the_error_of_one() -> None:
    cell = cell_of(
        '@cell\ndef one(x: "", h: "", *, p: ""):\n    f = sigmoid(p)\n    h = 0 * h * x + (1 - f)\n    return h\n'
    )
    problem = problem_of(cell, T=1, batch=1, sizes=1)
    problem = filled_with(problem, p=36.0)
    S = rounding.magnitudes(cell, problem)
    assert reference.run(cell, problem)["h"][0, 0] < 1e-15
    assert S.outputs["h"][0, 0] >= 2
    assert S.gradients["p"] >= np.abs(problem.cotangents["h"][0, 0])


def test_a_number_counts_if_the_dtype_does_not_hold_it() -> None:
    exact = cell_of('@cell\ndef one(x: "", h: ""):\n    h = h + 0 * x + 0.5\n    return h\n')
    tenth = cell_of('@cell\ndef one(x: "", h: ""):\n    h = h + 0 * x + 0.1\n    return h\n')
    S = [rounding.magnitudes(cell, problem_of(cell, T=1)).outputs["h"] for cell in (exact, tenth)]
    plain = problem_of(exact, T=1)
    three = 2 * (np.abs(plain.initial["h"]) + 0.5)
    np.testing.assert_allclose(S[0][0], three, rtol=1e-12)
    np.testing.assert_allclose(S[1][0], three - 2 * 0.4 + 0.1, rtol=1e-12)


def test_kinks_and_domains_are_seen() -> None:
    cell = cell_of(
        '@cell\ndef one(x: "", h: "", *, p: ""):\n    h = relu(h - p) + log(x) + sqrt(2 * p)\n    return h\n'
    )
    problem = problem_of(cell, T=1, batch=1, sizes=1)
    problem = filled_with(problem, x=0.25, h=3.0, p=2.5)
    found = rounding.magnitudes(cell, problem)
    assert (found.kink, found.domain) == (0.5, 0.25)
    assert found.clearance == pytest.approx(0.5 / 5.5)
    smooth = rounding.magnitudes(CELLS["lstm"], problem_of(CELLS["lstm"]))
    assert (smooth.kink, smooth.domain, smooth.clearance) == (np.inf, np.inf, np.inf)
    assert rounding.magnitudes(cell, filled_with(problem, h=2.5)).clearance == 0


def test_an_error_of_the_bounds_size_is_found() -> None:
    """Planted: one entry off by three bounds; by a third of one it passes."""
    cell = CELLS["lstm"]
    problem = problem_of(cell)
    gradient, S = complex_step.gradient(cell, problem), rounding.magnitudes(cell, problem).gradients
    for factor, caught in ((3.0, True), (0.3, False)):
        moved = {label: array.copy() for label, array in gradient.items()}
        moved["W_i"][1, 0] += factor * EPS * S["W_i"][1, 0]
        assert (worst(moved, gradient, times(EPS, S)) > 1) is caught


def test_saturated_and_underflowing_problems_have_finite_bounds() -> None:
    for scale in (300.0, 1e-200):
        cell = CELLS["gru"]
        problem = problem_of(cell, scale=scale)
        S = rounding.magnitudes(cell, problem)
        gradient = complex_step.gradient(cell, problem)
        true = {k: found.distance(gradient[k]) for k, found in ball.gradient(cell, problem).items()}
        assert worst(true, times(0.0, true), times(EPS, S.gradients)) <= 1


@pytest.mark.parametrize(("T", "batch"), [(0, 2), (3, 0)])
def test_no_steps_or_no_rows(T: int, batch: int) -> None:
    cell = CELLS["lstm"]
    problem = problem_of(cell, T=T, batch=batch)
    S = rounding.magnitudes(cell, problem)
    gradient = complex_step.gradient(cell, problem)
    assert {label: array.shape for label, array in S.gradients.items()} == {k: v.shape for k, v in gradient.items()}
    assert S.outputs["h"].shape == (T, batch, 2)
    assert (S.gradients["U_f"] == 0).all()


def test_a_number_that_the_dtype_cannot_hold_costs_all_of_it() -> None:
    """1e-60 is 0 in float32, 1e60 is infinite: neither is a rounding of half a place."""
    body = '@cell\ndef one(x: "n", h: "n", *, p: "n"):\n    h = {} * tanh(p * h + x)\n    return h\n'
    small, large = cell_of(body.format("1e-60")), cell_of(body.format("1e60"))
    lost = rounding.magnitudes(small, problem_of(small, dtype="float32"))
    assert (EPS32 * lost.outputs["h"] >= np.abs(reference.run(small, problem_of(small))["h"])).all()
    for dtype, limit in (("float32", np.float32), ("float64", np.float64)):
        found = rounding.magnitudes(large, problem_of(large, dtype=dtype))
        assert (found.largest > float(np.finfo(limit).max)) == (dtype == "float32")


def test_the_largest_number_counts_the_way_back() -> None:
    """Values of size 1, a gradient that float32 cannot hold."""
    steep = cell_of(
        '@cell\ndef one(x: "n", h: "n", *, p: "n"):\n    h = sin(1e30 * sin(1e30 * p)) * x * h\n    return h\n'
    )
    assert rounding.magnitudes(steep, problem_of(steep)).largest > 1e50
