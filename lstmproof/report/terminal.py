"""Results as lines on a terminal: short, at most 80 columns, plain when piped."""

from __future__ import annotations

import os
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, TextIO

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.segment import Segment
from rich.text import Text

from lstmproof.language.errors import escaped
from lstmproof.report.json_results import jsonable
from lstmproof.report.summary import Summary, summarise
from lstmproof.verdict import CellResults, Result

WIDTH = 80
_KINDS = {kind: (kind, f"{kind}s") for kind in ("law", "claim", "myth", "finding")}
_STYLES = {True: "green", False: "bold red", None: "yellow"}


class _Console(Console):
    """A console that obeys no text that it prints, and lets a closed pipe be seen: rich's own ends with status 1."""

    def render(self, *args: Any, **extra: Any) -> Iterator[Segment]:
        for part in super().render(*args, **extra):
            yield part if part.control else Segment(escaped(part.text, kept="\n\t"), part.style)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console(file: TextIO, no_color: bool = False) -> Console:
    """A console that writes plain text of fixed width unless `file` is a terminal."""
    plain = no_color or bool(os.environ.get("NO_COLOR"))
    width = None if file.isatty() else WIDTH
    system: Literal["auto"] | None = None if plain or not file.isatty() else "auto"
    return _Console(
        file=file, width=width, color_system=system, soft_wrap=True, highlight=False, markup=False, emoji=False
    )


@contextmanager
def progress(screen: Console | None, total: int, unit: str) -> Iterator[Callable[[], None]]:
    """A bar on `screen` that vanishes at the end; yields what moves it by one. Nothing where there is no terminal."""
    if screen is None or not screen.is_terminal or screen.is_dumb_terminal:
        yield lambda: None
        return
    columns = (BarColumn(bar_width=30), MofNCompleteColumn(), TextColumn(unit), TimeElapsedColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task(unit, total=total)
        yield lambda: bar.advance(task)


def cell_line(cell: CellResults, name_width: int, width: int = WIDTH, carousel: str = "") -> Text:
    """One line for a cell: how many laws, claims and myths, how they stand, in how many seconds; what was found of it.

    What was found (the carousel, the strongest bound of each state) stands as far as `width` reaches.
    """
    outcome = _outcome(summarise([cell]))
    counts = "  ".join(f"{_count(cell.results, kind):{columns}}" for kind, columns in _COLUMNS.items())
    word = _WORDS[outcome] if cell.results else "nothing"
    line = Text.assemble((f"{cell.title:{name_width}}", "bold"), f"  {counts}  ")
    line.append_text(Text.assemble((f"{word:7}", _STYLES[outcome]), f"{cell.seconds:6.1f} s"))
    for shown in ([f"carousel = {carousel}"] if carousel else []) + [r.statement for r in cell.results if _is_bound(r)]:
        if len(line) + len(shown) + 3 > width:
            break
        line.append(f"   {shown}")
    return line


_COLUMNS = {"law": 8, "claim": 9, "myth": 7}
"""Columns of a cell's line for the count of each kind."""


def _is_bound(result: Result) -> bool:
    return result.id.startswith("finding.bound_") and result.verdict == "proved"


_WORDS = {True: "holds", False: "FAILS", None: "open"}


def _outcome(summary: Summary) -> bool | None:
    return False if summary.failing else True if summary.holds else None


def _count(results: Sequence[Result], kind: str) -> str:
    """`14 laws`, or `13 of 14 laws hold` where one does not."""
    mine = [result for result in results if result.kind == kind]
    if not mine:
        return ""
    holding = sum(result.holds is True for result in mine)
    noun = _KINDS[kind][len(mine) != 1]
    if holding == len(mine):
        return f"{len(mine)} {noun}"
    return f"{holding} of {len(mine)} {noun} {'holds' if len(mine) == 1 else 'hold'}"


def details(cell: CellResults, everything: bool = False, proofs: str | None = None) -> Iterator[Text]:
    """What does not hold, at length; with `everything`, each result and each law that does not apply.

    `proofs` is the folder that files of proofs are saved in, if they are.
    """
    for result in cell.results:
        if result.holds is not True:
            yield from _explained(cell, result)
            if result.traceback and everything:
                yield from (Text(f"    {line}") for line in result.traceback.splitlines())
        elif everything:
            where = "with --proofs DIR" if proofs is None else f"in {proofs}"
            yield from _examined(result) if result.kind == "law" else _stated(result, where)
    if everything:
        for law, reason in cell.absent.items():
            yield from paragraph(f"  {law:22}  absent     ", reason)


def _examined(result: Result) -> Iterator[Text]:
    """A law that holds: how it was checked, on how much."""
    head = Text.assemble(f"  {result.id:22}  ", (f"{result.verdict:9}", _STYLES[result.holds]))
    facts = [] if result.id.endswith(result.method) else [result.method]
    if result.examples:
        facts.append(f"{result.examples} cases")
    if result.comparisons:
        facts.append(f"{result.comparisons} comparisons")
    if result.redrawn:
        facts.append(f"{result.redrawn} redrawn")
    if result.tolerance is not None:
        facts.append(f"tolerance {result.tolerance:.1e}")
    yield from paragraph(head, ", ".join(fact for fact in facts if fact), "  ")
    yield from _theorem(result)


def _stated(result: Result, where: str) -> Iterator[Text]:
    """A claim, myth or finding that holds: how, what it says, and the proof's first line; the JSON has all of it.

    `where` says when or where the files are that its proof is re-checked from.
    """
    by = f" by {result.method}" if result.method else ""
    yield Text.assemble(f"  {result.id}  ", (f"{result.verdict}{by}", _STYLES[result.holds]))
    for title, body in _rows(result):
        yield from paragraph(f"    {title:10}" if title else "    ", body)
    proof = result.proof or {}
    recheck = f"{where}: {proof['recheck']}" if proof.get("recheck") else ""
    unproved = proof.get("coq", "").removeprefix("Coq: ")
    for title, body in (("proof", proof.get("reading", "")), ("re-check", recheck), ("Coq", unproved)):
        if body:
            yield from paragraph(f"    {title:10}", body.splitlines()[0])
    yield from _theorem(result)


def _theorem(result: Result) -> Iterator[Text]:
    """What Coq has checked: as Coq prints it, and the axioms beyond which it rests on nothing."""
    proof = result.proof or {}
    if "theorem" not in proof:
        return
    if result.kind == "law" and result.assumptions:
        yield from paragraph(f"    {'assuming':10}", "; ".join(result.assumptions))
    yield Text(f"    {'Coq':10}{proof['theorem']} :")
    yield from (Text(f"      {line}") for line in proof["statement"].splitlines())
    yield from paragraph(f"    {'axioms':10}", f"no more than {', '.join(proof['axioms'])}")


def _explained(cell: CellResults, result: Result) -> Iterator[Text]:
    fails = "fails" if result.kind == "law" else result.verdict
    word = fails if result.holds is False else "undecided" if result.verdict == "undecided" else "open"
    place = f"{cell.file}:{result.line}"
    head = Text.assemble("\n  ", (f"{result.id:22}", "bold"), "  ", (f"{word:9}", _STYLES[result.holds]))
    yield head.append(f"  {place:>{max(0, WIDTH - len(head) - 1)}}")
    for title, body in _rows(result):
        yield from paragraph(f"    {title:10}" if title else "    ", body)
    if result.replay:
        yield from _replay(result.replay)


def _replay(command: str) -> Iterator[Text]:
    """A line to copy, never broken; on a line of its own if it would pass the width."""
    if len(command) + 14 > WIDTH:
        yield Text("    replay")
        yield Text(f"    {command}")
    else:
        yield Text(f"    replay    {command}")


def _rows(result: Result) -> Iterator[tuple[str, str]]:
    assuming = f"  assuming {', '.join(result.assumptions)}" if result.assumptions else ""
    yield (
        "",
        f"{result.quantifiers}: {result.statement}{assuming}" if result.quantifiers else result.statement + assuming,
    )
    if result.reason:
        yield "", result.reason
    for title, case in (("smallest", result.counterexample), ("worst", worst(result))):
        if case and (shown := network(case) if "trajectory" in case else told(case)):
            yield title, shown


def worst(result: Result) -> Mapping[str, Any] | None:
    """The worst case met; of a statement, it stands beside the smallest."""
    return result.worst or (result.counterexample or {}).get("worst")


_DISAGREEMENT = ("compared", "at", "found", "expected", "tolerance", "ratio", "operations")
"""What a case says of the two numbers that differ; the rest says where they come from."""


def told(case: Mapping[str, object]) -> str:
    """The two numbers that differ, and on a line below the problem that they come from."""
    rest = {name: value for name, value in case.items() if name not in _DISAGREEMENT}
    if not {"compared", "found", "expected"} <= case.keys():
        return inline(case)
    place = _value(case["at"]) if case.get("at") else ""
    found, expected = (_value(jsonable(case[name])) for name in ("found", "expected"))
    apart = f", {case['ratio']:.2g} tolerances apart" if isinstance(case.get("ratio"), float) else ""
    return f"{case['compared']}{place} is {found}, expected {expected}{apart}\n{inline(rest)}".rstrip()


def network(case: Mapping[str, Any]) -> str:
    """A network that refutes a statement: how large, which numbers are not 0, and on a line below where it leads."""
    sizes = case["sizes"]
    ones = all(size == 1 for size in sizes.values())
    parts = [f"1 unit{' along each axis' if len(sizes) > 1 else ''}" if ones else inline(sizes)] if sizes else []
    parts += [f"{case['steps']} {'step' if case['steps'] == 1 else 'steps'}"] if case["trajectory"] else []
    initial = {f"{name}0": value for name, value in case["initial"].items()}
    for what, numbers in (("weights", case["parameters"]), ("inputs", case["inputs"]), ("states", initial)):
        told_of = {name: value for name, value in numbers.items() if np.any(np.asarray(value) != 0)}
        silent = f"all {what} 0" if not told_of else f"all other {what} 0" if len(told_of) < len(numbers) else ""
        parts += [inline(told_of)] * bool(told_of) + [silent] * bool(numbers and silent)
    parts += [inline(case[group]) for group in ("constants", "free") if case[group]]
    run = inline({name: shortened(each) for name, each in case["trajectory"].items()})
    return "\n".join(line for line in ("; ".join(parts), run) if line)


def shortened(numbers: Sequence[Any], most: int = 6) -> list[Any]:
    """The first numbers and the last, where there are many."""
    return list(numbers) if len(numbers) <= most else [*numbers[: most - 2], "...", numbers[-1]]


def inline(facts: Mapping[str, object]) -> str:
    """A mapping on one line, `T = 2, batch = 1, b_f = [3.0]`, which breaks between its entries."""
    return ", ".join(f"{name}{_HARD_SPACE}={_HARD_SPACE}{_value(jsonable(value))}" for name, value in facts.items())


_HARD_SPACE = "\N{NO-BREAK SPACE}"


def _value(value: object) -> str:
    match value:
        case float():
            return f"{value + 0.0:.6g}"  # -0 is 0
        case list():
            return f"[{', '.join(_value(each) for each in value)}]"
        case dict():
            return f"({inline(value)})"
        case _:
            return str(value)


def paragraph(head: Text | str, body: str, gap: str = "") -> Iterator[Text]:
    """`head`, then `body` wrapped to what is left of the width and continued under itself."""
    first = Text.assemble(head, gap)
    margin = len(first)
    rows = [
        row
        for paragraph in body.splitlines() or [""]
        for row in textwrap.wrap(paragraph, WIDTH - margin, break_long_words=False, break_on_hyphens=False) or [""]
    ]
    yield first.append(rows[0].replace(_HARD_SPACE, " "))
    for row in rows[1:]:
        yield Text(" " * margin + row.replace(_HARD_SPACE, " "))


def closing(cells: Sequence[CellResults], seconds: float, seed: int, unexamined: int = 0) -> Iterator[Text]:
    """The last lines: how much was examined, how it came out, the seed that repeats it, and how many cells were not."""
    summary = summarise(cells)
    results = [result for cell in cells for result in cell.results]
    counts = [_examined_in_all(cells)]
    for kind, (one, many) in _KINDS.items():
        number = sum(result.kind == kind for result in results)
        if number or kind == "law":
            counts.append(plural(number, one, many))
    outcome = _outcome(summary)
    yield Text.assemble(f"{', '.join(counts)}: ", (conclusion(summary), _STYLES[outcome]))
    verdicts = ", ".join(f"{verdict} {number}{_by(results, verdict)}" for verdict, number in summary.verdicts if number)
    yield from paragraph("  ", f"{verdicts}{'; ' if verdicts else ''}{seconds:.1f} s, seed {seed}")
    if unexamined:
        yield Text(f"  interrupted: {plural(unexamined, 'cell', 'cells')} not examined to the end", style="yellow")


def _examined_in_all(cells: Sequence[CellResults]) -> str:
    """`15 cells and 7 files`, where what files state of no cell was examined too."""
    files = sum(cell.key == cell.file for cell in cells)
    counted = ((len(cells) - files, ("cell", "cells")), (files, ("file", "files")))
    parts = [plural(number, *words) for number, words in counted if number]
    return " and ".join(parts) or "0 cells"


def _by(results: Iterable[Result], verdict: str) -> str:
    """By which methods results are proved, the most used first; other verdicts say enough by themselves."""
    methods = Counter(result.method for result in results if result.verdict == verdict == "proved")
    named = [f"{method} {number}" for method, number in sorted(methods.items(), key=lambda each: (-each[1], each[0]))]
    return f" ({', '.join(named)})" if named else ""


def plural(number: int, one: str, many: str) -> str:
    """`1 cell`, `2 cells`."""
    return f"{number} {one if number == 1 else many}"


def conclusion(summary: Summary) -> str:
    """How it came out, in a few words."""
    if not summary.results:
        return "nothing was examined"
    if summary.holds:
        return "all hold"
    parts = [(summary.failing, "fail" if summary.failing != 1 else "fails"), (summary.open, "open or undecided")]
    return ", ".join(f"{number} {word}" for number, word in parts if number)
