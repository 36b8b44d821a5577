"""Results made by hand, one of every outcome."""

from __future__ import annotations

from lstmproof.report.json_results import Run
from lstmproof.verdict import CellResults, Result

HOLDING = Result(
    "law.complex_step", "law", 7, "gradients agree", "tested", "complex-step", examples=100, comparisons=900
)
CERTIFIED = Result("law.ball", "law", 7, "gradients lie in the enclosure", "certified", "ball", seconds=0.25)
FAILING = Result(
    "law.reference",
    "law",
    9,
    "the kernel agrees with the reference",
    "refuted",
    "reference",
    examples=3,
    tolerance=4.2e-15,
    worst={"value": float("nan"), "T": 5},
    counterexample={"T": 2, "b_f": [3.0, float("inf")]},
    reason="dL/dU_f off by 3.1e-01\nall other gradients agree",
    replay="lstmproof verify mine.py:mine --law law.reference --seed 0",
)
UNDECIDED = Result("law.taylor", "law", 7, "remainders shrink", "undecided", "taylor", reason="61 of 100 cases redrawn")


def cell(*results: Result, name: str = "mine", seconds: float = 1.5) -> CellResults:
    return CellResults(
        name,
        f"mine.py:{name}",
        "mine.py",
        "sha256:00",
        results,
        {"law.online": "h reaches c through a Contract"},
        seconds,
    )


def run(*cells: CellResults, exit_status: int = 0, interrupted: bool = False, error: str = "") -> Run:
    return Run("0.1.0", 3, 50, cells, exit_status, interrupted, error)
