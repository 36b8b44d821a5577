"""The search for an order of rows in which few calls do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lstmproof.kernels.instructions import Instruction
from lstmproof.kernels.layout import Packing, Rows, complete, levels, together, waste


def search(
    rows: Rows,
    record: str,
    start: Sequence[str],
    loop: Sequence[Instruction],
    before: Sequence[Instruction],
    tries: int,
) -> tuple[str, ...]:
    """The order of the record's rows with the fewest calls in the loop, found by moves that each improve it.

    First the rows that the loop touches are ordered, for its calls; then all, for those before it, which count less.
    Regions stay together throughout. The search is the same on every machine: it counts tries, not seconds, and makes
    `tries` of the first kind at most.
    """
    grouped_loop, grouped_before = levels(loop, rows.place.get), levels(before, rows.place.get)
    touched = {place.row for i in loop for name in (i.out, *i.reads) if (place := rows.place.get(name)) is not None}
    touched |= {row for region in rows.regions if touched & set(region) for row in region}
    inner = [row for row in start if row in touched]
    outer = [row for row in start if row not in touched]

    def calls_in_loop(order: tuple[str, ...]) -> tuple[int, ...]:
        return (Packing(rows, complete(rows, record, (*order, *outer))).count(grouped_loop), _spread(rows, order))

    def calls_in_all(order: tuple[str, ...]) -> tuple[int, ...]:
        packing = Packing(rows, complete(rows, record, order))
        return (packing.count(grouped_loop), _spread(rows, order), packing.count(grouped_before))

    order = _climb(tuple(inner), rows, calls_in_loop, tries)
    return _climb((*order, *outer), rows, calls_in_all, tries // 4)


MOST_ROWS = 60
"""Beyond this many rows a search would take longer than it saves."""

MOST_TRIES = 1200
"""Orders that a search looks at, unless it is told otherwise."""


def _climb(
    order: tuple[str, ...], rows: Rows, cost: Callable[[tuple[str, ...]], tuple[int, ...]], tries: int
) -> tuple[str, ...]:
    """Improve an order move by move until none helps or the tries are used up; a long one is left as it is."""
    if len(order) > MOST_ROWS:
        return order
    regions = [[row for row in region if row in order] for region in rows.regions]
    best = cost(order)
    improved = True
    while improved:
        improved = False
        for candidate in _neighbours(order):
            if not together(regions, candidate):
                continue
            tries -= 1
            if tries < 0:
                return order
            found = cost(candidate)
            if found < best:
                order, best, improved = candidate, found, True
                break
    return order


def _spread(rows: Rows, order: Sequence[str]) -> int:
    """Strangers among the rows that matrix products outside the scan take together."""
    members = ([name for name in names if name in order] for names in rows.covered)
    return sum(waste(order, names) for names in members if names)


def _neighbours(order: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Orders one move away: two rows exchanged, or one row, or a few neighbours, moved elsewhere."""
    n = len(order)
    for i in range(n):
        for j in range(i + 1, n):
            swapped = list(order)
            swapped[i], swapped[j] = swapped[j], swapped[i]
            yield tuple(swapped)
    for width in (1, 2, 3, 4, 5, 6):
        for i in range(n - width + 1):
            block, rest = order[i : i + width], order[:i] + order[i + width :]
            for j in range(len(rest) + 1):
                if j != i:
                    yield rest[:j] + block + rest[j:]
