"""Edges between nodes on a grid: along its lines, around nodes, with few bends and crossings, no two on one line.

Lee (1961), An algorithm for path connections and its applications, with costs and an estimate of what remains (Hart,
Nilsson and Raphael 1968). All edges from one node make one tree; trees are drawn one after the other, then each again
among all the others.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

Spot = tuple[int, int]
Segment = tuple[Spot, Spot]

EAST, WEST, SOUTH, NORTH = (1, 0), (-1, 0), (0, 1), (0, -1)
DIRECTIONS = (EAST, SOUTH, NORTH, WEST)

BEND, CROSS, BESIDE, BACK, TIGHT, WORDS, SHARE = 4, 5, 1, 2, 8, 25, 200
"""Costs, beside 1 for the way from one grid line to the next: of a turn, of crossing another tree, of running beside
one, of going west, of a turn close to an arrow's head, over words, and on another tree, which is as good as
forbidden."""


@dataclass(frozen=True, slots=True)
class End:
    """Where an edge may arrive: at any of the spots, each from its own direction."""

    name: tuple[str, int]
    spots: tuple[tuple[Spot, Spot], ...]
    """Spots inside the node's outline, with the direction of arrival."""
    first: bool = False
    """Whether it is drawn before all others."""


@dataclass(frozen=True, slots=True)
class Net:
    """All edges from one node."""

    source: str
    start: Spot
    """Inside the outline; the way on is east."""
    ends: tuple[End, ...]


@dataclass(frozen=True)
class Plane:
    """What edges run on: a grid of that many lines, without the spots that nodes cover."""

    width: int
    height: int
    covered: frozenset[Spot]
    worded: frozenset[Spot]
    """Spots with words over them."""
    tight: frozenset[Spot]
    """Spots so close to a node that a turn there would bend an arrow's head."""


Route = tuple[Spot, ...]


@dataclass
class _Tree:
    routes: dict[tuple[str, int], Route] = field(default_factory=dict)

    def segments(self) -> Iterable[Segment]:
        for route in self.routes.values():
            yield from itertools.pairwise(route)


def routed(plane: Plane, nets: Sequence[Net]) -> dict[tuple[str, int], Route]:
    """For each end, by its name, the spots from the tree of its net to it; its net's first begins at the node."""
    trees = {net.source: _Tree() for net in nets}
    urgent = [net for net in nets if any(end.first for end in net.ends)]
    rest = sorted((net for net in nets if net not in urgent), key=_length)
    for net in urgent:
        _draw(plane, net, [end for end in net.ends if end.first], trees)
    for _ in range(2):
        for net in (*rest, *urgent):
            kept = {end.name for end in net.ends if end.first}
            tree = trees[net.source]
            tree.routes = {name: route for name, route in tree.routes.items() if name in kept}
            _draw(plane, net, [end for end in net.ends if not end.first], trees)
    return {name: route for tree in trees.values() for name, route in tree.routes.items()}


def _length(net: Net) -> int:
    return sum(_nearest(end, net.start) for end in net.ends)


def _nearest(end: End, spot: Spot) -> int:
    return min(abs(x - spot[0]) + abs(y - spot[1]) for (x, y), _ in end.spots)


def _draw(plane: Plane, net: Net, ends: Iterable[End], trees: Mapping[str, _Tree]) -> None:
    """Add the edges of one net to its tree, the farthest end first."""
    traffic = _Traffic(trees, net.source)
    tree = trees[net.source]
    for end in sorted(ends, key=lambda each: (-_nearest(each, net.start), each.name)):
        taken = {route[-1] for other in trees.values() for route in other.routes.values()}
        free = [(spot, way) for spot, way in end.spots if spot not in taken]
        tree.routes[end.name] = _search(plane, net, tree, dict(free), traffic)


class _Traffic:
    """Where other trees run, and which way: 1 across, 2 upright, 3 both."""

    def __init__(self, trees: Mapping[str, _Tree], own: str) -> None:
        self.segments: set[Segment] = set()
        self.mask: dict[Spot, int] = {}
        self.near: dict[Spot, int] = {}
        """Ways of what runs one line beside a spot."""
        for one, other in (part for source, tree in trees.items() if source != own for part in tree.segments()):
            self.segments |= {(one, other), (other, one)}
            along = 1 if one[1] == other[1] else 2
            for x, y in (one, other):
                self.mask[x, y] = self.mask.get((x, y), 0) | along
                for side in ((x, y - 1), (x, y + 1)) if along == 1 else ((x - 1, y), (x + 1, y)):
                    self.near[side] = self.near.get(side, 0) | along

    def cost(self, spot: Spot, way: Spot, onto: Spot) -> int:
        """Of a step from one spot to the next, beside its length."""
        along = 1 if way[1] == 0 else 2
        back = BACK if way == WEST else 0
        mask = self.mask.get(onto, 0)
        if mask:
            return back + (CROSS if mask == 3 - along and (spot, onto) not in self.segments else SHARE)
        return back + (BESIDE if self.near.get(onto, 0) & along else 0)


def _search(plane: Plane, net: Net, tree: _Tree, goals: Mapping[Spot, Spot], traffic: _Traffic) -> Route:
    """The cheapest way from the tree, or from the node if there is none yet, to one of the goals."""
    waiting: list[tuple[int, int, Spot, Spot]] = []
    cost: dict[tuple[Spot, Spot], int] = {}
    came: dict[tuple[Spot, Spot], tuple[Spot, Spot] | None] = {}
    done: set[tuple[Spot, Spot]] = set()
    count = 0

    def reach(spot: Spot, way: Spot, paid: int, origin: tuple[Spot, Spot] | None) -> None:
        nonlocal count
        key = (spot, way)
        if paid < cost.get(key, SHARE**3):
            cost[key], came[key] = paid, origin
            count += 1
            remaining = min(abs(x - spot[0]) + abs(y - spot[1]) for x, y in goals)
            heappush(waiting, (paid + remaining, count, spot, way))

    for spot, way, paid in _starts(plane, net, tree):
        reach(spot, way, paid, None)
    while waiting:
        _, _, spot, way = heappop(waiting)
        if goals.get(spot) == way:
            return _traced((spot, way), came)
        if (spot, way) in done:
            continue
        done.add((spot, way))
        paid = cost[spot, way]
        for onward, onto, extra in _onward(plane, spot, way, goals, traffic):
            reach(onto, onward, paid + 1 + extra, (spot, way))
    raise AssertionError(f"no way from {net.source}: nodes leave no grid line free")


def _onward(
    plane: Plane, spot: Spot, way: Spot, goals: Mapping[Spot, Spot], traffic: _Traffic
) -> Iterator[tuple[Spot, Spot, int]]:
    """Every way on from a spot, the next spot, and what that costs beside the step itself."""
    for onward in DIRECTIONS:
        onto = (spot[0] + onward[0], spot[1] + onward[1])
        turning = onward != way
        if onward == (-way[0], -way[1]) or (turning and spot in plane.covered):
            continue
        if not _is_open(plane, onto, onward, goals):
            continue
        extra = traffic.cost(spot, onward, onto)
        if turning:
            extra += SHARE if traffic.mask.get(spot) else _turn(plane, spot)
        if onto in plane.worded and not _ahead(onto, onward, goals):
            extra += WORDS
        yield onward, onto, extra


def _turn(plane: Plane, spot: Spot) -> int:
    return BEND + TIGHT if spot in plane.tight else BEND


def _ahead(spot: Spot, way: Spot, goals: Mapping[Spot, Spot]) -> bool:
    """Whether a goal lies straight ahead: the words are the edge's own."""
    return any(goal[1] == spot[1] and goal[0] >= spot[0] and way == EAST == needed for goal, needed in goals.items())


def _starts(plane: Plane, net: Net, tree: _Tree) -> Iterable[tuple[Spot, Spot, int]]:
    """Where an edge may begin: at its node or, once there is one, anywhere on the tree, best where a line goes on."""
    if not tree.routes:
        yield net.start, EAST, 0
        return
    ends = {route[-1] for route in tree.routes.values()}
    ways: dict[Spot, set[Spot]] = {}
    for route in tree.routes.values():
        for before, spot in itertools.pairwise(route):
            way = (spot[0] - before[0], spot[1] - before[1])
            ways.setdefault(spot, set()).add(way)
            ways.setdefault(before, set()).add((-way[0], -way[1]))
    for spot, arriving in ways.items():
        if spot not in ends and spot != net.start:
            leaving = {(-x, -y) for x, y in arriving}
            for way in DIRECTIONS:
                if way not in leaving:
                    yield spot, way, 1 if way in arriving else _turn(plane, spot)


def _is_open(plane: Plane, spot: Spot, way: Spot, goals: Mapping[Spot, Spot]) -> bool:
    if spot in goals:
        return goals[spot] == way
    x, y = spot
    return 0 <= x <= plane.width and 0 <= y <= plane.height and spot not in plane.covered


def _traced(last: tuple[Spot, Spot], came: Mapping[tuple[Spot, Spot], tuple[Spot, Spot] | None]) -> Route:
    route = [last[0]]
    at = came[last]
    while at is not None:
        route.append(at[0])
        at = came[at]
    return tuple(reversed(route))
