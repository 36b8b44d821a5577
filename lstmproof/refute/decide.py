"""Deciding a statement at one network, by balls: true, false, or not decided at this precision.

A comparison of two balls counts only where it holds of every pair of numbers in them. A ball without bounds, as of a
quotient whose divisor may be 0, leaves the whole statement undecided: what is not defined is neither true nor false.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any

import numpy as np
from flint import arb, ctx

from lstmproof.language.claims import Assumption, Claim
from lstmproof.language.formula import And, Bounded, Compare, Formula, Not, Or, Same, atoms
from lstmproof.readings.dual import Dual
from lstmproof.readings.named import AxisError, NamedArray, insertion, pointwise
from lstmproof.refute.arithmetic import Arithmetic, Balls, Beyond
from lstmproof.refute.exact import Form, Forms, equal, form
from lstmproof.refute.moments import Moments, Run, single
from lstmproof.refute.network import Network
from lstmproof.refute.terms import evaluate

LEAST_BITS, MOST_BITS = 64, 4096

OPEN = f"balls of {MOST_BITS} bits do not decide it"

EXACT_BITS = 256
"""What balls of this precision leave open may be an equality: exact forms are asked once."""

EXACT_STEPS = 12
"""Steps over which exact forms are worth their time."""

Truth = bool | None

_SURE: Mapping[str, tuple[Callable[[arb, arb], bool], Callable[[arb, arb], bool]]] = {
    "<": (operator.lt, operator.ge),
    "<=": (operator.le, operator.gt),
    ">": (operator.gt, operator.le),
    ">=": (operator.ge, operator.lt),
    "==": (operator.eq, operator.ne),
    "!=": (operator.ne, operator.eq),
}
"""For each relation, when it is surely true and when surely false: flint's comparisons are those of all pairs."""


class Undefined(ArithmeticError):
    """A number that is not known to be finite."""


@dataclass(frozen=True)
class Failure:
    """A step and unit at which every hypothesis is true and the conclusion false."""

    step: int
    unit: tuple[tuple[str, int], ...]
    """The axes of the statement, each with its place, from 0."""
    sides: tuple[tuple[str, str, str], ...]
    """Of each comparison in the conclusion: left side, relation, right side, in decimals."""
    bits: int


def decide(network: Network, claim: Claim, assumptions: tuple[Assumption, ...], step: int) -> Failure | str:
    """Whether `network` refutes `claim` at `step`, or why it does not; the precision doubles until that is decided.

    `assumptions` are those that do not hold by construction.
    """
    bits = LEAST_BITS
    while bits <= MOST_BITS:
        with ctx.workprec(bits):
            found = _at(network, claim, assumptions, step, Balls())
            if found is None and bits == EXACT_BITS and step <= EXACT_STEPS:
                found = _at(network, claim, assumptions, step, Forms())
        if found is not None:
            return found
        bits *= 2
    return OPEN


def _at(
    network: Network, claim: Claim, assumptions: tuple[Assumption, ...], step: int, arithmetic: Arithmetic
) -> Failure | str | None:
    """The answer at the working precision in force; None if it is too low, or something is not defined."""
    try:
        run = single(network.layout, network.row, arithmetic)
        _demand_finite(run)
        conclusion = truth(claim.conclusion, Moments(run, step, step))
        hypotheses = list(_hypotheses(assumptions, run, step))
    except Undefined:
        return None
    except (Beyond, AxisError) as problem:
        return str(problem)
    if any(value is False for value in hypotheses):
        return "a hypothesis is false"
    failing = [place for place in np.ndindex(conclusion.data.shape) if conclusion.data[place] is False]
    if failing and all(value is True for value in hypotheses):
        sides = _sides(claim.conclusion, Moments(run, step, step), conclusion, failing[0])
        return Failure(step, tuple(zip(conclusion.axes, failing[0], strict=True)), sides, ctx.prec)
    return "the conclusion is true" if all(value is True for value in conclusion.data.flat) else None


def _demand_finite(run: Run) -> None:
    """Raise Undefined unless every value of the run is a ball with bounds."""
    for values in (run.fixed, *run.steps):
        for array in values.values():
            if not all(entry.value.is_finite() for entry in array.data.flat):
                raise Undefined("a value of the cell")


def _hypotheses(assumptions: tuple[Assumption, ...], run: Run, step: int) -> Iterator[Truth]:
    """Of every assumption, of all its units: at this step or, with `always`, at every step up to it."""
    for assumption in assumptions:
        for t in range(1 if assumption.always else step, step + 1):
            yield from truth(assumption.formula, Moments(run, t, t)).data.flat


def truth(formula: Formula, given: Moments) -> NamedArray:
    """Whether a formula holds, unit by unit: True, False or None (Kleene's logic).

    Raises:
        Undefined: a compared number is not known to be finite.
        Beyond: the formula speaks of more than one run of one network.
    """
    match formula:
        case Compare(relation, left, right):
            return pointwise(_entrywise(_compared(relation)), evaluate(left, given), evaluate(right, given))
        case Not(inner):
            return pointwise(_entrywise(_negated), truth(inner, given))
        case And(parts):
            return reduce(partial(pointwise, _entrywise(_both)), [truth(part, given) for part in parts])
        case Or(parts):
            return reduce(partial(pointwise, _entrywise(_either)), [truth(part, given) for part in parts])
        case Bounded(value):
            raise Beyond(f"no finite run decides whether bounded({value})")
        case Same(one, other):
            raise Beyond(f"same({one}, {other}) stands inside a larger statement")


def _entrywise(function: Callable[..., Truth]) -> Any:
    return lambda *arrays: np.frompyfunc(function, len(arrays), 1)(*arrays)


def _compared(relation: str) -> Callable[[Dual, Dual], Truth]:
    surely, surely_not = _SURE[relation]

    def compare(left: Dual | Form, right: Dual | Form) -> Truth:
        if not (left.value.is_finite() and right.value.is_finite()):
            raise Undefined(relation)
        if isinstance(left, Form) and isinstance(right, Form) and equal(left, right):
            return relation in ("<=", "==", ">=")
        if surely(left.value, right.value):
            return True
        return False if surely_not(left.value, right.value) else None

    return compare


def _negated(value: Truth) -> Truth:
    return None if value is None else not value


def _both(one: Truth, other: Truth) -> Truth:
    if one is False or other is False:
        return False
    return True if one is True and other is True else None


def _either(one: Truth, other: Truth) -> Truth:
    return _negated(_both(_negated(one), _negated(other)))


def _sides(
    conclusion: Formula, given: Moments, whole: NamedArray, place: tuple[int, ...]
) -> tuple[tuple[str, str, str], ...]:
    """Both sides of each comparison, of a conjunction of those that fail, at one unit of the whole formula."""
    found = []
    parts = conclusion.formulas if isinstance(conclusion, And) else (conclusion,)
    failing = [part for part in parts if _entry(truth(part, given), whole, place) is False]
    for atom in (atom for part in failing for atom in atoms(part)):
        assert isinstance(atom, Compare)
        left, right = _apart(*(_entry(evaluate(side, given), whole, place) for side in (atom.left, atom.right)))
        found.append((left, atom.relation, right))
    return tuple(found)


def _entry(array: NamedArray, whole: NamedArray, place: tuple[int, ...]) -> Any:
    """The entry of `array` that lines up with a place of the whole formula."""
    data = np.array(array.data[insertion(array.axes, whole.axes)], dtype=object)
    return np.broadcast_to(data, whole.data.shape)[place]


def _apart(left: Dual | Form, right: Dual | Form) -> tuple[str, str]:
    """Both numbers in as many digits as tell them apart, 6 at least; of equal ones in 12.

    Where 60 digits do not, the left one is written as the right one and what it differs by.
    """
    same = left.value == right.value or (isinstance(left, Form) and isinstance(right, Form) and equal(left, right))
    for digits in range(12 if same else 6, 60):
        texts = _text(left, digits), _text(right, digits)
        if same or texts[0] != texts[1]:
            return texts
    near, apart = _text(right, 6), left.value - right.value
    return f"{near} {'-' if apart < 0 else '+'} {_decimals(abs(apart), 3)}", near


def _text(number: Dual | Form, digits: int) -> str:
    """The midpoint of a number's ball in decimals; a rational number that is known, rounded."""
    known = number.exact.constant if isinstance(number, Form) and number.exact is not None else None
    return _decimals(number.value if known is None else form(known).value, digits)


def _decimals(ball: arb, digits: int) -> str:
    """The midpoint of a ball, without the zeros at its end."""
    text: str = ball.mid().str(digits, radius=False)
    whole, _, exponent = text.partition("e")
    whole = whole.rstrip("0").rstrip(".") if "." in whole else whole
    return f"{whole}e{exponent}" if exponent else whole
