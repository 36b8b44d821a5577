"""One call of `lstmproof verify`, from what was asked to the exit status: examine, print as it goes, write files."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from lstmproof import __version__, catalogue
from lstmproof.calculus.carousel import carousel
from lstmproof.calculus.elementwise import NotElementwise
from lstmproof.calculus.truncate import truncate
from lstmproof.catalogue import CatalogueError
from lstmproof.language.definition import Definition
from lstmproof.language.errors import DerivationError
from lstmproof.program.printing import expression_text
from lstmproof.report import files, terminal
from lstmproof.report.json_results import Run, document, dumps
from lstmproof.report.junit import junit
from lstmproof.report.summary import INTERRUPTED, PIPE_CLOSED, USAGE, summarise
from lstmproof.verdict import CellResults
from lstmproof.verify.runner import verify_cells, wanted

PRINTED = "-"
"""As the name of the JSON or JUnit file: print it, and nothing else."""


@dataclass(frozen=True, slots=True)
class Job:
    """What was asked of `verify`."""

    cells: tuple[str, ...] = ()
    json: str | None = None
    junit: str | None = None
    examples: int = 100
    seed: int = 0
    laws: tuple[str, ...] = ()
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False

    @property
    def prints_a_file(self) -> bool:
        """Whether standard output is that of a file, and nothing else is to be printed."""
        return PRINTED in (self.json, self.junit)


def perform(job: Job) -> int:
    """Examine what `job` names and report as it asks; return the exit status.

    Raises:
        OutputError: a file that it asks for cannot be written; nothing has been examined.
    """
    check_outputs(job)
    try:
        definitions = targets(job.cells)
    except (CatalogueError, DerivationError) as error:
        _write(job, Run(__version__, job.seed, job.examples, (), USAGE, error=str(error)))
        raise
    screen = terminal.console(sys.stdout, job.no_color)
    done: list[CellResults] = []
    unfinished: list[CellResults] = []
    started = time.perf_counter()
    stopped = _examine(job, definitions, screen, done, unfinished)
    with _undisturbed():
        complete = len(done)
        if stopped == INTERRUPTED:
            complete += _tell_unfinished(job, definitions, screen, unfinished)
        done += unfinished
        seconds = time.perf_counter() - started
        run = Run(__version__, job.seed, job.examples, tuple(done), stopped or summarise(done).exit_status, stopped > 0)
        _write(job, run)
        if stopped != PIPE_CLOSED and not (job.quiet or job.prints_a_file):
            _print(terminal.closing(done, seconds, job.seed, len(definitions) - complete), screen)
    return run.exit_status


def check_outputs(job: Job) -> None:
    """Raise OutputError unless the files that `job` asks for can be written, and are none that someone has written."""
    named = [path for path in (job.json, job.junit) if path is not None]
    if len(named) == 2 and os.path.realpath(named[0]) == os.path.realpath(named[1]):
        raise files.OutputError(f"--json and --junit name the same file, {named[0]}")
    for path in (path for path in named if path != PRINTED):
        files.check_writable(path)
        if Path(path).exists() and (path.endswith(".py") or _is_examined(path, job.cells)):
            reason = "it is a Python file, or one that is to be verified; choose another name"
            raise files.OutputError(f"cannot write {path}: {reason}")


def _is_examined(path: str, cells: Sequence[str]) -> bool:
    """Whether the file at `path` is that of one of the `cells`, by whatever name."""
    known = (name for cell in cells for name in (cell, cell.rpartition(":")[0]))
    return any(files.is_same(name, path) for name in known)


def targets(cells: Sequence[str]) -> tuple[Definition, ...]:
    """Every cell that is named, once; the whole catalogue if none is."""
    if not cells:
        return tuple(cell for derivation in catalogue.derivations() for cell in derivation.cells)
    found = (definition for target in cells for definition in catalogue.resolve(target))
    return tuple({catalogue.key(definition): definition for definition in found}.values())


def carousels(definition: Definition) -> str:
    """The carousel of each state that keeps its own error, in the truncated flow; 0 if none does, empty if unknown."""
    program = truncate(definition.program)
    shown: dict[str, str] = {}
    none = "0"
    for state in definition.states:
        try:
            factor = expression_text(carousel(definition.program, state), program)
        except NotElementwise:
            none = ""
            continue
        if factor != "0":
            shown[state] = factor
    if len(shown) == 1:
        return next(iter(shown.values()))
    return ", ".join(f"{factor} ({state})" for state, factor in shown.items()) or none


def _examine(
    job: Job,
    definitions: Sequence[Definition],
    screen: Console,
    done: list[CellResults],
    unfinished: list[CellResults],
) -> int:
    """Examine all, adding to `done`; return the exit status of what stopped it, 0 if it ran to its end.

    If it is stopped, what is known beyond the cells in `done` is added to `unfinished`.
    """
    width = max((len(definition.name) for definition in definitions), default=0)
    by_key = {catalogue.key(definition): definition for definition in definitions}
    shown = None if job.quiet else screen if screen.is_terminal else terminal.console(sys.stderr, job.no_color)
    examined = verify_cells(
        definitions, examples=job.examples, seed=job.seed, laws=job.laws or None, unfinished=unfinished
    )
    try:
        with closing(examined), terminal.progress(shown, len(definitions), "cells") as advance:
            for cell in examined:
                done.append(cell)
                advance()
                if not job.prints_a_file:
                    _print(_cell_lines(job, cell, by_key[cell.key], width), screen)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return PIPE_CLOSED
    return 0


def _tell_unfinished(
    job: Job, definitions: Sequence[Definition], screen: Console, unfinished: Sequence[CellResults]
) -> int:
    """Print what was established of cells whose turn had not come; return how many of them are complete."""
    width = max(len(definition.name) for definition in definitions)
    by_key = {catalogue.key(definition): definition for definition in definitions}
    laws = set(wanted(job.laws or None))
    complete = [cell for cell in unfinished if {result.id for result in cell.results} | cell.absent.keys() >= laws]
    for cell in unfinished:
        if not job.prints_a_file:
            _print(_cell_lines(job, cell, by_key[cell.key], width), screen)
    return len(complete)


def _cell_lines(job: Job, cell: CellResults, definition: Definition, width: int) -> Iterator[Text]:
    details = tuple(terminal.details(cell, everything=job.verbose))
    if not job.quiet:
        yield terminal.cell_line(cell, width, carousels(definition))
    elif details:
        yield terminal.cell_line(cell, width)
    yield from details
    if details:
        yield Text()


def _print(lines: Iterable[Text], screen: Console) -> None:
    for line in lines:
        screen.print(line)
    screen.file.flush()


def _write(job: Job, run: Run) -> None:
    """Write the files that were asked for."""
    for path, made in ((job.json, _json), (job.junit, junit)):
        if path == PRINTED:
            sys.stdout.write(made(run))
        elif path is not None:
            files.write(path, made(run))


def _json(run: Run) -> str:
    return dumps(document(run))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold off a further Ctrl-C until what has been established is printed and written."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
