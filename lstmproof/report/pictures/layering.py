"""Where the nodes of a graph stand: in layers by longest path, ordered by barycentres, on a grid.

Sugiyama, Tagawa and Toda (1981), Methods for visual understanding of hierarchical system structures. Carousels are
straight lines above all else. Whatever lies between the layers of an edge is reserved for it by a vertex of no height.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import floor

from lstmproof.report.pictures.graph import Graph, Node, Wire

SWEEPS = 8
GAP = 2
"""Grid lines from the outline of one node of a layer to that of the next: one of them is free between the two."""
DISC_GAP = 5
"""The same between two discs: room for a junction and two arrows."""

Vertex = tuple[str, int]
"""A node, or at any layer after its own the edge that leaves it."""


@dataclass(frozen=True)
class Layers:
    """The layer of each node, and the order of vertices in every layer, from above."""

    level: Mapping[str, int]
    order: tuple[tuple[Vertex, ...], ...]
    rows: Mapping[Vertex, int]
    """The carousel, counted from above, that each vertex of one is on."""

    def feeding(self, wire: Wire, node: Node) -> Vertex:
        """The vertex, one layer before a node, from which a wire arrives."""
        return wire.source, self.level[node.key] - 1


def layered(graph: Graph, carousels: Sequence[Sequence[str]]) -> Layers:
    """Layers of a graph; `carousels` are paths of nodes, the first of them highest."""
    level = _levels(graph)
    reach = dict(level)
    for node, _, wire in graph.wires():
        reach[wire.source] = max(reach[wire.source], level[node.key] - 1)
    rows = _rows(carousels, level)
    last = max(level.values())
    order = [
        [(node.key, at) for node in graph.nodes if level[node.key] <= at <= reach[node.key]] for at in range(last + 1)
    ]
    order = [_carousels_first(layer, rows) for layer in order]
    return Layers(level, _with_fewest_crossings(graph, level, order, rows), rows)


def _levels(graph: Graph) -> dict[str, int]:
    """One more than the largest level read, 1 if only parameters are; what leaves the step stands last."""
    level: dict[str, int] = {}
    for node in graph.nodes:
        least = 1 if node.wires else 0
        level[node.key] = max((level[wire.source] + 1 for wire in node.wires if wire.source), default=least)
    last = max(level.values())
    return {node.key: last if node.kind in ("new", "output") else level[node.key] for node in graph.nodes}


def _rows(carousels: Sequence[Sequence[str]], level: Mapping[str, int]) -> dict[Vertex, int]:
    rows: dict[Vertex, int] = {}
    taken: set[str] = set()
    for row, path in enumerate(carousels):
        if taken.intersection(path):
            continue
        taken.update(path)
        for key, following in itertools.pairwise(path):
            rows.update({(key, at): row for at in range(level[key], level[following])})
        rows[path[-1], level[path[-1]]] = row
    return rows


def _carousels_first(layer: Iterable[Vertex], rows: Mapping[Vertex, int]) -> list[Vertex]:
    return sorted(layer, key=lambda vertex: rows.get(vertex, len(rows)))


Links = Mapping[Vertex, Sequence[Vertex]]


def links(graph: Graph, level: Mapping[str, int], order: Iterable[Iterable[Vertex]]) -> tuple[Links, Links]:
    """For each vertex the vertices of the layer before and of the layer after that it is joined to."""
    before: dict[Vertex, list[Vertex]] = {}
    present = {vertex for layer in order for vertex in layer}
    for key, at in sorted(present):
        if at > level[key]:
            before.setdefault((key, at), []).append((key, at - 1))
    for node, _, wire in graph.wires():
        before.setdefault((node.key, level[node.key]), []).append((wire.source, level[node.key] - 1))
    after: dict[Vertex, list[Vertex]] = {}
    for vertex, sources in before.items():
        for source in sources:
            after.setdefault(source, []).append(vertex)
    return before, after


def _with_fewest_crossings(
    graph: Graph, level: Mapping[str, int], order: list[list[Vertex]], rows: Mapping[Vertex, int]
) -> tuple[tuple[Vertex, ...], ...]:
    before, after = links(graph, level, order)
    best, least = order, _crossings(order, before)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        joined = before if down else after
        order = [list(layer) for layer in order]
        places = range(1, len(order)) if down else range(len(order) - 2, -1, -1)
        for at in places:
            fixed = {vertex: place for place, vertex in enumerate(order[at - 1 if down else at + 1])}
            order[at] = _carousels_first(_by_barycentre(order[at], joined, fixed), rows)
        crossings = _crossings(order, before)
        if crossings < least:
            best, least = order, crossings
    return tuple(tuple(layer) for layer in best)


def _by_barycentre(layer: list[Vertex], joined: Links, fixed: Mapping[Vertex, int]) -> list[Vertex]:
    def centre(place: int) -> float:
        found = [fixed[vertex] for vertex in joined.get(layer[place], ())]
        return sum(found) / len(found) if found else float(place)

    return [layer[place] for place in sorted(range(len(layer)), key=centre)]


def _crossings(order: Sequence[Sequence[Vertex]], before: Links) -> int:
    """Pairs of edges between neighbouring layers that cross."""
    total = 0
    for first, second in itertools.pairwise(order):
        place = {vertex: at for at, vertex in enumerate(first)}
        ends = [place[source] for vertex in second for source in sorted(before.get(vertex, ()), key=place.__getitem__)]
        total += sum(ends[i] > ends[j] for i in range(len(ends)) for j in range(i + 1, len(ends)))
    return total


@dataclass(frozen=True)
class Extents:
    """How far nodes reach above and below the line on which they stand; edges reach nowhere."""

    up: Mapping[Vertex, int]
    down: Mapping[Vertex, int]
    ports: Mapping[tuple[Vertex, Vertex], int]
    """How far below a node's line an edge from another vertex arrives."""
    discs: frozenset[Vertex]
    """Nodes that edges enter from above and below too."""

    def apart(self, above: Vertex, below: Vertex) -> int:
        """How far two neighbours of a layer are apart at least."""
        gap = DISC_GAP if above in self.discs and below in self.discs else GAP
        return self.down.get(above, 0) + self.up.get(below, 0) + gap


def heights(graph: Graph, layers: Layers, extents: Extents, pitch: int) -> dict[Vertex, int]:
    """The y of every vertex on the grid: near what it is joined to, apart from its neighbours, carousels pinned.

    `pitch` is how far one carousel is from the next.
    """
    before, after = links(graph, layers.level, layers.order)
    y: dict[Vertex, float] = {}
    for layer in layers.order:
        y.update(zip(layer, _packed([0.0] * len(layer), [1.0] * len(layer), layer, extents), strict=True))
    y.update({vertex: float(row * pitch) for vertex, row in layers.rows.items()})
    for sweep in range(3 * SWEEPS + 1):
        for layer in layers.order if sweep % 2 == 0 else reversed(layers.order):
            wanted, weight = [], []
            for vertex in layer:
                ends = [y[each] - extents.ports.get((each, vertex), 0) for each in before.get(vertex, ())]
                ends += [y[each] + extents.ports.get((vertex, each), 0) for each in after.get(vertex, ())]
                pinned = vertex in layers.rows
                wanted.append(y[vertex] if pinned or not ends else sum(ends) / len(ends))
                weight.append(PINNED if pinned else 1.0 if vertex in extents.up else 4.0)
            y.update(zip(layer, _packed(wanted, weight, layer, extents), strict=True))
    straight = _straightened(layers, _rounded(layers, y, extents), before, extents)
    return _clear_of_ports(layers, straight, after, extents)


PINNED = 1e6
FAR = 1 << 30


def _packed(wanted: Sequence[float], weight: Sequence[float], layer: Sequence[Vertex], extents: Extents) -> list[float]:
    """The positions nearest to those wanted, in least squares, that keep vertices in order and apart."""
    shift = [0.0]
    for above, below in itertools.pairwise(layer):
        shift.append(shift[-1] + extents.apart(above, below))
    pools: list[tuple[float, float, int]] = []
    for target, heavy, moved in zip(wanted, weight, shift, strict=False):
        pools.append((target - moved, heavy, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, wa, na), (b, wb, nb) = pools[-2:]
            pools[-2:] = [((a * wa + b * wb) / (wa + wb), wa + wb, na + nb)]
    flat = [mean for mean, _, count in pools for _ in range(count)]
    return [value + moved for value, moved in zip(flat, shift, strict=False)]


def _rounded(layers: Layers, y: Mapping[Vertex, float], extents: Extents) -> dict[Vertex, int]:
    found: dict[Vertex, int] = {}
    for layer in layers.order:
        above: Vertex | None = None
        for vertex in layer:
            place = floor(y[vertex] + 0.5)
            if above is not None:
                place = max(place, found[above] + extents.apart(above, vertex))
            found[vertex] = place
            above = vertex
    return found


def _straightened(layers: Layers, y: dict[Vertex, int], before: Links, extents: Extents) -> dict[Vertex, int]:
    """Small nodes moved to the height of one of the edges that arrive, the nearest, where their neighbours allow."""
    for layer in layers.order:
        for place, vertex in enumerate(layer):
            if vertex in layers.rows or extents.up.get(vertex) != 1 or extents.down.get(vertex) != 1:
                continue
            low, high = _room(layers, layer, place, y, extents)
            arriving = [y[each] - extents.ports.get((each, vertex), 0) for each in before.get(vertex, ())]
            allowed = [(abs(height - y[vertex]), height) for height in arriving if low <= height <= high]
            y[vertex] = min(allowed, default=(0, y[vertex]))[1]
    return y


def _room(
    layers: Layers, layer: Sequence[Vertex], place: int, y: Mapping[Vertex, int], extents: Extents
) -> tuple[int, int]:
    """Between which heights a node may stand, as far as other nodes and carousels go."""
    above = [each for each in layer[:place] if each in extents.up or each in layers.rows]
    below = [each for each in layer[place + 1 :] if each in extents.up or each in layers.rows]
    low = y[above[-1]] + extents.apart(above[-1], layer[place]) if above else -FAR
    high = y[below[0]] - extents.apart(layer[place], below[0]) if below else FAR
    return low, high


def _clear_of_ports(layers: Layers, y: dict[Vertex, int], after: Links, extents: Extents) -> dict[Vertex, int]:
    """What enters the step moved by a line where its own line would run into the port of another wire."""
    ports = {}
    for (source, vertex), port in extents.ports.items():
        if source[1] == 0:
            ports[y[vertex] + port] = source
    for place, vertex in enumerate(layers.order[0]):
        taken = {height for height, source in ports.items() if source != vertex}
        if vertex not in layers.rows and len(after.get(vertex, ())) > 1 and y[vertex] in taken:
            low, high = _room(layers, layers.order[0], place, y, extents)
            free = [
                height for height in (y[vertex] + 1, y[vertex] - 1) if low <= height <= high and height not in taken
            ]
            y[vertex] = free[0] if free else y[vertex]
    return y
