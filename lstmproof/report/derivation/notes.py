"""What the author of a derivation file says of its sources: its documentation after the first paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lstmproof.document.blocks import Block, Items, Line, Paragraph, Strong

_ITEM = re.compile(r"\s+(?P<key>[A-Z]\d+)\s+(?P<text>.*)")


def notes(doc: str) -> Iterator[Block]:
    """Paragraphs, and lists of what the notes and the papers have differently."""
    for paragraph in doc.strip().split("\n\n")[1:]:
        head, items = _taken_apart(paragraph.splitlines())
        if head:
            yield Paragraph((" ".join(head),))
        if items:
            yield Items(tuple(items))


def _taken_apart(lines: list[str]) -> tuple[list[str], list[Line]]:
    """The flush lines, and the items under them, each with its continuation lines."""
    head: list[str] = []
    items: list[tuple[str, list[str]]] = []
    for line in lines:
        found = _ITEM.fullmatch(line)
        if found:
            items.append((found["key"], [found["text"].strip()]))
        elif items:
            items[-1][1].append(line.strip())
        else:
            head.append(line.strip())
    return head, [(Strong(key), f" {' '.join(text)}") for key, text in items]
