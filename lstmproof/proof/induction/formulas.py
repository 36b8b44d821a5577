"""Formulas as polynomial facts: hypotheses in cases, conclusions in parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import prod

from lstmproof.language.formula import And, Bounded, Compare, Formula, Not, Or, Relation, Same
from lstmproof.program.expr import Expr
from lstmproof.proof.induction.facts import Branches, Fact, OutOfReach, above, at_least, equal, expand
from lstmproof.proof.induction.polynomial import Polynomial

Term = Callable[[Expr], Polynomial]

OPPOSITE: dict[Relation, Relation] = {"<": ">=", "<=": ">", "==": "!=", "!=": "==", ">=": "<", ">": "<="}

MOST_CASES = 8


def normal(formula: Formula, *, holds: bool = True) -> Formula:
    """The formula (or, if it is not to hold, its negation) with no `not` in it."""
    match formula:
        case Not(inner):
            return normal(inner, holds=not holds)
        case And(parts) | Or(parts):
            inner_parts = tuple(normal(part, holds=holds) for part in parts)
            return And(inner_parts) if isinstance(formula, And) == holds else Or(inner_parts)
        case Compare(relation, left, right):
            return formula if holds else Compare(OPPOSITE[relation], left, right)
        case Bounded() | Same():
            raise OutOfReach("a statement about all steps at once")


def hypotheses(formula: Formula, term: Term, branches: Branches, origin: str) -> tuple[tuple[Fact, ...], ...]:
    """Cases, of which one holds if the formula does: facts that hold together."""
    cases = [
        tuple(one for fact in case for one in expand(fact, branches)) for case in _cases(normal(formula), term, origin)
    ]
    if len(cases) > MOST_CASES:
        raise OutOfReach(f"a hypothesis of {len(cases)} cases")
    return tuple(cases)


def _cases(formula: Formula, term: Term, origin: str) -> list[tuple[Fact, ...]]:
    match formula:
        case Compare(relation, left, right):
            return [(_fact(relation, term(left), term(right), origin),)]
        case And(parts):
            choices = [_cases(part, term, origin) for part in parts]
            _demand_few(choices, "a hypothesis of {} cases")
            return [tuple(fact for case in chosen for fact in case) for chosen in product(*choices)]
        case Or(parts):
            return [case for part in parts for case in _cases(part, term, origin)]
    raise OutOfReach("a statement about all steps at once")


def _demand_few(choices: Sequence[Sequence[object]], said: str) -> None:
    """Raise OutOfReach if there are too many ways to choose, before any of them is made."""
    count = prod(len(each) for each in choices)
    if count > MOST_CASES:
        raise OutOfReach(said.format(count))


def _fact(relation: Relation, left: Polynomial, right: Polynomial, origin: str) -> Fact:
    match relation:
        case "<=":
            return at_least(right, left, origin)
        case "<":
            return above(right, left, origin)
        case ">=":
            return at_least(left, right, origin)
        case ">":
            return above(left, right, origin)
        case "==":
            return equal(left, right, origin)
        case "!=":
            return above((left - right) * (left - right), 0, origin)


Part = tuple[Fact, ...]
"""Alternatives: one of them is to be shown; what the others deny may be used."""


def conclusions(formula: Formula, term: Term, branches: Branches) -> tuple[Part, ...]:
    """What is to be shown: all parts."""
    parts = _parts(normal(formula), term)
    expanded = (
        [(one,) for one in expand(part[0], branches)] if len(part) == 1 else [part] for part in dict.fromkeys(parts)
    )
    return tuple(dict.fromkeys(part for group in expanded for part in group))


def _parts(formula: Formula, term: Term) -> list[Part]:
    match formula:
        case Compare("==", left, right):
            return [(at_least(term(left), term(right)),), (at_least(term(right), term(left)),)]
        case Compare("!=", left, right):
            return [(above(term(left), term(right)), above(term(right), term(left)))]
        case Compare(relation, left, right):
            return [(_fact(relation, term(left), term(right), ""),)]
        case And(inner):
            return [part for each in inner for part in _parts(each, term)]
        case Or(inner):
            choices = [_parts(each, term) for each in inner]
            _demand_few(choices, "a conclusion of {} parts")
            return [tuple(fact for part in chosen for fact in part) for chosen in product(*choices)]
    raise OutOfReach("a statement about all steps at once")


def denial(fact: Fact) -> Fact:
    """What holds where a conclusion (>= 0 or > 0) does not."""
    return Fact(-fact.polynomial, ">" if fact.sign == ">=" else ">=", "otherwise there is nothing to show")
