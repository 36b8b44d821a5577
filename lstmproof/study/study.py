"""One study: a cell's Programs, the derivation of its backward pass, what that costs, and every verdict."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from lstmproof import catalogue
from lstmproof.calculus.adjoint import adjoint, derive
from lstmproof.calculus.truncate import truncate
from lstmproof.cell import Cell
from lstmproof.kernels.lines import Line
from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition, Derivation
from lstmproof.program.nodes import Program
from lstmproof.study.carousels import Carousel, carousels
from lstmproof.study.charts import Chart
from lstmproof.study.costs import Cost, Polynomial, costs, parameters
from lstmproof.study.curves import cell_charts
from lstmproof.study.flows import Terms, term_by_term
from lstmproof.study.formulas import Formula, speller
from lstmproof.study.gradients import Gradients, gradients
from lstmproof.study.online import OnlineRule, online_rule
from lstmproof.study.recheck import Recheck, recheck
from lstmproof.study.steps import Step, steps
from lstmproof.study.theorems import Theorem, theorems
from lstmproof.study.trajectories import counterexample_charts
from lstmproof.verdict import CellResults, Result
from lstmproof.verify.examination import Absent
from lstmproof.verify.examine import Request
from lstmproof.verify.parts import decided
from lstmproof.verify.runner import wanted
from lstmproof.verify.subject import EVERYTHING, Subject


@dataclass(frozen=True)
class Programs:
    """One step of a cell in both error flows, forward and backward."""

    full: Program
    truncated: Program
    backward: Program
    """The adjoint of `full`."""
    backward_truncated: Program
    """The adjoint of `truncated`."""


@dataclass(frozen=True)
class Code:
    """The kernel that a cell becomes."""

    source: str
    lines: dict[str, Line]
    """By value of the backward Program, the line that gives it."""


@dataclass(frozen=True)
class Anatomy:
    """What is derived of a cell, apart from the verdicts."""

    definition: Definition
    programs: Programs
    carousels: tuple[Carousel, ...]
    unnamed: tuple[Formula, ...]
    """Values that derivatives read and the author did not name."""
    steps: tuple[Step, ...]
    checked: Recheck
    """Of the steps."""
    gradients: Gradients
    terms: tuple[Terms, ...]
    """Each cotangent and gradient in both flows."""
    online: OnlineRule | str
    """The online rule, or why there is none."""
    costs: tuple[Cost, ...]
    parameters: Polynomial
    """How many numbers are learned."""
    code: Code


@dataclass(frozen=True)
class Study:
    """All that a report shows of a cell, or of what a file states of no cell."""

    name: str
    """The cell's name, or the file's without its ending."""
    key: str
    """What names it in results: `derivations/janet.py:janet_beta`."""
    target: str
    """What names it on the command line: a cell of the catalogue by its name, everything else as in results."""
    derivation: Derivation
    results: CellResults
    examples: int
    """Cases that every law was asked to take."""
    seed: int
    anatomy: Anatomy | None
    """None where there is no cell."""
    charts: tuple[Chart, ...] = ()
    """The cell's states against their bounds."""
    trajectories: Mapping[str, Chart] = field(default_factory=dict)
    """By statement, counterexamples over time."""
    theorems: Mapping[str, Theorem] = field(default_factory=dict)
    """By statement, and by law for the gradients, theorems that Coq has accepted."""


def _target(subject: Subject) -> str:
    cell = subject.definition
    known = cell is not None and cell.name in catalogue.index() and catalogue.find(cell.name).key == cell.key
    return subject.name if known else subject.key


def study(subject: Subject, examples: int, seed: int) -> Study:
    """The study of one subject; the same arguments give the same study on any machine, whatever is installed."""
    request = Request(examples, seed, optional=False)
    claims = {claim.id: claim for claim in subject.claims}
    results = _results(subject, request, claims)
    anatomy = None if subject.definition is None else anatomy_of(subject.definition, subject.derivation, seed)
    charts = () if subject.definition is None else cell_charts(subject.definition)
    trajectories = counterexample_charts(subject.derivation, results)
    accepted = theorems(subject, request, results.results, claims)
    return Study(
        subject.name,
        subject.key,
        _target(subject),
        subject.derivation,
        results,
        examples,
        seed,
        anatomy,
        charts,
        trajectories,
        accepted,
    )


def anatomy_of(definition: Definition, derivation: Derivation, seed: int) -> Anatomy:
    """What is derived of a cell, the derivation re-checked on problems of that seed."""
    derived = derive(definition.program)
    full, backward, truncated = definition.program, derived.program, truncate(definition.program)
    backward_truncated = adjoint(truncated)
    kernel = Cell(definition, derivation).kernel()
    checked = recheck(definition, derived, seed)
    online = online_rule(full)
    return Anatomy(
        definition=definition,
        programs=Programs(full, truncated, backward, backward_truncated),
        carousels=carousels(full),
        unnamed=_unnamed(full, backward),
        steps=steps(definition, derived, kernel, checked),
        checked=checked,
        gradients=gradients(full, backward),
        terms=term_by_term(full, backward, truncated, backward_truncated),
        online=online,
        costs=costs(full, truncated, online),
        parameters=parameters(full),
        code=Code(kernel.source, dict(kernel.lines)),
    )


def _unnamed(full: Program, backward: Program) -> tuple[Formula, ...]:
    ahead, back = speller(full), speller(backward, full)
    names = [source.name for source in backward.tape if source.name in ahead.latex.plan.inlined]
    shown = [name for name in names if name not in back.latex.plan.inlined]
    return tuple(Formula(back.value(name), ahead.value(name)) for name in shown)


def _results(subject: Subject, request: Request, claims: dict[str, Claim]) -> CellResults:
    """Every law, statement and finding, as if no optional package were installed; laws that need one are left out.

    What findings claim is added to `claims`.
    """
    started = time.perf_counter()
    found = tuple(decided(subject, request, wanted(subject, EVERYTHING), claims))
    results = tuple(each for each in found if isinstance(each, Result))
    absent = {each.law: each.reason for each in found if isinstance(each, Absent) and not each.optional}
    derivation = subject.derivation
    seconds = time.perf_counter() - started
    return CellResults(subject.name, subject.key, derivation.file, derivation.digest, results, absent, seconds)
