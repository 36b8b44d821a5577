"""Findings as claims, for provers that take claims: what is found of a state, in the language of statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from lstmproof.language.claims import Claim, Role
from lstmproof.language.definition import Definition
from lstmproof.language.formula import And, Bounded, Compare, Formula, Not, Relation, terms
from lstmproof.program.build import number
from lstmproof.program.expr import Apply, Expr, Number, Ref, substitute, walk
from lstmproof.proof.errorflow import rebound

Edge = tuple[int, bool]
"""A number that something lies above, or below, and whether strictly."""

TIME = Ref("t")


def carousel_claim(
    bare: Claim, definition: Definition, state: str, factor: Expr, low: Edge | None = None, high: Edge | None = None
) -> Claim | None:
    """carousel(state) == factor, and low < factor < high; None if the factor has no form in a claim."""
    found = Apply("carousel", (Ref(state), Number(Fraction(1))))
    parts: list[Formula] = [Compare("==", found, factor)]
    if low is not None:
        parts.append(Compare(">" if low[1] else ">=", factor, number(low[0])))
    if high is not None:
        parts.append(Compare("<" if high[1] else "<=", factor, number(high[0])))
    return _stated(bare, definition, And(tuple(parts)) if len(parts) > 1 else parts[0])


def bound_claim(bare: Claim, definition: Definition, state: str, relation: Relation, limit: Expr) -> Claim | None:
    """|state| <= limit, or < limit."""
    return _stated(bare, definition, Compare(relation, Apply("abs", (Ref(state),)), limit))


def unbounded_claim(bare: Claim, definition: Definition, state: str) -> Claim | None:
    """not bounded(state)."""
    role = _role(definition, state)
    return None if role is None else replace(bare, arguments={state: role}, conclusion=Not(Bounded(state)))


def start(state: str) -> Expr:
    """|s(0)|."""
    return Apply("abs", (Ref(f"{state}0"),))


def _stated(bare: Claim, definition: Definition, conclusion: Formula) -> Claim | None:
    """A claim of that conclusion, constants of the cell at their defaults; None if a name in it means two things."""
    conclusion = _with_values(conclusion, bare.defaults)
    formulas = [*(assumption.formula for assumption in bare.assumptions), conclusion]
    roles: dict[str, Role] = dict(bare.arguments)
    for expr in (expr for formula in formulas for expr in terms(formula)):
        for name in _names(expr):
            role = roles.get(name) or _role(definition, name)
            if role is None:
                return None
            roles[name.partition("[t-")[0] if role == "state" else name] = role
    return replace(bare, arguments=roles, conclusion=conclusion)


def _names(expr: Expr) -> list[str]:
    """What an expression speaks of, a carousel's state too."""
    return [part.name for part in walk(expr) if isinstance(part, Ref)]


def _role(definition: Definition, name: str) -> Role | None:
    """What a name of the Program, an initial state or the time is to a claim; None if it is two things, or unknown."""
    program = definition.program
    labels = [state.label for state in program.states]
    spoken: list[tuple[str, Role]] = [(TIME.name, "time")]
    spoken += [(each, "state") for state in program.states for each in (state.label, state.old)]
    spoken += [(f"{label}0", "initial") for label in labels]
    spoken += [(source.name, "input") for source in program.inputs]
    spoken += [(source.name, "parameter") for source in program.parameters]
    spoken += [(node.out, "value") for node in program.nodes if node.out not in labels]
    found = [role for each, role in spoken if each == name]
    return found[0] if len(found) == 1 and name not in rebound(program) else None


def _with_values(formula: Formula, values: Mapping[str, Fraction]) -> Formula:
    """The formula with numbers in place of constants."""

    def put(ref: Ref) -> Expr:
        return Number(values[ref.name]) if ref.name in values else ref

    match formula:
        case Compare(relation, left, right):
            return Compare(relation, substitute(left, put), substitute(right, put))
        case And(parts):
            return And(tuple(_with_values(part, values) for part in parts))
    return formula
