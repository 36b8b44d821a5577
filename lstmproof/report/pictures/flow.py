"""The data flow of one step of a cell, drawn from its Program."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace

from lstmproof.document.blocks import Figure
from lstmproof.document.drawing import Box, Dot, Drawing, Ink, Path, Point, Shape, Stroke, Words
from lstmproof.program.nodes import Program
from lstmproof.report.pictures.graph import Graph, Wire, carousel_wires, new_key, old_key
from lstmproof.report.pictures.lettering import centred, ending, lettering, starting, width
from lstmproof.report.pictures.placing import LABEL, SIZE, UNIT, Placed, Plan, WireName, is_end, plan_of
from lstmproof.report.pictures.reading import graph_of
from lstmproof.report.pictures.routing import Route, Spot
from lstmproof.report.pictures.words import as_table, in_words

EDGE = 10.0
"""Points around the grid."""
DISC = 10.0
"""Radius of discs."""
LINE, HEAVY = 1.1, 2.6
"""Widths of lines, in points."""
WIDEST = 720.0
"""Points that a drawing takes at most; none of the catalogue's cells needs so many."""
LONGEST = 30
"""Characters of a carousel's factor that is written beside it."""


def flow_figure(program: Program, carousels: Mapping[str, str]) -> Figure:
    """The data flow of one step of a forward Program, in a drawing, in words and as a table.

    `carousels` gives, by state, the factor ds(t)/ds(t-1) of the truncated flow as people read it; states without one,
    or whose factor is 0, are absent.
    """
    graph = graph_of(program)
    shown = {state: factor for state, factor in carousels.items() if carousel_wires(graph, state)}
    caption = (
        "One step. A box is a function of the sum of what arrives, each term with its parameter; "
        "discs work entry by entry. Dashed: values of t-1."
    )
    if shown:
        caption += " Heavy: the carousel, the way by which an error passes from step to step in the truncated flow."
    return Figure(
        name="data-flow",
        title=f"Data flow of {program.name}",
        drawing=_drawn(graph, shown),
        alternative=in_words(graph, shown),
        caption=(caption,),
        data=(as_table(graph, program, shown),),
        anchor="data-flow",
    )


def _drawn(graph: Graph, carousels: Mapping[str, str]) -> Drawing:
    plan = plan_of(graph, list(carousels))
    shapes = (*_wires(plan), *_nodes(plan), *_carousel_labels(plan, carousels))
    return _fitted(Drawing(plan.width * UNIT + 2 * EDGE, plan.height * UNIT + 2 * EDGE, shapes))


def _at(x: float, y: float) -> Point:
    return x * UNIT + EDGE, y * UNIT + EDGE


def _wires(plan: Plan) -> Iterator[Shape]:
    """Every wire, the carousels over the others, and a dot where one leaves another of the same node."""
    junctions = _junctions(plan)
    for heavy in (False, True):
        for node, place, wire in plan.graph.wires():
            if ((node.key, place) in plan.carousel) == heavy:
                yield from _wire(plan, (node.key, place), junctions.get(wire.source, frozenset()), heavy)
    for source, spots in junctions.items():
        for spot in sorted(spots):
            yield Dot(_at(*spot), 2.4, "accent" if spot in _spots_of_carousel(plan, source) else "text")


def _wire(plan: Plan, name: WireName, junctions: frozenset[Spot], heavy: bool) -> Iterator[Shape]:
    """A wire in pieces between junctions, where no corner is rounded; the last ends in an arrow."""
    route, target = plan.routes[name], plan.placed[name[0]]
    source = plan.placed[target.node.wires[name[1]].source]
    ink: Ink = "accent" if heavy else "text"
    stroke: Stroke = "dashed" if source.node.kind == "old" and not heavy else "solid"
    places = [place for place, spot in enumerate(route) if 0 < place < len(route) - 1 and spot in junctions]
    cuts = [0, *places, len(route) - 1]
    for first, last in itertools.pairwise(cuts):
        points = list(_corners(route[first : last + 1]))
        if first == 0 and source.disc and route[0] == source.exit:
            points[0] = (_at(source.x, source.y)[0] + DISC, points[0][1])
        ends = last == len(route) - 1
        if ends and target.disc:
            x, y = _at(target.x, target.y)
            points[-1] = (x + (route[-1][0] - target.x) * DISC, y + (route[-1][1] - target.y) * DISC)
        yield Path(tuple(points), ink, HEAVY if heavy else LINE, stroke, arrow=ends, smooth=True)


def _corners(route: Route) -> Iterator[Point]:
    """The two ends of a route and the spots where it turns, in points."""
    yield _at(*route[0])
    for before, spot, after in zip(route, route[1:], route[2:], strict=False):
        if (spot[0] - before[0], spot[1] - before[1]) != (after[0] - spot[0], after[1] - spot[1]):
            yield _at(*spot)
    yield _at(*route[-1])


def _junctions(plan: Plan) -> dict[str, frozenset[Spot]]:
    """By node, the spots where one of its wires leaves another."""
    found: dict[str, set[Spot]] = {}
    for (key, place), route in plan.routes.items():
        source = plan.graph.node[key].wires[place].source
        if route[0] != plan.placed[source].exit:
            found.setdefault(source, set()).add(route[0])
    return {source: frozenset(spots) for source, spots in found.items()}


def _spots_of_carousel(plan: Plan, source: str) -> frozenset[Spot]:
    names = [name for name in plan.carousel if plan.graph.node[name[0]].wires[name[1]].source == source]
    return frozenset(spot for name in names for spot in plan.routes[name])


def _nodes(plan: Plan) -> Iterator[Shape]:
    for each in plan.placed.values():
        if each.disc:
            yield from _disc(each)
        elif is_end(each.node):
            yield from _pill(each)
        else:
            yield from _box(each)


def _disc(each: Placed) -> Iterator[Shape]:
    x, y = _at(each.x, each.y)
    yield Dot((x, y), DISC, "text", "paper")
    size = 15.0 if len(each.node.symbol) == 1 else 11.0
    yield Words((x, round(y + size * 0.35, 1)), each.node.symbol.replace(" ", ""), size, anchor="middle")
    if each.node.name:
        yield from starting(lettering(each.node.name), x + DISC + 2, y - 5, LABEL)


def _pill(each: Placed) -> Iterator[Shape]:
    x, y = _at(each.x, each.y)
    wide = each.half_width * UNIT
    yield Box((x - wide, y - 11), 2 * wide, 22, "faint", "panel", 11)
    yield from centred(lettering(each.node.symbol, "t-1" if each.node.kind == "old" else "t"), x, y + 4, SIZE)


def _box(each: Placed) -> Iterator[Shape]:
    x, top = _at(each.x - each.half_width, each.y - each.up)
    right, bottom = _at(each.x + each.half_width, each.y + each.down)
    yield Box((x, top - 3), right - x, bottom - top + 6, "text", "panel", 5)
    middle, line = (x + right) / 2, (top + bottom) / 2
    if each.node.name:
        yield from centred(lettering(each.node.name), middle, line - 4, SIZE + 1)
        yield Words((middle, line + 12), each.node.symbol, SIZE, "faint", "middle")
    else:
        yield Words((middle, line + 4), each.node.symbol, SIZE, anchor="middle")
    for wire, port in zip(each.node.wires, each.ports, strict=True):
        yield from _label(wire, *_at(each.x - each.half_width, port))


def _label(wire: Wire, x: float, y: float) -> Iterator[Shape]:
    """What multiplies a wire, above its end; a parameter that is added, before an arrow of its own."""
    name = lettering(wire.factor)
    name = replace(name, base=f"−{name.base}") if wire.minus else name
    if not wire.source:
        yield Path(((x - 13, y), (x, y)), "text", LINE, arrow=True)
        yield from ending(name, x - 15, y + 4, LABEL)
        return
    right = x - 8
    if wire.barrier:
        yield Words((right, y - 4), wire.barrier, LABEL - 1, "faint", "end")
        right -= width(wire.barrier, LABEL - 1) + 4
    if name.base:
        yield from ending(name, right, y - 4, LABEL)


def _carousel_labels(plan: Plan, carousels: Mapping[str, str]) -> Iterator[Shape]:
    """Above the beginning of each carousel, the factor that an error is multiplied by, unless it is long."""
    for state, factor in carousels.items():
        if (new_key(state), 0) in plan.carousel:
            start = plan.placed[old_key(state)]
            x, y = _at(start.x + start.half_width, start.y)
            shown = len(factor) <= LONGEST
            yield Words((x + 6, y - 15), "carousel ×" if shown else "carousel", LABEL, "accent")
            if shown:
                name = lettering(f"({factor})" if " + " in factor or " - " in factor else factor)
                yield from starting(name, x + 7 + width("carousel ×", LABEL), y - 15, LABEL, "accent")


def _fitted(drawing: Drawing) -> Drawing:
    """The drawing, made smaller if it is wider than `WIDEST`."""
    scale = WIDEST / drawing.width
    if scale >= 1:
        return drawing
    shapes = tuple(_scaled(shape, scale) for shape in drawing.shapes)
    return Drawing(WIDEST, round(drawing.height * scale, 1), shapes)


def _scaled(shape: Shape, scale: float) -> Shape:
    def point(at: Point) -> Point:
        return round(at[0] * scale, 2), round(at[1] * scale, 2)

    match shape:
        case Path():
            return replace(shape, points=tuple(point(each) for each in shape.points), width=shape.width * scale)
        case Box():
            wide, tall, rounded = shape.width * scale, shape.height * scale, shape.round * scale
            return replace(shape, corner=point(shape.corner), width=wide, height=tall, round=rounded)
        case Dot():
            return replace(shape, centre=point(shape.centre), radius=shape.radius * scale)
        case Words():
            return replace(shape, at=point(shape.at), size=round(shape.size * scale, 1))
