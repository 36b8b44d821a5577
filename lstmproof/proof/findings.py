"""Findings: what is established of a cell with no claim asked, for each of its states.

The carousel and its range; the strongest of a few bounds, or networks that pass every bound; what the full error flow
adds to the truncated one; half-life and time constant of a gate at given biases. All by exact algebra, without
a solver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from time import process_time

from flint import arb, ctx

from lstmproof.calculus.carousel import carousel
from lstmproof.calculus.elementwise import NotElementwise
from lstmproof.language.claims import Assumption, Claim, Role
from lstmproof.language.definition import Definition
from lstmproof.language.formula import Compare
from lstmproof.program.build import add, mul, number
from lstmproof.program.expr import ONE, Apply, Expr, Number, Ref, walk
from lstmproof.program.nodes import Pointwise, Program, State
from lstmproof.program.notation import decimal
from lstmproof.program.printing import expression_text
from lstmproof.proof.errorflow import full_flow, rebound, told_apart
from lstmproof.proof.finding_claims import TIME, Edge, bound_claim, carousel_claim, start, unbounded_claim
from lstmproof.proof.gate_bias import gate_bias
from lstmproof.proof.outcome import Proof, described
from lstmproof.proof.replay.bounds import bound_evidence, within_evidence
from lstmproof.proof.replay.evidence import Evidence, heading
from lstmproof.proof.replay.flows import Kept, flow_evidence, memory_evidence
from lstmproof.proof.replay.growth import growth_evidence
from lstmproof.proof.replay.statements import with_evidence
from lstmproof.proof.symbolic.decide import compared_evidence
from lstmproof.proof.symbolic.invariants import Setting, constant_families, growing, is_within, shown, stays_within
from lstmproof.proof.symbolic.witness import unbounded
from lstmproof.verdict import Result


def ceiling_of(program: Program) -> str:
    """The name of an assumed bound on a gate: F, unless the cell has a value of that name."""
    labels = {state.label for state in program.states}
    taken = {each.partition(".")[0] for each in (*program.axes, *labels)}
    return next(name for name in ("F" + "_" * count for count in range(len(taken) + 1)) if name not in taken)


@dataclass(frozen=True)
class Finding:
    """A result, and the claim that says the same where there is one."""

    result: Result
    claim: Claim | None = None


def findings(definition: Definition, *, seconds: float) -> list[Finding]:
    """What is established of each state of a cell; what is not shown in time is undecided."""
    results: list[Finding] = []
    until = process_time() + seconds
    defined = _is_defined(definition)
    for state in definition.program.states:
        for find in _FINDERS:
            started = process_time()
            for name, found in find(definition, state, until):
                told = found if defined else replace(found, reading="", reason=UNDEFINED)
                results.append(_finding(definition, f"{name}_{state.label}", told, started))
                started = process_time()
    return results


def _is_defined(definition: Definition) -> bool:
    """Whether every value of the cell is shown to be defined at every step."""
    parts = [part for node in definition.program.nodes if isinstance(node, Pointwise) for part in walk(node.expr)]
    if not any(isinstance(part, Apply) and part.function in {"div", "log", "sqrt", "pow"} for part in parts):
        return True
    return shown(bare_claim(definition), definition, lambda step: step.is_defined)


NOT_FOUND = "no bound of the families tried, and no growing networks, were found"
UNDEFINED = "the cell divides, or takes a logarithm or a root, where it is not shown that it may"


@dataclass(frozen=True)
class Found:
    """One finding."""

    statement: str
    reading: str = ""
    """How it is shown; empty if it is not."""
    assumptions: tuple[str, ...] = ()
    claim: Claim | None = None
    """The same as a claim; None if it is none."""
    evidence: Evidence | None = None
    """What a script of it decides; None if there is none."""
    reason: str = NOT_FOUND
    """Why it is not shown."""


Finder = Callable[[Definition, State, float], Iterator[tuple[str, Found]]]


def _finding(definition: Definition, name: str, found: Found, started: float) -> Finding:
    result = _result(definition, name, found, started)
    claim = found.claim and replace(found.claim, name=result.id, text=found.statement)
    return Finding(result, claim if found.reading else None)


def _result(definition: Definition, name: str, found: Found, started: float) -> Result:
    defaults = tuple(f"{each.name} = {decimal(each.default) or each.default}" for each in definition.constants.values())
    shown_it = bool(found.reading)
    proof = _proof(definition, name, found) if shown_it else None
    return Result(
        id=f"finding.{name}",
        kind="finding",
        line=definition.line,
        statement=found.statement,
        verdict="proved" if shown_it else "undecided",
        method="symbolic" if shown_it else "",
        quantifiers=(found.claim or bare_claim(definition)).quantifiers,
        assumptions=(*found.assumptions, *defaults),
        proof={"method": "symbolic"} | described(proof) if proof else None,
        files=proof.files if proof else {},
        reason="" if shown_it else found.reason,
        seconds=process_time() - started,
    )


def _proof(definition: Definition, name: str, found: Found) -> Proof:
    """The proof of a finding, with its script."""
    claim = replace(found.claim or bare_claim(definition), text=found.statement)
    said = replace(heading(claim, (definition,), found.reading), id=f"finding.{name}")
    assumed = tuple(dict.fromkeys((*found.assumptions, *said.assumptions)))
    return with_evidence(replace(said, assumptions=assumed), found.evidence)


def bare_claim(
    definition: Definition, assumptions: tuple[Assumption, ...] = (), roles: Mapping[str, Role] | None = None
) -> Claim:
    """A claim that says nothing, about a cell whose constants are at their defaults."""
    return Claim(
        name="finding",
        kind="claim",
        cell=definition.name,
        doc="",
        file=definition.file,
        line=definition.line,
        digest=definition.digest,
        arguments=roles or {},
        assumptions=assumptions,
        conclusion=Compare("==", ONE, ONE),
        text="",
        defaults={name: each.default for name, each in definition.constants.items()},
    )


INDUCTION = "it holds at t = 0, and passes from each step to the next"


def _carousel(definition: Definition, state: State, until: float) -> Iterator[tuple[str, Found]]:
    """ds(t)/ds(t-1) in the truncated flow, and between which numbers it lies."""
    name = state.label
    try:
        factor = carousel(definition.program, name)
        legible = told_apart(definition.program, definition.lines)
        text = expression_text(carousel(legible, name), legible)
    except NotElementwise as mixed:
        yield "carousel", Found(f"carousel({name}) is no factor for each unit", f"{mixed}")
        return
    low, high = _edges(definition, factor)
    within = "" if isinstance(factor, Number) else f", {_range(low, high)}"
    reading = "the derivative of the cut system by the chain rule, one table function at a time"
    claim = carousel_claim(bare_claim(definition), definition, name, factor, low, high)
    evidence = compared_evidence(claim, definition, until) if claim else None
    yield "carousel", Found(f"carousel({name}) = {text}{within}", reading, claim=claim, evidence=evidence)


def _edges(definition: Definition, factor: Expr) -> tuple[Edge | None, Edge | None]:
    """Numbers between which a carousel lies, as far as shown; none if it is a number."""
    if isinstance(factor, Number):
        return None, None
    return _edge(definition, factor, (1, 0, -1, -2), 1), _edge(definition, factor, (0, 1, 2, 4), -1)


def _range(low: Edge | None, high: Edge | None) -> str:
    """An interval, as far as it is known."""
    left = f"{'(' if low[1] else '['}{low[0]}" if low else "(-oo"
    right = f"{high[0]}{')' if high[1] else ']'}" if high else "oo)"
    return f"in {left}, {right}" if low or high else "with no range shown"


def _edge(definition: Definition, factor: Expr, candidates: tuple[int, ...], sign: int) -> Edge | None:
    """The first candidate that the factor is shown to lie above (or below, with sign -1), and whether strictly."""
    for value, strict in product(candidates, (True, False)):

        def lies(step: Setting, value: int = value, strict: bool = strict) -> bool:
            found, edge = step.values.of(factor) * sign, step.reals.rational(value * sign)
            return step.is_at_least(found, edge, strict=strict) and step.is_defined

        if shown(bare_claim(definition), definition, lies):
            return value, strict
    return None


def _bounds(definition: Definition, state: State, until: float) -> Iterator[tuple[str, Found]]:
    """The strongest bound that is shown; or networks that pass every bound, and what bounds there are nevertheless."""
    name, claim = state.label, bare_claim(definition)
    for most, strict in product((1, 2, 4), (True, False)):
        if is_within(claim, definition, state.new, Fraction(most), strict=strict):
            sign = "<" if strict else "<="
            bound = bound_claim(claim, definition, name, "<" if strict else "<=", number(most))
            reading = "one step shows it, whatever the state before"
            evidence = within_evidence(claim, definition, state.new, Fraction(most), strict=strict)
            yield "bound", Found(f"|{name}(t)| {sign} {most}", reading, claim=bound, evidence=evidence)
            return
    for family in constant_families(definition, claim):
        if process_time() < until and stays_within(claim, definition, state, family.bound):
            bound = bound_claim(claim, definition, name, "<=", _maximum(name, family.limit))
            evidence = bound_evidence(claim, definition, state, family.bound)
            yield "bound", Found(family.text.format(s=name), INDUCTION, claim=bound, evidence=evidence)
            return
    growth = unbounded(claim, definition, name, until)
    if growth:
        told, stated = f"no number bounds {name} for all weights and inputs", unbounded_claim(claim, definition, name)
        evidence = growth_evidence(claim, definition, growth)
        yield "bound", Found(told, growth.reading, claim=stated, evidence=evidence)
    else:
        yield "bound", Found(f"a bound of {name}")
    yield from _weaker_bounds(definition, state, until)


def _weaker_bounds(definition: Definition, state: State, until: float) -> Iterator[tuple[str, Found]]:
    """|s(t)| <= |s(0)| + M t, and |s| <= max(|s(0)|, M / (1 - F)) where the gate is at most F < 1 at every step."""
    name = state.label
    for rate in (1, 2, 4):
        if process_time() < until and stays_within(bare_claim(definition), definition, state, growing(Fraction(rate))):
            grown = "t" if rate == 1 else f"{rate} t"
            bound = bound_claim(
                bare_claim(definition), definition, name, "<=", add(start(name), mul(number(rate), TIME))
            )
            evidence = bound_evidence(bare_claim(definition), definition, state, growing(Fraction(rate)))
            yield "growth", Found(f"|{name}(t)| <= |{name}(0)| + {grown}", INDUCTION, claim=bound, evidence=evidence)
            break
    gate = _gate(definition.program, name)
    if gate is None:
        return
    claim = _under_a_ceiling(definition, *gate)
    text = claim.assumptions[-1].text
    ceiling = ceiling_of(definition.program)
    for family in constant_families(definition, claim):
        if (
            f"(1 - {ceiling})" in family.text
            and process_time() < until
            and stays_within(claim, definition, state, family.bound)
        ):
            bound = bound_claim(claim, definition, name, "<=", _maximum(name, family.limit))
            assumed = (text, f"0 < {ceiling} < 1")
            evidence = bound_evidence(claim, definition, state, family.bound)
            yield "geometric", Found(family.text.format(s=name), INDUCTION, assumed, bound, evidence=evidence)
            return


def _maximum(state: str, limit: Expr) -> Expr:
    """max(|s0|, limit)."""
    return Apply("maximum", (start(state), limit))


def _under_a_ceiling(definition: Definition, gate: str, kept: bool) -> Claim:
    """Hypotheses: what the gate keeps is at most F at every step, and F is between 0 and 1."""
    bound = ceiling_of(definition.program)
    ceiling, value = Ref(bound), Ref(gate)
    limit = Compare("<=", value, ceiling) if kept else Compare(">=", value, Apply("sub", (ONE, ceiling)))
    text = f"{gate} <= {bound} at every step" if kept else f"{gate} >= 1 - {bound} at every step"
    roles: dict[str, Role] = {bound: "free", gate: "value"}
    assumptions = (
        Assumption(Compare(">", ceiling, number(0)), False, f"{bound} > 0", definition.line),
        Assumption(Compare("<", ceiling, ONE), False, f"{bound} < 1", definition.line),
        Assumption(limit, True, text, definition.line),
    )
    return bare_claim(definition, assumptions, roles)


def _gate(program: Program, label: str) -> tuple[str, bool] | None:
    """The gate that is the carousel of a state (True), or that it is 1 less (False); none whose name is bound again."""
    try:
        factor = carousel(program, label)
    except NotElementwise:
        return None
    match factor:
        case Ref(name):
            pass
        case Apply("sub", (left, Ref(name))) if left == ONE:
            pass
        case _:
            return None
    node = program.node.get(name)
    is_gate = isinstance(node, Pointwise) and isinstance(node.expr, Apply) and node.expr.function == "sigmoid"
    is_named = name.isidentifier() and name not in rebound(program)
    return (name, isinstance(factor, Ref)) if is_gate and is_named else None


def _flow(definition: Definition, state: State, until: float) -> Iterator[tuple[str, Found]]:
    """What an error at s(t) hands back to s(t-1) in either flow, and to the other states."""
    del until
    legible = told_apart(definition.program, definition.lines)
    reading = "the chain rule, node by node, contractions apart"
    yield "flow", Found(full_flow(legible, state), reading, evidence=flow_evidence(legible, state))


def _memory(definition: Definition, state: State, until: float) -> Iterator[tuple[str, Found]]:
    """Half-life log(1/2) / log f and time constant 1 / (1 - f) of a gate at biases 0, 1 and 2, net inputs being 0."""
    del until
    gate = _gate(definition.program, state.label)
    added = gate_bias(definition.program, gate[0]) if gate else None
    if gate is None or added is None:
        return
    bias, sign = added[0], added[1] if gate[1] else -added[1]
    told, shown_as = [], []
    with ctx.workprec(128):
        for value in (0, 1, 2):
            factor = 1 / (1 + (-arb(value)).exp())
            half, scale = arb(0.5).log() / factor.log(), 1 / (1 - factor)
            digits = _digits(factor), _digits(half), _digits(scale)
            shown_as.append((sign * value, *digits))
            told.append(
                f"{bias} = {sign * value}: {digits[0]} a step, half-life {digits[1]}, time constant {digits[2]}"
            )
    power = bias if sign > 0 else f"-{bias}"
    reading = f"half-life log(1/2) / log f, time constant 1 / (1 - f) = 1 + e^({power}), by ball arithmetic"
    evidence = memory_evidence(definition.program, state, Kept(*gate, bias), shown_as)
    assumed = ("all other terms of the gate's net input are 0",)
    yield "memory", Found("; ".join(told), reading, assumed, evidence=evidence)


def _digits(ball: arb) -> str:
    text: str = ball.str(4, radius=False)
    return text.removesuffix(".0")


_FINDERS: tuple[Finder, ...] = (_carousel, _bounds, _flow, _memory)
