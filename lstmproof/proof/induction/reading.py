"""Proofs for a reader: the argument, the invariants, and each identity as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from lstmproof.proof.induction.certificates import Obligation
from lstmproof.proof.induction.facts import Fact
from lstmproof.proof.induction.goals import Evidence, Goal
from lstmproof.proof.induction.plans import Plan
from lstmproof.proof.induction.polynomial import Polynomial


def reading(plan: Plan, invariants: Mapping[str, str], goals: tuple[Goal, ...], evidence: Evidence) -> str:
    """The whole argument, in lines."""
    return "\n".join(_lines(plan, invariants, goals, evidence))


def _lines(plan: Plan, invariants: Mapping[str, str], goals: tuple[Goal, ...], evidence: Evidence) -> Iterator[str]:
    if plan.start is None:
        yield "One step settles it, whatever the states before."
    else:
        yield f"By induction over t, from t = {plan.start}: what holds at t-1 holds at t."
        for name, formula in invariants.items():
            yield f"  invariant {name}: {formula}"
    names: set[str] = set()
    for obligation in evidence.obligations:
        yield from _obligation(obligation)
        for fact in (*obligation.hypotheses, obligation.conclusion):
            names |= fact.polynomial.variables
    for name, _ in evidence.solved:
        yield f"{name}: no certificate; z3 and cvc5 agree that its negation is unsatisfiable"
    meanings = {name: meaning for goal in goals for name, meaning in goal.meanings.items() if name in names}
    said = [f"  {name} is {_meaning(*meaning)}" for name, meaning in meanings.items() if meaning[1]]
    if said:
        yield "where"
        yield from said


def _meaning(function: str, arguments: tuple[Polynomial, ...]) -> str:
    if function == "reciprocal":
        return f"1 / ({arguments[0]})"
    return f"{function}({', '.join(map(str, arguments))})"


def _obligation(obligation: Obligation) -> Iterator[str]:
    yield f"{obligation.name}"
    yield f"  {obligation.conclusion}, because"
    yield f"  {identity(obligation)}"
    origins = dict.fromkeys(f"{fact} ({fact.origin})" for fact in obligation.hypotheses)
    if origins:
        yield f"  from {'; '.join(origins)}"


def identity(obligation: Obligation) -> str:
    """The identity that a certificate is."""
    shown, facts = obligation.certificate, obligation.hypotheses
    multiplier = _sum(_product(scale, places, facts) for scale, places in shown.multiplier)
    left = f"({obligation.conclusion.polynomial})"
    left = left if multiplier == "1" else f"({multiplier}) * {left}"
    right = [_product(scale, places, facts) for scale, places in shown.products]
    right += [f"{_factor(scale)}({root})^2" for scale, root in shown.squares]
    right += [f"({root}) * ({facts[place].polynomial})" for place, root in shown.equations]
    return f"{left} = {_sum(right)}"


def _sum(parts: Iterable[str]) -> str:
    return " + ".join(parts) or "0"


def _factor(scale: Fraction) -> str:
    return "" if scale == 1 else f"{scale} * "


def _product(scale: Fraction, places: tuple[int, ...], facts: tuple[Fact, ...]) -> str:
    if not places:
        return str(scale)
    return _factor(scale) + " * ".join(f"({facts[place].polynomial})" for place in places)
