"""Hypotheses that can hold together, and some that cannot."""

from __future__ import annotations

import pytest

from lstmproof.catalogue import find
from lstmproof.language.parser import parse_text
from lstmproof.proof.outcome import Unsettled
from lstmproof.refute.satisfiable import satisfiable

CELL = """from lstmproof.language import always, assume, cell, claim, sigmoid, tanh


@cell
def janet(x, h, *, W_f, U_f, b_f, W_c, U_c, b_c):
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    g = tanh(W_c @ x + U_c @ h + b_c)
    h = f * h + (1 - f) * g
    return h


@claim(janet)
def it(f, h0, b_f, phi):
    assume({})
    return f <= phi or h0 == b_f
"""

HOLD = ("f > 0.5", "always(f <= phi)", "abs(h0) <= 1 and phi < 1", "b_f == 3", "h0 == 0", "phi != 0")
CONTRADICT = ("phi < 0 and phi > 1", "always(f > 1)", "f <= 0", "h0 == 1 and h0 == 2", "always(f <= phi) and phi <= 0")


def witness(hypothesis: str) -> str | Unsettled:
    text = CELL.replace("assume({})", "\n    ".join(f"assume({part})" for part in hypothesis.split(" and ")))
    derivation = parse_text(text, "janet.py")
    return satisfiable(derivation.claims[0], derivation.cells[0], seed=0)


@pytest.mark.parametrize("hypothesis", HOLD)
def test_hypotheses_that_hold_somewhere_have_a_witness(hypothesis: str) -> None:
    found = witness(hypothesis)
    assert isinstance(found, str), found
    assert "hold together" in found


@pytest.mark.parametrize("hypothesis", CONTRADICT)
def test_contradictory_hypotheses_have_none(hypothesis: str) -> None:
    found = witness(hypothesis)
    assert isinstance(found, Unsettled), found
    assert "no run was found" in found.reason


def test_nothing_assumed_needs_no_witness() -> None:
    text = "from lstmproof.language import claim\n\n\n@claim\ndef it(z):\n    return z * z >= 0\n"
    assert satisfiable(parse_text(text, "it.py").claims[0], None, seed=0) == "there are none"
    assert find("janet").states
