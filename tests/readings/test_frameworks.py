"""torch and JAX, where they are installed: their gradients within tolerance of the certified ones, on every cell."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from lstmproof.language.definition import Definition
from lstmproof.language.table import FUNCTIONS, WORDS
from lstmproof.problem import Problem
from lstmproof.readings import ball, frameworks, rounding
from lstmproof.readings.flow import Flow
from tests.readings.problems import EPS, catalogue, cell_of, problem_of, times, worst

CELLS = catalogue()

every_framework = pytest.mark.parametrize(
    "framework",
    [
        pytest.param(name, marks=pytest.mark.skipif(name not in frameworks.available(), reason=f"{name} is absent"))
        for name in frameworks.NAMES
    ],
)


def ratio(cell: Definition, problem: Problem, framework: str, flow: Flow) -> float:
    found = frameworks.gradient(cell, problem, framework, flow)
    true = {label: enclosure.distance(found[label]) for label, enclosure in ball.gradient(cell, problem, flow).items()}
    return worst(true, times(0.0, true), times(EPS, rounding.magnitudes(cell, problem, flow).gradients))


@every_framework
@pytest.mark.parametrize("flow", ["full", "truncated"])
@pytest.mark.parametrize("name", sorted(CELLS))
def test_every_cell_within_tolerance(name: str, flow: Flow, framework: str) -> None:
    assert ratio(CELLS[name], problem_of(CELLS[name], T=2), framework, flow) <= 1


@every_framework
@pytest.mark.parametrize("word", WORDS)
def test_every_function_of_the_table(word: str, framework: str) -> None:
    operands = "h + p, x" if FUNCTIONS[word].arity == 2 else "h * h + p * p + x * x"
    source = f'@cell\ndef one(x: "n", h: "n", *, p: "n"):\n    h = {word}({operands})\n    return h\n'
    cell = cell_of(source)
    assert ratio(cell, problem_of(cell, T=1, sizes=3), framework, "full") <= 1


@every_framework
def test_the_wrong_flow_is_found(framework: str) -> None:
    problem = problem_of(CELLS["lstm"])
    full, truncated = (frameworks.gradient(CELLS["lstm"], problem, framework, flow) for flow in get_args(Flow))
    bound = times(EPS, rounding.magnitudes(CELLS["lstm"], problem).gradients)
    assert worst(full, truncated, bound) > 1e6


@every_framework
@pytest.mark.parametrize(("T", "batch"), [(0, 2), (2, 0)])
def test_no_steps_or_no_rows(T: int, batch: int, framework: str) -> None:
    found = frameworks.gradient(CELLS["gru"], problem_of(CELLS["gru"], T=T, batch=batch), framework)
    assert (found["U_n"] == 0).all()
    assert found["x"].shape == (T, batch, 2)
    assert found["x"].dtype == np.float64


def test_an_unknown_framework_is_named() -> None:
    with pytest.raises(ValueError, match="found framework 'chainer', expected one of torch, jax"):
        frameworks.gradient(CELLS["gru"], problem_of(CELLS["gru"]), "chainer")


def test_an_absent_framework_is_not_available(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frameworks, "find_spec", lambda name: None if name == "jax" else object())
    assert frameworks.available() == ("torch",)
