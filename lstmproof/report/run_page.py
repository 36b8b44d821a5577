"""A run of `verify` as a document: its own measurements, with worst cases, tolerances and seconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lstmproof.document.blocks import (
    Badge,
    Block,
    Code,
    Document,
    Folded,
    Inline,
    Items,
    Line,
    Link,
    Listing,
    Paragraph,
    Section,
    Strong,
    Table,
    Tone,
)
from lstmproof.report import terminal
from lstmproof.report.derivation.words import statement_anchor
from lstmproof.report.environment import environment
from lstmproof.report.json_results import Run
from lstmproof.report.summary import summarise
from lstmproof.report.terminal import conclusion
from lstmproof.verdict import CellResults, Result

_TONES: dict[bool | None, Tone] = {True: "good", False: "bad", None: "open"}
_KINDS = ("law", "claim", "myth", "finding")


def document(run: Run) -> Document:
    """Everything that the run's JSON holds, for reading."""
    anchors = {cell.key: f"cell-{number}" for number, cell in enumerate(run.cells, 1)}
    cells = tuple(_cell(cell, anchors[cell.key]) for cell in run.cells)
    summary = Section("Summary", "summary", tuple(_summary(run, anchors)))
    return Document(
        "run",
        "A run of lstmproof verify",
        tuple(_abstract(run)),
        (summary, *cells, Section("Where it ran", "environment", (_environment(),))),
        colophon=(f"Made by lstmproof {run.version} with ", Code("lstmproof verify --html"), "."),
    )


def _abstract(run: Run) -> Iterator[Inline]:
    if run.error:
        yield "Nothing was examined: the run was refused."
        return
    number = f"{len(run.cells)} {'cell' if len(run.cells) == 1 else 'cells'}"
    yield f"{number}: {conclusion(summarise(run.cells))}. "
    yield f"Seed {run.seed}, {run.examples} examples asked for of each law"
    yield ", interrupted before its end." if run.interrupted else "."


def _summary(run: Run, anchors: dict[str, str]) -> Iterator[Block]:
    if run.error:
        yield Listing(run.error, "text", "The error")
        return
    if not run.cells:
        yield Paragraph(("There is no result.",))
        return
    rows = tuple(_counts(cell, anchors[cell.key]) for cell in run.cells)
    head = ("Cell", "All", "Laws", "Claims", "Myths", "Findings", "Seconds")
    yield Table(tuple((word,) for word in head), rows, "Results by cell")


def _counts(cell: CellResults, anchor: str) -> tuple[Line, ...]:
    counts: Iterator[Line] = ((_count(cell, kind),) for kind in _KINDS)
    return ((Link(cell.title, f"#{anchor}"),), (_outcome(cell),), *counts, (f"{cell.seconds:.1f}",))


def _outcome(cell: CellResults) -> Badge:
    summary = summarise([cell])
    return Badge(conclusion(summary), "bad" if summary.failing else "good" if summary.holds else "open")


def _count(cell: CellResults, kind: str) -> str:
    of = [result for result in cell.results if result.kind == kind]
    holding = sum(result.holds is True for result in of)
    return str(len(of)) if holding == len(of) else f"{holding} of {len(of)}"


def _cell(cell: CellResults, anchor: str) -> Section:
    blocks: list[Block] = []
    failing = tuple(_explained(result, anchor) for result in cell.results if result.holds is not True)
    if cell.results:
        blocks.append(_table(cell))
    worst = tuple(_worst(cell.results))
    if worst:
        blocks.append(Folded("The case of each law that came nearest to its tolerance", (Items(worst),)))
    if cell.absent:
        reasons = tuple((Code(law), f": {reason}") for law, reason in cell.absent.items())
        blocks.append(Folded("Laws that do not apply", (Items(reasons),)))
    which = Paragraph((Code(cell.key), ", ", Code(cell.digest)))
    results = Section("Results", f"{anchor}-results", tuple(blocks))
    return Section(cell.title, anchor, (which,), (*failing, results))


def _explained(result: Result, cell: str) -> Section:
    """What does not hold, at length, in a part of its own."""
    anchor = f"{cell}-{statement_anchor(result.id)}"
    return Section(result.id, anchor, tuple(_explanation(result)))


def _explanation(result: Result) -> Iterator[Block]:
    yield Paragraph((_badge(result), f" Line {result.line}: {_statement(result)}."))
    if result.reason:
        yield Paragraph((result.reason,))
    cases = (("Smallest", result.counterexample), ("Worst", terminal.worst(result)))
    told_of = tuple((Strong(f"{name}: "), _case(case)) for name, case in cases if case)
    if told_of:
        yield Items(told_of)
    if result.traceback:
        yield Folded("The traceback", (Listing(result.traceback, "text", result.id),))
    if result.replay:
        yield Paragraph(("Replay: ", Code(result.replay)))


def _statement(result: Result) -> str:
    quantified = f"{result.quantifiers}: {result.statement}" if result.quantifiers else result.statement
    return quantified + (f", assuming {', '.join(result.assumptions)}" if result.assumptions else "")


def _case(case: Mapping[str, Any]) -> str:
    lines = (terminal.network(case) if "trajectory" in case else terminal.told(case)).splitlines()
    return "; ".join(" ".join(line.split()) for line in lines)


_HEAD = ("Result", "Verdict", "Statement", "Method", "Cases", "Comparisons", "Redrawn", "Tolerance", "Seconds")


def _table(cell: CellResults) -> Table:
    rows = tuple(_row(result) for result in cell.results)
    return Table(tuple((word,) for word in _HEAD), rows, f"All results of {cell.title}")


def _row(result: Result) -> tuple[Line, ...]:
    tolerance = "" if result.tolerance is None else f"{result.tolerance:.1e}"
    return (
        (Code(result.id),),
        (_badge(result),),
        (_statement(result),),
        (result.method,),
        *((str(number) if number else "",) for number in (result.examples, result.comparisons, result.redrawn)),
        (tolerance,),
        (f"{result.seconds:.2f}",),
    )


def _badge(result: Result) -> Badge:
    return Badge(result.verdict, _TONES[result.holds])


def _worst(results: Sequence[Result]) -> Iterator[Line]:
    for result in results:
        if result.worst:
            yield (Code(result.id), ": ", _case(result.worst))


def _environment() -> Table:
    rows = tuple(((name,), (_plain(value),)) for name, value in environment().items())
    return Table((("",), ("",)), rows, "The machine and its libraries")


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {each}" for name, each in value.items() if each)
    return str(value)
