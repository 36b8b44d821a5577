"""Examining a cell by one law: over its cases, tallied, the first failure shrunk, made into a Result."""

from __future__ import annotations

import shlex
import time
from dataclasses import KW_ONLY, dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.truncate import truncate
from lstmproof.calculus.vanishing import vanishing
from lstmproof.language.definition import Definition
from lstmproof.problem import Problem, check_whole
from lstmproof.verdict import Result
from lstmproof.verify.case import Broken, Case, Kernels, Redraw, Trial
from lstmproof.verify.generate import Draw, edges, generate, in_one_shape, shrink, wide
from lstmproof.verify.laws.law import Comparison, Law

EXAMPLES, SEED = 100, 0
"""How many cases of which seed are examined unless asked otherwise."""
MOST_EXAMPLES = 1_000_000

GRADIENTS = ("law.gradient", "law.gradient_truncated")
"""Laws that are theorems, one for each flow; only Coq proves them."""


@dataclass(frozen=True)
class Request:
    """What was asked: enough, with the cell, to repeat it exactly."""

    examples: int
    seed: int
    _: KW_ONLY
    optional: bool = True
    """Whether optional packages are made use of, where they are installed."""
    coq: bool = False
    """Whether Coq is asked for theorems."""

    def __post_init__(self) -> None:
        check_whole("examples", self.examples, 1, MOST_EXAMPLES)
        check_whole("seed", self.seed, 0, 2**32 - 1)

    def replay(self, definition: Definition, law: str) -> str:
        """The command that repeats it; what is the command's own default is left out."""
        asked = (("--seed", self.seed, SEED), ("--examples", self.examples, EXAMPLES))
        options = "".join(f" {option} {value}" for option, value, default in asked if value != default)
        options += " --coq" if self.coq and law in GRADIENTS else ""
        return f"lstmproof verify {shlex.quote(definition.key)} --law {law}{options}"


@dataclass(frozen=True)
class Finding:
    """The entry of one case that came nearest to its tolerance, or passed it furthest."""

    ratio: float
    """|difference| / tolerance; above 1, the law does not hold."""
    tolerance: float
    facts: dict[str, Any]

    @property
    def fails(self) -> bool:
        return not self.ratio <= 1


@dataclass(frozen=True)
class Suite:
    """The cases of one cell that every law is given, and how many draws were declined before each."""

    trials: tuple[Trial, ...]
    declined: tuple[int, ...]
    total_declined: int
    wide: Trial
    """For laws that ask for it."""


@dataclass
class Tally:
    """What a law found over the cases so far."""

    examples: int = 0
    comparisons: int = 0
    redrawn: int = 0
    told: bool = False
    """Whether any number of the gradients that the law compares is other than zero."""
    worst: Finding | None = None
    failed: Draw | None = None


def suite(definition: Definition, request: Request, kernels: Kernels) -> Suite:
    """Generate the cases of a cell; those that no law can use are redrawn and counted."""
    trials: list[Trial] = []
    declined: list[int] = []
    refused = 0

    def admit(draw: Draw) -> bool:
        nonlocal refused
        case = Case(definition, draw)
        if case.declined():
            refused += 1
            return False
        trials.append(Trial(case, kernels))
        declined.append(refused)
        return True

    for draw in islice(edges(definition, request.seed), request.examples):
        admit(draw)
    if len(trials) < request.examples:
        generate(definition, request.examples - len(trials), request.seed, admit)
    large = Trial(Case(definition, wide(definition, request.seed)), kernels, dtypes=("float64",))
    return Suite(tuple(trials), tuple(declined), refused, large)


def judge(law: Law, trial: Trial) -> tuple[int, Finding | None]:
    """How many numbers a law compared on a trial, and the worst of them.

    Raises:
        Redraw: the case says nothing for this law.
    """
    count, worst = 0, None
    try:
        with np.errstate(all="ignore"):
            for comparison in law.check(trial):
                count += comparison.size
                found = _worst_entry(comparison)
                if found is not None and (worst is None or found.ratio > worst.ratio):
                    worst = found
    except Broken as broken:
        return count + 1, Finding(float("inf"), 0.0, {"broken": str(broken)})
    return count, worst


def _worst_entry(comparison: Comparison) -> Finding | None:
    ratios = comparison.ratios()
    if ratios.size == 0:
        return None
    place = np.unravel_index(int(np.argmax(ratios)), ratios.shape)
    facts: dict[str, Any] = {"compared": comparison.what}
    if np.shape(comparison.found) != np.shape(comparison.expected):
        facts |= {"shape": list(np.shape(comparison.found)), "expected_shape": list(np.shape(comparison.expected))}
        return Finding(float("inf"), 0.0, facts)
    if place:
        facts["at"] = [int(index) for index in place]
    tolerance = float(np.broadcast_to(comparison.tolerance, ratios.shape)[place])
    facts |= {"found": float(comparison.found[place]), "expected": float(comparison.expected[place])}
    facts |= {"tolerance": tolerance, "ratio": float(ratios[place])}
    if comparison.operations:
        facts["operations"] = comparison.operations
    return Finding(float(ratios[place]), tolerance, facts)


def tally(law: Law, cases: Suite) -> Tally:
    """Apply a law to as many cases as it is given, those where something happens if it is expensive."""
    done = Tally()
    declined = cases.total_declined
    for trial, before in zip(cases.trials, cases.declined, strict=True):
        if done.examples == law.most:
            declined = before
            break
        if law.one_shape:
            _count(law, _in_one_shape(trial), done)
        elif law.most is None or not _is_empty(trial.case.problem):
            _count(law, trial, done)
    if law.wide:
        _count(law, cases.wide, done)
    done.redrawn += declined
    return done


def _count(law: Law, trial: Trial, done: Tally) -> None:
    """Apply a law to one case and add what it finds to the tally."""
    if trial.case.declined():
        done.redrawn += 1
        return
    try:
        count, found = judge(law, trial)
    except Redraw:
        done.redrawn += 1
        return
    done.examples += count > 0 and not _is_empty(trial.case.problem)
    done.comparisons += count
    done.told = done.told or _tells(law, trial)
    if found is not None and (done.worst is None or found.ratio > done.worst.ratio):
        done.worst = replace(found, facts={**found.facts, **trial.case.draw.describe()})
    if found is not None and found.fails and done.failed is None:
        done.failed = trial.case.draw


def _tells(law: Law, trial: Trial) -> bool:
    """Whether the kernel's gradient has a number other than zero among those that a law compares."""
    labels = law.labels(trial.definition)
    if law.flow is None or not labels:
        return True
    try:
        gradient = trial.gradient(law.flow)
    except Broken:
        return True  # which says more than numbers could
    return any(np.any(gradient[label]) for label in labels if label in gradient)


def _vanishes(law: Law, definition: Definition) -> bool:
    """Whether every gradient that a law compares is zero by the structure of the cell, as where it stops all."""
    program = definition.program if law.flow == "full" else truncate(definition.program)
    return vanishing(adjoint(program)).issuperset(law.labels(definition))


def _in_one_shape(trial: Trial) -> Trial:
    return Trial(Case(trial.definition, in_one_shape(trial.case.draw)), trial.kernels, trial.dtypes)


def _is_empty(problem: Problem) -> bool:
    return problem.T == 0 or problem.batch == 0


def decide(definition: Definition, law: Law, request: Request, cases: Suite) -> Result:
    """The result of a law for a cell."""
    started = time.perf_counter()
    found = tally(law, cases)
    result = Result(
        id=law.id,
        kind="law",
        line=definition.line,
        statement=law.statement,
        verdict=law.verdict,
        method=law.method,
        examples=found.examples,
        comparisons=found.comparisons,
        redrawn=found.redrawn,
        replay=request.replay(definition, law.id),
    )
    if found.worst is not None:
        result = replace(result, worst=found.worst.facts, tolerance=found.worst.tolerance)
    if found.failed is not None:
        result = _refuted(definition, law, request, cases, found.failed, result)
    elif not found.comparisons:
        result = replace(result, verdict="undecided", reason="nothing was compared")
    elif not found.told and not _vanishes(law, definition):
        reason = "every number compared is zero in every case, and the equations alone do not make it so"
        result = replace(result, verdict="undecided", reason=reason)
    elif 2 * found.redrawn > found.redrawn + found.examples:
        reason = f"{found.redrawn} of {found.redrawn + found.examples} cases were redrawn"
        result = replace(result, verdict="undecided", reason=reason)
    return replace(result, seconds=time.perf_counter() - started)


def _refuted(definition: Definition, law: Law, request: Request, cases: Suite, failed: Draw, result: Result) -> Result:
    """The result with its smallest counterexample."""
    kernels = cases.trials[0].kernels

    def failing(draw: Draw) -> Finding | None:
        case = Case(definition, draw)
        if case.declined():
            return None
        try:
            _, found = judge(law, Trial(case, kernels))
        except Redraw:
            return None
        return found if found is not None and found.fails else None

    smallest = shrink(definition, request.examples, request.seed, lambda draw: failing(draw) is not None, failed)
    found = failing(smallest)
    if found is None:
        reason = "it failed once and not again: the kernel depends on what ran before"
        return replace(result, verdict="refuted", counterexample=failed.describe(), reason=reason)
    facts = {**smallest.describe(), **found.facts}
    return replace(result, verdict="refuted", counterexample=facts, reason=_reason(facts))


def _reason(facts: dict[str, Any]) -> str:
    """One line of what is wrong in the counterexample."""
    if "broken" in facts:
        return str(facts["broken"])
    if "shape" in facts:
        return f"{facts['compared']} has shape {facts['shape']}, expected {facts['expected_shape']}"
    off = abs(facts["found"] - facts["expected"])
    counted = f" from {facts['operations']} operations" if "operations" in facts else ""
    return f"{facts['compared']} off by {off:.1e} (tolerance {facts['tolerance']:.1e}{counted})"
