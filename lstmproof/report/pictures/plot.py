"""Charts drawn: axes with ticks, curves that bear their own labels, bounds with the side that they leave open.

No two curves differ in colour alone: each has its label at its end, and neighbours differ in their strokes. Below the
chart stands whose a curve is that several cells share. Everything is decimal arithmetic until it is a place in points,
so that a drawing has the same bytes on any machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from lstmproof.document.drawing import Dot, Drawing, Ink, Path, Point, Shape, Stroke, Words
from lstmproof.report.pictures.axis import Axis, linear, logarithmic
from lstmproof.report.pictures.lettering import width
from lstmproof.study.charts import Chart, Curve, Group, Member, Pair
from lstmproof.study.digits import plain

WIDTH, HEIGHT = 430.0, 300.0
LEFT, TOP, BOTTOM = 50.0, 36.0, 46.0
SIZE = 12.5
APART = 14.5
"""Points between the base lines of two labels."""
DECADE = 14.0
"""Points that a power of ten has at least on a logarithmic axis: the chart is taller where that takes more room."""
FEW = 16
"""Curves of at most so many points show each of them."""
_INKS: tuple[Ink, ...] = ("1", "2", "3", "4", "5", "6", "7", "8")
_STROKES: tuple[Stroke, ...] = ("solid", "dashed", "dotted")


@dataclass(frozen=True, slots=True)
class _Label:
    """What a curve or a mark is called, and where its line ends."""

    text: str
    end: Point
    ink: Ink


def drawing(chart: Chart) -> Drawing:
    """The chart as shapes."""
    right = WIDTH - 18 - max([width(each.label, SIZE) for each in (*chart.curves, *_across(chart))], default=0)
    x = linear((a for curve in chart.curves for a, _ in curve.points), LEFT, round(right, 1))
    y = _upright(chart)
    inks = _inks(chart.curves)
    shapes = [
        *_shades(chart, x, y),
        *_frame(chart, x, y),
        *_marks(chart, x, y),
        *(shape for curve, ink, stroke in inks for shape in _curve(curve, ink, stroke, x, y)),
        *_labels(chart, x, y, inks),
    ]
    height = y.start + BOTTOM
    legend = tuple(_legend(chart.groups, height))
    return Drawing(WIDTH, max((height, *(words.at[1] + 8 for words in legend))), (*shapes, *legend))


def _across(chart: Chart) -> list[Curve]:
    """Marks across the chart, whose labels stand among those of curves."""
    return [Curve(mark.label, ()) for mark in chart.marks if mark.axis == "y"]


def _upright(chart: Chart) -> Axis:
    numbers = [b for curve in chart.curves for _, b in curve.points]
    numbers += [mark.at for mark in chart.marks if mark.axis == "y"]
    start, end = HEIGHT - BOTTOM, TOP
    if chart.scale == "log":
        axis = logarithmic(numbers, start, end, chart.bottom)
        decades = axis.high.adjusted() - axis.low.adjusted()
        return replace(axis, start=max(start, end + DECADE * decades))
    return linear(numbers, start, end)


_Drawn = tuple[Curve, Ink, Stroke]


def _inks(curves: Sequence[Curve]) -> list[_Drawn]:
    """An ink and a stroke for each curve: bounds dashed in the ink of text, values in turn."""
    found: list[_Drawn] = []
    count = 0
    for curve in curves:
        if curve.role == "bound":
            found.append((curve, "text", "dashed"))
        else:
            bounded = any(each.role == "bound" for each in curves)
            strokes = ("solid", "dotted") if bounded else _STROKES
            found.append((curve, _INKS[count % len(_INKS)], strokes[count % len(strokes)]))
            count += 1
    return found


def _frame(chart: Chart, x: Axis, y: Axis) -> Iterator[Shape]:
    for tick in y.ticks:
        at = y.place(tick)
        yield Path(((x.start, at), (x.end, at)), "grid", 0.8)
        yield from _number(tick, LEFT - 6, at + 4, chart.scale == "log")
    for tick in x.ticks:
        at = x.place(tick)
        yield Path(((at, y.start), (at, y.start + 4)), "faint", 0.8)
        yield Words((at, y.start + 16), plain(tick).replace("-", "−"), SIZE, "faint", "middle")
    yield Path(((x.start, y.start), (x.end, y.start)), "faint", 1.0)
    yield Words((LEFT - 30, 16.0), chart.up, SIZE, "text")
    yield Words((x.end, y.start + 36), chart.across, SIZE, "text", "end")


def _number(tick: Decimal, right: float, base: float, power: bool) -> Iterator[Shape]:
    """A tick's number; of a power of ten, its exponent raised, unless it is as short written out."""
    exponent = tick.adjusted()
    if not power or -2 < exponent < 3:
        yield Words((right, base), plain(tick).replace("-", "−"), SIZE, "faint", "end")
        return
    small = str(exponent).replace("-", "−")
    joint = round(right - width(small, SIZE * 0.75), 1)
    yield Words((joint, base), "10", SIZE, "faint", "end")
    yield Words((joint + 0.5, base - 4), small, round(SIZE * 0.75, 1), "faint")


def _shades(chart: Chart, x: Axis, y: Axis) -> Iterator[Shape]:
    """Where a bound lets values be."""
    for curve in chart.curves:
        if curve.shade and curve.points:
            edge = y.place(max(y.low, Decimal(0)) if y.scale == "linear" else y.low)
            side = edge if curve.shade == "below" else y.end
            first, last = x.place(curve.points[0][0]), x.place(curve.points[-1][0])
            line = tuple((x.place(a), y.place(b)) for a, b in curve.points)
            yield Path((*line, (last, side), (first, side)), "panel", 0.5, fill="panel")


def _marks(chart: Chart, x: Axis, y: Axis) -> Iterator[Shape]:
    for mark in chart.marks:
        if mark.axis == "y":
            at = y.place(mark.at)
            yield Path(((x.start, at), (x.end, at)), "text", 1.0, "dashed")
        else:
            at = x.place(mark.at)
            yield Path(((at, y.start), (at, y.end)), "faint", 1.0, "dotted")
            at_end = at > x.end - 20
            yield Words((at, y.end - 4), mark.label, SIZE - 1, "faint", "end" if at_end else "middle")


def _curve(curve: Curve, ink: Ink, stroke: Stroke, x: Axis, y: Axis) -> Iterator[Shape]:
    points = tuple(_visible(curve.points, x, y))
    if len(points) > 1:
        yield Path(points, ink, 1.4 if curve.role == "bound" else 2.0, stroke)
    if curve.role == "value" and len(curve.points) <= FEW:
        for a, b in curve.points:
            if y.shows(b):
                yield Dot((x.place(a), y.place(b)), 2.0, ink)


def _visible(points: Sequence[Pair], x: Axis, y: Axis) -> Iterator[Point]:
    """Points up to where the curve leaves the chart at its bottom, cut there."""
    before: Pair | None = None
    for a, b in points:
        if y.shows(b):
            yield x.place(a), y.place(b)
        elif before is not None and y.shows(before[1]):
            yield _cut(before, (a, b), x, y)
        before = a, b


def _cut(inside: Pair, outside: Pair, x: Axis, y: Axis) -> Point:
    """Where the line from one point to another meets the bottom of a logarithmic axis."""
    if outside[1] <= 0:
        return x.place(inside[0]), y.start
    high, low, bottom = inside[1].log10(), outside[1].log10(), y.low.log10()
    share = (high - bottom) / (high - low)
    return x.place(inside[0] + share * (outside[0] - inside[0])), y.start


def _labels(chart: Chart, x: Axis, y: Axis, inks: Sequence[_Drawn]) -> Iterator[Shape]:
    """The name of each curve at its end; names that would meet are moved apart, each with a line to its curve."""
    ending: list[_Label] = []
    leaving: list[_Label] = []
    for curve, ink, _ in inks:
        points = list(_visible(curve.points, x, y))
        if points:
            gone = points[-1][1] == y.start and curve.points[-1][1] < y.low
            (leaving if gone else ending).append(_Label(curve.label, points[-1], ink))
    yield from _at_the_bottom(leaving, x)
    ending += [_Label(mark.label, (x.end, y.place(mark.at)), "text") for mark in chart.marks if mark.axis == "y"]
    for label, base in zip(*_moved_apart(ending, y.start), strict=True):
        left = x.end + 12
        yield Path((label.end, (left - 3, round(base - 4, 2))), label.ink, 0.7, "dotted")
        yield Words((left, base), label.text, SIZE, label.ink)


def _at_the_bottom(leaving: Sequence[_Label], x: Axis) -> Iterator[Shape]:
    """Names of curves that leave the chart: before the curve, of the last one after it if there is room."""
    order = sorted(leaving, key=lambda label: label.end)
    for label in order:
        across, base = label.end
        after = label is order[-1] and across + width(label.text, SIZE) + 8 < x.end
        yield Words((across + (5 if after else -9), base - 5), label.text, SIZE, label.ink, "start" if after else "end")


def _legend(groups: Sequence[Group], base: float) -> Iterator[Words]:
    """Below the chart, which ends at `base`, the cells of each group behind its name; a line ends between two cells."""
    left = max((width(f"{group.label}:", SIZE) for group in groups), default=0) + 14
    for group in groups:
        base += APART + 4
        yield Words((4.0, base), f"{group.label}:", SIZE, "faint")
        for line in _lines([_called(each) for each in group.members], WIDTH - left - 4):
            yield Words((round(left, 1), base), line, SIZE, "text")
            base += APART
        base -= APART


def _called(member: Member) -> str:
    return f"{member.cell} at {member.at}".replace("-", "−") if member.at else member.cell


def _lines(names: Sequence[str], most: float) -> Iterator[str]:
    """Names with commas between them, in lines of at most that width."""
    line = ""
    for name in names:
        longer = f"{line}, {name}" if line else name
        if line and width(f"{longer},", SIZE) > most:
            yield f"{line},"
            longer = name
        line = longer
    yield line


def _moved_apart(labels: Sequence[_Label], bottom: float) -> tuple[list[_Label], list[float]]:
    """Labels from above, with base lines at least `APART` apart and near where they belong."""
    order = sorted(labels, key=lambda label: (label.end[1], label.text))
    groups: list[list[float]] = []
    for label in order:
        groups.append([label.end[1] + 4, 1])
        while len(groups) > 1 and _reach(groups[-2]) > groups[-1][0] - (groups[-1][1] - 1) * APART / 2 - APART:
            (a, n), (b, m) = groups[-2:]
            groups[-2:] = [[(a * n + b * m) / (n + m), n + m]]
    bases = [
        round(
            min(max(middle, TOP + (count - 1) * APART / 2), bottom - (count - 1) * APART / 2)
            + (place - (count - 1) / 2) * APART,
            2,
        )
        for middle, count in groups
        for place in range(int(count))
    ]
    return order, bases


def _reach(group: Sequence[float]) -> float:
    return group[0] + (group[1] - 1) * APART / 2
