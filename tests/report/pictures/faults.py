"""What would make a plan of a drawing misleading, one line each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from lstmproof.report.pictures.placing import Placed, Plan
from lstmproof.report.pictures.routing import Spot


def faults(plan: Plan) -> list[str]:
    """Nodes that overlap, wires that run through nodes or on one another, wires that do not arrive; a plan without
    wires is a fault too."""
    if not plan.routes:
        return ["no wire was checked"]
    return [*_overlaps(plan), *_through_nodes(plan), *_shared(plan), *_loose(plan), *_outside(plan)]


def outline(each: Placed) -> set[Spot]:
    across = range(each.x - each.half_width, each.x + each.half_width + 1)
    return {(x, y) for x in across for y in range(each.y - each.up, each.y + each.down + 1)}


def _overlaps(plan: Plan) -> Iterator[str]:
    for one, other in combinations(plan.placed.values(), 2):
        if outline(one) & outline(other):
            yield f"{one.node.key} and {other.node.key} overlap"


def _through_nodes(plan: Plan) -> Iterator[str]:
    for (key, place), route in plan.routes.items():
        for each in plan.placed.values():
            if set(route[1:-1]) & outline(each):
                yield f"wire {place} of {key} runs through {each.node.key}"


def _source(plan: Plan, name: tuple[str, int]) -> str:
    return plan.graph.node[name[0]].wires[name[1]].source


def _shared(plan: Plan) -> Iterator[str]:
    """Wires of different nodes may cross, at right angles and where neither turns nor branches."""
    along: dict[str, dict[Spot, set[str]]] = {}
    for name, route in plan.routes.items():
        ways = along.setdefault(_source(plan, name), {})
        for one, other in pairwise(route):
            way = "across" if one[1] == other[1] else "upright"
            ways.setdefault(one, set()).add(way)
            ways.setdefault(other, set()).add(way)
    for (first, ways), (second, others) in combinations(along.items(), 2):
        for spot in ways.keys() & others.keys():
            if ways[spot] & others[spot]:
                yield f"wires of {first} and {second} meet at {spot}"


def _loose(plan: Plan) -> Iterator[str]:
    """Every wire begins at its node, or on a wire of the same node, and ends at its own."""
    for node, place, wire in plan.graph.wires():
        route = plan.routes.get((node.key, place))
        if route is None:
            yield f"wire {place} of {node.key} is missing"
            continue
        others = {
            spot
            for name, each in plan.routes.items()
            if name != (node.key, place) and _source(plan, name) == wire.source
            for spot in each
        }
        if route[0] != plan.placed[wire.source].exit and route[0] not in others:
            yield f"wire {place} of {node.key} begins nowhere"
        if route[-1] not in outline(plan.placed[node.key]):
            yield f"wire {place} of {node.key} ends nowhere"


def _outside(plan: Plan) -> Iterator[str]:
    for name, route in plan.routes.items():
        if any(not (0 <= x <= plan.width and 0 <= y <= plan.height) for x, y in route):
            yield f"wire {name[1]} of {name[0]} leaves the drawing"
