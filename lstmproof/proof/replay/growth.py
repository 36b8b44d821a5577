"""Evidence of networks in which a state passes every number."""

from __future__ import annotations

from dataclasses import replace

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.formula import And, Compare, Formula
from lstmproof.program.expr import ZERO
from lstmproof.proof.exact import Element
from lstmproof.proof.replay.bounds import at_least, spoken, writer_of
from lstmproof.proof.replay.evidence import Evidence, Fact
from lstmproof.proof.replay.forms import Unspoken
from lstmproof.proof.replay.formulas import Compared, Formulas
from lstmproof.proof.symbolic.invariants import Setting
from lstmproof.proof.symbolic.meaning import EARLIER_STEPS
from lstmproof.proof.symbolic.witness import HORIZON, NEARLY, Growth, after_a_step, bare, one_unit, started

NETWORKS = "The networks have one unit; what is 0 in them is put in below as 0."
STEADILY = "The state gains that much at every step, so that after enough steps it has passed any number."
NEARLY_OPEN = "It holds at t = 0, where both sides are 0, and passes on; at t = N it is a multiple of N >= 1."


def growth_evidence(claim: Claim, definition: Definition, growth: Growth) -> Evidence | None:
    """That a state of zeros grows past every number in the networks of a family, in which the hypotheses hold."""
    small = replace(definition, program=one_unit(definition.program))
    own = next(each for each in small.program.states if each.label == growth.label)

    def attempt(step: Setting) -> Evidence:
        new, least = after_a_step(step, small, own, growth.family, growth.sign, growth.rate)
        writer = writer_of(step)
        spelling = writer.spelling
        entries: list[str | Fact] = [*writer.entries]
        for name in (*small.parameters, *small.inputs, own.old):
            form = spelling.element(step.values.given[name](name))
            entries += [*spelling.symbols.flush(), f"UNDER[real({name!r})] = sp.S({form})"]
        entries += _hypotheses(writer, claim, step, small)
        now = f"{growth.sign}*cell(0).value[{own.new!r}]"
        said = f"{'' if growth.sign > 0 else '-'}{growth.label} is at least {spelling.element(least)} after a step"
        entries += at_least(spelling, said, (now, spelling.element(least)), new - least)
        nearly = NEARLY in growth.family.values.values()
        if nearly:
            entries.append(_at_the_end(step, writer, growth, least))
        return Evidence(tuple(entries), (NETWORKS, NEARLY_OPEN if nearly else STEADILY))

    return spoken(bare(claim), small, attempt)


def _at_the_end(step: Setting, writer: Formulas, growth: Growth, least: Element) -> Fact:
    """What the bound after a step is at t = N."""
    spelled = writer.spelling.element
    before, last = (spelled(step.reals.symbol(name)) for name in (EARLIER_STEPS, HORIZON))
    horizon, half = spelled(step.reals.symbol(HORIZON) + 1), growth.rate / 2
    bound = f"sp.S({spelled(least)}).xreplace({{{before}: {last}}})"
    amount = f"R({half.numerator}, {half.denominator})*({horizon})"
    return Fact("equal", f"at t = N, N = {horizon}, the bound is {half} N", (bound, amount))


def _hypotheses(writer: Formulas, claim: Claim, step: Setting, small: Definition) -> list[str | Fact]:
    """Each hypothesis, initial states being 0."""
    initial = {f"{label}0": ZERO for label in small.states}
    spoken_of = Formulas(
        replace(writer.group, meaning=replace(step.meaning, roles=claim.arguments)), writer.symbols, writer.written
    )
    for assumption in claim.assumptions:
        for each in _parts(assumption.formula):
            formula = Compare(each.relation, started(each.left, initial), started(each.right, initial))
            left, right = (step.meaning.of(side) for side in (formula.left, formula.right))
            spoken_of.compare(Compared(formula, left - right, formula))
    return spoken_of.entries


def _parts(formula: Formula) -> list[Compare]:
    match formula:
        case And(parts):
            return [each for part in parts for each in _parts(part)]
        case Compare():
            return [formula]
    raise Unspoken("an assumption of another form")
