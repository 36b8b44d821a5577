"""Lines on a terminal: short, plain when piped, telling what does not hold."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace

import pytest
from rich.text import Text

from lstmproof.report import terminal
from lstmproof.verdict import Result
from tests.report.samples import CERTIFIED, FAILING, HOLDING, UNDECIDED, cell


def plain(lines: Iterable[Text]) -> str:
    return "\n".join(line.plain for line in lines)


def test_a_cell_that_holds_is_one_line() -> None:
    line = terminal.cell_line(cell(HOLDING, CERTIFIED), 12, carousel="f").plain
    assert line == "mine          2 laws                        holds     1.5 s   carousel = f"


@pytest.mark.parametrize(
    ("result", "counts", "word"), [(FAILING, "1 of 2 laws hold", "FAILS"), (UNDECIDED, "1 of 2 laws hold", "open")]
)
def test_a_cell_that_does_not_hold_says_how_much_does(result: Result, counts: str, word: str) -> None:
    line = terminal.cell_line(cell(HOLDING, result), 4).plain
    assert counts in line
    assert word in line
    assert "0 of 1 law holds" in terminal.cell_line(cell(result), 4).plain


def test_a_carousel_that_does_not_fit_is_left_out() -> None:
    line = terminal.cell_line(cell(HOLDING), 12, carousel="a * (b + c)" * 5).plain
    assert "carousel" not in line
    assert len(line) <= 80


def test_a_failure_shows_the_smallest_and_the_worst_case_and_how_to_replay() -> None:
    shown = plain(terminal.details(cell(HOLDING, FAILING)))
    assert "law.complex_step" not in shown
    for part in (
        "law.reference",
        "fails",
        "mine.py:9",
        "dL/dU_f off by 3.1e-01",
        "smallest  T = 2, b_f = [3, inf]",
        "worst     value = nan, T = 5",
        "replay    lstmproof verify mine.py:mine --law law.reference --seed 0",
    ):
        assert part in shown


def test_an_undecided_law_shows_its_reason() -> None:
    shown = plain(terminal.details(cell(UNDECIDED)))
    assert "undecided" in shown
    assert "61 of 100 cases redrawn" in shown


def test_everything_includes_what_holds_and_what_is_absent() -> None:
    shown = plain(terminal.details(cell(HOLDING), everything=True))
    assert "law.complex_step" in shown
    assert "100 cases, 900 comparisons" in shown
    assert "law.online" in shown
    assert "h reaches c through a Contract" in shown
    assert plain(terminal.details(cell(HOLDING))) == ""


def test_no_line_is_wider_than_80_columns() -> None:
    long = replace(FAILING, reason="word " * 100, statement="state " * 50)
    shown = plain(terminal.details(cell(HOLDING, long, UNDECIDED), everything=True))
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    ("results", "first"),
    [
        ((HOLDING, CERTIFIED), "1 cell, 2 laws: all hold"),
        ((HOLDING, FAILING, UNDECIDED), "1 cell, 3 laws: 1 fails, 1 open or undecided"),
        ((), "1 cell, 0 laws: nothing was examined"),
    ],
)
def test_the_closing_lines_count(results: tuple[Result, ...], first: str) -> None:
    lines = plain(terminal.closing([cell(*results)], 38.04, 7)).splitlines()
    assert lines[0] == first
    assert lines[1].endswith("38.0 s, seed 7")


def test_files_are_counted_beside_cells() -> None:
    formulas = replace(cell(CLAIM), cell="mine", key="mine.py", file="mine.py")
    for examined, counted in (
        ([cell(HOLDING), cell(HOLDING), formulas], "2 cells and 1 file, 2 laws, 1 claim"),
        ([formulas, formulas], "2 files, 0 laws, 2 claims"),
        ([], "0 cells, 0 laws"),
    ):
        assert plain(terminal.closing(examined, 1.0, 0)).startswith(f"{counted}: ")


def test_proofs_are_counted_by_method_within_80_columns() -> None:
    methods = ("symbolic", "coq", "certificate", "certificate", "smt")
    proved = [replace(HOLDING, verdict="proved", method=method) for method in methods]
    lines = plain(terminal.closing([cell(*proved, HOLDING, CERTIFIED, FAILING, UNDECIDED)], 38.04, 7)).splitlines()
    assert " ".join(line.strip() for line in lines[1:]) == (
        "proved 5 (certificate 2, coq 1, smt 1, symbolic 1), certified 1, tested 1, refuted 1, undecided 1; "
        "38.0 s, seed 7"
    )
    assert max(map(len, lines)) <= 80


def test_an_interruption_is_told() -> None:
    assert "interrupted: 2 cells not examined to the end" in plain(terminal.closing([cell(HOLDING)], 1.0, 0, 2))


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def painted(file: io.StringIO, no_color: bool = False) -> str:
    screen = terminal.console(file, no_color)
    screen.print(terminal.cell_line(cell(FAILING), 4))
    return file.getvalue()


def test_color_is_for_terminals_and_can_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in painted(Tty())
    assert "\x1b" not in painted(Tty(), no_color=True)
    assert "\x1b" not in painted(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in painted(Tty())
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in painted(io.StringIO()), "piped output is plain whatever the environment says"


def test_progress_shows_only_on_a_terminal() -> None:
    with terminal.progress(terminal.console(io.StringIO()), 3, "cells") as advance:
        advance()
    with terminal.progress(None, 3, "cells") as advance:
        advance()


def test_a_line_to_copy_is_never_broken() -> None:
    command = f"lstmproof verify {'a_long_folder/' * 5}mine.py:mine --law law.reference --seed 0"
    lines = plain(terminal.details(cell(replace(FAILING, replay=command)))).splitlines()
    assert f"    {command}" in lines


def test_a_disagreement_is_told_before_the_problem_that_it_comes_from() -> None:
    case = {"compared": "dL/dU", "at": [0, 1], "found": 0.5, "expected": float("inf"), "ratio": 3e8, "T": 2, "batch": 1}
    shown = plain(terminal.details(cell(replace(FAILING, counterexample=case))))
    first, second = "smallest  dL/dU[0, 1] is 0.5, expected inf, 3e+08 tolerances apart", "T = 2, batch = 1"
    assert f"{first}\n{'':14}{second}\n" in shown


def test_a_cell_of_which_nothing_was_asked_says_so() -> None:
    assert "nothing" in terminal.cell_line(cell(), 4).plain


def test_a_terminal_does_not_obey_what_is_printed() -> None:
    file = io.StringIO()
    terminal.console(file).print(Text("red: \x1b[31m, \u202e, \u03c3", style="bold"))
    assert file.getvalue() == "red: \\x1b[31m, \\u202e, \u03c3\n"


CLAIM = Result(
    "claim.within_one",
    "claim",
    21,
    "abs(c) <= 1",
    "refuted",
    "ball",
    quantifiers="for all t >= 1",
    assumptions=("abs(c0) <= 1",),
    counterexample={"b_f": [3.0]},
    reason="at step 2: 1.8 <= 1",
    replay="lstmproof verify mine.py:mine --claim claim.within_one",
)
BOUND = Result("finding.bound_c", "finding", 9, "|c| <= 1", "proved", "certificate")


def test_a_statement_that_fails_shows_what_it_says_and_what_refutes_it() -> None:
    shown = plain(terminal.details(cell(CLAIM)))
    assert "claim.within_one        refuted" in shown
    assert "for all t >= 1: abs(c) <= 1  assuming abs(c0) <= 1" in shown
    assert "smallest  b_f = [3]" in shown
    assert "replay    lstmproof verify mine.py:mine --claim claim.within_one" in shown


def test_a_myth_that_is_refuted_holds_and_is_told_only_if_asked_for() -> None:
    myth = replace(CLAIM, id="myth.within_one", kind="myth")
    assert plain(terminal.details(cell(myth))) == ""
    assert "myth.within_one  refuted by ball" in plain(terminal.details(cell(myth), everything=True))


def test_a_proof_is_told_by_its_first_line_and_how_to_check_it_again() -> None:
    proof = {"reading": "By induction over t.\nfrom t-1 to t ...", "recheck": "python -I checker.py mine.json"}
    shown = plain(terminal.details(cell(replace(CLAIM, verdict="proved", proof=proof)), everything=True))
    assert "proof     By induction over t.\n" in shown
    assert "from t-1" not in shown


@pytest.mark.parametrize(("proofs", "where"), [(None, "with --proofs DIR"), ("out", "in out")])
def test_a_proof_is_checked_again_from_files_that_exist(proofs: str | None, where: str) -> None:
    proof = {"reading": "By induction over t.", "recheck": "python -I checker.py mine.json"}
    results = cell(replace(CLAIM, verdict="proved", proof=proof))
    shown = plain(terminal.details(results, everything=True, proofs=proofs))
    assert f"re-check  {where}: python -I checker.py mine.json" in shown


def test_why_there_is_no_theorem_is_told() -> None:
    proof = {"reading": "By induction over t.", "coq": "Coq: line 85: Tactic failure: Cannot find witness."}
    shown = plain(terminal.details(cell(replace(CLAIM, verdict="proved", proof=proof)), everything=True))
    assert "Coq       line 85: Tactic failure: Cannot find witness." in shown


def test_what_was_found_stands_on_the_line_as_far_as_that_reaches() -> None:
    assert terminal.cell_line(cell(HOLDING, BOUND), 4, 120, "f").plain.endswith("carousel = f   |c| <= 1")
    assert "|c|" not in terminal.cell_line(cell(HOLDING, BOUND), 30, 80, "f").plain
    unproved = replace(BOUND, verdict="undecided")
    assert "|c|" not in terminal.cell_line(cell(HOLDING, unproved), 4, 120, "f").plain


def test_a_file_that_states_something_of_no_cell_goes_by_its_name() -> None:
    statements = replace(cell(CLAIM), cell="mine", key="some/mine.py", file="some/mine.py")
    assert terminal.cell_line(statements, 8).plain.startswith("mine.py ")


NETWORK = {
    "sizes": {"input": 1, "hidden": 1},
    "steps": 2,
    "parameters": {"W": [[0.0]], "b": [-3.0]},
    "inputs": {"x": [[0.0], [0.0]]},
    "initial": {"h": [-0.0]},
    "constants": {},
    "free": {"phi": 0.5},
    "trajectory": {"t": [1, 2], "h": [[0.25], [1.5]]},
}


def test_a_network_is_told_by_its_numbers_that_are_not_0() -> None:
    shown = terminal.network(NETWORK).replace("\N{NO-BREAK SPACE}", " ")
    size, run = shown.splitlines()
    assert size == (
        "1 unit along each axis; 2 steps; b = [-3]; all other weights 0; all inputs 0; all states 0; phi = 0.5"
    )
    assert run == "t = [1, 2], h = [[0.25], [1.5]]"
    larger = {**NETWORK, "sizes": {"hidden": 2}, "initial": {"h": [[0.0, 1.0]]}, "trajectory": {"t": list(range(9))}}
    shown = terminal.network(larger).replace("\N{NO-BREAK SPACE}", " ")
    assert shown.startswith("hidden = 2; 2 steps; ")
    assert "h0 = [[0, 1]]" in shown
    assert shown.endswith("t = [0, 1, 2, 3, ..., 8]")


def test_numbers_that_refute_a_formula_are_told_without_a_network() -> None:
    shown = terminal.network({**NETWORK, "sizes": {}, "parameters": {}, "inputs": {}, "initial": {}, "trajectory": {}})
    assert shown.replace("\N{NO-BREAK SPACE}", " ").strip() == "phi = 0.5"


def test_the_smallest_and_the_worst_network_are_shown() -> None:
    shown = plain(terminal.details(cell(replace(CLAIM, counterexample={**NETWORK, "worst": NETWORK}))))
    assert "smallest  1 unit" in shown
    assert "worst     1 unit" in shown
