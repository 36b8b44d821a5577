"""One step of a cell as a graph: what is drawn of its Program, and how it reads in words.

A net input is not a node. Its terms arrive at what reads it, each as a wire that bears the parameter that multiplies
it; a bias is a wire from nowhere. Sums and contractions that are read once are drawn where they are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["input", "old", "function", "product", "sum", "operation", "new", "output"]

DIVISOR = "÷"
"""Begins the factor of a wire that a quotient divides by."""


@dataclass(frozen=True, slots=True)
class Wire:
    """One operand of a node."""

    source: str
    """Key of the node that it comes from; empty for parameters and constants alone, which `factor` then names."""
    factor: str = ""
    """Parameters that multiply it."""
    minus: bool = False
    barrier: str = ""
    """`cut` or `stop` where it passes one."""
    net: bool = False
    """Whether a parameter multiplies it: errors of the truncated flow do not return through it."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value, and how it comes about."""

    key: str
    kind: Kind
    symbol: str
    """What is done: `σ`, `×`, `1 −`; of values that enter or leave the step, their name."""
    name: str = ""
    """What the author calls it, unless it is a state's new value."""
    wires: tuple[Wire, ...] = ()
    mixing: bool = False
    """Whether units meet in it (a sum over an axis, a product of vectors): no factor passes through it."""


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which each reads earlier ones."""

    nodes: tuple[Node, ...]

    @property
    def node(self) -> dict[str, Node]:
        """By key."""
        return {node.key: node for node in self.nodes}

    def wires(self) -> Iterator[tuple[Node, int, Wire]]:
        """Every wire that has a source, with the node it arrives at and its place there."""
        for node in self.nodes:
            for place, wire in enumerate(node.wires):
                if wire.source:
                    yield node, place, wire


def carousel_wires(graph: Graph, state: str) -> frozenset[tuple[str, int]]:
    """Wires, by the node that they arrive at and their place there, on some way from a state's old to its new value
    by which errors pass in the truncated flow: through no net input, no barrier and no mixing of units.
    """
    after: dict[str, set[str]] = {}
    passing = [(node, place, wire) for node, place, wire in graph.wires() if _passes(node, wire)]
    for node, _, wire in passing:
        after.setdefault(wire.source, set()).add(node.key)
    before: dict[str, set[str]] = {}
    for source, targets in after.items():
        for target in targets:
            before.setdefault(target, set()).add(source)
    ahead = _reached(old_key(state), after)
    behind = _reached(new_key(state), before)
    return frozenset((node.key, place) for node, place, wire in passing if wire.source in ahead and node.key in behind)


def _passes(node: Node, wire: Wire) -> bool:
    return not (wire.net or wire.barrier or node.mixing)


def _reached(start: str, following: dict[str, set[str]]) -> set[str]:
    seen, pending = {start}, [start]
    while pending:
        for key in following.get(pending.pop(), ()):
            if key not in seen:
                seen.add(key)
                pending.append(key)
    return seen


def old_key(state: str) -> str:
    """The node of a state's value at t-1."""
    return f"{state}[t-1]"


def new_key(state: str) -> str:
    """The node at which a state's value at t leaves the step."""
    return f"new {state}"
