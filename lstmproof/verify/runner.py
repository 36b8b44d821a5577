"""The runner: every law over one cell, and many cells over a pool of processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial

from lstmproof.language.definition import Definition
from lstmproof.verdict import CellResults, Result
from lstmproof.verify.attempt import Failure, attempt
from lstmproof.verify.case import Kernels
from lstmproof.verify.examine import Request, Suite, decide, key_of, suite
from lstmproof.verify.laws.every import LAWS, SYMBOLIC_ID
from lstmproof.verify.laws.exactness import STATEMENT, decide_symbolic
from lstmproof.verify.processes import available_processors, processes

Progress = Callable[[str], None]
"""Called with a law's id when its result is there."""


def verify_cell(
    definition: Definition,
    examples: int = 100,
    seed: int = 0,
    laws: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> CellResults:
    """Every law of one cell, or those whose id matches one of the patterns `laws` (`law.complex_*`).

    The same arguments give the same results, but for `seconds`. Laws that do not apply are in `absent`.
    """
    keep = None if progress is None else lambda result: progress(result.id)
    return _joined(definition, [_examine(definition, examples, seed, wanted(laws), keep)])


def wanted(patterns: Sequence[str] | None) -> tuple[str, ...]:
    """Ids of the laws that are asked for, in the order of results."""
    return tuple(law for law in (SYMBOLIC_ID, *(law.id for law in LAWS)) if selected(law, patterns))


@dataclass(frozen=True)
class _Part:
    """What some of a cell's laws found."""

    results: tuple[Result, ...]
    absent: Mapping[str, str]
    seconds: float


Kept = Callable[[Result], None]
"""Called with each result when it is there."""


def _examine(definition: Definition, examples: int, seed: int, ids: Collection[str], keep: Kept | None = None) -> _Part:
    """Some laws of one cell, over the same cases. An unexpected error makes its law undecided, and no other."""
    started = time.perf_counter()
    request = Request(examples, seed)
    results: list[Result] = []
    absent: dict[str, str] = {}
    cases: Suite | Failure | None = None

    def add(result: Result | Failure, law: str) -> None:
        results.append(_undecided(definition, request, law, result) if isinstance(result, Failure) else result)
        if keep is not None:
            keep(results[-1])

    if SYMBOLIC_ID in ids:
        add(attempt(lambda: decide_symbolic(definition, request.replay(definition, SYMBOLIC_ID))), SYMBOLIC_ID)
    for law in (law for law in LAWS if law.id in ids):
        reason = attempt(partial(law.absent, definition))
        if isinstance(reason, Failure):
            add(reason, law.id)
        elif reason:
            absent[law.id] = reason
        else:
            if cases is None:
                cases = attempt(lambda: suite(definition, request, Kernels(definition)))
            found = cases if isinstance(cases, Failure) else attempt(partial(decide, definition, law, request, cases))
            add(found, law.id)
    return _Part(tuple(results), absent, time.perf_counter() - started)


STATEMENTS = {SYMBOLIC_ID: (STATEMENT, "symbolic")} | {law.id: (law.statement, law.method) for law in LAWS}
"""Statement and method of every law by id."""


def _undecided(definition: Definition, request: Request, law: str, failure: Failure) -> Result:
    """The result of a law that this project failed to examine."""
    statement, method = STATEMENTS[law]
    return Result(
        id=law,
        kind="law",
        line=definition.line,
        statement=statement,
        verdict="undecided",
        method=method,
        reason=failure.reason,
        replay=request.replay(definition, law),
        traceback=failure.traceback,
    )


def _joined(definition: Definition, parts: Sequence[_Part]) -> CellResults:
    """The results of one cell from those of its parts, in the order of the laws."""
    found = {result.id: result for part in parts for result in part.results}
    absent = {law: reason for part in parts for law, reason in part.absent.items()}
    return CellResults(
        cell=definition.name,
        key=key_of(definition),
        file=definition.file,
        digest=definition.digest,
        results=tuple(found[law] for law in wanted(None) if law in found),
        absent={law: absent[law] for law in wanted(None) if law in absent},
        seconds=max(part.seconds for part in parts),
    )


def selected(law: str, patterns: Sequence[str] | None) -> bool:
    """Whether a law's id matches one of the patterns; every law does if there are none.

    >>> selected("law.complex_step", ["law.complex_*"]), selected("law.split", None), selected("law.split", ["law.b*"])
    (True, True, False)
    """
    return patterns is None or any(fnmatchcase(law, pattern) for pattern in patterns)


def verify_cells(
    definitions: Sequence[Definition],
    examples: int = 100,
    seed: int = 0,
    laws: Sequence[str] | None = None,
    workers: int | None = None,
    unfinished: list[CellResults] | None = None,
) -> Generator[CellResults, None, None]:
    """Results of several cells, in their order, each as soon as it and those before it are done.

    `workers` processes share the cells, by default as many as there are processors; what they find does not depend
    on how many there are. If the caller stops, or on Ctrl-C, the processes are ended, and what was established of
    cells that were not yielded is added to `unfinished`: all of some, some laws of others.
    """
    count = workers or available_processors()
    kept: list[CellResults] = [] if unfinished is None else unfinished
    if count <= 1:
        yield from _one_by_one(definitions, examples, seed, laws, kept)
        return
    shares = _shares(wanted(laws)) if len(definitions) < count else [wanted(laws)]
    request = Request(examples, seed)
    tasks: list[list[Future[_Part]]] = []
    done = 0
    with processes(min(count, len(shares) * len(definitions)) or 1) as pool:
        try:
            tasks += [[pool.submit(_examine, each, examples, seed, ids) for ids in shares] for each in definitions]
            for definition, parts in zip(definitions, tasks, strict=True):
                found = _joined(
                    definition, [_part(definition, request, *each) for each in zip(parts, shares, strict=True)]
                )
                done += 1
                yield found
        finally:
            for definition, parts in zip(definitions[done:], tasks[done:], strict=False):
                if finished := [part.result() for part in parts if _has_result(part)]:
                    kept.append(_joined(definition, finished))


def _one_by_one(
    definitions: Sequence[Definition], examples: int, seed: int, laws: Sequence[str] | None, kept: list[CellResults]
) -> Iterator[CellResults]:
    """The cells in this process."""
    for definition in definitions:
        established: list[Result] = []
        try:
            part = _examine(definition, examples, seed, wanted(laws), established.append)
        except KeyboardInterrupt:
            if established:
                kept.append(_joined(definition, [_Part(tuple(established), {}, 0.0)]))
            raise
        yield _joined(definition, [part])


def _part(definition: Definition, request: Request, future: Future[_Part], ids: Sequence[str]) -> _Part:
    """What a process found; of one that died, that its laws are undecided."""
    found = attempt(future.result)
    if isinstance(found, Failure):
        return _Part(tuple(_undecided(definition, request, law, found) for law in ids), {}, 0.0)
    return found


def _has_result(future: Future[_Part]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


APART = frozenset({SYMBOLIC_ID, "law.truncated", "law.framework"})
"""Laws that take about as long as all others, and use little that these compute."""


def _shares(ids: Sequence[str]) -> list[tuple[str, ...]]:
    """The laws of one cell for two processes."""
    shares = tuple(law for law in ids if law not in APART), tuple(law for law in ids if law in APART)
    return [share for share in shares if share] or [()]
