"""Signs of normal forms, limits, and numbers: against what they are at random points."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest
from flint import arb

from lstmproof.proof.symbolic.arithmetic import enclosed, sign_of_number
from lstmproof.proof.symbolic.limits import Infinite, NoLimit, limit
from lstmproof.proof.symbolic.normal import Finer, NoNormalForm, Reals, constant
from lstmproof.proof.symbolic.signs import sign_of


def test_what_is_shown_nonnegative_is_so_at_random_points() -> None:
    source, decided = Random(3), 0
    for _ in range(300):
        reals = Reals({})
        x, y, z = (reals.symbol(name) for name in "xyz")
        total = reals.rational(0)
        for _ in range(source.randint(1, 5)):
            power = [source.randint(0, 2) for _ in range(3)]
            total = total + source.choice((-2, -1, 1, 2, 3)) * x ** power[0] * y ** power[1] * z ** power[2]
        sign = sign_of(reals, total, {"x": "positive", "y": "nonnegative"})
        if sign is None:
            continue
        decided += 1
        for _ in range(40):
            point = [source.choice((0.01, 0.5, 1, 3, 40)), source.choice((0, 0.3, 2, 9)), source.uniform(-5, 5)]
            value = _at(total, point)
            expected = {"positive": value > 0, "nonnegative": value >= -1e-9, "negative": value < 0}
            assert expected.get(sign, value <= 1e-9), (sign, total, point, value)
    assert decided > 50


def _at(element: object, point: list[float]) -> float:
    terms = element.num.to_dict().items()  # type: ignore[attr-defined]
    return float(
        sum(float(value) * point[0] ** int(k[0]) * point[1] ** int(k[1]) * point[2] ** int(k[2]) for k, value in terms)
    )


def test_squares_products_and_exponentials() -> None:
    reals = Reals({})
    x, y = reals.symbol("x"), reals.symbol("y")
    assert sign_of(reals, (x - y) ** 2, {}) == "nonnegative"
    assert sign_of(reals, x * x + x * y + y * y + 1, {}) == "positive"
    assert sign_of(reals, x * x + 3 * x * y + y * y, {}) is None
    assert sign_of(reals, reals.exp(x) - 1, {"x": "positive"}) == "positive"
    assert sign_of(reals, reals.exp(x) - 1 - x, {"x": "positive"}) == "positive"
    assert sign_of(reals, reals.exp(x) - 1, {}) is None
    assert sign_of(reals, reals.absolute(x) - x, {}) == "nonnegative"
    assert sign_of(reals, reals.absolute(x) - 2 * x, {}) is None


def test_exponentials_are_split_into_the_parts_that_occur() -> None:
    parts: dict[str, int] = {}
    reals = Reals(parts)
    x = reals.symbol("x")
    reals.exp(x)
    with pytest.raises(Finer):
        reals.exp(x / 2)
    reals = Reals(parts)
    x = reals.symbol("x")
    assert reals.exp(x / 2) ** 2 == reals.exp(x)
    assert reals.exp(reals.log(x - 1)) == x - 1
    assert reals.log(reals.rational(12)) == 2 * reals.log(reals.rational(2)) + reals.log(reals.rational(3))
    with pytest.raises(NoNormalForm, match="logarithm"):
        reals.log(reals.rational(-2))


def test_numbers_have_the_sign_of_their_ball() -> None:
    reals = Reals({})
    near = reals.exp(reals.rational(1)) - Fraction("2.718281828459045235360287471352")
    assert sign_of_number(reals, near) == 1
    assert sign_of_number(reals, -near) == -1
    assert sign_of_number(reals, near - near) == 0
    assert enclosed(reals, near).overlaps(arb("6.62497757247e-31", "1e-36"))
    with pytest.raises(NoNormalForm):
        sign_of_number(reals, reals.symbol("x"))


def test_limits_by_growth() -> None:
    reals = Reals({})
    v, a = reals.symbol("v"), reals.symbol("a")
    power = reals.exp(v)
    assert limit(reals, v**3 / power, "v", 1, {}) == 0
    assert limit(reals, (a * power + v) / (power + 1), "v", 1, {}) == a
    assert limit(reals, (a * power + 2) / (power + 1), "v", -1, {}) == 2
    assert limit(reals, -(v**3), "v", -1, {}) == Infinite(1)
    assert constant(limit(reals, (2 * v + 1) / (3 * v), "v", -1, {})) == Fraction(2, 3)  # type: ignore[arg-type]
    with pytest.raises(NoLimit, match="sign"):
        limit(reals, reals.exp(a * v), "v", 1, {})
    with pytest.raises(NoLimit, match="may be 0"):
        limit(reals, 1 / (a * v + 1), "v", 1, {})
