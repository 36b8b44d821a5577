"""Results as JSON, schema 1."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from lstmproof.report.environment import environment
from lstmproof.report.summary import summarise
from lstmproof.verdict import CellResults, Result

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Run:
    """One call of `verify`: what was asked, and what came of it."""

    version: str
    seed: int
    examples: int
    cells: tuple[CellResults, ...]
    exit_status: int
    interrupted: bool = False
    error: str = ""


def document(run: Run) -> dict[str, Any]:
    """The whole document; `error` is present only if the run was refused."""
    summary = summarise(run.cells)
    counts = {"holding": summary.holding, "failing": summary.failing, "open": summary.open, "holds": summary.holds}
    content: dict[str, Any] = {
        "schema": SCHEMA,
        "version": run.version,
        "seed": run.seed,
        "examples": run.examples,
        "exit_status": run.exit_status,
        "interrupted": run.interrupted,
        "environment": environment(),
        "cells": [_cell(cell) for cell in run.cells],
        "summary": dict(summary.verdicts) | counts,
    }
    if run.error:
        content["error"] = run.error
    return content


def dumps(content: Any) -> str:
    """`content` as strict JSON text, in the order given, ending in a newline."""
    return json.dumps(jsonable(content), indent=1, allow_nan=False) + "\n"


def _cell(cell: CellResults) -> dict[str, Any]:
    return {
        "cell": cell.cell,
        "key": cell.key,
        "file": cell.file,
        "digest": cell.digest,
        "results": [_result(result) for result in cell.results],
        "absent": dict(cell.absent),
        "seconds": cell.seconds,
    }


def _result(result: Result) -> dict[str, Any]:
    fields = asdict(replace(result, files={}))
    del fields["files"], fields["accepted"]
    verdict = fields.pop("verdict")
    ordered = ("id", "kind", "line", "statement", "quantifiers", "assumptions")
    return {name: fields.pop(name) for name in ordered} | {"verdict": verdict, "holds": result.holds} | fields


def jsonable(value: Any) -> Any:
    """`value` in JSON's own types: arrays as nested lists, exact rationals and non-finite floats as strings.

    >>> jsonable({"worst": float("inf"), "at": (1, Fraction(1, 3))})
    {'worst': 'inf', 'at': [1, '1/3']}
    """
    match value:
        case None | bool() | str():
            return value
        case np.generic() | np.ndarray():
            return jsonable(value.tolist())
        case int():
            return int(value)
        case float():
            return value if math.isfinite(value) else str(value)
        case complex():
            return {"re": jsonable(value.real), "im": jsonable(value.imag)}
        case Fraction():
            return str(value)
        case Mapping():
            return {str(key): jsonable(entry) for key, entry in value.items()}
        case Set():
            return sorted(jsonable(entry) for entry in value)
        case Sequence():
            return [jsonable(entry) for entry in value]
        case _:
            return str(value)
