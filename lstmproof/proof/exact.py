"""Exact arithmetic: rational functions over symbols and over values of transcendental functions.

Each value of a transcendental function at a given argument is a generator of its own, as if independent of all others:
what is zero for independent generators is zero for any. sigma(z) is the generator, so that
exp(-z) = (1 - sigma) / sigma is rational in it and sigma' = sigma (1 - sigma) is decided; odd and even functions at -z
are those at z. Whether an element is zero is decided by flint's multivariate polynomials over the rationals.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from math import comb, prod
from typing import Any

from flint import Ordering, arb, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

MOST_TERMS = 200_000
"""Terms that a product of two polynomials may have before they are collected."""
MOST_DEGREE = 4096
"""Total degree that a product or a power may have."""
MOST_BITS = 2**13
"""Bits that its first and its last coefficient may have: a square of a square of a square doubles them each time."""


class FieldExhausted(ValueError):
    """Exact values that need more generators, or more terms, than are worth waiting for."""


def _times(a: fmpq_mpoly, b: fmpq_mpoly) -> fmpq_mpoly:
    if len(a) * len(b) > MOST_TERMS:
        raise FieldExhausted(f"a product of {len(a)} by {len(b)} terms")
    _check_size(_degree(a) + _degree(b), _bits(a) + _bits(b))
    return a * b


def _to_the(base: fmpq_mpoly, exponent: int) -> fmpq_mpoly:
    """base^exponent, by flint's own power: exponents of exponents soon pass what products can do one by one."""
    if exponent > MOST_DEGREE:
        raise FieldExhausted("a power beyond all bounds")
    _check_size(_degree(base) * exponent, _bits(base) * exponent)
    if _most_terms(base, exponent) > MOST_TERMS:
        raise FieldExhausted(f"the power {exponent} of {len(base)} terms")
    return base**exponent


def _most_terms(base: fmpq_mpoly, exponent: int) -> int:
    """Terms that base^exponent can have: ways to choose among those of the base, and monomials of such degrees."""
    chosen = comb(len(base) + exponent - 1, exponent) if len(base) else 0
    return min(chosen, prod(int(degree) * exponent + 1 for degree in base.degrees()))


def _check_size(degree: int, bits: int) -> None:
    if degree > MOST_DEGREE or bits > MOST_BITS:
        raise FieldExhausted(f"a polynomial of degree {degree} with coefficients of {bits} bits")


def _degree(polynomial: fmpq_mpoly) -> int:
    return int(polynomial.total_degree())


def _bits(polynomial: fmpq_mpoly) -> int:
    if len(polynomial) == 0:
        return 0
    ends = (polynomial.coefficient(0), polynomial.coefficient(len(polynomial) - 1))
    return int(max(end.height_bits() for end in ends))


class Element:
    """A rational function num / den of the generators of its field, in lowest terms."""

    __slots__ = ("den", "field", "num")

    def __init__(self, field: Field, num: fmpq_mpoly, den: fmpq_mpoly) -> None:
        self.field, self.num, self.den = field, num, den

    def _with(self, num: fmpq_mpoly, den: fmpq_mpoly) -> Element:
        """num / den, which have no common factor, the denominator's leading coefficient 1."""
        lead = den.leading_coefficient()
        return Element(self.field, num, den) if lead == 1 else Element(self.field, num / lead, den / lead)

    def _operand(self, other: Any) -> Element:
        return other if isinstance(other, Element) else self.field.rational(other)

    def __add__(self, other: Any) -> Element:
        """Henrici (1956): only what the denominators share can cancel, and its gcd is a small one."""
        b = self._operand(other)
        shared = self.den.gcd(b.den)
        mine, others = self.den / shared, b.den / shared
        num = _times(self.num, others) + _times(b.num, mine)
        common = num.gcd(shared)
        return self._with(num / common, _times(_times(mine, others), shared / common))

    def __neg__(self) -> Element:
        return Element(self.field, -self.num, self.den)

    def __sub__(self, other: Any) -> Element:
        return self + -self._operand(other)

    def __mul__(self, other: Any) -> Element:
        b = self._operand(other)
        across, down = self.num.gcd(b.den), b.num.gcd(self.den)
        num = _times(self.num / across, b.num / down)
        return self._with(num, _times(self.den / down, b.den / across))

    def __truediv__(self, other: Any) -> Element:
        b = self._operand(other)
        if not b:
            raise ZeroDivisionError("an exact division by zero")
        return self * self._with(b.den, b.num)

    def __radd__(self, other: Any) -> Element:
        return self + self._operand(other)

    def __rmul__(self, other: Any) -> Element:
        return self * self._operand(other)

    def __rsub__(self, other: Any) -> Element:
        return -self + self._operand(other)

    def __rtruediv__(self, other: Any) -> Element:
        return self._operand(other) / self

    def __pow__(self, exponent: int) -> Element:
        """Powers of what has no common factor have none, and the denominator's leading coefficient stays 1."""
        if exponent < 0:
            return self.field.rational(1) / self**-exponent
        return Element(self.field, _to_the(self.num, exponent), _to_the(self.den, exponent))

    def __bool__(self) -> bool:
        return bool(self.num != 0)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Element | int | Fraction):
            return NotImplemented
        b = self._operand(other)
        return bool(self.num == b.num and self.den == b.den)

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"({self.num}) / ({self.den})"

    @property
    def key(self) -> tuple[str, str]:
        """What two elements share exactly if they are equal."""
        return str(self.num), str(self.den)

    @property
    def positive(self) -> bool:
        """Whether the leading coefficient is positive: of z and -z, exactly one is, unless z is 0."""
        return bool(self.num != 0 and self.num.leading_coefficient() > 0)


class Field:
    """Hands out generators: one for each symbol, and one for each function at each argument."""

    def __init__(self, capacity: int) -> None:
        self._context = fmpq_mpoly_ctx.get([f"g{position}" for position in range(capacity)], Ordering.lex)
        self._free = list(reversed(self._context.gens()))
        self._one = self._context.constant(1)
        self._values: dict[tuple[Any, ...], Element] = {}
        self._meanings: list[tuple[str, tuple[Element, ...]]] = []
        """What each generator handed out stands for: a symbol's name without arguments, or a function with them."""

    def rational(self, value: int | Fraction) -> Element:
        exact = Fraction(value)
        return Element(self, self._context.constant(fmpq(exact.numerator, exact.denominator)), self._one)

    def symbol(self, name: str) -> Element:
        """The generator called `name`, the same at every call."""
        return self._generator(name)

    def _generator(self, name: str, *arguments: Element) -> Element:
        key = (name, *(argument.key for argument in arguments))
        if key not in self._values:
            if not self._free:
                raise FieldExhausted(f"more than {len(self._values)} exact values")
            self._values[key] = Element(self, self._free.pop(), self._one)
            self._meanings.append((name, arguments))
        return self._values[key]

    def apply(self, function: str, *arguments: Element) -> Element:
        """A function of the table at exact arguments."""
        match function, arguments:
            case "sigmoid", (z,):
                return self.sigmoid(z)
            case "exp", (z,):
                return self.exp(z)
            case "softplus", (z,):
                return self.apply("log", 1 + self.exp(z))
            case "tanh", (z,) if (-z).positive:
                return -self.apply("tanh", -z)
            case _:
                return self._generator(function, *arguments)

    def sigmoid(self, z: Element) -> Element:
        """A generator, or 1 minus one: sigma(-z) = 1 - sigma(z)."""
        if not z:
            return self.rational(Fraction(1, 2))
        return self._generator("sigmoid", z) if z.positive else 1 - self._generator("sigmoid", -z)

    def exp(self, z: Element) -> Element:
        value = self.sigmoid(z)
        return value / (1 - value)

    def vanishes(self, element: Element, zero_or_one: Collection[str]) -> bool:
        """Whether an element is 0 given that the functions named take no values but 0 and 1, each its own square.

        >>> field = Field(2)
        >>> slope = field.apply("step", field.symbol("z"))
        >>> field.vanishes(slope * slope - slope, {"step"}), field.vanishes(slope * slope - slope, ())
        (True, False)
        """
        own_square = [name in zero_or_one for name, _ in self._meanings]
        collected: dict[tuple[int, ...], fmpq] = {}
        for exponents, coefficient in element.num.to_dict().items():
            known = zip(exponents, own_square, strict=False)  # the rest are generators that nothing has
            least = tuple(min(int(exponent), 1) if own else int(exponent) for exponent, own in known)
            collected[least] = collected.get(least, fmpq(0)) + coefficient
        return not any(collected.values())

    def enclose(self, element: Element, symbols: Callable[[str], Fraction], functions: Mapping[str, Any]) -> Any:
        """A ball that holds the value of `element`, given that of each symbol, by ball arithmetic.

        `functions` gives functions on balls; one that is missing has no finite enclosure.
        """
        values: list[Any] = []
        for name, arguments in self._meanings:
            if arguments:
                function = functions.get(name, _indefinite)
                values.append(function(*(_substitute(argument, values) for argument in arguments)))
            else:
                exact = symbols(name)
                values.append(arb(exact.numerator) / exact.denominator)
        return _substitute(element, values)


def _indefinite(*_: Any) -> Any:
    return arb("nan")


def _substitute(element: Element, values: Sequence[Any]) -> Any:
    """`element` with balls in place of its generators; an argument's generators are older than its function's."""
    numerator, denominator = (_polynomial(part, values) for part in (element.num, element.den))
    return numerator / denominator


def _polynomial(polynomial: fmpq_mpoly, values: Sequence[Any]) -> Any:
    total = arb(0)
    for exponents, coefficient in polynomial.to_dict().items():
        term = arb(coefficient)
        for position, exponent in enumerate(exponents):
            if exponent:
                term *= values[position] ** int(exponent)
        total += term
    return total
