"""Times of several computations of the same thing, taken in turn, so that what disturbs one disturbs all."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST, MOST = 5, 1000
"""Repetitions of each computation, whatever time they take."""


def in_turn(
    computations: Mapping[str, Callable[[], Any]], seconds: float, clock: Callable[[], float] = perf_counter
) -> dict[str, NDArray[np.float64]]:
    """Seconds of each repetition of each computation, by name; all have as many.

    Every round runs them all, starting one further each time, and each twice of which the second is measured: the
    first finds the caches full of another's arrays, which a caller who repeats one computation does not. The garbage
    collector rests meanwhile.

    Args:
        computations: what to run, by name.
        seconds: how long to go on for, at least `LEAST` and at most `MOST` rounds.
        clock: what a repetition is timed by.
    """
    names = list(computations)
    taken: dict[str, list[float]] = {name: [] for name in names}
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        until = perf_counter() + seconds
        for lap in range(MOST):
            for place in range(len(names)):
                name = names[(lap + place) % len(names)]
                computations[name]()
                start = clock()
                computations[name]()
                taken[name].append(clock() - start)
            if lap + 1 >= LEAST and perf_counter() > until:
                break
    finally:
        if collecting:
            gc.enable()
    return {name: np.array(times) for name, times in taken.items()}


def ratios(peer: NDArray[np.float64], ours: NDArray[np.float64]) -> tuple[float, float]:
    """How many times as long the peer takes: by medians, which say what a caller waits, and by least times.

    >>> ratios(np.array([4.0, 6.0, 9.0]), np.array([2.0, 2.0, 3.0]))
    (3.0, 2.0)
    """
    return float(np.median(peer) / np.median(ours)), float(peer.min() / ours.min())
