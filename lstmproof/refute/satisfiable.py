"""Whether the hypotheses of a claim can hold together: a concrete run at which every one of them is shown to, in balls.

Contradictory hypotheses prove anything. A run at which they all hold is one that refutes the claim's statement replaced
by a false one, so that it is searched for, and decided, like any counterexample.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from lstmproof.language.claims import Assumption, Claim, Role
from lstmproof.language.definition import Definition, Derivation
from lstmproof.language.formula import Compare
from lstmproof.program.expr import ONE, ZERO, Number, Ref
from lstmproof.proof.outcome import Refutation, Unsettled
from lstmproof.refute.refutation import refute
from lstmproof.refute.store import WITNESSES

SECONDS = 2.0
"""For the search."""

FALSE = Compare("<", ONE, ZERO)
TIME = Ref("t")


def satisfiable(claim: Claim, definition: Definition | None, *, seed: int, solvers: bool = True) -> str | Unsettled:
    """Where the hypotheses of `claim` hold, in a line; or that no such run was found, and why."""
    if not claim.assumptions:
        return "there are none"
    if claim.first_step > 1 and claim.arguments.get(TIME.name, "time") != "time":
        return Unsettled(f"a hypothesis about steps from {claim.first_step} on, where {TIME.name} is not the step")
    found = witness(claim, definition, seed=seed, solvers=solvers, stored=WITNESSES)
    if isinstance(found, Unsettled):
        return Unsettled(f"no run was found at which the hypotheses hold together: {found.reason}")
    return f"they hold together, shown in balls of {found.precision} bits: {_where(found.counterexample)}"


def witness(
    claim: Claim, definition: Definition | None, *, seed: int, solvers: bool = True, stored: str = ""
) -> Refutation | Unsettled:
    """A run at which every hypothesis holds, as one that refutes a false conclusion under them."""
    nothing = Derivation(claim.file, "", claim.digest, "", (definition,) if definition else (), ())
    return refute(impossible(claim), nothing, definition, seed=seed, seconds=SECONDS, solvers=solvers, stored=stored)


def impossible(claim: Claim) -> Claim:
    """What a witness of the hypotheses of `claim` refutes."""
    return replace(_from_its_first_step(claim), conclusion=FALSE, text="1 < 0")


def _from_its_first_step(claim: Claim) -> Claim:
    """The claim with the hypothesis that t is a step of which it speaks, which its lags say."""
    first = claim.first_step
    if first == 1:
        return claim
    later = Assumption(Compare(">=", TIME, Number(Fraction(first))), False, f"t >= {first}", claim.line)
    arguments: dict[str, Role] = {**claim.arguments, TIME.name: "time"}
    return replace(claim, assumptions=(*claim.assumptions, later), arguments=arguments)


def _where(example: Any) -> str:
    """The numbers of a run, those that are not 0, in one line."""
    parts = []
    for key in ("sizes", "free", "constants", "parameters", "initial", "inputs", "step"):
        value = example.get(key)
        if isinstance(value, dict):
            told = ", ".join(f"{name} = {_flat(entry)}" for name, entry in value.items() if not _is_zero(entry))
            if told:
                parts.append(told)
        elif value is not None:
            parts.append(f"{key} {value}")
    return "; ".join(parts) or "all numbers 0"


def _is_zero(entry: Any) -> bool:
    if isinstance(entry, list):
        return all(_is_zero(each) for each in entry)
    return entry in (0, "0", 0.0)


def _flat(entry: Any) -> str:
    while isinstance(entry, list) and len(entry) == 1:
        entry = entry[0]
    return str(entry)
