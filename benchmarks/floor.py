"""What no plan of a cell's kernel goes below: its matrix products and its transcendental functions, and nothing else.

The products are those that the plan computes: for each step one for every set of net inputs that read the same
vectors, forward, and one backward; for all steps at once those that no state waits for, and those of the gradients of
weights. Each is done in the quickest of the forms below on arrays that stay in the cache; exp, tanh and their like
run on as many numbers as the plan has. Every sum, product and quotient of single numbers and every copy is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from lstmproof.cell import load
from lstmproof.kernels.layout import ONES, Call, ProductCall, Span, UfuncCall
from lstmproof.kernels.phases import Phase
from lstmproof.kernels.plan import Plan, plan
from lstmproof.problem import Array, Problem

TRANSCENDENTAL = frozenset({"exp", "log", "sin", "cos", "tanh", "logaddexp", "power"})
"""Ufuncs that cost more than moving their numbers does."""

TRIES = 5
"""Repetitions by which the quickest form of a product is found."""


@dataclass(frozen=True)
class Work:
    """What is left of a kernel: calls without arguments, each so many times."""

    repetitions: int
    call: Callable[[], Any]


def floor_of(cell: str, problem: Problem) -> Callable[[], None]:
    """A computation that takes as long as the products and transcendental functions of one forward and backward."""
    parts = list(_work(plan(load(cell).program), problem))

    def run() -> None:
        for part in parts:
            for _ in range(part.repetitions):
                part.call()

    return run


def _work(planned: Plan, problem: Problem) -> Iterator[Work]:
    axes = {**planned.forward.axes, **planned.backward.axes, ONES: ()}
    dtype = next(iter(problem.inputs.values())).dtype
    T, B = problem.T, problem.batch

    def units(span: Span) -> int:
        return sum(prod(problem.sizes[axis] for axis in axes[row]) for row in span.rows)

    for scan in (planned.forward, planned.backward):
        for phase, calls in scan.calls.items():
            steps, columns = (T, B) if phase == Phase.LOOP else (1, T * B)
            for call in calls:
                yield from _of_call(call, units, steps, columns, dtype)
    for group in planned.groups:
        yield Work(1, quickest(units(group.left), T * B, units(group.right), dtype))


def _of_call(call: Call, units: Callable[[Span], int], steps: int, columns: int, dtype: DTypeLike) -> Iterator[Work]:
    if isinstance(call, ProductCall):
        yield Work(steps, quickest(units(call.out), units(call.operands), columns, dtype))
    elif isinstance(call, UfuncCall) and call.ufunc in TRANSCENDENTAL:
        numbers = np.linspace(-2, 2, units(call.out) * columns, dtype=dtype)
        function = getattr(np, call.ufunc)
        yield Work(steps, partial(function, *[numbers] * len(call.arguments), np.empty_like(numbers)))


def quickest(rows: int, inner: int, columns: int, dtype: DTypeLike) -> Callable[[], Any]:
    """A product of a (rows, inner) and an (inner, columns) matrix in the form that is quickest here."""
    return min(forms(rows, inner, columns, dtype), key=_least_time)


def forms(rows: int, inner: int, columns: int, dtype: DTypeLike) -> Sequence[Callable[[], Any]]:
    """One product in many forms: either factor by rows or by columns, in one piece or by blocks of its rows."""
    generator = np.random.default_rng(0)
    left = generator.standard_normal((rows, inner)).astype(dtype)
    right = generator.standard_normal((inner, columns)).astype(dtype)
    out = np.empty((rows, columns), dtype)
    found: list[Callable[[], Any]] = []
    for one in (left, _by_columns(left)):
        for other in (right, _by_columns(right)):
            found.append(partial(np.dot, one, other, out))
            found.append(partial(np.dot, other.T, one.T, np.empty((columns, rows), dtype)))
    for size in (8, 16, 32, 64):
        if rows % size == 0 and rows > size:
            for other in (right, _by_columns(right)):
                blocks = left.reshape(-1, size, inner)
                found.append(partial(np.matmul, blocks, other, out=out.reshape(-1, size, columns)))
    return found


def _by_columns(matrix: Array) -> Array:
    """The same matrix, its columns contiguous."""
    return np.ascontiguousarray(matrix.T).T


def _least_time(call: Callable[[], Any]) -> float:
    taken = []
    for _ in range(TRIES):
        start = perf_counter()
        call()
        taken.append(perf_counter() - start)
    return min(taken)
