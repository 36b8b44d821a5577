"""The runner: every law over one cell, and many cells over a pool of processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase

from lstmproof.language.definition import Definition
from lstmproof.verdict import CellResults, Result
from lstmproof.verify.case import Kernels
from lstmproof.verify.examine import Request, decide, key_of, suite
from lstmproof.verify.laws.every import LAWS, SYMBOLIC_ID
from lstmproof.verify.laws.exactness import decide_symbolic

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
    started = time.perf_counter()
    request = Request(examples, seed)
    wanted = [law for law in LAWS if selected(law.id, laws)]
    absent = {law.id: reason for law in wanted if (reason := law.absent(definition))}
    applicable = [law for law in wanted if law.id not in absent]
    results: list[Result] = []

    def add(result: Result) -> None:
        results.append(result)
        if progress is not None:
            progress(result.id)

    if selected(SYMBOLIC_ID, laws):
        add(decide_symbolic(definition, request.replay(definition, SYMBOLIC_ID)))
    if applicable:
        cases = suite(definition, request, Kernels(definition))
        for law in applicable:
            add(decide(definition, law, request, cases))
    return CellResults(
        cell=definition.name,
        key=key_of(definition),
        file=definition.file,
        digest=definition.digest,
        results=tuple(results),
        absent=absent,
        seconds=time.perf_counter() - started,
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
    count = min(workers or available_processors(), len(definitions))
    if count <= 1:
        for definition in definitions:
            yield verify_cell(definition, examples, seed, laws)
        return
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(count, initializer=_end_on_interrupt)
    finished = False
    try:
        futures = [pool.submit(verify_cell, definition, examples, seed, laws) for definition in definitions]
        for future in futures:
            yield future.result()
        finished = True
    finally:
        if not finished:
            for process in set(multiprocessing.active_children()) - others:
                process.terminate()
        pool.shutdown(cancel_futures=True)


def available_processors() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _end_on_interrupt() -> None:
    """Ctrl-C reaches every process of a terminal; only the first has something to say."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
