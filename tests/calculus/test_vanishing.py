"""What is zero by structure is found, and nothing else is."""

from __future__ import annotations

import pytest

from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.truncate import truncate
from lstmproof.calculus.vanishing import vanishing
from lstmproof.catalogue import find, names
from tests.calculus.scans import cell, gradient, small_problem

CELLS = {
    "all is stopped": ("stop(tanh(p * x + h))", {"x", "h0", "p"}),
    "the state is stopped": ("tanh(p * x) + stop(h)", {"h0"}),
    "the input is stopped": ("h + p * stop(x)", {"x"}),
    "a product with 0": ("0 * p * x + h", {"p", "x"}),
    "an underflow is none": ("1e-200 * (p * x) * h * 1e-200", set()),
    "a difference is none": ("p * x - p * x + h", set()),
}


@pytest.mark.parametrize(("value", "zero"), CELLS.values(), ids=CELLS)
def test_gradients_that_vanish(value: str, zero: set[str]) -> None:
    text = f"def one(x: 'hidden', h: 'hidden', *, p: 'hidden'):\n    h = {value}\n    return h\n"
    definition = cell(text)
    found = vanishing(adjoint(definition.program))
    assert found == zero
    computed = gradient(definition.program, small_problem(definition))
    assert all(not computed[label].any() for label in zero)


@pytest.mark.parametrize("name", names())
def test_no_gradient_of_the_catalogue_vanishes(name: str) -> None:
    definition = find(name)
    assert vanishing(adjoint(definition.program)) == frozenset()
    assert vanishing(adjoint(truncate(definition.program))).isdisjoint(definition.parameters)
