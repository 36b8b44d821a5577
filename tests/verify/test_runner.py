"""The runner: honest counts, absent laws, the same results for any number of processes, a clean end."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Generator, Iterator
from dataclasses import replace

import pytest

from lstmproof.verdict import CellResults, Result
from lstmproof.verify import processes, runner
from lstmproof.verify.case import Trial
from lstmproof.verify.examine import Request, Suite
from lstmproof.verify.laws.every import LAWS, SYMBOLIC_ID
from lstmproof.verify.laws.law import Comparison
from lstmproof.verify.runner import selected, verify_cell, verify_cells, wanted
from tests.verify.cells import cell, gated, recurrent

QUICK = ["law.reference", "law.complex_step", "law.symbolic", "law.split", "law.online"]


def untimed(results: CellResults) -> tuple[Result, ...]:
    return tuple(replace(result, seconds=0.0) for result in results.results)


def test_all_laws_of_a_sound_cell_hold() -> None:
    found = verify_cell(gated(), examples=10, laws=["law.[!f]*", "law.finite_*"])
    assert all(result.holds for result in found.results)
    assert all(result.comparisons > 0 for result in found.results)
    assert [result.id for result in found.results] == [law for law in wanted(None) if law != "law.framework"]
    assert (found.cell, found.key, found.file) == ("gated", "test.py:gated", "test.py")
    verdicts = {result.id: result.verdict for result in found.results}
    assert (verdicts["law.symbolic"], verdicts["law.ball"], verdicts["law.taylor"]) == ("proved", "certified", "tested")


def test_examples_are_those_used_and_never_more_than_asked_for() -> None:
    found = {result.id: result for result in verify_cell(gated(), examples=8, laws=["law.[!f]*"]).results}
    assert found["law.complex_step"].examples == 6  # of 8, two have no step or no row
    assert found["law.split"].examples < 8
    assert found["law.ball"].examples <= 5
    assert found["law.reference"].examples == 7  # one wide problem more; two without a step or a row compare nothing


def test_results_tell_the_worst_case_its_tolerance_and_how_to_repeat_it() -> None:
    (result,) = verify_cell(gated(), examples=7, seed=3, laws=["law.complex_step"]).results
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
    one, other = (verify_cell(gated(), examples=6, seed=1, laws=QUICK) for _ in range(2))
    assert untimed(one) == untimed(other)
    assert untimed(one) != untimed(verify_cell(gated(), examples=6, seed=2, laws=QUICK))


@pytest.mark.parametrize("number", [1, 3])
def test_results_do_not_depend_on_the_number_of_processes(number: int) -> None:
    definitions = [gated(), recurrent("tanh(s)", "tanh"), recurrent("relu(s)", "relu")][:number]
    alone = [untimed(found) for found in verify_cells(definitions, 5, 0, QUICK, workers=1)]
    shared = [untimed(found) for found in verify_cells(definitions, 5, 0, QUICK, workers=2)]
    assert alone == shared
    assert len(alone) == number


def planted(error: BaseException, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The law `at` raises."""

    def check(_: Trial) -> Iterator[Comparison]:
        raise error

    wrong = tuple(replace(law, check=check) if law.id == at else law for law in LAWS)
    monkeypatch.setattr(runner, "LAWS", wrong)


def test_an_internal_error_leaves_its_law_undecided_and_the_others_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planted(OSError("no such thing\nat all"), "law.split", monkeypatch)
    found = {result.id: result for result in verify_cell(gated(), examples=4, laws=QUICK).results}
    assert set(found) == set(QUICK)
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

    monkeypatch.setattr(runner, "suite", suite)
    found = {result.id: result for result in verify_cell(gated(), examples=4, laws=QUICK).results}
    assert found.pop("law.symbolic").verdict == "proved"
    assert {result.reason for result in found.values()} == {"internal error: MemoryError"}
    assert {result.verdict for result in found.values()} == {"undecided"}


def test_a_process_that_dies_leaves_its_laws_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "decide", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    monkeypatch.setattr(processes, "_start_method", lambda: multiprocessing.get_context("fork"))
    (found,) = verify_cells([gated()], 4, 0, QUICK, workers=2)
    assert [result.id for result in found.results] == [law for law in wanted(None) if law in QUICK]
    assert {result.verdict for result in found.results if "internal error" in result.reason} == {"undecided"}
    assert "internal error: BrokenProcessPool" in found.results[-1].reason


def test_what_was_established_before_an_interruption_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    planted(KeyboardInterrupt(), "law.split", monkeypatch)
    kept: list[CellResults] = []
    with pytest.raises(KeyboardInterrupt):
        list(verify_cells([gated()], 4, 0, QUICK, workers=1, unfinished=kept))
    assert [result.id for result in kept[0].results] == [law for law in wanted(QUICK) if law != "law.split"]


def test_cells_that_end_before_their_turn_are_kept() -> None:
    kept: list[CellResults] = []
    plain = [recurrent("tanh(s)", "tanh"), recurrent("sin(s)", "sin")]
    every = verify_cells([gated(), *plain], 3, 0, ["law.reference"], workers=2, unfinished=kept)
    next(every)
    time.sleep(5)  # the others end meanwhile
    every.close()
    assert [cell.digest for cell in kept] == [cell.digest for cell in plain]


def test_leaving_early_ends_the_processes() -> None:
    before = set(multiprocessing.active_children())
    every = verify_cells([gated()] * 6, 20, 0, QUICK, workers=2)
    next(every)
    assert isinstance(every, Generator)
    every.close()
    assert set(multiprocessing.active_children()) <= before


def test_laws_that_do_not_apply_are_absent_with_their_reason() -> None:
    found = verify_cell(recurrent("exp(tanh(s))", "exp, tanh"), examples=2, laws=["law.saturation"])
    assert found.results == ()
    assert found.absent == {"law.saturation": "the cell has exp"}


def test_a_cell_that_no_problem_suits_is_undecided() -> None:
    hopeless = recurrent("log(s * s - 2 * s * s)", "log")
    (result,) = verify_cell(hopeless, examples=3, laws=["law.reference"]).results
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
    (result,) = verify_cell(mostly, examples=10, laws=["law.reference"]).results
    assert result.verdict == "undecided"
    assert "cases were redrawn" in result.reason or result.reason == "nothing was compared"


def test_patterns_choose_laws() -> None:
    assert wanted(["law.complex_*"]) == ("law.complex_step",)
    assert wanted(None) == (SYMBOLIC_ID, *(law.id for law in LAWS))
    assert not selected("law.split", [])
    assert verify_cell(gated(), laws=["nothing"]).results == ()


def test_progress_is_told_of_each_law() -> None:
    told: list[str] = []
    verify_cell(gated(), examples=2, laws=["law.symbolic", "law.reference"], progress=told.append)
    assert told == ["law.symbolic", "law.reference"]
