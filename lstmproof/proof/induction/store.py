"""Certificates as files: written beside the derivation, bound to the claim, re-checked without a solver.

A file supplies multipliers, cases and the choice of invariants; everything else is drawn anew from the claim and its
cell. What the file says it shows must be exactly what is to be shown, from nothing but what is given; then the
stand-alone checker multiplies it out. A changed derivation, claim, hypothesis or multiplier is a `Mismatch`.
"""

from __future__ import annotations

import hashlib
import json
from ast import unparse
from pathlib import Path
from typing import Any

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.proof.induction import checker
from lstmproof.proof.induction.certificates import Obligation, as_json, from_json
from lstmproof.proof.induction.goals import Evidence, Goal, Mismatch, match
from lstmproof.proof.induction.plans import Plan, Setting, goals

FOLDER = "certificates"
_PACKAGE = Path(__file__).parents[2]


def file_name(claim: Claim) -> str:
    """`janet_beta.state_stays_below_exp_beta.json`."""
    return f"{claim.cell or Path(claim.file).stem}.{claim.name}.json"


def digest(claim: Claim, definition: Definition | None) -> str:
    """Of what is proved: the statement, its assumptions and defaults, and the equations of the cell."""
    said: list[Any] = [claim.text, [each.text for each in claim.assumptions], sorted(claim.arguments.items())]
    said.append(sorted((name, str(value)) for name, value in claim.defaults.items()))
    if definition:
        said.append([[each.target, list(each.axes), each.text] for each in definition.equations])
        said.append([unparse(helper) for helper in definition.helpers.values()])
    return f"sha256:{hashlib.sha256(json.dumps(said).encode()).hexdigest()}"


def dump(claim: Claim, definition: Definition | None, plan: Plan, evidence: Evidence) -> str:
    """The text of a certificate file."""
    data = {
        "format": checker.FORMAT,
        "cell": claim.cell,
        "claim": claim.name,
        "statement": claim.text,
        "assumptions": [each.text for each in claim.assumptions],
        "defaults": {name: str(value) for name, value in claim.defaults.items()},
        "digest": digest(claim, definition),
        "plan": {"start": plan.start, "invariants": list(plan.invariants)},
        "splits": dict(evidence.splits),
        "obligations": [as_json(obligation) for obligation in evidence.obligations],
    }
    lines = json.dumps({key: value for key, value in data.items() if key != "obligations"}, indent=1)[:-2]
    shown = ",\n".join(json.dumps(obligation) for obligation in data["obligations"] or [])
    return f'{lines},\n "obligations": [\n{shown}\n]}}\n'


def recheck(data: Any, setting: Setting) -> tuple[Plan, tuple[Goal, ...], Evidence]:
    """The proof that a certificate file holds, every certificate of it checked and matched with what is to be shown.

    Raises:
        Mismatch: it is not a proof of this claim about this cell; says why.
    """
    try:
        checker.check_file(data)
        plan, splits, found = _parse(data)
        todo = goals(setting, plan)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise Mismatch(f"{error}") from error
    if data.get("digest") != digest(setting.claim, setting.definition):
        raise Mismatch("the derivation or the claim has changed")
    obligations = {obligation.name: obligation for obligation in found}
    if len(obligations) != len(found):
        raise Mismatch("two obligations have one name")
    evidence = Evidence(tuple(found), tuple(splits.items()))
    for goal in todo:
        match(goal, obligations, splits)
    if obligations or splits:
        raise Mismatch(f"nothing asks for {', '.join([*obligations, *splits])}")
    return plan, todo, evidence


def _parse(data: Any) -> tuple[Plan, dict[str, str], list[Obligation]]:
    start, invariants = data["plan"]["start"], data["plan"]["invariants"]
    if start is not None and (type(start) is not int or start not in {0, 1}):
        raise ValueError(f"an induction does not start at {start!r}")
    splits = {str(goal): str(name) for goal, name in data["splits"].items()}
    plan = Plan(None if start is None else 1 if start else 0, tuple(str(name) for name in invariants))
    return plan, splits, [from_json(entry) for entry in data["obligations"]]


def load(claim: Claim) -> Any:
    """What the certificate file of a claim holds, from beside its derivation, the checkout or the package; else None.

    Raises:
        Mismatch: there is one, and it is not JSON.
    """
    beside = Path(claim.file).parent / FOLDER
    folders = [beside, *(root / "derivations" / FOLDER for root in (_PACKAGE, _PACKAGE.parent))]
    for folder in folders:
        path = folder / file_name(claim)
        if path.is_file():
            try:
                return json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError, RecursionError) as error:
                raise Mismatch(f"{path}: {error}") from error
    return None
