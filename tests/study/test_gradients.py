"""Gradients in index form, evaluated entry by entry as they are written."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lstmproof import catalogue
from lstmproof.calculus.adjoint import adjoint
from lstmproof.problem import Problem
from lstmproof.program.expr import Apply, Number, Ref
from lstmproof.program.indexed import entry_of
from lstmproof.program.nodes import Program
from lstmproof.study.formulas import speller
from lstmproof.study.gradients import Gradient, gradients
from tests.calculus.scans import backward, by_label, forward, small_problem

ENTRY = re.compile(r"(?P<name>\([\w@*()]+\)|[A-Za-z_]\w*)(?P<index>\[[^]]*\])?(?P<time>\(t(?:-1)?\))?")
FUNCTIONS: dict[str, Callable[[float], float]] = {"tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}
OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}

Values = Mapping[str, NDArray[Any]]
"""By spelling without indices, the values of one step and row."""


def spelled_values(name: str) -> tuple[Problem, Program, dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """A run backward, its values by their spelling, over all steps, and the gradients by label."""
    definition = catalogue.find(name)
    problem, program = small_problem(definition, T=3, batch=1), definition.program
    derived = adjoint(program)
    ahead = forward(program, problem)
    back = backward(derived, problem, ahead)
    spell = speller(derived, program)
    values: dict[str, NDArray[Any]] = {**ahead.values, **back.values}
    values |= {constant.name: np.asarray(problem.constants[constant.name]) for constant in program.constants}
    named = {spell.value(each).text: values[each] for each in spell.text.axes if each in values}
    return problem, derived, named, by_label(back, problem)


def evaluated(text: str, values: Values, letters: Mapping[str, int]) -> float:
    """A sum of terms, each a product that may have a sum over letters before it."""
    total = 0.0
    for sign, term in signed(text):
        head = re.match(r"sum_([\w,]+) ", term)
        bound = head[1].split(",") if head else []
        body = term[head.end() :] if head else term
        ranges = [range(extent(letter, body, values)) for letter in bound]
        for place in product(*ranges):
            total += sign * factors(body, values, {**letters, **dict(zip(bound, place, strict=True))})
    return total


def signed(text: str) -> Iterator[tuple[int, str]]:
    """The terms of a sum with their signs."""
    depth, start, sign = 0, 0, 1
    for place, char in enumerate(text):
        depth += (char in "([") - (char in ")]")
        if depth == 0 and text[place : place + 3] in (" + ", " - "):
            yield sign, text[start:place]
            start, sign = place + 3, 1 if text[place + 1] == "+" else -1
    yield sign, text[start:]


def factors(text: str, values: Values, letters: Mapping[str, int]) -> float:
    """A product, once every entry in it is a number and every sum within it too."""
    while inner := re.search(r"\((sum_[^()]*(?:\([^()]*\)[^()]*)*)\)", text):
        text = text.replace(inner[0], f"({evaluated(inner[1], values, letters)!r})")

    def number(found: re.Match[str]) -> str:
        if found["name"] in FUNCTIONS:
            return found[0]
        index = tuple(letters[each] for each in indices(found))
        return f"({float(values[key(found)][index])!r})"

    return arithmetic(ast.parse(ENTRY.sub(number, text), mode="eval").body)


def arithmetic(node: ast.expr) -> float:
    """The value of an expression of numbers."""
    match node:
        case ast.Constant(value):
            return float(str(value))
        case ast.UnaryOp(ast.USub(), operand):
            return -arithmetic(operand)
        case ast.BinOp(left, sign, right):
            return float(OPERATORS[type(sign)](arithmetic(left), arithmetic(right)))
        case ast.Call(ast.Name(function), [argument]):
            return float(FUNCTIONS[function](arithmetic(argument)))
    raise AssertionError(f"no arithmetic: {ast.unparse(node)}")


def key(found: re.Match[str]) -> str:
    return found["name"] + (found["time"] or "")


def indices(found: re.Match[str]) -> list[str]:
    return [each.strip() for each in found["index"][1:-1].split(",")] if found["index"] else []


def extent(letter: str, body: str, values: Values) -> int:
    for found in ENTRY.finditer(body):
        if letter in indices(found):
            return int(values[key(found)].shape[indices(found).index(letter)])
    raise AssertionError(f"no entry bears {letter} in {body}")


def as_written(gradient: Gradient, values: Values, steps: int, shape: tuple[int, ...]) -> NDArray[Any]:
    """The whole gradient of a parameter, from its formula."""
    found = np.zeros(shape)
    letters = re.search(r"\[([^]]*)\]", gradient.entry.left.text)
    names = [each.strip() for each in letters[1].split(",")] if letters else []
    right = gradient.entry.right.text.removeprefix("sum over t of ")
    for step in range(steps):
        now = {name: array[step, 0] if array.shape[:2] == (steps, 1) else array for name, array in values.items()}
        for place in product(*map(range, shape)):
            found[place] += evaluated(right, now, dict(zip(names, place, strict=True)))
    return found


@pytest.mark.parametrize("name", [each for each in catalogue.names() if each != "gru_reset_after"])
def test_the_index_form_of_every_parameter_is_its_gradient(name: str) -> None:
    """(In plain text `d_n` is two values of gru_reset_after, which go by longer names there.)"""
    problem, derived, values, expected = spelled_values(name)
    found = gradients(catalogue.find(name).program, derived)
    parameters = [each for each in found.all if each.kind == "parameter"]
    assert len(parameters) == len(problem.parameters) > 0
    for each in parameters:
        array = as_written(each, values, problem.T, problem.parameters[each.label].shape)
        np.testing.assert_allclose(array, expected[each.label], rtol=1e-9, atol=1e-12)


def test_every_gradient_is_there() -> None:
    definition = catalogue.find("lstm_1997_block")
    found = gradients(definition.program, adjoint(definition.program))
    assert [each.label for each in found.all] == [*definition.parameters, "x", "y0", "s0"]


def test_letters_are_no_names_of_the_cell() -> None:
    """The lstm's input gate is called i."""
    program = catalogue.find("lstm").program
    found = {each.label: each.entry for each in gradients(program, adjoint(program)).all}
    assert found["W_f"].left.text == "dL/dW_f[j, k]"
    assert found["W_f"].right.text == "sum over t of d_net_f[j] * x[k]"
    assert found["W_f"].right.latex == r"\sum_{t} \overline{\mathrm{net}}_{f}[j](t)\, x[k](t)"
    assert found["x"].right.text.startswith("sum_k d_net_g[k] * W_g[k, j] + sum_k d_net_o[k] * W_o[k, j]")


def test_products_are_tidied_in_reports_alone() -> None:
    program = catalogue.find("lstm_1997").program
    back = speller(adjoint(program), program)
    assert back.definition("s.bar").text.endswith("2 * d_y * y_out * sigmoid(s(t)) * (1 - sigmoid(s(t)))")
    ahead = speller(program).latex
    grouped = Apply("mul", (Ref("y_in"), Apply("mul", (Number(Fraction(2)), Ref("y_out")))))
    assert ahead.expression(grouped).text.count(r"\left(") == 1


def test_a_sign_stands_before_a_product_without_parentheses() -> None:
    program = catalogue.find("gru").program
    derived = adjoint(program)
    taken = Apply("neg", (Apply("mul", (Ref("h.bar"), Ref("n"))),))
    assert speller(derived, program).expression(taken).text == "-d_h * n"


def test_a_scalar_has_no_brackets() -> None:
    program = catalogue.find("carousel").program
    derived = adjoint(program)
    output = next(each for each in derived.outputs if each.label == "x")
    assert entry_of(speller(derived, program).text, output, summed=False).right == "d_y * W_j[i]"
