"""One call of `ledger`: rows with the verdicts that settle them, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from lstmproof import ledger, settling
from lstmproof.ledger import LedgerError
from lstmproof.settling import Job, chosen, perform
from lstmproof.verdict import CellResults, Result, Verdict
from lstmproof.verify.subject import Selection, Subject


@pytest.fixture
def finds(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, Verdict]], None]:
    """`finds({"claim.x": "refuted"})` replaces the runner by one that finds that, and of all else that it holds."""

    def replace(verdicts: dict[str, Verdict]) -> None:
        def verify_cells(subjects: Sequence[Subject], *, selection: Selection, **_: Any) -> Iterator[CellResults]:
            for subject in subjects:
                yield CellResults(subject.name, subject.key, subject.derivation.file, "", _found(subject, selection))

        def _found(subject: Subject, selection: Selection) -> tuple[Result, ...]:
            stated = [
                Result(claim.id, claim.kind, 1, "", verdicts.get(claim.id) or _usual(claim.kind), "x")
                for claim in subject.claims
                if selection.claim(claim)
            ]
            laws = [Result(law, "law", 1, "", verdicts.get(law, "tested"), "x") for law in selection.laws if law]
            return (*stated, *laws)

        monkeypatch.setattr(settling, "verify_cells", verify_cells)

    return replace


def _usual(kind: Any) -> Verdict:
    return "proved" if kind == "claim" else "refuted"


def test_every_row_is_printed_with_what_settles_it(
    finds: Callable[[dict[str, Verdict]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    finds({})
    assert perform(Job()) == 0
    shown = capsys.readouterr().out
    rows = ledger.rows()
    assert [line.split()[0] for line in shown.splitlines() if line[0] != " "][:-1] == [row.id for row in rows]
    assert shown.splitlines()[-1].startswith(f"{len(rows)} rows: ")
    assert "not found" not in shown
    assert shown.count("\n     true     ") == len(rows)
    assert "lstm_1997.py claim.carousel_is_one  proved (x)" in shown


def test_rows_are_chosen_by_id_or_source(
    finds: Callable[[dict[str, Verdict]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    finds({})
    assert perform(Job(rows=("b11", "A4"))) == 0
    shown = capsys.readouterr().out
    assert [line.split()[0] for line in shown.splitlines() if line[0] != " "] == ["A4", "B11", "2"]
    assert {row.id[0] for row in chosen(ledger.rows(), ["c"])} == {"C"}
    with pytest.raises(LedgerError, match="the ledger has no row 'Z9'"):
        perform(Job(rows=("Z9",)))


def test_a_row_fails_or_stays_open_with_what_settles_it(
    finds: Callable[[dict[str, Verdict]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    finds({"claim.state_grows_without_bound": "refuted"})
    assert perform(Job(rows=("A4",))) == 1
    assert "FAILS" in capsys.readouterr().out
    finds({"claim.state_grows_without_bound": "undecided"})
    assert perform(Job(rows=("A4",))) == 3
    assert "open" in capsys.readouterr().out


def test_all_that_a_row_says_is_told_if_asked_for(
    finds: Callable[[dict[str, Verdict]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    finds({})
    perform(Job(rows=("A4",), verbose=True))
    shown = capsys.readouterr().out
    assert "     said     " in shown
    assert "tests/ledger/" in shown
