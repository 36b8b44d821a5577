"""Passes over Programs that change neither values nor names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from lstmproof.program.expr import Ref, substitute
from lstmproof.program.nodes import Contract, Node, Pointwise, Program


def needed(nodes: Iterable[Node], wanted: Iterable[str]) -> tuple[Node, ...]:
    """Those of `nodes`, in their order, that `wanted` values depend on."""
    live = set(wanted)
    kept: list[Node] = []
    for node in reversed(tuple(nodes)):
        if node.out in live:
            live.update(node.operands)
            kept.append(node)
    return tuple(reversed(kept))


def pruned(program: Program) -> Program:
    """`program` without the nodes, and the tape entries, that nothing it hands out depends on."""
    wanted = [output.value for output in (*program.outputs, *program.totals)]
    nodes = needed(program.nodes, [*wanted, *(state.new for state in program.states)])
    read = {name for node in nodes for name in node.operands}
    return replace(program, nodes=nodes, tape=tuple(source for source in program.tape if source.name in read))


def renamed(node: Node, rename: Callable[[str], str]) -> Node:
    """`node` reading `rename(name)` wherever it read `name`; what it binds keeps its name."""
    if isinstance(node, Pointwise):
        return replace(node, expr=substitute(node.expr, lambda ref: Ref(rename(ref.name))))
    assert isinstance(node, Contract)
    return replace(node, factors=tuple(replace(factor, name=rename(factor.name)) for factor in node.factors))
