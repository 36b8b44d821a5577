"""Exact forms: equal where the laws of a ring say so, and left open elsewhere."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import ctx

from lstmproof.refute.arithmetic import Beyond
from lstmproof.refute.exact import Form, Polynomial, equal, form


def _e(power: Fraction | int) -> Form:
    return form(power).exp()


def test_identities_of_a_ring_are_decided() -> None:
    a, b = _e(1), form(Fraction(1, 3)).tanh()
    assert equal((a + b) * (a - b), a * a - b * b)
    assert equal(a + b, b + a)
    assert equal(a - a, form(0))
    assert equal((a + b) ** 3, (a + b) * (a + b) * (a + b))
    assert equal(form(6) / form(4), form(Fraction(3, 2)))


def test_different_numbers_are_not_equal() -> None:
    assert not equal(_e(1), _e(Fraction(1, 2)))
    assert not equal(_e(1), form(1).tanh())
    assert not equal(form(Fraction(1, 3)), form(Fraction(333333333333, 1000000000000)))


def test_equal_numbers_beyond_the_laws_of_a_ring_are_left_open() -> None:
    assert not equal(_e(1) * _e(1), _e(2))


def test_functions_are_exact_where_their_value_is_rational() -> None:
    zero = form(0)
    for found, expected in ((zero.exp(), 1), (zero.tanh(), 0), (zero.sin(), 0), (zero.cos(), 1), (form(1).log(), 0)):
        assert equal(found, form(expected))


def test_what_is_not_defined_is_not_finite() -> None:
    assert not (1 / form(0)).value.is_finite()
    assert not (form(-1).log() * 0).value.is_finite()


def test_the_greater_is_decided_by_balls_or_not_at_all() -> None:
    assert equal(form(2).maximum(_e(1)), _e(1))
    assert equal(_e(1).maximum(_e(1)), _e(1))
    with ctx.workprec(64):
        close = form(1).maximum(form(1) + form(Fraction(1, 10**40)).sin())
    assert close.exact is None


def test_no_derivative_is_given_at_a_kink() -> None:
    at_zero = Form(form(0).value, form(0).exact, (form(1),))
    with pytest.raises(Beyond, match="kink"):
        at_zero.absolute()


def test_derivatives_are_exact_too() -> None:
    z = Form(form(Fraction(1, 3)).value, form(Fraction(1, 3)).exact, (form(1),))
    gate = 1 / (1 + (-z).exp())
    assert gate.slope is not None
    e = form(Fraction(-1, 3)).exp()
    inverse = 1 / (1 + e)
    assert equal(gate.slope[0], inverse * inverse * e)


def test_a_long_polynomial_is_given_up() -> None:
    total = form(0)
    for k in range(1, 100):
        total = total + _e(k)
    assert total.exact is None
    assert total.value.is_finite()


def test_no_coefficient_is_zero() -> None:
    one = frozenset[tuple[object, int]]()
    assert Polynomial({one: Fraction(0)}) == Polynomial({})  # type: ignore[dict-item]
