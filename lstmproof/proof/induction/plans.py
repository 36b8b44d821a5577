"""Plans: how a claim about all steps becomes goals about one step.

Directly, if the values of one step settle it whatever the states before; else by induction: invariants of the states
alone hold at the start (t = 0, or t = 1), and from t - 1 to t; the claim follows from them at t. Hypotheses about
parameters, constants, initial states and free names hold throughout, those under `always` at steps 1 to t, all others
at t alone, where the claim is drawn from the invariants.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Literal

from lstmproof.language.claims import Assumption, Claim
from lstmproof.language.definition import Definition
from lstmproof.language.formula import And, Formula, terms
from lstmproof.program.expr import Expr
from lstmproof.proof.induction.facts import Conditional, Fact, OutOfReach, without_orphans
from lstmproof.proof.induction.formulas import MOST_CASES, Part, Term, conclusions, hypotheses, normal
from lstmproof.proof.induction.goals import Goal
from lstmproof.proof.induction.polynomial import Polynomial
from lstmproof.proof.induction.system import System, is_about_states, is_timeless

Holding = Literal["throughout", "always", "here"]

Parts = dict[tuple[str, str], Part]
"""What is to be shown, by the name of the formula that it is part of and by its own."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where an induction starts and what it carries; `start` None is no induction."""

    start: Literal[0, 1] | None = None
    invariants: tuple[str, ...] = ()
    """Names of invariants, see `candidates`."""

    def __post_init__(self) -> None:
        if self.start is None and self.invariants:
            raise ValueError("without an induction nothing is carried from step to step")


@dataclass(frozen=True)
class Setting:
    """A claim with its cell, and the formulas that may serve as invariants."""

    claim: Claim
    definition: Definition | None
    candidates: Mapping[str, Formula]
    own: tuple[str, ...]
    """Those that are parts of the claim."""
    families: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """The others: by state, groups of candidates of which one is enough, strongest first."""

    @property
    def conjuncts(self) -> tuple[Formula, ...]:
        """The parts of the conclusion."""
        return flattened(normal(self.claim.conclusion))


def flattened(formula: Formula) -> tuple[Formula, ...]:
    """The parts of a conjunction, of a formula without `not`."""
    if isinstance(formula, And):
        return tuple(part for inner in formula.formulas for part in flattened(inner))
    return (formula,)


def holding(claim: Claim, assumption: Assumption) -> Holding:
    """At which steps a hypothesis may be used."""
    if is_timeless(claim, tuple(terms(assumption.formula))):
        return "throughout"
    return "always" if assumption.always else "here"


class Stage:
    """One system with the hypotheses that hold in it, from which goals are drawn."""

    def __init__(self, setting: Setting, name: str, system: System, kinds: set[Holding]) -> None:
        self.setting, self.name, self.system = setting, name, system
        self.kinds = kinds
        self.cases: list[list[tuple[Fact, ...]]] = []
        self.sources: list[Holding] = []

    def suppose(self, formula: Formula, term: Term, kind: Holding, origin: str) -> None:
        """Take a formula as a hypothesis."""
        self.cases.append(list(hypotheses(formula, term, self.system.atoms.branches, origin)))
        self.sources.append(kind)

    def before(self, expr: Expr) -> Polynomial:
        """A term of states at t - 1."""
        return self.system.term(expr, 1)

    def suppose_all(self, *, at_start: bool = False) -> None:
        """The claim's own hypotheses, those of the kinds that hold here."""
        claim = self.setting.claim
        term = self.system.start if at_start else self.system.term
        for assumption in claim.assumptions:
            kind = holding(claim, assumption)
            if kind in self.kinds:
                self.suppose(assumption.formula, term, kind, f"assumed: {assumption.text}")

    def goals(self, parts: Parts, *, cell_guards: bool) -> list[Goal]:
        """For each part, and each operation that must be shown to have a value, a goal in every case."""
        atoms = self.system.atoms
        found = [
            goal
            for guard in atoms.guards
            for own in (guard.level in self.system.cell_guards,)
            if cell_guards or not own
            for goal in self._cases(f"defined: {guard.text}", "", guard.needs, guard.level, own=own)
        ]
        last = len(atoms.guards) + 1
        for (about, name), part in parts.items():
            found += self._cases(name, about, part, last, own=False)
        return found

    def _cases(self, name: str, about: str, part: Part, level: int, *, own: bool) -> list[Goal]:
        """Goals from what has a meaning below `level`; what a cell needs (`own`) rests on no hypothesis at t alone."""
        atoms = self.system.atoms
        chosen = [case for case, kind in zip(self.cases, self.sources, strict=True) if not (own and kind == "here")]
        if (count := prod(map(len, chosen))) > MOST_CASES:
            raise OutOfReach(f"{count} cases of the hypotheses")
        combined = [tuple(fact for facts in case for fact in facts) for case in product(*chosen)]
        base = [fact for fact, at in atoms.facts.items() if at < level]
        conditionals = tuple(each for each in atoms.conditionals if _level(self.system, each) < level)
        found = []
        for place, case in enumerate(combined, 1):
            given = [fact for fact in case if atoms.level(fact.polynomial) < level]
            label = f"{self.name}: {name}" + (f" / case {place}" if len(combined) > 1 else "")
            facts = [fact for fact in dict.fromkeys([*given, *base]) if not fact.trivial]
            kept = without_orphans(facts, atoms.owners, (*part, *(each.fact for each in conditionals)))
            found.append(Goal(label, part, kept, conditionals, atoms.branches, atoms.meanings, about))
        return found


def _level(system: System, conditional: Conditional) -> int:
    facts = (conditional.fact, *conditional.premises)
    return max(system.atoms.level(fact.polynomial) for fact in facts)


Staged = tuple[Stage, list[Goal]]
"""A stage with the goals that are drawn from it."""


def goals(setting: Setting, plan: Plan) -> tuple[Goal, ...]:
    """All that is to be shown for the claim under a plan.

    Raises:
        OutOfReach: a term or formula that this method does not treat.
        Undefined: a term that has no value.
        KeyError: an invariant of another claim.
    """
    return tuple(goal for _, found in stages(setting, plan) for goal in found)


def stages(setting: Setting, plan: Plan) -> tuple[Staged, ...]:
    """The start of the induction, its step, then the claim at t where invariants alone do not say it; see `goals`."""
    last = [_last(setting, plan)] if remaining(setting, plan) else []
    if plan.start is None:
        return tuple(last)
    invariants = {name: setting.candidates[name] for name in plan.invariants}
    base = _base(setting, invariants) if plan.start == 0 else _first_step(setting, invariants)
    return (base, _step(setting, invariants, plan.start), *last)


def remaining(setting: Setting, plan: Plan) -> list[Formula]:
    """The parts of the claim that are none of a plan's invariants."""
    carried = [setting.candidates[name] for name in plan.invariants]
    return [part for part in setting.conjuncts if part not in carried]


def _base(setting: Setting, invariants: Mapping[str, Formula]) -> Staged:
    stage = Stage(setting, "t = 0", System(setting.claim, setting.definition), {"throughout"})
    stage.suppose_all(at_start=True)
    return stage, stage.goals(_parts(stage.system, invariants, stage.system.start), cell_guards=False)


def _first_step(setting: Setting, invariants: Mapping[str, Formula]) -> Staged:
    system = System(setting.claim, setting.definition, "initial")
    stage = Stage(setting, "t = 1", system, {"throughout", "always"})
    stage.suppose_all()
    return stage, stage.goals(_parts(system, invariants, system.term), cell_guards=True)


def _step(setting: Setting, invariants: Mapping[str, Formula], start: int) -> Staged:
    system = System(setting.claim, setting.definition, past=start)
    stage = Stage(setting, "from t-1 to t", system, {"throughout", "always"})
    stage.suppose_all()
    _before(stage, invariants)
    if start:
        _always_before(stage)
    return stage, stage.goals(_parts(system, invariants, system.term), cell_guards=True)


def _last(setting: Setting, plan: Plan) -> Staged:
    """The claim at step t, from the invariants there and every hypothesis."""
    system = System(setting.claim, setting.definition)
    stage = Stage(setting, "at t", system, {"throughout", "always", "here"})
    stage.suppose_all()
    invariants = {name: setting.candidates[name] for name in plan.invariants}
    if plan.start == 0:
        _before(stage, invariants)
    for name, formula in invariants.items():
        stage.suppose(formula, system.term, "always", f"invariant {name} at t")
    parts = {f"the claim, part {place}": part for place, part in enumerate(remaining(setting, plan), 1)}
    return stage, stage.goals(_parts(system, parts, system.term), cell_guards=plan.start is None)


def contradictions(setting: Setting, nothing: Fact) -> list[Goal]:
    """The claim's hypotheses at step t, in every case, each with `nothing` to be shown."""
    stage = Stage(setting, "at t", System(setting.claim, setting.definition), {"throughout", "always", "here"})
    stage.suppose_all()
    return [goal for goal in stage.goals({("all", "all"): (nothing,)}, cell_guards=False) if goal.about]


def _before(stage: Stage, invariants: Mapping[str, Formula]) -> None:
    for name, formula in invariants.items():
        stage.suppose(formula, stage.before, "always", f"invariant {name} at t-1")


def _always_before(stage: Stage) -> None:
    """Hypotheses at every step, at t - 1 >= 1, where they speak of states."""
    claim = stage.setting.claim
    for assumption in claim.assumptions:
        if holding(claim, assumption) == "always" and is_about_states(claim, tuple(terms(assumption.formula))):
            stage.suppose(assumption.formula, stage.before, "always", f"assumed at t-1: {assumption.text}")


def _parts(system: System, formulas: Mapping[str, Formula], term: Term) -> Parts:
    found: Parts = {}
    for about, formula in formulas.items():
        shown = conclusions(formula, term, system.atoms.branches)
        for place, part in enumerate(shown, 1):
            found[about, f"{about} ({place} of {len(shown)})" if len(shown) > 1 else about] = part
    return found
