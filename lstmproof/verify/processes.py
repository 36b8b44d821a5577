"""A pool of processes that ends with whoever uses it: at the end of its work, on an error, on Ctrl-C."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.context import BaseContext

THREADED = frozenset({"jax", "torch"})
"""Libraries that start threads on import; a forked copy of a process with threads may wait forever for one of them."""


@contextmanager
def processes(count: int) -> Iterator[ProcessPoolExecutor]:
    """A pool of `count` processes; if its user leaves early they are ended, and their work is lost."""
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(count, _start_method(), initializer=_end_on_interrupt)
    finished = False
    try:
        yield pool
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


def _start_method() -> BaseContext:
    """Forking, which takes no time, where it is safe."""
    safe = sys.platform == "linux" and THREADED.isdisjoint(sys.modules)
    return multiprocessing.get_context("fork" if safe else "spawn")


def _end_on_interrupt() -> None:
    """Ctrl-C reaches every process of a terminal; only the first has something to say."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
