"""A pool of processes that ends with whoever uses it: at the end of its work, on an error, on Ctrl-C, if killed."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import BaseContext
from typing import Any, TypeVar

Found = TypeVar("Found")

THREADED = frozenset({"jax", "torch"})
"""Libraries that start threads on import; a forked copy of a process with threads may wait forever for one of them."""


@dataclass(frozen=True)
class Pool:
    """Processes that take work; Ctrl-C never reaches them."""

    executor: ProcessPoolExecutor

    def submit(self, work: Callable[..., Found], *arguments: Any) -> Future[Found]:
        """Hand work to the next free process. Processes start here, and take over that SIGINT is held back."""
        with _interrupts_held_back():
            return self.executor.submit(work, *arguments)


@contextmanager
def processes(count: int) -> Iterator[Pool]:
    """A pool of `count` processes; if its user leaves early they are ended, and their work is lost.

    Ctrl-C on a terminal goes to every process of it. Only the first has something to say, and it ends the others.
    """
    others = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(count, _start_method(), _end_with, (os.getpid(),))
    finished = False
    try:
        yield Pool(executor)
        finished = True
    finally:
        with _interrupts_held_back():
            if not finished:
                for process in set(multiprocessing.active_children()) - others:
                    process.kill()
            executor.shutdown(cancel_futures=True)


PR_SET_PDEATHSIG = 1
"""Of Linux's prctl: the signal that a process gets when its parent ends."""


def _end_with(caller: int) -> None:
    """Have this process killed when its caller ends, however that comes about, where the system can do that.

    It would wait for work for ever otherwise, since its siblings hold the other ends of its pipes.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != caller:
            os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """SIGINT waits until the end of the block, where the system can do that."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def available_processors() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _start_method() -> BaseContext:
    """Forking, which takes no time, where it is safe."""
    safe = sys.platform == "linux" and THREADED.isdisjoint(sys.modules)
    return multiprocessing.get_context("fork" if safe else "spawn")
