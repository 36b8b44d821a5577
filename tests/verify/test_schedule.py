"""The schedule: which theorems go to Coq together, when, and what becomes of the work of processes that die."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import pytest

from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.proof.outcome import Unsettled
from lstmproof.verdict import Result
from lstmproof.verify import schedule, theorems
from lstmproof.verify.examine import GRADIENTS, Request
from lstmproof.verify.parts import Part
from lstmproof.verify.processes import Pool
from lstmproof.verify.schedule import TOGETHER, Schedule, Task
from lstmproof.verify.subject import Subject
from lstmproof.verify.theorems import UNASKED, Answers, Theorems
from tests.verify.cells import gated


class Ledger(Pool):
    """A pool that keeps a list of what it was given; each piece of work is done at once, or when it is asked for."""

    def __init__(self, later: bool = False) -> None:
        self.later, self.work, self.left = later, list[str](), list[tuple[Future[Any], Callable[[], Any]]]()

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        future = Future[Any]()
        self.work.append(work.__name__)
        self.left.append((future, lambda: work(*arguments)))
        if not self.later:
            self.do()
        return future

    def do(self) -> None:
        """The oldest piece of work that is left."""
        future, work = self.left.pop(0)
        try:
            future.set_result(work())
        except BrokenProcessPool as error:
            future.set_exception(error)


def law(place: int) -> Result:
    return Result(GRADIENTS[place] if place < 2 else f"law.{place}", "law", 1, "", "undecided", "coq")


def theorem(name: str) -> Instance:
    return Instance(f"Theorem {name} : True.", (name,), "True", "")


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[Instance]]:
    """Parts have as many theorems as their ids say; the lists of theorems of which Coq was asked."""
    asked: list[Sequence[Instance]] = []

    def examine(_subject: Subject, _request: Request, ids: Sequence[str]) -> Part:
        name, count = ids[0], int(ids[1])
        made: dict[str, Instance | Unsettled] = {law(place).id: theorem(f"{name}{place}") for place in range(count)}
        if not count:
            made[law(0).id] = Unsettled("no such theorem")
        return Part(tuple(map(law, range(max(count, 1)))), {}, 1.0, Theorems(made, dict.fromkeys(made, 0.5)))

    def ask(instances: Sequence[Instance]) -> Answers:
        asked.append(instances)
        return Answers({each: Checked(each.theorems[0], "True") for each in instances}, 2.0)

    monkeypatch.setattr(schedule, "examine", examine)
    monkeypatch.setattr(schedule, "ask", ask)
    return asked


def tasks(*counts: int) -> list[Task]:
    return [Task(Subject.alone(gated()), (name, str(count))) for name, count in zip("abcdefgh", counts, strict=False)]


def theorems_in(part: Part) -> list[str]:
    return [str((result.proof or {}).get("theorem")) for result in part.results]


def test_coq_is_asked_when_there_is_enough_and_of_the_rest_at_the_end(examined: list[Sequence[Instance]]) -> None:
    pool, every = Ledger(), tasks(25, 25, 5, 30, 30, 5)
    work = Schedule(pool, 1, Request(1, 0), every)
    assert [len(work.results(task).results) for task in every] == [25, 25, 5, 30, 30, 5]
    assert [len(asked) for asked in examined] == [50, 65, 5]
    assert pool.work == ["examine", "examine", "ask", "examine", "examine", "examine", "ask", "examine", "ask"]


def test_every_part_has_its_own_theorems_and_its_share_of_the_time(examined: list[Sequence[Instance]]) -> None:
    every = tasks(2, 0, 3)
    work = Schedule(Ledger(), 1, Request(1, 0), every)
    parts = [work.results(task) for task in every]
    assert [len(asked) for asked in examined] == [5]
    assert [theorems_in(part) for part in parts] == [["a0", "a1"], ["None"], ["c0", "c1", "c2"]]
    assert [part.seconds for part in parts] == [1.0 + 4.0, 1.0, 1.0 + 6.0]
    assert parts[1].results[0].reason == "no such theorem"
    assert {result.seconds for part in parts for result in part.results} == {0.5, 2.5}


def test_what_waits_is_asked_in_several_calls(examined: list[Sequence[Instance]]) -> None:
    pool, every = Ledger(later=True), tasks(TOGETHER // 2, TOGETHER // 2, TOGETHER - 1, 1)
    work = Schedule(pool, 4, Request(1, 0), every)
    work.start()
    for _ in every:
        pool.do()
    assert work.so_far(every[0]) is not None
    work.start()
    while pool.left:
        pool.do()
    assert [len(asked) for asked in examined] == [TOGETHER, TOGETHER]


def test_others_go_on_when_a_part_is_taken(examined: list[Sequence[Instance]]) -> None:
    pool, every = Ledger(), tasks(0, 0, 0)
    Schedule(pool, 1, Request(1, 0), every).results(every[0])
    assert pool.work == ["examine", "examine"]
    assert examined == []


def test_nothing_is_asked_twice_while_an_answer_is_awaited(examined: list[Sequence[Instance]]) -> None:
    pool, every = Ledger(later=True), tasks(50, 50)
    work = Schedule(pool, 2, Request(1, 0), every)
    for _ in range(2):
        assert work.so_far(every[0]) is None
        work.start()  # as while another task is waited for
    for expected in (["examine", "examine"], ["examine", "examine", "ask"], ["examine", "examine", "ask", "ask"]):
        assert pool.work == expected
        pool.do()
        work.so_far(every[0])
        work.start()
    pool.do()
    assert theorems_in(work.results(every[1]))[0] == "b0"
    assert [len(asked) for asked in examined] == [50, 50]


@pytest.mark.usefixtures("examined")
def test_what_is_decided_without_coq_is_known_while_coq_is_asked() -> None:
    pool, every = Ledger(later=True), tasks(2, 1)
    work = Schedule(pool, 1, Request(1, 0), every)
    work.start()
    pool.do()
    early, none = map(work.so_far, every)
    assert early is not None
    assert [(result.verdict, result.reason) for result in early.results] == [("undecided", UNASKED)] * 2
    assert none is None


def test_an_error_in_what_is_shown_of_a_theorem_is_its_own(
    examined: list[Sequence[Instance]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def recheck(name: str, _: Instance) -> str:
        if name.endswith("law_gradient"):
            raise KeyError("lost")
        return ""

    monkeypatch.setattr(theorems, "recheck", recheck)
    every = tasks(2, 1)
    one, two = map(Schedule(Ledger(), 1, Request(1, 0), every).results, every)
    assert [result.verdict for result in (*one.results, *two.results)] == ["undecided", "proved", "undecided"]
    assert one.results[0].reason == "internal error: KeyError: 'lost'"
    assert len(examined) == 1


@pytest.mark.usefixtures("examined")
def test_a_process_that_dies_while_coq_is_asked_loses_no_other_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(_: Sequence[Instance]) -> Answers:
        raise BrokenProcessPool("died")

    monkeypatch.setattr(schedule, "ask", ask)
    every = tasks(1)
    (result,) = Schedule(Ledger(), 2, Request(1, 0), every).results(every[0]).results
    assert (result.id, result.verdict) == (GRADIENTS[0], "undecided")
    assert "BrokenProcessPool: died" in result.reason


def test_a_pool_without_processes_leaves_everything_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    def submit(*_: Any) -> Future[Any]:
        raise BrokenProcessPool("gone")

    pool = Ledger()
    monkeypatch.setattr(pool, "submit", submit)
    task = Task(Subject.alone(gated()), ("law.split",))
    (result,) = Schedule(pool, 2, Request(1, 0), [task]).results(task).results
    assert (result.id, result.verdict) == ("law.split", "undecided")
    assert "BrokenProcessPool: gone" in result.reason
