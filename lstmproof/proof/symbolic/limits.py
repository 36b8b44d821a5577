"""Limits of normal forms at infinity, by growth: exponentials of powers of the variable, then the variable, then logs.

Each monomial grows like exp(c v^k)^n v^m log(v)^l; of a sum, the fastest terms decide, once their coefficient is not
zero. The limit of a quotient compares those of numerator and denominator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lstmproof.proof.exact import Element
from lstmproof.proof.symbolic.normal import Atom, Reals
from lstmproof.proof.symbolic.signs import Known, Sign, coefficients, product_sign, sign_of

Growth = tuple[int, ...]
"""Exponents, the fastest growing first; of two monomials the lexicographically greater grows faster."""


class NoLimit(ValueError):
    """A limit that is not decided here."""


@dataclass(frozen=True)
class Infinite:
    """A limit that is no number."""

    sign: int

    def __str__(self) -> str:
        return "oo" if self.sign > 0 else "-oo"


def limit(reals: Reals, z: Element, variable: str, direction: int, known: Known) -> Element | Infinite:
    """The limit of z as the symbol `variable` tends to plus or minus infinity, all other symbols fixed.

    Raises:
        NoLimit: it cannot be told from growth alone, or from what is known of the other symbols' signs.
    """
    scale = _Scale.of(reals, z, variable, direction, known)
    above, numerator = scale.leading(z.num)
    below, denominator = scale.leading(z.den)
    if scale.sign(denominator) not in ("positive", "negative"):
        raise NoLimit("the fastest growing part of a divisor may be 0")
    if above < below or not numerator:
        return reals.rational(0)
    if above == below:
        return numerator / denominator
    match product_sign(scale.sign(numerator), scale.sign(denominator)):
        case "positive":
            return Infinite(1)
        case "negative":
            return Infinite(-1)
    raise NoLimit("the fastest growing part may be 0")


def eventual_sign(reals: Reals, z: Element, variable: str, direction: int, known: Known) -> Sign | None:
    """The sign of z once the variable is far enough out."""
    if not z:
        return "zero"
    scale = _Scale.of(reals, z, variable, direction, known)
    parts = [scale.sign(scale.leading(part)[1]) for part in (z.num, z.den)]
    return product_sign(*parts) if all(part in ("positive", "negative") for part in parts) else None


@dataclass(frozen=True)
class _Scale:
    """How fast each generator grows."""

    reals: Reals
    known: Known
    places: Mapping[int, tuple[int, int]]
    """Of each generator that depends on the variable, by position: its place in a `Growth`; 1 if it grows, else -1."""
    width: int
    variable: int
    direction: int

    @classmethod
    def of(cls, reals: Reals, z: Element, variable: str, direction: int, known: Known) -> _Scale:
        used = reals.direct(z)
        exponents: dict[int, tuple[int, int]] = {}
        """By order k of v^k in an exponential: the generator's position and direction."""
        logarithms: list[int] = []
        own = -1
        for position, atom in enumerate(reals.atoms.values()):
            if atom.name == variable:
                own = position
            if atom.name not in used or atom.name == variable or variable not in _support(reals, atom):
                continue
            if atom.function == "log" and atom.arguments[0] == reals.symbol(variable) and direction > 0:
                logarithms.append(position)
                continue
            if atom.function != "exp":
                raise NoLimit(f"no growth of {atom.name} is known")
            order, sign = _exponent(reals, atom, variable, direction, known)
            if order in exponents:
                raise NoLimit("two exponentials of which neither grows faster")
            exponents[order] = (position, sign)
        ranked = sorted(exponents, reverse=True)
        places = {exponents[order][0]: (rank, exponents[order][1]) for rank, order in enumerate(ranked)}
        places |= {position: (len(ranked) + 1, 1) for position in logarithms}
        if own >= 0:
            places[own] = (len(ranked), 1)
        return cls(reals, known, places, len(ranked) + 2, own, direction)

    def leading(self, polynomial: Any) -> tuple[Growth, Element]:
        """The growth of the fastest terms, and their coefficient, with the sign that powers of the variable have."""
        parts: dict[Growth, dict[tuple[int, ...], Any]] = {}
        for raw, value in polynomial.to_dict().items():
            exponents = [int(times) for times in raw]
            growth = [0] * self.width
            negative = self.direction < 0 and self.variable >= 0 and exponents[self.variable] % 2 == 1
            for position, (place, sign) in self.places.items():
                growth[place] += sign * exponents[position]
                exponents[position] = 0
            parts.setdefault(tuple(growth), {})[tuple(exponents)] = -value if negative else value
        if not parts:
            return (), self.reals.rational(0)
        fastest = max(parts)
        one = self.reals.rational(1)
        return fastest, Element(one.field, polynomial.context().from_dict(parts[fastest]), one.den)

    def sign(self, z: Element) -> Sign | None:
        return sign_of(self.reals, z, self.known)


def _support(reals: Reals, atom: Atom) -> frozenset[str]:
    return frozenset().union(*(reals.support(argument) for argument in atom.arguments))


def _exponent(reals: Reals, atom: Atom, variable: str, direction: int, known: Known) -> tuple[int, int]:
    """The order k and the sign of c for exp(c v^k)."""
    argument = atom.arguments[0]
    position = list(reals.atoms).index(variable)
    parts = coefficients(argument.num, position)
    below = Element(argument.field, argument.den, reals.rational(1).den)
    if len(parts) != 1 or variable in reals.support(below):
        raise NoLimit(f"no growth of {atom.name} is known")
    ((order, part),) = parts.items()
    factor = Element(argument.field, part, reals.rational(1).den)
    if variable in reals.support(factor) or order == 0:
        raise NoLimit(f"no growth of {atom.name} is known")
    sign = product_sign(sign_of(reals, factor, known), sign_of(reals, below, known))
    if sign not in ("positive", "negative"):
        raise NoLimit(f"whether {atom.name} grows depends on a sign that is not known")
    grows = 1 if sign == "positive" else -1
    return order, grows * (direction if order % 2 else 1)
