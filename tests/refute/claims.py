"""Claims about small cells, and their refutation."""

from __future__ import annotations

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition, Derivation
from lstmproof.language.parser import parse_text
from lstmproof.proof.outcome import Refutation, Unsettled
from lstmproof.refute.refutation import refute

CELLS = """
from lstmproof.language import (
    abs, always, assume, bounded, carousel, cell, claim, derivative, exp, jacobian, limit, log, maximum, mean, minimum,
    norm, oo, previous, relu, same, sigmoid, sqrt, sum, tanh,
)


@cell
def leaky(x, h, *, W_f, U_f, b_f, W_c, U_c, b_c, beta=1.0):
    s = W_f @ x + U_f @ h + b_f
    f = sigmoid(s)
    g = tanh(W_c @ x + U_c @ h + b_c)
    h = f * h + (1 - sigmoid(s - beta)) * g
    return h


@cell
def coupled(x, h, *, W_f, U_f, b_f, W_c, U_c, b_c):
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    g = tanh(W_c @ x + U_c @ h + b_c)
    h = f * h + (1 - f) * g
    return h


@cell
def gated(x, h, c, *, W_f, U_f, b_f, W_i, U_i, b_i, W_o, U_o, b_o, W_g, U_g, b_g):
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    i = sigmoid(W_i @ x + U_i @ h + b_i)
    o = sigmoid(W_o @ x + U_o @ h + b_o)
    g = tanh(W_g @ x + U_g @ h + b_g)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


@cell
def peeping(x, h, c, *, W_f, U_f, p_f, b_f, W_i, U_i, p_i, b_i, W_g, U_g, b_g):
    f = sigmoid(W_f @ x + U_f @ h + p_f * c + b_f)
    i = sigmoid(W_i @ x + U_i @ h + p_i * c + b_i)
    g = tanh(W_g @ x + U_g @ h + b_g)
    c = f * c + i * g
    h = tanh(c)
    return h, c


@cell
def blocks(
    x,
    y: "block unit",
    s: "block unit",
    *,
    W_in: "block input",
    U_in: "block block unit",
    b_in: "block",
    W_c: "block unit input",
    U_c: "block unit block unit",
    b_c: "block unit",
):
    y_in: "block" = sigmoid(W_in @ x + U_in @ y + b_in)
    s = s + y_in * (4 * sigmoid(W_c @ x + U_c @ y + b_c) - 2)
    y = 2 * sigmoid(s) - 1
    return y, s


@cell
def plain(x, h, *, W, U, b):
    h = tanh(W @ x + U @ h + b)
    return h


@cell
def rectified(x, h, *, W, U, b):
    h = relu(W @ x + U @ h + b)
    return h


@cell
def linear(x: "hidden", y, *, w):
    y = w * y + x
    return y


@cell
def single(x, y: "", *, w: "input"):
    y = y + w @ x
    return y


@cell
def quotient(x: "hidden", y, *, w):
    y = w / y + x
    return y


@cell
def mixing(x: "hidden", y, *, w):
    y = mean(y, "hidden") * y + w * x
    return y
"""


def claimed(
    cell: str, arguments: str, statement: str, *assumptions: str
) -> tuple[Claim, Derivation, Definition | None]:
    """One claim about one of the cells above, or without a cell."""
    lines = [*(f"    assume({each})" for each in assumptions), f"    return {statement}"]
    decorator = f"@claim({cell})" if cell else "@claim"
    text = "\n".join([CELLS, decorator, f"def statement_under_test({arguments}):", *lines, ""])
    derivation = parse_text(text)
    definition = next((each for each in derivation.cells if each.name == cell), None)
    return derivation.claims[0], derivation, definition


def answer(
    cell: str, arguments: str, statement: str, *assumptions: str, seed: int = 0, seconds: float = 3.0
) -> Refutation | Unsettled:
    """What the refuter says of a claim."""
    return refute(*claimed(cell, arguments, statement, *assumptions), seed=seed, seconds=seconds)
