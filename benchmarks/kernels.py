"""Forward and backward of emitted kernels against their peers: `python -m benchmarks.kernels`.

All contenders run in one process on one thread, in turn, repetition by repetition; before any is timed, its gradients
are compared with the kernel's. The loss is the sum over t of <h_t, G_t>. What is timed of the kernel is what a caller
needs of it: `forward`, a copy of the output, `backward`; checks of arguments included. A ratio is the peer's time over
the kernel's: medians, then least times in brackets. Of cells whose one peer is a loop of NumPy's it is processor time,
to which other work on the machine adds little; frameworks have threads that wait busily, so theirs is elapsed time. In
the column of the floor it is the textbook loop's time over that of the matrix products and transcendental functions
alone (`benchmarks.floor`): no plan goes beyond.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

from benchmarks.floor import floor_of
from benchmarks.machine import machine, markdown
from benchmarks.peers import Peer, peers
from benchmarks.textbook import LOOPS, OUTPUT
from benchmarks.textbook.layers import Layout
from benchmarks.timing import in_turn, ratios
from lstmproof.cell import DTYPES, Dtype, load
from lstmproof.problem import Array, Problem

Size = tuple[int, int, int, int]

MARKS: Mapping[Size, Mapping[str, float]] = {
    (100, 1, 8, 8): {"textbook": 8, "autograd": 60, "torch": 9, "jax": 0.5},
    (1000, 1, 16, 16): {"textbook": 8, "autograd": 60, "torch": 9, "jax": 0.5},
    (100, 1, 32, 32): {"textbook": 7, "autograd": 55, "torch": 8, "jax": 0.5},
    (100, 16, 64, 64): {"textbook": 2, "autograd": 5, "torch": 1.7, "jax": 0.65},
    (100, 32, 128, 128): {"textbook": 2, "torch": 1.3, "jax": 1},
    (50, 64, 256, 256): {"textbook": 1.9, "torch": 1.1, "jax": 1},
}
"""By (T, batch, input, hidden): the least ratio of each peer of `lstm` in float64; one without a mark is not run."""

CELL_SIZE: Size = (100, 16, 64, 64)
CELL_MARK = 2.0
"""The least ratio of every other cell's own textbook loop, and at which size."""

LAYOUTS: Mapping[Layout, str] = {"transposed": "", "contiguous": ", contiguous"}
"""The textbook loops' layouts; the marks are set by the first."""

FLOOR = "textbook over floor"

BLOCK = {"block": 8, "unit": 8}
"""Memory cell blocks that make 64 cells."""


@dataclass(frozen=True)
class Measured:
    """One ratio: a peer's time over the kernel's, or for `FLOOR` the textbook loop's over the floor's."""

    cell: str
    size: Size
    """(T, batch, input, hidden)."""
    dtype: str
    peer: str
    ratio: float
    """Of medians."""
    ratio_of_least: float
    mark: float | None
    """What the ratio should reach; none in float32."""
    met: bool | None
    kernel_ms: float
    """Median."""
    peer_ms: float
    repetitions: int


class Disagreement(ValueError):
    """A peer whose gradients are not the kernel's."""


def problem_of(cell: str, size: Size, dtype: Dtype) -> Problem:
    """Standard normal inputs, weights scaled by 1/sqrt(hidden) as at the start of training: errors then stay small."""
    T, batch, D, H = size
    loaded = load(cell)
    sizes = {axis: BLOCK.get(axis, H) for axis in loaded.program.axis_names} | {"input": D}
    problem = loaded.problem(T=T, batch=batch, sizes=sizes, dtype=dtype)
    scale = problem.inputs["x"].dtype.type(H**-0.5)
    return replace(problem, parameters={name: scale * array for name, array in problem.parameters.items()})


def kernel_of(cell: str, problem: Problem, dtype: Dtype) -> Peer:
    """The emitted kernel as a contender."""
    kernel = load(cell).kernel(dtype)
    label = OUTPUT[cell]
    given = (*problem.inputs.values(), *problem.initial.values())
    keywords = {**problem.parameters, **problem.constants}
    cotangent = {label: problem.cotangents[label]}

    def run() -> tuple[Array, Mapping[str, Array]]:
        found = kernel.forward(*given, **keywords)
        return found[label], kernel.backward(found, **cotangent)

    return Peer(run, lambda found: {label: found[0], **found[1]})


def textbook_of(cell: str, problem: Problem, layout: Layout = "transposed") -> Peer:
    """The cell's textbook loop as a contender."""
    loop = LOOPS[cell]
    return Peer(lambda: loop(problem, layout), lambda found: found)


def compare(name: str, found: Mapping[str, Array], expected: Mapping[str, Array], problem: Problem) -> int:
    """The number of arrays compared, once each of `found` is within rounding of the kernel's, by norm.

    The bound is eps times the terms that one entry may add up: every step, and the rows and units of a product.

    Raises:
        Disagreement: naming the array, or a peer that returned nothing to compare.
    """
    first = next(iter(problem.inputs.values()))
    terms = problem.T * (problem.batch + sum(problem.sizes.values()))
    for label, array in found.items():
        reference = expected[label].astype(np.float64)
        error = float(np.linalg.norm(array - reference)) / max(float(np.linalg.norm(reference)), 1e-300)
        if not error <= terms * float(np.finfo(first.dtype).eps):
            raise Disagreement(f"{name}: {label} differs from the kernel's by {error:.1e} of its norm")
    if not set(expected) - {"h", "y", "k"} <= set(found):
        raise Disagreement(f"{name}: no gradient of {', '.join(sorted(set(expected) - set(found)))}")
    return len(found)


def measure(cell: str, size: Size, dtype: Dtype, marks: Mapping[str, float], seconds: float) -> list[Measured]:
    """The ratios of those peers of a cell that `marks` names."""
    problem = problem_of(cell, size, dtype)
    contenders = {"kernel": kernel_of(cell, problem, dtype)}
    contenders |= {f"textbook{note}": textbook_of(cell, problem, layout) for layout, note in LAYOUTS.items()}
    if cell == "lstm":
        contenders |= {name: peer for name, peer in peers(problem).items() if name in marks}
    expected = contenders["kernel"].read(contenders["kernel"].run())
    for name, contender in contenders.items():
        compare(name, contender.read(contender.run()), expected, problem)
    computations = {name: contender.run for name, contender in contenders.items()}
    clock = perf_counter if cell == "lstm" else process_time
    times = in_turn({**computations, FLOOR: floor_of(cell, problem)}, seconds, clock)
    ours, floor = times.pop("kernel"), times.pop(FLOOR)
    results = []
    for name, theirs in times.items():
        ratio, least = ratios(theirs, ours)
        mark = marks.get(name) if dtype == "float64" else None
        met = None if mark is None else ratio >= mark
        milliseconds = (1000 * float(np.median(ours)), 1000 * float(np.median(theirs)))
        results.append(Measured(cell, size, dtype, name, ratio, least, mark, met, *milliseconds, len(ours)))
    milliseconds = (1000 * float(np.median(ours)), 1000 * float(np.median(floor)))
    limit = ratios(times["textbook"], floor)
    return [*results, Measured(cell, size, dtype, FLOOR, *limit, None, None, *milliseconds, len(ours))]


def runs(cells: Sequence[str]) -> Iterator[tuple[str, Size, Mapping[str, float]]]:
    """Every cell and size to measure, with its marks."""
    for cell in cells:
        if cell == "lstm":
            yield from ((cell, size, marks) for size, marks in MARKS.items())
        else:
            yield cell, CELL_SIZE, {"textbook": CELL_MARK}


def table(results: Sequence[Measured]) -> str:
    """Results as Markdown: a row for each cell, size and dtype, a column for each peer."""
    columns = list(dict.fromkeys(result.peer for result in results))
    rows: dict[tuple[str, Size, str], dict[str, Measured]] = {}
    for result in results:
        rows.setdefault((result.cell, result.size, result.dtype), {})[result.peer] = result
    lines = []
    for (cell, size, dtype), row in rows.items():
        kernel_ms = next(iter(row.values())).kernel_ms
        cells = [_shown(row.get(column)) for column in columns]
        lines.append([cell, str(size), dtype, f"{kernel_ms:.2f}", *cells])
    return markdown(["cell", "(T, B, D, H)", "dtype", "kernel, ms", *columns], lines)


def _shown(result: Measured | None) -> str:
    if result is None:
        return ""
    text = f"{result.ratio:.2f} ({result.ratio_of_least:.2f})"
    if result.mark is None:
        return text
    return f"{text} >= {result.mark:g}: {'yes' if result.met else '**no**'}"


def parsed(words: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("cells", nargs="*", metavar="CELL", help="cells to measure (default: all that have a loop)")
    parser.add_argument("--dtype", action="append", choices=DTYPES, help="default: both")
    parser.add_argument("--quick", action="store_true", help="a fifth of the time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the measurements there")
    options = parser.parse_args(words)
    unknown = [cell for cell in options.cells if cell not in LOOPS]
    if unknown:
        parser.error(f"no textbook loop of {', '.join(unknown)}; there are {', '.join(LOOPS)}")
    return options


def main(words: Sequence[str]) -> int:
    """Measure, print, write; 1 if a mark is missed."""
    options = parsed(words)
    seconds = 0.5 if options.quick else 2.5
    where: dict[str, Any] = machine()
    print("\n".join(f"- {what}: {value}" for what, value in where.items()), end="\n\n")
    results: list[Measured] = []
    for dtype in options.dtype or DTYPES:
        for cell, size, marks in runs(options.cells or list(LOOPS)):
            print(f"{cell} {size} {dtype}", end=" \r", file=sys.stderr, flush=True)
            results += measure(cell, size, dtype, marks, seconds)
    print(table(results))
    if options.json:
        measured = {"machine": where, "results": [asdict(result) for result in results]}
        options.json.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    return int(any(result.met is False for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
