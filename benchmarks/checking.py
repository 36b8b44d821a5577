"""Checking every derivative of `lstm` at once, beside `torch.autograd.gradcheck`: `python -m benchmarks.checking`.

Both compare an analytic Jacobian with one made by perturbing each argument, inputs and initial states included, and
hold the difference against a given number. Ours is the emitted kernel's backward against complex steps, all
perturbations in one batched call; its error is the largest difference. Gradcheck (slow mode, float64) takes one call
for each perturbation and central differences; its error is the least power of ten that it passes as `atol` with
`rtol=0`. It is run on torch's own fused LSTM, which hands out all h and the last c, and on a loop written in torch,
which like ours hands out all h and c. Two further columns: ours with a tolerance for every entry derived from the
problem, which gradcheck has not, and the first time, when kernels are built.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.machine import machine, markdown
from lstmproof.cell import load
from lstmproof.problem import Problem
from lstmproof.verify.jacobian import JacobianCheck, JacobianChecker, compared

Size = tuple[int, int, int, int]

SIZES: Sequence[Size] = ((10, 2, 3, 4), (20, 2, 8, 16))
"""(T, batch, input, hidden)."""

FASTER = 15.0
"""The mark: gradcheck's time over ours, at an error of at most `ERROR`."""
ERROR = 1e-14
LOOSEST = -7
"""The first decade that gradcheck is asked for; it goes down from there until it fails."""

Gradcheck = Callable[[float], bool]
"""Whether it passes at an absolute tolerance."""


@dataclass(frozen=True)
class Measured:
    """One size."""

    size: Size
    derivatives: int
    ours_ms: float
    """Median."""
    error: float
    derived_ms: float
    """Median, tolerances derived."""
    first_ms: float
    """Kernels built."""
    peers: Mapping[str, tuple[float, float | None]]
    """By name: milliseconds of one gradcheck, median, and the least tolerance that it passed."""
    ratio: float | None
    """Of the fastest gradcheck's time over ours."""
    met: bool | None


def measure(size: Size) -> Measured:
    """Time ours between gradchecks, so that what disturbs one disturbs both."""
    T, batch, D, H = size
    cell = load("lstm")
    problem = cell.problem(T=T, batch=batch, sizes={"input": D, "hidden": H})
    start = perf_counter()
    checker = JacobianChecker(cell.definition)
    result = checker.check(problem)
    first_ms = 1000 * (perf_counter() - start)
    if not result.agrees:
        raise ValueError(f"the kernel's Jacobian is off by {result.error:.1e}")

    def check() -> JacobianCheck:
        return compared(checker.analytic(problem), checker.stepped(problem), ERROR)

    ours: list[float] = []
    peers: dict[str, tuple[float, float | None]] = {}
    for name, gradcheck in gradchecks(problem).items():
        theirs, passed = [], None
        for decade in range(LOOSEST, -14, -1):
            ours += [_milliseconds(check) for _ in range(3)]
            start = perf_counter()
            passes = gradcheck(10.0**decade)
            theirs.append(1000 * (perf_counter() - start))
            if not passes:
                break
            passed = 10.0**decade
        peers[name] = (float(np.median(theirs)), passed)
    ours += [_milliseconds(check) for _ in range(5)]
    derived = [_milliseconds(lambda: checker.check(problem)) for _ in range(5)]
    median = float(np.median(ours))
    ratio = min(milliseconds for milliseconds, _ in peers.values()) / median if peers else None
    met = None if ratio is None else ratio >= FASTER and check().agrees
    return Measured(size, result.entries, median, result.error, float(np.median(derived)), first_ms, peers, ratio, met)


def _milliseconds(computation: Callable[[], Any]) -> float:
    start = perf_counter()
    computation()
    return 1000 * (perf_counter() - start)


def gradchecks(problem: Problem) -> dict[str, Gradcheck]:
    """Gradcheck of torch's LSTM and of a loop in torch, by name; none without torch."""
    if not find_spec("torch"):
        return {}
    import torch  # noqa: PLC0415 - optional

    torch.set_num_threads(1)
    W, U, b = (np.concatenate([problem.parameters[f"{kind}_{gate}"] for gate in "ifgo"]) for kind in "WUb")
    arrays = (problem.inputs["x"], problem.initial["h"], problem.initial["c"], W, U, b)
    given = tuple(torch.tensor(array, requires_grad=True) for array in arrays)

    def fused(x: Any, h: Any, c: Any, W: Any, U: Any, b: Any) -> Any:
        weights = [W, U, b, torch.zeros_like(b)]
        hs, _, last = torch.lstm(x, (h[None], c[None]), weights, True, 1, 0.0, True, False, False)
        return hs, last

    def loop(x: Any, h: Any, c: Any, W: Any, U: Any, b: Any) -> Any:
        hs, cs = [], []
        for z_x in x @ W.T + b:
            z_i, z_f, z_g, z_o = (z_x + h @ U.T).chunk(4, 1)
            c = torch.sigmoid(z_f) * c + torch.sigmoid(z_i) * torch.tanh(z_g)
            h = torch.sigmoid(z_o) * torch.tanh(c)
            hs.append(h)
            cs.append(c)
        return torch.stack(hs), torch.stack(cs)

    def check(function: Callable[..., Any]) -> Gradcheck:
        return lambda atol: bool(torch.autograd.gradcheck(function, given, atol=atol, rtol=0.0, raise_exception=False))

    return {"torch's LSTM": check(fused), "a torch loop": check(loop)}


def table(results: Sequence[Measured]) -> str:
    """Results as Markdown."""
    names = list(results[0].peers)
    head = ["(T, B, D, H)", "derivatives", "ours, ms", "error", "tolerance derived, ms", "first time, ms"]
    head += [f"gradcheck of {name}" for name in names]
    rows = []
    for result in results:
        row = [str(result.size), str(result.derivatives), f"{result.ours_ms:.1f}", f"{result.error:.1e}"]
        row += [f"{result.derived_ms:.1f}", f"{result.first_ms:.0f}"]
        for milliseconds, passed in result.peers.values():
            reached = "fails" if passed is None else f"passes {passed:.0e}"
            row.append(f"{milliseconds:.0f} ms, {reached}")
        if result.ratio is not None:
            row.append(f"{result.ratio:.1f} >= {FASTER:g}: {'yes' if result.met else '**no**'}")
        rows.append(row)
    return markdown([*head, *(["times faster"] if names else [])], rows)


def main(words: Sequence[str]) -> int:
    """Measure, print, write; 1 if the mark is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.checking", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="the smaller size alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the measurements there")
    options = parser.parse_args(words)
    where = machine()
    print("\n".join(f"- {what}: {value}" for what, value in where.items()), end="\n\n")
    results = [measure(size) for size in (SIZES[:1] if options.quick else SIZES)]
    print(table(results))
    if options.json:
        measured = {"machine": where, "results": [asdict(result) for result in results]}
        options.json.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    return int(any(result.met is False for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
