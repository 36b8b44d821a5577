"""Invariants to try where a claim does not carry itself from step to step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from lstmproof.language.claims import Claim, Role
from lstmproof.language.definition import Definition
from lstmproof.language.formula import And, Compare, Formula, Or, terms
from lstmproof.program.build import add, mul, number
from lstmproof.program.expr import Apply, Expr, Ref, references, substitute
from lstmproof.proof.induction.formulas import normal
from lstmproof.proof.induction.plans import Setting, flattened
from lstmproof.proof.induction.system import is_about_states, is_timeless


def setting_of(claim: Claim, definition: Definition | None) -> Setting:
    """The claim with everything that may serve as an invariant: its own parts, then bounds on each state."""
    parts = flattened(normal(claim.conclusion))
    own = {f"claim {place}": part for place, part in enumerate(parts, 1) if is_about_states(claim, tuple(terms(part)))}
    if definition is None:
        return Setting(claim, None, {}, ())
    roles: dict[str, Role] = dict(claim.arguments)
    further: dict[str, Formula] = {}
    families: list[tuple[str, tuple[str, ...]]] = []
    repeated = any(len(set(axes)) < len(axes) for axes in definition.states.values())
    for state in () if repeated else definition.states:
        for group in _bounds(state, roles):
            further |= group
            families.append((state, tuple(group)))
    for place, region in enumerate(_initial_regions(claim, roles), 1):
        name = f"the states stay where assumptions put the initial ones ({place})"
        further[name] = region
        families.insert(0, ("", (name,)))
    return Setting(replace(claim, arguments=roles), definition, own | further, tuple(own), tuple(families))


def _bounds(state: str, roles: dict[str, Role]) -> tuple[Mapping[str, Formula], ...]:
    """Bounds on one state; the names that they need are added to `roles`, where they do not mean something else."""
    wanted: dict[str, Role] = {state: "state", f"{state}0": "initial", "t": "time"}
    if any(roles.get(name, role) != role for name, role in wanted.items()):
        return ()
    roles |= wanted
    value, first, time = Ref(state), Apply("abs", (Ref(f"{state}0"),)), Ref("t")
    size = Apply("abs", (value,))
    sizes = {
        f"|{state}| < 1": Compare("<", size, number(1)),
        f"|{state}| <= 1": Compare("<=", size, number(1)),
        f"|{state}| <= max(|{state}0|, 1)": Compare("<=", size, Apply("maximum", (first, number(1)))),
        f"|{state}| <= |{state}0| + t": Compare("<=", size, add(first, time)),
        f"|{state}| <= |{state}0| + 2 t": Compare("<=", size, add(first, mul(number(2), time))),
    }
    signs = {
        f"{state} > 0": Compare(">", value, number(0)),
        f"{state} >= 0": Compare(">=", value, number(0)),
    }
    return sizes, signs


def _initial_regions(claim: Claim, roles: Mapping[str, Role]) -> Iterator[Formula]:
    """Assumptions about the initial states, said of the states at t."""
    initial = {name: name.removesuffix("0") for name, role in claim.arguments.items() if role == "initial"}
    movable = {name: state for name, state in initial.items() if roles.get(state) == "state"}

    def moved(ref: Ref) -> Expr:
        return Ref(movable.get(ref.name, ref.name))

    for assumption in claim.assumptions:
        for part in flattened(normal(assumption.formula)):
            told = list(terms(part))
            if is_timeless(claim, told) and any(name in movable for term in told for name in references(term)):
                yield _mapped(part, moved)


def _mapped(formula: Formula, moved: Callable[[Ref], Expr]) -> Formula:
    match formula:
        case Compare(relation, left, right):
            return Compare(relation, substitute(left, moved), substitute(right, moved))
        case And(parts):
            return And(tuple(_mapped(part, moved) for part in parts))
        case Or(parts):
            return Or(tuple(_mapped(part, moved) for part in parts))
    return formula
