"""torch and JAX, where they are installed: their gradients within tolerance of the certified ones, on every cell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lstmproof.language.table import FUNCTIONS, WORDS
from lstmproof.readings import ball, frameworks, rounding
from tests.readings.problems import EPS, catalogue, cell_of, problem_of, times, worst

CELLS = catalogue()


def ratio(cell: Any, problem: Any, framework: str, flow: Any) -> float:
    found = frameworks.gradient(cell, problem, framework, flow)
    true = {label: enclosure.distance(found[label]) for label, enclosure in ball.gradient(cell, problem, flow).items()}
    return worst(true, times(0.0, true), times(EPS, rounding.magnitudes(cell, problem, flow).gradients))


@pytest.mark.parametrize("name", sorted(CELLS))
def test_every_cell_within_tolerance(name: str) -> None:
    problem = problem_of(CELLS[name], T=2)
    for framework in frameworks.available():
        for flow in ("full", "truncated"):
            assert ratio(CELLS[name], problem, framework, flow) <= 1, (framework, flow)


@pytest.mark.parametrize("word", WORDS)
def test_every_function_of_the_table(word: str) -> None:
    operands = "h + p, x" if FUNCTIONS[word].arity == 2 else "h * h + p * p + x * x"
    source = f'@cell\ndef one(x: "n", h: "n", *, p: "n"):\n    h = {word}({operands})\n    return h\n'
    cell = cell_of(source)
    problem = problem_of(cell, T=1, sizes=3)
    for framework in frameworks.available():
        assert ratio(cell, problem, framework, "full") <= 1, framework


def test_the_wrong_flow_is_found() -> None:
    problem = problem_of(CELLS["lstm"])
    for framework in frameworks.available():
        full = frameworks.gradient(CELLS["lstm"], problem, framework, "full")
        truncated = frameworks.gradient(CELLS["lstm"], problem, framework, "truncated")
        bound = times(EPS, rounding.magnitudes(CELLS["lstm"], problem).gradients)
        assert worst(full, truncated, bound) > 1e6, framework


@pytest.mark.parametrize(("T", "batch"), [(0, 2), (2, 0)])
def test_no_steps_or_no_rows(T: int, batch: int) -> None:
    problem = problem_of(CELLS["gru"], T=T, batch=batch)
    for framework in frameworks.available():
        found = frameworks.gradient(CELLS["gru"], problem, framework)
        assert (found["U_n"] == 0).all()
        assert found["x"].shape == (T, batch, 2)
        assert found["x"].dtype == np.float64


def test_an_unknown_framework_is_named() -> None:
    with pytest.raises(ValueError, match="found framework 'chainer', expected one of torch, jax"):
        frameworks.gradient(CELLS["gru"], problem_of(CELLS["gru"]), "chainer")


def test_an_absent_framework_is_not_available(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frameworks, "find_spec", lambda name: None if name == "jax" else object())
    assert frameworks.available() == ("torch",)
