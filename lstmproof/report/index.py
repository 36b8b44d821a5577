"""The index of a folder of reports: every cell against its laws, claims and proofs, as one table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from lstmproof.document.blocks import Badge, Document, Inline, Items, Line, Link, Paragraph, Section, Table, Tone
from lstmproof.report.cells import first_line
from lstmproof.report.derivation.words import statement_anchor
from lstmproof.report.pictures.charts import chart_figure
from lstmproof.report.summary import VERDICTS, summarise
from lstmproof.study.charts import Chart, Reference
from lstmproof.study.study import Study
from lstmproof.verdict import CellResults, Result

SCRIPT = (Path(__file__).parent / "assets" / "index.js").read_text(encoding="utf-8")
"""Filters and sorts the table; all that it says stands in the page without it."""

COMPARISON = "comparison"
"""The folder of the page that compares cells."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the index."""

    folder: str
    name: str
    file: str
    about: str
    is_cell: bool
    outcome: Badge
    laws: Line
    claims: Line
    myths: Line
    proofs: Line
    carousel: Line
    bound: Line
    parameters: int


def entry(study: Study, folder: str) -> Entry:
    """What the index shows of one study."""
    results = study.results.results
    definition = study.anatomy.definition if study.anatomy else None
    return Entry(
        folder=folder,
        name=study.results.title,
        file=study.derivation.file,
        about=_clause(first_line((definition.doc if definition else "") or study.derivation.doc)),
        is_cell=definition is not None,
        outcome=outcome(study.results),
        laws=_verdicts(results, "law"),
        claims=_verdicts(results, "claim"),
        myths=_verdicts(results, "myth"),
        proofs=_methods(results),
        carousel=_found(results, "finding.carousel_"),
        bound=_found(results, "finding.bound_"),
        parameters=len(definition.parameters) if definition else 0,
    )


def _clause(sentence: str) -> str:
    """A sentence up to its first colon or full stop.

    >>> _clause("JANET: just another network (2018, eq. 2).")
    'JANET'
    """
    return re.split(r"[:;.](?:\s|$)", sentence, maxsplit=1)[0]


def outcome(results: CellResults) -> Badge:
    """Whether all that was examined holds, in a word."""
    summary = summarise([results])
    if summary.holds:
        return Badge("all hold", "good")
    if summary.failing:
        return Badge(f"{summary.failing} fail{'s' * (summary.failing == 1)}", "bad")
    return Badge(f"{summary.open} open", "open")


def _verdicts(results: Sequence[Result], kind: str) -> Line:
    """How many of a kind have each verdict, the strongest first."""
    badges: list[Inline] = []
    for verdict in VERDICTS:
        of = [result for result in results if (result.kind, result.verdict) == (kind, verdict)]
        if of:
            badges += [" ", Badge(f"{verdict} {len(of)}", _tone(of))]
    return tuple(badges[1:]) or ("none",)


def _tone(results: Iterable[Result]) -> Tone:
    """Of the worst of them."""
    holding = {result.holds for result in results}
    return "bad" if False in holding else "open" if None in holding else "good"


def _methods(results: Iterable[Result]) -> Line:
    """How many claims and myths each method of proof or refutation settled."""
    settled = (each for each in results if each.kind in ("claim", "myth") and each.verdict in ("proved", "refuted"))
    methods = Counter(result.method for result in settled)
    return (", ".join(f"{method}\N{NO-BREAK SPACE}{number}" for method, number in sorted(methods.items())) or "none",)


def _found(results: Iterable[Result], prefix: str) -> Line:
    """What is found of each state, one after the other."""
    statements = [result.statement for result in results if result.id.startswith(prefix)]
    return ("; ".join(statements),)


_CELLS = ("Cell", "All", "Laws", "Claims", "Myths", "Settled by", "Carousel", "Strongest bound", "Tensors", "About")
_FORMULAS = ("File", "All", "Claims", "Myths", "Settled by", "About")


def document(entries: Sequence[Entry], colophon: Line, charts: Iterable[Chart] = ()) -> Document:
    """The index: cells, then what files state of no cell, then charts that compare cells."""
    cells = [each for each in entries if each.is_cell]
    formulas = [each for each in entries if not each.is_cell]
    sections = [Section("Cells", "cells", (Paragraph(_reading()), _table(cells)))] if cells else []
    if formulas:
        sections.append(Section("Formulas", "formulas", (Paragraph((_OF_NO_CELL,)), _table(formulas))))
    if pictures := tuple(chart_figure(chart, partial(_stated, entries)) for chart in charts):
        sections.append(Section("Memory, errors and bounds", "pictures", (Paragraph((_PICTURES,)), *pictures)))
    sections.append(Section("Words", "words", (Items(_WORDS),)))
    return Document(COMPARISON, _TITLE, _abstract(entries), tuple(sections), colophon=colophon)


def _stated(entries: Sequence[Entry], reference: Reference) -> str:
    """Where a report states what a chart refers to."""
    for each in entries:
        of = each.name if each.is_cell else ""
        if (PurePosixPath(each.file).stem, of) == (reference.file, reference.cell):
            return f"{each.folder}/#{statement_anchor(reference.statement)}"
    return ""


_TITLE = "Recurrent cells, derived and verified"
_OF_NO_CELL = "Claims and myths about formulas alone, or about several cells, stand under the file that makes them."

_PICTURES = "Each picture shows what the statements named under it say; its numbers are decided in ball arithmetic."


def _reading() -> Line:
    return ("Each name leads to the cell's report. ", Link("Two cells side by side", f"{COMPARISON}/"), ".")


def _abstract(entries: Iterable[Entry]) -> Line:
    entries = tuple(entries)
    cells = sum(each.is_cell for each in entries)
    holding = all(each.outcome.tone == "good" for each in entries)
    conclusion = "All that is stated of them holds." if holding else "Not all that is stated of them holds."
    number = f"{cells} {'cell' if cells == 1 else 'cells'}"
    what = f"Equations, gradients, proofs and checks of {number}, each derived from one page of equations."
    return (f"{what} {conclusion}",)


_WORDS: tuple[Line, ...] = (
    (Badge("proved", "good"), " for all values, over the real numbers, under the assumptions that the report lists."),
    (Badge("certified", "good"), " for the inputs that were tried, in floating point, within a rigorous error bound."),
    (Badge("tested", "good"), " on generated cases, to a tolerance that is derived and not chosen."),
    (Badge("refuted", "good"), " by a network with these weights: what a myth is for. A refuted claim or law fails."),
    (Badge("undecided", "open"), " none of these, with the reason."),
)


def _table(entries: Sequence[Entry]) -> Table:
    cells = entries[0].is_cell
    head = _CELLS if cells else _FORMULAS
    rows = tuple(_row(each) for each in entries)
    caption = "Cells, and how what is stated of them stands" if cells else "Statements of no one cell"
    return Table(tuple((word,) for word in head), rows, caption, "table-of-cells" if cells else "table-of-formulas")


def _row(entry: Entry) -> tuple[Line, ...]:
    name: Line = (Link(entry.name, f"{entry.folder}/"),)
    if not entry.is_cell:
        return (name, (entry.outcome,), entry.claims, entry.myths, entry.proofs, (entry.about,))
    return (
        name,
        (entry.outcome,),
        entry.laws,
        entry.claims,
        entry.myths,
        entry.proofs,
        entry.carousel,
        entry.bound,
        (str(entry.parameters),),
        (entry.about,),
    )
