"""What hypotheses say of single names: a value, bounds, not 0. In normal forms they become substitutions.

A number above l is l + p with p > 0; one between l and u is l + (u - l) p / (1 + p); one that equals e is e. Every
number that meets the hypothesis has that form, so that what is shown for all p is shown under the hypothesis. A
hypothesis of another form is not used, which is sound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Literal

from lstmproof.language.claims import Claim
from lstmproof.language.formula import And, Compare, Formula, Not, Relation
from lstmproof.program.expr import ONE, Apply, Expr, Number, Ref
from lstmproof.program.nodes import Pointwise, Program
from lstmproof.proof.exact import Element
from lstmproof.proof.symbolic.normal import Reals
from lstmproof.proof.symbolic.values import names_in, program_name, resolved

Signs = dict[str, Literal["positive", "nonnegative"]]
"""Symbols of known sign."""

Evaluate = Callable[[Expr], Element]

NEGATED: Mapping[Relation, Relation] = {"<": ">=", "<=": ">", "==": "!=", "!=": "==", ">=": "<", ">": "<="}
MIRRORED: Mapping[Relation, Relation] = {"<": ">", "<=": ">=", "==": "==", "!=": "!=", ">=": "<=", ">": "<"}


@dataclass(frozen=True)
class Edge:
    """One end of a range."""

    at: Expr
    strict: bool


@dataclass(frozen=True)
class Range:
    """What is assumed of one name."""

    equal: Expr | None = None
    lower: Edge | None = None
    upper: Edge | None = None
    nonzero: bool = False
    always: bool = False
    """Whether it holds at every step up to t."""
    moving: bool = False
    """Whether an end may differ from step to step; it is that of step t."""

    def reads(self, program: Program | None) -> frozenset[str]:
        """Names that its ends read, or are computed from."""
        ends = [self.equal, *(edge.at for edge in (self.lower, self.upper) if edge)]
        return frozenset().union(*(read_by(end, program) for end in ends if end is not None))


def read_by(end: Expr, program: Program | None) -> frozenset[str]:
    """Names that an expression reads, and those of the same step that the program computes them from."""
    found, pending = set[str](), set(names_in(end))
    while pending:
        name = pending.pop().partition("[t-")[0]
        if name not in found:
            found.add(name)
            node = program.node.get(name) if program else None
            pending.update(node.operands if node else ())
    return frozenset(found)


def negation(formula: Formula) -> Formula:
    """The negation, pushed down to comparisons."""
    match formula:
        case Compare(relation, left, right):
            return Compare(NEGATED[relation], left, right)
        case Not(inner):
            return inner
        case _:
            return Not(formula)


def ranges(claim: Claim, program: Program | None, computed: bool) -> dict[str, Range]:
    """What the hypotheses say of names, as the program calls them; of values that the cell computes if `computed`."""
    found: dict[str, Range] = {}
    for assumption in claim.assumptions:
        for formula in _conjuncts(assumption.formula):
            for name, relation, end in _about_names(formula):
                known = name if program is None else program_name(name, claim.arguments, program)
                at = end if program is None else resolved(end, claim.arguments, program)
                steady = _is_steady(known, claim, program)
                moving = not all(_is_steady(each, claim, program) for each in names_in(at))
                is_value = program is not None and known in program.node
                if (is_value and not computed) or (steady and moving and isinstance(at, Ref)):
                    continue  # `f <= phi` is kept as what it says of f
                everywhere = (steady and not moving) or (assumption.always and not _is_state(known, program))
                old = found.get(known, Range(always=everywhere))
                if old.always == everywhere:
                    found[known] = replace(narrowed(old, relation, at), moving=old.moving or moving)
    if program is not None:
        found = {name: _with_own_range(each, name, program) for name, each in found.items()}
    found = {name: each for name, each in found.items() if name not in each.reads(program)}
    implied = _implied(found, claim)
    return implied | {name: each for name, each in found.items() if name not in implied}


def _implied(known: Mapping[str, Range], claim: Claim) -> dict[str, Range]:
    """What ranges say of the free names that bound them: with 0 < f <= phi, 0 < phi."""
    found: dict[str, Range] = {}
    for own in known.values():
        if own.lower and own.upper:
            for edge, other, relation in ((own.upper, own.lower, ">"), (own.lower, own.upper, "<")):
                match edge.at, other.at:
                    case Ref(name), Number() if claim.arguments.get(name) == "free" and (edge.strict or other.strict):
                        said: Relation = ">" if relation == ">" else "<"
                        found[name] = narrowed(known.get(name, Range(always=True)), said, other.at)
    return found


def _is_steady(name: str, claim: Claim, program: Program | None) -> bool:
    """Whether it is the same at every step."""
    fixed = {source.name for source in program.fixed} if program else set()
    return name in fixed or name.startswith("norm(") or claim.arguments.get(name) in ("free", "initial")


def _is_state(name: str, program: Program | None) -> bool:
    """Whether it is a state: before step t it may be the initial one, of which `always` does not speak."""
    return program is not None and any(name == state.new for state in program.states)


def _conjuncts(formula: Formula) -> Iterator[Formula]:
    match formula:
        case And(parts):
            for part in parts:
                yield from _conjuncts(part)
        case Not(Compare() as inner):
            yield negation(inner)
        case _:
            yield formula


def _about_names(formula: Formula) -> Iterator[tuple[str, Relation, Expr]]:
    """`name relation end` for each name that stands alone on a side of a comparison, or inside |name| < end."""
    if not isinstance(formula, Compare):
        return
    relation = formula.relation
    for left, by, right in ((formula.left, relation, formula.right), (formula.right, MIRRORED[relation], formula.left)):
        match left:
            case Ref(name):
                yield name, by, right
            case Apply("norm", (Ref(tensor),)):
                yield f"norm({tensor})", by, right
            case Apply("abs", (Ref(name),)) if by in ("<", "<="):
                yield name, by, right
                yield name, MIRRORED[by], Apply("neg", (right,))


def narrowed(known: Range, relation: Relation, end: Expr) -> Range:
    """A range with one more hypothesis; the first of several lower, or upper, bounds is kept."""
    strict = relation in ("<", ">")
    match relation:
        case "==":
            return replace(known, equal=known.equal or end)
        case "!=":
            return replace(known, nonzero=known.nonzero or end == Number(ONE.value * 0))
        case ">" | ">=":
            return replace(known, lower=known.lower or Edge(end, strict))
        case "<" | "<=":
            return replace(known, upper=known.upper or Edge(end, strict))


_OWN: Mapping[str, tuple[int, int]] = {"sigmoid": (0, 1), "tanh": (-1, 1)}


def _with_own_range(known: Range, name: str, program: Program) -> Range:
    """A range with the ends that the value's own function gives it."""
    node = program.node.get(name)
    if isinstance(node, Pointwise) and isinstance(node.expr, Apply) and node.expr.function in _OWN:
        low, high = (Number(ONE.value * end) for end in _OWN[node.expr.function])
        return replace(known, lower=known.lower or Edge(low, True), upper=known.upper or Edge(high, True))
    if name.startswith("norm("):
        return replace(known, lower=known.lower or Edge(Number(ONE.value * 0), False))
    return known


Case = Mapping[str, int]
"""For names that are assumed not to be 0, their sign."""


def cases(known: Mapping[str, Range]) -> Iterator[Case]:
    """Every combination of signs of the names that are not 0; at most three names, the others as if unknown."""
    split = [name for name, each in known.items() if each.nonzero and each.equal is None][:3]
    split = [name for name in split if known[name].lower is None and known[name].upper is None]
    for signs in product((1, -1), repeat=len(split)):
        yield dict(zip(split, signs, strict=True))


@dataclass
class Substitutions:
    """Turns ranges into normal forms for one set of them, noting which of its symbols are positive."""

    reals: Reals
    ranges: Mapping[str, Range]
    case: Case
    evaluate: Evaluate
    known: Signs = field(default_factory=dict)
    program: Program | None = None

    def given(self) -> dict[str, Callable[[str], Element]]:
        """For each name with a range, what stands for it."""
        return {name: self._standing_for(own, self.case.get(name, 0)) for name, own in self.ordered()}

    def ordered(self) -> Iterator[tuple[str, Range]]:
        """Ranges whose ends read only names settled before; ends that do not are dropped."""
        settled: set[str] = set()
        for name, own in self.ranges.items():
            pending = (set(self.ranges) - settled) | {name}
            if own.equal is not None and read_by(own.equal, self.program) & pending:
                own = replace(own, equal=None)
            lower, upper = (
                None if edge and read_by(edge.at, self.program) & pending else edge for edge in (own.lower, own.upper)
            )
            settled.add(name)
            yield name, replace(own, lower=lower, upper=upper)

    def _standing_for(self, own: Range, sign: int) -> Callable[[str], Element]:
        def stand(timed: str) -> Element:
            """A sign of the case is that of step t: an earlier value may have the other."""
            if "[t-" in timed and (sign or own.moving or not own.always):
                return self.reals.symbol(timed)
            return self._element(own, sign, timed)

        return stand

    def _element(self, own: Range, sign: int, timed: str) -> Element:
        if own.equal is not None:
            return self.evaluate(own.equal)
        if sign:
            return self._fresh(f"|{timed}|", strict=True) * sign
        if own.lower is None and own.upper is None:
            return self.reals.symbol(timed)
        if own.upper is None or own.lower is None:
            edge, way = (own.lower, 1) if own.lower else (own.upper, -1)
            assert edge is not None
            return self.evaluate(edge.at) + self._fresh(f"distance of {timed}", strict=edge.strict) * way
        low, high = self.evaluate(own.lower.at), self.evaluate(own.upper.at)
        share = self._fresh(f"share of {timed}", strict=own.lower.strict and own.upper.strict)
        rest = self.reals.rational(1)
        if own.lower.strict and not own.upper.strict:
            return high - (high - low) * share / (share + 1)
        if not own.lower.strict and not own.upper.strict:
            rest = self._fresh(f"rest of {timed}", strict=False)
        return low + (high - low) * share / (share + rest)

    def _fresh(self, name: str, *, strict: bool) -> Element:
        self.known[name] = "positive" if strict else "nonnegative"
        return self.reals.symbol(name)
