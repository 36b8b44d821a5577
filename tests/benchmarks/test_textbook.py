"""Every textbook loop computes what the kernel computes, and the comparison finds those that do not."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from benchmarks.kernels import MARKS, Disagreement, Measured, compare, kernel_of, problem_of, runs, table, textbook_of
from benchmarks.textbook import LOOPS
from benchmarks.textbook.layers import Layout
from benchmarks.timing import LEAST, in_turn
from lstmproof.catalogue import index

SIZE = (4, 3, 5, 6)


def test_every_cell_of_the_catalogue_has_a_loop_and_is_run() -> None:
    assert set(LOOPS) == set(index())
    assert {cell for cell, _, _ in runs(list(LOOPS))} == set(LOOPS)
    assert len(list(runs(["lstm"]))) == len(MARKS)


@pytest.mark.parametrize("layout", get_args(Layout))
@pytest.mark.parametrize("cell", LOOPS)
def test_loops_agree_with_kernels(cell: str, layout: Layout) -> None:
    problem = problem_of(cell, SIZE, "float64")
    kernel, loop = kernel_of(cell, problem, "float64"), textbook_of(cell, problem, layout)
    expected = kernel.read(kernel.run())
    assert compare(cell, loop.read(loop.run()), expected, problem) == len(expected)


def test_a_gradient_that_is_off_is_named() -> None:
    problem = problem_of("rnn", SIZE, "float64")
    found = textbook_of("rnn", problem).run()
    wrong = {**found, "U_h": found["U_h"].T}
    with pytest.raises(Disagreement, match="spoilt: U_h differs from the kernel's by"):
        compare("spoilt", wrong, found, problem)


def test_a_gradient_that_is_missing_or_no_number_is_named() -> None:
    problem = problem_of("rnn", SIZE, "float64")
    found = textbook_of("rnn", problem).run()
    with pytest.raises(Disagreement, match="short: no gradient of x"):
        compare("short", {name: array for name, array in found.items() if name != "x"}, found, problem)
    with pytest.raises(Disagreement, match="nan: x differs"):
        compare("nan", {**found, "x": found["x"] * np.nan}, found, problem)


def test_contenders_run_equally_often_and_in_turn() -> None:
    order: list[str] = []
    contenders = {name: lambda name=name: order.append(name) for name in ("a", "b", "c")}
    times = in_turn(contenders, 0.0)
    assert [len(taken) for taken in times.values()] == [LEAST] * 3
    assert order[:12] == [*"aabbcc", *"bbccaa"]


def test_a_missed_mark_stands_out() -> None:
    missed = Measured("rnn", SIZE, "float64", "textbook", 1.5, 1.6, 2.0, False, 1.0, 1.5, 9)
    single = Measured("rnn", SIZE, "float32", "textbook", 1.5, 1.6, None, None, 1.0, 1.5, 9)
    lines = table([missed, single]).splitlines()
    assert "1.50 (1.60) >= 2: **no**" in lines[2]
    assert "| 1.50 (1.60) |" in lines[3]
