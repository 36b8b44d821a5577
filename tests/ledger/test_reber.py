"""E8: the mean length of a string of the embedded Reber grammar, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

REBER: Mapping[int, tuple[int, ...]] = {0: (1,), 1: (2, 3), 2: (2, 4), 3: (3, 5), 4: (3, 6), 5: (4, 6), 6: (7,), 7: ()}
"""After B at 0: T or P; S or X; T or V; X or S; P or V; E at 6. Each of two ways with probability 1/2."""


def mean_length(grammar: Mapping[int, tuple[int, ...]]) -> Fraction:
    """Symbols until the end: L = 1 + mean of L over the successors, solved by elimination over the rationals."""
    nodes = [node for node, after in grammar.items() if after]
    rows = {}
    for node in nodes:
        row = {other: Fraction(int(other == node)) for other in nodes}
        for successor in grammar[node]:
            if successor in row:
                row[successor] -= Fraction(1, len(grammar[node]))
        rows[node] = (row, Fraction(1))
    for pivot in nodes:
        row, value = rows[pivot]
        scale = row[pivot]
        row, value = {key: entry / scale for key, entry in row.items()}, value / scale
        rows[pivot] = row, value
        for other in nodes:
            if other != pivot:
                old, right = rows[other]
                factor = old[pivot]
                rows[other] = {key: old[key] - factor * row[key] for key in nodes}, right - factor * value
    return rows[nodes[0]][1]


def test_e8_a_reber_string_has_8_symbols_on_average_and_an_embedded_one_12() -> None:
    """The embedding adds B, T or P, the same again, and E; 11.5 is noted for 2000."""
    assert mean_length(REBER) == 8
    assert mean_length(REBER) + 4 == 12


def test_e8_the_chain_solver_knows_a_geometric_length() -> None:
    """A symbol that repeats with probability 1/2, and one that ends: 2 + 1."""
    assert mean_length({0: (0, 1), 1: (2,), 2: ()}) == 3
