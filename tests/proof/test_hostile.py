"""Statements made to keep a prover busy for ever, or to break it: each ends at once, with a reason."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from pathlib import Path
from string import ascii_lowercase
from time import monotonic
from typing import Any

import pytest

from lstmproof.language.claims import Claim
from lstmproof.language.parser import parse_text
from lstmproof.proof.induction import checker, store
from lstmproof.proof.induction.facts import MOST_PARTS, OutOfReach
from lstmproof.proof.induction.goals import Mismatch
from lstmproof.proof.induction.induct import induct
from lstmproof.proof.induction.polynomial import Polynomial, TooLarge
from lstmproof.proof.induction.templates import setting_of
from lstmproof.proof.outcome import Unsettled
from lstmproof.proof.symbolic.decide import symbolic
from lstmproof.refute.refutation import refute
from tests.proof.statements import formula

HEAD = '''"""Cells to speak of."""
from lstmproof.language import assume, carousel, cell, claim, jacobian, sigmoid, tanh


@cell
def leaky(x, h, *, W_f, b_f, W_c):
    f = sigmoid(W_f @ x + b_f)
    g = f * 2
    h = f * h + (1 - f) * tanh(W_c @ x)
    return h, g


@cell
def mutual(x, h, c, *, W_f, W_c):
    f = sigmoid(W_f @ x)
    c = f * c + tanh(W_c @ x) * h
    h = f * h + (1 - f) * c * h
    return h, c


@cell
def power(x: "hidden", h):
    h = (h + x * x + 1) ** 16
    return h


@claim('''

MANY = ["".join(("v", *two)) for two in product(ascii_lowercase[:5], repeat=2)][:23]


def settled(cell: str, names: str, *lines: str) -> list[Any]:
    """What both provers say."""
    body = "".join(f"    {line}\n" for line in lines)
    derivation = parse_text(f'{HEAD}{cell})\ndef stated({names}):\n    """It."""\n{body}', "cells.py")
    claim, definition = derivation.claims[0], {each.name: each for each in derivation.cells}[cell]
    return [induct(claim, definition, seconds=2, stored=False), symbolic(claim, derivation, definition, seconds=2)]


@pytest.mark.parametrize(
    ("names", "assumed"),
    [
        ("b_f, f", "b_f <= 2 * f"),
        ("f, h", "f <= 2 * h"),
        ("f, g", "f <= 3 * g"),
        ("b_f, f", "b_f == f + 1"),
    ],
)
def test_a_range_whose_end_is_computed_from_the_name_is_not_used(names: str, assumed: str) -> None:
    found = settled("leaky", names, f"assume({assumed})", "return f <= 0.4")
    assert all(isinstance(each, Unsettled) for each in found)


@pytest.mark.parametrize("lag", [40, 1000])
def test_a_long_carousel_of_states_that_read_each_other(lag: int) -> None:
    inductive, _ = settled("mutual", "h", f"return carousel(h, lag={lag}) <= 0.5")
    assert isinstance(inductive, Unsettled)
    assert f"a carousel over {lag} steps" in inductive.reason


def test_a_factor_over_more_steps_than_are_run() -> None:
    text = f'{HEAD}mutual)\ndef stated(h, c):\n    """It."""\n    return jacobian(h, c, lag=1000) <= 0.5\n'
    derivation = parse_text(text, "cells.py")
    found = refute(derivation.claims[0], derivation, derivation.cells[1], seed=0, seconds=1)
    assert isinstance(found, Unsettled)
    assert "over 1000 steps" in found.reason


def test_a_polynomial_too_large_to_factor() -> None:
    assert all(isinstance(each, Unsettled) for each in settled("power", "h", "return h**16 >= 1"))


@pytest.mark.parametrize(
    "lines",
    [
        (f"assume({' + '.join(f'abs({name})' for name in MANY)} <= 1)", "return vaa <= 1"),
        (f"assume({' and '.join(f'({name} < 1 or {name} > 2)' for name in MANY)})", "return vaa <= 1"),
        ("return ((vaa**1000) ** 1000) ** 1000 >= 0",),
        ("return ((vaa + 2**1000) ** 200) ** 200 >= 0",),
    ],
)
def test_sums_of_absolute_values_alternatives_and_powers(lines: tuple[str, ...]) -> None:
    start = monotonic()
    assert isinstance(induct(formula(*lines), None, seconds=2, stored=False), Unsettled)
    assert monotonic() - start < 20


def test_the_bounds_are_generous() -> None:
    assert MOST_PARTS >= 2**8
    x = Polynomial.variable("x")
    assert ((x + 1) ** 20).degree == 20
    with pytest.raises(TooLarge):
        x**1000 * x
    few = " + ".join(f"abs({name})" for name in MANY[:4])
    assert not isinstance(induct(formula(f"assume({few} <= 1)", "return vaa <= 1"), None, stored=False), OutOfReach)


@pytest.mark.parametrize("text", ["1e400000000", "1/0", " 1", "1.5", "0x1", "1_0", "9" * 5000, "inf", "+1", "\u0661"])
def test_the_checker_reads_plain_numbers_alone(text: str) -> None:
    with pytest.raises(ValueError, match="a number is text"):
        checker.number(text)


def test_the_checker_reads_plain_numbers() -> None:
    assert checker.number("-2/3") == Fraction(-2, 3)
    assert checker.number("5") == Fraction(5)


def test_a_deeply_nested_certificate_is_a_mismatch(tmp_path: Path) -> None:
    claim: Claim = formula("return vaa * vaa >= 0")
    object.__setattr__(claim, "file", str(tmp_path / "formulas.py"))
    path = tmp_path / store.FOLDER / store.file_name(claim)
    path.parent.mkdir()
    path.write_text("[" * 200_000, encoding="utf-8")
    with pytest.raises(Mismatch):
        store.load(claim)
    deep: Any = "1"
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(Mismatch):
        store.recheck({"format": checker.FORMAT, "obligations": [deep]}, setting_of(claim, None))


def test_runs_without_a_value_are_no_evidence() -> None:
    lines = ("return phi**(-t) * phi**t == 1",)
    text = f'from lstmproof.language import claim\n\n\n@claim\ndef stated(phi, t):\n    """It."""\n    {lines[0]}\n'
    derivation = parse_text(text, "formulas.py")
    found = refute(derivation.claims[0], derivation, None, seed=0, seconds=10)
    assert isinstance(found, Unsettled)
    assert not found.examples
    assert "without a value" in found.reason
