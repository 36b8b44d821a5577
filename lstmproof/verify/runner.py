"""The runner: every law, claim and finding of one cell, and many cells over a pool of processes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence

from lstmproof.verdict import CellResults, Result
from lstmproof.verify.examination import LAW_IDS
from lstmproof.verify.examine import GRADIENTS, Request
from lstmproof.verify.laws.every import SYMBOLIC_ID
from lstmproof.verify.parts import FINDINGS, Kept, Part, examine
from lstmproof.verify.processes import available_processors, processes
from lstmproof.verify.schedule import Schedule, Task
from lstmproof.verify.subject import EVERYTHING, Selection, Subject
from lstmproof.verify.theorems import Answers, ask, is_unasked

Progress = Callable[[str], None]
"""Called with a result's id when it is decided, before Coq is asked."""


def verify_cell(
    subject: Subject,
    examples: int = 100,
    seed: int = 0,
    selection: Selection = EVERYTHING,
    progress: Progress | None = None,
) -> CellResults:
    """Every law and statement of one cell and what is found of it, or what is selected.

    The same arguments give the same results, but for `seconds`. Laws that do not apply are in `absent`.
    """
    keep = None if progress is None else lambda result: progress(result.id)
    request = Request(examples, seed, coq=selection.coq)
    return _joined(subject, [_finished(subject, request, wanted(subject, selection), keep)])


def wanted(subject: Subject, selection: Selection) -> tuple[str, ...]:
    """Ids of the laws and statements that are asked for, in the order of results, then `FINDINGS`."""
    known = (*LAW_IDS, *(GRADIENTS if selection.coq else ()))
    laws = [law for law in known if selection.law(law)] if subject.definition else []
    claims = [claim.id for claim in subject.claims if selection.claim(claim)]
    return (*laws, *claims, *([FINDINGS] if subject.definition and selection.findings else []))


def examined_all(subject: Subject, selection: Selection, found: CellResults) -> bool:
    """Whether results are complete: every law and statement that was asked for is there or absent, and findings are.

    If Coq was to be asked of one and was not, they are not.
    """
    known = {result.id for result in found.results} | found.absent.keys()
    known |= {FINDINGS for result in found.results if result.kind == "finding"}
    return known >= set(wanted(subject, selection)) and not any(map(is_unasked, found.results))


def _joined(subject: Subject, parts: Sequence[Part]) -> CellResults:
    """The results of one cell from those of its parts, in the order of laws and statements."""
    order = {name: at for at, name in enumerate(wanted(subject, Selection(coq=True)))}
    found = [result for part in parts for result in part.results]
    absent = {law: reason for part in parts for law, reason in part.absent.items()}
    return CellResults(
        cell=subject.name,
        key=subject.key,
        file=subject.derivation.file,
        digest=subject.derivation.digest,
        results=tuple(sorted(found, key=lambda result: order.get(result.id, len(order)))),
        absent={law: absent[law] for law in LAW_IDS if law in absent},
        seconds=max(part.seconds for part in parts),
    )


def verify_cells(
    subjects: Sequence[Subject],
    examples: int = 100,
    seed: int = 0,
    selection: Selection = EVERYTHING,
    workers: int | None = None,
    unfinished: list[CellResults] | None = None,
) -> Generator[CellResults, None, None]:
    """Results of several cells, in their order, each as soon as it and those before it are done.

    `workers` processes share the cells, by default as many as there are processors; what they find does not depend
    on how many there are. They are given work while the caller waits for a cell. If the caller stops, or on Ctrl-C,
    the processes are ended, and what was established of cells that were not yielded is added to `unfinished`: all of
    some, some results of others.
    """
    count = workers or available_processors()
    kept: list[CellResults] = [] if unfinished is None else unfinished
    request = Request(examples, seed, coq=selection.coq)
    if count <= 1:
        yield from _one_by_one(subjects, request, selection, kept)
        return
    split = len(subjects) < count
    shares = [_shares(wanted(each, selection)) if split else [wanted(each, selection)] for each in subjects]
    tasks = [[Task(subject, ids) for ids in parts] for subject, parts in zip(subjects, shares, strict=True)]
    every = [task for parts in tasks for task in parts]
    done = 0
    with processes(min(count, len(every)) or 1) as pool:
        schedule = Schedule(pool, count, request, every)
        try:
            for subject, parts in zip(subjects, tasks, strict=True):
                found = _joined(subject, [schedule.results(task) for task in parts])
                done += 1
                yield found
        finally:
            for subject, parts in zip(subjects[done:], tasks[done:], strict=True):
                if finished := [part for part in map(schedule.so_far, parts) if part is not None]:
                    kept.append(_joined(subject, finished))


def _one_by_one(
    subjects: Sequence[Subject], request: Request, selection: Selection, kept: list[CellResults]
) -> Iterator[CellResults]:
    """The cells in this process."""
    for subject in subjects:
        established: list[Result] = []
        try:
            part = _finished(subject, request, wanted(subject, selection), established.append)
        except KeyboardInterrupt:
            if established:
                part = Part(tuple(established))
                kept.append(_joined(subject, [part.unanswered() if request.coq else part]))
            raise
        yield _joined(subject, [part])


def _finished(subject: Subject, request: Request, ids: Sequence[str], keep: Kept | None = None) -> Part:
    """Some laws and statements of one cell, with what Coq says of them."""
    part = examine(subject, request, ids, keep)
    return part.answered(subject, ask(part.theorems.instances) if request.coq else Answers())


APART = frozenset({SYMBOLIC_ID, "law.truncated", "law.saturation", "law.framework", GRADIENTS[1]})
"""Laws that take, with the statements and findings, about as long as all others, the cases counted that both then draw;
that of the frameworks is among them because its import takes longer than the cases."""


def _shares(ids: Sequence[str]) -> list[tuple[str, ...]]:
    """The laws and statements of one cell for two processes."""
    apart = [name for name in ids if name in APART or not name.startswith("law.")]
    shares = tuple(name for name in ids if name not in apart), tuple(apart)
    return [share for share in shares if share] or [()]
