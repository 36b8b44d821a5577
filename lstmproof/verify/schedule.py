"""The order in which processes work: parts of cells are examined, and their theorems go to Coq many at a time.

What a theorem rests on takes Coq about as long to look through as ten theorems take to check, and is looked through
once for all that it is asked of together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, TypeVar

from lstmproof.verify.attempt import Failure, attempt
from lstmproof.verify.examine import Request
from lstmproof.verify.parts import Part, examine, lost
from lstmproof.verify.processes import Pool
from lstmproof.verify.subject import Subject
from lstmproof.verify.theorems import Answers, ask

Found = TypeVar("Found")

TOGETHER = 40
"""Theorems that are enough to be brought before Coq while there is something else to do."""


@dataclass(frozen=True, eq=False)
class Task:
    """Some laws and statements of one cell, for one process."""

    subject: Subject
    ids: tuple[str, ...]


class Schedule:
    """Tasks over the processes of a pool, in their order; Coq is asked as soon as there is enough to ask."""

    def __init__(self, pool: Pool, count: int, request: Request, tasks: Sequence[Task]) -> None:
        self._pool, self._count, self._request = pool, count, request
        self._waiting = deque(tasks)
        self._examining: dict[Future[Part], Task] = {}
        self._asking: dict[Future[Answers], tuple[Task, ...]] = {}
        self._examined: dict[Task, Part] = {}
        """Parts of which Coq is yet to be asked, or to answer."""
        self._done: dict[Task, Part] = {}

    def results(self, task: Task) -> Part:
        """What a task came to; until it is there, and while it is, others go on."""
        while True:
            self.start()
            if task in self._done:
                return self._done[task]
            finished, _ = wait(self._running, return_when=FIRST_COMPLETED)
            self._take(finished)

    def so_far(self, task: Task) -> Part | None:
        """What is known of a task by now, if anything is."""
        self._take([future for future in self._running if future.done()])
        part = self._examined.get(task)
        return self._done.get(task) if part is None else part.unanswered()

    @property
    def _running(self) -> tuple[Future[Any], ...]:
        return (*self._examining, *self._asking)

    def start(self) -> None:
        """Give every free process something to do."""
        while len(self._running) < self._count:
            if batch := self._batch():
                instances = tuple(each for task in batch for each in self._examined[task].theorems.instances)
                self._asking[self._submit(ask, instances)] = batch
            elif self._waiting:
                task = self._waiting.popleft()
                self._examining[self._submit(examine, task.subject, self._request, task.ids)] = task
            else:
                return

    def _batch(self) -> tuple[Task, ...]:
        """Tasks whose theorems go to Coq now: enough of them or, if nothing waits to be examined, what there is."""
        awaited = {task for batch in self._asking.values() for task in batch}
        found: list[Task] = []
        count = 0
        for task, part in self._examined.items():
            if task not in awaited and count < TOGETHER:
                found.append(task)
                count += len(part.theorems.instances)
        return tuple(found) if count >= TOGETHER or not self._waiting else ()

    def _submit(self, work: Callable[..., Found], *arguments: Any) -> Future[Found]:
        """Hand work to a process; where there is none any more, the error is what it comes to."""
        try:
            return self._pool.submit(work, *arguments)
        except BrokenProcessPool as error:
            failed = Future[Found]()
            failed.set_exception(error)
            return failed

    def _take(self, finished: Collection[Future[Any]]) -> None:
        """Keep what finished futures have found; what is interrupted here is done again."""
        for future in [each for each in self._examining if each in finished]:
            task = self._examining[future]
            part = attempt(future.result)
            if isinstance(part, Failure):
                part = lost(part, task.subject, self._request, task.ids)
            if part.theorems.instances:
                self._examined[task] = part
            else:
                self._done[task] = part.answered(task.subject, Answers())
            del self._examining[future]
        for asked in [each for each in self._asking if each in finished]:
            parts = {task: self._examined[task] for task in self._asking[asked]}
            said = attempt(asked.result)
            if isinstance(said, Failure):
                instances = (each for part in parts.values() for each in part.theorems.instances)
                said = Answers(dict.fromkeys(instances, said))
            self._done |= {task: part.answered(task.subject, said) for task, part in parts.items()}
            for task in parts:
                del self._examined[task]
            del self._asking[asked]
