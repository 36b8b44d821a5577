"""The runner: every law, claim and finding of one cell, and many cells over a pool of processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.proof.findings import findings
from lstmproof.verdict import CellResults, Result
from lstmproof.verify.attempt import Failure, attempt
from lstmproof.verify.examination import LAW_IDS, Absent, Examination, settled
from lstmproof.verify.examine import GRADIENTS, Request
from lstmproof.verify.laws.every import SYMBOLIC_ID
from lstmproof.verify.processes import available_processors, processes
from lstmproof.verify.statements import SECONDS
from lstmproof.verify.subject import EVERYTHING, Selection, Subject
from lstmproof.verify.theorems import in_coq

Progress = Callable[[str], None]
"""Called with a result's id when it is decided, before Coq is asked."""

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
    request = Request(examples, seed, coq=selection.coq)
    return _joined(subject, [_examine(subject, request, wanted(subject, selection), keep)])


def wanted(subject: Subject, selection: Selection) -> tuple[str, ...]:
    """Ids of the laws and statements that are asked for, in the order of results, then `FINDINGS`."""
    known = (*LAW_IDS, *(GRADIENTS if selection.coq else ()))
    laws = [law for law in known if selection.law(law)] if subject.definition else []
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
"""Called with each result when it is decided, before Coq is asked."""


def _examine(subject: Subject, request: Request, ids: Collection[str], keep: Kept | None = None) -> _Part:
    """Some laws and statements of one cell. An unexpected error makes its own result undecided, and no other.

    Theorems are asked for together, when all else is decided.
    """
    started = time.perf_counter()
    claims = {claim.id: claim for claim in subject.claims}
    found: list[Result | Absent] = []
    for each in decided(subject, request, ids, claims):
        found.append(each)
        if keep is not None and isinstance(each, Result):
            keep(each)
    if request.coq:
        found = in_coq(subject, found, claims)
    results = tuple(each for each in found if isinstance(each, Result))
    absent = {each.law: each.reason for each in found if isinstance(each, Absent)}
    return _Part(results, absent, time.perf_counter() - started)


def decided(
    subject: Subject, request: Request, ids: Collection[str], claims: dict[str, Claim]
) -> Iterator[Result | Absent]:
    """What is decided without Coq; the laws share their cases. What findings claim is added to `claims`."""
    examination = Examination(subject, request)
    yield from (examination.of(each) for each in ids if each != FINDINGS)
    if FINDINGS in ids and subject.definition is not None:
        made = attempt(partial(findings, subject.definition, seconds=SECONDS))
        if isinstance(made, Failure):
            yield settled(made, _before(subject, request, FINDINGS))
            return
        claims |= {each.result.id: each.claim for each in made if each.claim}
        yield from (each.result for each in made)


def _finding(definition: Definition) -> Result:
    """What stands for all findings if none can be made."""
    return Result("finding.all", "finding", definition.line, "what is established of the cell", "undecided", "")


def _joined(subject: Subject, parts: Sequence[_Part]) -> CellResults:
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
    on how many there are. If the caller stops, or on Ctrl-C, the processes are ended, and what was established of
    cells that were not yielded is added to `unfinished`: all of some, some results of others.
    """
    count = workers or available_processors()
    kept: list[CellResults] = [] if unfinished is None else unfinished
    if count <= 1:
        yield from _one_by_one(subjects, Request(examples, seed, coq=selection.coq), selection, kept)
        return
    request = Request(examples, seed, coq=selection.coq)
    split = len(subjects) < count
    shares = [_shares(wanted(each, selection)) if split else [wanted(each, selection)] for each in subjects]
    tasks: list[list[Future[_Part]]] = []
    done = 0
    with processes(min(count, sum(map(len, shares))) or 1) as pool:
        try:
            for subject, parts in zip(subjects, shares, strict=True):
                tasks.append([pool.submit(_examine, subject, request, ids) for ids in parts])
            for subject, started, parts in zip(subjects, tasks, shares, strict=True):
                found = _joined(subject, [_part(subject, request, *each) for each in zip(started, parts, strict=True)])
                done += 1
                yield found
        finally:
            for subject, started in zip(subjects[done:], tasks[done:], strict=False):
                if finished := [part.result() for part in started if _has_result(part)]:
                    kept.append(_joined(subject, finished))


def _one_by_one(
    subjects: Sequence[Subject], request: Request, selection: Selection, kept: list[CellResults]
) -> Iterator[CellResults]:
    """The cells in this process."""
    for subject in subjects:
        established: list[Result] = []
        try:
            part = _examine(subject, request, wanted(subject, selection), established.append)
        except KeyboardInterrupt:
            if established:
                kept.append(_joined(subject, [_Part(tuple(established), {}, 0.0)]))
            raise
        yield _joined(subject, [part])


def _part(subject: Subject, request: Request, future: Future[_Part], ids: Sequence[str]) -> _Part:
    """What a process found; of one that died, that its laws and statements are undecided."""
    found = attempt(future.result)
    if isinstance(found, Failure):
        return _Part(tuple(settled(found, _before(subject, request, each)) for each in ids), {}, 0.0)
    return found


def _before(subject: Subject, request: Request, name: str) -> Result:
    """A law, statement or all findings, before they are looked at."""
    if name == FINDINGS:
        assert subject.definition is not None
        return _finding(subject.definition)
    return Examination(subject, request).before(name)


def _has_result(future: Future[_Part]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


APART = frozenset({SYMBOLIC_ID, "law.framework", GRADIENTS[1]})
"""Laws that have, with the statements and findings, a process of their own: those that need none of the cases, which
would be drawn and run twice, and that of the frameworks, whose import takes longer than the cases."""


def _shares(ids: Sequence[str]) -> list[tuple[str, ...]]:
    """The laws and statements of one cell for two processes."""
    apart = [name for name in ids if name in APART or not name.startswith("law.")]
    shares = tuple(name for name in ids if name not in apart), tuple(apart)
    return [share for share in shares if share] or [()]
