"""Derivatives of single operators and table functions: SymPy's, and a wrong row is refused."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from lstmproof.calculus.partials import DerivativeError, check_derivative, parse_formula, partial
from lstmproof.language.table import FUNCTIONS, Function
from lstmproof.program.build import number
from lstmproof.program.expr import ONE, ZERO, Apply, Expr, Number, Ref

ROWS = tuple((row, position) for row in FUNCTIONS.values() for position in range(row.arity))
WORDS = tuple((row, position) for row, position in ROWS if not row.auxiliary)
every_row = pytest.mark.parametrize(("row", "position"), ROWS, ids=[f"{row.name}-{at}" for row, at in ROWS])
Z, W = Ref("a"), Ref("b")


@pytest.mark.parametrize(("row", "position"), WORDS, ids=[f"{row.name}-{at}" for row, at in WORDS])
def test_the_derivative_of_every_word_is_accepted(row: Function, position: int) -> None:
    check_derivative(row.name, row.formula, row.derivative[position], position)


@every_row
@pytest.mark.parametrize("wrong", ["-({0})", "2 * ({0})", "({0}) + 1", "({0}) * y"])
def test_a_wrong_derivative_is_refused(row: Function, position: int, wrong: str) -> None:
    right = row.derivative[position]
    if right == "0":
        wrong = "({0}) + 1"
    planted = wrong.format(right)
    with pytest.raises(DerivativeError, match=f"{row.name}: the table says .*, the derivative of .* is"):
        check_derivative(row.name, row.formula, planted, position)


def test_the_derivative_by_the_other_argument_is_refused() -> None:
    row = FUNCTIONS["maximum"]
    with pytest.raises(DerivativeError, match="maximum"):
        check_derivative(row.name, row.formula, row.derivative[0], 1)


@pytest.mark.parametrize(
    ("function", "position", "expected"),
    [
        ("add", 0, "1"),
        ("add", 1, "1"),
        ("sub", 1, "-1"),
        ("mul", 0, "w"),
        ("mul", 1, "z"),
        ("div", 0, "1 / w"),
        ("div", 1, "-(z / (w * w))"),
        ("neg", 0, "-1"),
        ("sigmoid", 0, "y * (1 - y)"),
        ("tanh", 0, "1 - y * y"),
        ("maximum", 1, "step(w - z)"),
    ],
)
def test_partials_of_operators_and_functions(function: str, position: int, expected: str) -> None:
    arity = FUNCTIONS[function].arity if function in FUNCTIONS else 1 if function == "neg" else 2
    found = partial(Apply(function, (Z, W)[:arity]), position, Ref("value"))
    for a, b in ((Fraction(3, 7), Fraction(-5, 3)), (Fraction(-2), Fraction(1, 9))):
        given = {"a": float(a), "b": float(b), "value": 0.3, "z": float(a), "w": float(b), "y": 0.3}
        assert value(found, given) == pytest.approx(value(parse_formula(expected), given), rel=1e-14)


@pytest.mark.parametrize("exponent", range(-3, 5))
def test_the_power_rule(exponent: int) -> None:
    power = Apply("pow", (Z, number(exponent)))
    assert value(partial(power, 0, Ref("value")), {"a": 1.7}) == pytest.approx(exponent * 1.7 ** (exponent - 1))
    assert partial(power, 1, Ref("value")) == ZERO


def test_barriers() -> None:
    assert partial(Apply("stop", (Z,)), 0, Ref("value")) == ZERO
    assert partial(Apply("cut", (Z,)), 0, Ref("value")) == ONE


@pytest.mark.parametrize("text", ["z if z else 1", "[z]", "lambda: z", "z < 1", "z.real"])
def test_a_formula_holds_arithmetic_and_calls_alone(text: str) -> None:
    with pytest.raises(DerivativeError, match="a formula of the table may not hold"):
        parse_formula(text)


def value(expr: Expr, given: dict[str, float]) -> float:
    match expr:
        case Number(exact):
            return float(exact)
        case Ref(name):
            return given[name]
        case Apply("pow", (base, Number(exponent))):
            return float(value(base, given) ** int(exponent))
        case Apply(function, arguments):
            parts = [value(argument, given) for argument in arguments]
            match function, parts:
                case "add", (a, b):
                    return a + b
                case "sub", (a, b):
                    return a - b
                case "mul", (a, b):
                    return a * b
                case "div", (a, b):
                    return a / b
                case "neg", (a,):
                    return -a
                case "step", (a,):
                    return float(np.heaviside(a, 0.0))
    raise AssertionError(expr)
