"""Claims for tests: a cell as text, statements about it as text."""

from __future__ import annotations

import re

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.parser import parse_text

WORDS = (
    "always, assume, carousel, cell, claim, cos, cut, exp, hard_sigmoid, log, maximum, minimum, relu, sigmoid, sin,"
    " softplus, sqrt, tanh"
)

CELLS = {
    "constant": """
def g(z):
    return 4 * sigmoid(z) - 2

@cell
def constant(x, y, s, *, W_i, b_i, W_o, b_o, W_c, U_c, b_c):
    i = sigmoid(W_i @ x + b_i)
    o = sigmoid(W_o @ x + b_o)
    s = s + i * g(W_c @ x + U_c @ y + b_c)
    y = o * (2 * sigmoid(s) - 1)
    return y, s
""",
    "forget": """
def g(z):
    return 4 * sigmoid(z) - 2

@cell
def forget(x, s, *, W_i, b_i, W_f, b_f, W_c, U_c, b_c):
    i = sigmoid(W_i @ x + b_i)
    f = sigmoid(W_f @ x + b_f)
    s = f * s + i * g(W_c @ x + U_c @ s + b_c)
    return s
""",
    "lstm": """
@cell
def lstm(x, h, c, *, W_f, U_f, b_f, W_i, U_i, b_i, W_o, U_o, b_o, W_g, U_g, b_g):
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    i = sigmoid(W_i @ x + U_i @ h + b_i)
    o = sigmoid(W_o @ x + U_o @ h + b_o)
    g = tanh(W_g @ x + U_g @ h + b_g)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c
""",
    "coupled": """
@cell
def coupled(x, h, c, *, W_f, U_f, b_f, W_o, b_o, W_g, b_g):
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    o = sigmoid(W_o @ x + b_o)
    g = tanh(W_g @ x + b_g)
    c = f * c + (1 - f) * g
    h = o * tanh(c)
    return h, c
""",
    "leaky": """
@cell
def leaky(x, h, *, W_f, U_f, b_f, W_c, U_c, b_c, beta=1.0):
    s = W_f @ x + U_f @ h + b_f
    f = sigmoid(s)
    g = tanh(W_c @ x + U_c @ h + b_c)
    h = f * h + (1 - sigmoid(s - beta)) * g
    return h
""",
    "gru": """
@cell
def gru(x, h, *, W_z, U_z, b_z, W_r, U_r, b_r, W_n, U_n, b_n):
    z = sigmoid(W_z @ x + U_z @ h + b_z)
    r = sigmoid(W_r @ x + U_r @ h + b_r)
    n = tanh(W_n @ x + U_n @ (r * h) + b_n)
    h = z * h + (1 - z) * n
    return h
""",
    "normal": """
@cell
def normal(x, c, n, *, W_f, b_f, W_i, b_i, W_g, b_g):
    f = sigmoid(W_f @ x + b_f)
    i = exp(W_i @ x + b_i)
    c = f * c + i * tanh(W_g @ x + b_g)
    n = f * n + i
    h = c / n
    return c, n, h
""",
}


def parsed(cell: str, *lines: str) -> tuple[Claim, Definition]:
    """A claim about one of the cells above: assumptions, then what it returns."""
    text = f"from lstmproof.language import {WORDS}\n{CELLS[cell]}\n\n@claim({cell})\n{_function(lines)}"
    derivation = parse_text(text, "cells.py")
    return derivation.claims[0], derivation.cells[0]


def formula(*lines: str) -> Claim:
    """A claim of formulas alone."""
    return parse_text(f"from lstmproof.language import {WORDS}\n\n\n@claim\n{_function(lines)}", "formulas.py").claims[
        0
    ]


def _function(lines: tuple[str, ...]) -> str:
    """A claim's function; its arguments are the names that its lines speak of."""
    known = {*re.findall(r"\w+", WORDS), "abs", "and", "or", "not", "return"}
    names = dict.fromkeys(name for line in lines for name in re.findall(r"[A-Za-z_]\w*", line) if name not in known)
    body = "".join(f"    {line}\n" for line in lines)
    return f'def stated({", ".join(names)}):\n    """A statement."""\n{body}'
