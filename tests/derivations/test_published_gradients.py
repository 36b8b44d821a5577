"""Kernels and readings give the papers' own gradients: the rules of 1997, 2000 and 2002, the full gradient of 2015."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest

from lstmproof.calculus.truncate import truncate
from lstmproof.kernels.kernel import build
from lstmproof.problem import Problem
from lstmproof.readings import complex_step
from tests.derivations.published_gradients import backpropagated, carried, carried_past_peepholes
from tests.derivations.test_equations import CELLS, SIZES, random_problem
from tests.derivations.transcriptions import Array, Values

Flow = Literal["full", "truncated"]
Rule = Callable[[Values, Array, Values, Values], dict[str, Array]]


def over_rows(rule: Rule, problem: Problem) -> dict[str, Array]:
    """The rule on each row of the batch alone, parameter gradients added."""
    total: dict[str, Array] = {}
    for row in range(problem.batch):
        gradients = rule(
            problem.parameters,
            problem.inputs["x"][:, row],
            {label: value[row].copy() for label, value in problem.initial.items()},
            {label: value[:, row] for label, value in problem.cotangents.items()},
        )
        for label, value in gradients.items():
            if label != "x":
                total[label] = total.get(label, 0.0) + value
    return total


def from_kernel(name: str, problem: Problem, flow: Flow) -> dict[str, Array]:
    program = CELLS[name].program
    kernel = build(truncate(program) if flow == "truncated" else program)
    run = kernel.forward(*problem.inputs.values(), *problem.initial.values(), **problem.parameters)
    return dict(kernel.backward(run, **problem.cotangents))


def agree(found: dict[str, Array], expected: dict[str, Array]) -> bool:
    return all(np.allclose(found[label], value, rtol=1e-10, atol=1e-13) for label, value in expected.items())


def of_1997(p: Values, x: Array, initial: Values, cotangents: Values) -> dict[str, Array]:
    return carried(p, x, initial, cotangents, gates=("in", "c"))


def of_1997_without_blocks(p: Values, x: Array, initial: Values, cotangents: Values) -> dict[str, Array]:
    """Each cell is a block of one."""
    blocks = {}
    for name, value in p.items():
        recurrent = value[..., None] if name.startswith("U_") else value
        blocks[name] = recurrent[:, None] if name.endswith("_c") else recurrent
    states = {label: value[:, None] for label, value in initial.items()}
    gradients = of_1997(blocks, x, states, {label: value[..., None] for label, value in cotangents.items()})
    return {label: value.reshape(p[label].shape) for label, value in gradients.items()}


PUBLISHED: dict[str, tuple[str, Flow, Rule]] = {
    "1997, one cell a block": ("lstm_1997", "truncated", of_1997_without_blocks),
    "1997, blocks": ("lstm_1997_block", "truncated", of_1997),
    "2000": ("lstm_forget", "truncated", carried),
    "2002, peepholes": ("lstm_peephole", "truncated", carried_past_peepholes),
    "2015, peepholes": ("lstm_peephole", "full", backpropagated),
}


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize(("name", "flow", "rule"), PUBLISHED.values(), ids=PUBLISHED)
def test_the_kernels_gradient_is_the_published_one(name: str, flow: Flow, rule: Rule, sizes: dict[str, int]) -> None:
    problem = random_problem(CELLS[name], sizes, T=6)
    found, expected = from_kernel(name, problem, flow), over_rows(rule, problem)
    assert set(expected) == set(problem.parameters)
    assert agree(found, expected)


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize(("name", "flow", "rule"), PUBLISHED.values(), ids=PUBLISHED)
def test_a_reading_gives_the_published_gradient(name: str, flow: Flow, rule: Rule, sizes: dict[str, int]) -> None:
    problem = random_problem(CELLS[name], sizes, T=6)
    assert agree(complex_step.gradient(CELLS[name], problem, flow), over_rows(rule, problem))


@pytest.mark.parametrize(("name", "flow", "rule"), PUBLISHED.values(), ids=PUBLISHED)
def test_the_other_flow_is_another_gradient(name: str, flow: Flow, rule: Rule) -> None:
    """The comparison above can fail: full and truncated gradients differ by far more than rounding."""
    problem = random_problem(CELLS[name], SIZES["all sizes different"], T=6)
    other: Flow = "truncated" if flow == "full" else "full"
    assert not agree(from_kernel(name, problem, other), over_rows(rule, problem))
