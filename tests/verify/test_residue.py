"""Residues compute in the prime field, and tell a kernel from what it is not."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from lstmproof.kernels.kernel import build, compiled
from lstmproof.verify.mutants import mutate_cell
from lstmproof.verify.residue import PRIME, Residue, ResidueRuns, on_objects, oracle
from tests.verify.cells import cell, gated


def test_arithmetic_is_that_of_the_field() -> None:
    a, b = oracle("a"), oracle("b")
    assert (a + b) * (a - b) == a**2 - b * b
    assert a / b * b == a
    assert 1 / a == a**-1
    assert 0.5 * a + a * Fraction(1, 2) == a
    assert 3 - a == -(a - 3)
    assert Residue(PRIME + 4) == 4


def test_degrees_are_bounds_of_numerator_and_denominator() -> None:
    a, b = oracle("a"), oracle("b")
    product, quotient, total = a * b, a / b, 1 / a + 1 / b
    assert (product.above, product.below) == (2, 0)
    assert (quotient.above, quotient.below) == (1, 1)
    assert (total.above, total.below) == (1, 2)
    assert (a**3).above == 3
    assert a.tanh().above == 1


def test_numpy_works_on_residues() -> None:
    array = np.array([oracle("a"), oracle("b")], dtype=object)
    assert np.exp(array)[0] == oracle("a").exp()
    assert np.matmul(array, array) == oracle("a") ** 2 + oracle("b") ** 2
    with pytest.raises(TypeError, match="no residue of a str"):
        _ = array[0] + "a"


def test_a_kernel_is_the_same_as_itself_and_as_its_rearrangement() -> None:
    source = build(gated().program).source
    runs = ResidueRuns(gated(), source)
    assert "chance below 2^-" in runs.same(source)
    assert "the same rational functions" in runs.same(source + "\n_unused = 3\n")


def test_a_kernel_with_another_number_is_not_the_same() -> None:
    source = build(gated().program).source
    wrong = source.replace("add(", "np.subtract(", 1)
    assert wrong != source
    assert ResidueRuns(gated(), source).same(wrong) == ""


def test_a_kernel_that_raises_is_not_shown_the_same() -> None:
    source = build(gated().program).source
    assert ResidueRuns(gated(), source).same(source.replace("def backward(", "def backwards(")) == ""


def test_a_kernel_on_objects_runs_in_chunks_of_two_steps_and_pieces_of_one() -> None:
    module = compiled(on_objects(build(gated().program).source)).forward.__globals__
    lengths = [module["_chunk"](steps, 1, 10, 100, 1) for steps in (0, 1, 4)]
    assert lengths == [1, 1, 2]
    assert module["_piece"](1, 10) == 1


def test_what_goes_wrong_between_chunks_is_not_the_same() -> None:
    source = build(gated().program).source
    wrong = source.replace("in reversed(work.flow_chunks)", "in work.flow_chunks")
    assert wrong != source
    assert ResidueRuns(gated(), source).same(wrong) == ""


def test_a_copy_by_items_is_a_copy_of_numbers_for_objects_and_a_corrupted_one_is_left() -> None:
    copy = (
        '        batch = f"V{B * memory.itemsize}"  # as one item\n'
        "        np.copyto(memory.view(batch), rows.view(batch)[..., 0].T)\n"
    )
    assert on_objects(copy).startswith("        np.copyto(memory.reshape(units, T, B), rows.transpose(1, 0, 2))\n")
    for wrong in (copy.replace(".T)", ")"), copy.replace("B *", "B +")):
        assert wrong in on_objects(wrong)


def test_functions_with_a_kink_keep_what_they_share() -> None:
    """relu(z) - relu(-z) = z, |z| = |-z|, and where w is the value at the kink, step(z) + step(-z) = 1 only for 1/2."""
    names = compiled(on_objects(build(gated().program).source)).forward.__globals__
    maximum, minimum, step = (names[f"_{word}_of"] for word in ("maximum", "minimum", "heaviside"))
    z, w = oracle("z"), oracle("w")
    assert maximum(z, 0) - maximum(-z, 0) == z
    assert maximum(z, w) + minimum(z, w) == z + w
    assert maximum(z, w) == maximum(w, z)
    assert abs(z) == abs(-z)
    assert step(z, 0.5) + step(-z, 0.5) == 1
    assert step(z, 0) + step(-z, 0) != 1
    assert step(z, 0) + step(-z, 1) == 1
    assert step(Residue(0), 3) == 3
    assert maximum(z, 0) != z
    assert z.sign() * z.sign() != 1


def test_kinked_mutants_are_caught_or_shown_equivalent() -> None:
    """A net input and its negative both rectified: some single corruptions change nothing."""
    text = "def odd(x, h, *, W, U):\n    h = relu(W @ x + U @ h) - relu(-(W @ x + U @ h))\n    return h\n"
    report = mutate_cell(cell(text, "relu"))
    assert report.survivors == ()
    reasons = {mutant.equivalent for mutant in report.mutants if mutant.equivalent}
    assert any(reason.startswith("off every kink") for reason in reasons)
    assert any(reason.startswith("the same rational functions") for reason in reasons)
