"""What a claim cannot say: every refusal has its place, what was found and expected, and the remedy; golden texts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lstmproof.language.errors import DerivationError
from lstmproof.language.parser import parse_text
from lstmproof.language.scope import EXPORTED

FILE = f"""from lstmproof.language import {", ".join(sorted(EXPORTED))}
def twice(z): return 2 * z
@cell
def mine(x, h, *, W, U, b, beta=1.0, scale: "hidden"=1):
    gate = sigmoid(W @ x + U @ h + b)
    h = gate * scale * h + (1 - gate) * beta
    return h
@cell
def other(x, h, *, W, U, b, beta=2.0):
    h = tanh(W @ x + U @ h + b) * beta
    return h
@cell
def third(x, c, *, W, U):
    c = tanh(W @ x + U @ c)
    return c
@cell
def fourth(x, h, *, W, U, b: ""):
    h = tanh(W @ x + U @ h) * b
    return h
@cell
def fifth(x, h, *, U):
    t = U @ h
    h = t * sum(x)
    return h, t
"""


def state(said: str = "abs(h) <= 1", arguments: str = "h", decorator: str = "@claim(mine)", *lines: str) -> str:
    """A file of five cells and one claim, from line 25 on."""
    body = "".join(f"    {line}\n" for line in (*lines, f"return {said}"))
    return f"{FILE}{decorator}\ndef it({arguments}):\n{body}"


def body(*lines: str, arguments: str = "h", decorator: str = "@claim(mine)") -> str:
    text = "".join(f"    {line}\n" for line in lines)
    return f"{FILE}{decorator}\ndef it({arguments}):\n{text}"


def alone(said: str, arguments: str = "z") -> str:
    return state(said, arguments, "@claim")


REFUSED = {
    # Decorators and arguments.
    "an unknown cell": state(decorator="@claim(mien)"),
    "no cell in the call": state(decorator="@claim()"),
    "two cells in the call": state(decorator="@claim(mine, other)"),
    "a cell in quotes": state(decorator="@myth('mine')"),
    "a helper as the cell": state(decorator="@claim(twice)"),
    "a second decorator": state(decorator="@claim(mine)\n@myth(mine)"),
    "a claim above its cell": FILE.replace("def twice", "@claim(mine)\ndef early(h): return h > 0\ndef twice"),
    "claim not imported": state().replace(" claim,", "", 1),
    "two claims of one name": state() + "@claim\ndef it(z): return z * z >= 0\n",
    "a claim named like a cell": state().replace("def it", "def mine"),
    "a claim named like a word": state().replace("def it", "def bounded"),
    "a keyword-only argument": state(arguments="h, *, beta"),
    "an annotation": state(arguments="h: 'hidden'"),
    "a default": state(arguments="h=0"),
    "starred arguments": state(arguments="*h"),
    "a return annotation": state().replace("(h):", "(h) -> bool:"),
    "an argument twice": state(arguments="h, h"),
    "an argument named like a helper": state("twice > 0", "twice"),
    "an argument named like a word": state("norm > 0", "norm"),
    "an argument that is not used": state(arguments="h, gate"),
    # Misspellings.
    "a misspelt value": state("gates <= 1", "gates"),
    "a free real of one letter": state("abs(h) <= Q", "h, Q"),
    "a misspelt constant": state("bta > 0", "bta"),
    "a swap of letters": state("gaet <= 1", "gaet"),
    "a letter for a letter": state("abs(H) <= 1", "H"),
    "a misspelt initial state": state("abs(h1) <= 1", "h1"),
    "the initial value of no state": state("gate0 <= 1", "gate0"),
    "a name that is no argument": state("abs(h) <= gate"),
    "a misspelt argument": state("abs(gat) <= 1", "gate"),
    "a name of nothing": state("abs(h) <= nothing"),
    "the step and a tensor": state("t > 0", "t", "@claim(fifth)"),
    # Bodies.
    "no return": body("assume(h > 0)"),
    "a docstring alone": body('"""Nothing."""'),
    "a return of nothing": body("return"),
    "an early return": body("return h > 0", "return h > 1"),
    "an assignment": body("bound = 1", "return h <= bound"),
    "an assignment in place": body("h += 1", "return h <= 1"),
    "a hypothesis that is not assumed": body("h > 0", "return h <= 1"),
    "a pass": body("pass", "return h <= 1"),
    "a function inside": body("def inner(z): return z", "return h <= 1"),
    "an if": body("if h > 0:", "    return h <= 1"),
    "an assert": body("assert h > 0", "return h <= 1"),
    "assume without an argument": body("assume()", "return h <= 1"),
    "assume of two": body("assume(h > 0, h < 1)", "return h <= 1"),
    "assume of a value": body("assume(h)", "return h <= 1"),
    "assume of a bound": body("assume(bounded(h))", "return h <= 1"),
    "assume not always": body("assume(not always(h > 0))", "return h <= 1"),
    "always of always": body("assume(always(always(h > 0)))", "return h <= 1"),
    "always of two": body("assume(always(h > 0, h < 1))", "return h <= 1"),
    "always alone": body("always(h > 0)", "return h <= 1"),
    # Statements.
    "a value": state("abs(h)"),
    "a number": state("1"),
    "a truth value": state("True"),
    "always in the conclusion": state("always(h <= 1)"),
    "assume in the conclusion": state("assume(h <= 1)"),
    "a value and a value": state("h and gate", "h, gate"),
    "a sum of statements": state("(h <= 1) + (h >= 0) == 2"),
    "a comparison of statements": state("(h <= 1) == (h >= 0)"),
    "an identity": state("h is gate", "h, gate"),
    "a membership": state("h in gate", "h, gate"),
    "a tuple": state("h <= 1, h >= 0"),
    "a condition": state("h <= 1 if gate > 0 else h > 0", "h, gate"),
    "an implication": state("h > 0 >> h < 1"),
    "a bitwise and": state("(h > 0) & (h < 1)"),
    "a walrus": state("(v := h) > 0"),
    "a statement in a function": state("abs(h <= 1) > 0"),
    "bounded of a sum": state("bounded(h + gate)", "h, gate"),
    "bounded of an input": state("bounded(x)", "x"),
    "bounded of no argument": state("bounded(h)", ""),
    "bounded of nothing": state("bounded()"),
    "bounded in a comparison": state("bounded(h) == 1"),
    "same of one cell": state("same(mine, mine)", ""),
    "same of a helper": state("same(mine, twice)", ""),
    "same of a misspelt cell": state("same(mine, othr)", ""),
    "same of three cells": state("same(mine, other, third)", ""),
    "same of two defaults": state("same(mine, other)", ""),
    "same of different states": state("same(mine, third)", ""),
    "same of different axes": state("same(other, fourth)", ""),
    "same of different outputs": state("same(mine, fifth)", ""),
    "same of two other cells": state("same(other, mine) and c > 0", "c", "@claim(third)"),
    "same with a constant of no cell": body(
        "assume(beta == 0)", "return same(mine, other)", arguments="beta", decorator="@claim"
    ),
    "cells compared with ==": state("mine == other", ""),
    # Terms.
    "an unknown function": state("abz(h) <= 1"),
    "a word that is not imported": state()
    .replace(" abs, ", " ", 1)
    .replace("abs(h)", "exp(h)")
    .replace(" exp,", "", 1),
    "a word of claims that is not imported": state("norm(h) <= 1").replace(" norm,", "", 1),
    "too many arguments": state("abs(h, h) <= 1"),
    "a keyword argument": state("abs(z=h) <= 1"),
    "a starred argument": state("abs(*h) <= 1"),
    "an attribute": state("h.T <= 1"),
    "a method": state("h.max() <= 1"),
    "an import call": state("__import__('os') > 0", ""),
    "a string": state("h <= '1'"),
    "a call of a value": state("h(1) > 0"),
    "a call of a cell": state("mine(h) > 0"),
    "a division by zero": state("h / (1 - 1) > 0"),
    "an infinite number": state("h <= 1e999"),
    "infinity as a number": state("h < oo"),
    "infinity in a helper": state("half(h) < 1").replace("def twice", "def half(z): return z / oo\ndef twice"),
    "a word of claims in a cell": state().replace("tanh(W @ x + U @ c)", "tanh(W @ x + U @ c) * norm(c)"),
    "a word of claims in a helper": state().replace("return 2 * z", "return norm(z)"),
    "a negative power": state("h ** -1 > 0"),
    "a large power": state("h ** 1001 > 0"),
    "a fractional power": state("h ** 0.5 > 0"),
    "previous of a value": state("previous(gate) > 0", "gate"),
    "previous of previous": state("previous(previous(h)) > 0"),
    # Axes.
    "a unit of x and a unit of h": state("abs(h) <= abs(x)", "h, x"),
    "a matrix and a vector": state("abs(h) <= abs(U)", "h, U"),
    "a product that does not fit": state("W @ h > 0", "W, h"),
    "a sum over no axis": state("sum(h, 'unit') > 0"),
    "a dot of different axes": state("dot(x, h) > 0", "x, h"),
    "a norm of a scalar": state("norm(beta) > 0", "beta"),
    "a norm of three axes": state("norm(outer(U, h)) > 0", "U, h"),
    # The carousel and its kin.
    "a carousel of an input": state("carousel(x) == 1", "x"),
    "a carousel of a value": state("carousel(gate) == 1", "gate"),
    "a carousel of a sum": state("carousel(h + h) == 1"),
    "a carousel without a cell": alone("carousel(z) == 1"),
    "a lag of nothing": state("carousel(h, lag=0) == 1"),
    "a lag by a name": state("carousel(h, lag=lags) == 1", "h, lags"),
    "a lag of a half": state("carousel(h, lag=0.5) == 1"),
    "a lag by position": state("carousel(h, 2) == 1"),
    "another keyword": state("carousel(h, leg=2) == 1"),
    "an unpacked keyword": state("carousel(h, **gate) == 1", "h, gate"),
    "a jacobian by an input": state("jacobian(h, x) == 1", "h, x"),
    "a jacobian of a parameter": state("jacobian(W, h) == 1", "W, h"),
    "a jacobian of one": state("jacobian(h) == 1"),
    "a derivative by a tensor": state("derivative(gate, h) == 1", "gate, h"),
    "a derivative by a sum": alone("derivative(z * z, z + z) == 1"),
    "a derivative by no argument": alone("derivative(z * z, w) == 1"),
    "a derivative by one argument": alone("derivative(z * z) == 1"),
    "a limit of two arguments": alone("limit(tanh(z), z) == 1"),
    "a limit at infinity by name": alone("limit(tanh(z), z, inf) == 1"),
    "infinity that is not imported": alone("limit(tanh(z), z, oo) == 1").replace(" oo,", "", 1),
    "a limit that moves": alone("limit(tanh(z), z, 2 * z) == 1"),
    "a limit of a tensor": state("limit(tanh(h), h, oo) == 1"),
    # Counts.
    "a count of nothing": state("count('hiden') == 1", ""),
    "a count of a number": state("count(3) == 1", ""),
    "a count of a free name": state("count(units) == 1", "units"),
    "a count without a cell": alone("count('hidden') == z"),
    "a cost of nothing": state("cost('forwards') == 1", ""),
    "a cost of a name": state("cost(h) == 1"),
    "a cost without a cell": alone("cost('forward') == z"),
}


def refusal(text: str) -> DerivationError:
    with pytest.raises(DerivationError) as caught:
        parse_text(text, "mine.py")
    return caught.value


def test_the_frame_itself_is_accepted() -> None:
    assert parse_text(state(), "mine.py").claims[0].text == "abs(h) <= 1"
    assert parse_text(alone("z * z >= 0"), "mine.py").claims[0].cell == ""


def test_the_messages_are_golden(golden: Callable[[str, str], None]) -> None:
    shown = "\n".join(f"# {name}\n{refusal(text)}\n" for name, text in REFUSED.items())
    golden("language/claim_refusals.txt", shown)


@pytest.mark.parametrize("name", REFUSED)
def test_every_refusal_is_complete(name: str) -> None:
    error = refusal(REFUSED[name])
    assert error.found
    assert error.expected
    assert error.fix
    shown = str(error)
    assert all(len(line) <= 240 for line in shown.splitlines())
    place, caret = shown.splitlines()[1:3]
    assert shown.startswith(f"mine.py:{error.line}:{error.column}: {error.message}\n")
    assert caret.index("^") <= len(place)


def test_a_misspelling_as_people_see_it() -> None:
    assert str(refusal(REFUSED["a misspelt value"])) == "\n".join(
        (
            "mine.py:26:8: 'gates' looks like a misspelling",
            "   26 | def it(gates):",
            "      |        ^^^^^",
            "   found     'gates', no tensor of 'mine' but within one edit of gate",
            "   expected  a tensor of the cell, or a free name at least two edits from every tensor's",
            "   fix       did you mean 'gate'? A free real takes a name of its own, for example 'any_gates'",
        )
    )


SIXTH = """@cell
def sixth(x, h, *, W, U, b, beta: ""):
    h = tanh(W @ x + U @ h + b) * beta
    return h
@claim(mine)"""


def test_a_constant_of_one_cell_is_no_parameter_of_the_other() -> None:
    """What its value is would depend on the cell that one asks."""
    error = refusal(state("same(other, sixth)", "").replace("@claim(mine)", SIXTH))
    assert error.message == "two cells that cannot be compared"
    assert error.found == "'beta': a constant in 'other', a parameter in 'sixth'"
