"""Claims about all steps, by induction over the cell's own update."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Literal

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.proof.induction import smt, store
from lstmproof.proof.induction.certificates import has_solver, search
from lstmproof.proof.induction.facts import Fact, OutOfReach, Undefined
from lstmproof.proof.induction.goals import EASY, Evidence, Goal, Mismatch, Stop, prove
from lstmproof.proof.induction.plans import Plan, Setting, contradictions, goals
from lstmproof.proof.induction.polynomial import Polynomial, TooLarge
from lstmproof.proof.induction.reading import reading
from lstmproof.proof.induction.templates import setting_of
from lstmproof.proof.outcome import Proof, Unsettled

MOST_SECONDS = 10.0
"""For one goal."""

MOST_STRENGTHENING = 8.0
"""For finding invariants beside the claim itself."""

START: tuple[Literal[0], Literal[1]] = (0, 1)

NO_SOLVER = "no certificate of it is on file, and z3-solver, which finds new ones, is not installed"
NOT_SOUGHT = (
    "no certificate of it is on file, and none is searched for here; `lstmproof verify FILE --proofs certificates`, in "
    "the folder of the derivation file, writes those that it finds"
)


@dataclass(frozen=True)
class Found:
    """A plan, what it asks for, and evidence for all of it."""

    plan: Plan
    goals: tuple[Goal, ...]
    evidence: Evidence


def induct(
    claim: Claim, definition: Definition | None, *, seconds: float = 30.0, stored: bool = True, solvers: bool = True
) -> Proof | Unsettled:
    """A proof of the claim for all steps, from its certificate on file or a new search; else the reason why not.

    `definition` is the claim's cell, None for formulas alone. With `stored` false no file is read; with `solvers`
    false nothing new is searched for, as if none were installed.
    """
    changed = ""
    try:
        known = on_file(claim, definition) if stored else None
        if isinstance(known, Proof):
            return known
        changed = f"; {known.reason}" if known else ""
        if not (solvers and has_solver()):
            return Unsettled((NO_SOLVER if solvers else NOT_SOUGHT) + changed)
        setting = setting_of(claim, definition)
        found = search_proof(setting, seconds)
    except (OutOfReach, TooLarge, Undefined) as error:
        return Unsettled(str(error))
    return _proof(setting, found) if isinstance(found, Found) else Unsettled(found.reason + changed)


def on_file(claim: Claim, definition: Definition | None) -> Proof | Unsettled | None:
    """The proof on file, re-checked, which needs no solver; None if there is none.

    It is Unsettled, with the reason, if what is on file does not prove this claim of this cell.

    Raises:
        OutOfReach, TooLarge, Undefined: the claim is not one for this method.
    """
    setting = setting_of(claim, definition)
    try:
        data: Any = store.load(setting.claim)
        return _proof(setting, Found(*store.recheck(data, setting))) if data is not None else None
    except Mismatch as error:
        return Unsettled(f"the certificate on file does not fit: {error}")


def certificate_file(claim: Claim, definition: Definition | None, *, seconds: float = 30.0) -> str | None:
    """The text of a new certificate file for the claim, or None if no certificate was found."""
    try:
        setting = setting_of(claim, definition)
        result = search_proof(setting, seconds)
    except (OutOfReach, TooLarge, Undefined):
        return None
    if isinstance(result, Unsettled) or result.evidence.solved:
        return None
    return store.dump(setting.claim, definition, result.plan, result.evidence)


def search_proof(setting: Setting, seconds: float) -> Found | Unsettled:
    """The first plan that works out; contradictory hypotheses prove nothing.

    Raises:
        OutOfReach, TooLarge, Undefined: the claim is not one for this method.
    """
    until = monotonic() + seconds
    if _contradict(setting, until):
        return Unsettled("the hypotheses contradict each other")
    stops: list[tuple[Plan, Stop]] = []
    for plan in _plans(setting):
        result = _attempt(setting, plan, until)
        if isinstance(result, Found):
            return result
        stops.append((plan, result))
    strengthened = _strengthen(setting, [stop for _, stop in stops], min(until, monotonic() + MOST_STRENGTHENING))
    if strengthened:
        return strengthened
    for plan, stop in stops:
        if stop.point is None:
            result = _attempt(setting, plan, until, solvers=True)
            if isinstance(result, Found):
                return result
    return Unsettled(_reason(stops[-1][1]))


def _plans(setting: Setting) -> Iterator[Plan]:
    yield Plan()
    if setting.own:
        yield Plan(0, setting.own)
        yield Plan(1, setting.own)


def _contradict(setting: Setting, until: float) -> bool:
    """Whether 0 > 0 follows from the hypotheses at one step, in every case of them."""
    if not setting.claim.assumptions:
        return False
    nothing = Fact(Polynomial({}), ">")
    found = [
        search("contradiction", goal.facts, nothing, min(2.0, until - monotonic()), EASY[:2])
        for goal in contradictions(setting, nothing)
    ]
    return bool(found) and all(found)


def _attempt(setting: Setting, plan: Plan, until: float, *, solvers: bool = False) -> Found | Stop:
    todo = goals(setting, plan)
    evidence = Evidence()
    for goal in todo:
        part = prove(goal, min(MOST_SECONDS, until - monotonic()))
        if isinstance(part, Stop) and solvers and part.point is None:
            part = _solved(goal, min(MOST_SECONDS, until - monotonic())) or part
        if isinstance(part, Stop):
            return part
        evidence += part
    return Found(plan, todo, evidence)


def _solved(goal: Goal, seconds: float) -> Evidence | None:
    """z3's and cvc5's word for a goal, if they agree."""
    text = smt.script(goal.name, goal.facts, goal.alternatives)
    return Evidence(solved=((goal.name, text),)) if seconds > 0 and smt.unsatisfiable(text, seconds) else None


def _strengthen(setting: Setting, stops: Sequence[Stop], until: float) -> Found | None:
    """The claim by induction together with bounds on the states, of those on each state the first that hold."""
    for start in START:
        proved: list[str] = []
        for group in _groups(setting, stops):
            for name in group:
                if monotonic() < until and _carries(setting, Plan(start, (*proved, name)), name, until):
                    proved.append(name)
                    break
        for names in ((*setting.own, *proved), tuple(proved)) if proved else ():
            result = _attempt(setting, Plan(start, names), until)
            if isinstance(result, Found):
                return result
    return None


def _groups(setting: Setting, stops: Sequence[Stop]) -> list[tuple[str, ...]]:
    """Candidates that exclude each other, strongest first, on states that the goals that failed speak of."""
    facts = [fact for stop in stops for fact in (*stop.goal.facts, *stop.goal.alternatives)]
    spoken = {name for fact in facts for name in fact.polynomial.variables}
    groups = setting.families
    return [names for state, names in groups if not state or spoken & {f"{state}[t-1]", f"{state}0"}]


def _carries(setting: Setting, plan: Plan, name: str, until: float) -> bool:
    """Whether one of a plan's invariants holds at its start and from each step to the next."""
    return all(
        isinstance(prove(goal, min(1.0, until - monotonic()), EASY, 1), Evidence)
        for goal in goals(setting, plan)
        if goal.about == name
    )


def _reason(stop: Stop) -> str:
    """Where an attempt came to a halt."""
    wanted = " or ".join(str(fact) for fact in stop.goal.alternatives)
    given = [str(fact) for fact in stop.goal.facts if fact.origin.startswith(("assumed", "invariant"))]
    under = f" given {', '.join(given)}" if given else ""
    return f"the proof stops at ({stop.goal.name}): {wanted}{under}"


def _proof(setting: Setting, found: Found) -> Proof:
    claim, definition, evidence = setting.claim, setting.definition, found.evidence
    name = store.file_name(claim)
    files = {name: store.dump(claim, definition, found.plan, evidence)} if evidence.obligations else {}
    for place, (_, script) in enumerate(evidence.solved, 1):
        files[f"{name.removesuffix('.json')}.{place}.smt2"] = script
    steps = [f"python -I checker.py {name}"] if evidence.obligations else []
    steps += [f"z3 {file} and cvc5 {file}: unsat" for file in files if file.endswith(".smt2")]
    invariants = {one: claim.text if one in setting.own else one for one in found.plan.invariants}
    return Proof(
        method="smt" if evidence.solved else "certificate",
        reading=reading(found.plan, invariants, found.goals, evidence),
        files=files,
        recheck="; ".join(steps),
    )
