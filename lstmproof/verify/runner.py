"""The runner: every law, claim and finding of one cell, and many cells over a pool of processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial

from lstmproof.language.definition import Definition
from lstmproof.proof.findings import findings
from lstmproof.verdict import CellResults, Result
from lstmproof.verify.attempt import Failure, attempt
from lstmproof.verify.case import Kernels
from lstmproof.verify.examine import Request, Suite, decide, suite
from lstmproof.verify.laws.every import LAWS, SYMBOLIC_ID
from lstmproof.verify.laws.exactness import STATEMENT, decide_symbolic
from lstmproof.verify.processes import available_processors, processes
from lstmproof.verify.statements import SECONDS, blank, decide_claim, replay
from lstmproof.verify.subject import EVERYTHING, Selection, Subject

Progress = Callable[[str], None]
"""Called with a result's id when it is there."""

FINDINGS = "finding.*"
"""Stands for all findings of a cell, which are made together."""


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
    return _joined(subject, [_examine(subject, examples, seed, wanted(subject, selection), keep)])


def wanted(subject: Subject, selection: Selection) -> tuple[str, ...]:
    """Ids of the laws and statements that are asked for, in the order of results, then `FINDINGS`."""
    laws = [law for law in LAW_IDS if selection.law(law)] if subject.definition else []
    claims = [claim.id for claim in subject.claims if selection.claim(claim)]
    return (*laws, *claims, *([FINDINGS] if subject.definition and selection.findings else []))


def examined_all(subject: Subject, selection: Selection, found: CellResults) -> bool:
    """Whether results are complete: every law and statement that was asked for is there or absent, and findings are."""
    known = {result.id for result in found.results} | found.absent.keys()
    known |= {FINDINGS for result in found.results if result.kind == "finding"}
    return known >= set(wanted(subject, selection))


@dataclass(frozen=True)
class _Part:
    """What some of a cell's laws and statements came to."""

    results: tuple[Result, ...]
    absent: Mapping[str, str]
    seconds: float


Kept = Callable[[Result], None]
"""Called with each result when it is there."""


def _examine(subject: Subject, examples: int, seed: int, ids: Collection[str], keep: Kept | None = None) -> _Part:
    """Some laws and statements of one cell. An unexpected error makes its own result undecided, and no other."""
    started = time.perf_counter()
    results: list[Result] = []
    absent: dict[str, str] = {}
    for found in _examined(subject, Request(examples, seed), ids):
        if isinstance(found, _Absent):
            absent[found.law] = found.reason
            continue
        results.append(found)
        if keep is not None:
            keep(found)
    return _Part(tuple(results), absent, time.perf_counter() - started)


@dataclass(frozen=True, slots=True)
class _Absent:
    """A law that does not apply."""

    law: str
    reason: str


def _examined(subject: Subject, request: Request, ids: Collection[str]) -> Iterator[Result | _Absent]:
    """Each result as soon as it is there."""
    if subject.definition is not None:
        yield from _laws(subject.definition, request, ids)
    for claim in (claim for claim in subject.claims if claim.id in ids):
        found = attempt(partial(decide_claim, subject, claim, request))
        yield _settled(found, _before(subject, request, claim.id))
    if FINDINGS in ids and subject.definition is not None:
        made = attempt(partial(findings, subject.definition, seconds=SECONDS))
        yield from [_settled(made, _before(subject, request, FINDINGS))] if isinstance(made, Failure) else made


def _laws(definition: Definition, request: Request, ids: Collection[str]) -> Iterator[Result | _Absent]:
    """Some laws of one cell, over the same cases."""
    cases: Suite | Failure | None = None
    if SYMBOLIC_ID in ids:
        before = _law(definition, request, SYMBOLIC_ID)
        yield _settled(attempt(partial(decide_symbolic, definition, before.replay)), before)
    for law in (law for law in LAWS if law.id in ids):
        before = _law(definition, request, law.id)
        reason = attempt(partial(law.absent, definition))
        if isinstance(reason, Failure):
            yield _settled(reason, before)
        elif reason:
            yield _Absent(law.id, reason)
        else:
            if cases is None:
                cases = attempt(lambda: suite(definition, request, Kernels(definition)))
            found = cases if isinstance(cases, Failure) else attempt(partial(decide, definition, law, request, cases))
            yield _settled(found, before)


def _settled(found: Result | Failure, before: Result) -> Result:
    """What was found; of what this project failed to examine, that it is undecided."""
    if isinstance(found, Failure):
        return replace(before, verdict="undecided", reason=found.reason, traceback=found.traceback)
    return found


LAW_IDS = (SYMBOLIC_ID, *(law.id for law in LAWS))
"""Ids of all laws in the order of results."""

_LAWS = {SYMBOLIC_ID: (STATEMENT, "symbolic")} | {law.id: (law.statement, law.method) for law in LAWS}
"""Statement and method of every law by id."""


def _law(definition: Definition, request: Request, law: str) -> Result:
    """A law before it is looked at."""
    statement, method = _LAWS[law]
    return Result(law, "law", definition.line, statement, "undecided", method, replay=request.replay(definition, law))


def _finding(definition: Definition) -> Result:
    """What stands for all findings if none can be made."""
    return Result("finding.all", "finding", definition.line, "what is established of the cell", "undecided", "")


def _joined(subject: Subject, parts: Sequence[_Part]) -> CellResults:
    """The results of one cell from those of its parts, in the order of laws and statements."""
    order = {name: at for at, name in enumerate(wanted(subject, EVERYTHING))}
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
    on how many there are. If the caller stops, or on Ctrl-C, the processes are ended, and what was established of
    cells that were not yielded is added to `unfinished`: all of some, some results of others.
    """
    count = workers or available_processors()
    kept: list[CellResults] = [] if unfinished is None else unfinished
    if count <= 1:
        yield from _one_by_one(subjects, examples, seed, selection, kept)
        return
    split = len(subjects) < count
    shares = [_shares(wanted(each, selection)) if split else [wanted(each, selection)] for each in subjects]
    tasks: list[list[Future[_Part]]] = []
    done = 0
    with processes(min(count, sum(map(len, shares))) or 1) as pool:
        try:
            for subject, parts in zip(subjects, shares, strict=True):
                tasks.append([pool.submit(_examine, subject, examples, seed, ids) for ids in parts])
            for subject, started, parts in zip(subjects, tasks, shares, strict=True):
                request = Request(examples, seed)
                found = _joined(subject, [_part(subject, request, *each) for each in zip(started, parts, strict=True)])
                done += 1
                yield found
        finally:
            for subject, started in zip(subjects[done:], tasks[done:], strict=False):
                if finished := [part.result() for part in started if _has_result(part)]:
                    kept.append(_joined(subject, finished))


def _one_by_one(
    subjects: Sequence[Subject], examples: int, seed: int, selection: Selection, kept: list[CellResults]
) -> Iterator[CellResults]:
    """The cells in this process."""
    for subject in subjects:
        established: list[Result] = []
        try:
            part = _examine(subject, examples, seed, wanted(subject, selection), established.append)
        except KeyboardInterrupt:
            if established:
                kept.append(_joined(subject, [_Part(tuple(established), {}, 0.0)]))
            raise
        yield _joined(subject, [part])


def _part(subject: Subject, request: Request, future: Future[_Part], ids: Sequence[str]) -> _Part:
    """What a process found; of one that died, that its laws and statements are undecided."""
    found = attempt(future.result)
    if isinstance(found, Failure):
        return _Part(tuple(_settled(found, _before(subject, request, each)) for each in ids), {}, 0.0)
    return found


def _before(subject: Subject, request: Request, name: str) -> Result:
    """A law, statement or all findings, before they are looked at."""
    claims = {claim.id: claim for claim in subject.claims}
    if name in claims:
        return replace(blank(claims[name]), replay=replay(subject, claims[name], request))
    assert subject.definition is not None
    return _finding(subject.definition) if name == FINDINGS else _law(subject.definition, request, name)


def _has_result(future: Future[_Part]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


APART = frozenset({SYMBOLIC_ID, "law.truncated", "law.framework"})
"""Laws that take, with the statements and findings, about as long as all others, and use little that these compute."""


def _shares(ids: Sequence[str]) -> list[tuple[str, ...]]:
    """The laws and statements of one cell for two processes."""
    apart = [name for name in ids if name in APART or not name.startswith("law.")]
    shares = tuple(name for name in ids if name not in apart), tuple(apart)
    return [share for share in shares if share] or [()]
