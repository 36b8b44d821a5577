"""The strategies: what they draw, that it covers what it says, and that a wrong backward pass does not survive it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import lstmproof
from lstmproof.cell import Cell
from lstmproof.language.parser import parse_text
from lstmproof.problem import Array, Problem
from lstmproof.strategies import cells, derivations, problems

LSTM = lstmproof.load("lstm")
RNN = lstmproof.load("rnn")
KERNEL = RNN.kernel()
ANY = settings(max_examples=2000, database=None, phases=[Phase.generate])
"""What finds an example and does not shrink it."""


@given(problems(LSTM))
def test_a_problem_has_the_shapes_of_its_cell(problem: Problem) -> None:
    units = {axis: problem.sizes[axis] for axis in ("hidden", "input")}
    assert problem.inputs["x"].shape == (problem.T, problem.batch, units["input"])
    assert problem.initial["c"].shape == (problem.batch, units["hidden"])
    assert problem.parameters["W_f"].shape == (units["hidden"], units["input"])
    assert problem.cotangents["h"].shape == (problem.T, problem.batch, units["hidden"])
    assert all(array.dtype == np.float64 for array in problem.parameters.values())


@given(problems("lstm", T=3, batch=st.integers(2, 3), sizes={"hidden": 5}, dtype=st.sampled_from(["float32"])))
def test_numbers_may_be_chosen(problem: Problem) -> None:
    assert (problem.T, problem.sizes["hidden"]) == (3, 5)
    assert problem.batch in (2, 3)
    assert problem.sizes["input"] in (1, 2, 3, 4)
    assert problem.inputs["x"].dtype == problem.parameters["W_f"].dtype == np.float32


def largest(problem: Problem) -> float:
    return float(max(np.abs(array).max(initial=0) for array in problem.parameters.values()))


COVERED: dict[str, Callable[[Problem], bool]] = {
    "no step": lambda problem: problem.T == 0,
    "no row": lambda problem: problem.batch == 0,
    "saturating weights": lambda problem: largest(problem) > 50,
    "tiny weights": lambda problem: np.abs(problem.parameters["W_h"]).max() < 1e-3,
    "a cotangent left out": lambda problem: problem.T > 0 < problem.batch and not problem.cotangents["h"].any(),
    "read-only arrays": lambda problem: not problem.inputs["x"].flags.writeable,
    "strided arrays": lambda problem: problem.inputs["x"].size > 1 and not problem.inputs["x"].flags.forc,
}


@pytest.mark.parametrize("wanted", COVERED.values(), ids=COVERED)
def test_problems_cover(wanted: Callable[[Problem], bool]) -> None:
    find(problems(RNN, dtype=st.sampled_from(["float64", "float32"])), wanted, settings=ANY)


def test_problems_shrink_to_one_step_row_and_unit() -> None:
    smallest = find(problems(RNN), lambda problem: problem.T > 0 < problem.batch)
    assert (smallest.T, smallest.batch, set(smallest.sizes.values())) == (1, 1, {1})
    assert 0 not in smallest.parameters["W_h"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sizes": {"unit": 2}}, "rnn has no axis 'unit'; its axes are "),
        ({"sizes": {"hidden": 0}}, "the size of axis 'hidden' is 0, expected a whole number of at least 1"),
        ({"T": -1}, "T is -1"),
        ({"dtype": "float16"}, "dtype is one of float64, float32, found 'float16'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        problems(RNN, **arguments)


def backward(problem: Problem, slope: Callable[[Array], Array]) -> Array:
    """The gradient by W_h as someone may write it; `slope` is the derivative of tanh by its value."""
    x, p = problem.inputs["x"], problem.parameters
    h = [problem.initial["h"]]
    for step in x:
        h.append(np.tanh(step @ p["W_h"].T + h[-1] @ p["U_h"].T + p["b_h"]))
    total, back = np.zeros_like(p["W_h"]), np.zeros_like(h[0])
    for t in reversed(range(len(x))):
        net = (problem.cotangents["h"][t] + back) * slope(h[t + 1])
        total += net.T @ x[t]
        back = net @ p["U_h"]
    return total


def hold(problem: Problem, slope: Callable[[Array], Array]) -> None:
    run = KERNEL.forward(problem.inputs["x"], problem.initial["h"], **problem.parameters)
    expected = KERNEL.backward(run, **problem.cotangents)["W_h"]
    size = 1 + np.abs(expected).max(initial=0)
    np.testing.assert_allclose(backward(problem, slope), expected, rtol=1e-9, atol=1e-9 * size)


@given(problems(RNN))
def test_a_right_backward_pass_agrees(problem: Problem) -> None:
    hold(problem, lambda h: 1 - h**2)


def test_a_wrong_backward_pass_is_found() -> None:
    @settings(database=None)
    @given(problems(RNN))
    def test(problem: Problem) -> None:
        hold(problem, lambda h: 1 - np.abs(h))

    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        test()


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_kernels_of_any_cell_give_finite_gradients_for_all_that_is_differentiated(data: st.DataObject) -> None:
    cell = data.draw(cells())
    problem = data.draw(problems(cell, T=2, batch=2))
    kernel = cell.kernel()
    with np.errstate(all="ignore"):
        run = kernel.forward(*problem.inputs.values(), *problem.initial.values(), **problem.parameters)
        gradient = kernel.backward(run, **problem.cotangents)
    assert set(gradient) == {*cell.parameters, *cell.inputs, *(f"{state}0" for state in cell.states)}


KINDS: dict[str, Callable[[Cell], bool]] = {
    "four states": lambda cell: len(cell.states) == 4,
    "one state": lambda cell: len(cell.states) == 1,
    "a block": lambda cell: ("block", "unit") in cell.states.values(),
    "a peephole that is cut": lambda cell: "p_f_c * cut(c)" in cell.derivation.text,
    "coupled gates": lambda cell: "(1 - f_c)" in cell.derivation.text,
    "an expression of any form": lambda cell: "exp(-(" in cell.derivation.text,
}


@pytest.mark.parametrize("wanted", KINDS.values(), ids=KINDS)
def test_cells_cover(wanted: Callable[[Cell], bool]) -> None:
    find(cells(), wanted, settings=ANY)


@settings(max_examples=10)
@given(derivations())
def test_derivations_are_texts_of_cells(text: str) -> None:
    assert [cell.name for cell in parse_text(text).cells] == ["any_cell"]
