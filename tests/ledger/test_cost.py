"""C15: what the learning rule of 1997 costs, counted operation by operation."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest


@dataclass
class Counter:
    """Multiplications and additions so far."""

    operations: int = 0


@dataclass
class Number:
    """A number that counts what is done with it."""

    counter: Counter

    def combine(self, *others: Number) -> Number:
        """One operation of two operands for each further operand."""
        self.counter.operations += len(others)
        return Number(self.counter)


@dataclass
class Layer:
    """K outputs see all cells; the cells and gates of C blocks of S see the same `sources` (A.1, no hidden units)."""

    K: int
    C: int
    S: int
    sources: int
    counter: Counter = field(default_factory=Counter)
    stored: int = 0

    @property
    def weights(self) -> int:
        """(29) with H = 0."""
        return self.K * self.C * self.S + self.C * self.S * self.sources + 2 * self.C * self.sources

    def number(self) -> Number:
        return Number(self.counter)

    def net(self, sources: int) -> Number:
        """A sum of `sources` products."""
        total = self.number()
        for _ in range(sources):
            total = total.combine(self.number().combine(self.number()))
        return total

    def step(self) -> None:
        """Forward, errors, partial derivatives and changes of all weights at one step; squashing counts as one."""
        cells, self.stored = self.C * self.S, 0
        for _ in range(2 * self.C + cells):
            self.net(self.sources).combine(self.number())
        for _ in range(cells):
            self.number().combine(self.number(), self.number(), self.number(), self.number())
        for _ in range(self.K):
            self.net(cells).combine(self.number(), self.number(), self.number())
        for _ in range(cells):
            self.net(self.K).combine(self.number(), self.number())  # (23), and the summand of (21)
        for _ in range(2 * cells):
            self._partials()
        for _ in range(self.K * cells + 2 * self.C * self.sources + cells * self.sources):
            self.number().combine(self.number(), self.number())  # (22), (26) and (28)

    def _partials(self) -> None:
        """(25) or (27): for each source one partial, of which only the last value is kept."""
        factor = self.number().combine(self.number())
        for _ in range(self.sources):
            self.number().combine(factor.combine(self.number()))
            self.stored += 1


SIZES = [(1, 1, 1, 1), (2, 2, 1, 60), (7, 4, 1, 20), (7, 3, 2, 19), (2, 2, 2, 9), (5, 8, 8, 200)]


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_c15_a_step_costs_a_fixed_number_of_operations_a_weight(sizes: tuple[int, int, int, int]) -> None:
    """Not "far less efficient": O(W) a step, as for truncated BPTT; real-time recurrent learning takes W^2."""
    layer = Layer(*sizes)
    layer.step()
    first = layer.counter.operations
    layer.step()
    assert layer.counter.operations == 2 * first, "a step costs the same whatever came before"
    assert layer.weights <= first <= 20 * layer.weights


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_c15_two_partials_are_stored_for_each_cell_and_source(sizes: tuple[int, int, int, int]) -> None:
    """2 C S I numbers, whatever the length of the sequence."""
    layer = Layer(*sizes)
    layer.step()
    assert layer.stored == 2 * layer.C * layer.S * layer.sources
