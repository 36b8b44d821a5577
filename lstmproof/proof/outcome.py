"""What provers and refuters hand back: a proof, a refutation, or the reason why there is neither."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Method = Literal["certificate", "smt", "symbolic"]


@dataclass(frozen=True, slots=True)
class Proof:
    """Why a statement holds for all that it quantifies over, and what re-checks that."""

    method: Method
    reading: str
    """The argument for a reader, in lines: the induction, the invariant, each obligation with its identity."""
    files: Mapping[str, str] = field(default_factory=dict)
    """By file name, texts that re-check it without lstmproof: certificate JSON, SMT-LIB."""
    recheck: str = ""
    """The command that re-checks those files."""


def described(proof: Proof) -> dict[str, Any]:
    """A proof as results have it."""
    return {"reading": proof.reading, "files": sorted(proof.files), "recheck": proof.recheck}


@dataclass(frozen=True, slots=True)
class Refutation:
    """Concrete weights, inputs and initial states at which every hypothesis holds and the conclusion does not."""

    counterexample: Mapping[str, Any]
    """What a person needs to see, and what rebuilds it: sizes, weights, inputs, initial states, step, both sides."""
    reading: str
    """One line: at which step and unit, what was found."""
    precision: int
    """Bits of ball arithmetic at which it was decided."""


@dataclass(frozen=True, slots=True)
class Unsettled:
    """No verdict of this method."""

    reason: str
    examples: int = 0
    """Runs on which every hypothesis held and so did the conclusion, for a search that found no counterexample."""
