"""Small cells that the tests of the laws examine."""

from __future__ import annotations

from lstmproof.language.definition import Definition
from lstmproof.language.parser import parse_text

_HEAD = '"""A test."""\nfrom lstmproof.language import cell, {words}\n\n\n@cell\n'

GATED = """def gated(x, h, *, W_f, U_f, b_f, W_c, U_c, b_c, beta=0.5):
    \"\"\"A forget gate.\"\"\"
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    g = tanh(W_c @ x + U_c @ h + b_c)
    h = f * h + beta * (1 - f) * g
    return h
"""


def cell(body: str, words: str = "sigmoid, tanh") -> Definition:
    """The one cell of a derivation."""
    return parse_text(_HEAD.format(words=words) + body, "test.py").cells[0]


def gated() -> Definition:
    """A cell with a gate and a constant, to which every law applies."""
    return cell(GATED)


def recurrent(value: str, words: str) -> Definition:
    """h = `value` of the net input s, the input x and the old state h."""
    return cell(
        "def recurrent(x, h, *, W, U, b):\n"
        '    """A plain recurrence."""\n'
        "    s = W @ x + U @ h + b\n"
        f"    h = {value}\n"
        "    return h\n",
        words,
    )
