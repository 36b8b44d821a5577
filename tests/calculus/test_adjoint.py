"""Adjoints and tangents of every cell, in both flows: against complex steps, against each other, and composed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.tangent import tangent
from lstmproof.catalogue import find, names
from lstmproof.program.build import neg
from lstmproof.program.nodes import Pointwise
from lstmproof.readings import complex_step
from lstmproof.readings.flow import Flow
from lstmproof.readings.rounding import magnitudes
from tests.calculus.scans import (
    STEP,
    along,
    arguments,
    backward,
    by_label,
    cell,
    direction,
    doubled,
    forward,
    gradient,
    in_flow,
    inner,
    scan,
    small_problem,
)

FLOWS: tuple[Flow, ...] = ("full", "truncated")
EPS = float(np.finfo(np.float64).eps)

both_flows = pytest.mark.parametrize("flow", FLOWS)
every_cell = pytest.mark.parametrize("name", names())


@both_flows
@every_cell
def test_the_adjoint_gives_the_gradient_of_the_complex_step(name: str, flow: Flow) -> None:
    definition = find(name)
    problem = small_problem(definition)
    found = gradient(in_flow(definition, flow), problem)
    expected = complex_step.gradient(definition, problem, flow)
    allowed = magnitudes(definition, problem, flow).gradients
    assert set(found) == set(expected) == set(arguments(problem))
    for label, array in expected.items():
        assert found[label].shape == array.shape
        assert np.all(np.abs(found[label] - array) <= EPS * allowed[label]), label


@both_flows
@every_cell
def test_the_tangent_is_the_complex_step_of_the_interpreter(name: str, flow: Flow) -> None:
    definition = find(name)
    problem = small_problem(definition, seed=1)
    program = in_flow(definition, flow)
    move = direction(problem, 1)
    dots = scan(tangent(program), problem, *doubled(problem, move)).outputs
    stepped = scan(program, problem, *along(problem, move)).outputs
    plain = forward(program, problem).outputs
    for label, array in stepped.items():
        np.testing.assert_allclose(dots[f"{label}.dot"], array.imag / STEP, rtol=1e-11, atol=1e-12)
        np.testing.assert_array_equal(dots[label], plain[label])


@both_flows
@every_cell
def test_tangent_and_adjoint_are_transposes(name: str, flow: Flow) -> None:
    definition = find(name)
    problem = small_problem(definition, seed=2)
    program = in_flow(definition, flow)
    move = direction(problem, 2)
    dots = scan(tangent(program), problem, *doubled(problem, move)).outputs
    there = inner(problem.cotangents, {label: dots[f"{label}.dot"] for label in problem.cotangents})
    back = inner(move, gradient(program, problem))
    size = inner(
        {label: np.abs(array) for label, array in move.items()},
        magnitudes(definition, problem, flow).gradients,
    )
    assert abs(there - back) <= EPS * size
    assert there != 0.0


def test_a_wrong_sign_in_the_adjoint_is_no_transpose() -> None:
    definition = find("lstm")
    problem = small_problem(definition)
    right = adjoint(definition.program)
    at = next(at for at, node in enumerate(right.nodes) if isinstance(node, Pointwise) and node.out == "c.bar")
    node = right.nodes[at]
    assert isinstance(node, Pointwise)
    nodes = (*right.nodes[:at], replace(node, expr=neg(node.expr)), *right.nodes[at + 1 :])
    wrong = by_label(backward(replace(right, nodes=nodes), problem, forward(definition.program, problem)), problem)
    true = complex_step.gradient(definition, problem)
    allowed = magnitudes(definition, problem).gradients
    assert np.any(np.abs(wrong["W_f"] - true["W_f"]) > EPS * allowed["W_f"])


def test_the_adjoint_runs_backward_on_a_tape_and_hands_back_every_argument() -> None:
    program = find("lstm").program
    back = adjoint(program)
    assert back.direction == "backward"
    assert [source.label for source in back.inputs] == ["h", "c"]
    assert [state.label for state in back.states] == ["h", "c"]
    assert [output.label for output in back.outputs] == ["x"]
    assert [output.label for output in back.totals] == [source.label for source in program.parameters]
    assert {source.label for source in back.tape} <= set(program.axes)
    assert adjoint(back).direction == "forward"


def test_constants_have_no_gradient() -> None:
    back = adjoint(find("janet_beta").program)
    assert "beta" not in {output.label for output in (*back.totals, *back.outputs)}
    assert "beta.dot" not in {source.label for source in tangent(find("janet_beta").program).parameters}


def test_what_nothing_reaches_has_a_gradient_of_zero() -> None:
    definition = cell("def late(x, h, *, W: 'hidden input', p):\n    h = stop(p * h) + W @ x\n    return h\n")
    problem = small_problem(definition)
    found = gradient(definition.program, problem)
    np.testing.assert_array_equal(found["p"], np.zeros_like(problem.parameters["p"]))
    np.testing.assert_array_equal(found["h0"], np.zeros_like(problem.initial["h"]))
    assert np.all(found["W"] != 0.0)


@pytest.mark.parametrize("name", names())
def test_the_adjoint_of_the_adjoint_is_the_tangent(name: str) -> None:
    """dL/dtheta is linear in the cotangents w; its adjoint, given v in place of each gradient, is J v."""
    definition = find(name)
    problem = small_problem(definition, seed=3)
    program = definition.program
    move = direction(problem, 3)
    once = adjoint(program)
    twice = adjoint(once)
    swept = backward(once, problem, forward(program, problem))
    found = scan(
        twice,
        problem,
        {label: move[label] for label in problem.inputs},
        {label: move[f"{label}0"] for label in problem.initial},
        {**problem.parameters, **{f"{label}.cot": move[label] for label in problem.parameters}},
        swept.values,
    ).outputs
    dots = scan(tangent(program), problem, *doubled(problem, move)).outputs
    for label in problem.cotangents:
        np.testing.assert_allclose(found[label], dots[f"{label}.dot"], rtol=1e-10, atol=1e-11)
