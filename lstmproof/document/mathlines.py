"""Long formulas on several lines: broken before signs, the loosest first, and only outside all brackets."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
_OPENING = frozenset(("{", "(", "[", r"\left", r"\lvert"))
_CLOSING = frozenset(("}", ")", "]", r"\right", r"\rvert"))
_PLACES = tuple(
    frozenset(signs.split())
    for signs in (
        r"\land \lor \wedge \vee \Rightarrow \iff",
        r"= < > \le \ge \lt \gt \neq \ne \leq \geq \approx \equiv \in \to",
        "+ -",
        r"\odot \cdot \otimes \times",
    )
)
"""Signs that a formula may be broken before, the loosest first."""
_SILENT = re.compile(
    r"\\(?:left|right|bar|overline|dot|hat|mathrm|mathtt|operatorname|overleftarrow|,)(?![A-Za-z])|[{}_^\s]"
)
_COMMAND = re.compile(r"\\[A-Za-z]+|\\.")


def width(latex: str) -> int:
    r"""About how many characters a formula is wide.

    >>> width(r"\bar{c}(t) \odot \left(1 - \sigma\left(s(t)\right)\right)")
    16
    """
    return len(_COMMAND.sub("x", _SILENT.sub("", latex)))


def broken(latex: str, most: int) -> tuple[str, ...]:
    r"""A formula in lines of at most about `most` characters where it has signs to break before.

    >>> broken(r"a + \left(b + c\right) + d", 6)
    ('a', '+ \\left(b + c\\right)', '+ d')
    """
    if width(latex) <= most:
        return (latex,)
    parts = [latex]
    for signs in _PLACES:
        parts = [piece for part in parts for piece in (_split(part, signs) if width(part) > most else (part,))]
    lines: list[str] = []
    for part in parts:
        if lines and width(f"{lines[-1]} {part}") <= most:
            lines[-1] = f"{lines[-1]} {part}"
        else:
            lines.append(part)
    return tuple(lines)


def _split(latex: str, signs: frozenset[str]) -> list[str]:
    """The formula cut before each of the signs that stands between two spaces outside all brackets."""
    parts = [""]
    depth = 0
    delimiter = False
    tokens = _TOKEN.findall(latex)
    for token, after in zip(tokens, [*tokens[1:], ""], strict=True):
        if delimiter:  # what follows \left or \right belongs to it
            delimiter = False
        elif token in _OPENING:
            depth += 1
        elif token in _CLOSING:
            depth -= 1
        elif depth == 0 and token in signs and after.isspace() and parts[-1][-1:].isspace() and parts[-1].strip():
            parts[-1] = parts[-1].rstrip()
            parts.append("")
        delimiter |= token in (r"\left", r"\right")
        parts[-1] += token
    return parts
