"""Goals as SMT-LIB texts, put to z3 and to cvc5, each in a process of its own: they count where both say unsat."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from lstmproof.proof.induction.facts import Fact
from lstmproof.proof.induction.polynomial import Monomial, Polynomial

SOLVERS = ("z3", "cvc5")
ASK = Path(__file__).with_name("ask.py")


def script(name: str, facts: Sequence[Fact], alternatives: Sequence[Fact]) -> str:
    """An SMT-LIB script that is unsatisfiable exactly if the facts imply one of the alternatives, over the reals."""
    return "\n".join(_lines(name, facts, alternatives)) + "\n"


def _lines(name: str, facts: Sequence[Fact], alternatives: Sequence[Fact]) -> Iterator[str]:
    yield f"; {name}"
    yield "(set-logic QF_NRA)"
    for variable in sorted({each for fact in (*facts, *alternatives) for each in fact.polynomial.variables}):
        yield f"(declare-const |{_plain(variable)}| Real)"
    for fact in facts:
        yield f"(assert ({fact.sign} {_sum(fact.polynomial)} 0.0)) ; {fact.origin}"
    for fact in alternatives:
        yield f"(assert (not ({fact.sign} {_sum(fact.polynomial)} 0.0)))"
    yield "(check-sat)"


def _plain(name: str) -> str:
    """A name that may stand between bars."""
    return name.replace("|", "!")


def _sum(polynomial: Polynomial) -> str:
    return plus([term(coefficient, monomial) for coefficient, monomial in polynomial.ordered()])


def plus(terms: Sequence[str]) -> str:
    """The sum of terms."""
    return terms[0] if len(terms) == 1 else f"(+ {' '.join(terms)})" if terms else "0.0"


def term(coefficient: Fraction, monomial: Monomial) -> str:
    """A number times variables."""
    numerator, denominator = coefficient.as_integer_ratio()
    number = f"{abs(numerator)}.0" if denominator == 1 else f"(/ {abs(numerator)}.0 {denominator}.0)"
    signed = number if numerator > 0 else f"(- {number})"
    factors = [f"|{_plain(name)}|" for name in monomial]
    return f"(* {' '.join([signed, *factors])})" if factors else signed


def unsatisfiable(text: str, seconds: float) -> bool:
    """Whether both solvers, each within the time, call the text unsatisfiable; False if one is missing."""
    asked = [_ask(solver, seconds) for solver in SOLVERS]
    answers = [_answer(process, text, seconds) for process in asked]
    return answers == ["unsat", "unsat"]


def _ask(solver: str, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-I", str(ASK), solver, str(int(1000 * seconds))]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def _answer(process: subprocess.Popen[str], text: str, seconds: float) -> str:
    try:
        answer, _ = process.communicate(text, timeout=seconds + 2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return "timeout"
    return answer.strip() if process.returncode == 0 else "error"
