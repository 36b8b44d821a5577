"""What a document is made of: sections of blocks, and blocks of inline text.

A document says what is shown, not how it looks; `markdown`, `html` and `latex` write it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lstmproof.document.drawing import Drawing


@dataclass(frozen=True, slots=True)
class Code:
    """Text as a program has it."""

    text: str


@dataclass(frozen=True, slots=True)
class Math:
    """A formula within a line."""

    latex: str
    text: str
    """How it reads in plain text."""


@dataclass(frozen=True, slots=True)
class Strong:
    """Text that stands out."""

    text: str


Tone = Literal["good", "bad", "open", "plain"]


@dataclass(frozen=True, slots=True)
class Badge:
    """A verdict in a word or two; the tone never says more than the text does."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Link:
    """A reference: to an anchor of this document (`#anchor`), to another file beside it, or to an address."""

    text: str
    target: str


Inline = str | Code | Math | Strong | Badge | Link
Line = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    line: Line
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One equation: its sides in LaTeX, and how it reads in plain text."""

    left: str
    right: str
    text: str
    relation: str = "="
    """What stands between them, in LaTeX."""


@dataclass(frozen=True, slots=True)
class Equations:
    """Equations on display, aligned at their relation signs."""

    rows: tuple[Row, ...]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with one head row; the first column names its rows."""

    head: tuple[Line, ...]
    rows: tuple[tuple[Line, ...], ...]
    caption: str
    anchor: str = ""

    def __post_init__(self) -> None:
        assert all(len(row) == len(self.head) for row in self.rows), f"ragged table: {self.caption}"


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """Numbered steps, each a headline with blocks under it."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered step."""

    headline: Line
    blocks: tuple[Block, ...]
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A program's text; with an anchor, its lines are anchors `anchor-1`, `anchor-2`, ..."""

    source: str
    language: str
    caption: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture, what it shows in words, and the data that it draws."""

    name: str
    """Of the file that holds it where a format keeps pictures apart, without an ending."""
    title: str
    """What it is of, in a few words."""
    drawing: Drawing
    alternative: str
    """What a reader who cannot see it should know."""
    caption: Line
    """What stands below it, after its title."""
    data: tuple[Table, ...] = ()
    anchor: str = ""

    @property
    def legend(self) -> Line:
        """Its title and its caption."""
        return (Strong(f"{self.title}."), " ", *self.caption)


@dataclass(frozen=True, slots=True)
class Folded:
    """Blocks that a page may show on request."""

    title: str
    blocks: tuple[Block, ...]


Block = Paragraph | Equations | Table | Items | Steps | Listing | Figure | Folded


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part, possibly with parts of its own."""

    title: str
    anchor: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document."""

    name: str
    """Of its files, without an ending."""
    title: str
    abstract: Line
    sections: tuple[Section, ...]
    trail: tuple[Link, ...] = ()
    """Where it belongs, from the outside in."""
    colophon: Line = ()
    """The last line: what it was made from."""


def figures(document: Document) -> Iterator[Figure]:
    """All pictures in order."""
    for section in document.sections:
        yield from _within(section)


def _within(section: Section) -> Iterator[Figure]:
    yield from _among(section.blocks)
    for part in section.sections:
        yield from _within(part)


def _among(blocks: tuple[Block, ...]) -> Iterator[Figure]:
    for block in blocks:
        match block:
            case Figure():
                yield block
            case Folded(_, inner):
                yield from _among(inner)
            case Steps(steps):
                for step in steps:
                    yield from _among(step.blocks)
