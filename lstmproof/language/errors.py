"""DerivationError: what a refused derivation file gets, with its place, what was found and how to mend it."""

from __future__ import annotations

import ast
import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_WINDOW = 100
"""Characters of a source line that a message shows."""


class DerivationError(ValueError):
    """A derivation file, or a text, that is not in the language.

    `str(error)` is the whole message: place, source line, caret, and what was found, expected, and how to mend it.
    Lines and columns count from 1; both are 0 where the file as a whole is meant.
    """

    def __init__(
        self,
        file: str,
        line: int,
        column: int,
        message: str,
        found: str = "",
        expected: str = "",
        fix: str = "",
        source: str = "",
        width: int = 1,
    ) -> None:
        super().__init__(file, line, column, message, found, expected, fix, source, width)
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.found = found
        self.expected = expected
        self.fix = fix
        self.source = source
        self.width = width

    def __str__(self) -> str:
        place = f"{printable(self.file)}:{self.line}:{self.column}" if self.line else printable(self.file)
        rows = [f"{place}: {self.message}"]
        if self.line:
            rows += _excerpt(self.line, self.column, self.width, self.source)
        for label, text in (("found", self.found), ("expected", self.expected), ("fix", self.fix)):
            if text:
                rows.append(f"   {label:<8}  {text}")
        return "\n".join(rows)


def _excerpt(line: int, column: int, width: int, source: str) -> list[str]:
    """The source line and a caret below; a long line is cut to a window around the caret."""
    margin = f"{line:>5}"
    start = 0 if column <= _WINDOW * 3 // 4 else column - _WINDOW // 2
    shown = printable(source[start : start + _WINDOW])
    lead = "..." if start else ""
    carets = "^" * max(1, min(width, len(shown) - (column - 1 - start)))
    tail = "..." if len(source) > start + _WINDOW else ""
    return [f"{margin} | {lead}{shown}{tail}".rstrip(), f"{'':5} | {' ' * (len(lead) + column - 1 - start)}{carets}"]


def printable(text: str) -> str:
    """`text` with one `?` for each character that a terminal could act on or not encode."""
    return "".join(char if char.isprintable() else (" " if char in "\t " else "?") for char in text)


def escaped(text: str, kept: str = "") -> str:
    r"""`text` with escapes for what ends a line, moves a cursor, reorders what is read or cannot be encoded.

    Spaces of any width stay, and the characters `kept`.

    >>> escaped("\x1b[2J, a\nb, \u03c3"), escaped("a\nb", kept="\n")
    ('\\x1b[2J, a\\nb, \u03c3', 'a\nb')
    """
    return "".join(
        char
        if char.isprintable() or char in kept or unicodedata.category(char) == "Zs"
        else char.encode("unicode_escape").decode("ascii")
        for char in text
    )


def clip(text: str, length: int = 60) -> str:
    """`text`, printable and cut to `length` characters."""
    text = printable(text)
    return text if len(text) <= length else text[: length - 3] + "..."


def spelled(node: ast.AST, length: int = 60) -> str:
    """The canonical Python spelling of a bounded expression, cut to `length` characters."""
    return clip(ast.unparse(node), length)


def listed(names: Iterable[str]) -> str:
    """`a, b, c`, or `none`."""
    return ", ".join(names) or "none"


def first_of(names: Iterable[str]) -> str:
    """`a, b, c`, or `none`; of many names the first."""
    return clip(listed(names), 120)


def axes_text(axes: Iterable[str]) -> str:
    """Axes as messages show them: `(hidden, input)`."""
    return f"({', '.join(axes)})"


_ELSEWHERE = {"min": "minimum", "max": "maximum", "logistic": "sigmoid", "sigma": "sigmoid", "ln": "log"}
"""What functions of the language are called elsewhere."""


def did_you_mean(name: str, candidates: Iterable[str], otherwise: str) -> str:
    """The nearest candidate as a question, or `otherwise`.

    >>> did_you_mean("tahn", ["tanh", "exp"], "use a function of the language")
    "did you mean 'tanh'?"
    >>> did_you_mean("min", ["sin", "minimum"], "use a function of the language")
    "did you mean 'minimum'?"
    """
    candidates = tuple(candidates)
    if _ELSEWHERE.get(name) in candidates:
        return f"did you mean '{_ELSEWHERE[name]}'?"
    near = difflib.get_close_matches(name[:100], candidates, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else otherwise


@dataclass(frozen=True)
class SourceText:
    """The text of a derivation file, which makes errors that point into it."""

    file: str
    text: str
    lines: tuple[str, ...]

    def error(self, node: ast.AST, message: str, found: str = "", expected: str = "", fix: str = "") -> DerivationError:
        """An error at `node`; Python counts columns in bytes of UTF-8, messages in characters."""
        line: int = getattr(node, "lineno", 1)
        start: int = getattr(node, "col_offset", 0)
        end: int = getattr(node, "end_col_offset", None) or start + 1
        same_line = getattr(node, "end_lineno", line) == line
        row = self.lines[line - 1].encode() if 0 < line <= len(self.lines) else b""
        column = len(row[:start].decode(errors="ignore"))
        stop = len(row[:end].decode(errors="ignore")) if same_line else len(row.decode(errors="ignore"))
        return self.error_at(line, column + 1, message, found, expected, fix, width=max(1, stop - column))

    def error_at(
        self, line: int, column: int, message: str, found: str = "", expected: str = "", fix: str = "", width: int = 1
    ) -> DerivationError:
        """An error at a line and column, both counted from 1."""
        source = self.lines[line - 1] if 0 < line <= len(self.lines) else ""
        column = min(max(column, 1), len(source) + 1)
        return DerivationError(self.file, line, column, message, found, expected, fix, source, width)

    def segment(self, node: ast.expr) -> str:
        """The text of a node that stands on one line."""
        row = self.lines[node.lineno - 1].encode()
        return row[node.col_offset : node.end_col_offset].decode(errors="replace")


def whole_file(file: str, message: str, found: str = "", expected: str = "", fix: str = "") -> DerivationError:
    """An error that has no place within the file."""
    return DerivationError(file, 0, 0, message, found, expected, fix)


_CODING = re.compile("(?<=coding)(?=[:=])")


def comment(line: str) -> str:
    """A comment of Python that nothing in `line` ends, were it a file's name, and that declares no coding (PEP 263)."""
    return f"# {_CODING.sub(' ', escaped(line))}".rstrip()
