"""Drawings as TikZ pictures, for LaTeX documents."""

from __future__ import annotations

from collections.abc import Iterator

from lstmproof.document.drawing import Box, Dot, Drawing, Ink, Path, Shape, Words
from lstmproof.document.inks import LIGHT, name
from lstmproof.document.svg import CORNER, arrow_head
from lstmproof.document.tex_text import escaped

_ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}
_STROKES = {"solid": "", "dashed": ", dash pattern=on 5pt off 3.5pt", "dotted": ", dash pattern=on 1.2pt off 3pt"}


def colours() -> str:
    """Definitions of the inks, for the preamble."""
    return "\n".join(rf"\definecolor{{{name(ink)}}}{{HTML}}{{{code[1:].upper()}}}" for ink, code in LIGHT.items())


def picture(drawing: Drawing) -> str:
    """The drawing as one `tikzpicture`, never wider than the text."""
    frame = f"\\useasboundingbox (0,0) rectangle ({drawing.width:.2f},{drawing.height:.2f});"
    body = "\n".join(line for shape in drawing.shapes for line in _shape(shape))
    return (
        "\\fitted{%\n\\begin{tikzpicture}[x=1pt, y=-1pt, line join=round]\n"
        f"{frame}\n{body}\n\\end{{tikzpicture}}%\n}}"
    )


def _shape(shape: Shape) -> Iterator[str]:
    match shape:
        case Path():
            yield from _path(shape)
        case Box((x, y), width, height, ink, fill, corner, line):
            rounded = f", rounded corners={min(corner, width / 2, height / 2):.2f}pt" if corner else ""
            options = f"draw={name(ink)}, line width={line:.2f}pt{_filled(fill)}{rounded}"
            yield rf"\path[{options}] ({x:.2f},{y:.2f}) rectangle ({x + width:.2f},{y + height:.2f});"
        case Dot((x, y), radius, ink, fill):
            filled = _filled(ink if fill is None else fill)
            yield rf"\path[draw={name(ink)}{filled}] ({x:.2f},{y:.2f}) circle[radius={radius:.2f}pt];"
        case Words((x, y), text, size, ink, anchor, turned):
            rotated = ", rotate=90" if turned else ""
            options = f"anchor={_ANCHORS[anchor]}, inner sep=0pt, text={name(ink)}{rotated}"
            font = rf"\fontsize{{{size:.1f}}}{{{size * 1.2:.1f}}}\selectfont\sffamily"
            yield rf"\node[{options}] at ({x:.2f},{y:.2f}) {{{font} {escaped(text)}}};"


def _path(path: Path) -> Iterator[str]:
    points = path.points
    if path.arrow and len(points) > 1:
        tip, base, sides = arrow_head(points[-2], points[-1], path.width)
        points = (*points[:-1], base)
        corners = " -- ".join(f"({x:.2f},{y:.2f})" for x, y in (tip, *sides))
        yield rf"\path[fill={name(path.ink)}] {corners} -- cycle;"
    smooth = f", rounded corners={CORNER:.1f}pt" if path.smooth else ""
    options = f"draw={name(path.ink)}, line width={path.width:.2f}pt{_filled(path.fill)}{_STROKES[path.stroke]}{smooth}"
    closed = " -- cycle" if path.fill is not None else ""
    outline = " -- ".join(f"({x:.2f},{y:.2f})" for x, y in points)
    yield rf"\path[{options}] {outline}{closed};"


def _filled(fill: Ink | None) -> str:
    return f", fill={name(fill)}" if fill is not None else ""
