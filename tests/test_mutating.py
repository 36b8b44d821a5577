"""One call of `mutate`: what it prints of each planted error, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from lstmproof import mutating
from lstmproof.language.definition import Definition
from lstmproof.mutating import Job, perform
from lstmproof.verify.mutants import Mutant, Unsound

CAUGHT = Mutant("adjoint", "sign", "f.bar", "-(c.bar * i) for c.bar * i", caught_by="law.complex_step")
SAME = Mutant("kernel", "neighbour", "line 7", "y for x", equivalent="both are zero at every step")
LOOSE = Mutant("kernel", "off by one in t", "line 9", "tape[t + 1] for tape[t] " * 5)


@pytest.fixture
def plants(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`plants(mutants, stop)` replaces the planting; `stop` is raised at its end."""

    def replace(*found: Mutant, stop: type[BaseException] | None = None) -> None:
        def mutants(_definition: Definition, _seed: int) -> Iterator[Mutant]:
            yield from found
            if stop is not None:
                raise stop

        monkeypatch.setattr(mutating, "mutants", mutants)

    return replace


@pytest.mark.parametrize(
    ("found", "status"), [((CAUGHT, SAME), 0), ((CAUGHT, LOOSE), 1), ((), 3)], ids=["caught", "survives", "none"]
)
def test_the_exit_status(plants: Callable[..., None], found: tuple[Mutant, ...], status: int) -> None:
    plants(*found)
    assert perform(Job(cells=("gru",))) == status


def test_each_mutant_is_printed_with_the_law_that_caught_it(
    plants: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    plants(CAUGHT, SAME, LOOSE)
    perform(Job(cells=("gru",), seed=5))
    shown = capsys.readouterr().out
    lines = shown.splitlines()
    assert lines[0] == "gru"
    assert lines[1].startswith("  sign: f.bar: -(c.bar * i) for c.bar * i  ")
    assert lines[1].endswith("  law.complex_step")
    assert "both are zero at every step" in shown
    assert "SURVIVES" in shown
    assert "gru: 3 mutants, 1 caught, 1 equivalent, 1 survive" in shown
    assert "seed 5" in shown
    assert max(map(len, lines)) <= 80


def test_quiet_prints_survivors_only(plants: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    plants(CAUGHT, SAME)
    perform(Job(cells=("gru",), quiet=True))
    assert capsys.readouterr().out == ""
    plants(CAUGHT, LOOSE)
    perform(Job(cells=("gru",), quiet=True))
    shown = capsys.readouterr().out
    assert "SURVIVES" in shown
    assert "law.complex_step" not in shown


def test_a_cell_in_which_nothing_can_be_planted_leaves_the_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def mutants(definition: Definition, _seed: int) -> Iterator[Mutant]:
        if definition.name == "gru":
            raise Unsound("gru: no problem is fit")
        yield CAUGHT

    monkeypatch.setattr(mutating, "mutants", mutants)
    assert perform(Job(cells=("gru", "lstm"))) == 3
    shown = capsys.readouterr().out
    assert "undecided: gru: no problem is fit" in shown
    assert "lstm: 1 mutants, 1 caught" in shown


def test_several_cells_are_summed_up(plants: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    plants(CAUGHT)
    assert perform(Job(cells=("gru", "lstm"))) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 cells: 2 mutants, 2 caught, 0 equivalent, 0 survive"


def test_an_interruption_keeps_what_was_established(
    plants: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    plants(CAUGHT, stop=KeyboardInterrupt)
    assert perform(Job(cells=("gru",))) == 130
    shown = capsys.readouterr().out
    assert "law.complex_step" in shown
    assert "interrupted" in shown
