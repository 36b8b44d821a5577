"""Evidence of error flows by the chain rule, of what a gate remembers, and of two cells that are one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lstmproof.calculus.carousel import carousel
from lstmproof.calculus.elementwise import NotElementwise
from lstmproof.calculus.truncate import truncate
from lstmproof.program.expr import ONE, ZERO, Apply, Expr, Ref, references
from lstmproof.program.nodes import Program, State
from lstmproof.program.printing import expression_text
from lstmproof.proof.errorflow import direct, ways
from lstmproof.proof.replay.equations import CellText, defined_everywhere, term
from lstmproof.proof.replay.evidence import Evidence, Fact
from lstmproof.proof.replay.forms import NO_SCRIPT, Unspoken
from lstmproof.proof.replay.formulas import new_symbols
from lstmproof.proof.symbolic.normal import Reals
from lstmproof.proof.symbolic.values import CellValues

PATHS = "A way through a sum of products is its slope at the weight's entry, times what the facts name."
STEPS = "Both start from the same states: if a step from equal ones returns equal values, so does every step."


def flow_evidence(program: Program, state: State) -> Evidence | None:
    """The slopes of one step of a state by each old one: directly, through each product, and in the truncated flow."""
    try:
        entries: list[str | Fact] = [*_cells(program), "step = cell(0)"]
        for old in program.states:
            entries += _passage(program, state, old)
        entries += _truncated(program, state)
    except NO_SCRIPT:
        return None
    return Evidence(tuple(entries), (PATHS,))


def _cells(program: Program) -> list[str]:
    """The step of a cell and of its cut system."""
    cut = truncate(program)
    reals = Reals({})
    whole = CellText("cell", program, CellValues(reals, program), new_symbols()).lines
    return [*whole, *CellText("cut", cut, CellValues(reals, cut), new_symbols()).lines]


def _passage(program: Program, state: State, old: State) -> list[Fact]:
    """What an error at a new state hands back to an old one."""
    own = direct(program, old.old).get(state.new, ZERO)
    through, beyond = ways(program, state, old)
    new, head = f"step.new[{state.label!r}]", f"d {state.label}(t)/d {old.label}(t-1)"
    facts = [_slope(f"{head}, no sum of products between", new, f"step.old[{old.label!r}]", own, program)]
    facts += [
        _slope(f"{head}, what multiplies it through {name}", new, f"real({name!r})", factor, program)
        for name, factor in through.items()
    ]
    found = f"paths(step, {state.label!r}, {old.label!r})"
    text = f"{head} has ways through {', '.join(through) or 'no sum of products'}{', and through several' * beyond}"
    names = f"{{{', '.join(map(repr, through))}}}" if through else "set()"
    return [*facts, Fact("fact", text, (f"{found} == ({names}, {beyond})",))]


def _slope(text: str, new: str, by: str, factor: Expr, program: Program) -> Fact:
    spelled = _in_a_step(factor, program)
    return Fact("equal", f"{text}: {expression_text(factor, program)}", (f"slope({new}, {by})", spelled))


def _in_a_step(expr: Expr, program: Program) -> str:
    """An expression over values of the step."""
    if any(name.startswith("<") for name in references(expr)):
        raise Unspoken("a slope too long to write out")
    old = {state.old: state.label for state in program.states}
    given = {source.name for source in program.given}

    def named(name: str) -> str:
        if name in old:
            return f"step.old[{old[name]!r}]"
        if name in given:
            return f"real({name!r})"
        if name not in program.node:
            raise Unspoken(f"{name} in a slope")
        return f"step.value[{name!r}]"

    return term(expr, named)


def _truncated(program: Program, state: State) -> list[Fact]:
    """What the truncated flow keeps."""
    try:
        kept = carousel(program, state.label)
    except NotElementwise:
        return []
    spelled = _in_a_step(kept, program)
    text = f"truncated, d {state.label}(t)/d {state.label}(t-1) is {expression_text(kept, program)}"
    return [Fact("equal", text, (f"carousel(cut, {state.label!r}, 1)", spelled))]


@dataclass(frozen=True)
class Kept:
    """The gate that is a state's carousel, or of which 1 less is it, and its bias."""

    gate: str
    directly: bool
    bias: str


def memory_evidence(
    program: Program, state: State, kept: Kept, shown: Sequence[tuple[int, str, str, str]]
) -> Evidence | None:
    """The factor of a step, half-life and time constant at biases, as many digits as are `shown`."""
    factor = Ref(kept.gate) if kept.directly else Apply("sub", (ONE, Ref(kept.gate)))
    try:
        defined_everywhere(program)
        entries: list[str | Fact] = [*_cells(program), "step = cell(0)"]
        spelled = _in_a_step(factor, program)
    except NO_SCRIPT:
        return None
    entries.append(f"factor, bias = {spelled}, real({kept.bias!r})")
    entries.append(Fact("equal", f"carousel({state.label})", (f"carousel(cut, {state.label!r}, 1)", "factor")))
    entries.append("factor = factor.xreplace({each: sp.Integer(0) for each in factor.free_symbols - {bias}})")
    for value, *digits in shown:
        if any("e" in each for each in digits):
            return None
        entries.append(f"at = factor.xreplace({{bias: sp.Integer({value})}})")
        numbers = "at", "L(R(1, 2))/L(at)", "1/(1 - at)"
        for what, number, each in zip(("a step", "half-life", "time constant"), numbers, digits, strict=True):
            entries.append(Fact("rounds", f"{kept.bias} = {value}: {what} {each}", (number, repr(each))))
    return Evidence(tuple(entries))


def same_evidence(
    read: tuple[CellValues, ...], numbers: tuple[Mapping[str, Fraction], ...], returned: Sequence[str]
) -> Evidence | None:
    """That two cells return equal values after a step from equal states."""
    titles = ("cell", "cut")
    try:
        for each in read:
            defined_everywhere(each.program)
        texts = [CellText(title, each.program, each, new_symbols()) for title, each in zip(titles, read, strict=True)]
        entries: list[str | Fact] = [line for text in texts for line in text.lines]
    except NO_SCRIPT:
        return None
    for name, value in {**numbers[0], **numbers[1]}.items():
        entries.append(f"UNDER[real({name!r})] = R({value.numerator}, {value.denominator})")
    outputs = [{each.label: each.value for each in values.program.outputs} for values in read]
    for label in returned:
        sides = [f"{title}(0).value[{found[label]!r}]" for title, found in zip(titles, outputs, strict=True)]
        entries.append(Fact("equal", f"{label} of one is {label} of the other", (sides[0], sides[1])))
    return Evidence(tuple(entries), (STEPS,))
