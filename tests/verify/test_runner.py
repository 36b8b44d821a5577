"""The runner: honest counts, absent laws, the same results for any number of processes, a clean end."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

import pytest

from lstmproof.verdict import CellResults, Result
from lstmproof.verify import examination
from lstmproof.verify.case import Trial
from lstmproof.verify.examine import Request, Suite
from lstmproof.verify.laws.every import LAWS, SYMBOLIC_ID
from lstmproof.verify.laws.law import Comparison
from lstmproof.verify.parts import FINDINGS
from lstmproof.verify.runner import verify_cell, verify_cells, wanted
from lstmproof.verify.subject import EVERYTHING, Selection, Subject
from tests.verify.cells import cell, gated, recurrent


def laws(*globs: str) -> Selection:
    return Selection(laws=globs)


QUICK_LAWS = ("law.reference", "law.complex_step", "law.symbolic", "law.split", "law.online")
QUICK = laws(*QUICK_LAWS)


def asked(selection: Selection) -> list[str]:
    return list(wanted(alone(gated()), selection))


alone = Subject.alone


def untimed(results: CellResults) -> tuple[Result, ...]:
    return tuple(replace(result, seconds=0.0) for result in results.results)


def test_all_laws_of_a_sound_cell_hold() -> None:
    found = verify_cell(alone(gated()), examples=10, selection=laws("law.[!f]*", "law.finite_*"))
    assert all(result.holds for result in found.results)
    assert all(result.comparisons > 0 for result in found.results)
    assert [result.id for result in found.results] == [law for law in asked(laws("law.*")) if law != "law.framework"]
    assert (found.cell, found.key, found.file) == ("gated", "test.py:gated", "test.py")
    verdicts = {result.id: result.verdict for result in found.results}
    assert (verdicts["law.symbolic"], verdicts["law.ball"], verdicts["law.taylor"]) == ("proved", "certified", "tested")


def test_examples_are_those_used_and_never_more_than_asked_for() -> None:
    found = {
        result.id: result for result in verify_cell(alone(gated()), examples=8, selection=laws("law.[!f]*")).results
    }
    assert found["law.complex_step"].examples == 6  # of 8, two have no step or no row
    assert found["law.split"].examples < 8
    assert found["law.ball"].examples <= 5
    assert found["law.reference"].examples == 7  # one wide problem more; two without a step or a row compare nothing


def test_results_tell_the_worst_case_its_tolerance_and_how_to_repeat_it() -> None:
    (result,) = verify_cell(alone(gated()), examples=7, seed=3, selection=laws("law.complex_step")).results
    assert result.replay == "lstmproof verify test.py:gated --law law.complex_step --seed 3 --examples 7"
    assert Request(100, 0).replay(gated(), "law.ball") == "lstmproof verify test.py:gated --law law.ball"
    assert Request(100, 1).replay(gated(), "law.ball").endswith("law.ball --seed 1")
    assert Request(1, 0).replay(replace(gated(), file="my cell.py"), "law.ball") == (
        "lstmproof verify 'my cell.py:gated' --law law.ball --examples 1"
    )
    assert result.worst is not None
    assert result.worst["ratio"] <= 1
    assert result.worst["tolerance"] == result.tolerance
    assert result.worst["operations"] > 10
    assert "problem_seed" in result.worst


def test_the_same_arguments_give_the_same_results() -> None:
    one, other = (verify_cell(alone(gated()), examples=6, seed=1, selection=QUICK) for _ in range(2))
    assert untimed(one) == untimed(other)
    assert untimed(one) != untimed(verify_cell(alone(gated()), examples=6, seed=2, selection=QUICK))


@pytest.mark.parametrize("number", [1, 3])
def test_results_do_not_depend_on_the_number_of_processes(number: int) -> None:
    subjects = [alone(each) for each in (gated(), recurrent("tanh(s)", "tanh"), recurrent("relu(s)", "relu"))][:number]
    one = [untimed(found) for found in verify_cells(subjects, 5, 0, QUICK, workers=1)]
    two = [untimed(found) for found in verify_cells(subjects, 5, 0, QUICK, workers=2)]
    assert one == two
    assert len(one) == number


def planted(error: BaseException, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The law `at` raises."""

    def check(_: Trial) -> Iterator[Comparison]:
        raise error

    wrong = tuple(replace(law, check=check) if law.id == at else law for law in LAWS)
    monkeypatch.setattr(examination, "LAWS", wrong)


def test_an_internal_error_leaves_its_law_undecided_and_the_others_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planted(OSError("no such thing\nat all"), "law.split", monkeypatch)
    found = {result.id: result for result in verify_cell(alone(gated()), examples=4, selection=QUICK).results}
    assert set(found) == set(QUICK_LAWS)
    broken = found.pop("law.split")
    assert (broken.verdict, broken.holds) == ("undecided", None)
    assert broken.reason == "internal error: OSError: no such thing"
    assert "in check" in broken.traceback
    assert broken.statement
    assert all(result.holds and not result.traceback for result in found.values())


def test_an_internal_error_in_generating_leaves_every_law_with_cases_undecided(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def suite(*_: object) -> Suite:
        raise MemoryError

    monkeypatch.setattr(examination, "suite", suite)
    found = {result.id: result for result in verify_cell(alone(gated()), examples=4, selection=QUICK).results}
    assert found.pop("law.symbolic").verdict == "proved"
    assert {result.reason for result in found.values()} == {"internal error: MemoryError"}
    assert {result.verdict for result in found.values()} == {"undecided"}


class Deadly(str):
    """Text that ends the process which unpickles it."""

    def __reduce__(self) -> tuple[Callable[[int], object], tuple[int]]:
        return os._exit, (9,)


def test_a_process_that_dies_leaves_its_laws_undecided() -> None:
    sound = alone(gated())
    deadly = replace(sound, derivation=replace(sound.derivation, doc=Deadly("")))
    (found,) = verify_cells([deadly], 4, 0, QUICK, workers=2)
    assert [result.id for result in found.results] == asked(QUICK)
    assert {result.verdict for result in found.results} == {"undecided"}
    assert all("internal error: BrokenProcessPool" in result.reason for result in found.results)


def test_what_was_established_before_an_interruption_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(KeyboardInterrupt(), "law.split", monkeypatch)
    kept: list[CellResults] = []
    with pytest.raises(KeyboardInterrupt):
        list(verify_cells([alone(gated())], 4, 0, QUICK, workers=1, unfinished=kept))
    assert [result.id for result in kept[0].results] == [law for law in asked(QUICK) if law != "law.split"]


def test_cells_that_end_before_their_turn_are_kept() -> None:
    kept: list[CellResults] = []
    plain = [recurrent("tanh(s)", "tanh"), recurrent("sin(s)", "sin")]
    every = verify_cells([alone(gated()), *map(alone, plain)], 3, 0, laws("law.reference"), workers=2, unfinished=kept)
    next(every)
    time.sleep(5)  # the others end meanwhile
    every.close()
    assert [cell.digest for cell in kept] == [cell.digest for cell in plain]


def test_leaving_early_ends_the_processes() -> None:
    before = set(multiprocessing.active_children())
    every = verify_cells([alone(gated())] * 6, 20, 0, QUICK, workers=2)
    next(every)
    assert isinstance(every, Generator)
    every.close()
    assert set(multiprocessing.active_children()) <= before


def test_laws_that_do_not_apply_are_absent_with_their_reason() -> None:
    found = verify_cell(alone(recurrent("exp(tanh(s))", "exp, tanh")), examples=2, selection=laws("law.saturation"))
    assert found.results == ()
    assert found.absent == {"law.saturation": "the cell has exp"}


def test_a_cell_that_no_problem_suits_is_undecided() -> None:
    hopeless = recurrent("log(s * s - 2 * s * s)", "log")
    (result,) = verify_cell(alone(hopeless), examples=3, selection=laws("law.reference")).results
    assert result.verdict == "undecided"
    assert result.holds is None
    assert result.redrawn > 0
    assert result.reason == "nothing was compared"


def test_more_than_half_redrawn_is_undecided() -> None:
    mostly = cell(
        "def mostly(x, h, *, W, U, b, c):\n"
        '    """Outside its domain for most weights."""\n'
        "    h = tanh(W @ x + U @ h) + sqrt(b) * log(c)\n"
        "    return h\n",
        "tanh, sqrt, log",
    )
    (result,) = verify_cell(alone(mostly), examples=10, selection=laws("law.reference")).results
    assert result.verdict == "undecided"
    assert "cases were redrawn" in result.reason or result.reason == "nothing was compared"


def test_patterns_choose_laws() -> None:
    assert asked(laws("law.complex_*")) == ["law.complex_step"]
    assert asked(EVERYTHING) == [SYMBOLIC_ID, *(law.id for law in LAWS), FINDINGS]
    assert verify_cell(alone(gated()), selection=laws("nothing")).results == ()


def test_progress_is_told_of_each_law() -> None:
    told: list[str] = []
    verify_cell(alone(gated()), examples=2, selection=laws("law.symbolic", "law.reference"), progress=told.append)
    assert told == ["law.symbolic", "law.reference"]
