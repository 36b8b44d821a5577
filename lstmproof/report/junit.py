"""Results as JUnit XML: a suite for each cell, a case for each result. Nothing is ever skipped."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from lstmproof.report.json_results import Run, dumps
from lstmproof.verdict import CellResults, Result

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(run: Run) -> str:
    """The XML document. What fails is a <failure>, what is open or undecided an <error>, and so is a refused run."""
    root = Element("testsuites", name="lstmproof")
    for cell in run.cells:
        _suite(root, cell, run)
    stopped = run.error or ("interrupted before all cells were examined" if run.interrupted else "")
    if stopped:
        suite = SubElement(root, "testsuite", name="lstmproof", tests="1", failures="0", errors="1", time="0.000")
        case = SubElement(suite, "testcase", name="run", classname="lstmproof", time="0.000")
        SubElement(case, "error", message=_clean(stopped.splitlines()[0])).text = _clean(stopped)
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    root.set("time", f"{sum(cell.seconds for cell in run.cells):.3f}")
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, cell: CellResults, run: Run) -> None:
    outcomes = [result.holds for result in cell.results]
    suite = SubElement(
        root,
        "testsuite",
        name=_clean(cell.key),
        tests=str(len(outcomes)),
        failures=str(outcomes.count(False)),
        errors=str(outcomes.count(None)),
        time=f"{cell.seconds:.3f}",
    )
    properties = SubElement(suite, "properties")
    for name, value in (("digest", cell.digest), ("seed", str(run.seed)), ("examples", str(run.examples))):
        SubElement(properties, "property", name=name, value=_clean(value))
    for result in cell.results:
        _case(suite, cell, result)


def _case(suite: Element, cell: CellResults, result: Result) -> None:
    case = SubElement(
        suite,
        "testcase",
        name=_clean(result.id),
        classname=_clean(cell.cell),
        file=_clean(cell.file),
        line=str(result.line),
        time=f"{result.seconds:.3f}",
    )
    if result.holds is True:
        return
    tag = "failure" if result.holds is False else "error"
    message = result.reason.splitlines()[0] if result.reason else f"{result.statement}: {result.verdict}"
    SubElement(case, tag, type=result.verdict, message=_clean(message)).text = _clean(_details(result))


def _details(result: Result) -> str:
    parts = [result.statement, result.reason]
    for title, value in (("worst", result.worst), ("counterexample", result.counterexample)):
        if value:
            parts.append(f"{title}: {dumps(value).rstrip()}")
    if result.replay:
        parts.append(f"replay: {result.replay}")
    return "\n".join(part for part in parts if part)


def _clean(text: str) -> str:
    """`text` without the characters that XML 1.0 cannot hold."""
    return _NOT_XML.sub("?", text)
