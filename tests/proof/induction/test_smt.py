"""SMT-LIB texts and two solvers: only where both say unsat is anything shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lstmproof.proof.induction import smt
from lstmproof.proof.induction.certificates import has_solver
from lstmproof.proof.induction.facts import above, at_least, equal
from lstmproof.proof.induction.polynomial import Polynomial

X, Y = Polynomial.variable("x"), Polynomial.variable("|y|")
TRUE = smt.script("a square", [equal(X * X + Y * Y, 1)], [at_least(Polynomial.constant(1), X * Y * 2)])
FALSE = smt.script("too much", [equal(X * X + Y * Y, 1)], [above(Polynomial.constant(1), X * Y * 2)])

needs_solver = pytest.mark.skipif(not has_solver(), reason="z3-solver and cvc5 decide")


def test_the_text() -> None:
    assert TRUE.splitlines()[1:4] == ["(set-logic QF_NRA)", "(declare-const |x| Real)", "(declare-const |!y!| Real)"]
    assert "(assert (not (>= " in TRUE


@needs_solver
def test_both_decide() -> None:
    assert smt.unsatisfiable(TRUE, 10)
    assert not smt.unsatisfiable(FALSE, 10)


def answering(*answers: str) -> Callable[[Any, str, float], str]:
    left = list(answers)
    return lambda *_: left.pop(0)


@pytest.mark.parametrize(
    ("answers", "agreed"),
    [
        (("unsat", "unsat"), True),
        (("unsat", "sat"), False),
        (("sat", "unsat"), False),
        (("unsat", "unknown"), False),
        (("unsat", "timeout"), False),
        (("unsat", "error"), False),
        (("unsat\nsat", "unsat"), False),
        (("", ""), False),
    ],
)
def test_one_answer_is_not_enough(answers: tuple[str, str], agreed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smt, "_ask", lambda *_: None)
    monkeypatch.setattr(smt, "_answer", answering(*answers))
    assert smt.unsatisfiable(TRUE, 1) is agreed


@needs_solver
def test_a_text_that_is_no_smt_lib_shows_nothing() -> None:
    assert not smt.unsatisfiable("(assert", 5)
    assert not smt.unsatisfiable("", 5)


@needs_solver
def test_a_missing_solver_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smt, "SOLVERS", ("z3", "no such solver"))
    assert not smt.unsatisfiable(TRUE, 5)
