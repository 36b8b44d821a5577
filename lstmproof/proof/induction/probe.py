"""Points at which a goal fails: a quick look before a long search. What is seen here settles nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lstmproof.proof.induction.atoms import Meaning
from lstmproof.proof.induction.facts import Fact
from lstmproof.proof.induction.polynomial import Polynomial

POINTS = 4000

Column = NDArray[np.float64]
"""A number at each point; one that is not finite is none."""


def _sigmoid(z: Column) -> Column:
    other = np.exp(-z)
    return np.where(np.isfinite(other), 1 / (1 + other), np.nan)


_FUNCTIONS: Mapping[str, Callable[..., Column]] = {
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "sin": np.sin,
    "cos": np.cos,
    "abs": np.abs,
    "maximum": np.maximum,
    "reciprocal": lambda z: 1 / z,
    "power": np.power,
}

_COUNTS = ("t-1", "size(")
"""How variables that stand for whole numbers begin."""


@dataclass(frozen=True)
class _Points:
    """Values of variables at points that are drawn; each variable gets its own when it is first asked for."""

    meanings: Mapping[str, Meaning]
    drawn: list[bool] = field(default_factory=list)
    """Of each variable that was drawn, in turn, whether it stands for whole numbers."""
    values: dict[str, Column] = field(default_factory=dict)

    def value(self, polynomial: Polynomial) -> tuple[Column, Column]:
        """Its value, and that of the sum of its terms' sizes.

        Raises:
            OverflowError: a coefficient is larger than every float.
        """
        total, size = np.zeros(POINTS), np.zeros(POINTS)
        for monomial, coefficient in polynomial.terms.items():
            term = np.full(POINTS, float(coefficient))
            for name in monomial:
                term *= self._variable(name)
            total += term
            size += np.abs(term)
        return total, size

    def _variable(self, name: str) -> Column:
        if name not in self.values:
            function, arguments = self.meanings[name]
            if function == "given":
                self.drawn.append(name.startswith(_COUNTS))
                self.values[name] = _drawn(tuple(self.drawn))
            else:
                found = _FUNCTIONS[function](*(self.value(argument)[0] for argument in arguments))
                self.values[name] = np.where(np.isfinite(found), found, np.nan)
        return self.values[name]

    def holding(self, fact: Fact) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Where a fact holds, by some margin, and where it does not; where it has no value it is neither."""
        value, size = self.value(fact.polynomial)
        margin = 1e-9 * (1 + size)
        holds = np.abs(value) <= margin if fact.sign == "=" else value >= -margin
        known = np.isfinite(value) & np.isfinite(size)
        return known & holds, known & ~holds


def failing_point(
    facts: Sequence[Fact], conclusions: Sequence[Fact], meanings: Mapping[str, Meaning]
) -> dict[str, float] | None:
    """Values at which every fact holds and no conclusion does, by some margin; the same at every call."""
    points = _Points(meanings)
    left = np.ones(POINTS, dtype=bool)
    with np.errstate(all="ignore"):
        try:
            for place, fact in enumerate((*facts, *conclusions)):
                left &= points.holding(fact)[place >= len(facts)]
                if not left.any():
                    return None
        except OverflowError:
            return None
    first = int(np.argmax(left))
    return {name: float(column[first]) for name, column in points.values.items()}


@lru_cache(maxsize=64)
def _drawn(kinds: tuple[bool, ...]) -> Column:
    """Values of the last of several variables that are drawn in turn: whole numbers, or any."""
    draw = np.random.default_rng(0)
    *_, last = (draw.integers(1, 6, POINTS).astype(float) if counts else _numbers(draw) for counts in kinds)
    last.flags.writeable = False
    return last


def _numbers(draw: np.random.Generator) -> Column:
    kinds = (
        draw.uniform(-1, 1, POINTS),
        draw.uniform(-5, 5, POINTS),
        draw.choice((-100.0, -10.0, -1.0, 0.0, 1.0, 10.0, 100.0), POINTS),
        draw.uniform(0, 1, POINTS),
    )
    return np.choose(draw.integers(len(kinds), size=POINTS), kinds)
