"""The re-check of a derivation: it compares every cotangent, and rejects a wrong one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from lstmproof import catalogue
from lstmproof.calculus.adjoint import Derived, derive
from lstmproof.language.definition import Definition
from lstmproof.language.parser import parse_text
from lstmproof.program.expr import Apply, Expr, Number
from lstmproof.program.nodes import Pointwise
from lstmproof.study.nudged import Unwritten, nudged
from lstmproof.study.recheck import PROBLEMS, recheck

ALMOST = Number(Fraction(1_000_001, 1_000_000))
"""An error in the sixth digit."""

WORDS = "cell, dot, exp, mean, outer, relu, sigmoid, stop, sum, tanh"


def cell(body: str) -> Definition:
    text = f"from lstmproof.language import {WORDS}\n\n\n@cell\n{body}"
    return parse_text(text, "test.py").cells[0]


@pytest.mark.parametrize("name", catalogue.names())
def test_every_cotangent_of_the_catalogue_agrees(name: str) -> None:
    definition = catalogue.find(name)
    found = recheck(definition, derive(definition.program), seed=0)
    labels = {*definition.inputs, *definition.parameters, *(f"{state}0" for state in definition.states)}
    assert found.wrong == {}
    assert found.compared.keys() == {node.out for node in definition.program.nodes} | labels
    assert all(count > 0 for count in found.compared.values())
    assert found.problems == PROBLEMS


def wrong(derived: Derived, name: str, change: Expr) -> Derived:
    """The derivation with one cotangent multiplied by `change`."""
    nodes = tuple(
        replace(node, expr=Apply("mul", (node.expr, change)))
        if isinstance(node, Pointwise) and node.out == name
        else node
        for node in derived.program.nodes
    )
    return replace(derived, program=replace(derived.program, nodes=nodes))


@pytest.mark.parametrize("value", ["h", "tanh.1", "c", "f", "W_f@x", "U_i@h"])
def test_a_planted_error_is_found_where_it_is(value: str) -> None:
    definition = catalogue.find("lstm")
    derived = derive(definition.program)
    found = recheck(definition, wrong(derived, derived.cotangents[value], ALMOST), seed=0)
    assert value in found.wrong
    assert not found.holds(value)


def test_an_error_in_what_is_handed_back_reaches_the_first_step() -> None:
    definition = catalogue.find("lstm")
    derived = derive(definition.program)
    found = recheck(definition, wrong(derived, derived.cotangents["c[t-1]"], ALMOST), seed=0)
    assert {"c0", "c"} <= found.wrong.keys()


CELLS = {
    "a mean and a spread value": (
        'def each(x: "block unit", h: "block unit", *, w: "block"):\n'
        '    gate: "block" = sigmoid(mean(x, "unit") + w)\n'
        "    h = gate * tanh(x) + h\n    return h\n"
    ),
    "a dot product": ("def each(x, h, *, W):\n    z = W @ x\n    h = h * dot(z, h) + tanh(z)\n    return h\n"),
    "products of weights alone": (
        "def each(x, h, *, W, p):\n    V = W * exp(-p)\n    h = tanh(V @ x + h)\n    return h\n"
    ),
    "a value that is stopped": "def each(x, h, *, W):\n    h = tanh(W @ x + stop(h) * h)\n    return h\n",
    "a name that is bound twice": (
        "def each(x, h, *, W):\n    z = W @ x\n    z = tanh(z) + z\n    h = z * h\n    return h\n"
    ),
    "two states that read each other": (
        "def each(x, h, c, *, W):\n    c = c * tanh(h) + W @ x\n    h = h + c * h\n    return h, c\n"
    ),
}


@pytest.mark.parametrize("body", CELLS.values(), ids=CELLS)
def test_cells_of_other_kinds(body: str) -> None:
    definition = cell(body)
    found = recheck(definition, derive(definition.program), seed=1)
    assert found.reason == ""
    assert found.wrong == {}
    assert sum(found.compared.values()) > 0


def test_problems_near_a_kink_are_declined() -> None:
    """|w| is 0 wherever w - w is: no number says on which side."""
    definition = cell("def each(x, h, *, W):\n    h = relu(W @ x - W @ x) + h\n    return h\n")
    found = recheck(definition, derive(definition.program), seed=0)
    assert found.declined == PROBLEMS
    assert found.compared == {}
    assert not found.holds("h")


def test_what_the_language_cannot_say_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    definition = catalogue.find("rnn")

    def refuse(*_: object) -> None:
        raise Unwritten("no word for it")

    monkeypatch.setattr("lstmproof.study.recheck.nudged", refuse)
    found = recheck(definition, derive(definition.program), seed=0)
    assert (found.reason, found.compared) == ("no word for it", {})


def test_nudges_are_inputs_of_their_own() -> None:
    definition = catalogue.find("rnn")
    found = nudged(definition, {"input": 2, "hidden": 3})
    assert set(found.nudges) == {node.out for node in definition.program.nodes}
    assert set(found.definition.inputs) == {*definition.inputs, *found.nudges.values()}
