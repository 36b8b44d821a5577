"""Networks as files: found once by a search in float64, kept beside the derivation, decided again in balls on use.

A search compares float64 numbers, whose last bits differ between processors and libraries; what it finds may differ
with them. What is on file is the same everywhere. A file supplies numbers alone: the claim and the cell decide, in
ball arithmetic, whether they still refute it, or still meet its hypotheses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.proof.induction.store import digest, file_name

FORMAT = "lstmproof-network-1"
COUNTEREXAMPLES, WITNESSES = "counterexamples", "witnesses"
"""Folders beside a derivation: of networks that refute, and of networks at which hypotheses hold together."""

NUMBERS = ("sizes", "steps", "parameters", "inputs", "initial", "constants", "free")
"""Of a recorded network, what rebuilds it."""

_PACKAGE = Path(__file__).parents[1]


class Stale(ValueError):
    """A file of networks that is none, or not of this claim as it stands; says why."""


def dump(claim: Claim, definition: Definition | None, networks: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of a file: the claim, its digest, and networks by what they are (`first`, `worst`)."""
    head = {
        "format": FORMAT,
        "cell": claim.cell,
        "claim": claim.name,
        "statement": claim.text,
        "digest": digest(claim, definition),
    }
    numbers = {name: {key: network[key] for key in NUMBERS} for name, network in networks.items()}
    shown = ",\n".join(f'  "{name}": {json.dumps(network)}' for name, network in numbers.items())
    return f'{json.dumps(head, indent=1)[:-2]},\n "networks": {{\n{shown}\n }}\n}}\n'


def load(claim: Claim, definition: Definition | None, folder: str) -> Mapping[str, Any] | None:
    """The networks on file for a claim, from beside its derivation, the checkout or the package; None without a file.

    Raises:
        Stale: there is a file, and it is not of this claim of this cell.
    """
    beside = Path(claim.file).parent / folder
    for place in (beside, *(root / "derivations" / folder for root in (_PACKAGE, _PACKAGE.parent))):
        path = place / file_name(claim)
        if path.is_file():
            return _networks(path, digest(claim, definition))
    return None


def _networks(path: Path, expected: str) -> Mapping[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        said, networks = (data["format"], data["digest"]), data["networks"]
        if not isinstance(networks, dict) or not all(isinstance(each, dict) for each in networks.values()):
            raise Stale(f"{path}: its networks are no networks")
    except (OSError, ValueError, RecursionError, KeyError, TypeError) as error:
        raise Stale(f"{path}: {error}") from error
    if said != (FORMAT, expected):
        raise Stale(f"{path}: the derivation or the claim has changed")
    return networks
