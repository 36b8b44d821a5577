"""The search for certificates: identities that show a polynomial to be nonnegative where others are.

The unknown k in  m c = sum k (products of hypotheses) + sum k (squares) + sum q (equations)  enter linearly, so that
z3's exact linear arithmetic finds rational ones (Handelman 1988; Krivine's and Stengle's Positivstellensatz).
Nothing found here is trusted: `checker` multiplies out both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import combinations_with_replacement
from time import monotonic
from typing import Any

from lstmproof.proof.induction import checker, smt
from lstmproof.proof.induction.facts import Fact
from lstmproof.proof.induction.polynomial import Monomial, Polynomial, TooLarge

MOST_COLUMNS = 2500
LONG = 10**6
"""Denominators beyond this take part in linear combinations only: long numbers make a search long."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """An identity; hypotheses by their place in the obligation."""

    multiplier: tuple[tuple[Fraction, tuple[int, ...]], ...]
    products: tuple[tuple[Fraction, tuple[int, ...]], ...]
    squares: tuple[tuple[Fraction, Polynomial], ...]
    equations: tuple[tuple[int, Polynomial], ...]


@dataclass(frozen=True, slots=True)
class Obligation:
    """Hypotheses, the conclusion (>= 0 or > 0) and why it follows."""

    name: str
    hypotheses: tuple[Fact, ...]
    conclusion: Fact
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Shape:
    """How far a search goes."""

    degree: int
    """Most factors of a product of hypotheses."""
    equations: int
    """Most variables of a monomial by which an equation is multiplied."""
    multiplier: int
    """Most factors of a product that multiplies the conclusion."""
    squares: bool = False


SHAPES = (Shape(1, 0, 0), Shape(2, 1, 0), Shape(2, 1, 1), Shape(3, 1, 1), Shape(3, 2, 1, squares=True), Shape(4, 2, 2))


@dataclass(frozen=True, slots=True)
class _Column:
    """One unknown multiplier: of what, and whether it may be negative."""

    kind: str
    """`multiplier`, `product`, `square` or `equation`."""
    places: tuple[int, ...]
    value: Polynomial
    """What it multiplies, on the right-hand side."""
    root: Polynomial
    """Of a square, its root; of an equation, the monomial."""
    strict: bool = False


def has_solver() -> bool:
    """Whether z3 is there to search with."""
    return find_spec("z3") is not None


def search(
    name: str, facts: Sequence[Fact], conclusion: Fact, seconds: float, shapes: Iterable[Shape] = SHAPES
) -> Obligation | None:
    """A checked obligation with its certificate, or None within the time."""
    if conclusion.trivial:
        return _trivial(name, conclusion)
    until = monotonic() + seconds
    for shape in shapes:
        left = until - monotonic()
        if left <= 0:
            return None
        chosen = facts if shape.degree == 1 else _worthwhile(facts)
        try:
            columns = list(_columns(chosen, conclusion, shape))
        except TooLarge:
            return None
        found = _solve(_useful(columns), conclusion, left) if len(columns) <= MOST_COLUMNS else None
        if found:
            return _obligation(name, chosen, conclusion, found)
    return None


def _worthwhile(facts: Sequence[Fact]) -> list[Fact]:
    """The facts without those of long numbers, and of those that differ by a number alone the strongest."""
    strongest: dict[Polynomial | Fact, Fact] = {}
    for fact in facts:
        number = fact.polynomial.terms.get((), Fraction(0))
        if number.denominator > LONG:
            continue
        key = fact if fact.sign == "=" else fact.polynomial - number
        known = strongest.get(key)
        rank = (number, fact.sign == ">=")
        if known is None or rank < (known.polynomial.terms.get((), Fraction(0)), known.sign == ">="):
            strongest[key] = fact
    return list(strongest.values())


def _trivial(name: str, conclusion: Fact) -> Obligation:
    number = conclusion.polynomial.number or Fraction(0)
    one = ((Fraction(1), ()),)
    shown = Certificate(one, ((number, ()),) if number else (), (), ())
    return checked(Obligation(name, (), conclusion, shown))


def _columns(facts: Sequence[Fact], conclusion: Fact, shape: Shape) -> Iterator[_Column]:
    one = Polynomial.constant(1)
    product = _products(tuple(facts))
    signed = [place for place, fact in enumerate(facts) if fact.sign != "="]
    strict = [place for place in signed if facts[place].sign == ">"]
    for size in range(shape.multiplier + 1):
        for places in combinations_with_replacement(strict, size):
            yield _Column("multiplier", places, -(product(places) * conclusion.polynomial), one)
    for size in range(shape.degree + 1):
        for places in combinations_with_replacement(signed, size):
            positive = all(facts[place].sign == ">" for place in places)
            yield _Column("product", places, product(places), one, positive)
    if shape.squares:
        for root in _roots(conclusion.polynomial):
            yield _Column("square", (), root * root, root)
    names = sorted({name for fact in (*facts, conclusion) for name in fact.polynomial.variables})
    for place, fact in enumerate(facts):
        if fact.sign == "=":
            for size in range(shape.equations + 1):
                for monomial in combinations_with_replacement(names, size):
                    root = Polynomial({tuple(sorted(monomial)): Fraction(1)})
                    yield _Column("equation", (place,), root * fact.polynomial, root)


@lru_cache(maxsize=8)  # searches of several shapes and for several conclusions start from the same facts
def _products(facts: tuple[Fact, ...]) -> Callable[[tuple[int, ...]], Polynomial]:
    """The product of facts at some places; each is made once, from that of all but the last."""

    @cache
    def product(places: tuple[int, ...]) -> Polynomial:
        return product(places[:-1]) * facts[places[-1]].polynomial if places else Polynomial.constant(1)

    return product


def _roots(polynomial: Polynomial) -> Iterator[Polynomial]:
    """Linear forms whose squares may help: v, v - 1/2, v + w and v - w."""
    variables = [Polynomial.variable(name) for name in sorted(polynomial.variables)]
    for place, one in enumerate(variables):
        yield from (one, one - Fraction(1, 2), one - 1, one + 1)
        for other in variables[place + 1 :]:
            yield from (one - other, one + other)


def _useful(columns: list[_Column]) -> list[_Column]:
    """The columns that may have a multiplier other than 0: a monomial of one sign throughout cannot cancel."""
    while True:
        positive: set[Monomial] = set()
        negative: set[Monomial] = set()
        for column in columns:
            either = column.kind == "equation"
            for monomial, coefficient in column.value.terms.items():
                above = coefficient.numerator > 0
                if above or either:
                    positive.add(monomial)
                if either or not above:
                    negative.add(monomial)
        lonely = positive ^ negative
        kept = [column for column in columns if lonely.isdisjoint(column.value.terms)]
        if len(kept) == len(columns):
            return kept
        columns = kept


def _solve(columns: list[_Column], conclusion: Fact, seconds: float) -> list[tuple[_Column, Fraction]] | None:
    """Multipliers with which the columns add up to 0, those of the conclusion not all 0."""
    names = [f"k{place}" for place in range(len(columns))]
    system = _system(names, columns, conclusion)
    try:
        values = _values(system, _Limit(seconds)) if system is not None else None
    except TimeoutError:
        return None
    if values is None:
        return None
    found = [(column, values.get(name, Fraction(0))) for name, column in zip(names, columns, strict=True)]
    return [(column, value) for column, value in found if value]


@dataclass(frozen=True, slots=True)
class _Limit:
    """Seconds that a solver may take; an answer does not depend on them, and so neither does what is kept of it."""

    seconds: float = field(compare=False)


@lru_cache(maxsize=128)  # one proof asks the same again and again: for other plans, in other cases, with more time
def _values(system: str, limit: _Limit) -> Mapping[str, Fraction] | None:
    """Numbers by name that satisfy a system; None if there are none.

    Raises:
        TimeoutError: the solver has no answer within the time.
    """
    import z3

    solver = z3.SolverFor("QF_LRA", ctx=z3.Context())  # one of its own, so that the answer depends on nothing before
    solver.set("timeout", max(1, int(1000 * limit.seconds)))
    solver.from_string(system)  # some ten times quicker than objects of its terms
    answer = solver.check()
    if answer == z3.unknown:
        raise TimeoutError
    if answer == z3.unsat:
        return None
    model = solver.model()
    return {unknown.name(): Fraction(model[unknown].as_fraction()) for unknown in model.decls()}


def _system(names: Sequence[str], columns: Sequence[_Column], conclusion: Fact) -> str | None:
    """What multipliers of these names have to satisfy, in SMT-LIB; None if they cannot."""
    unknowns = dict(zip(names, columns, strict=True))
    rows: dict[Monomial, list[str]] = {}
    for name, column in unknowns.items():
        for monomial, coefficient in column.value.terms.items():
            rows.setdefault(monomial, []).append(smt.term(coefficient, (name,)))
    lines = [f"(declare-const |{name}| Real)" for name in names]
    lines += [f"(assert (>= |{name}| 0.0))" for name, column in unknowns.items() if column.kind != "equation"]
    lines += [f"(assert (= {smt.plus(terms)} 0.0))" for _, terms in sorted(rows.items())]
    multipliers = [f"|{name}|" for name, column in unknowns.items() if column.kind == "multiplier"]
    strict = [f"|{name}|" for name, column in unknowns.items() if column.kind == "product" and column.strict]
    if not multipliers or (conclusion.sign == ">" and not strict):
        return None
    lines.append(f"(assert (= {smt.plus(multipliers)} 1.0))")
    if conclusion.sign == ">":
        lines.append(f"(assert (> {smt.plus(strict)} 0.0))")
    return "\n".join(lines)


def _obligation(
    name: str, facts: Sequence[Fact], conclusion: Fact, found: list[tuple[_Column, Fraction]]
) -> Obligation:
    """The certificate over those hypotheses alone that it uses."""
    used = sorted({place for column, _ in found for place in column.places})
    renumbered = {place: position for position, place in enumerate(used)}
    equations: dict[int, Polynomial] = {}
    for column, value in found:
        if column.kind == "equation":
            place = renumbered[column.places[0]]
            equations[place] = equations.get(place, Polynomial({})) + column.root * value

    def weighted(kind: str) -> tuple[tuple[Fraction, tuple[int, ...]], ...]:
        chosen = ((column, value) for column, value in found if column.kind == kind)
        return tuple((value, tuple(renumbered[place] for place in column.places)) for column, value in chosen)

    squares = tuple((value, column.root) for column, value in found if column.kind == "square")
    shown = Certificate(weighted("multiplier"), weighted("product"), squares, tuple(sorted(equations.items())))
    return checked(Obligation(name, tuple(facts[place] for place in used), conclusion, shown))


def checked(obligation: Obligation) -> Obligation:
    """The obligation, its certificate re-checked by the stand-alone checker.

    Raises:
        ValueError: it does not hold.
    """
    checker.check(as_json(obligation))
    return obligation


def as_json(obligation: Obligation) -> dict[str, Any]:
    """An obligation in the form of a certificate file."""
    shown = obligation.certificate
    return {
        "name": obligation.name,
        "hypotheses": [
            {"relation": fact.sign, "polynomial": rows(fact.polynomial), "why": fact.origin}
            for fact in obligation.hypotheses
        ],
        "conclusion": {"relation": obligation.conclusion.sign, "polynomial": rows(obligation.conclusion.polynomial)},
        "certificate": {
            "multiplier": [[str(scale), list(places)] for scale, places in shown.multiplier],
            "products": [[str(scale), list(places)] for scale, places in shown.products],
            "squares": [[str(scale), rows(root)] for scale, root in shown.squares],
            "equations": [[place, rows(factor)] for place, factor in shown.equations],
        },
    }


def rows(polynomial: Polynomial) -> list[list[str]]:
    """A polynomial as its list of terms, each a coefficient and variables."""
    return [[str(coefficient), *monomial] for coefficient, monomial in polynomial.ordered()]


def from_json(data: Any) -> Obligation:
    """The obligation that `as_json` wrote; nothing of it is checked but its form.

    Raises:
        KeyError, TypeError, ValueError: it is not of that form.
    """

    def fact(entry: Any) -> Fact:
        return Fact(Polynomial(checker.polynomial(entry["polynomial"])), entry["relation"], str(entry.get("why", "")))

    def weighted(entries: Any) -> tuple[tuple[Fraction, tuple[int, ...]], ...]:
        return tuple((Fraction(scale), tuple(int(place) for place in places)) for scale, places in entries)

    shown = data["certificate"]
    certificate = Certificate(
        multiplier=weighted(shown["multiplier"]),
        products=weighted(shown["products"]),
        squares=tuple((Fraction(scale), Polynomial(checker.polynomial(root))) for scale, root in shown["squares"]),
        equations=tuple((int(place), Polynomial(checker.polynomial(root))) for place, root in shown["equations"]),
    )
    facts = tuple(fact(entry) for entry in data["hypotheses"])
    return Obligation(str(data["name"]), facts, fact(data["conclusion"]), certificate)
