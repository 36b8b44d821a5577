"""Goals: what is to be shown, from what; proved by certificates, by cases, by lemmas; and proofs matched with goals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from lstmproof.proof.induction.atoms import Meaning
from lstmproof.proof.induction.certificates import SHAPES, Obligation, Shape, search
from lstmproof.proof.induction.facts import Branch, Branches, Conditional, Fact, connected, expand
from lstmproof.proof.induction.formulas import denial
from lstmproof.proof.induction.polynomial import Polynomial
from lstmproof.proof.induction.probe import failing_point

EASY = SHAPES[:3]
"""Shapes that are searched before cases are told apart."""

LEMMAS = (Shape(1, 0, 0), Shape(2, 0, 0))
"""Shapes that are searched for premises of conditional facts."""

MOST_DEPTH = 3
"""Kinked functions that are told apart, one inside the other."""

Obligations = Mapping[str, Obligation]
Splits = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Goal:
    """One of `alternatives` is to be shown from the facts."""

    name: str
    alternatives: tuple[Fact, ...]
    facts: tuple[Fact, ...]
    conditionals: tuple[Conditional, ...] = ()
    branches: Branches = field(default_factory=dict)
    meanings: Mapping[str, Meaning] = field(default_factory=dict)
    """What the variables stand for; only a look at examples uses it."""
    about: str = ""
    """The invariant that it is part of, if it is part of one."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Obligations with their certificates, and the functions whose cases were told apart, by name of the goal."""

    obligations: tuple[Obligation, ...] = ()
    splits: tuple[tuple[str, str], ...] = ()
    solved: tuple[tuple[str, str], ...] = ()
    """Goals without a certificate, of which two solvers agree on this SMT-LIB text."""

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(self.obligations + other.obligations, self.splits + other.splits, self.solved + other.solved)


@dataclass(frozen=True, slots=True)
class Stop:
    """A goal that was not shown, and values of its variables at which it fails, if any were seen."""

    goal: Goal
    point: Mapping[str, float] | None


def cases(goal: Goal, name: str) -> tuple[Goal, ...]:
    """The goal in each case of a kinked function, its value in place of the variable `name`."""
    found = []
    for place, branch in enumerate(goal.branches[name], 1):
        kept = {other: branches for other, branches in goal.branches.items() if other != name}
        inner = {other: tuple(_put(one, name, branch.value) for one in branches) for other, branches in kept.items()}

        def put(fact: Fact, value: Polynomial = branch.value) -> Fact:
            return fact.replace(name, value)

        facts = [put(fact) for fact in goal.facts] + [replace(branch.condition, origin=f"case {place} of {name}")]
        conditionals = tuple(
            Conditional(tuple(put(premise) for premise in each.premises), put(each.fact)) for each in goal.conditionals
        )
        found.append(
            Goal(
                f"{goal.name} / {name}, case {place}",
                tuple(put(fact) for fact in goal.alternatives),
                tuple(dict.fromkeys(one for fact in facts for one in expand(fact, inner) if not one.trivial)),
                conditionals,
                inner,
                goal.meanings,
                goal.about,
            )
        )
    return tuple(found)


def _put(branch: Branch, name: str, value: Polynomial) -> Branch:
    return Branch(branch.condition.replace(name, value), branch.value.replace(name, value))


def prove(goal: Goal, seconds: float, shapes: Sequence[Shape] = SHAPES, depth: int = MOST_DEPTH) -> Evidence | Stop:
    """Evidence for the goal, or where the search for it stopped."""
    until = monotonic() + seconds
    first = _by_certificate(goal, goal.facts, shapes[:1], until)
    if first:
        return Evidence((first,))
    point = failing_point(goal.facts, goal.alternatives, goal.meanings)
    if point:
        return Stop(goal, point)
    facts, lemmas = _with_lemmas(goal, until)
    left = shapes[1:] if facts == goal.facts else shapes
    easy = [shape for shape in left if shape in EASY]
    hard = [shape for shape in left if shape not in EASY]
    for effort in (easy, hard):
        found = _by_certificate(goal, facts, effort, until)
        if found:
            return Evidence((*_used(lemmas, found, goal), found))
        if effort is easy and depth:
            split = _by_cases(goal, until, shapes, depth)
            if split:
                return split
    return Stop(goal, None)


def _by_certificate(goal: Goal, facts: Sequence[Fact], shapes: Sequence[Shape], until: float) -> Obligation | None:
    for place, conclusion in enumerate(goal.alternatives):
        others = [denial(fact) for other, fact in enumerate(goal.alternatives) if other != place]
        near = connected([*facts, *others], conclusion.polynomial.variables)
        left = until - monotonic()
        found = search(goal.name, near, conclusion, left, shapes) if left > 0 else None
        if found:
            return found
    return None


def _by_cases(goal: Goal, until: float, shapes: Sequence[Shape], depth: int) -> Evidence | None:
    variables = frozenset(name for fact in goal.alternatives for name in fact.polynomial.variables)
    for name in sorted(variables & set(goal.branches)):
        evidence = Evidence(splits=((goal.name, name),))
        for case in cases(goal, name):
            part = prove(case, until - monotonic(), shapes, depth - 1)
            if isinstance(part, Stop):
                break
            evidence += part
        else:
            return evidence
    return None


def _with_lemmas(goal: Goal, until: float) -> tuple[tuple[Fact, ...], tuple[Obligation, ...]]:
    """The facts, and those of the conditional ones whose premises can be shown."""
    facts, lemmas = list(goal.facts), list[Obligation]()
    start = frozenset(name for fact in goal.alternatives for name in fact.polynomial.variables)
    near = start | {name for fact in connected(facts, start) for name in fact.polynomial.variables}
    for conditional in goal.conditionals:
        if not conditional.fact.polynomial.variables & near:
            continue
        shown: list[Obligation] = []
        for premise in conditional.premises:
            if premise.trivial or premise in facts or premise in [lemma.conclusion for lemma in lemmas]:
                continue
            known = connected(facts, premise.polynomial.variables)
            name = f"{goal.name} / lemma {len(lemmas) + len(shown) + 1}"
            found = search(name, known, premise, min(1.0, until - monotonic()), LEMMAS)
            if not found:
                break
            shown.append(found)
        else:
            lemmas += shown
            facts.append(conditional.fact)
    return tuple(facts), tuple(lemmas)


def _used(lemmas: Sequence[Obligation], main: Obligation, goal: Goal) -> tuple[Obligation, ...]:
    """All lemmas if the main obligation, or a lemma, rests on a conditional fact; none otherwise."""
    resting = any(fact not in goal.facts for one in (main, *lemmas) for fact in one.hypotheses)
    return tuple(lemmas) if resting else ()


class Mismatch(ValueError):
    """Evidence that is not of the goal: another conclusion, a hypothesis that is not given."""


def match(goal: Goal, obligations: dict[str, Obligation], splits: dict[str, str]) -> None:
    """Take the goal's evidence out of what a file holds; the certificates have been checked before.

    Raises:
        Mismatch: it is not there, or shows something else, or from something else.
    """
    if goal.name in splits:
        name = splits.pop(goal.name)
        if name not in goal.branches:
            raise Mismatch(f"{goal.name}: {name} has no cases")
        for case in cases(goal, name):
            match(case, obligations, splits)
        return
    facts = set(goal.facts)
    shown: set[Fact] = set()
    for count in range(1, len(obligations) + 1):
        _take_conditionals(goal, facts, shown)
        lemma = obligations.pop(f"{goal.name} / lemma {count}", None)
        if lemma is None:
            break
        _given(lemma, facts)
        shown.add(lemma.conclusion)
    main = obligations.pop(goal.name, None)
    if main is None:
        raise Mismatch(f"{goal.name}: nothing shows it")
    if main.conclusion not in goal.alternatives:
        raise Mismatch(f"{goal.name}: what is shown is not what is to be shown")
    others = {denial(fact) for fact in goal.alternatives if fact != main.conclusion}
    _given(main, facts | others)


def _take_conditionals(goal: Goal, facts: set[Fact], shown: set[Fact]) -> None:
    for conditional in goal.conditionals:
        if all(premise.trivial or premise in shown or premise in facts for premise in conditional.premises):
            facts.add(conditional.fact)


def _given(obligation: Obligation, facts: set[Fact]) -> None:
    for fact in obligation.hypotheses:
        if fact not in facts:
            raise Mismatch(f"{obligation.name}: {fact} is not given")
