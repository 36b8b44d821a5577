"""Refuting a claim, and deciding a recorded counterexample again from its numbers alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition, Derivation
from lstmproof.language.formula import free_names, terms
from lstmproof.proof.outcome import Refutation, Unsettled
from lstmproof.readings.named import AxisError
from lstmproof.refute import store
from lstmproof.refute.arithmetic import Beyond, Floats
from lstmproof.refute.decide import OPEN, Failure
from lstmproof.refute.margins import is_smooth_equation, longest_lag
from lstmproof.refute.moments import Run
from lstmproof.refute.network import Network, network_of
from lstmproof.refute.search import Budget, Found, search
from lstmproof.refute.shrink import shrink
from lstmproof.refute.statement import Statement, statement

MOST_LAG = 256
"""Steps that an error factor is run over."""

WORK_PER_SECOND = 150_000
"""Rows times steps of a small cell that a slow machine runs in a second."""


def refute(
    claim: Claim,
    derivation: Derivation,
    definition: Definition | None,
    *,
    seed: int,
    seconds: float,
    solvers: bool = True,
    stored: str = "",
) -> Refutation | Unsettled:
    """A network that refutes `claim`: the one on file if it still does, else one that a search finds.

    The search depends on `seed` and `seconds`: this buys an amount of work, what a slow machine does in that time. It
    compares float64 numbers, and so may find another network on another processor.

    Args:
        claim: what is to be refuted.
        derivation: the file that it is from.
        definition: its cell, None for formulas alone.
        seed: of the search.
        seconds: that it may take.
        solvers: whether a solver may propose networks, if one is installed.
        stored: the folder beside the derivation where its network may be on file; empty to search in any case.
    """
    known = on_file(claim, derivation, definition, stored) if stored else None
    if isinstance(known, Refutation):
        return known
    lag = longest_lag(claim.conclusion)
    if lag > MOST_LAG:
        return Unsettled(f"networks are not run over {lag} steps for an error factor; at most over {MOST_LAG}")
    try:
        prepared = statement(claim, derivation, definition)
        return _reported(prepared, search(prepared, Budget(WORK_PER_SECOND * seconds, solvers), seed))
    except (Beyond, AxisError) as problem:
        return Unsettled(f"cannot be refuted by running networks: {problem}")


def on_file(
    claim: Claim, derivation: Derivation, definition: Definition | None, folder: str
) -> Refutation | Unsettled | None:
    """The refutation on file, decided again in balls; None without a file, Unsettled if the file does not refute."""
    try:
        networks = store.load(claim, definition, folder)
        if networks is None:
            return None
        found = {name: replay(network, claim, derivation, definition) for name, network in networks.items()}
    except ValueError as error:
        return Unsettled(f"the network on file does not fit: {error}")
    first, worst = found.get("first"), found.get("worst")
    if not isinstance(first, Refutation):
        return first or Unsettled("the file holds no network")
    if not isinstance(worst, Refutation):
        return first
    return replace(first, counterexample={**first.counterexample, "worst": worst.counterexample})


def network_file(claim: Claim, definition: Definition | None, found: Refutation) -> str:
    """The text of the file that keeps what a search found."""
    networks = {"first": found.counterexample}
    if "worst" in found.counterexample:
        networks["worst"] = found.counterexample["worst"]
    return store.dump(claim, definition, networks)


def replay(
    counterexample: Mapping[str, Any], claim: Claim, derivation: Derivation, definition: Definition | None
) -> Refutation | Unsettled:
    """Decide a recorded counterexample again, in balls, from its numbers alone.

    Raises:
        ValueError: the record does not fit the claim and its cell.
    """
    try:
        prepared = statement(claim, derivation, definition)
    except (Beyond, AxisError) as problem:
        return Unsettled(f"the counterexample does not replay: {problem}")
    network = network_of(counterexample, prepared.subject)
    answer = prepared.decide(network, network.layout.steps)
    if not isinstance(answer, Failure):
        return Unsettled(f"the counterexample does not replay: {answer}")
    return Refutation(_record(prepared, network, answer), _reading(prepared, network, answer), answer.bits)


def _reported(prepared: Statement, found: Found) -> Refutation | Unsettled:
    if found.first is None:
        return _nothing(prepared, found)
    network, failure = shrink(prepared, *found.first)
    record = _record(prepared, network, failure)
    if found.worst is not None:
        worst_network, worst_failure = found.worst
        record["worst"] = _record(prepared, worst_network, worst_failure)
    return Refutation(record, _reading(prepared, network, failure), failure.bits)


def _nothing(prepared: Statement, found: Found) -> Unsettled:
    """Why there is no counterexample.

    Examples count only if every stage was searched, nothing was left open or without a value, and examples are
    evidence at all.
    """
    reasons = sorted(set(found.rejected))
    said = f" ({len(found.rejected)} proposals of float64 rejected: {'; '.join(reasons)})" if reasons else ""
    if not found.complete:
        return Unsettled(f"no counterexample found before the search ended{said}")
    counts = is_smooth_equation(prepared.claim, prepared.subject.definition) and OPEN not in reasons
    if counts and found.undefined:
        return Unsettled(f"no counterexample found, but {found.undefined} cases without a value in float64{said}")
    return Unsettled(f"no counterexample found by the search{said}", found.examples if counts else 0)


def _record(prepared: Statement, network: Network, failure: Failure) -> dict[str, Any]:
    """All that rebuilds the network, what was found, and its float64 run."""
    return {
        **network.as_json(),
        "step": failure.step,
        "unit": [list(each) for each in failure.unit],
        "sides": [list(each) for each in failure.sides],
        "bits": failure.bits,
        "trajectory": _trajectory(prepared, network),
    }


def _trajectory(prepared: Statement, network: Network) -> dict[str, Any]:
    """By name, the float64 values at every step of the states and of what the claim reads; at most 20 steps."""
    definition = prepared.subject.definition
    if definition is None:
        return {}
    with np.errstate(all="ignore"):
        run = Run(network.layout, network.row[None], Floats(1))
    read = {name for formula in prepared.claim.formulas for term in terms(formula) for name in free_names(term)}
    names = [name for name in run.steps[0] if name in read or name in definition.states]
    steps = range(max(1, network.layout.steps - 19), network.layout.steps + 1)
    shown = {name: [_listed(run.at(name, t).data) for t in steps] for name in names}
    return {"t": list(steps), **shown}


def _listed(data: Any) -> Any:
    """Nested lists of one row, a number as text where JSON has none for it."""
    row = data[0] if data.ndim and len(data) == 1 else data
    listed = np.asarray(row).tolist()
    return listed if np.isfinite(row).all() else str(listed)


def _reading(prepared: Statement, network: Network, failure: Failure) -> str:
    """One line: at which step and unit, and what was found."""
    several = [f"{axis} {place}" for axis, place in failure.unit if network.layout.sizes.get(axis, 1) > 1]
    where = ", ".join([f"step {failure.step}"] * (prepared.subject.definition is not None) + several)
    sides = "; ".join(f"{left} {relation} {right}" for left, relation, right in failure.sides)
    place = f"at {where}: " if where else ""
    return f"{place}{prepared.claim.text} would say {sides} (ball arithmetic, {failure.bits} bits)"
