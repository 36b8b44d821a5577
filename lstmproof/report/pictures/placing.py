"""The drawing of a graph before it is inked: nodes with their outlines, wires with their routes, all on one grid."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from lstmproof.report.pictures.graph import Graph, Node, Wire, carousel_wires, new_key, old_key
from lstmproof.report.pictures.layering import Extents, Layers, Vertex, heights, layered
from lstmproof.report.pictures.lettering import lettering, width
from lstmproof.report.pictures.routing import EAST, NORTH, SOUTH, End, Net, Plane, Route, Spot, routed

UNIT = 8
"""Points from one grid line to the next."""
SIZE = 12.0
"""Of letters, in points."""
LABEL = 11.0
"""Of parameters beside wires."""
PITCH = 7
"""Grid lines from one carousel to the next."""
MARGIN = 2
"""Grid lines free around everything, for wires."""

WireName = tuple[str, int]
"""The node that a wire arrives at, and its place there."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A node on the grid: the centre of its line, and how far it reaches."""

    node: Node
    x: int
    y: int
    half_width: int
    up: int
    down: int
    ports: tuple[int, ...]
    """The height at which each wire arrives; of a disc, none."""

    @property
    def disc(self) -> bool:
        """Whether it is drawn as a disc."""
        return is_disc(self.node)

    @property
    def exit(self) -> Spot:
        """Where its value leaves it."""
        return self.x + self.half_width, self.y


@dataclass(frozen=True)
class Plan:
    """Everything in its place."""

    graph: Graph
    placed: Mapping[str, Placed]
    routes: Mapping[WireName, Route]
    carousel: frozenset[WireName]
    """Wires of carousels."""
    width: int
    height: int


def plan_of(graph: Graph, carousels: Sequence[str]) -> Plan:
    """Place a graph, the carousels of the states named as straight lines above the rest."""
    found = {state: wires for state in carousels if (wires := carousel_wires(graph, state))}
    paths = [_longest(graph, state, wires) for state, wires in found.items()]
    highlighted = frozenset(wire for wires in found.values() for wire in wires)
    layers = layered(graph, paths)
    lines = frozenset(_lines(graph, paths))
    arrivals = {node.key: _arrivals(node, layers, lines) for node in graph.nodes}
    extents = _extents(graph, layers, arrivals)
    y = heights(graph, layers, extents, PITCH)
    down = MARGIN - min(y[vertex] - extents.up.get(vertex, 0) for vertex in y)
    placed = _placed(graph, layers, extents, {vertex: height + down for vertex, height in y.items()}, arrivals)
    right = max(each.x + each.half_width for each in placed.values())
    bottom = max(each.y + each.down for each in placed.values()) + MARGIN
    starts = [placed[old_key(state)] for state in found]
    routes = routed(_plane(placed, starts, right, bottom), _nets(graph, placed, lines))
    lowest = max([each.y + each.down for each in placed.values()] + [y for route in routes.values() for _, y in route])
    return Plan(graph, placed, routes, highlighted, right, lowest)


def _longest(graph: Graph, state: str, wires: frozenset[WireName]) -> list[str]:
    """The longest of a carousel's ways from the state's old value to its new one."""
    best: dict[str, list[str]] = {old_key(state): [old_key(state)]}
    for node in graph.nodes:
        for place, wire in enumerate(node.wires):
            if (node.key, place) in wires and wire.source in best:
                way = [*best[wire.source], node.key]
                if len(way) > len(best.get(node.key, ())):
                    best[node.key] = way
    return best[new_key(state)]


def _lines(graph: Graph, paths: Sequence[Sequence[str]]) -> list[WireName]:
    """One wire for each step of the paths that are drawn as straight lines."""
    found = []
    for path in paths:
        for source, key in itertools.pairwise(path):
            places = [place for place, wire in enumerate(graph.node[key].wires) if wire.source == source]
            found.append((key, places[0]))
    return found


def is_disc(node: Node) -> bool:
    """Whether a node is drawn as a disc: an operation with a short sign, at most three wires and no parameters."""
    plain = all(wire.source and not (wire.factor or wire.barrier or wire.minus) for wire in node.wires)
    return node.kind in ("product", "sum", "operation") and plain and len(node.wires) <= 3 and len(node.symbol) <= 3


def is_end(node: Node) -> bool:
    """Whether a value enters or leaves the step there."""
    return node.kind in ("input", "old", "new", "output")


def _arrivals(node: Node, layers: Layers, lines: frozenset[WireName]) -> tuple[int, ...]:
    """How far below its line each wire of a box arrives: in the order in which what they come from stands, then what
    comes from nowhere; on the line itself what is part of a straight carousel, the others below it.
    """
    count = len(node.wires)
    if is_disc(node) or not count:
        return (0,) * count
    at = layers.level[node.key] - 1
    stands = {vertex: place for place, vertex in enumerate(layers.order[at])}
    straight = [(node.key, place) in lines for place in range(count)]

    def above(place: int) -> tuple[bool, bool, int, int]:
        wire = node.wires[place]
        return not straight[place], not wire.source, stands.get((wire.source, at), 0), place

    first = 0 if any(straight) else 1 - count
    found = [0] * count
    for rank, place in enumerate(sorted(range(count), key=above)):
        found[place] = first + 2 * rank
    return tuple(found)


def _extents(graph: Graph, layers: Layers, arrivals: Mapping[str, tuple[int, ...]]) -> Extents:
    up, down, ports = {}, {}, {}
    for node in graph.nodes:
        vertex = (node.key, layers.level[node.key])
        least = 2 if node.name and not is_disc(node) else 1
        up[vertex] = max(least, 1 - min(arrivals[node.key], default=0))
        down[vertex] = max(least, 1 + max(arrivals[node.key], default=0))
        for wire, arrival in zip(node.wires, arrivals[node.key], strict=True):
            ports[(wire.source, vertex[1] - 1), vertex] = arrival
    discs = frozenset((node.key, layers.level[node.key]) for node in graph.nodes if is_disc(node))
    return Extents(up, down, ports, discs)


def _placed(
    graph: Graph, layers: Layers, extents: Extents, y: Mapping[Vertex, int], arrivals: Mapping[str, tuple[int, ...]]
) -> dict[str, Placed]:
    wide = _half_widths(graph, layers)
    columns = _columns(graph, layers, y, wide)
    found = {}
    for node in graph.nodes:
        at = layers.level[node.key]
        vertex = (node.key, at)
        ports = () if is_disc(node) else tuple(y[vertex] + arrival for arrival in arrivals[node.key])
        half_width = 1 if is_disc(node) else wide[at]
        found[node.key] = Placed(
            node, columns[at], y[vertex], half_width, extents.up[vertex], extents.down[vertex], ports
        )
    return found


def _half_widths(graph: Graph, layers: Layers) -> list[int]:
    """Of the boxes of every layer: as wide as the widest."""
    wide = [1] * len(layers.order)
    for node in graph.nodes:
        at = layers.level[node.key]
        wide[at] = max(wide[at], _half_width(node))
    return wide


def _half_width(node: Node) -> int:
    if is_disc(node):
        return 1
    text = (
        lettering(node.symbol, "t-1").width(SIZE)
        if is_end(node)
        else max(width(node.symbol, SIZE), lettering(node.name).width(SIZE))
    )
    return max(2, ceil((text + 4) / (2 * UNIT)))


def label_width(wire: Wire) -> int:
    """Grid lines that what stands beside a wire takes."""
    text = lettering(wire.factor).width(LABEL) + (7 if wire.minus else 0) + (22 if wire.barrier else 0)
    return ceil((text + 12) / UNIT) if text else 0


def _columns(graph: Graph, layers: Layers, y: Mapping[Vertex, int], wide: Sequence[int]) -> list[int]:
    """The x of every layer: after the one before, the channel in which wires turn, and labels."""
    columns = [wide[0]]
    for at in range(1, len(layers.order)):
        nodes = [node for node in graph.nodes if layers.level[node.key] == at]
        labels = max((label_width(wire) for node in nodes for wire in node.wires if not is_disc(node)), default=0)
        turning = {
            wire.source
            for node in nodes
            for wire in node.wires
            if wire.source and (y[wire.source, at - 1] != y[node.key, at] or not is_disc(node))
        }
        channel = 2 * len(turning) - 1 if at == 1 and turning else len(turning)
        columns.append(columns[-1] + wide[at - 1] + 2 + channel + labels + wide[at])
    return columns


def _plane(placed: Mapping[str, Placed], labelled: Sequence[Placed], right: int, bottom: int) -> Plane:
    """What wires run on; above the line of what is `labelled` stands the carousel's label."""
    covered: set[Spot] = set()
    worded: set[Spot] = set()
    tight: set[Spot] = set()
    for each in placed.values():
        across = range(each.x - each.half_width, each.x + each.half_width + 1)
        covered |= {(x, y) for x in across for y in range(each.y - each.up, each.y + each.down + 1)}
        if each.disc:
            tight |= {(each.x, each.y + away) for away in (-2, 2)} | {(each.x - 2, each.y)}
        for wire, port in zip(each.node.wires, each.ports, strict=False):
            edge = each.x - each.half_width
            tight |= {(edge - 1, port)}
            worded |= {(edge - back, port - up) for back in range(1, label_width(wire) + 1) for up in (0, 1)}
    for each in labelled:
        worded |= {(each.exit[0] + on, each.y - up) for on in range(1, 13) for up in (2, 3)}
    return Plane(right, bottom, frozenset(covered), frozenset(worded - covered), frozenset(tight))


def _nets(graph: Graph, placed: Mapping[str, Placed], lines: frozenset[WireName]) -> list[Net]:
    ends: dict[str, list[End]] = {}
    for node, place, wire in graph.wires():
        first = (node.key, place) in lines
        spots = _spots(placed[node.key], place, first)
        ends.setdefault(wire.source, []).append(End((node.key, place), spots, first))
    return [Net(key, placed[key].exit, tuple(found)) for key, found in ends.items()]


def _spots(each: Placed, place: int, first: bool) -> tuple[tuple[Spot, Spot], ...]:
    if not each.disc:
        return (((each.x - each.half_width, each.ports[place]), EAST),)
    west = ((each.x - 1, each.y), EAST)
    return (west,) if first else (west, ((each.x, each.y + 1), NORTH), ((each.x, each.y - 1), SOUTH))
