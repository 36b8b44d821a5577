"""What is established of the catalogue's cells, found once in a process: several files of tests ask for it."""

from __future__ import annotations

from functools import cache

from lstmproof.catalogue import find
from lstmproof.proof.findings import Finding, findings


@cache
def established(name: str) -> tuple[Finding, ...]:
    """The findings of a cell of the catalogue."""
    return tuple(findings(find(name), seconds=30))
