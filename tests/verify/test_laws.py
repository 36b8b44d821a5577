"""Each law holds on sound kernels of every kind of cell, compares what it says, and says when it does not apply."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstmproof.language.definition import Definition
from lstmproof.verdict import Result
from lstmproof.verify.case import Case, Kernels, Redraw, Trial
from lstmproof.verify.examine import Request, decide, judge, suite
from lstmproof.verify.generate import Draw, plain
from lstmproof.verify.laws import agreement, identities, structure
from lstmproof.verify.laws.every import LAWS
from lstmproof.verify.laws.law import Comparison, compared
from tests.verify.cells import cell, gated, recurrent

BY_NAME = {law.name: law for law in LAWS}


def trial(definition: Definition, draw: Draw) -> Trial:
    return Trial(Case(definition, draw), Kernels(definition))


def usual(definition: Definition, steps: int = 4, rows: int = 3) -> Draw:
    sizes = {axis: 2 + place for place, axis in enumerate(definition.program.axis_names)}
    return plain(definition, steps, rows, sizes, 4)


def block() -> Definition:
    return cell(
        "def memory(x, y, s, *, W: 'block input', U: 'block block unit', W_c: 'block unit input'):\n"
        '    """Gates shared by the cells of a block."""\n'
        '    gate: "block" = sigmoid(W @ x + U @ y)\n'
        "    s = s + gate * tanh(W_c @ x)\n"
        "    y = gate * tanh(s)\n"
        "    return y, s\n".replace("x, y, s,", 'x, y: "block unit", s: "block unit",')
    )


CELLS = {"gated": gated(), "kinked": recurrent("relu(s) - 0.5 * h", "relu"), "block": block()}


@pytest.mark.parametrize("name", [name for name in BY_NAME if name != "framework"])
@pytest.mark.parametrize("definition", CELLS.values(), ids=CELLS)
def test_laws_hold_on_sound_kernels(definition: Definition, name: str) -> None:
    law = BY_NAME[name]
    if reason := law.absent(definition):
        assert (name, definition.name, "net inputs" in reason or "contraction" in reason) == (
            "online",
            "recurrent",
            True,
        )
        return
    count, worst = judge(law, trial(definition, usual(definition)))
    assert count > 0
    assert worst is not None
    assert worst.ratio <= 1


@pytest.mark.parametrize("name", [law.name for law in LAWS if law.name != "framework"])
@pytest.mark.parametrize(("steps", "rows"), [(0, 2), (3, 0), (1, 1)])
def test_laws_hold_on_the_smallest_problems(name: str, steps: int, rows: int) -> None:
    _, worst = judge(BY_NAME[name], trial(gated(), usual(gated(), steps, rows)))
    assert worst is None or worst.ratio <= 1


def test_reference_and_complex_step_look_at_both_dtypes() -> None:
    each = trial(gated(), usual(gated()))
    for check in (agreement.reference, agreement.complex_step):
        assert {comparison.what.split()[0] for comparison in check(each)} == {"float64", "float32"}


def test_a_truncated_gradient_is_not_the_full_one() -> None:
    each = trial(gated(), usual(gated()))
    assert not np.allclose(each.gradient("full")["U_f"], each.gradient("truncated")["U_f"], rtol=1e-3)


@pytest.mark.parametrize(
    ("value", "words", "reason"),
    [
        ("exp(s)", "exp", "exp"),
        ("s ** 2", "tanh", "a power"),
        ("tanh(s) / (1 + h)", "tanh", "a division"),
        ("tanh(s) / 3", "tanh", ""),
        ("mean(tanh(s)) * h", "tanh, mean", ""),
    ],
)
def test_saturation_is_absent_where_values_may_overflow(value: str, words: str, reason: str) -> None:
    assert structure.may_overflow(recurrent(value, words)) == (f"the cell has {reason}" if reason else "")


def test_saturated_problems_reach_far_and_stay_within_the_promise() -> None:
    case = Case(gated(), usual(gated()))
    problem = structure.saturating(gated(), case.problem, 1)
    weights = problem.parameters
    net = np.abs(weights["W_f"]).sum(axis=1) + np.abs(weights["U_f"]).sum(axis=1) + np.abs(weights["b_f"])
    assert 1e3 < net.max() <= structure.NET_INPUT
    assert np.abs(problem.initial["h"]).max() <= 1


def test_online_is_absent_where_a_product_mixes_units() -> None:
    assert "contraction" in identities.not_online(
        cell(
            "def mixed(x, h, *, W):\n"
            '    """A matrix in the carousel."""\n'
            "    h = tanh(W @ x) + outer(h, h) @ h\n"
            "    return h\n",
            "outer, tanh",
        )
    )
    assert identities.not_online(gated()) == ""


def test_the_batch_law_needs_two_rows_and_the_split_law_two_steps() -> None:
    alone = trial(gated(), usual(gated(), 1, 1))
    assert judge(BY_NAME["batch"], alone) == (0, None)
    assert judge(BY_NAME["split"], alone) == (0, None)


def test_an_omitted_cotangent_stands_for_zeros() -> None:
    two = block()
    draw = replace(usual(two), cotangents=(("y", "zero"), ("s", "usual")), seed=5)
    case = Case(two, draw)
    assert case.omitted == ("y",)
    _, worst = judge(BY_NAME["complex_step"], Trial(case, Kernels(two)))
    assert worst is not None
    assert worst.ratio <= 1


def test_ratios_are_infinite_where_numbers_are_missing() -> None:
    one = np.ones(2)
    (missing,) = compared("dL/d", {}, {"x": one}, {"x": one})
    assert np.isinf(missing.ratios()).all()
    assert np.isinf(Comparison("x", np.ones(3), one, one).ratios()).all()
    assert np.isinf(Comparison("x", np.array([np.nan, np.inf]), one, one).ratios()).all()
    assert Comparison("x", one, one, np.zeros(2)).ratios().tolist() == [0, 0]
    assert Comparison("x", one, one + 1, np.zeros(2)).ratios().tolist() == [np.inf, np.inf]
    assert Comparison("x", one, one + 1, 2 * one).ratios().tolist() == [0.5, 0.5]


def test_every_law_has_a_name_and_a_statement_of_its_own() -> None:
    assert len({law.name for law in LAWS}) == len(LAWS) == len({law.statement for law in LAWS})
    assert all(law.id == f"law.{law.name}" for law in LAWS)


def test_taylor_holds_what_a_cell_stops_at_the_base_point() -> None:
    """The kernel's own values move with what is stopped: differenced plainly, its right gradient is refuted."""
    stopping = recurrent("stop(sigmoid(s)) * h + tanh(s)", "sigmoid, stop, tanh")
    each = trial(stopping, usual(stopping))
    assert len(each.case.stopped) == 4
    count, worst = judge(BY_NAME["taylor"], each)
    assert count == 1
    assert worst is not None
    assert worst.ratio <= 1
    plainly = trial(stopping, usual(stopping))
    vars(plainly.case)["stopped"] = []
    _, wrong = judge(BY_NAME["taylor"], plainly)
    assert wrong is not None
    assert wrong.fails


def test_taylor_and_differences_decline_what_no_step_resolves() -> None:
    """Steps that take a sine round many times, or past a kink, say nothing of the order of a remainder."""
    chaotic = recurrent("1000 * sin(1000 * h) + s", "sin")
    each = trial(chaotic, usual(chaotic))
    assert each.case.reach > 1e8
    for name in ("taylor", "finite_difference"):
        with pytest.raises(Redraw):
            judge(BY_NAME[name], each)


@pytest.mark.parametrize("distance", [2.0**-power for power in range(3, 26)])
def test_taylor_holds_at_any_distance_from_a_kink(distance: float) -> None:
    """A step past a kink leaves a remainder of order 1."""
    near = recurrent(f"relu(b + {distance!r}) + tanh(s) * h", "relu, tanh")
    case = Case(near, plain(near, 1, 1, {"input": 1, "hidden": 1}, 4))
    vars(case)["problem"] = replace(case.problem, parameters={**case.problem.parameters, "b": np.zeros(1)})
    vars(case)["direction"] = {**case.direction, "b": -np.ones(1)}
    try:
        _, worst = judge(BY_NAME["taylor"], Trial(case, Kernels(near)))
    except Redraw:
        assert distance < 1e-6
        return
    assert worst is not None
    assert worst.ratio <= 1


def test_saturation_says_nothing_where_the_cell_itself_overflows() -> None:
    steep = recurrent("s * s * s * s * s * s * s * s * s * s * s * s", "tanh")
    each = trial(steep, usual(steep))
    assert {comparison.what.split()[0] for comparison in structure.saturation(each)} == {"float64"}
    beyond = recurrent("1e200 * tanh(s) * 1e200", "tanh")
    with pytest.raises(Redraw):
        judge(BY_NAME["saturation"], trial(beyond, usual(beyond)))


def test_a_zero_cotangent_may_have_the_other_sign_of_zero_when_it_is_left_out() -> None:
    """Products of an explicit -0.0 are no other numbers than those of none."""
    draw = replace(usual(gated()), cotangents=(("h", "zero"),), seed=1)
    case = Case(gated(), draw)
    assert case.omitted == ("h",)
    vars(case)["problem"] = replace(case.problem, cotangents={"h": -np.zeros_like(case.problem.cotangents["h"])})
    count, worst = judge(BY_NAME["determinism"], Trial(case, Kernels(gated())))
    assert count > 0
    assert worst is not None
    assert worst.ratio <= 1


def test_differences_compare_a_gradient_that_is_zero_throughout() -> None:
    still = recurrent("stop(tanh(s))", "stop, tanh")
    count, worst = judge(BY_NAME["finite_difference"], trial(still, usual(still)))
    assert count > 0
    assert worst is not None
    assert worst.ratio <= 1


def decided(definition: Definition, examples: int, *names: str) -> list[Result]:
    """What the named laws make of a cell."""
    request = Request(examples, 0)
    cases = suite(definition, request, Kernels(definition))
    return [decide(definition, BY_NAME[name], request, cases) for name in names]


def test_a_law_whose_every_number_is_zero_is_undecided() -> None:
    """Products below the smallest number: 0 on both sides tells no right gradient from a wrong one."""
    tiny = cell(
        "def tiny(x: 'hidden', h: 'hidden', *, p: 'hidden'):\n    h = 1e-200 * (p * x) * h * 1e-200\n    return h\n"
    )
    for result in decided(tiny, 4, *(law.name for law in LAWS if law.flow is not None and law.name != "framework")):
        assert (result.verdict, result.holds) == ("undecided", None), result.id
        assert "every number compared is zero" in result.reason


@pytest.mark.parametrize("value", ["stop(tanh(p * x + h))", "0 * p * x + 0 * h"])
def test_a_gradient_that_is_zero_by_structure_is_compared(value: str) -> None:
    still = cell(f"def still(x: 'hidden', h: 'hidden', *, p: 'hidden'):\n    h = {value}\n    return h\n", "stop, tanh")
    results = decided(still, 4, "complex_step", "truncated", "online", "split")
    assert [result.verdict for result in results] == ["tested"] * 4


def test_few_examples_are_ordinary_ones() -> None:
    (result,) = decided(gated(), 2, "complex_step")
    assert result.examples == 2
    kept = suite(gated(), Request(2, 0), Kernels(gated()))
    assert all(each.case.problem.T * each.case.problem.batch > 1 for each in kept.trials)


def test_problems_in_which_nothing_happens_are_no_examples() -> None:
    (result,) = decided(gated(), 5, "complex_step")
    assert result.examples == 3
    assert result.redrawn == 0
