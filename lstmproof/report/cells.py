"""The catalogue and single cells as `list` and `show` print them."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition, Derivation
from lstmproof.program.nodes import Axes
from lstmproof.program.notation import decimal

WIDTH = 80


@dataclass(frozen=True, slots=True)
class Entry:
    """A cell of the catalogue as one line."""

    cell: str
    about: str
    file: str
    tensors: int
    """Parameter tensors."""

    def as_json(self) -> dict[str, Any]:
        key = f"{self.file}:{self.cell}"
        return {"cell": self.cell, "key": key, "file": self.file, "about": self.about, "parameters": self.tensors}


def entries(derivations: Iterable[Derivation]) -> tuple[Entry, ...]:
    """Every cell of `derivations`; one without a docstring is about what its file is about."""
    return tuple(
        Entry(cell.name, first_line(cell.doc or derivation.doc), cell.file, len(cell.parameters))
        for derivation in derivations
        for cell in derivation.cells
    )


def first_line(doc: str) -> str:
    """The first paragraph's first line."""
    return next((line.strip() for line in doc.splitlines() if line.strip()), "")


def listing(rows: Iterable[Entry]) -> Iterator[str]:
    """One line a cell, cut to the terminal's width, or what COLUMNS says, or to 80 columns if this is no terminal."""
    rows = tuple(rows)
    width = shutil.get_terminal_size((WIDTH, 24)).columns
    name = max((len(row.cell) for row in rows), default=0)
    file = max((len(row.file.removeprefix("derivations/")) for row in rows), default=0)
    for row in rows:
        line = f"{row.cell:{name}}  {row.file.removeprefix('derivations/'):{file}}  {row.tensors:2} tensors  "
        yield (line + _shortened(row.about, width - len(line))).rstrip()


def _shortened(about: str, width: int) -> str:
    """`about`, or as much of it as fits: up to a colon if that is enough."""
    if len(about) <= width:
        return about
    clause = about.partition(":")[0]
    return clause if len(clause) <= width else about[: max(0, width - 3)].rstrip() + "..."


def description(derivation: Derivation, definitions: Sequence[Definition]) -> Iterator[str]:
    """Cells of one file at length: what its author says, then each cell's equations and arguments, with axes."""
    yield from _wrapped(derivation.doc)
    for definition in definitions:
        yield ""
        yield f"{definition.name}    {definition.file}:{definition.line}"
        yield ""
        yield from (f"  {line}".rstrip() for line in _wrapped(definition.doc, WIDTH - 2))
        if definition.doc:
            yield ""
        yield from _equations(definition)
        yield ""
        yield from _arguments(definition)
        yield from _statements(claim for claim in derivation.claims if claim.cell == definition.name)
    free = [claim for claim in derivation.claims if not claim.cell]
    if free and len(definitions) == len(derivation.cells):
        yield ""
        yield f"of no cell    {derivation.file}"
        yield from _statements(free)


def _statements(claims: Iterable[Claim]) -> Iterator[str]:
    """Claims and myths: the name, what is assumed, and what is said."""
    for claim in claims:
        yield ""
        yield f"  {claim.kind} {claim.name}"
        assumed = f"assuming {', '.join(claim.hypotheses)}: " if claim.hypotheses else ""
        yield from textwrap.wrap(assumed + claim.text, WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 6)


def _wrapped(doc: str, width: int = WIDTH) -> Iterator[str]:
    """Documentation refilled: paragraphs, and items whose continuation lines are indented under them."""
    for block in _blocks(doc.strip().splitlines()):
        first = _indent(block[0])
        marker = re.match(r"\s*\S+\s{2,}", block[0])
        below = _indent(block[1]) if len(block) > 1 else len(marker[0]) if marker and first else first
        text = block[0].rstrip() + "".join(f" {line.strip()}" for line in block[1:])
        yield from textwrap.wrap(text, width, subsequent_indent=" " * below, break_on_hyphens=False) or [""]


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    """Lines that belong together: flush lines up to the next blank or indented one, an item with what is under it."""
    block: list[str] = []
    for line in lines:
        under = bool(block) and (_indent(line) > _indent(block[0]) > 0 or _indent(line) == _indent(block[0]) == 0)
        if under and line.strip() and block[0].strip():
            block.append(line)
            continue
        if block:
            yield block
        block = [line]
    if block:
        yield block


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _equations(definition: Definition) -> Iterator[str]:
    left = max(len(equation.target) for equation in definition.equations)
    rows = [(f"  {e.target:{left}} = ", e.text, _axes(e.axes)) for e in definition.equations]
    right = max(len(head + text) for head, text, _ in rows)
    for head, text, axes in rows:
        column = min(right, WIDTH - 2 - len(axes))
        if len(head + text) <= column:
            yield f"{head + text:{column}}  {axes}"
        else:
            first, *rest = textwrap.wrap(text, WIDTH - len(head), break_long_words=False, break_on_hyphens=False)
            yield head + first
            yield from (" " * len(head) + line for line in rest)
            yield f"{'':{column}}  {axes}"


def _arguments(definition: Definition) -> Iterator[str]:
    groups: tuple[tuple[str, Mapping[str, Axes]], ...] = (
        ("inputs", definition.inputs),
        ("states", definition.states),
        ("parameters", definition.parameters),
    )
    for title, group in groups:
        yield from _list(title, [f"{name} {_axes(axes)}" for name, axes in group.items()])
    constants = definition.constants.values()
    defaults = [f"{each.name} {_axes(each.axes)} = {decimal(each.default) or each.default}" for each in constants]
    yield from _list("constants", defaults)
    yield from _list("returns", list(definition.returned))


def _list(title: str, items: list[str]) -> Iterator[str]:
    """`title` and its items, broken between items only."""
    line = f"  {title:12}"
    for position, item in enumerate(items):
        text = (" " if position else "") + item + ("," if position < len(items) - 1 else "")
        if len(line) + len(text) > WIDTH:
            yield line
            line, text = " " * 14, text.lstrip()
        line += text
    if items:
        yield line


def _axes(axes: Axes) -> str:
    return f"({', '.join(axes)})" if axes else "(scalar)"
