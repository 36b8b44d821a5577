"""JUnit XML, as continuous integration reads it."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from lstmproof.report.junit import junit
from tests.report.samples import FAILING, HOLDING, UNDECIDED, cell, run


def test_a_suite_for_each_cell_and_a_case_for_each_result() -> None:
    root = ElementTree.fromstring(junit(run(cell(HOLDING, FAILING, UNDECIDED), cell(HOLDING, name="other"))))
    assert root.tag == "testsuites"
    assert [suite.get("name") for suite in root] == ["mine.py:mine", "mine.py:other"]
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "1", "1")
    assert [case.get("name") for case in root.iter("testcase")][:2] == ["law.complex_step", "law.reference"]
    assert float(root.get("time") or 0) == 3.0


def test_what_fails_is_a_failure_and_what_is_undecided_an_error() -> None:
    root = ElementTree.fromstring(junit(run(cell(HOLDING, FAILING, UNDECIDED))))
    outcomes = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert outcomes == {"law.complex_step": [], "law.reference": ["failure"], "law.taylor": ["error"]}
    failure = next(root.iter("failure"))
    assert failure.get("message") == "dL/dU_f off by 3.1e-01"
    assert "replay: lstmproof verify mine.py:mine --law law.reference --seed 0" in (failure.text or "")
    assert not list(root.iter("skipped"))


def test_a_refused_or_interrupted_run_is_an_error() -> None:
    for each in (run(error="mine.py:1:1: no\nmore", exit_status=2), run(cell(HOLDING), interrupted=True)):
        root = ElementTree.fromstring(junit(each))
        assert root.get("errors") == "1"
        assert len(list(root.iter("error"))) == 1


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    hostile = replace(FAILING, reason="a \x1b[31m <b> & \x00 ]]> \ud800 \u03b2", id="law.<&>")
    root = ElementTree.fromstring(junit(run(cell(hostile))).encode())
    assert next(root.iter("failure")).get("message") == "a ?[31m <b> & ? ]]> ? \u03b2"
