"""Verdicts: what is established of a statement, how, and what it does not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Literal

Verdict = Literal["proved", "certified", "tested", "refuted", "undecided"]
Kind = Literal["law", "claim", "myth", "finding"]


@dataclass(frozen=True, slots=True)
class Result:
    """One statement about one cell, with its verdict; the fields are those of the JSON (schema 1)."""

    id: str
    kind: Kind
    line: int
    statement: str
    verdict: Verdict
    method: str
    quantifiers: str = ""
    assumptions: tuple[str, ...] = ()
    examples: int = 0
    """Cases generated and used."""
    comparisons: int = 0
    """Numbers compared over all cases; a check that compared nothing never holds."""
    redrawn: int = 0
    """Cases given up as too near a kink, outside the domain or ill-conditioned."""
    tolerance: float | None = None
    """The derived tolerance at the worst case."""
    worst: Mapping[str, Any] | None = None
    """The case that came nearest to its tolerance (or passed it furthest)."""
    counterexample: Mapping[str, Any] | None = None
    proof: Mapping[str, Any] | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    """By file name, texts that re-check a proof without lstmproof; not in the JSON."""
    accepted: bool = False
    """Whether a claim that is only tested was asked to count as holding."""
    reason: str = ""
    seconds: float = 0.0
    replay: str = ""
    traceback: str = ""
    """Of an internal error, which leaves the statement undecided."""

    @property
    def holds(self) -> bool | None:
        """True, False, or None where it is open or undecided."""
        match self.kind, self.verdict:
            case _, "undecided":
                return None
            case "law", verdict:
                return verdict != "refuted"
            case "claim", ("proved" | "refuted") as verdict:
                return verdict == "proved"
            case "claim", ("tested" | "certified") if self.accepted:
                return True
            case "myth", ("proved" | "refuted") as verdict:
                return verdict == "refuted"
            case "finding", _:
                return True
            case _:
                return None


@dataclass(frozen=True, slots=True)
class CellResults:
    """All results of one cell."""

    cell: str
    key: str
    file: str
    digest: str
    results: tuple[Result, ...]
    absent: Mapping[str, str] = field(default_factory=dict)
    """Laws that do not apply to this cell, each with the reason."""
    seconds: float = 0.0

    @property
    def title(self) -> str:
        """The cell's name; of what a file states of no cell, the file's."""
        return self.cell if self.key != self.file else PurePath(self.file).name
