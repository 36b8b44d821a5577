"""Net inputs that the backward pass reads, kept whole: a product gives them, biases and all; no scan adds again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from lstmproof.kernels.lower import as_matrix_term
from lstmproof.kernels.phases import Phase, phases
from lstmproof.kernels.simplify import every_reference
from lstmproof.program.build import Names
from lstmproof.program.expr import Apply, Expr, Ref, walk
from lstmproof.program.nodes import Contract, Node, Pointwise, Program, Source


def with_net_inputs(forward: Program, backward: Program) -> tuple[Program, Program]:
    """Both programs with each sum of products on the tape and biases that either computes bound to a forward node.

    Such a sum is bound where nothing reads a product of it by itself: the tape then holds the sum in its place.
    """
    phase = phases(forward)
    products = {
        node.out
        for node in forward.nodes
        if isinstance(node, Contract) and as_matrix_term(node, lambda name: phase[name] == Phase.FIXED) is not None
    }
    terms = products | {source.name for source in forward.fixed}
    found = [(expr, node) for node in (*forward.nodes, *backward.nodes) for expr in _sums(node, terms, forward)]
    counts = Counter(name for node in (*forward.nodes, *backward.nodes) for name in every_reference(node))
    counts.update(output.value for output in (*forward.outputs, *backward.outputs, *backward.totals))
    counts.update(state.new for state in (*forward.states, *backward.states))
    within = Counter((expr, ref) for expr, _ in found for ref in _references(expr) if ref in products)
    taped = {source.name for source in backward.tape}
    names = Names(forward, backward)
    for expr in dict.fromkeys(expr for expr, _ in found):
        read = [name for name in dict.fromkeys(_references(expr)) if name in products]
        if not read or not taped.issuperset(read) or any(within[expr, name] != counts[name] for name in read):
            continue
        forward, backward = _bound(expr, read, names.fresh(f"{read[0]}.net"), forward, backward)
    return forward, backward


def _sums(node: Node, terms: Collection[str], program: Program) -> Iterator[Expr]:
    """The largest sums within a node of nothing but `terms` of its axes."""

    def of_terms(expr: Expr) -> bool:
        match expr:
            case Ref(name):
                return name in terms and program.axes[name] == node.axes
            case Apply("add" | "sub", arguments):
                return all(of_terms(argument) for argument in arguments)
        return False

    def largest(expr: Expr) -> Iterator[Expr]:
        if isinstance(expr, Apply):
            if of_terms(expr):
                yield expr
            else:
                for argument in expr.arguments:
                    yield from largest(argument)

    if isinstance(node, Pointwise):
        yield from largest(node.expr)


def _references(expr: Expr) -> list[str]:
    return [part.name for part in walk(expr) if isinstance(part, Ref)]


def _bound(expr: Expr, read: Sequence[str], name: str, forward: Program, backward: Program) -> tuple[Program, Program]:
    """Both programs with `name` for `expr`, bound after the last product that it reads, and on the tape for them."""
    axes = forward.axes[read[0]]
    last = max(at for at, node in enumerate(forward.nodes) if node.out in read)
    nodes = [_with_name(node, expr, name) for node in forward.nodes]
    nodes.insert(last + 1, Pointwise(name, axes, expr))
    tape = [source for source in backward.tape if source.name not in read]
    return replace(forward, nodes=tuple(nodes)), replace(
        backward,
        nodes=tuple(_with_name(node, expr, name) for node in backward.nodes),
        tape=(*tape, Source(name, axes)),
    )


def _with_name(node: Node, expr: Expr, name: str) -> Node:
    def inside(part: Expr) -> Expr:
        if part == expr:
            return Ref(name)
        if isinstance(part, Apply):
            return Apply(part.function, tuple(inside(argument) for argument in part.arguments))
        return part

    return replace(node, expr=inside(node.expr)) if isinstance(node, Pointwise) else node
