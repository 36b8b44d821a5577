"""The code blocks of a Markdown page, and what a comment above one says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"

_BLOCK = re.compile(r"^(?:<!-- (?P<note>[^\n]*) -->\n)?```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block of code."""

    kind: str
    text: str
    note: str
    """The comment on the line above: `file: NAME`, `exit N`, `not run: why`, or nothing."""
    line: int


def blocks(path: Path) -> Iterator[Block]:
    """The blocks of a page in their order."""
    page = path.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(page):
        line = page.count("\n", 0, found.start()) + 1
        yield Block(found["kind"], found["text"], found["note"] or "", line)


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Each command of a console block, and what is expected of its output."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        yield command, expected


def matches(expected: str, found: str) -> bool:
    r"""Whether output is as expected, where `...` on a line stands for any text, and on a line alone for any lines.

    >>> matches("a ... c\n...\nd\n", "a b c\nd\n"), matches("a\n", "a\nb\n")
    (True, False)
    """
    pattern = "".join(_pattern(row) for row in expected.splitlines())
    return re.fullmatch(pattern, "".join(f"{row.rstrip()}\n" for row in found.splitlines())) is not None


def _pattern(row: str) -> str:
    if row == "...":
        return r"(?:.*\n)*"
    return r"[^\n]*".join(re.escape(part) for part in row.split("...")) + r"\n"
