"""The full Jacobian of every cell, and the faults that its check must find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np
import pytest

from lstmproof.catalogue import index, resolve
from lstmproof.kernels.kernel import Kernel
from lstmproof.language.definition import Definition
from lstmproof.language.parser import parse_text
from lstmproof.problem import Array, Problem
from lstmproof.readings.flow import Flow
from lstmproof.verify import jacobian
from lstmproof.verify.generate import problem_for
from lstmproof.verify.jacobian import JacobianChecker, compared, is_analytic
from lstmproof.verify.nudges import nudged

SIZES = {"input": 3, "hidden": 2, "block": 2, "unit": 2, "output": 2}

UNUSUAL = """
from lstmproof.language import cell, exp, relu, sigmoid, stop, tanh

@cell
def kinked(x, h, *, W, U, b):
    h = relu(W @ x + U @ h + b)
    return h

@cell
def stopped(x, h, *, W, U, b):
    n = W @ x + U @ h - b
    h = tanh(n * stop(n) + h)
    return h

@cell
def shared(x: "hidden", h, *, W: "hidden hidden", b):
    n = W @ x - W @ h + b * (b - h)
    h = tanh(n) + n / (exp(b) + 1) - (-b) ** 2
    return h

@cell
def rebuilt(x, h, *, V, w: "hidden", U):
    W = exp(V) * 0.1
    d = W @ x
    h = sigmoid(d + U @ h + w) * d
    return h, d
"""


def cell(name: str) -> Definition:
    return resolve(name)[0]


def unusual(name: str) -> Definition:
    return next(each for each in parse_text(UNUSUAL, "unusual.py").cells if each.name == name)


def problem(definition: Definition, T: int = 3, batch: int = 2) -> Problem:
    return problem_for(definition, T, batch, {axis: SIZES[axis] for axis in definition.program.axis_names})


def derivatives(given: Problem) -> int:
    arguments = sum(array.size for array in given.parameters.values()) * given.batch
    arguments += sum(array.size for array in (*given.inputs.values(), *given.initial.values()))
    outputs = sum(given.T * prod(array.shape[2:]) for array in given.cotangents.values())
    return arguments * outputs


@pytest.mark.parametrize("flow", ["full", "truncated"])
@pytest.mark.parametrize("name", sorted(index()))
def test_every_cell_has_the_jacobian_that_its_kernel_says(name: str, flow: Flow) -> None:
    given = problem(cell(name))
    result = JacobianChecker(cell(name), flow).check(given)
    assert result.agrees
    assert result.error < 1e-14
    assert result.entries == derivatives(given)


@pytest.mark.parametrize("name", ["kinked", "stopped", "shared", "rebuilt"])
def test_unusual_cells(name: str) -> None:
    definition = unusual(name)
    result = JacobianChecker(definition).check(problem(definition))
    assert result.agrees, result.blocks
    assert is_analytic(definition.program) == (name in {"shared", "rebuilt"})


def test_products_in_one_sum_share_a_nudge() -> None:
    found = nudged(cell("lstm").program)
    assert len(found.nudges) == 4
    assert len(found.sites) == 12
    assert {nudge.axes for nudge in found.nudges} == {("hidden",)}


def test_a_known_jacobian() -> None:
    definition = cell("carousel")
    given = problem(definition)
    checker = JacobianChecker(definition)
    for found in (checker.analytic(given), checker.stepped(given)):
        assert (found["y", "y0"] == 1).all()
        W_j = given.parameters["W_j"]
        for t, earlier in np.ndindex(3, 3):
            np.testing.assert_array_equal(found["y", "x"][t, :, earlier], [W_j * (earlier <= t)] * 2)


def test_a_jacobian_in_many_calls_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    checker = JacobianChecker(cell("lstm_1997_block"))
    given = problem(checker.definition)
    whole = [checker.analytic(given), checker.stepped(given)]
    monkeypatch.setattr(jacobian, "MEMORY", 1)
    for one, parts in zip(whole, [checker.analytic(given), checker.stepped(given)], strict=True):
        for key, array in one.items():
            np.testing.assert_allclose(parts[key], array, rtol=1e-13, atol=1e-15)


class TestPlantedErrors:
    def checker(self, change: Any) -> JacobianChecker:
        sound = JacobianChecker(cell("lstm")).kernel

        def backward_rows(*arguments: Any, **cotangents: Array) -> Mapping[str, Array]:
            gradients = dict(sound.backward_rows(*arguments, **cotangents))
            change(gradients)
            return gradients

        return JacobianChecker(cell("lstm"), given=replace(sound, backward_rows=backward_rows))

    @pytest.mark.parametrize("argument", ["U_f", "b_g", "x", "h0", "c0"])
    def test_one_gradient_off_by_a_little_is_found_and_named(self, argument: str) -> None:
        def spoil(gradients: dict[str, Array]) -> None:
            gradients[argument] = gradients[argument] * (1 + 1e-11)

        checker = self.checker(spoil)
        result = checker.check(problem(checker.definition))
        assert not result.agrees
        assert {block.argument for block in result.blocks if block.worst > 1} == {argument}

    def test_not_a_number_is_no_agreement(self) -> None:
        def spoil(gradients: dict[str, Array]) -> None:
            gradients["W_i"] = gradients["W_i"] * np.nan

        checker = self.checker(spoil)
        result = checker.check(problem(checker.definition))
        assert not result.agrees
        assert np.isnan(result.error)

    def test_a_forgotten_nudge_is_found(self) -> None:
        checker = JacobianChecker(cell("gru"))
        checker.__dict__["nudged"] = replace(checker.nudged, sites=checker.nudged.sites[1:])
        result = checker.check(problem(checker.definition))
        lost = nudged(checker.program).sites[0].parameter
        assert {block.argument for block in result.blocks if block.worst > 1} == {lost}

    def test_nothing_compared_is_no_agreement(self) -> None:
        checker = JacobianChecker(cell("rnn"))
        result = checker.check(problem(checker.definition, T=0))
        assert result.entries == 0
        assert not result.agrees

    def test_another_cells_kernel_is_found(self) -> None:
        other: Kernel = JacobianChecker(cell("rnn_logistic")).kernel
        checker = JacobianChecker(cell("rnn"), given=other)
        assert not checker.check(problem(checker.definition)).agrees


def test_a_single_number_may_be_allowed() -> None:
    checker = JacobianChecker(cell("rnn"))
    given = problem(checker.definition)
    one, other = checker.analytic(given), checker.stepped(given)
    assert compared(one, other, 1e-13).agrees
    assert not compared(one, {key: array + 2e-13 for key, array in other.items()}, 1e-13).agrees
