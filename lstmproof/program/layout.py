"""What of a Program is shown to people: which nodes are equations of their own, and under which names.

Passes bind every intermediate value. Read as mathematics, a value that its author did not name belongs in the one
equation that uses it, and values with equal definitions are one value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lstmproof.program.expr import Apply, Expr, Ref, substitute, walk
from lstmproof.program.nodes import Contract, Node, Operand, Pointwise, Program

_AUTHORED = re.compile(r"[A-Za-z_]\w*(\[t-1\])?(\.\d+)?")
_DERIVED = re.compile(r"(?P<of>.+)\.(?P<role>bar|dot|cot|next|copy)'*")


@dataclass(frozen=True)
class Name:
    """A value's name taken apart: `c[t-1].bar` is the cotangent (`bar`) of `c` one step earlier."""

    base: str
    roles: tuple[str, ...] = ()
    """From the inside out: `bar` cotangent, `dot` tangent, `cot` given cotangent, `next` carried one, `copy`."""
    earlier: bool = False
    """Whether `base` is the value at t-1."""
    mark: str = ""
    """Primes and counters that tell apart what would be named alike."""


@dataclass(frozen=True)
class Layout:
    """A Program arranged for reading."""

    equations: tuple[Node, ...]
    """Nodes that are shown, in order, each reading only named values, sources and what `inlined` holds."""
    inlined: Mapping[str, Node]
    """Nodes written inside the equations that read them."""
    names: Mapping[str, Name]
    """The name of every value that is shown."""
    same: Mapping[str, str]
    """For each value that is defined like an earlier one, and not shown, that one."""


def layout(program: Program, primal: Program | None = None) -> Layout:
    """Arrange `program` for reading; `primal` is the program whose run its tape holds, if it has one."""
    nodes, same = _merged(program)
    uses = Counter(operand for node in nodes for operand in _operand_occurrences(node))
    uses.update(state.new for state in program.states)
    inlined = {node.out: node for node in nodes if _is_inlined(node, uses, program, primal)}
    if primal is not None:
        inlined.update(_saved_expressions(program, primal))
    equations = tuple(node for node in nodes if node.out not in inlined)
    shown = (*_source_names(program), *(node.out for node in equations))
    names = {name: taken_apart(name) for name in shown} | _net_input_cotangents(equations, program, primal)
    return Layout(equations, inlined, names | _carried(program) | _partials(program), same)


def taken_apart(name: str) -> Name:
    """The parts of a value's name.

    >>> taken_apart("c[t-1].bar")
    Name(base='c', roles=('bar',), earlier=True, mark='')
    """
    mark = "'" * (len(name) - len(name.rstrip("'")))
    derived = _DERIVED.fullmatch(name)
    if derived:
        inner = taken_apart(derived["of"])
        return replace(inner, roles=(*inner.roles, derived["role"]), mark=inner.mark + mark)
    stem = name.rstrip("'")
    base, dot, counter = stem.rpartition(".")
    if dot and counter.isdigit() and _AUTHORED.fullmatch(stem):
        return replace(taken_apart(base), mark=counter + mark)
    if stem.endswith("[t-1]"):
        return Name(stem.removesuffix("[t-1]"), earlier=True, mark=mark)
    return Name(stem, mark=mark)


def is_authored(name: str, program: Program, primal: Program | None = None) -> bool:
    """Whether the cell's author named the value, or named what it is the cotangent, tangent or copy of."""
    derived = _DERIVED.fullmatch(name)
    if derived:
        return is_authored(derived["of"], program, primal)
    if not _AUTHORED.fullmatch(name):
        return False
    base, dot, counter = name.rpartition(".")
    if not (dot and counter.isdigit()):
        return True
    return any(base in known.axes for known in (program, primal) if known is not None)


def is_cotangent(name: str) -> bool:
    """Whether a value of this name is the cotangent of another."""
    return name.rstrip("'").endswith(".bar")


def _source_names(program: Program) -> tuple[str, ...]:
    sources = (*program.inputs, *program.tape, *program.parameters)
    names = [source.name for source in sources] + [constant.name for constant in program.constants]
    return (*names, *(state.old for state in program.states))


def _operand_occurrences(node: Node) -> tuple[str, ...]:
    if isinstance(node, Contract):
        return tuple(factor.name for factor in node.factors)
    return tuple(part.name for part in walk(node.expr) if isinstance(part, Ref))


def _merged(program: Program) -> tuple[tuple[Node, ...], dict[str, str]]:
    """Nodes with those that passes defined alike made one, their definitions, where they recur, by name; and the names
    that went, each with the one that stayed.

    Nothing that leaves the program is dropped.
    """
    first: dict[Node, str] = {}
    one: dict[str, str] = {}
    kept: list[Node] = []
    leaving = {state.new for state in program.states} | {o.value for o in (*program.outputs, *program.totals)}
    for node in program.nodes:
        renamed = _renamed(node, one)
        if "." not in node.out:
            kept.append(renamed)
            continue
        shared = _sharing(renamed, first)
        same = first.setdefault(replace(shared, out=""), node.out)
        if same == node.out or _is_trivial(shared):
            kept.append(shared)
        elif node.out in leaving:
            kept.append(Pointwise(node.out, node.axes, Ref(same)))
        else:
            one[node.out] = same
    return tuple(kept), one


def _is_trivial(node: Node) -> bool:
    return isinstance(node, Pointwise) and not isinstance(node.expr, Apply)


def _sharing(node: Node, known: Mapping[Node, str]) -> Node:
    """`node` with every proper part that is the definition of an earlier value replaced by that value."""
    if isinstance(node, Contract) or not isinstance(node.expr, Apply):
        return node
    axes = node.axes

    def shared(expr: Expr) -> Expr:
        if not isinstance(expr, Apply):
            return expr
        name = known.get(Pointwise("", axes, expr))
        return Ref(name) if name else replace(expr, arguments=tuple(shared(part) for part in expr.arguments))

    return replace(node, expr=replace(node.expr, arguments=tuple(shared(part) for part in node.expr.arguments)))


def _renamed(node: Node, one: Mapping[str, str]) -> Node:
    if isinstance(node, Contract):
        factors = tuple(Operand(one.get(factor.name, factor.name), factor.indices) for factor in node.factors)
        return replace(node, factors=factors)
    return replace(node, expr=substitute(node.expr, lambda ref: Ref(one.get(ref.name, ref.name))))


def _is_inlined(node: Node, uses: Mapping[str, int], program: Program, primal: Program | None) -> bool:
    emitted = {output.value for output in (*program.outputs, *program.totals)}
    if any(state.new == node.out for state in program.states):
        return False
    if node.out in emitted:
        # The cotangent of a source is written once, where it leaves the program.
        return is_cotangent(node.out) and not uses[node.out]
    if is_authored(node.out, program, primal):
        return False
    return uses[node.out] <= 1 or (isinstance(node, Pointwise) and _is_bare(node.expr))


def _saved_expressions(program: Program, primal: Program) -> dict[str, Node]:
    """What unnamed values of the tape stand for, where that is short: read from named values alone."""
    unnamed = layout(primal).inlined
    bare = {name: node for name, node in unnamed.items() if isinstance(node, Pointwise) and _is_bare(node.expr)}
    long = unnamed.keys() - bare.keys()
    short = {name: node for name, node in unnamed.items() if long.isdisjoint(node.operands)}
    return bare | {source.name: short[source.name] for source in program.tape if source.name in short}


def _is_bare(expr: Expr) -> bool:
    """A name, or a name held constant: as short as any name that could stand for it."""
    match expr:
        case Ref() | Apply("stop", (Ref(),)):
            return True
        case _:
            return False


def _net_input_cotangents(equations: tuple[Node, ...], program: Program, primal: Program | None) -> dict[str, Name]:
    """Cotangents of unnamed net inputs, named after the value they are the net input of: `f.net.bar`."""
    names: dict[str, Name] = {}
    count: Counter[str] = Counter()
    for node in equations:
        derived = _DERIVED.fullmatch(node.out)
        if derived is None or isinstance(node, Contract) or is_authored(node.out, program, primal):
            continue
        source = next((names.get(name) or taken_apart(name) for name in node.operands if is_cotangent(name)), None)
        if source is not None and source.roles == ("bar",) and not source.earlier:
            base = source.base.removeprefix("net_")
            count[base] += 1
            mark = str(count[base]) if count[base] > 1 else ""
            names[node.out] = Name(f"net_{base}", ("bar",), mark=mark)
    return names


def _carried(program: Program) -> dict[str, Name]:
    """In a backward program, the cotangent that each state hands to the step before."""
    if program.direction == "forward":
        return {}
    names = {}
    for state in program.states:
        old = taken_apart(state.old)
        if old.roles[-1:] == ("next",):
            names[state.old] = old
            names[state.new] = replace(old, earlier=True)
    return names


_PARTIAL = re.compile(r"d(?P<state>\w+)/d(?P<of>\w+)@(?P<place>.*?)(?P<earlier>\[t-1\])?(?P<slope> entering\.slope)?")
_LIVE = re.compile(r"(?P<state>\w+)\[t-1\]\.live\.bar")


def _partials(program: Program) -> dict[str, Name]:
    """In an online rule: the partials that it carries, what enters them, and cotangents of the states at t-1.

    A parameter that enters at several places has a partial for each; these keep their long names.
    """
    found: dict[str, Name] = {}
    for name in program.axes:
        partial, live = _PARTIAL.fullmatch(name), _LIVE.fullmatch(name)
        if partial and partial["slope"]:
            found[name] = Name(f"slope_{partial['of']}")
        elif partial:
            found[name] = Name(f"d{partial['state']}/d{partial['of']}", earlier=bool(partial["earlier"]))
        elif live:
            found[name] = Name(live["state"], ("bar",), earlier=True)
    return found
