"""B13: what the chrono initialiser gives on average."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest


def mean(low: int, high: int) -> Fraction:
    """The mean of 1 + u, the time scale of a bias log(u), for u uniform on [low, high]: exact, by Simpson's rule."""
    width = Fraction(high - low)
    ends, middle = (1 + Fraction(low)) + (1 + Fraction(high)), 1 + Fraction(low + high, 2)
    return width / 6 * (ends + 4 * middle) / width


def averaged(low: int, high: int, points: int = 100_000) -> float:
    """The mean of 1 / (1 - sigma(b)) over b = log(u), by the midpoint rule in floating point."""
    u = low + (high - low) * (np.arange(points) + 0.5) / points
    return float(np.mean(1 / (1 - 1 / (1 + np.exp(-np.log(u))))))


@pytest.mark.parametrize("T_max", [3, 20, 784])
def test_b13_the_mean_time_scale_is_half_the_longest_and_one(T_max: int) -> None:
    """b_f = log(u), u uniform on [1, T_max - 1]: E[1 / (1 - f)] = T_max / 2 + 1."""
    assert mean(1, T_max - 1) == Fraction(T_max, 2) + 1
    assert abs(averaged(1, T_max - 1) - (T_max / 2 + 1)) < 1e-9 * T_max


@pytest.mark.parametrize("T_max", [3, 20, 784])
def test_b13_the_code_of_janets_author_remembers_half_a_step_longer(T_max: int) -> None:
    """It draws u from [1, T_max], T_max the length of the sequences."""
    assert mean(1, T_max) == mean(1, T_max - 1) + Fraction(1, 2)
    assert abs(averaged(1, T_max) - (T_max / 2 + 1.5)) < 1e-9 * T_max
