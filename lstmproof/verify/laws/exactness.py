"""Deciding the symbolic law for a cell: proved, refuted at a rational point, or undecided."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy
from flint import ctx

from lstmproof.language.definition import Definition
from lstmproof.language.table import FUNCTIONS, Function
from lstmproof.program.expr import Apply, walk
from lstmproof.program.nodes import Pointwise
from lstmproof.proof.exact import Field, FieldExhausted
from lstmproof.readings.dual import Dual
from lstmproof.verdict import Result
from lstmproof.verify.laws.symbolic import FLOWS, UNITS, Identity, identities
from lstmproof.verify.onestep import FromSympy, Unknown

STATEMENT = (
    "one step of the adjoint, and of the truncated one, is SymPy's derivative of the body, as an identity of rational "
    f"functions with every function value a variable of its own, at {UNITS} units along each axis"
)


@dataclass(frozen=True)
class _Outcome:
    """How many identities were checked, and the first that was not shown."""

    checked: int
    failed: Identity | None = None


def decide_symbolic(definition: Definition, replay: str) -> Result:
    """The result of the symbolic law for a cell."""
    started = time.perf_counter()
    result = Result(
        id="law.symbolic",
        kind="law",
        line=definition.line,
        statement=STATEMENT,
        verdict="proved",
        method="symbolic",
        quantifiers="for all real inputs, states, weights and cotangents",
        assumptions=_assumptions(definition),
        replay=replay,
    )
    try:
        result = replace(result, **_verdict(_outcome(definition)))
    except (FieldExhausted, Unknown, ZeroDivisionError) as reason:
        result = replace(result, verdict="undecided", reason=str(reason))
    return replace(result, seconds=time.perf_counter() - started)


def _assumptions(definition: Definition) -> tuple[str, ...]:
    """What the identities leave out."""
    kinked = [row.name for row in rows_in_use(definition) if row.kinks]
    return (f"away from the kinks of {', '.join(kinked)}",) if kinked else ()


def _outcome(definition: Definition) -> _Outcome:
    checked = 0
    for identity in every_identity(definition):
        checked += 1
        if not identity.holds:
            return _Outcome(checked, identity)
    return _Outcome(checked)


def every_identity(definition: Definition) -> Iterator[Identity]:
    """The rows that the cell applies, then one step of its adjoint in both flows."""
    for row in rows_in_use(definition):
        yield from check_row(row)
    for flow in FLOWS:
        yield from identities(definition, flow)


def _verdict(outcome: _Outcome) -> dict[str, Any]:
    """The fields of the result that say how it came out."""
    if outcome.failed is None:
        if not outcome.checked:
            return {"verdict": "undecided", "reason": "nothing was compared"}
        return {"verdict": "proved", "comparisons": outcome.checked}
    what = outcome.failed.what
    found: dict[str, Any] = {"comparisons": outcome.checked}
    point = disproof(outcome.failed)
    if point is None:
        return found | {"verdict": "undecided", "reason": f"{what}: not shown to be an identity"}
    facts = {"compared": what} | {name: str(value) for name, value in point.items()}
    return found | {"verdict": "refuted", "reason": f"{what} is not SymPy's derivative", "counterexample": facts}


def rows_in_use(definition: Definition) -> tuple[Function, ...]:
    """The rows of the function table that a cell applies."""
    expressions = (node.expr for node in definition.program.nodes if isinstance(node, Pointwise))
    used = {part.function for expr in expressions for part in walk(expr) if isinstance(part, Apply)}
    return tuple(row for row in FUNCTIONS.values() if row.name in used)


_Z, _W = sympy.symbols("z w", real=True)


def _parsed(text: str, **words: Any) -> sympy.Expr:
    return sympy.sympify(text, locals={**words, "z": _Z, "w": _W})


def check_row(row: Function) -> Iterator[Identity]:
    """A row's stated derivatives against SymPy's derivatives of its formula: as identities, or piece by piece.

    The rows with kinks are polynomial on each piece; there the two are compared at a rational point of every piece.
    """
    formulas = {each.name: sympy.Lambda(_Z, _parsed(each.formula)) for each in FUNCTIONS.values() if each.arity == 1}
    formula = _parsed(row.formula)
    for symbol, text in zip((_Z, _W), row.derivative, strict=False):
        stated = _parsed(text, y=formula, **formulas)
        exact = sympy.diff(formula, symbol)
        for point in pieces(row):
            convert = FromSympy(Field(256), {})
            at = f" at {point}" if point else ""
            derived, evaluated = (convert(sympy.sympify(each).subs(point).doit()) for each in (exact, stated))
            yield Identity(f"{row.name}: its derivative by {symbol}{at}", derived, evaluated)


def pieces(row: Function) -> Iterator[dict[sympy.Symbol, sympy.Rational]]:
    """A rational point in every piece between the kinks, which are affine in z; one empty point if there are none."""
    if not row.kinks:
        yield {}
        return
    for other in (sympy.Rational(-7, 3), sympy.Rational(5, 4)):
        at = {_W: other}
        roots = sorted({sympy.solve(_parsed(kink).subs(at), _Z)[0] for kink in row.kinks})
        between = [(a + b) / 2 for a, b in pairwise(roots)]
        for value in (roots[0] - sympy.Rational(11, 7), *between, roots[-1] + sympy.Rational(13, 9)):
            yield {_Z: value, **at}


def disproof(identity: Identity) -> dict[str, Fraction] | None:
    """Symbol values at which ball arithmetic shows the two sides to differ; None if it shows no such thing."""
    values: dict[str, Fraction] = {}

    def value(name: str) -> Fraction:
        return values.setdefault(name, Fraction(1 + 7 * len(values) % 13, 11) * (-1) ** len(values))

    functions = {name: _on_ball(row.ball) for name, row in FUNCTIONS.items()}
    difference = identity.derived - identity.evaluated
    with ctx.workprec(256):
        found = difference.field.enclose(difference, value, functions)
    return values if found.is_finite() and not found.contains(0) else None


def _on_ball(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *balls: function(*(Dual(ball) for ball in balls)).value
