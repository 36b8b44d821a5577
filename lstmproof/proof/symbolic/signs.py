"""Signs of exact normal forms, by rules that need no search: each is sound by itself, none finds every sign.

A polynomial is nonnegative if it is a product of even powers and nonnegative factors; if its coefficients are, and the
generators that they multiply; if, collected by powers of a nonnegative generator, each of its coefficients is; or if it
is a x^2 + b x + c with a > 0 and b^2 <= 4 a c. Exponentials are positive, and exp(z) is greater than 1, and at least
1 + z + z^2 / 2, where z is positive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from math import prod
from random import Random
from typing import Any, Literal

from lstmproof.proof.exact import Element
from lstmproof.proof.symbolic.normal import Atom, Need, NoNormalForm, Reals

Sign = Literal["positive", "nonnegative", "zero", "nonpositive", "negative"]
Known = Mapping[str, Literal["positive", "nonnegative"]]
"""Symbols of known sign."""

MOST_STEPS = 600
"""Polynomials looked at before the search for a sign is given up."""

MOST_ATOMS_COLLECTED = 6

MOST_TO_FACTOR = 20_000
"""Terms times degree of a polynomial that is factored."""

_OPPOSITE: Mapping[Sign, Sign] = {
    "positive": "negative",
    "nonnegative": "nonpositive",
    "zero": "zero",
    "nonpositive": "nonnegative",
    "negative": "positive",
}


_MEETING: Mapping[Need, tuple[Sign, ...]] = {
    "nonzero": ("positive", "negative"),
    "positive": ("positive",),
    "nonnegative": ("positive", "nonnegative", "zero"),
}


def is_met(need: Need, sign: Sign | None) -> bool:
    """Whether an element of that sign is as an operation needs it."""
    return sign is not None and sign in _MEETING[need]


def opposite(sign: Sign | None) -> Sign | None:
    """The sign of -z."""
    return None if sign is None else _OPPOSITE[sign]


def product_sign(a: Sign | None, b: Sign | None) -> Sign | None:
    """The sign of a product."""
    if "zero" in (a, b):
        return "zero"
    if a is None or b is None:
        return None
    strict = a in ("positive", "negative") and b in ("positive", "negative")
    same = (a in ("positive", "nonnegative")) == (b in ("positive", "nonnegative"))
    if strict:
        return "positive" if same else "negative"
    return "nonnegative" if same else "nonpositive"


MOST_CASES = 3
"""Absolute values that are told apart, one inside the other."""


def sign_of(reals: Reals, z: Element, known: Known, depth: int = MOST_CASES) -> Sign | None:
    """The sign of z wherever it is defined, for all symbols that have their known signs; None if not found."""
    if _is_large(z.num) or _is_large(z.den):
        return None
    found = _sign_as_it_is(reals, z, known)
    if found is not None or not depth:
        return found
    for name in sorted(_below(reals, z)):
        if reals.atoms[name].function == "abs":
            return _by_cases(reals, z, name, known, depth)
    return None


def _is_large(polynomial: Any) -> bool:
    """Whether factoring it may take for ever."""
    return bool(len(polynomial) * int(polynomial.total_degree()) > MOST_TO_FACTOR)


def _below(reals: Reals, z: Element) -> frozenset[str]:
    """Every atom of z, those inside of functions included."""
    found = reals.direct(z)
    return found.union(*(_below(reals, each) for name in found for each in reals.atoms[name].arguments))


def _by_cases(reals: Reals, z: Element, name: str, known: Known, depth: int) -> Sign | None:
    """The sign that z has with |a| = a and with |a| = -a; for a symbol a, with the sign that it has then."""
    argument = reals.atoms[name].arguments[0]
    signs: list[Sign | None] = []
    own = sign_of(reals, argument, known, 0)
    possible = (1,) if own in ("positive", "nonnegative") else (-1,) if own in ("negative", "nonpositive") else (1, -1)
    for sign in possible:
        replaced = {name: argument * sign}
        inner = dict(known)
        (symbol, *others) = reals.direct(argument)
        if (
            len(possible) > 1
            and not others
            and not reals.atoms[symbol].arguments
            and argument == reals.generator(symbol)
        ):
            replaced = {name: argument, symbol: argument * sign}
            inner[symbol] = "nonnegative"
        before = len(reals.needs)
        found = sign_of(reals, replaced_in(reals, z, replaced), inner, depth - 1)
        del reals.needs[before:]  # that z itself is defined is shown elsewhere
        if found is None:
            return None
        signs.append(found)
    return common(signs)


def common(signs: Iterable[Sign | None]) -> Sign | None:
    """What several signs have in common."""
    found = set(signs)
    for weak, members in (
        ("nonnegative", {"positive", "nonnegative", "zero"}),
        ("nonpositive", {"negative", "nonpositive", "zero"}),
    ):
        if found <= members:
            return found.pop() if len(found) == 1 else weak  # type: ignore[return-value]
    return None


def replaced_in(reals: Reals, z: Element, by: Mapping[str, Element]) -> Element:
    """z with elements in place of atoms, inside of functions too."""
    names = list(reals.atoms)
    done = dict(by)

    def atom(name: str) -> Element:
        if name not in done:
            done[name] = changed(name)
        return done[name]

    def changed(name: str) -> Element:
        own = reals.atoms[name]
        arguments = [whole(argument) for argument in own.arguments]
        if all(one == other for one, other in zip(arguments, own.arguments, strict=True)):
            return reals.generator(name)
        if own.function == "exp":
            return reals.exp(arguments[0] / own.parts)
        return reals.apply(own.function, *arguments)

    def polynomial(part: Any) -> Element:
        total = reals.rational(0)
        for exponents, value in part.to_dict().items():
            term = reals.rational(Fraction(int(value.p), int(value.q)))
            for at, times in enumerate(exponents):
                if times:
                    term = term * atom(names[at]) ** int(times)
            total = total + term
        return total

    def whole(element: Element) -> Element:
        below = polynomial(element.den)
        if not below:
            raise NoNormalForm("a divisor that is zero in one of the cases")
        return polynomial(element.num) / below

    return whole(z)


def _sign_as_it_is(reals: Reals, z: Element, known: Known) -> Sign | None:
    for widening in widenings(reals, z, known):
        search = Search(widening.strict, widening.weak)
        found = product_sign(search.sign(widening.of(z.num)), search.sign(widening.of(z.den)))
        if found is not None and (found != "zero" or not z):
            return found
    return None


SAMPLES = 24


def _sampled(polynomial: Any, positive: frozenset[int]) -> set[bool]:
    """Signs that it takes where those generators are positive: which are worth a search, and no more than that."""
    source = Random(1)
    terms = [(tuple(int(k) for k in key), float(value)) for key, value in polynomial.to_dict().items()]
    used = sorted({at for exponents, _ in terms for at, times in enumerate(exponents) if times})
    signs: set[bool] = set()
    for _ in range(SAMPLES):
        sizes = (2.0 ** source.uniform(-5, 5) for _ in used)
        point = {
            at: size if at in positive else source.choice((size, -size)) for at, size in zip(used, sizes, strict=True)
        }
        values = [value * prod(point[at] ** times for at, times in enumerate(key) if times) for key, value in terms]
        total = sum(values)
        if abs(total) > 1e-9 * sum(map(abs, values)):
            signs.add(total > 0)
        if len(signs) > 1:
            break
    return signs


@dataclass(frozen=True)
class Widening:
    """Generators replaced by sums of positive ones, and which generators are positive then."""

    replaced: tuple[Any, ...]
    strict: frozenset[int]
    weak: frozenset[int]

    def of(self, polynomial: Any) -> Any:
        return polynomial.compose(*self.replaced)


def widenings(reals: Reals, z: Element, known: Known) -> Iterator[Widening]:
    """The generators as they are; exp(z) = 1 + e; exp(z) = 1 + z + z^2/2 + e, for nonnegative z and e."""
    generators = list(z.num.context().gens())
    strict, weak, least, grown = set[int](), set[int](), set[int](), dict[int, Element]()
    for position, atom in enumerate(reals.atoms.values()):
        sign = _generator_sign(atom, known, strict, weak)
        if sign in ("positive", "nonnegative"):
            (strict if sign == "positive" else weak).add(position)
        exponent = _sign(atom.arguments[0], strict, weak) if atom.function == "exp" else None
        if exponent in ("positive", "nonnegative"):
            grown[position] = atom.arguments[0] / atom.parts
            if exponent == "nonnegative":
                least.add(position)
    yield Widening(tuple(generators), frozenset(strict), frozenset(weak))
    for order in (0, 2) if grown else ():
        replaced = list(generators)
        for position, argument in grown.items():
            if argument.den.is_constant():
                part = argument.num / argument.den.leading_coefficient()
                replaced[position] = generators[position] + 1 + (part + part * part / 2 if order else 0)
        yield Widening(tuple(replaced), frozenset(strict - least), frozenset(weak | least))


def _generator_sign(atom: Atom, known: Known, strict: set[int], weak: set[int]) -> Sign | None:
    """The sign of a generator, given those of the generators before it."""
    match atom.function:
        case "exp":
            return "positive"
        case "abs" | "sqrt":
            return "nonnegative"
        case "log":
            return _sign(atom.arguments[0] - 1, strict, weak)
        case "power":
            return _sign(atom.arguments[0], strict, weak)
    return known.get(atom.name)


def _sign(z: Element, strict: set[int], weak: set[int]) -> Sign | None:
    """The sign of z by the signs of generators alone."""
    search = Search(frozenset(strict), frozenset(weak))
    return product_sign(search.sign(z.num), search.sign(z.den))


@dataclass
class Search:
    """The search for the sign of a polynomial."""

    strict: frozenset[int]
    weak: frozenset[int]
    steps: int = 0
    _done: dict[str, Sign | None] = field(default_factory=dict)

    def sign(self, polynomial: Any, depth: int = 4) -> Sign | None:
        """By its factors: even powers are nonnegative."""
        if polynomial == 0:
            return "zero"
        self.steps += 1
        if self.steps > MOST_STEPS or _is_large(polynomial):
            return None
        lead, factors = polynomial.factor()
        total: Sign | None = "positive" if lead > 0 else "negative"
        for factor, multiplicity in factors:
            own = self.factor_sign(factor, depth)
            if int(multiplicity) % 2 == 0:
                own = "positive" if own in ("positive", "negative") else "nonnegative"
            total = product_sign(total, own)
        return total

    def factor_sign(self, factor: Any, depth: int) -> Sign | None:
        key = f"{depth} {factor}"
        if key not in self._done:
            taken = _sampled(factor, self.strict | self.weak)
            self._done[key] = None
            if taken <= {True}:
                self._done[key] = self.nonnegative(factor, depth)
            elif taken == {False}:
                self._done[key] = opposite(self.nonnegative(-factor, depth))
        return self._done[key]

    def nonnegative(self, polynomial: Any, depth: int) -> Sign | None:
        """`positive` or `nonnegative` if a rule says so."""
        terms = [(tuple(int(k) for k in key), value) for key, value in polynomial.to_dict().items()]
        signs = [self.monomial_sign(exponents) if value > 0 else None for exponents, value in terms]
        if None not in signs:
            return "positive" if "positive" in signs else "nonnegative"
        if depth == 0:
            return None
        used = sorted({at for exponents, _ in terms for at, times in enumerate(exponents) if times})
        for at in islice((at for at in used if at in self.strict | self.weak), MOST_ATOMS_COLLECTED):
            found = self.collected(polynomial, at, depth)
            if found is not None:
                return found
        for at in islice(used, MOST_ATOMS_COLLECTED):
            found = self.quadratic(polynomial, at, depth)
            if found is not None:
                return found
        return None

    def monomial_sign(self, exponents: tuple[int, ...]) -> Sign | None:
        odd = [at for at, times in enumerate(exponents) if times % 2]
        if any(at not in self.strict and at not in self.weak for at in odd):
            return None
        strict = all(at in self.strict for at, times in enumerate(exponents) if times)
        return "positive" if strict else "nonnegative"

    def collected(self, polynomial: Any, at: int, depth: int) -> Sign | None:
        """Sum of c_k g^k for a nonnegative generator g: every c_k is nonnegative."""
        parts = coefficients(polynomial, at)
        if len(parts) < 2:
            return None
        signs = {power: self.sign(part, depth - 1) for power, part in parts.items()}
        if not all(sign in ("positive", "nonnegative") for sign in signs.values()):
            return None
        strict = [power for power, sign in signs.items() if sign == "positive"]
        return "positive" if 0 in strict or (strict and at in self.strict) else "nonnegative"

    def quadratic(self, polynomial: Any, at: int, depth: int) -> Sign | None:
        """a x^2 + b x + c with a > 0 and b^2 - 4 a c <= 0."""
        parts = coefficients(polynomial, at)
        if set(parts) - {0, 1, 2} or 2 not in parts or 0 not in parts:
            return None
        a, b, c = parts[2], parts.get(1, polynomial * 0), parts[0]
        if self.sign(a, depth - 1) != "positive":
            return None
        match self.sign(b * b - 4 * a * c, depth - 1):
            case "negative":
                return "positive"
            case "nonpositive" | "zero":
                return "nonnegative"
        return None


def coefficients(polynomial: Any, at: int) -> dict[int, Any]:
    """A polynomial as one in the generator at a position: its coefficients by power."""
    context = polynomial.context()
    parts: dict[int, dict[tuple[int, ...], Any]] = {}
    for exponents, value in polynomial.to_dict().items():
        rest = tuple(0 if place == at else int(times) for place, times in enumerate(exponents))
        parts.setdefault(int(exponents[at]), {})[rest] = value
    return {power: context.from_dict(terms) for power, terms in parts.items()}
