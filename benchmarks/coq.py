"""What Coq proves, how long it takes, and that it rejects what is wrong: `python -m benchmarks.coq`.

Three parts. `catalogue`: both theorems of every cell, and its claims, by `lstmproof verify --coq` with an empty cache
and again with a full one, and one cell alone. `random`: both theorems of cells that Hypothesis draws. `mutants`: every
single-term corruption of the derived adjoints of the catalogue, of which Coq must accept none that is not equivalent;
one that it accepts has proved its equivalence.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.machine import machine, markdown
from lstmproof import catalogue
from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.truncate import truncate
from lstmproof.language.definition import Definition
from lstmproof.proof.coq.driver import check
from lstmproof.proof.coq.instance import instance
from lstmproof.proof.outcome import Unsettled
from lstmproof.readings.flow import Flow
from lstmproof.verify.corrupt_adjoint import AdjointCorruption, corruptions
from lstmproof.verify.laws.symbolic import FLOWS, OneStep
from lstmproof.verify.mutants import same_step
from tests.proof.coq.random_cells import drawn

SINGLE = "lstm"
"""The cell that is timed alone."""
SECONDS = 300.0
"""The longest that Coq may take over one theorem here, where processes share what there is."""


@dataclass(frozen=True)
class Timed:
    """One call of `lstmproof verify --coq`."""

    what: str
    seconds: float
    proved: int
    open: tuple[str, ...]


def catalogue_times() -> Iterator[Timed]:
    """The whole catalogue with an empty cache and with a full one, then one cell alone likewise."""
    for cells, what in (((), "catalogue"), ((SINGLE,), SINGLE)):
        with tempfile.TemporaryDirectory() as cache:
            for state in ("empty cache", "full cache"):
                yield _verified(cells, f"{what}, {state}", cache)


def _verified(cells: Sequence[str], what: str, cache: str) -> Timed:
    asked = ("--law", "law.gradient*", "--claim", "*", "--coq", "--json", "-")
    command = (sys.executable, "-m", "lstmproof", "verify", *cells, *asked)
    environment = os.environ | {"LSTMPROOF_CACHE": cache}
    start = perf_counter()
    found = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    seconds = perf_counter() - start
    results = [(cell, each) for cell in json.loads(found.stdout)["cells"] for each in cell["results"]]
    by_coq = [each["method"] == "coq" for _, each in results]
    others = [f"{cell['cell']} {each['id']}: {each['verdict']} {each['method']}" for cell, each in results]
    return Timed(what, seconds, sum(by_coq), tuple(one for one, coq in zip(others, by_coq, strict=True) if not coq))


@dataclass(frozen=True)
class Judged:
    """What Coq made of one theorem."""

    cell: str
    flow: str
    about: str
    accepted: bool
    reason: str
    seconds: float
    processor: float
    """Seconds of processor time that Coq took; 0 of a theorem that the cache holds."""
    equivalent: str = ""
    """Why an adjoint that was corrupted is none the worse; empty if that was not shown."""

    @property
    def wrong(self) -> bool:
        """Whether a sound theorem is rejected, or a corrupted one accepted that is not shown equivalent."""
        return self.accepted != (not self.about or bool(self.equivalent))


def theorem(definition: Definition, flow: Flow, wrong: AdjointCorruption | None = None) -> Judged:
    """Bring the theorem of a cell before Coq, with a wrong adjoint if there is one."""
    start, before = perf_counter(), _processor()
    made = instance(definition, flow, wrong.program if wrong else None)
    found = made if isinstance(made, Unsettled) else check(made, SECONDS)
    reason = found.reason if isinstance(found, Unsettled) else ""
    judged = Judged(definition.name, flow, "", not reason, reason, perf_counter() - start, _processor() - before)
    if wrong is None:
        return judged
    about = f"{wrong.kind} in {wrong.where}: {wrong.change}"
    same = "" if reason else same_step(step := OneStep.of(definition, flow), adjoint(step.program), wrong.program)
    return replace(judged, about=about, equivalent=same)


def _processor() -> float:
    """Processor time of the processes that this one has waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def random_theorems(pool: ProcessPoolExecutor, count: int) -> Iterator[Judged]:
    """Both theorems of `count` cells."""
    cells = drawn(count)
    pending = [(number, pool.submit(theorem, cell, flow)) for number, cell in enumerate(cells) for flow in FLOWS]
    yield from (replace(each.result(), cell=f"drawn {number}") for number, each in pending)


def mutants(pool: ProcessPoolExecutor, names: Sequence[str], every: int) -> Iterator[Judged]:
    """For each cell and flow the sound theorem, then every corruption (or one of `every`) of its adjoint."""
    pending = []
    for name in names:
        definition = catalogue.find(name)
        for flow in FLOWS:
            program = definition.program if flow == "full" else truncate(definition.program)
            planted = list(corruptions(program, adjoint(program)))[::every]
            pending += [pool.submit(theorem, definition, flow, wrong) for wrong in (None, *planted)]
    yield from (each.result() for each in pending)


def table(results: Sequence[Judged], what: str, planted: bool = False) -> str:
    """How many of each cell are accepted and rejected, with the slowest."""
    rows = []
    for cell, flow in dict.fromkeys((each.cell, each.flow) for each in results):
        mine = [each for each in results if (each.cell, each.flow) == (cell, flow) and bool(each.about) == planted]
        accepted = sum(each.accepted for each in mine)
        same = sum(bool(each.equivalent) for each in mine)
        times = sorted(each.processor for each in mine)
        seconds = (f"{time:.1f}" for time in (sum(times) / len(times), times[-1]))
        rows.append([f"{cell}, {flow}", *map(str, (len(mine), accepted, same, len(mine) - accepted)), *seconds])
    head = ["theorems", "accepted", "of these equivalent", "rejected", "processor, s: mean", "slowest"]
    return markdown([what, *head], rows)


def reasons(results: Iterable[Judged]) -> str:
    """What Coq said of those that it rejected, most frequent first."""
    counted = Counter(" ".join(each.reason.split()[:8]) for each in results if not each.accepted)
    return "\n".join(f"{number:5}  {reason}" for reason, number in counted.most_common(12))


def main(words: Sequence[str]) -> int:
    """Measure, print, write; 1 if a theorem is rejected that should hold, or one accepted that should not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coq", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("parts", nargs="*", default=["catalogue", "random", "mutants"], metavar="PART")
    parser.add_argument("--cells", type=int, default=100, help="random cells")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="one mutant of N")
    parser.add_argument("--of", nargs="*", help="mutants of these cells alone")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the measurements there")
    options = parser.parse_args(words)
    print("\n".join(f"- {what}: {value}" for what, value in machine().items()), end="\n\n")
    found: dict[str, list[Any]] = {}
    if "catalogue" in options.parts:
        found["catalogue"] = list(catalogue_times())
        print(markdown(*times(found["catalogue"])), end="\n\n")
    with ProcessPoolExecutor() as pool:
        if "random" in options.parts:
            found["random"] = list(told(random_theorems(pool, options.cells)))
            print(table([replace(each, cell="random") for each in found["random"]], "cells"))
            print(reasons(found["random"]), end="\n\n")
        if "mutants" in options.parts:
            found["mutants"] = list(told(mutants(pool, options.of or catalogue.names(), options.every)))
            print(table(found["mutants"], "mutants of", planted=True))
            print(reasons(found["mutants"]), end="\n\n")
    if options.json:
        content = {part: [asdict(each) for each in results] for part, results in found.items()}
        options.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    judged = [*found.get("random", []), *found.get("mutants", [])]
    return int(any(each.wrong for each in judged))


def told(results: Iterable[Judged]) -> Iterator[Judged]:
    """The results, each told on standard error as it comes in."""
    for each in results:
        verdict = "WRONG" if each.wrong else "right"
        word = "accepted" if each.accepted else f"rejected: {each.reason[:60]}"
        print(f"{verdict}  {each.processor:6.1f} s  {each.cell}, {each.flow}: {each.about}  {word}", file=sys.stderr)
        yield each


def times(results: Sequence[Timed]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of times."""
    rows = [[each.what, f"{each.seconds:.1f}", str(each.proved), str(len(each.open))] for each in results]
    return ["run", "seconds", "proved by Coq", "settled otherwise"], rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
