"""Every refusal says where, what was found, what was expected and how to mend it; the texts are golden."""

from __future__ import annotations

import pickle
from collections.abc import Callable

import pytest

from lstmproof.language.errors import DerivationError, did_you_mean
from lstmproof.language.parser import parse_text

IMPORT = (
    "from lstmproof.language import cell, cut, dot, exp, maximum, mean, outer, previous, sigmoid, stop, sum, tanh\n\n"
)
ARGUMENTS = "x, h, *, W, U, b"


def step(
    *lines: str, arguments: str = ARGUMENTS, returned: str = "h", before: str = "", decorator: str = "@cell"
) -> str:
    """A file of one cell, its equations from line 5 on if nothing stands `before` it."""
    body = "".join(f"    {line}\n" for line in (*lines, f"return {returned}" if returned else ""))
    return f"{IMPORT}{before}{decorator}\ndef mine({arguments}):\n{body}"


NET = "W @ x + U @ h + b"

REFUSED = {
    # Names.
    "a misspelt function": step("g = tanh(W @ x) + tahn(U @ h + b)", "h = g"),
    "a misspelt value": step("gate = sigmoid(W @ x)", f"h = gat * tanh({NET})"),
    "a parameter that is not in the signature": step(f"h = tanh({NET} + b_f)", arguments="x, h, *, W, U, b, b_g"),
    "a state at t-1 by a name of its own": step(f"h = tanh({NET}) + h_prev"),
    "a state at t-1 by a name of its own, after it is assigned": step(f"h = {NET}", "y = h_prev", returned="h, y"),
    "Python's own minimum": step(f"h = min({NET}, 1)"),
    "a star for a product with a matrix": step("f = sigmoid(W * x + U @ h + b)", "h = f * h"),
    "a bias annotated with the axis of the input": step(
        "f = sigmoid(W @ x + U @ h + b)", "h = f * h", arguments='x, h, *, W, U, b: "input"'
    ),
    "a weight annotated the wrong way round": step(f"h = {NET}", arguments='x, h, *, W: "input hidden", U, b'),
    "an unknown value": step(f"h = tanh({NET}) * q"),
    "a value used before its equation": step("h = s", f"s = {NET}"),
    "an import call": step(f"h = {NET} + __import__('os')"),
    "an unknown function of a string": step(f"h = {NET} + open('file')"),
    "a string as an argument": step("h = tanh('x') + W @ x + U @ h + b"),
    "a function without a call": step(f"h = tanh + {NET}"),
    "a call of a value": step("h = W(x) + U @ h + b"),
    "a word that is not imported": step(f"h = softplus({NET})"),
    "cell not imported": step(f"h = {NET}").replace("import cell, ", "import "),
    "an import of no word": IMPORT.replace("exp", "expp") + step(f"h = {NET}"),
    "a call of a cell": step(f"h = {NET}") + step("h = mine(x, h)", arguments="x, h").replace("def mine", "def other"),
    "a local named like a function": step(f"tanh = {NET}", "h = tanh"),
    "a parameter named like a helper": step(
        f"h = {NET} * g", arguments="x, h, *, W, U, b, g", before="def g(z): return 2 * z\n"
    ),
    "a parameter named like an initial state": step(f"h = {NET} * h0", arguments="x, h, *, W, U, b, h0"),
    "a local named like an initial state": step(f"h0 = {NET}", "h = h0"),
    "a name of Python's own": step(f"__class__ = {NET}", "h = __class__"),
    "two functions of one name": step(f"h = {NET}") + step(f"h = {NET}"),
    "a helper named like a word": step(f"h = {NET}", before="def cut(z): return z\n"),
    "arguments of one name": step(f"h = {NET}", arguments="x, h, x, *, W, U, b"),
    "a returned name twice": step(f"h = {NET}", returned="h, h"),
    # Characters.
    "a Greek letter": step("β = 1.0", f"h = {NET}"),
    "a Cyrillic look-alike": step(f"h\u0435 = {NET}", "h = h\u0435"),
    "a full-width letter": step(f"\uff48 = {NET}"),
    "a typographic minus": step(f"h = {NET} \u2212 h"),
    "a NUL byte": step(f"h = {NET}\0"),
    # Assignments, states and returns.
    "an assignment in place": step(f"h += {NET}"),
    "a tuple of targets": step(f"h, s = {NET}, 2"),
    "two targets": step(f"s = h = {NET}"),
    "a subscript": step("h = W @ x + U @ h + b[0]"),
    "an annotation without a value": step('s: "hidden"', f"h = {NET}"),
    "an expression alone": step(f"h = {NET}", "tanh(h)"),
    "a pass": step("pass", f"h = {NET}"),
    "an input assigned": step(f"x = {NET}", "h = x"),
    "a parameter assigned": step("W = 2", f"h = {NET}"),
    "a state assigned twice": step(f"h = {NET}", "h = 2 * h"),
    "a state without an equation": step(f"y = {NET}", returned="h, y"),
    "a state that is never read": step("h = W @ x", arguments="x, h, *, W"),
    "an unused argument": step("h = W @ x + U @ h"),
    "an unused local": step("s = W @ x", f"h = {NET}"),
    "an unused first value of a local": step("s = W @ x", "s = U @ h", "h = W @ x + b + s"),
    "no state": step(f"y = {NET}", returned="y"),
    "an input after a state": step(f"h = {NET}", arguments="h, x, *, W, U, b"),
    "no return": step(f"h = {NET}", returned=""),
    "an early return": step("return h", f"h = {NET}"),
    "a returned expression": step(f"h = {NET}", returned="2 * h"),
    "a bare return": step(f"h = {NET}", returned=" "),
    "a returned parameter": step(f"h = {NET}", returned="h, W"),
    "a misspelt returned name": step(f"gate = {NET}", "h = gate", returned="h, gaet"),
    # Arguments.
    "a default that is a call": step(f"h = {NET} * k", arguments="x, h, *, W, U, b, k=float('1')"),
    "a default that is a string": step(f"h = {NET} * k", arguments="x, h, *, W, U, b, k='1'"),
    "a default of an input": step(f"h = {NET}", arguments="x, h=0, *, W, U, b"),
    "starred arguments": step(f"h = {NET}", arguments="x, h, *W"),
    "keyword arguments": step(f"h = {NET}", arguments="x, h, *, W, U, b, **k"),
    "positional-only arguments": step(f"h = {NET}", arguments="x, h, /, *, W, U, b"),
    "an annotation that is a call": step(f"h = {NET}", arguments="x: open('a'), h, *, W, U, b"),
    "an annotation that is a name": step(f"h = {NET}", arguments="x: hidden, h, *, W, U, b"),
    "an axis that is no name": step(f"h = {NET}", arguments="x: 'a-b', h, *, W, U, b"),
    "an input named batch": step(f"h = {NET} + V @ batch", arguments="x, batch, h, *, W, U, V, b"),
    "an input named time": step(f"h = {NET} + V @ time", arguments="x, time, h, *, W, U, V, b"),
    "an axis of time": step(f"h = {NET}", arguments="x: 'time input', h, *, W, U, b"),
    "a decorator that is called": step(f"h = {NET}", decorator="@cell()"),
    "a decorator that is none": step(f"h = {NET}", decorator="@claim(other)"),
    "two decorators": step(f"h = {NET}", decorator="@cell\n@cell"),
    # Expressions.
    "a comparison": step(f"h = {NET} > 0"),
    "a condition": step(f"h = {NET} if x else h"),
    "an if": step("if x:", f"    h = {NET}"),
    "a lambda": step(f"h = (lambda z: z)({NET})"),
    "a comprehension": step("h = sum(W @ a for a in x)"),
    "an f-string": step("h = f'{x}'"),
    "an attribute": step("h = x.T @ W + U @ h + b"),
    "a method": step("h = W.dot(x) + U @ h + b"),
    "a walrus": step(f"h = (s := {NET})"),
    "a floor": step(f"h = {NET} // 2"),
    "a remainder": step(f"h = {NET} % 2"),
    "a unary plus": step(f"h = +{NET}"),
    "a complement": step(f"h = ~({NET})"),
    "a keyword argument in a call": step(f"h = tanh(z={NET})"),
    "a starred argument in a call": step("h = tanh(*x) + W @ x + U @ h + b"),
    "too many arguments": step(f"h = tanh({NET}, 2)"),
    "too few arguments": step(f"h = maximum({NET})"),
    "a class": "class Cell: pass\n",
    "an import": "import numpy as np\n" + step(f"h = {NET}"),
    "an import from elsewhere": "from numpy import tanh\n" + step(f"h = {NET}"),
    "an import under another name": "from lstmproof.language import tanh as t\n" + step(f"h = {NET}"),
    "a value for the file": "beta = 1.0\n" + step(f"h = {NET}"),
    "previous of an input": step("h = W @ x + U @ previous(x) + b + h"),
    "previous of a sum": step("h = W @ x + U @ previous(h + h) + b + h"),
    "previous in a helper": step(f"h = p(h) + {NET}", before="def p(z): return previous(z)\n"),
    "a helper of two lines": step(f"h = g({NET})", before="def g(z):\n    y = 2 * z\n    return y\n"),
    "a helper with an annotation": step(f"h = g({NET})", before="def g(z: 'a'): return z\n"),
    "a helper with an unused argument": step(f"h = g({NET}, x)", before="def g(z, w): return z\n"),
    "a helper with a free name": step(f"h = g({NET})", before="def g(z): return z + beta\n"),
    "a helper that calls itself": step(f"h = g({NET})", before="def g(z): return g(z)\n"),
    # Numbers.
    "a power of a power": step(f"h = {NET} + 2**10**10"),
    "a negative power": step("h = W @ x + U @ h + b + h**-2"),
    "a square root": step("h = W @ x + U @ h + b + h**0.5"),
    "a large power": step("h = W @ x + U @ h + b + h**17"),
    "an infinite number": step(f"h = {NET} + 1e999"),
    "a number beyond float64": step(f"h = {NET} + 12345e299"),
    "a long number": step(f"h = {NET} + {'7' * 5000}"),
    "a hexadecimal number": step(f"h = {NET} + 0x10"),
    "literals that overflow": step(f"h = {NET} + ((10**16)**16)**16"),
    "a division by zero": step(f"h = ({NET}) / (3 - 3)"),
    "a truth value": step(f"h = {NET} + True"),
    # Form.
    "an open bracket": step("h = tanh(W @ x + U @ h + b"),
    "a bracket too many": step(f"h = {NET})"),
    "bad syntax": step("h = W @ x + * U @ h + b"),
    "bad indentation": step(f"h = {NET}", "  s = h"),
    "minus signs": step(f"h = {NET} + {'-' * 120}h"),
    "a sum of 120 terms": step(f"h = {NET}{' + h' * 120}"),
    "a long name": step(f"h = {NET} + {'a' * 200}"),
    "nothing": "",
    # Axes.
    "a weight with two meanings": step(f"s = {NET}", "h = s * tanh(W @ x + U @ x)"),
    "a weight with two meanings, on the right": step("s = W @ x + h @ U + b", "h = s * tanh(x @ U)"),
    "a bias with two meanings": step(f"s = {NET}", "y = x * b", "h = s", returned="h, y"),
    "an annotated weight": step(f"h = {NET}", arguments='x, h, *, W: "hidden hidden", U, b'),
    "an input times a state": step("h = tanh(W @ x + U @ h + b) * x"),
    "a sum of an input and a state": step("h = tanh(x + h) + W @ x + U @ h + b"),
    "a state's axes": step(f"s: 'block' = {NET}", "h = s"),
    "a local's annotation": step("s: 'hidden' = W @ x", "t: 'block' = s", f"h = tanh({NET}) * sum(t)"),
    "a smaller operand without annotation": step("C = C + y", arguments='y, C: "a b"', returned="C"),
    "a smaller operand in another order": step("C = C + y", arguments='y: "b a", C: "a b c"', returned="C"),
    "a cell without an input": step("h = tanh(h)", arguments="h"),
    "one axis for two": step(
        "C = C + h", "h = -h + x", arguments='x: "", C: "hidden hidden", h: "hidden"', returned="C, h"
    ),
    "a product of weights": step("h = W @ U @ x + b * h"),
    "a product of matrices": step(
        "h = sum(W @ U) * h + x * b", arguments='x: "hidden", h, *, W: "hidden input", U: "hidden input", b'
    ),
    "a product with a scalar": step("h = W @ 2 + U @ h + b * sum(x)"),
    "a dot of different axes": step("h = dot(x, h) * (W @ x + U @ h + b)"),
    "a sum over no axis": step(f"h = {NET} * sum(h, 'unit')"),
    "a sum over a doubled axis": step("h = h * sum(sum(C, 'hidden')) + x", arguments='x: "", h, *, C: "hidden hidden"'),
    "a sum over an axis that another turns out to be": step(
        "s = sum(outer(W @ h, x), 'input')", "t = W @ h + x", "h = h * sum(s) * sum(t)", arguments="x, h, *, W"
    ),
    "a sum over an axis in a variable": step(f"h = {NET} * sum(h, x)"),
    "an outer product of unknown rank": step("h = sum(outer(W, x)) * h + x @ U + b"),
    "too many axes": step("h = sum(outer(A, A)) * h + x", arguments=f'x: "", h, *, A: "{" ".join("abcdefgh")}"'),
    "axes that clash in a helper": step("h = both(x, W @ x + U @ h + b)", before="def both(z, w): return z + w\n"),
}


def refusal(text: str) -> DerivationError:
    with pytest.raises(DerivationError) as caught:
        parse_text(text, "mine.py")
    return caught.value


def test_the_messages_are_golden(golden: Callable[[str, str], None]) -> None:
    assert len(REFUSED) > 120
    golden("language/refusals.txt", "\n".join(f"# {name}\n{refusal(text)}\n" for name, text in REFUSED.items()))


@pytest.mark.parametrize("name", REFUSED)
def test_every_refusal_is_complete(name: str) -> None:
    error = refusal(REFUSED[name])
    assert error.found
    assert error.expected
    assert error.fix
    shown = str(error)
    assert all(len(line) <= 240 for line in shown.splitlines())
    if error.line:
        assert shown.startswith(f"mine.py:{error.line}:{error.column}: {error.message}\n")
        place, caret = shown.splitlines()[1:3]
        assert caret.index("^") <= len(place)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), vars(again)) == (shown, vars(error))


def test_a_misspelt_function_as_people_see_it() -> None:
    assert str(refusal(REFUSED["a misspelt function"])) == "\n".join(
        (
            "mine.py:5:23: unknown name 'tahn'",
            "    5 |     g = tanh(W @ x) + tahn(U @ h + b)",
            "      |                       ^^^^",
            "   found     a call of 'tahn'",
            "   expected  a function of the language (sigmoid, tanh, exp, ...) or a helper defined in this file",
            "   fix       did you mean 'tanh'?",
        )
    )


def test_a_weight_with_two_meanings_as_people_see_it() -> None:
    assert str(refusal(REFUSED["a weight with two meanings"])) == "\n".join(
        (
            "mine.py:6:26: axes do not agree",
            "    6 |     h = s * tanh(W @ x + U @ x)",
            "      |                          ^",
            "   found     U has axes (hidden, input) here, (hidden, hidden) at line 5",
            "   expected  one meaning for each parameter",
            "   fix       did you mean 'U @ h'?",
        )
    )


def test_columns_count_characters_after_other_letters() -> None:
    error = refusal(step("s: 'é' = 2; h = tahn(x)"))
    assert error.message == "not an axis name"
    error = refusal(
        f'"""{"é" * 9}"""; {IMPORT}@cell\ndef mine(x, h):\n    h = h\n    return y\n'.replace(
            "; from", "; import os; from"
        )
    )
    assert (error.line, error.column, error.width) == (1, 18, 9)


def test_a_long_line_is_cut_around_the_caret() -> None:
    error = refusal(step(f"h = {NET}" + " + b" * 60 + " + tahn(h)" + " + b" * 20))
    lines = str(error).splitlines()
    start = lines[2].index("^")
    assert lines[1][start : start + 4] == "tahn"
    assert len(lines[1]) < 130
    assert "..." in lines[1]


def test_the_first_mistake_in_the_text_is_reported() -> None:
    error = refusal(step("s = x * h", "t = U @ x + U @ h", "h = s + t + W @ x + b"))
    assert (error.line, error.found) == (5, "x with axes (input) and h with axes (hidden)")


def test_did_you_mean() -> None:
    assert did_you_mean("sigmiod", ["sigmoid", "tanh"], "x") == "did you mean 'sigmoid'?"
    assert did_you_mean("q", ["sigmoid", "tanh"], "write it out") == "write it out"
