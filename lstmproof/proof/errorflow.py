"""What the full error flow adds to the truncated one, in words: direct factors, and paths through net inputs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from lstmproof.calculus.carousel import carousel
from lstmproof.calculus.elementwise import NotElementwise, slopes
from lstmproof.program.expr import ZERO, Expr, Ref, references, substitute
from lstmproof.program.nodes import Contract, Node, Operand, Pointwise, Program, State
from lstmproof.program.printing import expression_text

MOST_TEXT = 80
SEVERAL = "paths through several products"
"""Stands for every path through two contractions or more: they are not written out."""


def full_flow(program: Program, state: State) -> str:
    """d s(t) / d r(t-1) for each state r in the full flow, and which part of it the truncated flow keeps."""
    return "; ".join(_by(program, state, old) for old in program.states)


def _by(program: Program, state: State, old: State) -> str:
    own = direct(program, old.old).get(state.new, ZERO)
    paths = _paths(program, state, old)
    parts = ([_clipped(own, program)] if own != ZERO else []) + paths
    head = f"d {state.label}(t)/d {old.label}(t-1) = "
    if not parts:
        return f"{head}0"
    kept = f" (truncated: {_kept(program, state.label)})" if old.label == state.label else " (truncated: not followed)"
    whole = " + ".join(parts)
    if old.label == state.label and not paths and whole == _kept(program, state.label):
        return f"{head}{whole} in both flows"
    return f"{head}{whole}{kept}"


def _kept(program: Program, label: str) -> str:
    try:
        return expression_text(carousel(program, label), program)
    except NotElementwise as refusal:
        return f"no factor: {refusal}"


def direct(program: Program, source: str) -> dict[str, Expr]:
    """Slopes along paths that pass through no contraction."""
    pointwise = tuple(node for node in program.nodes if not isinstance(node, Contract))
    return dict(slopes(replace(program, nodes=pointwise), source))


def _paths(program: Program, state: State, old: State) -> list[str]:
    """The ways from an old state through one product, with what multiplies it; those through more in words alone."""
    through, beyond = ways(program, state, old)
    found = [f"[{_clipped(factor, program)}] through {name}" for name, factor in through.items()]
    return [*found, SEVERAL] if beyond else found


def ways(program: Program, state: State, old: State) -> tuple[dict[str, Expr], bool]:
    """What multiplies an error through each product that reads the old state, and whether more pass through several."""
    first = _products_reached(program, old.old)
    onward = {node.out: direct(program, node.out).get(state.new, ZERO) for node in program.nodes if _mixes(node)}
    later: dict[str, None] = {}
    pending = list(first)
    while pending:
        fresh = [name for name in _products_reached(program, pending.pop()) if name not in later]
        later.update(dict.fromkeys(fresh))
        pending.extend(fresh)
    through = {name: onward[name] for name in first if onward[name] != ZERO}
    return through, any(onward[name] != ZERO for name in later)


def _products_reached(program: Program, source: str) -> list[str]:
    """The contractions that read the source, or a value that depends on it unit by unit."""
    reached = direct(program, source)
    return [node.out for node in program.nodes if _mixes(node) and any(name in reached for name in node.operands)]


def _mixes(node: Node) -> bool:
    return isinstance(node, Contract)


def _clipped(expr: Expr, program: Program) -> str:
    if any(name.startswith("<") for name in references(expr)):
        return "a slope too long to write out"
    text = expression_text(expr, program)
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}..."


def rebound(program: Program) -> frozenset[str]:
    """Names of values whose author bound the name more than once: a claim means the last, an equation any."""
    authored = [
        node.out for node in program.nodes if _stem(node.out).isidentifier() and _stem(node.out) in program.axes
    ]
    count = Counter(map(_stem, authored))
    return frozenset(name for name in authored if count[_stem(name)] > 1)


def told_apart(program: Program, lines: Mapping[str, int]) -> Program:
    """`program` with every value whose name is bound more than once named by its line too: `f[line 7]`."""
    ambiguous = rebound(program)
    if not ambiguous:
        return program
    names: dict[str, str] = {}
    nodes: list[Node] = []
    for node in program.nodes:
        name = f"{_stem(node.out)}[line {lines[node.out]}]" if node.out in ambiguous else _respelled(node, names)
        if name in names.values():
            name = f"{node.out}[line {lines[node.out]}]"
        if name != node.out:
            names[node.out] = name
        nodes.append(_renamed(node, name, names))
    outputs = tuple(replace(each, value=names.get(each.value, each.value)) for each in program.outputs)
    return replace(program, nodes=tuple(nodes), outputs=outputs)


def _stem(name: str) -> str:
    """`f` for `f`, `f.2`, `f.3`, the bindings of one name."""
    return re.sub(r"\.\d+$", "", name)


def _respelled(node: Node, names: Mapping[str, str]) -> str:
    """The name of a node that is named after its text, `U@f`, with the new names of what it reads."""
    text = node.out
    if not _stem(text).isidentifier():
        spelled = {name: names[name] for name in sorted(node.operands, key=len, reverse=True) if name in names}
        if spelled:
            either = "|".join(map(re.escape, spelled))
            text = re.sub(rf"(?<![\w.])({either})(?!\w)", lambda match: spelled[match[1]], text)
    return text


def _renamed(node: Node, name: str, names: Mapping[str, str]) -> Node:
    if isinstance(node, Contract):
        factors = tuple(Operand(names.get(factor.name, factor.name), factor.indices) for factor in node.factors)
        return replace(node, out=name, factors=factors)
    expr = substitute(node.expr, lambda ref: Ref(names.get(ref.name, ref.name)))
    return Pointwise(name, node.axes, expr)
