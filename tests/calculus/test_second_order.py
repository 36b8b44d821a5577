"""Hessian-vector products: the tangent of the adjoint, on a tape of values and tangents from the tangent."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.tangent import tangent
from lstmproof.catalogue import find
from lstmproof.problem import Problem
from lstmproof.program.nodes import Program
from lstmproof.readings.flow import Flow
from tests.calculus.scans import (
    STEP,
    Array,
    along,
    by_label,
    direction,
    doubled,
    forward,
    gradient,
    in_flow,
    inner,
    scan,
    small_problem,
)

both_flows = pytest.mark.parametrize("flow", ["full", "truncated"])


def hessian_product(program: Program, problem: Problem, move: Mapping[str, Array]) -> dict[str, Array]:
    """The derivative of the gradient along `move`, the cotangents of the outputs fixed."""
    inputs, initial, parameters = doubled(problem, move)
    there = scan(tangent(program), problem, inputs, initial, parameters).values
    back = tangent(adjoint(program))
    fixed = {label: np.zeros_like(there[label.removesuffix(".dot")]) for label in (s.label for s in back.tape)}
    cotangents = dict(problem.cotangents)
    cotangents |= {f"{label}.dot": np.zeros_like(array) for label, array in problem.cotangents.items()}
    swept = scan(back, problem, cotangents, {}, parameters, {**fixed, **there})
    found = {**swept.totals, **swept.outputs}
    found |= {f"{state}0.dot": swept.final[f"{state}.dot"] for state in problem.initial}
    return {label: found[f"{label}.dot"] for label in move}


def stepped_gradient(program: Program, problem: Problem, move: Mapping[str, Array]) -> dict[str, Array]:
    """The same by a complex step through the gradient."""
    inputs, initial, parameters = along(problem, move)
    there = scan(program, problem, inputs, initial, parameters)
    swept = scan(adjoint(program), problem, problem.cotangents, {}, parameters, there.values)
    return {label: array.imag / STEP for label, array in by_label(swept, problem).items()}


@both_flows
def test_a_hessian_vector_product_of_lstm_is_the_complex_step_of_its_gradient(flow: Flow) -> None:
    definition = find("lstm")
    problem = small_problem(definition, seed=4)
    program = in_flow(definition, flow)
    move = direction(problem, 4)
    found = hessian_product(program, problem, move)
    expected = stepped_gradient(program, problem, move)
    assert set(found) == set(expected)
    for label, array in expected.items():
        np.testing.assert_allclose(found[label], array, rtol=1e-10, atol=1e-11 * np.abs(array).max(), err_msg=label)
        assert flow == "truncated" or np.any(array != 0.0)


def test_a_hessian_vector_product_of_lstm_is_the_difference_of_two_gradients() -> None:
    definition = find("lstm")
    problem = small_problem(definition, seed=5)
    move = direction(problem, 5)
    step = 2.0**-17
    ahead, behind = (gradient(definition.program, moved(problem, move, sign * step)) for sign in (1, -1))
    for label, array in hessian_product(definition.program, problem, move).items():
        difference = (ahead[label] - behind[label]) / (2 * step)
        np.testing.assert_allclose(array, difference, rtol=1e-6, atol=1e-7 * np.abs(array).max(), err_msg=label)


def moved(problem: Problem, move: Mapping[str, Array], step: float) -> Problem:
    return Problem(
        T=problem.T,
        batch=problem.batch,
        sizes=problem.sizes,
        inputs={label: array + step * move[label] for label, array in problem.inputs.items()},
        initial={label: array + step * move[f"{label}0"] for label, array in problem.initial.items()},
        parameters={label: array + step * move[label] for label, array in problem.parameters.items()},
        constants=problem.constants,
        cotangents=problem.cotangents,
    )


def test_the_hessian_is_symmetric() -> None:
    definition = find("lstm")
    problem = small_problem(definition, seed=6)
    u, v = direction(problem, 6), direction(problem, 7)
    one = inner(u, hessian_product(definition.program, problem, v))
    other = inner(v, hessian_product(definition.program, problem, u))
    assert one == pytest.approx(other, rel=1e-11)
    assert one != 0.0


def test_a_tape_without_tangents_gives_another_product() -> None:
    """What a saved value contributes when it moves is part of the Hessian."""
    definition = find("lstm")
    problem = small_problem(definition, seed=8)
    move = direction(problem, 8)
    _, _, parameters = doubled(problem, move)
    program = tangent(adjoint(definition.program))
    still = forward(definition.program, problem).values
    still = {**still, **{f"{name}.dot": np.zeros_like(array) for name, array in still.items()}}
    cotangents = dict(problem.cotangents)
    cotangents |= {f"{label}.dot": np.zeros_like(array) for label, array in problem.cotangents.items()}
    found = scan(program, problem, cotangents, {}, parameters, still).totals["W_f.dot"]
    true = hessian_product(definition.program, problem, move)["W_f"]
    assert np.abs(found - true).max() > 1e-3 * np.abs(true).max()
