from __future__ import annotations

import re
from html import unescape

from lstmproof.document import html
from lstmproof.report import run_page
from lstmproof.verdict import CellResults
from tests.report.samples import CERTIFIED, FAILING, HOLDING, UNDECIDED, cell, run


def _page(*cells: CellResults, exit_status: int = 0, interrupted: bool = False, error: str = "") -> str:
    made = run_page.document(run(*cells, exit_status=exit_status, interrupted=interrupted, error=error))
    return unescape(html.write(made, wide=True))


def test_a_page_has_every_result_with_its_measurements() -> None:
    page = _page(cell(HOLDING, CERTIFIED, FAILING, UNDECIDED), cell(HOLDING, name="fine"))
    for result in (HOLDING, CERTIFIED, FAILING, UNDECIDED):
        assert f"<code>{result.id}</code>" in page
        assert result.statement in page
    assert "4.2e-15" in page
    assert "0.25" in page
    assert "900" in page
    assert "Seed 3, 50 examples asked for of each law." in page


def test_what_does_not_hold_is_told_at_length() -> None:
    page = _page(cell(HOLDING, FAILING))
    assert "2 cells" not in page
    assert "1 cell: 1 fails." in page
    assert "dL/dU_f off by 3.1e-01" in page
    assert FAILING.replay in page
    assert "b_f\u00a0=\u00a0[3, inf]" in page or "b_f = [3, inf]" in page
    assert '<span class="badge bad">refuted</span>' in page


def test_what_does_not_hold_has_a_place_of_its_own_with_the_smallest_case_and_the_worst() -> None:
    page = _page(cell(HOLDING, FAILING, UNDECIDED))
    assert re.findall(r'<section id="cell-1-([^"]+)">\n<h3>([^ ]+)', page) == [
        ("law-reference", "law.reference"),
        ("law-taylor", "law.taylor"),
        ("results", "Results"),
    ]
    items = [re.sub(r"<[^>]+>", "", item) for item in re.findall(r"<li>(<strong>.*?)</li>", page)]
    assert [" ".join(item.split()) for item in items] == [
        "Smallest: T = 2, b_f = [3, inf]",
        "Worst: value = nan, T = 5",
    ]


def test_laws_that_are_absent_say_why() -> None:
    assert "<code>law.online</code>: h reaches c through a Contract" in _page(cell(HOLDING))


def test_a_run_that_was_refused_or_interrupted_says_so() -> None:
    assert "mine.py:3: unknown name" in _page(exit_status=2, error="mine.py:3: unknown name")
    assert "interrupted before its end" in _page(cell(HOLDING), exit_status=130, interrupted=True)
    assert "There is no result." in _page()


def test_the_machine_is_told() -> None:
    assert "The machine and its libraries" in _page(cell(HOLDING))
