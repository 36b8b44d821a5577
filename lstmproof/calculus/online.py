"""The learning rule of the 1997 and 2000 papers: the truncated gradient forward in time, without a tape.

Hochreiter & Schmidhuber (1997), appendix A.1, eqs. 25-28; Gers, Schmidhuber & Cummins (2000), eqs. 3.10-3.12: beside
each carried state s a cell keeps the partials ds/dw of every parameter w that s depends on, and updates them by

    ds(t)/dw = sum over carried states r of (ds(t)/dr(t-1)) dr(t-1)/dw  +  (ds(t)/dn(t)) (dn(t)/dw)

for the net input (or sum) n where w enters. The loss of step t then gives its gradient at once: the adjoint of the
single step in which each carried s(t-1) stands for its value plus the sum of ds(t-1)/dw dw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.elementwise import NotElementwise, slope_of, slopes
from lstmproof.calculus.tangent import differential
from lstmproof.calculus.truncate import parameter_built, truncate
from lstmproof.program.build import Names, mul, stopped, total
from lstmproof.program.expr import ONE, ZERO, Apply, Expr, Ref
from lstmproof.program.nodes import Axes, Contract, Node, Operand, Pointwise, Program, Source, State
from lstmproof.program.passes import pruned, renamed
from lstmproof.program.typecheck import aligns, checked


class NotOnline(ValueError):
    """The online rule does not apply: a path to a carried state mixes units."""


@dataclass(frozen=True)
class Entry:
    """A place where a value built of parameters enters the recurrence: `node` reads it as its operand `value`."""

    node: Node
    value: str
    position: int
    """Which factor of a Contract it is; 0 in a Pointwise."""


@dataclass(frozen=True)
class Partial:
    """ds/dw for one entry and one carried state: itself a state, of the axes of s and those of w that s lacks."""

    entry: Entry
    state: State
    name: str
    axes: Axes
    indices: tuple[str, ...]
    value_indices: tuple[str, ...]
    """The indices of `entry.value`, in the letters of `indices`."""
    letters: Mapping[str, str]
    """The letter for each index of the entry's node."""

    @property
    def old(self) -> str:
        return f"{self.name}[t-1]"

    @property
    def state_indices(self) -> tuple[str, ...]:
        return self.indices[: len(self.state.axes)]

    def as_state(self) -> State:
        return State(self.name, self.old, self.name, self.axes)


def online(program: Program) -> Program:
    """Return a Program, forward in time, whose totals are the truncated gradients of the parameters.

    Its inputs are those of `program` and, labelled `L.cot`, the cotangent of each output L at the same step; its
    states are those of `program` and the partials. It keeps no tape.

    Raises:
        NotOnline: in the truncated program a path from an old state, a net input or a bias to a carried state
            passes through a contraction.
    """
    cut = _with_own_states(truncate(program))
    carried = carried_states(cut)
    try:
        partials = _partials(cut, carried)
        updates = [node for partial in partials for node in _update(cut, carried, partials, partial)]
    except NotElementwise as error:
        raise NotOnline(f"{program.name}: {error}") from error
    return _joined(cut, adjoint(_linearised(cut, carried, partials)), carried, partials, updates)


def carried_states(cut: Program) -> tuple[State, ...]:
    """The states of a truncated program whose value at t-1 it still reads other than as a recorded constant."""
    live = {name for node in cut.nodes for name in node.operands if _depends(node, name)}
    handed_on = {output.value for output in cut.outputs} | {state.new for state in cut.states}
    return tuple(state for state in cut.states if state.old in live | handed_on)


def _slope(node: Pointwise, by: str) -> Expr:
    return differential(node.expr, Ref(node.out), lambda name: ONE if name == by else ZERO)


def _depends(node: Node, name: str) -> bool:
    return isinstance(node, Contract) or _slope(node, name) != ZERO


def _with_own_states(cut: Program) -> Program:
    """The same with a copy for each state whose new value is built of parameters alone: there that value enters it."""
    built, names = parameter_built(cut), Names(cut)
    copies = {state: names.fresh(f"{state.label}.kept") for state in cut.states if state.new in built}
    nodes = (Pointwise(name, state.axes, Ref(state.new)) for state, name in copies.items())
    states = tuple(replace(state, new=copies.get(state, state.new)) for state in cut.states)
    return replace(cut, nodes=(*cut.nodes, *nodes), states=states)


def _entries(cut: Program) -> Iterator[Entry]:
    """Every place where a parameter, or a value built of parameters alone, enters one that is not, or a state."""
    built = parameter_built(cut) - {state.new for state in cut.states}
    for node in cut.nodes:
        if node.out in built:
            continue
        if isinstance(node, Contract):
            yield from (Entry(node, f.name, at) for at, f in enumerate(node.factors) if f.name in built)
        else:
            yield from (Entry(node, name, 0) for name in node.operands if name in built and _depends(node, name))


def _partials(cut: Program, carried: Sequence[State]) -> tuple[Partial, ...]:
    """One Partial for each entry and each carried state that it reaches, within the step or through the others."""
    memory = {
        (new.label, old.label): slope_of(new.new, slopes(cut, old.old), old.old) for new in carried for old in carried
    }
    found = []
    for entry in _entries(cut):
        slope = slopes(cut, entry.node.out)
        reached = {s.label for s in carried if slope_of(s.new, slope, entry.node.out) != ZERO}
        for _ in carried:
            reached |= {new for (new, old), factor in memory.items() if old in reached and factor != ZERO}
        found += [_partial(cut, entry, state) for state in carried if state.label in reached]
    return tuple(found)


def _partial(cut: Program, entry: Entry, state: State) -> Partial:
    node = entry.node
    own = node.indices if isinstance(node, Contract) else node.axes
    state_indices = tuple(f"{axis}{position}" for position, axis in enumerate(state.axes))
    letters = dict(zip(own, _aligned_letters(node.axes, state.axes, state_indices), strict=True))
    value_axes = cut.axes[entry.value]
    if isinstance(node, Contract):
        value_own = node.factors[entry.position].indices
        letters |= {index: f"{index}.inner" for factor in node.factors for index in factor.indices if index not in own}
        value_indices = tuple(letters[index] for index in value_own)
    else:
        value_indices = _aligned_letters(value_axes, state.axes, state_indices)
    extra = [at for at, index in enumerate(value_indices) if index not in state_indices]
    place = entry.node.out if entry.position == 0 else f"{entry.node.out}.{entry.position}"
    return Partial(
        entry,
        state,
        name=f"d{state.label}/d{entry.value}@{place}",
        axes=(*state.axes, *(value_axes[at] for at in extra)),
        indices=(*state_indices, *(value_indices[at] for at in extra)),
        value_indices=value_indices,
        letters=letters,
    )


def _aligned_letters(own: Axes, axes: Axes, letters: tuple[str, ...]) -> tuple[str, ...]:
    """The letter of each of `own`, which lines up by name with `axes`.

    Raises:
        NotElementwise: it does not line up, so the path that joins them is not pointwise.
    """
    if own == axes:
        return letters
    if not aligns(own, axes):
        raise NotElementwise(f"axes {own} do not line up with {axes}")
    return tuple(letters[axes.index(axis)] for axis in own)


def _update(cut: Program, carried: Sequence[State], partials: Sequence[Partial], partial: Partial) -> Iterator[Node]:
    """ds(t)/dw from the partials of t-1 and from what enters at this step."""
    terms: list[Expr] = []
    state = partial.state
    for old in carried:
        before = next((p for p in partials if p.entry == partial.entry and p.state == old), None)
        factor = slope_of(state.new, slopes(cut, old.old), old.old)
        if before is None or factor == ZERO:
            continue
        kept = f"{partial.name} from {old.label}"
        own = _aligned_letters(old.axes, state.axes, partial.state_indices)
        yield Pointwise(f"{kept}.factor", state.axes, factor)
        yield Contract(
            kept,
            partial.axes,
            partial.indices,
            (
                Operand(f"{kept}.factor", partial.state_indices),
                Operand(before.old, (*own, *before.indices[len(old.axes) :])),
            ),
        )
        terms.append(Ref(kept))
    entering = slope_of(state.new, slopes(cut, partial.entry.node.out), partial.entry.node.out)
    if entering != ZERO:
        yield from _entering(partial, entering)
        terms.append(Ref(f"{partial.name} entering"))
    yield Pointwise(partial.name, partial.axes, total(terms))


def _entering(partial: Partial, slope: Expr) -> Iterator[Node]:
    """(ds/dn) (dn/dw) at this step: for a net input the factor that w multiplies, else the slope by w."""
    node, name = partial.entry.node, f"{partial.name} entering"
    if isinstance(node, Pointwise):
        yield Pointwise(name, partial.axes, mul(slope, _slope(node, partial.entry.value)))
        return
    others = (factor for at, factor in enumerate(node.factors) if at != partial.entry.position)
    moved = (Operand(factor.name, tuple(partial.letters[index] for index in factor.indices)) for factor in others)
    yield Pointwise(f"{name}.slope", partial.state.axes, slope)
    yield Contract(name, partial.axes, partial.indices, (Operand(f"{name}.slope", partial.state_indices), *moved))


def _fixed(cut: Program) -> frozenset[str]:
    """Values that are the same at every step: built of parameters and constants alone."""
    found = {source.name for source in cut.fixed}
    for node in cut.nodes:
        if found.issuperset(node.operands):
            found.add(node.out)
    return frozenset(found)


def _live(old: str) -> str:
    """The name of what stands for an old state: its value plus the partials times the changes."""
    return f"{old}.live"


def _change(value: str) -> str:
    """The name of w - stop(w): zero, with the derivative of w."""
    return f"{value}.change"


def _linearised(cut: Program, carried: Sequence[State], partials: Sequence[Partial]) -> Program:
    """One step of the cut program with each carried s(t-1) replaced by s(t-1) + sum of ds(t-1)/dw (w - stop(w))."""
    fixed = _fixed(cut)
    nodes: list[Node] = [node for node in cut.nodes if node.out in fixed]
    for value in dict.fromkeys(partial.entry.value for partial in partials):
        change = Apply("sub", (Ref(value), stopped(Ref(value))))
        nodes.append(Pointwise(_change(value), cut.axes[value], change))
    for state in carried:
        terms: list[Expr] = [Ref(state.old)]
        for partial in (p for p in partials if p.state == state):
            factors = (
                Operand(partial.old, partial.indices),
                Operand(_change(partial.entry.value), partial.value_indices),
            )
            nodes.append(Contract(f"{partial.name} d", state.axes, partial.state_indices, factors))
            terms.append(Ref(f"{partial.name} d"))
        nodes.append(Pointwise(_live(state.old), state.axes, total(terms)))
    olds = {state.old for state in carried}
    nodes += [
        renamed(node, lambda name: _live(name) if name in olds else name) for node in cut.nodes if node.out not in fixed
    ]
    recorded = tuple(Source(state.old, state.axes) for state in cut.states)
    kept = tuple(Source(partial.old, partial.axes) for partial in partials)
    handed_on = tuple(
        replace(output, value=_live(output.value) if output.value in olds else output.value) for output in cut.outputs
    )
    return checked(
        replace(cut, inputs=(*cut.inputs, *recorded, *kept), states=(), nodes=tuple(nodes), outputs=handed_on)
    )


def _joined(
    cut: Program, gradient: Program, carried: Sequence[State], partials: Sequence[Partial], updates: Sequence[Node]
) -> Program:
    """The forward step, the gradient of this step's loss and the new partials in one Program."""
    gradient = pruned(replace(gradient, outputs=()))
    values = {_live(state.old): state.old for state in carried}
    backward = [renamed(node, lambda name: values.get(name, name)) for node in gradient.nodes]
    cotangents = tuple(replace(source, label=f"{source.label}.cot") for source in gradient.inputs)
    return checked(
        replace(
            cut,
            name=f"online {cut.name.removeprefix('truncated ')}",
            inputs=(*cut.inputs, *cotangents),
            states=(*cut.states, *(partial.as_state() for partial in partials)),
            nodes=(*cut.nodes, *updates, *backward),
            totals=gradient.totals,
        )
    )
