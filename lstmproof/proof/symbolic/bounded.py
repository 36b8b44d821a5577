"""`bounded(s)` and its negation: a bound that carries itself from step to step, or networks that pass every bound.

bounded(s) holds if some number that depends on the initial state, the named constants and the free names alone is never
exceeded; its negation if for every number some network, started from a state that the hypotheses allow, exceeds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from time import process_time

from lstmproof.language.claims import Claim, Role
from lstmproof.language.definition import Definition
from lstmproof.language.formula import Bounded, Formula, Not
from lstmproof.program.build import number
from lstmproof.program.expr import Apply, Expr, Ref
from lstmproof.proof.outcome import Proof, Unsettled
from lstmproof.proof.replay.bounds import bound_evidence, within_evidence
from lstmproof.proof.replay.evidence import Evidence, heading
from lstmproof.proof.replay.growth import growth_evidence
from lstmproof.proof.replay.statements import with_evidence
from lstmproof.proof.symbolic.invariants import constant_families, is_within, stays_within
from lstmproof.proof.symbolic.values import program_name
from lstmproof.proof.symbolic.witness import unbounded


def about_bounds(claim: Claim, definition: Definition, until: float) -> Proof | Unsettled:
    """Prove `bounded(s)` or `not bounded(s)`, or say why that was not done."""
    negated, formula = False, claim.conclusion
    while isinstance(formula, Not):
        negated, formula = not negated, _inner(formula)
    if not isinstance(formula, Bounded):
        return Unsettled("a combination of bounds with other statements")
    if negated:
        growth = unbounded(claim, definition, formula.value, until)
        found = (growth.reading, growth_evidence(claim, definition, growth)) if growth else None
    else:
        ceiling = ceiling_of(claim, definition, formula.value, until)
        found = (ceiling.reading, ceiling.evidence) if ceiling else None
    if found is None:
        looked = (
            "no family of networks with zero weights grows"
            if negated
            else "no bound of the families tried is inductive"
        )
        return Unsettled(looked)
    reading, evidence = found
    return with_evidence(heading(claim, (definition,), reading), evidence)


def _inner(formula: Not) -> Formula:
    return formula.formula


@dataclass(frozen=True)
class Ceiling:
    """A bound that is shown of every step t >= 1."""

    bound: Expr
    text: str
    """What is shown of the value."""
    reading: str
    """That, and how it is shown."""
    evidence: Evidence | None
    """What that rests on, where a script can say it."""


def ceiling_of(claim: Claim, definition: Definition, label: str, until: float) -> Ceiling | None:
    """A bound that is shown; None if none of the families is."""
    value = program_name(label, {**claim.arguments, label: _role(definition, label)}, definition.program)
    for most in (1, 2, 4):
        if is_within(claim, definition, value, Fraction(most), strict=False):
            reading = f"|{label}| <= {most} at every step t >= 1, whatever the state before"
            evidence = within_evidence(claim, definition, value, Fraction(most), strict=False)
            return Ceiling(number(most), reading, reading, evidence)
    state = next((each for each in definition.program.states if each.label == label), None)
    if state is None:
        return None
    for family in constant_families(definition, claim):
        if process_time() > until:
            return None
        if stays_within(claim, definition, state, family.bound):
            bound = Apply("maximum", (Apply("abs", (Ref(f"{label}0"),)), family.limit))
            text = family.text.format(s=label)
            reading = f"{text}: it holds at t = 0, and passes from each step to the next"
            return Ceiling(bound, text, reading, bound_evidence(claim, definition, state, family.bound))
    return None


def _role(definition: Definition, label: str) -> Role:
    return "state" if label in definition.states else "value"
