"""Draws are a function of the seed, cover what they should, and shrink."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis.configuration import set_hypothesis_home_dir, storage_directory

from lstmproof.verify.generate import Draw, edges, generate, in_one_shape, plain, problem_for, problem_of, shrink, wide
from tests.verify.cells import cell, gated


def drawn(examples: int, seed: int) -> list[Draw]:
    found: list[Draw] = []

    def admit(draw: Draw) -> bool:
        found.append(draw)
        return True

    generate(gated(), examples, seed, admit)
    return found


def test_the_same_seed_gives_the_same_draws_and_another_others() -> None:
    assert drawn(20, 3) == drawn(20, 3)
    assert drawn(20, 3) != drawn(20, 4)


def test_draws_cover_empty_and_extreme_problems() -> None:
    every = drawn(200, 0)
    assert len(every) == 200
    assert {draw.T for draw in every} >= {1, 2, 3, 4, 5, 6}
    assert {draw.batch for draw in every} >= {1, 2, 3}
    assert {size for draw in every for _, size in draw.sizes} == {1, 2, 3, 4}
    assert {kind for draw in every for _, kind in draw.cotangents} == {"usual", "last", "huge", "tiny", "zero"}
    assert {exponent for draw in every for _, exponent in draw.exponents} >= {-8, -4, -1, 0, 1, 2}
    assert {draw.layout for draw in every} == {"plain", "strided", "read-only", "fortran"}
    assert {other for draw in every for _, other in draw.constants} == {False, True}


def test_declined_draws_are_counted_and_replaced() -> None:
    admitted: list[Draw] = []

    def admit(draw: Draw) -> bool:
        if draw.seed % 3 == 0:
            return False
        admitted.append(draw)
        return True

    declined = generate(gated(), 30, 0, admit)
    assert declined > 0
    assert len(admitted) == 30


def test_nothing_is_found_when_everything_is_declined() -> None:
    assert generate(gated(), 10, 0, lambda _: False) >= 10


def test_shrinking_finds_the_smallest_draw_that_fails() -> None:
    first = next(draw for draw in drawn(100, 0) if draw.T >= 4 and draw.batch >= 2)
    smallest = shrink(gated(), 100, 0, lambda draw: draw.T >= 3 and draw.batch >= 2, first)
    assert (smallest.T, smallest.batch, smallest.seed, smallest.layout) == (3, 2, 0, "plain")
    assert set(dict(smallest.sizes).values()) == {1}
    assert set(dict(smallest.exponents).values()) == {0}


def test_a_failure_that_hypothesis_does_not_meet_is_kept() -> None:
    odd = replace(drawn(1, 0)[0], T=4321)
    assert shrink(gated(), 5, 0, lambda draw: draw.T == 4321, odd) == odd


def test_generating_leaves_no_files_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    drawn(50, 1)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_that_a_caller_gave_hypothesis_stays_chosen(tmp_path: Path) -> None:
    """A `conftest.py` that keeps examples elsewhere must find them there after a law has drawn its cases."""
    before = storage_directory(intent_to_write=False).path
    first = drawn(1, 0)[0]
    try:
        set_hypothesis_home_dir(tmp_path)
        drawn(3, 1)
        shrink(gated(), 3, 0, lambda _: True, first)
        assert storage_directory(intent_to_write=False).path == tmp_path
    finally:
        set_hypothesis_home_dir(before)
    assert list(tmp_path.iterdir()) == []


def test_a_draw_determines_its_problem() -> None:
    draw = drawn(10, 0)[-1]
    one, other = problem_of(gated(), draw), problem_of(gated(), draw)
    for name, array in one.parameters.items():
        np.testing.assert_array_equal(array, other.parameters[name])
    assert one.constants == other.constants


@pytest.mark.parametrize(("layout", "contiguous", "writeable"), [("strided", False, True), ("read-only", True, False)])
def test_layouts_change_the_memory_and_not_the_numbers(layout: str, contiguous: bool, writeable: bool) -> None:
    draw = plain(gated(), 3, 2, {"input": 2, "hidden": 3}, 5)
    usual, peculiar = (problem_of(gated(), replace(draw, layout=each)).inputs["x"] for each in ("plain", layout))
    np.testing.assert_array_equal(usual, peculiar)
    assert (peculiar.flags.c_contiguous, peculiar.flags.writeable) == (contiguous, writeable)


def test_cotangent_kinds() -> None:
    draw = plain(gated(), 3, 2, {"input": 2, "hidden": 3}, 5)
    usual, last, huge, zero = (
        problem_of(gated(), replace(draw, cotangents=(("h", kind),))).cotangents["h"]
        for kind in ("usual", "last", "huge", "zero")
    )
    np.testing.assert_array_equal(last[-1], usual[-1])
    assert not last[:-1].any()
    np.testing.assert_array_equal(huge, usual * 1e8)
    assert not zero.any()


def test_problem_for_gives_a_valid_problem() -> None:
    problem = problem_for(gated(), 4, 3, {"input": 2, "hidden": 5}, seed=1, dtype="float32")
    assert problem.inputs["x"].shape == (4, 3, 2)
    assert problem.initial["h"].shape == (3, 5)
    assert problem.parameters["W_f"].shape == (5, 2)
    assert problem.parameters["W_f"].dtype == np.float32
    assert problem.cotangents["h"].shape == (4, 3, 5)
    assert problem.constants == {"beta": 0.5}


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"input": 2}, "no size for axis 'hidden'"),
        ({"input": 2, "hidden": 3, "unit": 1}, "has no axis 'unit'"),
        ({"input": 2, "hidden": 0}, "the size of axis 'hidden' is 0, expected a whole number of at least 1"),
    ],
)
def test_problem_for_refuses_wrong_sizes(sizes: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        problem_for(gated(), 1, 1, sizes)


def test_edges_are_ordinary_single_without_a_cotangent_and_at_last_empty() -> None:
    shapes = [(draw.T, draw.batch, dict(draw.sizes)["hidden"]) for draw in edges(gated(), 0)]
    assert shapes == [(3, 2, 3), (4, 1, 1), (2, 2, 2), (0, 2, 2), (3, 0, 2)]
    _, _, without, *_ = edges(gated(), 0)
    assert without.cotangents == (("h", "zero"),)
    assert without.seed % 2 == 1


def test_wide_problems_are_wide_and_those_of_one_shape_alike() -> None:
    assert wide(gated(), 0).batch * dict(wide(gated(), 0).sizes)["hidden"] >= 2**12
    assert len({(draw.T, draw.batch, draw.sizes) for draw in map(in_one_shape, drawn(20, 0))}) == 1


def test_wide_problems_are_wide_where_the_state_alone_is_narrow() -> None:
    """The kernel's chunks backward may hold numbers of the state and no others."""
    narrow = cell(
        'def narrow(x, s: "", *, w: "input", v: "output"):\n    """A unit."""\n    s = s + dot(w, x)\n'
        '    k: "output" = v * s\n    return s, k\n',
        "dot",
    )
    assert wide(narrow, 0).batch >= 2**12


def test_wide_problems_stay_within_memory() -> None:
    """Units that nothing computed has would double without end."""
    scalar = cell(
        'def scalar(x, s: "", *, w: "input"):\n    """A unit."""\n    s = s + tanh(dot(w, x) * s)\n    return s\n',
        "dot, tanh",
    )
    deep = cell(
        'def deep(x: "a b c", h: "d", *, W: "d a b c"):\n    """Rank 4."""\n    h = tanh(W @ x) * h\n    return h\n',
        "tanh",
    )
    for definition in (scalar, deep):
        problem = problem_of(definition, wide(definition, 0))
        arrays = (*problem.inputs.values(), *problem.initial.values(), *problem.parameters.values())
        assert max(array.size for array in arrays) <= 2**20
        assert problem.batch * max(problem.sizes.values()) >= 2**10


def test_a_description_tells_what_is_unusual() -> None:
    draw = plain(gated(), 3, 2, {"input": 2, "hidden": 3}, 5)
    assert draw.describe() == {"T": 3, "batch": 2, "input": 2, "hidden": 3, "problem_seed": 5}
    told = replace(draw, exponents=(("W_f", -8),), cotangents=(("h", "huge"),), constants=(("beta", True),)).describe()
    assert told["scales"] == {"W_f": "1e-8"}
    assert told["cotangents"] == {"h": "huge"}
    assert told["constants"] == ["beta"]
