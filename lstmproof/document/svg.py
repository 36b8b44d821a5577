"""Drawings as SVG: within a page, whose style sheet colours them, and as files that carry their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from math import hypot

from lstmproof.document.drawing import Box, Dot, Drawing, Ink, Path, Point, Shape, Words
from lstmproof.document.inks import DARK, LIGHT, name

_FONT = "font-family:system-ui,'Segoe UI',Helvetica,Arial,sans-serif"
_DASHES = {"solid": "", "dashed": ' stroke-dasharray="5 3.5"', "dotted": ' stroke-dasharray="1.2 3"'}
_HEAD = 6.0
"""Length of an arrow's head, in points, for a line of width 1."""
SCALE = 1.25
"""Pixels a point of a drawing has where there is room, so that its letters are those of the text beside it."""
CORNER = 7.0
"""Radius of the rounded corners of smooth paths."""


def inline(drawing: Drawing, alternative: str) -> str:
    """The drawing as an element of a page, with what it shows in words; its inks are classes of the page's style."""
    width, height = _number(drawing.width), _number(drawing.height)
    natural = _number(drawing.width * SCALE)
    head = (
        f'<svg class="drawing" role="img" aria-label="{escape(alternative)}" viewBox="0 0 {width} {height}" '
        f'style="--natural:{natural}px">'
    )
    return f"{head}{''.join(_shapes(drawing))}</svg>"


def file(drawing: Drawing, alternative: str) -> str:
    """The drawing as a file of its own, on paper of its own, light or dark as the reader prefers."""
    width, height = _number(drawing.width), _number(drawing.height)
    shown = f'width="{_number(drawing.width * SCALE)}" height="{_number(drawing.height * SCALE)}"'
    size = f'viewBox="0 0 {width} {height}" {shown}'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>',
        f"<title>{escape(alternative)}</title>",
        f"<style>text{{{_FONT}}}{rules(LIGHT)}@media(prefers-color-scheme:dark){{{rules(DARK)}}}</style>",
        f'<rect class="f-paper" width="{width}" height="{height}"/>',
        *_shapes(drawing),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def rules(colours: Mapping[Ink, str]) -> str:
    """Style rules that give every class of stroke and fill its colour."""
    return "".join(
        f".s-{name(ink)}{{stroke:{colour}}}.f-{name(ink)}{{fill:{colour}}}" for ink, colour in colours.items()
    )


def _shapes(drawing: Drawing) -> Iterator[str]:
    for shape in drawing.shapes:
        yield from _shape(shape)


def _shape(shape: Shape) -> Iterator[str]:
    match shape:
        case Path():
            yield from _path(shape)
        case Box((x, y), width, height, ink, fill, corner, line):
            rounded = f' rx="{_number(corner)}"' if corner else ""
            yield (
                f'<rect {_classes(ink, fill)} x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" '
                f'height="{_number(height)}"{rounded} stroke-width="{_number(line)}"/>'
            )
        case Dot((x, y), radius, ink, fill):
            filled = ink if fill is None else fill
            yield f'<circle {_classes(ink, filled)} cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}"/>'
        case Words((x, y), text, size, ink, anchor, turned):
            aligned = "" if anchor == "start" else f' text-anchor="{anchor}"'
            rotated = f' transform="rotate(-90 {_number(x)} {_number(y)})"' if turned else ""
            place = f'x="{_number(x)}" y="{_number(y)}" font-size="{_number(size)}"{aligned}{rotated}'
            yield f'<text class="f-{name(ink)}" {place}>{escape(text)}</text>'


def _path(path: Path) -> Iterator[str]:
    points = path.points
    if path.arrow and len(points) > 1:
        tip, base, sides = arrow_head(points[-2], points[-1], path.width)
        points = (*points[:-1], base)
        corners = " ".join(f"{_number(x)},{_number(y)}" for x, y in (tip, *sides))
        yield f'<polygon class="f-{name(path.ink)}" points="{corners}"/>'
    outline = _rounded(points) if path.smooth else _straight(points)
    closed = "Z" if path.fill is not None else ""
    yield (
        f'<path {_classes(path.ink, path.fill)} d="{outline}{closed}" stroke-width="{_number(path.width)}" '
        f'stroke-linejoin="round"{_DASHES[path.stroke]}/>'
    )


def arrow_head(before: Point, tip: Point, width: float) -> tuple[Point, Point, tuple[Point, Point]]:
    """Tip, where the line ends, and the two sides of the head of an arrow that comes from `before`."""
    length = _HEAD * max(1.0, width**0.5)
    dx, dy = tip[0] - before[0], tip[1] - before[1]
    far = hypot(dx, dy) or 1.0
    dx, dy = dx / far * length, dy / far * length
    foot = (tip[0] - dx, tip[1] - dy)
    base = (tip[0] - 0.8 * dx, tip[1] - 0.8 * dy)
    spread = 0.42
    return tip, base, ((foot[0] - spread * dy, foot[1] + spread * dx), (foot[0] + spread * dy, foot[1] - spread * dx))


def _straight(points: tuple[Point, ...]) -> str:
    return "M" + "L".join(_point(point) for point in points)


def _rounded(points: tuple[Point, ...]) -> str:
    """A path whose inner corners are cut by curves."""
    if len(points) < 3:
        return _straight(points)
    parts = [f"M{_point(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        parts.append(f"L{_point(_towards(corner, before))}Q{_point(corner)} {_point(_towards(corner, after))}")
    return "".join((*parts, f"L{_point(points[-1])}"))


def _towards(corner: Point, other: Point) -> Point:
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    far = hypot(dx, dy) or 1.0
    step = min(CORNER, far / 2) / far
    return corner[0] + dx * step, corner[1] + dy * step


def _classes(ink: Ink, fill: Ink | None) -> str:
    filled = f' f-{name(fill)}"' if fill is not None else '" fill="none"'
    return f'class="s-{name(ink)}{filled}'


def _point(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(value: float) -> str:
    """At most two decimals, without what does not count.

    >>> _number(12.0), _number(-0.001), _number(3.14159)
    ('12', '0', '3.14')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
