"""How far float64 is from a counterexample: a guide for the search, never a verdict.

The margin of `l <= r` is (r - l) / (1 + |l| + |r|): positive where it holds, and comparable between hypotheses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from lstmproof.language.claims import Assumption, Claim
from lstmproof.language.definition import Definition
from lstmproof.language.formula import And, Bounded, Compare, Formula, Not, Or, Same, terms
from lstmproof.language.table import FUNCTIONS
from lstmproof.program.expr import Apply, Number, walk
from lstmproof.program.nodes import Pointwise
from lstmproof.readings.named import BATCH, NamedArray, pointwise, split
from lstmproof.refute.arithmetic import Beyond, Floats
from lstmproof.refute.moments import Moments, Run
from lstmproof.refute.network import Layout
from lstmproof.refute.terms import evaluate

Numbers = NDArray[np.float64]

ROUNDING = 1e-13
"""A margin above minus this may be that of a hypothesis that holds with equality."""

CLEAR = 1e-9
"""A margin below minus this is no matter of rounding, most likely."""


@dataclass(frozen=True)
class Scores:
    """Of each row how near it comes to refuting: below 0 it refutes, if float64 is right."""

    score: Numbers
    """At the step where it is lowest."""
    step: NDArray[np.intp]
    """The first step that refutes clearly, else where the score is lowest."""
    worst: NDArray[np.intp]
    """The step where the score is lowest."""
    held: NDArray[np.bool_]
    """Whether at some step every hypothesis held, and at each such step the conclusion did."""
    undefined: NDArray[np.bool_]
    """Whether at some step every hypothesis held, and the conclusion had no value."""


def scores(layout: Layout, rows: Numbers, claim: Claim, assumptions: tuple[Assumption, ...]) -> Scores:
    """Score the networks `rows`: the conclusion's margin where every hypothesis holds, elsewhere 1 + what they lack.

    Raises:
        Beyond: the claim speaks of what a search over runs does not reach.
        AxisError: it compares what does not line up.
    """
    with np.errstate(all="ignore"):
        run = Run(layout, rows, Floats(len(rows)))
        hypothesis = np.full((layout.steps, len(rows)), np.inf)
        for assumption in assumptions:
            margin = _by_step(assumption.formula, run, len(rows))
            hypothesis = np.minimum(hypothesis, np.minimum.accumulate(margin) if assumption.always else margin)
        conclusion = _by_step(claim.conclusion, run, len(rows))
        score = np.where(hypothesis >= -ROUNDING, conclusion, 1 - hypothesis)
        score = np.where(np.isnan(hypothesis) | np.isnan(conclusion), np.inf, score)
    clear = score < -CLEAR
    worst = score.argmin(axis=0)
    step = np.where(clear.any(axis=0), clear.argmax(axis=0), worst)
    said = (hypothesis >= -ROUNDING) & np.isfinite(conclusion)
    held = said.any(axis=0) & (score.min(axis=0) > -CLEAR)
    undefined: NDArray[np.bool_] = np.any((hypothesis >= -ROUNDING) & np.isnan(conclusion), axis=0)
    return Scores(score.min(axis=0), step + 1, worst + 1, held & ~undefined, undefined)


def longest_lag(formula: Formula) -> int:
    """The most steps over which a term of the formula differentiates; a claim says something from then on."""
    lags = (_lag(part) for term in terms(formula) for part in walk(term) if isinstance(part, Apply))
    return max(lags, default=0)


def cost(claim: Claim, assumptions: tuple[Assumption, ...], steps: int, units: int) -> int:
    """Steps of a cell that scoring one row takes: its run, and for each derivative the runs of q steps that end in it.

    Derivatives are complex, and have a direction for each of `units`.
    """
    formulas = (claim.conclusion, *(assumption.formula for assumption in assumptions))
    parts = (part for formula in formulas for term in terms(formula) for part in walk(term) if isinstance(part, Apply))
    lags = {_lag(part) for part in parts} - {0}
    return steps + sum(2 * units * lag * max(0, steps - lag + 1) for lag in lags)


def _lag(part: Apply) -> int:
    last = part.arguments[-1] if part.arguments else None
    return int(last.value) if part.function in ("carousel", "jacobian") and isinstance(last, Number) else 0


def _by_step(formula: Formula, run: Run, count: int) -> Numbers:
    """The least margin over all units, (steps, rows); nothing is to hold where a lag reaches before the start."""
    first = max(1, longest_lag(formula))
    found = np.full((run.layout.steps, count), np.inf)
    if first > run.layout.steps:
        return found
    array = _margin(formula, Moments(run, first, run.layout.steps))
    front = split(array.axes)[0]
    least = array.data.real.min(axis=tuple(range(len(front), array.data.ndim)))
    found[first - 1 :] = least.reshape(-1, count) if BATCH in front else least
    return found


def _margin(formula: Formula, given: Moments) -> NamedArray:
    match formula:
        case Compare(relation, left, right):
            return pointwise(_RELATIONS[relation], evaluate(left, given), evaluate(right, given))
        case Not(inner):
            return -_margin(inner, given)
        case And(parts):
            return reduce(lambda a, b: pointwise(np.minimum, a, b), [_margin(part, given) for part in parts])
        case Or(parts):
            return reduce(lambda a, b: pointwise(np.maximum, a, b), [_margin(part, given) for part in parts])
        case Bounded(value):
            raise Beyond(f"no finite run decides whether bounded({value})")
        case Same(one, other):
            raise Beyond(f"same({one}, {other}) stands inside a larger statement")


def _gap(low: Numbers, high: Numbers) -> Numbers:
    gap: Numbers = (high - low) / (1 + np.abs(low) + np.abs(high))
    return gap


_RELATIONS: Mapping[str, Callable[[Numbers, Numbers], Numbers]] = {
    "<": lambda left, right: _gap(left, right) - 2 * ROUNDING,
    "<=": _gap,
    ">": lambda left, right: _gap(right, left) - 2 * ROUNDING,
    ">=": lambda left, right: _gap(right, left),
    "==": lambda left, right: -np.abs(_gap(left, right)),
    "!=": lambda left, right: np.abs(_gap(left, right)) - 2 * ROUNDING,
}
"""Two equal sides are no strict inequality: they count as just false."""


def is_smooth_equation(claim: Claim, definition: Definition | None) -> bool:
    """Whether the conclusion is made of equations between analytic functions.

    Those that agree on an open set agree everywhere, so that cases generated at random are evidence. An inequality that
    holds on any number of cases may fail at more steps, more units or larger numbers, and so may what has kinks.
    """
    if not all(isinstance(part, Compare) and part.relation == "==" for part in _conjuncts(claim.conclusion)):
        return False
    kinked = {name for name, row in FUNCTIONS.items() if row.kinks}
    used = {part.function for term in terms(claim.conclusion) for part in walk(term) if isinstance(part, Apply)}
    if definition is not None:
        nodes = (node for node in definition.program.nodes if isinstance(node, Pointwise))
        used |= {part.function for node in nodes for part in walk(node.expr) if isinstance(part, Apply)}
    return not used & kinked


def _conjuncts(formula: Formula) -> Iterator[Formula]:
    if isinstance(formula, And):
        for part in formula.formulas:
            yield from _conjuncts(part)
    else:
        yield formula


def proposals(found: Scores, most: int, thin: int) -> Iterator[int]:
    """Rows worth deciding in balls: by step, then by how clear; at the end at most `thin` within rounding of 0."""
    score, step = found.score, found.step
    clear = sorted(np.flatnonzero(score < -CLEAR).tolist(), key=lambda row: (step[row], score[row]))
    below = sorted(np.flatnonzero((score >= -CLEAR) & (score < 0)).tolist(), key=lambda row: score[row])
    ties = np.flatnonzero(score == 0).tolist()
    spread = ties[:: max(1, len(ties) // max(1, thin))]
    near = [row for pair in zip_longest(below, spread) for row in pair if row is not None]
    yield from (*clear[:most], *near[:thin])
