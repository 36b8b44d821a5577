"""Error factors of a cell in normal form: carousels over any lag, and Jacobians of the full flow."""

from __future__ import annotations

from dataclasses import dataclass

from lstmproof.calculus.elementwise import slope_of, slopes
from lstmproof.calculus.tangent import differential
from lstmproof.calculus.truncate import parameter_built, truncate
from lstmproof.program.expr import ONE, ZERO, Expr, Ref
from lstmproof.program.nodes import Axes, Contract, Pointwise, Program, State
from lstmproof.proof.exact import Element
from lstmproof.proof.symbolic.values import CellValues

MOST_LAG = 10_000
"""Steps over which an error factor is multiplied out."""


class NoFactor(ValueError):
    """An error factor that has no form for each unit, or for each pair of units, here."""


def carousel_factor(values: CellValues, state: str, lag: int) -> Element:
    """ds(t)/ds(t-lag) in the truncated flow, the other states fixed at t-lag; 1 in the 1997 cell.

    Raises:
        NotElementwise: it mixes units.
        NoFactor: so long a lag.
    """
    if not 1 <= lag <= MOST_LAG:
        raise NoFactor(f"a carousel over {lag} steps; at most {MOST_LAG}, at least 1")
    cut = truncate(values.program)
    olds = {each.label: each.old for each in cut.states}
    news = {each.label: each.new for each in cut.states}
    reals = values.reals
    error = {state: reals.rational(1)}
    for shift in range(lag):
        wanted = [state] if shift == lag - 1 else list(olds)
        arriving = {}
        for label in wanted:
            slope = slopes(cut, olds[label])
            total = reals.rational(0)
            for arrived, factor in error.items():
                own = slope_of(news[arrived], slope, olds[label])
                if factor and own != ZERO:
                    total = total + factor * cut_value(values, cut, own, shift)
            arriving[label] = total
        error = arriving
    return error[state]


def returns_only_directly(program: Program, state: str) -> bool:
    """Whether, in the truncated flow, no error goes from a state to others and back to it."""
    cut = truncate(program)
    onward: dict[str, set[str]] = {}
    for each in cut.states:
        slope = slopes(cut, each.old)
        onward[each.label] = {other.label for other in cut.states if slope.get(other.new, ZERO) != ZERO}
    reached, pending = set[str](), onward[state] - {state}
    while pending:
        label = pending.pop()
        reached.add(label)
        pending |= onward[label] - reached
    return state not in reached


def cut_value(values: CellValues, cut: Program, expr: Expr, shift: int) -> Element:
    """An expression over values of the cut system; truncation changes no value, a copy's is that of the original."""
    reading = CellValues(values.reals, cut, values.given, values.held)
    return reading.of(expr, shift)


@dataclass(frozen=True)
class Slope:
    """d out_i / d source_j = own_i delta_ij + mixed_ij."""

    own: Element
    mixed: Element


@dataclass(frozen=True)
class Jacobian:
    """Entries of d value_i / d state_j: at i = j `same`, at i != j `other`."""

    same: Element
    other: Element


def jacobian(values: CellValues, value: str, state: State, shift: int = 0) -> Jacobian:
    """d value(t) / d state(t-1) in the full flow, entry by entry, the other states at t-1 fixed; t less `shift` for t.

    Raises:
        NoFactor: it sums over paths through several units.
    """
    column = column_slopes(values, state.old, shift)
    zero = Slope(values.reals.rational(0), values.reals.rational(0))
    found = column.get(value, zero)
    if found.own and values.program.axes[value] != state.axes:
        raise NoFactor(f"d {value} / d {state.old} has no square form")
    return Jacobian(found.own + found.mixed, found.mixed)


def jacobian_over(values: CellValues, value: str, state: State, lag: int) -> Jacobian:
    """d value(t) / d state(t-lag) in the full flow where no unit mixes with another: carried on from state to state.

    Raises:
        NoFactor: a factor on the way mixes units.
    """
    if lag == 1:
        return jacobian(values, value, state)
    if lag > MOST_LAG:
        raise NoFactor(f"a Jacobian over {lag} steps; at most {MOST_LAG}")
    reals, states = values.reals, values.program.states
    error = {value: reals.rational(1)}
    for shift in range(lag):
        arriving: dict[str, Element] = {}
        for old in states if shift < lag - 1 else (state,):
            total = reals.rational(0)
            for name, factor in error.items():
                one = jacobian(values, name, old, shift)
                if one.other:
                    raise NoFactor("a Jacobian over several steps sums over paths through other units")
                total = total + factor * one.same
            if total:
                arriving[old.new] = total
        error = arriving
    return Jacobian(error.get(state.new, reals.rational(0)), reals.rational(0))


def column_slopes(values: CellValues, source: str, shift: int = 0) -> dict[str, Slope]:
    """The slope by `source` of every value that depends on it: by the chain rule, node by node."""
    reals, program = values.reals, values.program
    built = parameter_built(program)
    zero = reals.rational(0)
    found = {source: Slope(reals.rational(1), zero)}
    for node in program.nodes:
        if not any(name in found for name in node.operands):
            continue
        if isinstance(node, Contract):
            found[node.out] = Slope(zero, _through(values, node, found, built, program.axes[source]))
            continue
        own, mixed = zero, zero
        for name in dict.fromkeys(node.operands):
            if name in found:
                factor = values.of(_partial(node, name), shift)
                own, mixed = own + factor * found[name].own, mixed + factor * found[name].mixed
        found[node.out] = Slope(own, mixed)
    return found


def _partial(node: Pointwise, operand: str) -> Expr:
    return differential(node.expr, Ref(node.out), lambda name: ONE if name == operand else ZERO)


def _through(values: CellValues, node: Contract, found: dict[str, Slope], built: frozenset[str], axes: Axes) -> Element:
    """d sum_k W_ik v_k / d source_j = W_ij dv_j/dsource_j, for v without mixed slope and of the source's own axes."""
    moving = [factor for factor in node.factors if factor.name in found]
    others = [factor for factor in node.factors if factor.name not in found]
    if len(moving) != 1 or len(others) != 1 or others[0].name not in built:
        raise NoFactor(f"{node.out} is no product of weights with a vector")
    weight, vector = others[0], moving[0]
    if found[vector.name].mixed:
        raise NoFactor(f"{node.out} passes on what already mixes units: a sum over paths")
    if values.program.axes[vector.name] != axes:
        raise NoFactor(f"{node.out} sums over units that {vector.name} has and its source has not: a sum over paths")
    if weight.indices != (*node.indices, *vector.indices):
        raise NoFactor(f"{node.out} is no product of weights with a vector")
    entry = values.value(weight.name)
    return entry * _at_column(values, found[vector.name].own)


def _at_column(values: CellValues, element: Element) -> Element:
    """An element whose atoms are read at the column's unit: known only where it is a number."""
    if values.reals.direct(element):
        raise NoFactor("a path through a computed vector: its factor belongs to the column's unit")
    return element
