"""Documents as HTML: one page each, which loads nothing and works without its script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lstmproof.document import mathml, svg
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
    Section,
    Step,
    Steps,
    Strong,
    Table,
)
from lstmproof.document.inks import DARK, LIGHT, name
from lstmproof.document.lines import address, check_links, listing_lines, plain
from lstmproof.document.mathlines import broken, width

PAGE = "index.html"
"""The page of a folder."""

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_LONG = 56
"""Characters of a cell of a table above which it asks for room."""
_WORD = 26
"""Characters of a formula within a line that are kept together."""
_NARROW = 34
"""Characters of an equation that surely fit the width of a phone."""


def write(document: Document, script: str = "", wide: bool = False) -> str:
    """The page; `script` may make it handier, and must leave what is said to the page itself.

    A `wide` page leaves all of its width to what it shows, its contents above it.

    Raises:
        LinkError: a link leads nowhere.
    """
    check_links(document)
    return _TEMPLATES.get_template("page.html").render(
        title=document.title,
        abstract=_line(document.abstract),
        trail=[(link.text, address(link.target, PAGE)) for link in document.trail],
        contents=_contents(document.sections, deepest=2),
        body="\n".join(part for section in document.sections for part in _section(section, 2)),
        colophon=_line(document.colophon),
        colours=_colours(),
        script=script,
        wide=wide,
    )


def _colours() -> str:
    """The inks as variables, for light and dark, and as classes of strokes and fills."""
    light = "".join(f"--{name(ink)}:{colour};" for ink, colour in LIGHT.items())
    dark = "".join(f"--{name(ink)}:{colour};" for ink, colour in DARK.items())
    classes = svg.rules({ink: f"var(--{name(ink)})" for ink in LIGHT})
    return f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{classes}"


def _contents(sections: Iterable[Section], deepest: int) -> str:
    """Nested lists of links to sections."""
    entries = "".join(
        f'<li><a href="#{escape(section.anchor)}">{escape(section.title)}</a>'
        f"{_contents(section.sections, deepest - 1) if section.sections and deepest > 1 else ''}</li>"
        for section in sections
    )
    return f"<ol>{entries}</ol>" if entries else ""


def _section(section: Section, level: int) -> Iterator[str]:
    anchor = escape(section.anchor)
    mark = f'<a class="anchor" href="#{anchor}" aria-hidden="true" tabindex="-1">#</a>'
    yield f'<section id="{anchor}">\n<h{level}>{escape(section.title)} {mark}</h{level}>'
    yield from (_block(block) for block in section.blocks)
    for part in section.sections:
        yield from _section(part, min(level + 1, 6))
    yield "</section>"


def _block(block: Block) -> str:
    match block:
        case Paragraph(line, anchor):
            return f"<p{_id(anchor)}>{_line(line)}</p>"
        case Equations():
            return _equations(block)
        case Table():
            return _table(block)
        case Items(items):
            return f"<ul>{''.join(f'<li>{_line(item)}</li>' for item in items)}</ul>" if items else ""
        case Steps(steps):
            return f'<ol class="steps">\n{"".join(_step(step) for step in steps)}</ol>'
        case Listing():
            return _listing(block)
        case Figure():
            return _figure(block)
        case Folded(title, blocks):
            return f"<details><summary>{escape(title)}</summary>\n{_blocks(blocks)}\n</details>"


def _blocks(blocks: Iterable[Block]) -> str:
    return "\n".join(_block(block) for block in blocks)


def _id(anchor: str) -> str:
    return f' id="{escape(anchor)}"' if anchor else ""


def _equations(block: Equations) -> str:
    wide = any(len(row.text) > _NARROW for row in block.rows)
    reach = ' role="group" aria-label="Equations" tabindex="0"' if wide else ""
    return f'<div class="equations scroll"{_id(block.anchor)}{reach}>{mathml.display(block.rows)}</div>'


def _table(table: Table) -> str:
    """A table in a part of the page that scrolls by itself, so that the page need not."""
    head = "".join(f'<th scope="col">{_line(cell)}</th>' for cell in table.head)
    rows = "\n".join(f"<tr>{_row(row)}</tr>" for row in table.rows)
    label = escape(table.caption, quote=True)
    return (
        f'<div class="scroll" role="group" aria-label="{label}" tabindex="0"{_id(table.anchor)}>\n<table>\n'
        f"<caption>{escape(table.caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n"
        "</table>\n</div>"
    )


def _row(row: tuple[Line, ...]) -> str:
    first, *others = row
    return f'<th scope="row">{_line(first)}</th>' + "".join(map(_cell, others))


def _cell(line: Line) -> str:
    long = ' class="long"' if len(plain(line)) > _LONG else ""
    return f"<td{long}>{_line(line)}</td>"


def _step(step: Step) -> str:
    return f'<li{_id(step.anchor)}><p class="headline">{_line(step.headline)}</p>\n{_blocks(step.blocks)}\n</li>\n'


_COMMENT = re.compile(r"\s*#")


def _listing(listing: Listing) -> str:
    lines = []
    for number, text in enumerate(listing_lines(listing), 1):
        comment = " c" if listing.language == "python" and _COMMENT.match(text) else ""
        anchor = _id(f"{listing.anchor}-{number}") if listing.anchor else ""
        lines.append(f'<span class="l{comment}"{anchor}>{escape(text, quote=False)}\n</span>')
    label = escape(listing.caption, quote=True)
    text = "".join(lines)
    return (
        f'<figure class="listing"{_id(listing.anchor)}><figcaption>{escape(listing.caption)}</figcaption>\n'
        f'<pre class="scroll" role="group" aria-label="{label}" tabindex="0"><code>{text}</code></pre></figure>'
    )


def _figure(figure: Figure) -> str:
    tables = "\n".join(_table(table) for table in figure.data)
    data = f"\n<details><summary>The data</summary>\n{tables}\n</details>" if tables else ""
    label = escape(f"Picture: {figure.title}", quote=True)
    return (
        f'<figure{_id(figure.anchor)}><div class="scroll" role="group" aria-label="{label}" tabindex="0">'
        f"{svg.inline(figure.drawing, figure.alternative)}</div>\n"
        f"<figcaption>{_line(figure.legend)}</figcaption>{data}</figure>"
    )


def _line(line: Line) -> str:
    return "".join(_pieces(line))


_MARKS = frozenset(",.;:)")


def _pieces(line: Line) -> Iterator[str]:
    """The parts of a line; a mark that follows a formula stays with it, where browsers would begin a line with it."""
    mark = ""
    for part, after in zip(line, (*line[1:], ""), strict=False):
        text = _inline(part).removeprefix(mark)
        mark = after[:1] if isinstance(part, Math) and isinstance(after, str) and after[:1] in _MARKS else ""
        if isinstance(part, Math) and mark:
            *first, last = broken(part.latex, _WORD)
            kept = width(last) <= _WORD
            text = _formulas((*first, last), f"{mark}</span>" if kept else mark, '<span class="kept">' * kept)
        yield text


def _formulas(pieces: Sequence[str], after: str = "", before_last: str = "") -> str:
    """The pieces of one formula, between which a line may end."""
    *earlier, last = (_formula(piece if place == 0 else f"{{}} {piece}") for place, piece in enumerate(pieces))
    return " ".join((*earlier, f"{before_last}{last}{after}"))


def _formula(latex: str) -> str:
    """A formula within a line; one that no line may hold scrolls by itself."""
    if width(latex) <= _WORD:
        return mathml.inline(latex)
    return f'<span class="formula" role="group" aria-label="Formula" tabindex="0">{mathml.inline(latex)}</span>'


def _inline(part: Inline) -> str:
    match part:
        case str():
            return escape(part, quote=False)
        case Code(text):
            return f"<code>{escape(text, quote=False)}</code>"
        case Math(latex):
            return _formulas(broken(latex, _WORD))
        case Strong(text):
            return f"<strong>{escape(text, quote=False)}</strong>"
        case Badge(text, tone):
            return f'<span class="badge {tone}">{escape(text, quote=False)}</span>'
        case Link(text, target):
            return f'<a href="{escape(address(target, PAGE))}">{escape(text, quote=False)}</a>'
