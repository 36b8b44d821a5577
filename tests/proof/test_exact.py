"""Exact elements: identities that hold are decided, others are not, and enclosures hold what they stand for."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

import pytest
from flint import arb

from lstmproof.proof.exact import Field, FieldExhausted


def test_arithmetic_is_that_of_rational_functions() -> None:
    field = Field(8)
    x, y = field.symbol("x"), field.symbol("y")
    assert (x + y) * (x - y) == x * x - y**2
    assert (x * x - y * y) / (x - y) == x + y
    assert 1 / x + 1 / y == (x + y) / (x * y)
    assert x**-2 * x == 1 / x
    assert 2 - x == -(x - 2)
    assert x * Fraction(1, 3) != x / 4
    assert field.symbol("x") == x
    assert hash(x + y) == hash(y + x)


def test_exponentials_are_rational_in_the_sigmoid() -> None:
    field = Field(8)
    x = field.symbol("x")
    assert 1 / (1 + field.exp(-x)) == field.sigmoid(x)
    assert field.exp(x) * field.exp(-x) == 1
    assert field.sigmoid(-x) == 1 - field.sigmoid(x)
    assert field.sigmoid(x - x) == Fraction(1, 2)
    assert field.apply("tanh", -x) == -field.apply("tanh", x)
    assert field.sigmoid(x) != field.sigmoid(2 * x)


def test_division_by_zero_and_exhaustion_are_refused() -> None:
    field = Field(2)
    x = field.symbol("x")
    with pytest.raises(ZeroDivisionError, match="exact division by zero"):
        _ = 1 / (x - x)
    field.symbol("y")
    with pytest.raises(FieldExhausted, match="more than 2 exact values"):
        field.symbol("z")


def test_products_that_swell_are_refused() -> None:
    field = Field(40)
    total = field.rational(0)
    for number in range(40):
        total += field.symbol(f"x{number}")
    with pytest.raises(FieldExhausted, match="power 6 of 40 terms"):
        _ = total**6
    with pytest.raises(FieldExhausted, match="a product of"):
        _ = total * total * total * total


def test_powers_are_those_of_products() -> None:
    field = Field(8)
    x, y = field.symbol("x"), field.symbol("y")
    base = (2 * x + y) / (3 * y - x)
    product = field.rational(1)
    for exponent in range(6):
        assert base**exponent == product
        assert base**-exponent == 1 / product
        product = product * base
    assert field.rational(0) ** 0 == 1


def test_degrees_and_coefficients_that_swell_are_refused() -> None:
    field = Field(8)
    x = field.symbol("x")
    for swelling in (x, 3 * x + 5, field.rational(Fraction(2, 3)), 1 / (x + 7), x + 10**100):
        with pytest.raises(FieldExhausted):
            _ = swelling ** (16**5)
        with pytest.raises(FieldExhausted):
            reduce(lambda square, _: square * square, range(20), swelling)


def test_enclosures_hold_the_value() -> None:
    field = Field(8)
    x = field.symbol("x")
    element = field.exp(x) / (1 + field.exp(x)) - field.sigmoid(x) + x
    functions = {"sigmoid": lambda z: 1 / (1 + (-z).exp())}
    assert field.enclose(element, lambda _: Fraction(1, 3), functions).contains(arb(1) / 3)
    assert not field.enclose(field.apply("tanh", x), lambda _: Fraction(1), {}).is_finite()
