"""Charts as figures: the drawing, what it shows in words, its caption and its data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from lstmproof.document.blocks import Code, Figure, Inline, Line, Link, Table
from lstmproof.report.pictures.plot import drawing
from lstmproof.study.charts import Chart, Curve, Group, Mark, Member, Reference
from lstmproof.study.digits import plain

Where = Callable[[Reference], str]
"""Where the statement that a chart refers to stands, as the target of a link; empty where no link leads there."""


def chart_figure(chart: Chart, where: Where = lambda _: "") -> Figure:
    """One chart with everything that belongs to it."""
    return Figure(
        name=chart.name,
        title=chart.title,
        drawing=drawing(chart),
        alternative=alternative(chart),
        caption=tuple(_caption(chart, where)),
        data=(_table(chart), *_cells(chart, where)),
        anchor=chart.name,
    )


def alternative(chart: Chart) -> str:
    """What a reader who cannot see the chart should know of it: each curve's ends, what lies beyond, whose it is."""
    scale = " on a logarithmic scale" if chart.scale == "log" else ""
    sentences = [f"{chart.title}: {chart.up}{scale} against {chart.across}."]
    sentences += [_course(curve) for curve in chart.curves if curve.points]
    if chart.marks:
        sentences.append(f"Marked: {', '.join(_marked(mark) for mark in chart.marks)}.")
    sentences += [_membership(group) for group in chart.groups]
    return " ".join((*sentences, chart.says, *[chart.settings] * bool(chart.groups)))


def _membership(group: Group) -> str:
    """Whose the curves of a group are, and what each cell was run with."""
    members = [f"{each.cell} ({each.given})" if each.given else each.cell for each in group.members]
    return f'The name "{group.label}" stands for {", ".join(members)}.'


def _marked(mark: Mark) -> str:
    number = plain(mark.at)
    return mark.label if mark.label.split()[-1] == number else f"{mark.label} ({number})"


def _course(curve: Curve) -> str:
    """From where to where a curve goes, and its turning point if it lies outside both ends."""
    (first, start), (last, end) = curve.points[0], curve.points[-1]
    values = [value for _, value in curve.points]
    name = f"The bound {curve.label}" if curve.role == "bound" else curve.label
    if min(values) == max(values):
        return f"{name} stays at {plain(start)}."
    way = "rises" if end > start else "falls" if end < start else "goes"
    said = f"{name} {way} from {plain(start)} at {plain(first)} to {plain(end)} at {plain(last)}"
    for extreme, word in ((max(values), "highest"), (min(values), "lowest")):
        if extreme not in (start, end):
            said += f", {word} {plain(extreme)} at {plain(curve.points[values.index(extreme)][0])}"
    return f"{said}."


def _caption(chart: Chart, where: Where) -> Iterator[Inline]:
    """What is seen, how it was made, and the statements that say it."""
    yield f"{chart.says} {chart.settings}"
    for place, reference in enumerate(chart.references):
        yield " Said by " if place == 0 else ", "
        yield _statement(reference, where)
    if chart.references:
        yield "."


def _statement(reference: Reference, where: Where) -> Inline:
    named = f"{reference.cell or reference.file}: {reference.statement}"
    target = where(reference)
    return Link(named, target) if target else Code(named)


def _table(chart: Chart) -> Table:
    """Every point that is drawn, to the digits that are certified."""
    columns = [dict(curve.points) for curve in chart.curves]
    places = sorted({place for column in columns for place in column})
    head: tuple[Line, ...] = ((chart.across,), *((curve.label,) for curve in chart.curves))
    rows = tuple(((plain(place),), *((_cell(column.get(place)),) for column in columns)) for place in places)
    return Table(head, rows, f"{chart.title}: {chart.up}, to four certified digits")


def _cells(chart: Chart, where: Where) -> Iterator[Table]:
    """Which cells each curve is of, what each was run with and what says so, if a curve is of several."""
    if chart.groups:
        head: tuple[Line, ...] = (("curves",), ("cell",), ("state",), ("what is not 0",), ("said by",))
        rows = tuple(_member(group, each, where) for group in chart.groups for each in group.members)
        yield Table(head, rows, f"{chart.title}: the cells of each curve")


def _member(group: Group, member: Member, where: Where) -> tuple[Line, ...]:
    """A row of the table of cells; no line ends within an equation."""
    given = Code(member.given.replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")) if member.given else "nothing"
    return (group.label,), (Code(member.cell),), (Code(member.state),), (given,), (_statement(member.stated, where),)


def _cell(number: Decimal | None) -> str:
    return "" if number is None else plain(number)
