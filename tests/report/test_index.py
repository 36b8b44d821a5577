from __future__ import annotations

import re

from lstmproof.document import html, markdown
from lstmproof.document.blocks import Badge
from lstmproof.document.lines import plain
from lstmproof.report import index
from lstmproof.verdict import Result
from tests.report.samples import CERTIFIED, FAILING, HOLDING, UNDECIDED
from tests.report.studies import formulas, study_of

PROVED = Result("claim.bounded", "claim", 9, "|h| < 1", "proved", "certificate")
REFUTED = Result("myth.free", "myth", 12, "|c| <= 1", "refuted", "ball")
CAROUSEL = Result("finding.carousel_h", "finding", 1, "carousel(h) = 0", "proved", "symbolic")
BOUND = Result("finding.bound_h", "finding", 1, "|h(t)| < 1", "proved", "symbolic")


def test_an_entry_counts_verdicts_and_methods() -> None:
    study = study_of("rnn", HOLDING, CERTIFIED, PROVED, REFUTED, CAROUSEL, BOUND)
    entry = index.entry(study, "rnn")
    assert plain(entry.laws) == "certified 1 tested 1"
    assert plain(entry.claims) == "proved 1"
    assert plain(entry.myths) == "refuted 1"
    assert plain(entry.proofs) == "ball\N{NO-BREAK SPACE}1, certificate\N{NO-BREAK SPACE}1"
    assert plain(entry.carousel) == "carousel(h) = 0"
    assert plain(entry.bound) == "|h(t)| < 1"
    assert entry.outcome == Badge("all hold", "good")
    assert entry.parameters == 3


def test_what_fails_and_what_is_open_are_seen() -> None:
    failing = index.entry(study_of("rnn", HOLDING, FAILING, UNDECIDED), "rnn")
    assert failing.outcome == Badge("1 fails", "bad")
    assert [part for part in failing.laws if isinstance(part, Badge)] == [
        Badge("tested 1", "good"),
        Badge("refuted 1", "bad"),
        Badge("undecided 1", "open"),
    ]
    assert index.entry(study_of("rnn", UNDECIDED), "rnn").outcome == Badge("1 open", "open")
    assert index.entry(study_of("rnn"), "rnn").outcome.tone == "open"


def test_the_index_says_whether_all_holds() -> None:
    holding, failing = (index.entry(study_of("rnn", result), "rnn") for result in (HOLDING, FAILING))
    assert "All that is stated of them holds." in plain(index.document([holding], ()).abstract)
    assert "Not all that is stated of them holds." in plain(index.document([holding, failing], ()).abstract)


def test_pages_link_to_reports_and_say_all_without_a_script() -> None:
    entries = [index.entry(study_of("rnn", HOLDING, PROVED), "rnn"), index.entry(formulas(REFUTED), "mine")]
    document = index.document(entries, ())
    page = html.write(document, index.SCRIPT)
    assert '<a href="rnn/index.html">rnn</a>' in page
    assert '<a href="mine/index.html">mine.py</a>' in page
    assert not re.search(r"<(?:tr|section)[^>]*hidden", page)
    text = markdown.write(document)["README.md"]
    assert "| [rnn](rnn/README.md) | **all hold** | **tested 1** | **proved 1** | none | certificate 1 |" in text


def test_the_script_closes_no_element() -> None:
    assert "</" not in index.SCRIPT
