"""One call of `verify`: what it prints as it goes, what it leaves behind, and how it ends."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lstmproof import catalogue, checking
from lstmproof.catalogue import CatalogueError
from lstmproof.checking import Job, perform
from lstmproof.language.parser import parse_text
from lstmproof.report.files import OutputError
from lstmproof.verdict import CellResults, Result
from lstmproof.verify.subject import Subject
from tests.report.samples import FAILING, HOLDING, UNDECIDED

Runner = Callable[..., Iterator[CellResults]]


def runner(outcomes: dict[str, tuple[Result, ...]], stop: type[BaseException] | None = None, at: str = "") -> Runner:
    """A runner that finds `outcomes` (what holds, for other cells) and raises `stop` at the cell `at`.

    When it is stopped, the cells after `at` are done.
    """

    def found(subject: Subject) -> CellResults:
        results = outcomes.get(subject.name, (HOLDING,))
        derivation = subject.derivation
        return CellResults(subject.name, subject.key, derivation.file, derivation.digest, results, seconds=0.5)

    def verify_cells(subjects: Sequence[Subject], *_: Any, unfinished: list[CellResults]) -> Iterator[CellResults]:
        for number, subject in enumerate(subjects):
            if stop is not None and subject.name == at:
                unfinished.extend(map(found, subjects[number + 1 :]))
                raise stop
            yield found(subject)

    return verify_cells


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`finds(outcomes, stop, at)` replaces the runner."""

    def replace(outcomes: dict[str, tuple[Result, ...]], stop: type[BaseException] | None = None, at: str = "") -> None:
        monkeypatch.setattr(checking, "verify_cells", runner(outcomes, stop, at))

    return replace


def test_all_that_holds_is_one_line_a_cell_and_a_summary(
    finds: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    finds({})
    assert perform(Job(cells=("gru", "lstm"), seed=4)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:2]] == ["gru", "lstm"]
    assert lines[0].endswith("carousel = z")
    assert lines[1].endswith("carousel = f")
    assert lines[2] == "2 cells, 2 laws: all hold"
    assert lines[3].endswith("seed 4")
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        ({}, 0),
        ({"gru": (HOLDING, FAILING), "lstm": (UNDECIDED,)}, 1),
        ({"gru": (HOLDING, UNDECIDED)}, 3),
        ({"gru": (), "lstm": ()}, 3),
    ],
)
def test_the_exit_status(finds: Callable[..., None], outcomes: dict[str, tuple[Result, ...]], status: int) -> None:
    finds(outcomes)
    assert perform(Job(cells=("gru", "lstm"))) == status


TESTED = Result("claim.bounded", "claim", 3, "abs(h) <= 2", "tested", "search", examples=40)
MYTH = Result("myth.small", "myth", 5, "abs(h) <= 1", "refuted", "ball")


def test_a_tested_claim_is_open_unless_it_is_accepted(finds: Callable[..., None], tmp_path: Path) -> None:
    finds({"gru": (HOLDING, TESTED, MYTH)})
    assert perform(Job(cells=("gru",))) == 3
    finds({"gru": (HOLDING, TESTED, MYTH)})
    assert perform(Job(cells=("gru",), accept="tested", json=str(tmp_path / "out.json"))) == 0
    results = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["cells"][0]["results"]
    assert [(result["verdict"], result["holds"]) for result in results[1:]] == [("tested", True), ("refuted", True)]
    finds({"gru": (HOLDING, replace(TESTED, kind="myth"))})
    assert perform(Job(cells=("gru",), accept="tested")) == 3


def test_claims_that_were_asked_for_and_are_not_there_leave_it_open(finds: Callable[..., None]) -> None:
    finds({"gru": (HOLDING,)})
    assert perform(Job(cells=("gru",), laws=("law.*",), claims=("claim.nothing",))) == 3
    finds({"gru": (HOLDING, MYTH)})
    assert perform(Job(cells=("gru",), claims=("myth.*",))) == 0


def test_proofs_are_saved_with_what_checks_them(finds: Callable[..., None], tmp_path: Path) -> None:
    proved = replace(MYTH, id="claim.x", kind="claim", verdict="proved", files={"gru.x.json": "{}"})
    finds({"gru": (proved,)})
    assert perform(Job(cells=("gru",), proofs=str(tmp_path / "new" / "proofs"))) == 0
    assert {path.name for path in (tmp_path / "new" / "proofs").iterdir()} == {"checker.py", "gru.x.json"}
    finds({"gru": (proved,), "lstm": (proved,)})
    assert perform(Job(cells=("gru", "lstm"), proofs=str(tmp_path))) == 0
    finds({"gru": (proved,), "lstm": (replace(proved, files={"gru.x.json": "[]"}),)})
    with pytest.raises(OutputError, match=r"both have a proof gru\.x\.json"):
        perform(Job(cells=("gru", "lstm"), proofs=str(tmp_path)))
    other = replace(proved, id="claim.y", files={"gru.x.json": "[]"})
    finds({"gru": (proved, other)})
    with pytest.raises(OutputError, match=r"claim\.x of .* and claim\.y of .* both have a proof gru\.x\.json"):
        perform(Job(cells=("gru",), proofs=str(tmp_path / "none")))
    assert not list((tmp_path / "none").iterdir())
    finds({"gru": (proved,)})
    with pytest.raises(OutputError, match="cannot write"):
        perform(Job(cells=("gru",), proofs=str(tmp_path / "new" / "proofs" / "gru.x.json")))


def test_what_does_not_hold_is_explained(finds: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    finds({"gru": (HOLDING, FAILING)})
    perform(Job(cells=("gru", "lstm")))
    shown = capsys.readouterr().out
    assert "FAILS" in shown
    assert "replay    lstmproof verify mine.py:mine --law law.reference --seed 0" in shown


def test_quiet_prints_only_what_does_not_hold(finds: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    finds({})
    assert perform(Job(cells=("gru", "lstm"), quiet=True)) == 0
    assert capsys.readouterr().out == ""
    finds({"gru": (FAILING,)})
    assert perform(Job(cells=("gru", "lstm"), quiet=True)) == 1
    shown = capsys.readouterr().out
    assert "law.reference" in shown
    assert "lstm " not in shown


def test_without_a_cell_the_whole_catalogue_is_examined(finds: Callable[..., None], tmp_path: Path) -> None:
    finds({})
    perform(Job(json=str(tmp_path / "out.json")))
    content = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert tuple(cell["cell"] for cell in content["cells"] if cell["key"] != cell["file"]) == catalogue.names()
    assert "derivations/initialisers.py" in {cell["key"] for cell in content["cells"]}


def test_a_cell_named_twice_is_examined_once() -> None:
    assert [each.name for each in checking.targets(("gru", "derivations/gru.py", "gru"))] == ["gru", "gru_reset_after"]


def test_both_files_are_written(finds: Callable[..., None], tmp_path: Path) -> None:
    finds({"gru": (FAILING,)})
    job = Job(cells=("gru",), json=str(tmp_path / "out.json"), junit=str(tmp_path / "out.xml"), seed=3, examples=7)
    assert perform(job) == 1
    content = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert (content["seed"], content["examples"], content["exit_status"]) == (3, 7, 1)
    assert content["summary"]["failing"] == 1
    assert "<failure" in (tmp_path / "out.xml").read_text(encoding="utf-8")


def test_json_can_be_printed_instead(finds: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    finds({"gru": (FAILING,)})
    assert perform(Job(cells=("gru",), json="-")) == 1
    assert json.loads(capsys.readouterr().out)["exit_status"] == 1


def test_an_interruption_keeps_what_was_established(
    finds: Callable[..., None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    finds({}, KeyboardInterrupt, "lstm")
    job = Job(cells=("gru", "lstm"), json=str(tmp_path / "out.json"), junit=str(tmp_path / "out.xml"))
    assert perform(job) == 130
    shown = capsys.readouterr().out
    assert shown.splitlines()[0].startswith("gru ")
    assert "interrupted" in shown
    content = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert (content["interrupted"], content["exit_status"]) == (True, 130)
    assert [cell["cell"] for cell in content["cells"]] == ["gru"]
    assert "interrupted" in (tmp_path / "out.xml").read_text(encoding="utf-8")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interruption_keeps_cells_that_were_done_before_their_turn(
    finds: Callable[..., None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    finds({}, KeyboardInterrupt, "lstm")
    job = Job(cells=("gru", "lstm", "rnn"), json=str(tmp_path / "out.json"), laws=(HOLDING.id,))
    assert perform(job) == 130
    shown = capsys.readouterr().out
    assert [line.split()[0] for line in shown.splitlines()[:2]] == ["gru", "rnn"]
    assert "interrupted: 1 cell not examined to the end" in shown
    content = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [cell["cell"] for cell in content["cells"]] == ["gru", "rnn"]


def test_an_interruption_does_not_call_some_laws_of_a_cell_all_of_it(
    finds: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    finds({}, KeyboardInterrupt, "lstm")
    assert perform(Job(cells=("gru", "lstm", "rnn"))) == 130
    assert "interrupted: 2 cells not examined to the end" in capsys.readouterr().out


def test_a_traceback_is_shown_where_all_is_asked_for(
    finds: Callable[..., None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = replace(UNDECIDED, reason="internal error: OSError: no", traceback="Traceback (most recent call last):\n")
    finds({"gru": (HOLDING, broken)})
    assert perform(Job(cells=("gru",), json=str(tmp_path / "out.json"))) == 3
    shown = capsys.readouterr().out
    assert "internal error: OSError: no" in shown
    assert "Traceback" not in shown
    assert perform(Job(cells=("gru",), verbose=True)) == 3
    assert "Traceback (most recent call last):" in capsys.readouterr().out
    results = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["cells"][0]["results"]
    assert [result["holds"] for result in results] == [True, None]


def test_a_reader_that_leaves_ends_the_run_and_the_json_is_written(finds: Callable[..., None], tmp_path: Path) -> None:
    finds({}, BrokenPipeError, "lstm")
    assert perform(Job(cells=("gru", "lstm"), json=str(tmp_path / "out.json"))) == 141
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["interrupted"] is True


def test_nothing_is_examined_if_a_file_cannot_be_written(finds: Callable[..., None], tmp_path: Path) -> None:
    finds({}, AssertionError, "gru")
    with pytest.raises(OutputError, match="cannot write"):
        perform(Job(cells=("gru",), json=str(tmp_path / "no" / "out.json")))


def test_nothing_is_examined_if_one_cell_is_unknown(finds: Callable[..., None], tmp_path: Path) -> None:
    finds({}, AssertionError, "gru")
    with pytest.raises(CatalogueError):
        perform(Job(cells=("gru", "lstn"), json=str(tmp_path / "out.json")))
    content = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert (content["exit_status"], content["cells"]) == (2, [])
    assert "did you mean 'lstm'?" in content["error"]


@pytest.mark.parametrize(
    ("name", "carousel"),
    [("rnn", "0"), ("lstm_1997", "1"), ("lstm", "f"), ("lstm_peephole", "f"), ("janet", "f"), ("gru", "z")],
)
def test_the_carousel(name: str, carousel: str) -> None:
    assert checking.carousels(catalogue.find(name)) == carousel


def test_a_carousel_that_cannot_be_told_is_not_0() -> None:
    text = "from lstmproof.language import cell, dot\n\n\n@cell\ndef mixed(x: 'hidden', h: 'hidden'):\n    "
    (mixed,) = parse_text(text + "h = dot(h, h) * x\n    return h\n", "mixed.py").cells
    assert checking.carousels(mixed) == ""


def test_the_page_holds_what_was_found(
    finds: Callable[..., None], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    finds({"gru": (HOLDING, FAILING)})
    assert perform(Job(cells=("gru",), html=str(tmp_path / "run.html"))) == 1
    page = (tmp_path / "run.html").read_text(encoding="utf-8")
    assert FAILING.statement in page
    assert capsys.readouterr().out
    assert perform(Job(cells=("gru",), html="-")) == 1
    assert capsys.readouterr().out.startswith("<!doctype html>")
