"""The runner: every law over one cell, and many cells over a pool of processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lstmproof.language.definition import Definition
from lstmproof.verdict import CellResults, Result
from lstmproof.verify.case import Kernels
from lstmproof.verify.examine import Request, decide, key_of, suite
from lstmproof.verify.laws.every import LAWS, SYMBOLIC_ID
from lstmproof.verify.laws.exactness import decide_symbolic
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
    return _joined(definition, [_examine(definition, examples, seed, wanted(laws), progress)])


def wanted(patterns: Sequence[str] | None) -> tuple[str, ...]:
    """Ids of the laws that are asked for, in the order of results."""
    return tuple(law for law in (SYMBOLIC_ID, *(law.id for law in LAWS)) if selected(law, patterns))


@dataclass(frozen=True)
class _Part:
    """What some of a cell's laws found."""

    results: tuple[Result, ...]
    absent: Mapping[str, str]
    seconds: float


def _examine(
    definition: Definition, examples: int, seed: int, ids: Collection[str], progress: Progress | None = None
) -> _Part:
    """Some laws of one cell, over the same cases."""
    started = time.perf_counter()
    request = Request(examples, seed)
    chosen = [law for law in LAWS if law.id in ids]
    absent = {law.id: reason for law in chosen if (reason := law.absent(definition))}
    applicable = [law for law in chosen if law.id not in absent]
    results: list[Result] = []

    def add(result: Result) -> None:
        results.append(result)
        if progress is not None:
            progress(result.id)

    if SYMBOLIC_ID in ids:
        add(decide_symbolic(definition, request.replay(definition, SYMBOLIC_ID)))
    if applicable:
        cases = suite(definition, request, Kernels(definition))
        for law in applicable:
            add(decide(definition, law, request, cases))
    return _Part(tuple(results), absent, time.perf_counter() - started)


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
) -> Iterator[CellResults]:
    """Results of several cells, in their order, each as soon as it and those before it are done.

    `workers` processes share the cells, by default as many as there are processors; what they find does not depend
    on how many there are. If the caller stops, or on Ctrl-C, the processes are ended.
    """
    count = workers or available_processors()
    if count <= 1:
        for definition in definitions:
            yield verify_cell(definition, examples, seed, laws)
        return
    shares = _shares(wanted(laws)) if len(definitions) < count else [wanted(laws)]
    with processes(min(count, len(shares) * len(definitions)) or 1) as pool:
        futures = [[pool.submit(_examine, each, examples, seed, ids) for ids in shares] for each in definitions]
        for definition, parts in zip(definitions, futures, strict=True):
            yield _joined(definition, [part.result() for part in parts])


APART = frozenset({SYMBOLIC_ID, "law.truncated", "law.framework"})
"""Laws that take about as long as all others, and use little that these compute."""


def _shares(ids: Sequence[str]) -> list[tuple[str, ...]]:
    """The laws of one cell for two processes."""
    shares = tuple(law for law in ids if law not in APART), tuple(law for law in ids if law in APART)
    return [share for share in shares if share] or [()]
