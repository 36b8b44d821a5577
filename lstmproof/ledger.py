"""The ledger: what is said of recurrent cells, row by row, and what settles each statement.

`docs/ledger.md` is written for readers and parsed here. A row is a heading `### A4 Title` and paragraphs that
begin `**Said.**`, `**So.**` and `**Settled.**`; the last names claims and myths as `lstm.py claim.NAME`, laws as
`lstm.py:lstm law.NAME` and tests as `tests/ledger/test_x.py::test_y`, each in backticks, or says why there is no
verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = "ledger.md"


class LedgerError(ValueError):
    """A ledger that is missing, or that is not laid out as above; the message names the row."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What settles a row: a result of a derivation file, or a test."""

    file: str
    """`lstm.py` for a result, the test's path otherwise."""
    id: str
    """The result's id, `claim.NAME`, `myth.NAME` or `law.NAME`, or the test's name."""
    cell: str = ""
    """The cell that a law is of; a claim's name says it all."""

    @property
    def is_test(self) -> bool:
        """Whether it is a test, which `lstmproof verify` does not run."""
        return self.file.startswith("tests/")

    def __str__(self) -> str:
        if self.is_test:
            return f"{self.file}::{self.id}"
        return f"{self.file}:{self.cell} {self.id}" if self.cell else f"{self.file} {self.id}"


@dataclass(frozen=True, slots=True)
class Row:
    """One statement of the notes or the papers."""

    id: str
    """A letter for the source and a number: A4."""
    title: str
    said: str
    """What the notes say; for E, what the paper prints."""
    so: str
    """What is true."""
    references: tuple[Reference, ...]
    """What settles it; empty if it has no verdict."""
    reason: str
    """Why it has no verdict, or what the references leave open; may be empty."""


def document() -> Path:
    """Where the ledger is: the packaged copy, else the checkout's.

    Raises:
        LedgerError: neither is there.
    """
    package = Path(__file__).resolve().parent
    for place in (package / DOCUMENT, package.parent / "docs" / DOCUMENT):
        if place.is_file():
            return place
    raise LedgerError(f"the ledger is missing: no {DOCUMENT} in {package} or in docs beside it; reinstall lstmproof")


def rows() -> tuple[Row, ...]:
    """All rows, in the order of the document."""
    return tuple(parse(document().read_text(encoding="utf-8")))


_HEADING = re.compile(r"^### ([A-E]\d+) +(.+)$", re.MULTILINE)
_RESULT = re.compile(r"^(\w+\.py)(?::(\w+))? ((?:claim|myth|law|finding)\.\w+)$")
_TEST = re.compile(r"^(tests/[\w/]+\.py)::(\w+)$")


def parse(text: str) -> Iterator[Row]:
    """The rows of a ledger's text.

    Raises:
        LedgerError: a row lacks a part, has a reference that is none, or appears twice; or there is no row.
    """
    headings = list(_HEADING.finditer(text))
    if not headings:
        raise LedgerError("the ledger has no row: a row begins with a heading such as '### A4 Title'")
    seen: set[str] = set()
    for place, heading in enumerate(headings):
        row, title = heading.groups()
        if row in seen:
            raise LedgerError(f"row {row} appears twice")
        seen.add(row)
        end = headings[place + 1].start() if place + 1 < len(headings) else len(text)
        body = re.split(r"^#+ ", text[heading.end() : end], maxsplit=1, flags=re.MULTILINE)[0]
        settled = _part(row, body, "Settled")
        references = tuple(_reference(row, each) for each in re.findall(r"`([^`]*)`", settled))
        reason = re.sub(r"\s*`[^`]*`[,;.]?", "", settled).strip()
        if not references and not reason:
            raise LedgerError(f"row {row} is settled by nothing and does not say why")
        yield Row(row, title.strip(), _part(row, body, "Said"), _part(row, body, "So"), references, reason)


def _part(row: str, body: str, name: str) -> str:
    """A paragraph, or several, that begin with a bold word; line breaks become spaces."""
    found = re.search(rf"^\*\*{name}\.\*\*(.*?)(?=^\*\*(?:Said|So|Settled)\.\*\*|\Z)", body, re.DOTALL | re.MULTILINE)
    if found is None:
        raise LedgerError(f"row {row} has no paragraph that begins '**{name}.**'")
    return " ".join(found[1].split())


def _reference(row: str, text: str) -> Reference:
    if test := _TEST.match(text):
        return Reference(test[1], test[2])
    if result := _RESULT.match(text):
        return Reference(result[1], result[3], result[2] or "")
    raise LedgerError(f"row {row} refers to '{text}': write `lstm.py claim.NAME` or `tests/ledger/test_x.py::test_y`")
