"""Counts and exit statuses."""

from __future__ import annotations

import pytest

from lstmproof.report.summary import summarise
from lstmproof.verdict import Result
from tests.report.samples import CERTIFIED, FAILING, HOLDING, UNDECIDED, cell


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ((), 3),
        ((HOLDING,), 0),
        ((HOLDING, CERTIFIED), 0),
        ((HOLDING, UNDECIDED), 3),
        ((HOLDING, FAILING), 1),
        ((FAILING, UNDECIDED), 1),
    ],
)
def test_exit_status(results: tuple[Result, ...], status: int) -> None:
    summary = summarise([cell(*results)])
    assert summary.exit_status == status
    assert summary.holds == (status == 0)


def test_a_refuted_myth_holds_and_a_tested_claim_is_open() -> None:
    myth = Result("myth.m", "myth", 1, "", "refuted", "ball")
    claim = Result("claim.c", "claim", 1, "", "tested", "cases")
    assert summarise([cell(myth)]).exit_status == 0
    assert summarise([cell(myth, claim)]).exit_status == 3


def test_counts_cover_all_cells() -> None:
    summary = summarise([cell(HOLDING, FAILING), cell(CERTIFIED, UNDECIDED)])
    assert dict(summary.verdicts) == {"proved": 0, "certified": 1, "tested": 1, "refuted": 1, "undecided": 1}
    assert (summary.holding, summary.failing, summary.open) == (2, 1, 1)
