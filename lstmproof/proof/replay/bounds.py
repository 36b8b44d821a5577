"""Evidence of bounds: what passes from each step to the next, and networks that pass every number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.program.nodes import State
from lstmproof.proof.exact import Element
from lstmproof.proof.replay.evidence import Evidence, Fact
from lstmproof.proof.replay.forms import NO_SCRIPT, Spelling, Unspoken, sign_form
from lstmproof.proof.replay.formulas import Formulas, Group, new_symbols
from lstmproof.proof.symbolic.invariants import Bound, Setting, in_a_setting
from lstmproof.proof.symbolic.meaning import EARLIER_STEPS

INDUCTION = (
    "The bound B holds at t = 0 by what it is; below it passes from step t - 1 to t. Where B is 0, so is the state."
)
NET_INPUTS = "A net input, a sum with a sum of products in it, is one real number that may be any."


def bound_evidence(claim: Claim, definition: Definition, state: State, bound: Bound) -> Evidence | None:
    """That |state| <= bound passes from each step to the next."""

    def attempt(step: Setting) -> Evidence:
        before = step.nonnegative(EARLIER_STEPS)
        old, new = bound(step, before), bound(step, before + 1)
        labels = f"{state.label} above", f"{state.label} below"
        above, below = (step.nonnegative(label) for label in labels)
        start = old * (above - below) / (above + below)
        step.values.given = {**step.values.given, state.old: lambda _: start}
        value = step.values.value(state.new)
        writer = writer_of(step)
        spelling = writer.spelling
        was, bounds = spelling.element(old), (spelling.element(new), spelling.element(old))
        said = f"every {state.old} from -B to B has the form that is put in, B = {was}"
        symbol = f"real({state.old!r})"
        shares = {spelling.element(above): f"({was}) + {symbol}", spelling.element(below): f"({was}) - {symbol}"}
        entries = [*writer.entries, *writer.symbols.flush()]
        entries.append(_covered(said, symbol, spelling.element(start), shares))
        entries.append(f"UNDER[{symbol}] = sp.S({spelling.element(start)})")
        now = f"cell(0).value[{state.new!r}]"
        entries += at_least(spelling, "B >= 0 at t - 1", (bounds[1], "0"), old)
        entries += at_least(spelling, f"{state.label} <= {bounds[0]} at t", (bounds[0], now), new - value)
        entries += at_least(spelling, f"-{state.label} <= {bounds[0]} at t", (bounds[0], f"-{now}"), new + value)
        return Evidence(tuple(entries), (NET_INPUTS, INDUCTION))

    return spoken(claim, definition, attempt)


def within_evidence(
    claim: Claim, definition: Definition, value: str, most: Fraction, *, strict: bool
) -> Evidence | None:
    """That |value| <= most, or < most, at every step, whatever the state before."""

    def attempt(step: Setting) -> Evidence:
        found, edge = step.values.value(value), step.reals.rational(most)
        writer = writer_of(step)
        now, sign = f"cell(0).value[{value!r}]", "<" if strict else "<="
        entries = [*writer.entries]
        entries += at_least(writer.spelling, f"{value} {sign} {most}", (str(most), now), edge - found, strict)
        entries += at_least(writer.spelling, f"-{value} {sign} {most}", (str(most), f"-{now}"), edge + found, strict)
        return Evidence(tuple(entries), (NET_INPUTS,))

    return spoken(claim, definition, attempt)


def spoken(claim: Claim, definition: Definition, attempt: Callable[[Setting], Evidence]) -> Evidence | None:
    """What an attempt says, None if a part of it has no form in a script."""
    try:
        return in_a_setting(claim, definition, attempt)
    except NO_SCRIPT:
        return None


def writer_of(step: Setting) -> Formulas:
    """A script in which the step of the cell, and what is assumed, are written."""
    ranges = tuple(step.substitutions.ordered())
    group = Group(step.meaning, step.known, ranges, step.substitutions.evaluate, {}, (), step.numbers)
    writer = Formulas(group, new_symbols())
    writer.write()
    return writer


def _covered(text: str, symbol: str, form: str, shares: Mapping[str, str]) -> Fact:
    free = ", ".join(f"{name}: {value}" for name, value in shares.items())
    return Fact("covered", text, (symbol, f"sp.S({form})", f"{{{free}}}"))


def at_least(
    spelling: Spelling, text: str, sides: tuple[str, str], difference: Element, strict: bool = False
) -> list[str | Fact]:
    """That the first side is at least the second, whose difference is known."""
    form = sign_form(spelling, difference)
    if form.sign < 0:
        raise Unspoken("a difference of the other sign")
    facts = [
        Fact("at_least", text, (*sides, f"sp.S({case.form})", str(strict), f"({', '.join(case.steps)},)"))
        if case.steps
        else Fact("at_least", text, (*sides, f"sp.S({case.form})", str(strict)))
        for case in form.cases
    ]
    return [*spelling.symbols.flush(), *facts]
