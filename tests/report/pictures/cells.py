"""Cells that are drawn: those of the catalogue, and others that it lacks."""

from __future__ import annotations

from lstmproof import catalogue
from lstmproof.calculus.carousel import carousel
from lstmproof.calculus.elementwise import NotElementwise
from lstmproof.language.parser import parse_text
from lstmproof.program.expr import ZERO
from lstmproof.program.nodes import Program
from lstmproof.program.printing import expression_text

_WORDS = "from lstmproof.language import abs, cell, cut, exp, maximum, outer, previous, sigmoid, softplus, tanh\n\n"

ONE = """
@cell
def one(x, h, *, W, b):
    h = sigmoid(W @ x + b) * h
    return h
"""

GATES = "abdefgio"
EIGHT = (
    f"\n@cell\ndef eight(x, h, c, *, {', '.join(f'W_{g}, U_{g}, b_{g}' for g in GATES)}):\n"
    + "".join(f"    {g} = sigmoid(W_{g} @ x + U_{g} @ h + b_{g})\n" for g in GATES)
    + "    c = f * a * c + i * g - b * d\n    h = o * tanh(e * c)\n    return h, c\n"
)

MATRIX = """
@cell
def matrix(
    x,
    C: "value key",
    n: "key",
    *,
    W_q: "key input",
    W_k: "key input",
    W_v: "value input",
    w_i: "input",
    w_f: "input",
    b_i: "",
    b_f: "",
    W_o: "value input",
    scale=0.5,
):
    q = W_q @ x
    k = scale * (W_k @ x)
    v = W_v @ x
    i = exp(w_i @ x + b_i)
    f = sigmoid(w_f @ x + b_f)
    o = sigmoid(W_o @ x)
    C = f * C + i * outer(v, k)
    n = f * n + i * k
    h = o * (C @ q) / maximum(abs(n @ q), 1)
    return C, n, h
"""

THREE = """
@cell
def three(x, u: "hidden", h, c, m, *, W_f, U_f, b_f, W_i, U_i, p_i, b_i, log_a, W_u: "hidden hidden", tau=2.0):
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    net = W_i @ x + U_i @ h + p_i * cut(c) + b_i
    i = sigmoid(net)
    g = tanh(net - m)
    c = f * c + (1 - f) * g
    m = exp(-exp(log_a)) * m + i * (W_u @ u) / tau
    h = softplus(c + m) * h**2 - 0.5 * previous(c)
    return h, c, m
"""


def cell(text: str) -> Program:
    """The one cell of a text."""
    (only,) = parse_text(_WORDS + text, "cells.py").cells
    return only.program


PROGRAMS = {name: catalogue.find(name).program for name in catalogue.names()} | {
    program.name: program for program in map(cell, (ONE, EIGHT, MATRIX, THREE))
}


def carousels(program: Program) -> dict[str, str]:
    """The factors that are not 0, by state."""
    found = {}
    for state in program.states:
        try:
            factor = carousel(program, state.label)
        except NotElementwise:
            continue
        if factor != ZERO:
            found[state.label] = expression_text(factor, program)
    return found
