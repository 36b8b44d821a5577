"""The plan of a kernel: for a Program and its adjoint, the rows, the calls of each phase, and where results are read.

Nothing here knows of any particular cell. What runs once for all steps follows from what depends on a state; what
stacks into one product, from which net inputs read the same vectors; which rows lie side by side, from a search.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lstmproof.calculus.adjoint import adjoint as derive_adjoint
from lstmproof.kernels.biases import with_net_inputs
from lstmproof.kernels.facing import faced_inputs
from lstmproof.kernels.instructions import GeneralTotal, OuterTotal, Total
from lstmproof.kernels.layout import ONES, Span
from lstmproof.kernels.linear import hoisted
from lstmproof.kernels.lower import lower
from lstmproof.kernels.phases import Phase, latest_of, phases
from lstmproof.kernels.placing import place
from lstmproof.kernels.products import as_contract, fused
from lstmproof.kernels.scan import ScanPlan
from lstmproof.kernels.search import MOST_TRIES
from lstmproof.kernels.sharing import shared
from lstmproof.kernels.simplify import inlined, merged
from lstmproof.kernels.states import handed_on, without_zero_states
from lstmproof.program.expr import Apply, Expr, Ref
from lstmproof.program.nodes import Contract, Pointwise, Program
from lstmproof.program.passes import needed


@dataclass(frozen=True)
class TotalGroup:
    """Outer products that one matrix product gives: rows of the flow against rows of the tape."""

    left: Span
    right: Span


@dataclass(frozen=True)
class Plan:
    """A forward and a backward scan that share a tape."""

    forward: ScanPlan
    backward: ScanPlan
    groups: tuple[TotalGroup, ...]
    totals: Mapping[str, tuple[Total, ...]]
    """The shares of each parameter's gradient."""
    read: Program
    """The adjoint once equal values are one, before any is merged into its readers."""
    same: Mapping[str, str]
    """For each value of the adjoint that is gone from `read`, the one that stands for it."""


def plan(program: Program, adjoint: Program | None = None, tries: int = MOST_TRIES) -> Plan:
    """Plan the kernel of `program`, its backward pass by `adjoint` (derived if not given).

    Of `tries` orders of rows the one with the fewest calls is taken; any gives the same numbers.
    """
    forward, stands_for = merged(program)
    backward, first = merged(adjoint if adjoint is not None else derive_adjoint(program), stands_for)
    forward, backward = with_net_inputs(forward, backward)
    backward, second = merged(shared(without_zero_states(_with_fixed_nodes(backward, forward))))
    read, same = backward, {**second, **{gone: second.get(name, name) for gone, name in first.items()}}
    backward = fused(_with_shared_coefficients(hoisted(backward)))
    backward, totals = _split_totals(backward)
    read_later = {left for shares in totals.values() for total in shares for left in _reads(total)}
    backward = inlined(handed_on(backward), keep=read_later)
    from_tape = {source.name for source in backward.tape} | (read_later - set(backward.node))
    forward = inlined(handed_on(forward), keep=from_tape)
    there = lower(forward, keep=from_tape)
    back = lower(backward, keep=read_later, cotangents={source.name: source.label for source in backward.inputs})
    partners, factors = _partner_sets(totals), _right_sets(totals)
    summed = {name for shares in totals.values() for t in shares if isinstance(t, GeneralTotal) for name in _reads(t)}
    read_by_step = {name for instruction in back.instructions for name in instruction.reads} | summed
    cotangents = faced_inputs(backward, back.instructions, [frozenset(names) for names in partners], summed)
    tape = place(
        there,
        "tape",
        outside=from_tape,
        operand_sets=_rights(totals),
        beside={name for names in factors if len(names) > 1 for name in names - {ONES}},
        faced=faced_inputs(forward, there.instructions, factors, read_by_step),
        ones=bool(totals),
        tries=tries,
    )
    flow = place(
        back,
        "flow",
        outside=read_later,
        operand_sets=partners,
        faced=[each for each in cotangents if len(each.names) == 1],  # the caller's arrays do not lie side by side
        tape=tape,
        tries=tries,
    )
    return Plan(tape, flow, _total_groups(totals, tape, flow), totals, read, same)


def _with_shared_coefficients(backward: Program) -> Program:
    """`backward` with what its coefficients have in common computed once, those among it that only another reads."""
    phase = phases(backward)
    read_later = {name for node in backward.nodes if phase[node.out] != Phase.BEFORE for name in node.operands}
    return shared(inlined(backward, keep=read_later))


def _with_fixed_nodes(backward: Program, forward: Program) -> Program:
    """`backward` computing for itself what it reads of `forward` that depends on no step."""
    phase = phases(forward)
    given = {source.name for source in forward.fixed}
    names = [source.name for source in backward.tape]
    own = [n for n in names if n in forward.node and latest_of(phase, forward.node[n].operands) == Phase.FIXED]
    nodes = needed(forward.nodes, own)
    gone = given | {node.out for node in nodes}
    read = {name for node in (*nodes, *backward.nodes) for name in node.operands}
    return replace(
        backward,
        nodes=(*nodes, *backward.nodes),
        tape=tuple(source for source in backward.tape if source.name not in gone),
        parameters=(
            *backward.parameters,
            *(s for s in forward.parameters if s.name in read and s not in backward.parameters),
        ),
        constants=tuple(constant for constant in forward.constants if constant.name in read),
    )


def _reads(total: Total) -> tuple[str, ...]:
    if isinstance(total, OuterTotal):
        return (total.left, total.right) if total.right else (total.left,)
    return total.node.operands


def _rights(totals: Mapping[str, Sequence[Total]]) -> tuple[tuple[str, ...], ...]:
    """The right factors of outer products: vectors of the tape."""
    names = (t.right for shares in totals.values() for t in shares if isinstance(t, OuterTotal) and t.right)
    return tuple((name,) for name in dict.fromkeys(names))


def _partner_sets(totals: Mapping[str, Sequence[Total]]) -> tuple[tuple[str, ...], ...]:
    """The left factors of outer products, those with the same right factors together."""
    partners: dict[str, set[str]] = {}
    for shares in totals.values():
        for total in shares:
            if isinstance(total, OuterTotal):
                partners.setdefault(total.left, set()).add(total.right)
    sets: dict[frozenset[str], list[str]] = {}
    for left, rights in partners.items():
        sets.setdefault(frozenset(rights - {""}), []).append(left)
    return tuple(tuple(lefts) for rights, lefts in sets.items() if rights)


def _right_sets(totals: Mapping[str, Sequence[Total]]) -> tuple[frozenset[str], ...]:
    """For each set of left factors, the right factors of its products, `ONES` among them if a left one is summed."""
    outers = [total for shares in totals.values() for total in shares if isinstance(total, OuterTotal)]
    return tuple(frozenset(t.right or ONES for t in outers if t.left in lefts) for lefts in _partner_sets(totals))


def _split_totals(backward: Program) -> tuple[Program, dict[str, tuple[Total, ...]]]:
    """The adjoint without the nodes that only total, and the shares of each total."""
    on_tape = {source.name for source in backward.tape}
    fixed = {source.name for source in backward.fixed}
    backward = _with_summed_products(backward)
    totals = {o.label: tuple(_shares(o.value, backward, on_tape, fixed)) for o in backward.totals}
    kept = {name for shares in totals.values() for total in shares for name in _reads(total)}
    names = kept | {output.value for output in backward.outputs} | {state.new for state in backward.states}
    nodes = needed(backward.nodes, names)
    read = names | {name for node in nodes for name in node.operands}
    tape = tuple(source for source in backward.tape if source.name in read)
    return replace(backward, nodes=nodes, totals=(), tape=tape), totals


def _with_summed_products(backward: Program) -> Program:
    """`backward` with products that are only totalled as contractions, so that no row has to hold them."""
    read = {name for node in backward.nodes for name in node.operands} | {state.new for state in backward.states}
    only_totalled = {output.value for output in backward.totals} - read - {output.value for output in backward.outputs}
    nodes = (
        as_contract(node, backward.axes) or node if isinstance(node, Pointwise) and node.out in only_totalled else node
        for node in backward.nodes
    )
    return replace(backward, nodes=tuple(nodes))


def _shares(value: str, program: Program, on_tape: Collection[str], fixed: Collection[str]) -> Iterable[Total]:
    node = program.node.get(value)
    names = _summed_names(node.expr) if isinstance(node, Pointwise) else []
    if names and all(
        isinstance(program.node.get(n), Contract) and program.axes[n] == program.axes[value] for n in names
    ):
        for name in names:
            yield from _shares(name, program, on_tape, fixed)
        return
    if isinstance(node, Contract):
        outer = _as_outer(node, on_tape, fixed)
        yield outer if outer is not None else GeneralTotal(node)
    elif not (isinstance(node, Pointwise) and not node.operands):
        yield OuterTotal(value, "", transposed=False)


def _summed_names(expr: Expr) -> list[str]:
    """The names of a plain sum of names, none if it is anything else."""
    match expr:
        case Ref(name):
            return [name]
        case Apply("add", (a, b)):
            left, right = _summed_names(a), _summed_names(b)
            return [*left, *right] if left and right else []
        case _:
            return []


def _as_outer(node: Contract, on_tape: Collection[str], fixed: Collection[str]) -> OuterTotal | None:
    if len(node.factors) != 2 or any(factor.name in fixed for factor in node.factors):
        return None
    left, right = sorted(node.factors, key=lambda factor: factor.name in on_tape)
    if left.name in on_tape or right.name not in on_tape:
        return None
    if node.indices == (*left.indices, *right.indices):
        return OuterTotal(left.name, right.name, transposed=False)
    if node.indices == (*right.indices, *left.indices):
        return OuterTotal(left.name, right.name, transposed=True)
    return None


def _total_groups(totals: Mapping[str, Sequence[Total]], tape: ScanPlan, flow: ScanPlan) -> tuple[TotalGroup, ...]:
    """For each set of left factors with the same partners, the rows that one matrix product takes."""
    groups = []
    for lefts, names in zip(_partner_sets(totals), _right_sets(totals), strict=True):
        vectors = names - {ONES}
        rights = {tape.operand.get(name, name) for name in vectors}
        if ONES in names:
            rights.add(next((tape.ones[name] for name in sorted(vectors) if name in tape.ones), ONES))
        groups.append(TotalGroup(_cover(flow, lefts), _cover(tape, sorted(rights))))
    return tuple(groups)


def _cover(scan: ScanPlan, names: Iterable[str]) -> Span:
    """The rows of the record from the first to the last of the named ones."""
    places = [scan.place[name] for name in names]
    rows = scan.rows_of(places[0].slab)
    at = [rows.index(place.row) for place in places]
    return Span(places[0].slab, rows[min(at) : max(at) + 1], places[0].shift)
