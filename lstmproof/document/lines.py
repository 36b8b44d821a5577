"""What every writer needs to know of lines and links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lstmproof.document.blocks import (
    Badge,
    Block,
    Code,
    Document,
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
    Steps,
    Strong,
    Table,
)

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SAFE = ("https:", "http:")


class LinkError(ValueError):
    """A link that leads to no place of the document, or that a page should not have."""


def plain(line: Line) -> str:
    r"""How a line reads without any marks.

    >>> plain(("where ", Math(r"\sigma", "sigma"), " is ", Code("1 / (1 + exp(-z))")))
    'where sigma is 1 / (1 + exp(-z))'
    """
    return "".join(_plain(part) for part in line)


def _plain(part: Inline) -> str:
    match part:
        case str():
            return part
        case Code(text) | Math(_, text) | Strong(text) | Badge(text, _) | Link(text, _):
            return text


def address(target: str, folder_page: str) -> str:
    """Where a link leads: a folder, which ends in a slash, stands for the document in it.

    Raises:
        LinkError: the address is neither of this site nor of the web.

    >>> address("../gru/#bounds", "index.html"), address("#cost", "index.html")
    ('../gru/index.html#bounds', '#cost')
    """
    scheme = _SCHEME.match(target)
    if scheme:
        if scheme[0].lower() not in _SAFE:
            raise LinkError(f"a document links to pages, not to {target!r}")
        return target
    place, mark, anchor = target.partition("#")
    return f"{place}{folder_page if place.endswith('/') else ''}{mark}{anchor}"


def every_block(sections: Iterable[Section]) -> Iterator[Block]:
    """All blocks in order, those within others after them."""
    for section in sections:
        yield from _within(section.blocks)
        yield from every_block(section.sections)


def _within(blocks: Iterable[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        match block:
            case Folded(_, inner):
                yield from _within(inner)
            case Steps(steps):
                for step in steps:
                    yield from _within(step.blocks)


def every_line(document: Document) -> Iterator[Line]:
    """All lines in order."""
    yield document.abstract
    for block in every_block(document.sections):
        match block:
            case Paragraph(line):
                yield line
            case Table(head, rows):
                for row in (head, *rows):
                    yield from row
            case Items(items):
                yield from items
            case Steps(steps):
                yield from (step.headline for step in steps)
            case Figure():
                yield block.legend
                for table in block.data:
                    for row in table.rows:
                        yield from row
    yield document.colophon


def listing_lines(listing: Listing) -> tuple[str, ...]:
    """The lines of a listing without their ends."""
    return tuple(listing.source.rstrip("\n").split("\n"))


def anchors(document: Document) -> Iterator[str]:
    """Every place that a link of the document may lead to, in order."""
    yield from _section_anchors(document.sections)
    for block in every_block(document.sections):
        match block:
            case Listing(anchor=str(anchor)) if anchor:
                yield anchor
                yield from (f"{anchor}-{number}" for number, _ in enumerate(listing_lines(block), 1))
            case Steps(steps):
                yield from (step.anchor for step in steps if step.anchor)
            case Items() | Folded():
                pass
            case _ if block.anchor:
                yield block.anchor


def _section_anchors(sections: Iterable[Section]) -> Iterator[str]:
    for section in sections:
        yield section.anchor
        yield from _section_anchors(section.sections)


def check_links(document: Document) -> None:
    """Raise LinkError unless anchors differ and every link within the document leads to one."""
    seen: set[str] = set()
    for anchor in anchors(document):
        if anchor in seen:
            raise LinkError(f"{document.name}: two places are called #{anchor}")
        seen.add(anchor)
    for line in every_line(document):
        for part in line:
            if isinstance(part, Link) and part.target.startswith("#") and part.target[1:] not in seen:
                raise LinkError(f"{document.name}: no place is called {part.target}, to which '{part.text}' leads")


def line_targets(document: Document) -> frozenset[str]:
    """Anchors that links of the document lead to."""
    links = (part for line in every_line(document) for part in line if isinstance(part, Link))
    return frozenset(link.target[1:] for link in links if link.target.startswith("#"))
