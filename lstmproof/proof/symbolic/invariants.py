"""Bounds on a state for all steps, by induction with signs alone: quick, and without a solver.

A state with |s(t-1)| <= B(t-1) is s(t-1) = B(t-1) (p - q) / (p + q) with p, q >= 0. If B(t) - s(t) and B(t) + s(t) are
then nonnegative for all net inputs, other old states and parameters, |s| <= B holds at every step once |s(0)| <= B(0).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.program.build import number
from lstmproof.program.expr import ONE, Apply, Expr, Ref
from lstmproof.program.nodes import State
from lstmproof.proof.exact import Element, FieldExhausted
from lstmproof.proof.symbolic.abstraction import with_free_net_inputs
from lstmproof.proof.symbolic.bounds import Signs, Substitutions, ranges
from lstmproof.proof.symbolic.meaning import EARLIER_STEPS, Meaning
from lstmproof.proof.symbolic.normal import Finer, NoNormalForm, Reals
from lstmproof.proof.symbolic.signs import is_met, sign_of
from lstmproof.proof.symbolic.values import CellValues

MOST_REFINEMENTS = 6


@dataclass
class Setting:
    """One step of a cell under hypotheses that hold at every step, its old states chosen freely."""

    reals: Reals
    values: CellValues
    meaning: Meaning
    known: Signs
    substitutions: Substitutions
    numbers: Mapping[str, Fraction]
    """Constants at their defaults."""

    def nonnegative(self, name: str) -> Element:
        """A number >= 0 that may be any."""
        self.known[name] = "nonnegative"
        return self.reals.symbol(name)

    def positive(self, name: str) -> Element:
        """A number > 0 that may be any."""
        self.known[name] = "positive"
        return self.reals.symbol(name)

    def is_at_least(self, left: Element, right: Element, *, strict: bool = False) -> bool:
        """Whether left >= right is shown, or left > right."""
        found = sign_of(self.reals, left - right, self.known)
        return found == "positive" or (not strict and found in ("nonnegative", "zero"))

    @property
    def is_defined(self) -> bool:
        """Whether everything made so far is shown to have a value."""
        self.values.demand_all()
        return all(is_met(need, sign_of(self.reals, z, self.known)) for need, z in self.reals.needs)


def setting(claim: Claim, definition: Definition, parts: dict[str, int]) -> Setting:
    """One step of the claim's cell, its hypotheses used where they hold at every step; constants at their defaults."""
    program = with_free_net_inputs(definition.program)
    reals = Reals(parts)
    given: dict[str, Callable[[str], Element]] = {}

    def resolved(expr: Expr) -> Element:
        return meaning.resolved(expr)

    values = CellValues(reals, program, given)
    known = {name: own for name, own in ranges(claim, program, computed=True).items() if own.always}
    substitutions = Substitutions(reals, known, {}, resolved, program=program)
    meaning = Meaning(reals, values, claim.arguments, substitutions.known, given)
    given |= substitutions.given()
    numbers = {
        each.name: claim.defaults.get(each.name, each.default)
        for each in program.constants
        if each.name not in claim.arguments
    }
    given |= {name: fixed(reals, value) for name, value in numbers.items()}
    return Setting(reals, values, meaning, substitutions.known, substitutions, numbers)


def fixed(reals: Reals, value: Fraction) -> Callable[[str], Element]:
    """What stands for a name that is a number."""
    return lambda _: reals.rational(value)


Attempt = Callable[[Setting], bool]
Found = TypeVar("Found")


def shown(claim: Claim, definition: Definition, attempt: Attempt) -> bool:
    """Whether an attempt succeeds in a setting of its own."""
    return bool(in_a_setting(claim, definition, attempt))


def in_a_setting(claim: Claim, definition: Definition, attempt: Callable[[Setting], Found]) -> Found | None:
    """What an attempt finds in a setting of its own; begun again where exponentials need smaller parts."""
    parts: dict[str, int] = {}
    for _ in range(MOST_REFINEMENTS):
        try:
            return attempt(setting(claim, definition, parts))
        except Finer:
            continue
        except (NoNormalForm, FieldExhausted):
            return None
    return None


Bound = Callable[[Setting, Element], Element]
"""B(t), given t: at least |s(0)| at t = 0."""


def stays_within(claim: Claim, definition: Definition, state: State, bound: Bound) -> bool:
    """Whether |state| <= bound is shown to pass from each step to the next."""

    def attempt(step: Setting) -> bool:
        before = step.nonnegative(EARLIER_STEPS)
        old, new = bound(step, before), bound(step, before + 1)
        above, below = step.nonnegative(f"{state.label} above"), step.nonnegative(f"{state.label} below")
        start = old * (above - below) / (above + below)
        step.values.given = {**step.values.given, state.old: lambda _: start}
        value = step.values.value(state.new)
        fits = step.is_at_least(old, step.reals.rational(0))
        return fits and step.is_at_least(new, value) and step.is_at_least(new, -value) and step.is_defined

    return shown(claim, definition, attempt)


def is_within(claim: Claim, definition: Definition, value: str, most: Fraction, *, strict: bool) -> bool:
    """Whether |value| <= most, or < most, is shown of every step t >= 1, whatever the state before."""

    def attempt(step: Setting) -> bool:
        found, edge = step.values.value(value), step.reals.rational(most)
        fits = step.is_at_least(edge, found, strict=strict) and step.is_at_least(edge, -found, strict=strict)
        return fits and step.is_defined

    return shown(claim, definition, attempt)


@dataclass(frozen=True)
class Family:
    """Bounds of one form, from the tightest."""

    text: str
    """With {s} for the state."""
    bound: Bound
    limit: Expr
    """M, of max(|s0|, M)."""


def first_value(step: Setting) -> Element:
    """|s(0)|, some number >= 0."""
    return step.nonnegative("size at the start")


def at_most(limit: Callable[[Setting], Element]) -> Bound:
    """max(|s(0)|, limit) as limit + excess: what passes on for every number >= limit passes on for the maximum."""
    return lambda step, _: limit(step) + step.nonnegative("excess over the bound")


def growing(rate: Fraction) -> Bound:
    """|s(0)| + rate t."""
    return lambda step, t: first_value(step) + t * rate


def constant_families(definition: Definition, claim: Claim) -> Iterator[Family]:
    """max(|s0|, M) for a few M, among them e^beta for each constant beta that the claim does not exclude."""
    for most in (1, 2, 4):
        text = f"|{{s}}| <= max(|{{s}}0|, {most})"
        yield Family(text, at_most(lambda step, most=most: step.reals.rational(most)), number(most))  # type: ignore[misc]
    for name in definition.constants:
        yield Family(f"|{{s}}| <= max(|{{s}}0|, e^{name})", at_most(_exponential(name)), Apply("exp", (Ref(name),)))
        yield Family(f"|{{s}}| <= max(|{{s}}0|, |{name}|)", at_most(_magnitude(name)), Apply("abs", (Ref(name),)))
    for name, role in claim.arguments.items():
        if role == "free":
            for rate in (1, 2):
                text = f"|{{s}}| <= max(|{{s}}0|, {rate} / (1 - {name}))"
                limit = Apply("div", (number(rate), Apply("sub", (ONE, Ref(name)))))
                yield Family(text, at_most(_geometric(Ref(name), rate)), limit)


def _exponential(name: str) -> Callable[[Setting], Element]:
    return lambda step: step.reals.exp(step.values.value(name))


def _magnitude(name: str) -> Callable[[Setting], Element]:
    return lambda step: step.reals.absolute(step.values.value(name))


def _geometric(gate: Expr, rate: int) -> Callable[[Setting], Element]:
    def limit(step: Setting) -> Element:
        left = 1 - step.meaning.of(gate)
        step.reals.needs.append(("positive", left))
        return step.reals.rational(rate) / left

    return limit
