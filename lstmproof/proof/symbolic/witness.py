"""Networks that pass every bound: one unit, concrete biases, all else 0 (or all 1), whose growth is proved.

Biases are log 3 or -log 3, so that sigma of them is 3/4 or 1/4 and tanh 4/5 or -4/5, exactly. Either the state gains
at least a fixed amount at every step; or one bias is log((1 - d) / d), so that its gate is 1 - d, and the state after
N steps with d = 1 / (2 N) has passed a N / 2: s(t) >= a t (1 - t d) passes from each step to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from itertools import product
from time import process_time

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.formula import And, Compare, Formula
from lstmproof.program.expr import ONE, ZERO, Apply, Expr, Number, Ref, Size, walk
from lstmproof.program.nodes import Contract, Node, Pointwise, Program, State
from lstmproof.proof.exact import Element
from lstmproof.proof.symbolic.invariants import Setting, fixed, shown
from lstmproof.proof.symbolic.meaning import EARLIER_STEPS
from lstmproof.proof.symbolic.normal import NoNormalForm

RATES = (Fraction(1, 4), Fraction(1, 25))
MOST_BIASES = 5
"""Biases whose signs are all tried; with more of them, positive ones alone."""

OPEN, SHUT, NEARLY = "log 3", "-log 3", "log((1 - d)/d)"
HORIZON = "number of steps but one"
SIZE, EXCESS = "size of the state", "excess of the state"


@dataclass(frozen=True)
class Family:
    """What each parameter that acts unit by unit is, by name; all other parameters and the inputs are 0."""

    values: Mapping[str, str]

    def text(self, gap: str) -> str:
        """Those that are not 0; `gap` is what a gate that is nearly open leaves."""
        told = {NEARLY: f"log((1 - {gap})/{gap})"}
        return ", ".join(f"{name} = {told.get(value, value)}" for name, value in self.values.items() if value != "0")


@dataclass(frozen=True)
class Growth:
    """Networks in which a state passes every number, from a state of zeros on."""

    label: str
    family: Family
    sign: int
    """1 if the state grows, -1 if it falls."""
    rate: Fraction
    """What the state, or its opposite, gains at every step, beside the part d of itself that is lost."""

    @property
    def reading(self) -> str:
        """The networks, and how the state grows in them."""
        side, rate = self.label if self.sign > 0 else f"-{self.label}", self.rate
        t, d, n = (self._letter(wanted) for wanted in "tdN")
        if NEARLY in self.family.values.values():
            carried = f"{side} >= {rate} {t} (1 - {t} {d}) passes from each step to the next"
            grows = f"{carried}, so that {side}({n}) >= {rate / 2} {n} for {d} = 1/(2 {n})"
        else:
            grows = f"{side} gains at least {rate} at every step from {side} >= 0 on, so that {side} >= {rate} {t}"
        return f"one unit, {self.family.text(d)}, all other weights, inputs and initial states 0: {grows}"

    def _letter(self, wanted: str) -> str:
        """A letter that the author has given to nothing that the reading names."""
        while wanted in (self.label, *self.family.values):
            wanted += "'"
        return wanted


def unbounded(claim: Claim, definition: Definition, label: str, until: float) -> Growth | None:
    """Why no number bounds a state: the networks that pass each; None if none were found."""
    state = next((each for each in definition.program.states if each.label == label), None)
    if state is None:
        return None
    small = replace(definition, program=one_unit(definition.program))
    for family in _families(definition, claim):
        for sign in (1, -1):
            if process_time() > until:
                return None
            rate = _rate(claim, small, state, family, sign)
            if rate is not None:
                return Growth(label, family, sign, rate)
    return None


def one_unit(program: Program) -> Program:
    """The cell with one unit along every axis: a sum of products is one product."""
    nodes: list[Node] = []
    for node in program.nodes:
        if isinstance(node, Contract):
            factors: list[Expr] = [Ref(factor.name) for factor in node.factors]
            nodes.append(Pointwise(node.out, (), reduce(lambda one, other: Apply("mul", (one, other)), factors)))
        else:
            nodes.append(Pointwise(node.out, (), _sized(node.expr)))
    return replace(
        program,
        nodes=tuple(nodes),
        inputs=tuple(replace(each, axes=()) for each in program.inputs),
        parameters=tuple(replace(each, axes=()) for each in program.parameters),
        constants=tuple(replace(each, axes=()) for each in program.constants),
        states=tuple(replace(each, axes=()) for each in program.states),
    )


def _sized(expr: Expr) -> Expr:
    match expr:
        case Size():
            return ONE
        case Apply(function, arguments):
            return Apply(function, tuple(_sized(argument) for argument in arguments))
        case _:
            return expr


def _families(definition: Definition, claim: Claim) -> Iterator[Family]:
    """Biases of one sign, one of them perhaps nearly open, before all patterns of signs; weights that are 1 last."""
    assumed = _assumed(claim)
    biases = [name for name in _added(definition.program) if name not in assumed]
    plain = {name: "0" for name in definition.parameters if name not in assumed} | assumed
    signs_each = (OPEN, SHUT) if len(biases) <= MOST_BIASES else (OPEN,)
    for signs in product(signs_each, repeat=len(biases)):
        chosen = dict(zip(biases, signs, strict=True))
        yield Family({**plain, **chosen})
        for name in biases:
            yield Family({**plain, **chosen, name: NEARLY})
    yield Family({**dict.fromkeys(plain, "1"), **assumed, **dict.fromkeys(definition.inputs, "1")})


def _added(program: Program) -> list[str]:
    """Parameters that act unit by unit and are no factor of a product: biases."""
    summed = {name for node in program.nodes if isinstance(node, Contract) for name in node.operands}
    factors = {
        part.name
        for node in program.nodes
        if isinstance(node, Pointwise)
        for product_of in walk(node.expr)
        if isinstance(product_of, Apply) and product_of.function in ("mul", "div", "pow")
        for part in product_of.arguments
        if isinstance(part, Ref)
    }
    return [each.name for each in program.parameters if each.name not in summed | factors]


def _assumed(claim: Claim) -> dict[str, str]:
    """Parameters that the hypotheses set to a number."""
    found: dict[str, str] = {}
    for assumption in claim.assumptions:
        match assumption.formula:
            case Compare("==", Ref(name), Number(value)) if claim.arguments.get(name) == "parameter":
                found[name] = str(value)
    return found


def _rate(claim: Claim, small: Definition, state: State, family: Family, sign: int) -> Fraction | None:
    """How fast the state grows in a family of networks; None if that is not shown."""
    own = next(each for each in small.program.states if each.label == state.label)
    for rate in RATES:

        def grows(step: Setting, rate: Fraction = rate) -> bool:
            new, least = after_a_step(step, small, own, family, sign, rate)
            return hypotheses_hold(claim, step, small) and step.is_at_least(new, least) and step.is_defined

        if shown(bare(claim), small, grows):
            return rate
    return None


def after_a_step(
    step: Setting, small: Definition, own: State, family: Family, sign: int, rate: Fraction
) -> tuple[Element, Element]:
    """The state, or its opposite, after a step of the family's networks, and what it is at least if it grows."""
    if NEARLY not in family.values.values():
        size = step.nonnegative(SIZE)
        _fill(step, small, family, {own.old: size * sign}, None)
        return step.values.value(own.new) * sign, size + rate
    gap = 1 / ((step.nonnegative(HORIZON) + 1) * 2)
    before = step.nonnegative(EARLIER_STEPS)
    old = before * rate * (1 - before * gap) + step.nonnegative(EXCESS)
    _fill(step, small, family, {own.old: old * sign}, gap)
    return step.values.value(own.new) * sign, (before + 1) * rate * (1 - (before + 1) * gap)


def bare(claim: Claim) -> Claim:
    """The claim without hypotheses, which are checked on the networks instead of being used."""
    return replace(claim, assumptions=())


def _fill(step: Setting, small: Definition, family: Family, old: Mapping[str, Element], gap: Element | None) -> None:
    """Put the family's numbers in place of parameters and inputs, and the old states."""
    reals = step.reals
    given: dict[str, Callable[[str], Element]] = dict(step.values.given)
    numbers = {name: family.values.get(name, "0") for name in (*small.parameters, *small.inputs)}
    for name, value in numbers.items():
        match value:
            case "log 3" | "-log 3":
                given[name] = _standing(reals.log(reals.rational(3)) * (1 if value == OPEN else -1))
            case "log((1 - d)/d)" if gap is not None:
                given[name] = _standing(reals.log((1 - gap) / gap))
            case _:
                given[name] = fixed(reals, Fraction(value))
    for name, element in old.items():
        given[name] = _standing(element)
    step.values.given = given


def _standing(element: Element) -> Callable[[str], Element]:
    return lambda _: element


def hypotheses_hold(claim: Claim, step: Setting, small: Definition) -> bool:
    """Whether every hypothesis is shown at a step of the network, initial states being 0."""
    initial = {f"{label}0": ZERO for label in small.states}
    return all(_holds(assumption.formula, step, initial) for assumption in claim.assumptions)


def _holds(formula: Formula, step: Setting, initial: Mapping[str, Expr]) -> bool:
    match formula:
        case And(parts):
            return all(_holds(part, step, initial) for part in parts)
        case Compare(relation, left, right):
            try:
                a, b = (step.meaning.of(started(side, initial)) for side in (left, right))
            except NoNormalForm:
                return False
            if relation == "==":
                return a == b
            if relation == "!=":
                return step.is_at_least(a, b, strict=True) or step.is_at_least(b, a, strict=True)
            low, high = (a, b) if relation in ("<", "<=") else (b, a)
            return step.is_at_least(high, low, strict=relation in ("<", ">"))
    return False


def started(expr: Expr, initial: Mapping[str, Expr]) -> Expr:
    """An expression with the initial states put in."""
    match expr:
        case Ref(name) if name in initial:
            return initial[name]
        case Apply(function, arguments):
            return Apply(function, tuple(started(argument, initial) for argument in arguments))
        case _:
            return expr
