"""Before planning: barriers have done their work, equal nodes become one, and single uses move into their reader.

None of this changes the tree in which the author's numbers are combined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

from lstmproof.program.expr import BARRIERS, Apply, Expr, Ref, substitute, walk
from lstmproof.program.nodes import Contract, Node, Output, Pointwise, Program
from lstmproof.program.passes import pruned


def without_barriers(expr: Expr) -> Expr:
    """`expr` with every `stop` and `cut` replaced by its argument."""
    match expr:
        case Apply(function, (argument,)) if function in BARRIERS:
            return without_barriers(argument)
        case Apply(function, arguments):
            return Apply(function, tuple(without_barriers(argument) for argument in arguments))
        case _:
            return expr


def merged(program: Program, known: Mapping[str, str] | None = None) -> tuple[Program, Mapping[str, str]]:
    """Return `program` without barriers, each value computed once, and the name that now stands for each other name.

    Args:
        known: names of tape entries that another program has merged already.
    """
    stands_for: dict[str, str] = dict(known or {})
    first: dict[object, str] = {}
    nodes: list[Node] = []
    for node in program.nodes:
        key, rewritten = _canonical(node, stands_for, program)
        if isinstance(key, str):
            stands_for[node.out] = key
        elif key in first:
            stands_for[node.out] = first[key]
        else:
            first[key] = node.out
            nodes.append(rewritten)

    def name(old: str) -> str:
        return stands_for.get(old, old)

    tape = {
        name(source.name): replace(source, name=name(source.name), label=name(source.label)) for source in program.tape
    }
    result = replace(
        program,
        nodes=tuple(nodes),
        states=tuple(replace(state, new=name(state.new)) for state in program.states),
        outputs=tuple(Output(output.label, name(output.value)) for output in program.outputs),
        totals=tuple(Output(output.label, name(output.value)) for output in program.totals),
        tape=tuple(tape.values()),
    )
    return pruned(result), stands_for


def _canonical(node: Node, stands_for: Mapping[str, str], program: Program) -> tuple[object, Node]:
    """A key that equal nodes share (for one that only repeats a value, its name), and the node rewritten."""
    if isinstance(node, Contract):
        factors = tuple(replace(f, name=stands_for.get(f.name, f.name)) for f in node.factors)
        letters: dict[str, int] = {}
        for index in (*node.indices, *(index for factor in factors for index in factor.indices)):
            letters.setdefault(index, len(letters))
        shape = tuple((factor.name, tuple(letters[index] for index in factor.indices)) for factor in factors)
        return (node.axes, tuple(letters[index] for index in node.indices), shape), replace(node, factors=factors)
    expr = substitute(without_barriers(node.expr), lambda ref: Ref(stands_for.get(ref.name, ref.name)))
    if isinstance(expr, Ref) and program.axes.get(expr.name, node.axes) == node.axes:
        return expr.name, node
    return (node.axes, expr), replace(node, expr=expr)


def inlined(program: Program, keep: Collection[str]) -> Program:
    """`program` with every Pointwise node that one other Pointwise node of the same axes reads moved into it.

    Args:
        keep: names that must stay bound, besides states, outputs and totals.
    """
    uses = Counter(ref for node in program.nodes for ref in every_reference(node))
    held = set(keep) | {state.new for state in program.states}
    held |= {output.value for output in (*program.outputs, *program.totals)}
    bodies: dict[str, Pointwise] = {}
    nodes: list[Node] = []
    readers = {name: node for node in program.nodes for name in node.operands}
    for node in program.nodes:
        if isinstance(node, Pointwise):
            own = node
            expr = substitute(own.expr, lambda ref: bodies[ref.name].expr if ref.name in bodies else ref)
            node = replace(own, expr=expr)
            reader = readers.get(node.out)
            alone = uses[node.out] == 1 and node.out not in held
            if alone and isinstance(reader, Pointwise) and reader.axes == node.axes:
                bodies[node.out] = node
                continue
        nodes.append(node)
    return replace(program, nodes=tuple(nodes))


def every_reference(node: Node) -> list[str]:
    """Names that a node reads, with repetition."""
    if isinstance(node, Contract):
        return [factor.name for factor in node.factors]
    return [part.name for part in walk(node.expr) if isinstance(part, Ref)]
