"""Theorems that Coq has accepted, as files beside derivations: what reports show where there is no Coq.

A file holds digests alone, by cell and result. A theorem counts as accepted if the one that is written today is, to the
letter, with its statement and the theories that it rests on, the one that Coq accepted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from lstmproof.proof.coq.cache import digest
from lstmproof.proof.coq.library import digest_of, theories_for
from lstmproof.proof.coq.outcome import Instance

FORMAT = "lstmproof-theorems-1"
FOLDER = "theorems"
"""Beside a derivation."""

_PACKAGE = Path(__file__).parents[2]


def identity(instance: Instance) -> str:
    """A digest of a theorem, its proof, its statement and the theories under it."""
    about = (instance.text, *instance.theorems, instance.statement)
    return f"sha256:{digest(digest_of(theories_for(instance.text)), *about)}"


def on_file(file: str, cell: str) -> Mapping[str, str]:
    """The identities of theorems about a cell of a derivation file (`""`: about none), by id of their results.

    They are looked for beside the derivation, in the checkout and in the package; what is damaged counts for nothing.
    """
    beside = Path(file).parent / FOLDER
    for place in (beside, *(root / "derivations" / FOLDER for root in (_PACKAGE, _PACKAGE.parent))):
        path = place / f"{Path(file).stem}.json"
        if path.is_file():
            return _read(path).get(cell, {})
    return {}


def _read(path: Path) -> Mapping[str, Mapping[str, str]]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(data, dict) or data.get("format") != FORMAT or not isinstance(data.get("theorems"), dict):
        return {}
    return {cell: found for cell, found in data["theorems"].items() if isinstance(found, dict)}


def dump(cells: Mapping[str, Mapping[str, str]]) -> str:
    """The text of a file."""
    return json.dumps({"format": FORMAT, "theorems": cells}, indent=1) + "\n"
