"""Complex step against backpropagation by hand, and its pieces: directions, chunks, labels, shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lstmproof.language.table import FUNCTIONS
from lstmproof.readings import arguments, complex_step, rounding
from tests.readings.problems import EPS, catalogue, problem_of, times, worst
from tests.readings.recursions import lstm_through_time

CELLS = catalogue()


@pytest.mark.parametrize("seed", range(3))
def test_backpropagation_through_time_by_hand(seed: int) -> None:
    cell = CELLS["lstm"]
    problem = problem_of(cell, T=5, batch=3, sizes={"hidden": 4, "input": 3}, seed=seed)
    bound = times(EPS, rounding.magnitudes(cell, problem).gradients)
    assert worst(complex_step.gradient(cell, problem), lstm_through_time(problem), bound) <= 1


def test_a_function_that_loses_its_derivative_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = CELLS["lstm"]
    problem = problem_of(cell)
    bound = times(EPS, rounding.magnitudes(cell, problem).gradients)
    planted: Any = dict(FUNCTIONS)

    class Row:
        @staticmethod
        def complex_step(z: Any) -> Any:
            return np.tanh(z).real + 0.999999 * (np.tanh(z) - np.tanh(z).real)

    planted["tanh"] = Row
    monkeypatch.setattr(arguments, "FUNCTIONS", planted)
    assert worst(complex_step.gradient(cell, problem), lstm_through_time(problem), bound) > 1e3


@pytest.mark.parametrize("flow", ["full", "truncated"])
@pytest.mark.parametrize("name", sorted(CELLS))
def test_the_tangent_along_a_direction_pairs_with_the_gradient(name: str, flow: Any) -> None:
    cell = CELLS[name]
    problem = problem_of(cell)
    gradient = complex_step.gradient(cell, problem, flow)
    random = np.random.default_rng(1)
    direction = {label: random.normal(size=array.shape) for label, array in gradient.items()}
    tangents = complex_step.directional(cell, problem, direction, flow)
    forward = sum(float((problem.cotangents[label] * tangent).sum()) for label, tangent in tangents.items())
    backward = sum(float((direction[label] * array).sum()) for label, array in gradient.items())
    S = rounding.magnitudes(cell, problem, flow).gradients
    assert abs(forward - backward) <= EPS * sum((np.abs(direction[label]) * S[label]).sum() for label in S)


def test_a_missing_direction_is_zero() -> None:
    cell = CELLS["lstm"]
    problem = problem_of(cell)
    tangents = complex_step.directional(cell, problem, {})
    assert all((tangent == 0).all() and tangent.shape == (3, 2, 2) for tangent in tangents.values())


@pytest.mark.parametrize("most", [1, 7, 40])
def test_chunks_change_nothing(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = CELLS["lstm_forget"]
    problem = problem_of(cell, sizes={"block": 2, "unit": 3, "input": 2})
    whole = complex_step.gradient(cell, problem)
    bound = times(EPS, rounding.magnitudes(cell, problem).gradients)
    monkeypatch.setattr(arguments, "MAX_DIRECTIONS", most)
    assert worst(complex_step.gradient(cell, problem), whole, bound) <= 0.01


def test_memory_bounds_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of(CELLS["lstm"], sizes=3)
    monkeypatch.setattr(arguments, "MAX_ELEMENTS", 90)
    sizes = {stop - start for start, stop in arguments.chunks(problem)}
    assert max(sizes) == 90 // (2 * 9)


@pytest.mark.parametrize(("T", "batch"), [(0, 2), (3, 0)])
def test_no_steps_or_no_rows_have_gradient_zero(T: int, batch: int) -> None:
    cell = CELLS["lstm"]
    problem = problem_of(cell, T=T, batch=batch)
    gradient = complex_step.gradient(cell, problem, "truncated")
    assert gradient["W_f"].shape == (2, 2)
    assert gradient["x"].shape == (T, batch, 2)
    assert gradient["h0"].shape == (batch, 2)
    if T == 0:
        assert (gradient["W_f"] == 0).all()
    assert complex_step.directional(cell, problem, gradient)["c"].shape == (T, batch, 2)


def test_strided_and_read_only_arrays_are_read() -> None:
    cell = CELLS["gru"]
    problem = problem_of(cell, sizes=3)
    gradient = complex_step.gradient(cell, problem)
    for arrays in (problem.parameters, problem.inputs, problem.initial, problem.cotangents):
        for name, array in arrays.items():
            assert isinstance(arrays, dict)
            arrays[name] = np.asfortranarray(np.repeat(array, 2, axis=-1))[..., ::2]
            arrays[name].flags.writeable = False
    again = complex_step.gradient(cell, problem)
    bound = times(EPS, rounding.magnitudes(cell, problem).gradients)
    assert worst(again, gradient, bound) <= 0.01
