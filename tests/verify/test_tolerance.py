"""Tolerances grow with eps and with the problem, and refuse what a first-order bound cannot cover."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstmproof.readings import reference, rounding
from lstmproof.verify import tolerance
from lstmproof.verify.case import Case
from lstmproof.verify.generate import plain, problem_for
from tests.verify.cells import gated, recurrent

SIZES = {"input": 2, "hidden": 3}


def test_eps() -> None:
    assert tolerance.eps("float64") == 2.0**-52
    assert tolerance.rounding(np.array([3.0]), "float32").tolist() == [3 * 2.0**-23]


def test_a_pairing_is_allowed_no_less_than_its_entries() -> None:
    problem = problem_for(gated(), 3, 2, SIZES)
    found = rounding.magnitudes(gated(), problem)
    direction = {"b_f": np.ones(3)}
    entries = float(tolerance.rounding(found.gradients["b_f"]).sum())
    assert tolerance.pairing(direction, found) > entries
    assert tolerance.pairing({"b_f": np.zeros(3)}, found) == 0


def test_the_loss_and_moved_arguments_have_bounds_of_the_size_of_their_rounding() -> None:
    problem = problem_for(gated(), 3, 2, SIZES)
    found, outputs = rounding.magnitudes(gated(), problem), reference.run(gated(), problem)
    size = float((np.abs(problem.cotangents["h"]) * np.abs(outputs["h"])).sum())
    assert 2.0**-52 * size < tolerance.loss(problem, outputs, found) < 1e-10 * size
    moved = tolerance.argument_rounding(0.5, {"b_f": np.ones(3)}, {"b_f": np.zeros(3)}, found)
    assert moved == pytest.approx(2.0**-53 * float(found.sums["b_f"].sum()))


def decline(value: str, words: str, **exponents: int) -> str:
    definition = recurrent(value, words)
    draw = plain(definition, 3, 2, SIZES, 0)
    return Case(
        definition, replace(draw, exponents=tuple((n, exponents.get(n, e)) for n, e in draw.exponents))
    ).declined()


def test_ordinary_and_saturated_problems_are_accepted() -> None:
    assert decline("tanh(s)", "tanh") == ""
    assert decline("tanh(s)", "tanh", W=2, b=2) == ""


@pytest.mark.parametrize(
    ("value", "words", "exponents", "reason"),
    [
        ("exp(s)", "exp", {"W": 3, "U": 3}, "not finite"),
        ("log(s)", "log", {}, "not finite"),
        ("relu(s - s)", "relu", {}, "near a kink"),
        ("sin(s)", "sin", {"W": 10}, "ill-conditioned"),
    ],
)
def test_what_no_bound_covers_is_declined(value: str, words: str, exponents: dict[str, int], reason: str) -> None:
    assert decline(value, words, **exponents) == reason
