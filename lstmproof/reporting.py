"""One call of `lstmproof report`: study what is named, write a folder of reports or compare it with one."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rich.text import Text

from lstmproof import __version__
from lstmproof.checking import targets
from lstmproof.document import html, latex, markdown
from lstmproof.document.blocks import Code, Document, Line, Link, Section
from lstmproof.report import comparison, folder, index, terminal
from lstmproof.report.derivation.document import document
from lstmproof.report.files import OutputError
from lstmproof.report.folder import INDEX, MANIFEST, Change, Manifest
from lstmproof.report.index import COMPARISON, Entry
from lstmproof.statuses import FAILS, HOLDS, INTERRUPTED
from lstmproof.study.curves import catalogue_charts
from lstmproof.study.study import study
from lstmproof.verify.processes import Pool, available_processors, processes
from lstmproof.verify.subject import Subject

EXAMPLES, SEED = 10, 0
"""Of every law: a report says what is checked, `lstmproof verify` checks more."""

ENDINGS = {"md": (".md", ".svg", ".py", ".txt"), "html": (".html",), "tex": (".tex",)}
"""Each format, and the endings of its files."""


@dataclass(frozen=True, slots=True)
class Job:
    """What was asked of `report`."""

    cells: tuple[str, ...] = ()
    output: str = "reports"
    formats: tuple[str, ...] = tuple(ENDINGS)
    check: bool = False
    quiet: bool = False
    no_color: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """The report of one subject: its files by name, what the index shows of it, and its part of the comparison."""

    key: str
    files: Mapping[str, str]
    entry: Entry
    part: Section | None
    open: tuple[str, ...]
    """Each claim and myth that the report has to leave undecided, and why."""


def perform(job: Job) -> int:
    """Write the reports that `job` names, or with `check` tell how they differ; return the exit status.

    It is 0 if they are written, or are as they should be, and 1 if a check finds that they are not.

    Raises:
        OutputError: the folder holds files of someone else, or cannot be written to.
    """
    place = Path(job.output)
    known = folder.read(place)
    subjects = targets(job.cells)
    folders = _folders(subjects)
    try:
        made = tuple(_in_order(subjects, _studied(job, subjects, folders)))
    except KeyboardInterrupt:
        return INTERRUPTED
    written, gone = _everything(job, made, known)
    changed = tuple(folder.changes(place, written, gone))
    if job.check:
        return _tell(job, place, changed)
    folder.check_owned(place, changed, known)
    number = folder.apply(place, changed)
    if not job.quiet:
        counts = f"{terminal.plural(len(made), 'report', 'reports')}, {terminal.plural(len(written), 'file', 'files')}"
        sys.stdout.write(f"{place}: {counts}, {number} of them changed\n{_beside(place, made, known)}")
        for each in made:
            for line in each.open:
                sys.stdout.write(f"{line}\n")
    return HOLDS


def _beside(place: Path, made: Sequence[Made], known: Manifest) -> str:
    """What to tell who adds a report to a folder that has others; nothing where none is new there."""
    mine = {each.key for each in made}
    others = len(known.owned.keys() - mine - {INDEX})
    if not others or mine <= known.owned.keys():
        return ""
    return f"{place}: has {terminal.plural(others, 'other report', 'other reports')}; -o DIR keeps yours apart\n"


def _is_wanted(name: str, formats: Iterable[str]) -> bool:
    return any(name.endswith(ENDINGS[each]) for each in formats)


def _folders(subjects: Sequence[Subject]) -> dict[str, str]:
    """The folder of each subject by its key: the cell's name, or the file's.

    Raises:
        OutputError: two cells would share one.
    """
    taken: dict[str, str] = {}
    for subject in subjects:
        name = re.sub(r"[^A-Za-z0-9_-]", "-", subject.name)
        if subject.definition is None and any(name == cell.name for cell in subject.derivation.cells):
            name += "_formulas"
        if name.lower() in (COMPARISON, *(each.lower() for each in taken.values())):
            raise OutputError(f"{subject.key}: another report is called {name}; report them apart, with -o")
        taken[subject.key] = name
    return taken


def _studied(job: Job, subjects: Sequence[Subject], folders: Mapping[str, str]) -> Iterator[Made]:
    """The reports, on two processes, those that take longest first."""
    longest_first = sorted(subjects, key=_weight, reverse=True)
    shown = None if job.quiet else terminal.console(sys.stderr, job.no_color)
    work = [partial(make, each, folders[each.key], job.formats, EXAMPLES) for each in longest_first]
    workers = min(available_processors(), len(work))
    with terminal.progress(shown, len(work), "reports") as advance, _pool(workers) as pool:
        for result in [pool.submit(each).result for each in work] if pool else work:
            yield result()
            advance()


def _pool(workers: int) -> AbstractContextManager[Pool | None]:
    """Processes, unless one is enough: this one."""
    return processes(workers) if workers > 1 else nullcontext()


def _weight(subject: Subject) -> int:
    return len(subject.definition.program.nodes) if subject.definition else 0


def _in_order(subjects: Sequence[Subject], made: Iterable[Made]) -> Iterator[Made]:
    by_key = {each.key: each for each in made}
    for subject in subjects:
        yield by_key[subject.key]


def make(subject: Subject, name: str, formats: Sequence[str], examples: int) -> Made:
    """The report of one subject, in the folder `name`."""
    studied = study(subject, examples, SEED)
    report = replace(
        document(studied),
        name=name,
        trail=(Link("All cells", "../"), Link("Side by side", f"../{COMPARISON}/")),
        colophon=_colophon(subject.derivation.file),
    )
    files = {f"{name}/{file}": text for file, text in _files(report, formats).items()}
    undecided = tuple(
        f"{subject.key}: {each.id} is {each.verdict} in its report: {each.reason}"
        for each in studied.results.results
        if each.kind in ("claim", "myth") and each.verdict == "undecided"
    )
    return Made(subject.key, files, index.entry(studied, name), comparison.part(studied, name), undecided)


def _colophon(file: str = "") -> Line:
    source: Line = (" from ", Code(file)) if file else ()
    return (f"Made by lstmproof {__version__}", *source, " with ", Code("lstmproof report"), "; do not edit.")


def _files(report: Document, formats: Sequence[str], script: str = "", printed: bool = True) -> dict[str, str]:
    """A document's files in the formats that were asked for."""
    found: dict[str, str] = {}
    if "md" in formats:
        found |= markdown.write(report)
    if "html" in formats:
        found[html.PAGE] = html.write(report, script, wide=bool(script))
    if "tex" in formats and printed:
        found[f"{report.name}.tex"] = latex.write(report)
    return found


def _everything(job: Job, made: Sequence[Made], known: Manifest) -> tuple[dict[str, str], set[str]]:
    """Files of this run by name, the folder's manifest among them, and names of those that are no longer made.

    The index and the comparison are of whole folders: a run that leaves out reports of the folder leaves them alone.
    """
    complete = not job.cells or known.owned.keys() - {INDEX} <= {each.key for each in made}
    owned = {each.key: dict(each.files) for each in made}
    if complete:
        owned[INDEX] = _shared(job, made)
    files = {name: text for each in owned.values() for name, text in each.items()}
    after: dict[str, tuple[str, ...]] = {key: tuple(each) for key, each in owned.items()}
    gone: set[str] = set()
    for key, names in known.owned.items():
        if key not in owned and complete:
            gone |= set(names)
            continue
        kept = [name for name in names if key not in owned or not _is_wanted(name, job.formats)]
        after[key] = tuple(dict.fromkeys((*after.get(key, ()), *kept)))
        gone |= set(names) - set(after[key])
    return files | {MANIFEST: Manifest(after).text()}, gone - files.keys()


def _shared(job: Job, made: Sequence[Made]) -> dict[str, str]:
    """The index, with charts that compare cells if all are reported, and the comparison in a folder of its own."""
    charts = () if job.cells else catalogue_charts()
    first = index.document([each.entry for each in made], _colophon(), charts)
    parts = [each.part for each in made if each.part is not None]
    files = _files(first, job.formats, index.SCRIPT, printed=False)
    side_by_side = _files(comparison.document(parts, _colophon()), job.formats, comparison.SCRIPT, printed=False)
    return files | {f"{COMPARISON}/{name}": text for name, text in side_by_side.items()}


def _tell(job: Job, place: Path, changed: Sequence[Change]) -> int:
    """Print how the folder differs from what it should be."""
    for line in folder.differences(place, changed):
        sys.stdout.write(f"{line}\n")
    if not changed:
        if not job.quiet:
            sys.stdout.write(f"{place}: up to date\n")
        return HOLDS
    screen = terminal.console(sys.stderr, job.no_color)
    number = f"{len(changed)} file{'s differ' if len(changed) > 1 else ' differs'}"
    screen.print(Text(f"{place}: {number}; `lstmproof report` writes what it should hold", style="bold red"))
    return FAILS
