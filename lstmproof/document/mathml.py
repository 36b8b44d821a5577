"""LaTeX as MathML that browsers draw and screen readers read: words as words, operators with their spacing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from xml.etree import ElementTree

from latex2mathml.converter import convert

from lstmproof.document.blocks import Row
from lstmproof.document.mathlines import broken

_NAMESPACE = re.compile(r' xmlns="[^"]*"')
_WORD = re.compile(r"[A-Za-z]{2,}")
_LOOSE = re.compile(r"&(?!#?\w+;)")
"""An ampersand that the converter lets through."""

_MOST = 84
"""Characters of a formula on one line."""

_ACCENTS = frozenset("\u02d9^")
_BAR = "\u00af"
_LONG_BAR = "\u2015"
_TALL = frozenset(("mfrac", "munder", "mover", "munderover", "msqrt", "mtable"))
_TRANSPOSED = "\u22a4"


def inline(latex: str) -> str:
    r"""A formula within a line.

    >>> inline("W_{f}")
    '<math><msub><mi>W</mi><mrow><mi>f</mi></mrow></msub></math>'
    """
    root = ElementTree.Element("math")
    root.extend(_converted(latex))
    return _serialised(root)


def display(rows: Sequence[Row]) -> str:
    """Equations below each other, aligned at their relations; each row bears its plain text as `data-text`."""
    root = ElementTree.Element("math", {"display": "block"})
    table = ElementTree.SubElement(root, "mtable", {"class": "aligned", "displaystyle": "true"})
    for row in rows:
        first, *more = broken(row.right, _MOST)
        _add_row(table, {"data-text": row.text}, (row.left, row.relation, first))
        for part in more:
            _add_row(table, {"class": "more"}, ("", "", rf"\quad {{}} {part}"))
    return _serialised(root)


def _add_row(table: ElementTree.Element, marks: dict[str, str], sides: tuple[str, str, str]) -> None:
    line = ElementTree.SubElement(table, "mtr", marks)
    for place, side in enumerate(sides):
        cell = ElementTree.SubElement(line, "mtd")
        cell.extend(_converted(side) if side else ())
        if place == 1 and side:
            relation = "".join(cell.itertext())
            cell[:] = []
            ElementTree.SubElement(cell, "mo").text = relation  # one sign, as of +=


def _serialised(root: ElementTree.Element) -> str:
    return ElementTree.tostring(root, encoding="unicode")


def _converted(latex: str) -> list[ElementTree.Element]:
    """The parts of a formula, in display style."""
    return list(ElementTree.fromstring(_converted_text(latex)))


@lru_cache(maxsize=4096)
def _converted_text(latex: str) -> str:
    """A formula as one `mrow`, mended."""
    made = _NAMESPACE.sub("", convert(latex, display="block"))
    root = ElementTree.fromstring(_LOOSE.sub("&amp;", made))
    row = ElementTree.Element("mrow")
    row.extend(root)
    while len(row) == 1 and row[0].tag == "mrow":
        row = row[0]
    _mend(row)
    return ElementTree.tostring(row, encoding="unicode")


def _mend(element: ElementTree.Element) -> None:
    """Spelled-out words in one piece, function names and transposes as identifiers, and marks of their proper size."""
    if element.tag == "mrow":
        _join_letters(element)
        _join_increment(element)
    for child in element:
        _mend(child)
    if element.tag == "mo" and (_WORD.fullmatch(element.text or "") or element.text == _TRANSPOSED):
        element.tag = "mi"
    if element.tag == "mover" and len(element) == 2:
        _mend_mark(element, element[1])
    if element.tag == "mrow" and not any(part.tag in _TALL for part in element.iter()):
        for fence in element.findall("mo[@fence]"):
            fence.set("stretchy", "false")


def _join_increment(row: ElementTree.Element) -> None:
    """`+=` as one sign."""
    parts = list(row)
    for plus, equals in pairwise(parts):
        if "".join(plus.itertext()) == "+" and equals.tag == "mo" and equals.text == "=":
            row.remove(plus)
            equals.text = "+="


def _mend_mark(over: ElementTree.Element, mark: ElementTree.Element) -> None:
    """Dots and hats sit on their letter; a bar as an accent would touch it, so it is set as what stands above.

    A bar over a word is one over a letter that the page's style makes longer: few fonts have any that stretches.
    """
    if mark.text in _ACCENTS:
        over.set("accent", "true")
    if mark.text == _LONG_BAR:
        mark.attrib.clear()
        mark.text = _BAR
        mark.set("class", "long")
        mark.set("style", f"--letters:{len(''.join(over[0].itertext()))}")
    if mark.text == _BAR:
        mark.set("stretchy", "false")


def _join_letters(row: ElementTree.Element) -> None:
    """Letters that the converter set one by one, upright or typewriter, as one word."""
    joined: list[ElementTree.Element] = []
    for child in row:
        style = child.get("mathvariant")
        if style not in ("normal", "monospace"):
            joined.append(child)
            continue
        before = joined[-1] if joined else None
        if before is not None and before.get("mathvariant") == style:
            before.text = (before.text or "") + (child.text or "")
            continue
        child.tag = "mi" if style == "normal" else "mtext"
        joined.append(child)
    for child in joined:
        if child.get("mathvariant") == "monospace":
            del child.attrib["mathvariant"]
            child.set("class", "code")
        elif child.get("mathvariant") == "normal" and len(child.text or "") > 1:
            del child.attrib["mathvariant"]  # longer identifiers are upright
    row[:] = joined
