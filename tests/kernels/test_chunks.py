"""Steps that go backward by chunks and pieces of them, large products by blocks of rows: small runs come to none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lstmproof.catalogue import find, names
from lstmproof.kernels.kernel import Kernel, build, compiled
from lstmproof.language.definition import Definition
from lstmproof.readings.flow import Flow
from lstmproof.readings.rounding import magnitudes
from tests.calculus.scans import cell, forward, gradient, in_flow, small_problem
from tests.kernels.agreement import assert_rows_add_up, execute
from tests.kernels.agreement import forward as run_of
from tests.kernels.test_facing import EVERY

IN_CACHE = "max(16384 // max(1, width), columns // max(1, B), 2 * piece)"
NEAREST = "1024 // max(1, B * units)"
LARGE = "rows // blocks * inner * columns > 10**6"
FEW = "rows // blocks < 8"
EPS = float(np.finfo(np.float64).eps)


def changed(kernel: Kernel, **texts: str) -> Kernel:
    """The kernel with parts of its source replaced, each of which is there once."""
    source = kernel.source
    for name, text in texts.items():
        part = {"steps": IN_CACHE, "piece": NEAREST, "large": LARGE, "few": FEW}[name]
        assert source.count(part) == 1
        source = source.replace(part, text)
    return compiled(source)


def function(name: str) -> Callable[..., Any]:
    """A function of an emitted module."""
    found: Callable[..., Any] = build(find("rnn").program).forward.__globals__[name]
    return found


@pytest.mark.parametrize("flow", ["full", "truncated"])
@pytest.mark.parametrize("definition", [*map(find, names()), *map(cell, EVERY)], ids=lambda each: each.name)
def test_chunks_of_any_length_and_blocks_of_one_row_give_the_same(definition: Definition, flow: Flow) -> None:
    program = in_flow(definition, flow)
    kernel = build(program)
    problem = small_problem(definition, T=5, batch=3)
    outputs, gradients = forward(program, problem).outputs, gradient(program, problem)
    allowed = magnitudes(definition, problem, flow)
    for steps, piece in ((1, 1), (2, 1), (3, 2)):
        small = changed(kernel, steps=str(steps), piece=str(piece), large="blocks < rows", few="False")
        found, back = execute(small, problem)
        for label, array in outputs.items():
            assert np.all(np.abs(found[label] - array) <= EPS * allowed.outputs[label]), label
        for label, array in gradients.items():
            assert np.all(np.abs(back[label] - array) <= EPS * allowed.gradients[label]), label
        assert_rows_add_up(small, run_of(small, problem), problem, 1e-13)


def test_a_cotangent_that_is_given_is_gone_from_the_next_run() -> None:
    """A total reads it, so that no call leaves it out; its row is used again for every chunk."""
    definition = cell("def linear(x, h, *, W, V):\n    h = h + W @ x\n    y = V @ h\n    return h, y\n")
    kernel = changed(build(definition.program), steps="2")
    problem = small_problem(definition, T=5)
    run = run_of(kernel, problem)
    alone = kernel.backward(run, h=problem.cotangents["h"])
    kernel.backward(run, **problem.cotangents)
    again = kernel.backward(run, h=problem.cotangents["h"])
    assert np.any(kernel.backward(run, **problem.cotangents)["V"])
    for label, array in alone.items():
        assert again[label].tobytes() == array.tobytes(), label
    assert not np.any(alone["V"])


def test_a_chunk_fits_the_cache_or_has_as_many_columns_as_a_gradient_or_two_pieces() -> None:
    chunk = function("_chunk")
    assert chunk(100, 16, 5 * 1024, 129, 1) == 8
    assert chunk(100, 1, 40, 17, 128) == 100
    assert chunk(1000, 1, 80, 33, 64) == 204
    assert chunk(1000, 1, 160, 33, 64) == 128
    assert chunk(5, 512, 16 * 1024, 9, 1) == 2
    assert chunk(0, 0, 0, 0, 1) == chunk(0, 3, 50, 17, 6) == 1


def test_a_row_of_a_piece_fits_the_nearest_cache() -> None:
    piece = function("_piece")
    assert piece(16, 64) == 1
    assert piece(1, 8) == 128
    assert piece(64, 256) == piece(5, 400) == 1
    assert piece(0, 8) == piece(3, 0) == 1024


def test_the_last_range_may_be_shorter() -> None:
    ranges = function("_ranges")
    assert ranges(0, 7, 3) == [(0, 3), (3, 6), (6, 7)]
    assert ranges(3, 6, 2) == [(3, 5), (5, 6)]
    assert ranges(0, 0, 1) == []


def test_large_products_are_split_and_those_of_few_rows_are_not() -> None:
    blocks = function("_blocks")
    assert blocks(256, 129, 16) == 1
    assert blocks(512, 257, 32) == 8
    assert blocks(1024, 513, 64) == 64
    assert blocks(15, 2000, 2000) == blocks(12, 1000, 1000) == 1
    assert blocks(0, 5, 5) == blocks(5, 0, 5) == 1


@pytest.mark.parametrize(("rows", "units", "batch"), [(512, 257, 32), (64, 4000, 5), (7, 3, 1), (3, 1, 4)])
def test_a_product_by_blocks_is_the_product(rows: int, units: int, batch: int) -> None:
    random = np.random.default_rng(0)
    matrix, operands = random.integers(-9, 9, (rows, units)) * 1.0, random.integers(-9, 9, (2, units, batch)) * 1.0
    one, all_steps = np.empty((rows, batch)), np.empty((2, rows, batch))
    expected = np.einsum("ij,tjb->tib", matrix, operands)
    if batch > 1:
        function("_times")(matrix, batch)(operands[0], one)
        np.testing.assert_array_equal(one, expected[0])
    function("_product")(matrix, operands, all_steps)
    np.testing.assert_array_equal(all_steps, expected)
