"""Polynomials with rational coefficients in named variables, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

Monomial = tuple[str, ...]
"""Names of its factors, sorted, each as often as its power; () is 1."""

_ONE: Mapping[Monomial, Fraction] = {(): Fraction(1)}

MOST_TERMS = 4000
MOST_DEGREE = 256
MOST_BITS = 2**15
"""Bits of a coefficient: a square of a square of a square doubles them each time."""


class TooLarge(ValueError):
    """A polynomial of more terms, a higher degree or longer coefficients than are worth handling."""


class Polynomial:
    """A sum of monomials with nonzero coefficients; equal polynomials are equal values.

    >>> x, y = Polynomial.variable("x"), Polynomial.variable("y")
    >>> (x + y) * (x - y)
    x^2 - y^2
    """

    __slots__ = ("_hash", "_variables", "terms")

    def __init__(self, terms: Mapping[Monomial, Fraction]) -> None:
        if len(terms) > MOST_TERMS:
            raise TooLarge(f"a polynomial of {len(terms)} terms")
        self.terms: Mapping[Monomial, Fraction] = {key: value for key, value in terms.items() if value}
        self._hash: int | None = None
        self._variables: frozenset[str] | None = None

    @staticmethod
    def constant(value: int | Fraction) -> Polynomial:
        return Polynomial({(): Fraction(value)})

    @staticmethod
    def variable(name: str) -> Polynomial:
        return Polynomial({(name,): Fraction(1)})

    def __add__(self, other: Polynomial | int | Fraction) -> Polynomial:
        total = dict(self.terms)
        for monomial, coefficient in _terms(other).items():
            total[monomial] = total[monomial] + coefficient if monomial in total else coefficient
        return Polynomial(total)

    def __neg__(self) -> Polynomial:
        return Polynomial({monomial: -coefficient for monomial, coefficient in self.terms.items()})

    def __sub__(self, other: Polynomial | int | Fraction) -> Polynomial:
        return self + (-other)

    def __mul__(self, other: Polynomial | int | Fraction) -> Polynomial:
        others = _terms(other)
        if others == _ONE:
            return self
        if len(self.terms) * len(others) > 20 * MOST_TERMS:
            raise TooLarge(f"a product of {len(self.terms)} by {len(others)} terms")
        _demand_small(self.degree + max(map(len, others), default=0), _bits(self.terms) + _bits(others))
        total: dict[Monomial, Fraction] = {}
        for one, a in self.terms.items():
            for two, b in others.items():
                monomial = tuple(sorted(one + two)) if one and two else one or two
                total[monomial] = total[monomial] + a * b if monomial in total else a * b
        return Polynomial(total)

    def __radd__(self, other: int | Fraction) -> Polynomial:
        return self + other

    def __rmul__(self, other: int | Fraction) -> Polynomial:
        return self * other

    def __rsub__(self, other: int | Fraction) -> Polynomial:
        return -self + other

    def __pow__(self, exponent: int) -> Polynomial:
        _demand_small(self.degree * exponent, _bits(self.terms) * exponent)
        power = Polynomial.constant(1)
        for _ in range(exponent):
            power = power * self
        return power

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self.terms == other.terms

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.terms.items()))
        return self._hash

    def __repr__(self) -> str:
        return write(self.ordered())

    @property
    def variables(self) -> frozenset[str]:
        if self._variables is None:
            self._variables = frozenset().union(*self.terms)
        return self._variables

    @property
    def number(self) -> Fraction | None:
        """Its value, if it has no variables."""
        return self.terms.get((), Fraction(0)) if not any(self.terms) else None

    @property
    def degree(self) -> int:
        return max((len(monomial) for monomial in self.terms), default=0)

    def ordered(self) -> list[tuple[Fraction, Monomial]]:
        """Its terms in an order that depends on nothing else: highest degree first, then by name."""
        keys = sorted(self.terms, key=lambda monomial: (-len(monomial), monomial))
        return [(self.terms[key], key) for key in keys]

    def split(self, name: str) -> dict[int, Polynomial]:
        """Its coefficients as a polynomial in `name`, by power."""
        parts: dict[int, dict[Monomial, Fraction]] = {}
        for monomial, coefficient in self.terms.items():
            rest = tuple(factor for factor in monomial if factor != name)
            parts.setdefault(len(monomial) - len(rest), {})[rest] = coefficient
        return {power: Polynomial(terms) for power, terms in parts.items()}

    def replace(self, name: str, value: Polynomial) -> Polynomial:
        """The polynomial with `value` in place of a variable."""
        if not any(name in monomial for monomial in self.terms):
            return self
        return total(coefficient * value**power for power, coefficient in self.split(name).items())

    def evaluate(self, values: Mapping[str, Fraction]) -> Fraction:
        """Its value at exact values of all its variables."""
        result = Fraction(0)
        for monomial, coefficient in self.terms.items():
            for factor in monomial:
                coefficient *= values[factor]
            result += coefficient
        return result


def _terms(other: Polynomial | int | Fraction) -> Mapping[Monomial, Fraction]:
    return other.terms if isinstance(other, Polynomial) else {(): Fraction(other)}


def _bits(terms: Mapping[Monomial, Fraction]) -> int:
    """The length of its longest coefficient."""
    longest = 1
    for each in terms.values():  # one loop and no generators: every product asks for it
        numerator, denominator = each.as_integer_ratio()
        longest = max(longest, numerator, -numerator, denominator)
    return longest.bit_length() - 1


def _demand_small(degree: int, bits: int) -> None:
    if degree > MOST_DEGREE or bits > MOST_BITS:
        raise TooLarge(f"a polynomial of degree {degree} with coefficients of {bits} bits")


def total(terms: Iterable[Polynomial]) -> Polynomial:
    """The sum of polynomials."""
    result: dict[Monomial, Fraction] = {}
    for term in terms:
        for monomial, coefficient in term.terms.items():
            result[monomial] = result.get(monomial, Fraction(0)) + coefficient
    return Polynomial(result)


def product(factors: Iterable[Polynomial]) -> Polynomial:
    """The product of polynomials."""
    result = Polynomial.constant(1)
    for factor in factors:
        result = result * factor
    return result


def write(terms: Iterable[tuple[Fraction, Monomial]]) -> str:
    """A sum of terms as text, in the order given."""
    text = ""
    for coefficient, monomial in terms:
        sign = "-" if coefficient < 0 else "+"
        size = abs(coefficient)
        factors = [str(size)] if size != 1 or not monomial else []
        factors += _powers(monomial)
        text += f" {sign} {'*'.join(factors)}"
    return text.removeprefix(" + ").replace(" - ", "-", 1) if text.startswith(" - ") else text[3:] or "0"


def _powers(monomial: Monomial) -> Iterator[str]:
    for name in dict.fromkeys(monomial):
        power = monomial.count(name)
        yield name if power == 1 else f"{name}^{power}"
