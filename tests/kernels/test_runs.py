"""Runs and their memory: live runs never share any, copies are copies, and dropped memory is used again."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from lstmproof.catalogue import find
from lstmproof.kernels.kernel import Kernel, build, compiled
from lstmproof.problem import Problem
from lstmproof.verify.generate import map_arrays, problem_for
from tests.calculus.scans import cell
from tests.kernels.agreement import assert_same_bytes, forward

NAMES = ("lstm", "lstm_forget", "carousel")
every_kernel = pytest.mark.parametrize("name", NAMES)


def small(name: str, seed: int = 0, T: int = 4, batch: int = 2) -> Problem:
    definition = find(name)
    return problem_for(definition, T, batch, dict.fromkeys(definition.program.axis_names, 3), seed)


@cache
def source_of(name: str) -> str:
    return build(find(name).program).source


def kernel_of(name: str) -> Kernel:
    """A fresh kernel: its free memory is its own."""
    return compiled(source_of(name))


def outputs(run: Any, problem: Problem) -> dict[str, Any]:
    return {label: run[label] for label in problem.cotangents}


def arrays_of(work: Any) -> list[np.ndarray[Any, Any]]:
    """Every array of a workspace that owns its memory."""
    return [value for value in vars(work).values() if isinstance(value, np.ndarray) and value.base is None]


@every_kernel
def test_two_live_runs_share_no_memory(name: str) -> None:
    kernel, one, other = kernel_of(name), small(name, 1), small(name, 2)
    first, second = forward(kernel, one), forward(kernel, other)
    for a in arrays_of(first._work):
        for b in arrays_of(second._work):
            assert not np.shares_memory(a, b)
    assert len(arrays_of(first._work)) > 2


@every_kernel
def test_runs_may_go_backward_in_any_order(name: str) -> None:
    kernel, problems = kernel_of(name), [small(name, seed) for seed in range(3)]
    expected = []
    for problem in problems:
        single = kernel_of(name)
        run = forward(single, problem)
        expected.append((outputs(run, problem), single.backward(run, **problem.cotangents)))
    runs = [forward(kernel, problem) for problem in problems]
    for at in (1, 0, 2, 1, 0):
        found = kernel.backward(runs[at], **problems[at].cotangents)
        assert_same_bytes(found, expected[at][1])
        assert_same_bytes(outputs(runs[at], problems[at]), expected[at][0])


@every_kernel
def test_what_is_handed_out_is_a_copy(name: str) -> None:
    kernel, problem = kernel_of(name), small(name)
    run = forward(kernel, problem)
    values, first = outputs(run, problem), kernel.backward(run, **problem.cotangents)
    kept = {label: array.copy() for label, array in first.items()}
    for array in outputs(run, problem).values():
        array[...] = np.nan
    assert_same_bytes(outputs(run, problem), values)
    for array in first.values():
        array[...] = np.nan
    again = kernel.backward(run, **problem.cotangents)
    assert_same_bytes(again, kept)
    work = arrays_of(run._work)
    for array in (*values.values(), *again.values()):
        assert not any(np.shares_memory(array, memory) for memory in work)


def test_an_output_is_read_by_name_or_as_an_attribute() -> None:
    run = forward(kernel_of("lstm"), small("lstm"))
    np.testing.assert_array_equal(run["c"], run.c)
    assert run["h"].shape == (4, 2, 3)
    assert run["h"].flags.c_contiguous
    assert run["h"].flags.writeable


@every_kernel
def test_arguments_changed_after_the_forward_pass_change_nothing(name: str) -> None:
    kernel, problem = kernel_of(name), small(name)
    expected = kernel.backward(forward(kernel, problem), **problem.cotangents)
    mine = map_arrays(problem, np.copy)
    run = forward(kernel, mine)
    values = outputs(run, mine)
    for arrays in (mine.parameters, mine.inputs, mine.initial):
        for array in arrays.values():
            array[...] = 7.0
    assert_same_bytes(kernel.backward(run, **problem.cotangents), expected)
    assert_same_bytes(outputs(run, mine), values)


@every_kernel
def test_arguments_are_never_written(name: str) -> None:
    kernel, problem = kernel_of(name), small(name)
    before = map_arrays(problem, np.copy)
    kernel.backward(forward(kernel, problem), **problem.cotangents)
    for mine, copies in (
        (problem.parameters, before.parameters),
        (problem.inputs, before.inputs),
        (problem.initial, before.initial),
        (problem.cotangents, before.cotangents),
    ):
        assert_same_bytes(mine, copies)


@every_kernel
def test_the_memory_of_a_dropped_run_is_used_again(name: str) -> None:
    kernel, problem = kernel_of(name), small(name)
    run = forward(kernel, problem)
    memory = id(run._work.tape)
    expected = kernel.backward(run, **problem.cotangents)
    del run
    forward(kernel, small(name, seed=5, T=7))  # other sizes: another workspace
    run = forward(kernel, problem)
    assert id(run._work.tape) == memory
    assert_same_bytes(kernel.backward(run, **problem.cotangents), expected)


@every_kernel
def test_what_an_earlier_run_left_in_memory_does_not_show(name: str) -> None:
    kernel, problem = kernel_of(name), small(name)
    expected = outputs(forward(kernel_of(name), problem), problem)
    spoiled = map_arrays(small(name, seed=3), lambda array: array * 1e3)
    run = forward(kernel, spoiled)
    kernel.backward(run, **spoiled.cotangents)
    del run
    found = forward(kernel, problem)
    assert_same_bytes(outputs(found, problem), expected)
    fresh_kernel = kernel_of(name)
    fresh = fresh_kernel.backward(forward(fresh_kernel, problem), **problem.cotangents)
    assert_same_bytes(kernel.backward(found, **problem.cotangents), fresh)


def test_dropped_memory_does_not_pile_up() -> None:
    kernel = kernel_of("rnn")
    for T in range(1, 12):
        forward(kernel, small("rnn", T=T))
    free = kernel.forward.__globals__["_free"]
    assert 0 < len(free) <= kernel.forward.__globals__["_MOST_FREE"]


def test_both_backward_passes_may_alternate_on_one_run() -> None:
    kernel, problem = kernel_of("lstm"), small("lstm")
    run = forward(kernel, problem)
    whole = kernel.backward(run, **problem.cotangents)
    rows = kernel.backward_rows(run, **problem.cotangents)
    kernel.backward(run, h=problem.cotangents["h"])
    assert_same_bytes(kernel.backward(run, **problem.cotangents), whole)
    assert_same_bytes(kernel.backward_rows(run, **problem.cotangents), rows)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_run_is_not_duplicated(duplicate: Callable[[Any], Any]) -> None:
    """A copy that is dropped would hand back the memory that the run still leases."""
    run = forward(kernel_of("lstm"), small("lstm"))
    with pytest.raises(TypeError, match="a run is not copied or pickled"):
        duplicate(run)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (lambda: forward(kernel_of("gru"), small("gru")), "a run of another kernel"),
        (lambda: forward(build(find("lstm").program, "float32"), as_float32(small("lstm"))), "a run of another kernel"),
        (lambda: None, "a NoneType"),
        (lambda: np.zeros(3), "a ndarray"),
    ],
    ids=["another cell's", "another dtype's", "nothing", "an array"],
)
def test_backward_takes_runs_of_its_own_forward_alone(found: Callable[[], Any], told: str) -> None:
    kernel = kernel_of("lstm")
    for backward in (kernel.backward, kernel.backward_rows):
        with pytest.raises(TypeError, match=f"the first argument is {told}, expected a run that this kernel's own"):
            backward(found())


def as_float32(problem: Problem) -> Problem:
    return map_arrays(problem, lambda array: array.astype(np.float32))


def test_what_is_computed_of_parameters_alone_may_overflow_on_its_way() -> None:
    """sigma(-800) is 0, and exp(800) is not to be heard of."""
    text = "def damped(x: 'hidden', h: 'hidden', *, p: 'hidden'):\n    h = sigmoid(p) * h + x\n    return h\n"
    kernel = build(cell(text).program)
    with np.errstate(all="raise", under="ignore"):
        run = kernel.forward(np.ones((2, 1, 1)), np.ones((1, 1)), p=np.array([-800.0]))
        gradient = kernel.backward(run, h=np.ones((2, 1, 1)))
    np.testing.assert_array_equal(run.h, 1.0)
    assert gradient["p"] == 0
