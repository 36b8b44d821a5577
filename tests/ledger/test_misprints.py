"""The papers' own slips, each against an exact count or sum."""

from __future__ import annotations

import cmath
import math
from fractions import Fraction
from itertools import product

import pytest


def error_at(step_read: str, net_out: complex) -> complex:
    """E(t) = (1 - sigma(w y))^2 of one output unit that reads one cell, as a function of net_out(t).

    The unit reads y(t) = sigma(net_out(t)) h(s(t)) or, as printed, y(t-1).
    """
    y = math.tanh(0.8 / 2) / (1 + cmath.exp(-net_out)) if step_read == "t" else 0.37
    return (1 - 1 / (1 + cmath.exp(-1.3 * y))) ** 2


def test_e2_an_output_unit_must_read_the_cell_of_its_own_step() -> None:
    """As printed, net_k(t) reads y(t-1), and E(t) does not depend on net_out(t): (21) would be 0 (complex step)."""
    step = 1e-30
    assert abs(error_at("t", 0.4 + step * 1j).imag / step) > 0.01
    assert error_at("t-1", 0.4 + step * 1j).imag == 0.0


@pytest.mark.parametrize("q", [50, 100, 1000])
def test_e3_the_mean_length_in_task_2c_is_q_plus_13(q: int) -> None:
    """Sum over k of (1/10)(9/10)^k (q + k), and 4 more symbols: what n terms leave is (9/10)^n (q + n + 9), exactly.

    The remainder tends to 0, so the sum is q + 9: the length is q + 13, printed q + 14, and each of p distractors
    appears (q + 9) / p times, printed (q + 10) / p.
    """
    total, keep = Fraction(0), Fraction(1)
    for k in range(200):
        assert total + keep * (q + k + 9) == q + 9
        total += Fraction(1, 10) * keep * (q + k)
        keep *= Fraction(9, 10)
    assert keep * (q + 209) < Fraction(1, 10**5)


@pytest.mark.parametrize(("p", "weights"), [(50, 364), (1000, 6064)])
def test_e4_the_inputs_of_task_2c_are_counted_by_p(p: int, weights: int) -> None:
    """Two cells with two gates each see p + 4 symbols and each other, two outputs see the cells: q counts nowhere.

    With q = 1000 and p = 50 a distractor "a_i, i <= q" would have no input unit.
    """
    units, symbols = 2 + 2 * 2, p + 4
    assert units * (symbols + units) + 2 * 2 == weights


def connections(K: int, H: int, C: int, S: int, I: int) -> dict[str, int]:  # noqa: E741
    """A.1, counted singly: an output unit sees hidden units and cells; cells, gates and hidden units see I sources."""
    outputs, hidden, sources = range(K), range(H), range(I)
    cells, gates = list(product(range(C), range(S))), list(product(range(C), ("in", "out")))
    return {
        "to outputs": sum(1 for _ in product(outputs, [*hidden, *cells])),
        "to cells": sum(1 for _ in product(cells, sources)),
        "to gates": sum(1 for _ in product(gates, sources)),
        "to hidden units": sum(1 for _ in product(hidden, sources)),
    }


@pytest.mark.parametrize("S", [1, 2, 5])
def test_e6_the_output_weights_number_k_times_h_plus_cs(S: int) -> None:
    """(22) takes one step a weight: K(H + CS), printed K(H + C), equal for blocks of one cell; W is (29) either way."""
    K, H, C, I = 3, 4, 2, 7  # noqa: E741
    counted = connections(K, H, C, S, I)
    assert counted["to outputs"] == K * (H + C * S)
    assert (counted["to outputs"] == K * (H + C)) == (S == 1)
    assert sum(counted.values()) == K * H + K * C * S + C * S * I + 2 * C * I + H * I


def test_e7_two_failures_in_150_are_not_always() -> None:
    """Five settings of 30 trials, two of which the table gives as 97 %: one failure each, two in all, as captioned."""
    rows = [100, 100, 97, 97, 100]
    failures = [next(n for n in range(31) if round(100 * (30 - n) / 30) == percent) for percent in rows]
    assert sum(failures) == 2
    assert sum(failures) > 0, "the text says that it always learns"
