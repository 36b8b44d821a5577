"""Compiling bodies: what they can reach, and that nothing but a validated tree is compiled."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import pytest

from lstmproof.readings.body import ASSIGN, NUMBER, BodyError, bind, formula
from tests.readings.problems import cell_of

CELL = cell_of(
    "@cell\ndef one(x: 'hidden', h, *, b, k=0.5):\n"
    "    'doc'\n"
    "    s: 'hidden' = b * h ** 2 + x\n"
    "    h = s - 1.50 * k\n"
    "    return h\n"
)


def with_body(source: str) -> Any:
    function = ast.parse(f"def one(x, h, *, b, k):\n    {source}").body[0]
    assert isinstance(function, ast.FunctionDef)
    return replace(CELL, function=function)


def test_numbers_and_assignments_are_seen() -> None:
    seen: list[tuple[str, str | None]] = []

    def assign(name: str, axes: str | None, value: float) -> float:
        seen.append((name, axes))
        return value

    cell = bind(CELL, {NUMBER: lambda text: {"1.50": 1.5}[text], ASSIGN: assign})
    assert cell(x=1.0, h=3.0, b=2.0, k=0.5) == (19.0 - 0.75,)
    assert seen == [("s", "hidden"), ("h", None)]


@pytest.mark.parametrize("name", ["__import__", "open", "eval", "print", "numpy"])
def test_a_body_reaches_nothing_else(name: str) -> None:
    cell = bind(with_body(f"return {name}(x)"), {})
    with pytest.raises(NameError, match=name):
        cell(x="os", h=0, b=0, k=0)


@pytest.mark.parametrize(
    "source",
    [
        "import os\n    return h",
        "return x.__class__",
        "return (lambda: h)()",
        "return [h for h in x]",
        "return x[0]",
        "h += 1\n    return h",
        "return b ** h",
        "return f'{h}'",
        "return abs(x, *h)",
        "return h if x else b",
    ],
)
def test_what_the_language_has_not_is_not_compiled(source: str) -> None:
    with pytest.raises(BodyError, match="in a body"):
        bind(with_body(source), {})


def test_formulas_of_the_table_are_read() -> None:
    assert formula("y * (1 - y) + z / w", {NUMBER: float})(z=3.0, w=2.0, y=0.25) == 0.25 * 0.75 + 1.5


def test_a_literal_is_read_from_its_text() -> None:
    texts: list[str] = []

    def number(text: str) -> float:
        texts.append(text)
        return 1.0

    body = cell_of("@cell\ndef one(x: 'n', h: 'n'):\n    h = 0.1000000000000000055 * h + x\n    return h\n")
    bind(body, {NUMBER: number, ASSIGN: lambda *seen: seen[-1]})(x=1.0, h=1.0)
    assert texts == ["0.1000000000000000055"]
