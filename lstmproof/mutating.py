"""One call of `lstmproof mutate`: plant errors in the kernels of cells, and print which law catches each."""

from __future__ import annotations

import sys
import textwrap
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from lstmproof.checking import targets
from lstmproof.language.definition import Definition
from lstmproof.report import terminal
from lstmproof.statuses import FAILS, HOLDS, INTERRUPTED, OPEN
from lstmproof.verify.mutants import Mutant, Unsound, mutants

_PLANTED = 52
"""Columns for what was planted."""


@dataclass(frozen=True, slots=True)
class Job:
    """What was asked of `mutate`."""

    cells: tuple[str, ...] = ()
    seed: int = 0
    quiet: bool = False
    no_color: bool = False


def perform(job: Job) -> int:
    """Plant errors in every cell that `job` names; return the exit status.

    It is 0 if every mutant is caught or shown equivalent, 1 if one survives, 3 if there was none or in some cell none
    could be planted.
    """
    definitions = [subject.definition for subject in targets(job.cells) if subject.definition]
    screen = terminal.console(sys.stdout, job.no_color)
    found: list[Mutant] = []
    unsound = False
    try:
        for definition in definitions:
            try:
                found += _cell(job, definition, screen)
            except Unsound as reason:
                unsound = True
                screen.print(Text(f"  undecided: {reason}", style="yellow"))
    except KeyboardInterrupt:
        screen.print("  interrupted: what is above was established, the rest was not examined", style="yellow")
        return INTERRUPTED
    if len(definitions) > 1 and not job.quiet:
        screen.print(_tally(f"{len(definitions)} cells", found))
    if any(mutant.survives for mutant in found):
        return FAILS
    return HOLDS if found and not unsound else OPEN


def _cell(job: Job, definition: Definition, screen: Console) -> list[Mutant]:
    """Judge every mutant of one cell, each printed as it is judged, and close with how many laws caught how many."""
    started = time.perf_counter()
    found = []
    if not job.quiet:
        screen.print(Text(definition.name, style="bold"))
    with closing(mutants(definition, job.seed)) as every:
        for mutant in every:
            found.append(mutant)
            if mutant.survives or not job.quiet:
                for line in lines(mutant):
                    screen.print(line)
                screen.file.flush()
    if not job.quiet:
        for law, number in Counter(mutant.caught_by for mutant in found if mutant.caught_by).most_common():
            screen.print(Text(f"  {law:24} caught {number}"))
        seconds = time.perf_counter() - started
        screen.print(_tally(definition.name, found).append(f"{seconds:8.1f} s, seed {job.seed}\n"))
    return found


def lines(mutant: Mutant) -> Iterator[Text]:
    """What was planted and where, with the law that caught it or the reason why it is no error."""
    law = mutant.caught_by or ("equivalent" if mutant.equivalent else "SURVIVES")
    style = "green" if mutant.caught_by else "yellow" if mutant.equivalent else "bold red"
    planted = f"{mutant.kind}: {mutant.where}: {mutant.change}"
    shown = planted if len(planted) <= _PLANTED else planted[: _PLANTED - 3] + "..."
    yield Text.assemble(f"  {shown:{_PLANTED}}  ", (law, style))
    if not mutant.caught_by:
        whole = f"{mutant.of}, {mutant.kind} in {mutant.where}: {mutant.change}"
        for row in (whole, mutant.equivalent):
            for part in textwrap.wrap(row, terminal.WIDTH - 6, break_long_words=False):
                yield Text(f"      {part}")


def _tally(title: str, found: Sequence[Mutant]) -> Text:
    """`lstm: 312 mutants, 309 caught, 3 equivalent, 0 survive`."""
    survivors = sum(mutant.survives for mutant in found)
    equivalent = sum(bool(mutant.equivalent) for mutant in found)
    caught = len(found) - survivors - equivalent
    outcome = (f"{survivors} survive", "bold red" if survivors else "green")
    return Text.assemble(f"{title}: {len(found)} mutants, {caught} caught, {equivalent} equivalent, ", outcome)
