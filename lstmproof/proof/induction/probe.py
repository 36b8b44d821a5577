"""Points at which a goal fails: a quick look before a long search. What is seen here settles nothing."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence

from lstmproof.proof.induction.atoms import Meaning
from lstmproof.proof.induction.facts import Fact
from lstmproof.proof.induction.polynomial import Polynomial

POINTS = 1000

_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "softplus": lambda z: math.log(1 + math.exp(z)),
    "sin": math.sin,
    "cos": math.cos,
    "abs": abs,
    "maximum": max,
    "reciprocal": lambda z: 1 / z,
    "power": lambda base, exponent: base**exponent,
}

_COUNTS = ("t-1", "size(")
"""How variables that stand for whole numbers begin."""


def failing_point(
    facts: Sequence[Fact], conclusions: Sequence[Fact], meanings: Mapping[str, Meaning]
) -> dict[str, float] | None:
    """Values at which every fact holds and no conclusion does, by some margin; the same at every call."""
    draw = random.Random(0)
    for _ in range(POINTS):
        values: dict[str, float] = {}
        try:
            if all(_holds(fact, values, meanings, draw) for fact in facts) and all(
                not _holds(fact, values, meanings, draw) for fact in conclusions
            ):
                return values
        except (ArithmeticError, ValueError):
            continue
    return None


def _holds(fact: Fact, values: dict[str, float], meanings: Mapping[str, Meaning], draw: random.Random) -> bool:
    value, size = _value(fact.polynomial, values, meanings, draw)
    margin = 1e-9 * (1 + size)
    return abs(value) <= margin if fact.sign == "=" else value >= -margin


def _value(
    polynomial: Polynomial, values: dict[str, float], meanings: Mapping[str, Meaning], draw: random.Random
) -> tuple[float, float]:
    """Its value, and that of the sum of its terms' sizes; variables without a value get one."""
    total, size = 0.0, 0.0
    for monomial, coefficient in polynomial.terms.items():
        term = float(coefficient)
        for name in monomial:
            if name not in values:
                values[name] = _variable(name, values, meanings, draw)
            term *= values[name]
        total, size = total + term, size + abs(term)
    return total, size


def _variable(name: str, values: dict[str, float], meanings: Mapping[str, Meaning], draw: random.Random) -> float:
    function, arguments = meanings[name]
    if function == "given":
        return float(draw.randint(1, 5)) if name.startswith(_COUNTS) else _number(draw)
    return float(_FUNCTIONS[function](*(_value(argument, values, meanings, draw)[0] for argument in arguments)))


def _number(draw: random.Random) -> float:
    match draw.randrange(4):
        case 0:
            return draw.uniform(-1, 1)
        case 1:
            return draw.uniform(-5, 5)
        case 2:
            return draw.choice((-100.0, -10.0, -1.0, 0.0, 1.0, 10.0, 100.0))
        case _:
            return draw.uniform(0, 1)
