"""One call of `lstmproof verify`, from what was asked to the exit status: examine, print as it goes, write files."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from rich.console import Console
from rich.text import Text

from lstmproof import __version__, catalogue
from lstmproof.calculus.carousel import carousel
from lstmproof.calculus.elementwise import NotElementwise
from lstmproof.calculus.truncate import truncate
from lstmproof.catalogue import CatalogueError
from lstmproof.document import html
from lstmproof.language.definition import Definition
from lstmproof.language.errors import DerivationError
from lstmproof.program.printing import expression_text
from lstmproof.proof.induction import checker
from lstmproof.report import files, proofs, run_page, terminal
from lstmproof.report.json_results import Run, document, dumps
from lstmproof.report.junit import junit
from lstmproof.report.summary import summarise
from lstmproof.statuses import HOLDS, INTERRUPTED, OPEN, PIPE_CLOSED, USAGE
from lstmproof.verdict import CellResults
from lstmproof.verify.runner import examined_all, verify_cells
from lstmproof.verify.subject import Selection, Subject
from lstmproof.verify.subject import subjects as subjects_of

PRINTED = "-"
"""As the name of the JSON, JUnit or HTML file: print it, and nothing else."""


@dataclass(frozen=True, slots=True)
class Job:
    """What was asked of `verify`."""

    cells: tuple[str, ...] = ()
    json: str | None = None
    junit: str | None = None
    html: str | None = None
    examples: int = 100
    seed: int = 0
    laws: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    accept: str | None = None
    """`tested` if a claim that is tested and not proved counts as holding."""
    proofs: str | None = None
    """A folder for the files of proofs."""
    coq: bool = False
    """Whether Coq is asked to prove gradients and what is stated."""
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False

    @property
    def selection(self) -> Selection:
        return Selection(self.laws, self.claims, self.coq)

    @property
    def prints_a_file(self) -> bool:
        """Whether standard output is that of a file, and nothing else is to be printed."""
        return PRINTED in (self.json, self.junit, self.html)


def perform(job: Job) -> int:
    """Examine what `job` names and report as it asks; return the exit status.

    Raises:
        OutputError: a file that it asks for cannot be written; nothing has been examined.
    """
    check_outputs(job)
    try:
        subjects = targets(job.cells)
    except (CatalogueError, DerivationError) as error:
        _write(job, Run(__version__, job.seed, job.examples, (), USAGE, error=str(error)))
        raise
    screen = terminal.console(sys.stdout, job.no_color)
    done: list[CellResults] = []
    unfinished: list[CellResults] = []
    started = time.perf_counter()
    stopped = _examine(job, subjects, screen, done, unfinished)
    with _undisturbed():
        complete = len(done)
        if stopped == INTERRUPTED:
            complete += _tell_unfinished(job, subjects, screen, unfinished)
        done += unfinished
        seconds = time.perf_counter() - started
        run = Run(__version__, job.seed, job.examples, tuple(done), stopped or _exit_status(job, done), stopped > 0)
        _write(job, run)
        if stopped != PIPE_CLOSED and not (job.quiet or job.prints_a_file):
            _print(terminal.closing(done, seconds, job.seed, len(subjects) - complete), screen)
    return run.exit_status


def check_outputs(job: Job) -> None:
    """Raise OutputError unless the files that `job` asks for can be written, and are none that someone has written."""
    named = {option: path for option, path in _outputs(job) if path is not None}
    for (one, path), (other, second) in combinations(named.items(), 2):
        if os.path.realpath(path) == os.path.realpath(second):
            raise files.OutputError(f"{one} and {other} name the same file, {path}")
    for path in (path for path in named.values() if path != PRINTED):
        files.check_writable(path)
        if Path(path).exists() and (path.endswith(".py") or _is_examined(path, job.cells)):
            reason = "it is a Python file, or one that is to be verified; choose another name"
            raise files.OutputError(f"cannot write {path}: {reason}")
    if job.proofs is not None:
        proofs.make_folder(job.proofs)


def _outputs(job: Job) -> tuple[tuple[str, str | None], ...]:
    return ("--json", job.json), ("--junit", job.junit), ("--html", job.html)


def _is_examined(path: str, cells: Sequence[str]) -> bool:
    """Whether the file at `path` is that of one of the `cells`, by whatever name."""
    known = (name for cell in cells for name in (cell, cell.rpartition(":")[0]))
    return any(files.is_same(name, path) for name in known)


def targets(cells: Sequence[str]) -> tuple[Subject, ...]:
    """Every cell that is named and whatever a named file states of no cell, once; the whole catalogue if none is."""
    if not cells:
        return tuple(subject for derivation in catalogue.derivations() for subject in subjects_of(derivation))
    found = [subject for target in cells for subject in _meant(catalogue.look_up(target))]
    return tuple({subject.key: subject for subject in found}.values())


def _meant(found: catalogue.Found) -> tuple[Subject, ...]:
    if found.whole:
        return subjects_of(found.derivation)
    return tuple(Subject(found.derivation, definition) for definition in found.cells)


def _exit_status(job: Job, done: Sequence[CellResults]) -> int:
    """What the results come to; open if statements were asked for and there is none."""
    status = summarise(done).exit_status
    stated = any(result.kind != "law" for cell in done for result in cell.results)
    return OPEN if status == HOLDS and job.claims and not stated else status


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
    subjects: Sequence[Subject],
    screen: Console,
    done: list[CellResults],
    unfinished: list[CellResults],
) -> int:
    """Examine all, adding to `done`; return the exit status of what stopped it, 0 if it ran to its end.

    If it is stopped, what is known beyond the cells in `done` is added to `unfinished`.
    """
    width = max((len(subject.title) for subject in subjects), default=0)
    by_key = {subject.key: subject for subject in subjects}
    shown = None if job.quiet else screen if screen.is_terminal else terminal.console(sys.stderr, job.no_color)
    examined = verify_cells(subjects, job.examples, job.seed, job.selection, unfinished=unfinished)
    try:
        with closing(examined), terminal.progress(shown, len(subjects), "cells") as advance:
            for cell in examined:
                cell = _accepted(job, cell)
                done.append(cell)
                advance()
                if not job.prints_a_file:
                    _print(_cell_lines(job, cell, by_key[cell.key], width, screen.width), screen)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return PIPE_CLOSED
    return 0


def _accepted(job: Job, cell: CellResults) -> CellResults:
    """The results with those claims marked that hold because what is tested was asked to."""
    if job.accept != "tested":
        return cell
    results = (
        replace(result, accepted=True) if (result.kind, result.verdict) == ("claim", "tested") else result
        for result in cell.results
    )
    return replace(cell, results=tuple(results))


def _tell_unfinished(job: Job, subjects: Sequence[Subject], screen: Console, unfinished: Sequence[CellResults]) -> int:
    """Print what was established of cells whose turn had not come; return how many of them are complete."""
    width = max(len(subject.title) for subject in subjects)
    by_key = {subject.key: subject for subject in subjects}
    for cell in unfinished:
        if not job.prints_a_file:
            _print(_cell_lines(job, cell, by_key[cell.key], width, screen.width), screen)
    return sum(examined_all(by_key[cell.key], job.selection, cell) for cell in unfinished)


def _cell_lines(job: Job, cell: CellResults, subject: Subject, width: int, columns: int) -> Iterator[Text]:
    """The lines of one cell; none where it has none of the statements that were asked for."""
    if job.claims and not cell.results:
        return
    details = tuple(terminal.details(cell, everything=job.verbose, proofs=job.proofs))
    if not job.quiet:
        shown = carousels(subject.definition) if subject.definition else ""
        yield terminal.cell_line(cell, width, columns, shown)
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
    for path, made in ((job.json, _json), (job.junit, junit), (job.html, _html)):
        if path == PRINTED:
            sys.stdout.write(made(run))
        elif path is not None:
            files.write(path, made(run))
    if job.proofs is not None:
        proofs.save(job.proofs, run.cells, Path(checker.__file__).read_text(encoding="utf-8"))


def _json(run: Run) -> str:
    return dumps(document(run))


def _html(run: Run) -> str:
    return html.write(run_page.document(run), wide=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold off a further Ctrl-C until what has been established is printed and written."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
