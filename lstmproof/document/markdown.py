"""Documents as Markdown that forges show as it is (GitHub's dialect), with pictures and programs as files beside it.

Formulas are written between backticks within dollar signs, and on display in fences, where nothing else is read as
Markdown; what GitHub's renderer refuses there is spelled differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape

from lstmproof.document import svg
from lstmproof.document.blocks import (
    Badge,
    Block,
    Code,
    Document,
    Equations,
    Figure,
    Folded,
    Inline,
    Items,
    Line,
    Link,
    Listing,
    Math,
    Paragraph,
    Row,
    Section,
    Steps,
    Strong,
    Table,
    figures,
)
from lstmproof.document.lines import address, check_links, every_block
from lstmproof.document.mathlines import broken

PAGE = "README.md"
"""The file that forges show with a folder."""

_ENDINGS = {"python": "py"}
_MOST = 84
"""Characters of a formula on one line."""


def write(document: Document) -> dict[str, str]:
    """The document's files by name: its text, its pictures, and the programs that its lines link to.

    Raises:
        LinkError: a link leads nowhere.
    """
    check_links(document)
    kept = _kept(document)
    writer = _Writer({listing.anchor: name for name, listing in kept.items()})
    pictures = {f"{each.name}.svg": svg.file(each.drawing, each.alternative) for each in figures(document)}
    return {PAGE: writer.document(document)} | pictures | {name: each.source for name, each in kept.items()}


def _kept(document: Document) -> dict[str, Listing]:
    """Listings with an anchor are files of their own, since forges number and link the lines of files alone."""
    listings = (block for block in every_block(document.sections) if isinstance(block, Listing) and block.anchor)
    return {f"{each.anchor}.{_ENDINGS.get(each.language, 'txt')}": each for each in listings}


class _Writer:
    """Writes the parts of one document."""

    def __init__(self, listings: Mapping[str, str]) -> None:
        """`listings` has the file of each listing by its anchor."""
        self.listings = listings

    def document(self, document: Document) -> str:
        parts = [self.line(_joined(document.trail, " / "))] if document.trail else []
        parts += [f"# {_escaped(document.title)}", self.line(document.abstract)]
        for section in document.sections:
            parts += self.section(section, 2)
        if document.colophon:
            parts += ["---", self.line(document.colophon)]
        return "\n\n".join(part for part in parts if part) + "\n"

    def section(self, section: Section, level: int) -> Iterator[str]:
        yield f'<a id="{section.anchor}"></a>\n\n{"#" * min(level, 6)} {_escaped(section.title)}'
        yield from self.blocks(section.blocks)
        for part in section.sections:
            yield from self.section(part, level + 1)

    def blocks(self, blocks: Iterable[Block]) -> Iterator[str]:
        for block in blocks:
            anchor = getattr(block, "anchor", "")
            if anchor:
                yield f'<a id="{anchor}"></a>'
            yield from self.block(block)

    def block(self, block: Block) -> Iterator[str]:
        match block:
            case Paragraph(line):
                yield self.line(line)
            case Equations(rows):
                yield _equations(rows)
            case Table():
                yield from self.table(block)
            case Items(items):
                if items:
                    yield "\n".join(f"- {self.line(item)}" for item in items)
            case Steps(steps):
                for number, step in enumerate(steps, 1):
                    if step.anchor:
                        yield f'<a id="{step.anchor}"></a>'
                    yield f"**{number}.** {self.line(step.headline)}"
                    yield from self.blocks(step.blocks)
            case Listing():
                yield from self.listing(block)
            case Figure():
                yield from self.figure(block)
            case Folded(title, inner):
                yield from _folded(title, self.blocks(inner))

    def table(self, table: Table) -> Iterator[str]:
        yield f"_{_escaped(table.caption)}_"
        rows = [self.cells(table.head), "|".join(["", *(["---"] * len(table.head)), ""])]
        yield "\n".join([*rows, *(self.cells(row) for row in table.rows)])

    def cells(self, row: tuple[Line, ...]) -> str:
        cells = (self.line(cell, in_table=True) for cell in row)
        return f"| {' | '.join(cells)} |"

    def listing(self, listing: Listing) -> Iterator[str]:
        caption = _escaped(listing.caption)
        if listing.anchor:
            file = self.listings[listing.anchor]
            yield f"[{file}]({file}): {caption}"
            return
        yield caption
        yield _fenced(listing.source.rstrip("\n"), listing.language)

    def figure(self, figure: Figure) -> Iterator[str]:
        yield f"![{_escaped(figure.alternative)}]({figure.name}.svg)"
        yield self.line(figure.legend)
        if figure.data:
            yield from _folded("The data", (part for table in figure.data for part in self.table(table)))

    def line(self, line: Line, in_table: bool = False) -> str:
        written = ""
        for part in line:
            text = self.inline(part)
            if in_table:
                text = text.replace("|", r"\|") if not isinstance(part, str) else text
            if isinstance(part, Math) and (written[-1:].isalnum() or written[-1:] == "-"):
                written += " "  # or GitHub takes the dollar sign for one
            written += text
        return " ".join(_not_a_mark(written).split())

    def inline(self, part: Inline) -> str:
        match part:
            case str():
                return _escaped(part)
            case Code(text):
                return _code(text)
            case Math(latex):
                return f"$`{_for_forges(latex)}`$"
            case Strong(text) | Badge(text, _):
                return f"**{_escaped(text)}**" if text else ""
            case Link(text, target):
                return f"[{_escaped(text)}]({self.target(target)})"

    def target(self, target: str) -> str:
        anchor, dash, number = target.removeprefix("#").rpartition("-")
        if target.startswith("#") and dash and anchor in self.listings:
            return f"{self.listings[anchor]}#L{number}"
        return address(target, PAGE).replace(" ", "%20").replace("(", "%28").replace(")", "%29")


def _joined(links: Iterable[Link], between: str) -> Line:
    line: list[Inline] = []
    for link in links:
        line += [between, link] if line else [link]
    return tuple(line)


_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~$&])")
_LEADING = re.compile(r"^(?:(\d+)([.)])|([-+=])(?=\s|$))")


def _escaped(text: str) -> str:
    r"""Text of which nothing is read as Markdown or HTML.

    >>> _escaped("W_f <b> [x]")
    'W\\_f \\<b\\> \\[x\\]'
    """
    return _MARKS.sub(r"\\\1", text)


def _not_a_mark(line: str) -> str:
    """A line that begins no list, no heading and no rule."""
    return _LEADING.sub(lambda found: rf"{found[1]}\{found[2]}" if found[1] else rf"\{found[3]}", line)


def _code(text: str) -> str:
    runs = [len(run) for run in re.findall("`+", text)]
    fence = "`" * (max(runs, default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def _fenced(text: str, language: str) -> str:
    runs = [len(run) for run in re.findall("`+", text)]
    fence = "`" * max(3, max(runs, default=0) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _folded(title: str, parts: Iterable[str]) -> Iterator[str]:
    yield f"<details>\n<summary>{escape(title, quote=False)}</summary>"
    yield from parts
    yield "</details>"


def _equations(rows: Iterable[Row]) -> str:
    lines = []
    for row in rows:
        first, *more = broken(row.right, _MOST)
        lines.append(f"{_for_forges(row.left)} &{_for_forges(row.relation)} {_for_forges(first)}")
        lines += [rf"&\quad {{}} {_for_forges(part)}" for part in more]
    body = " \\\\\n".join(lines)
    return _fenced(f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}", "math")


_REFUSED = ((r"\operatorname{", r"\mathrm{"), ("<", r"\lt "), (">", r"\gt "))


def _for_forges(latex: str) -> str:
    r"""A formula without what GitHub refuses, and without bars, which end the cell of a table.

    >>> _for_forges(r"\left|h\right| < \operatorname{relu}\left(x\right)")
    '\\left\\vert h\\right\\vert  \\lt  \\mathrm{relu}\\left(x\\right)'
    """
    for refused, spelled in _REFUSED:
        latex = latex.replace(refused, spelled)
    assert "`" not in latex, f"a backtick ends a formula: {latex}"
    return re.sub(r"(?<!\\)\|", lambda _: r"\vert ", latex)
