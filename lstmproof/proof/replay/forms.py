"""Normal forms in SymPy's spelling, and signs as forms in which they are seen.

Where a rule finds the sign of a normal form, the same rule writes it so that every part shows its own: sums and
products of what is nonnegative, even powers, completed squares.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from typing import Any

from lstmproof.proof.exact import Element, FieldExhausted
from lstmproof.proof.symbolic.normal import NATURAL, Atom, NoNormalForm, Reals
from lstmproof.proof.symbolic.signs import (
    MOST_ATOMS_COLLECTED,
    MOST_CASES,
    Known,
    Search,
    Widening,
    coefficients,
    product_sign,
    replaced_in,
    sign_of,
    widenings,
)


class Unspoken(ValueError):
    """A proof, or a part of one, that has no script: says what."""


NO_SCRIPT = (Unspoken, NoNormalForm, FieldExhausted)
"""What ends the writing of a script, of which the proof then has none."""


@dataclass
class Symbols:
    """Python names of the symbols of a script; each is declared once, where it is first spoken of."""

    taken: set[str]
    """Names that the script has for itself."""
    names: dict[str, str] = field(default_factory=dict)
    """By label."""
    pending: list[str] = field(default_factory=list)
    """Declarations that are still to be written."""

    def named(self, label: str) -> str:
        """A Python name, of no other label."""
        if label not in self.names:
            plain = re.sub(r"[^A-Za-z0-9_]+", "_", label).strip("_") or "v"
            plain = plain if plain[0].isalpha() else f"v_{plain}"
            candidate, place = plain, 2
            while candidate in self.taken or keyword.iskeyword(candidate):
                candidate, place = f"{plain}_{place}", place + 1
            self.taken.add(candidate)
            self.names[label] = candidate
        return self.names[label]

    def declared(self, label: str, maker: str = "real") -> str:
        """The name of a symbol, declared as `real`, `weak` (>= 0) or `strict` (> 0)."""
        if label not in self.names:
            self.pending.append(f"{self.named(label)} = {maker}({label!r})")
        return self.names[label]

    def flush(self) -> list[str]:
        """Declarations since the last time."""
        lines, self.pending = self.pending, []
        return lines


def rational(value: Fraction) -> str:
    """A number in SymPy.

    >>> rational(Fraction(-1, 2)), rational(Fraction(3))
    ('R(-1, 2)', '3')
    """
    return str(value.numerator) if value.denominator == 1 else f"R({value.numerator}, {value.denominator})"


@dataclass
class Spelling:
    """Spells the elements of one field."""

    reals: Reals
    known: Known
    symbols: Symbols

    def element(self, z: Element) -> str:
        """A normal form as it is."""
        below = self.polynomial(z.den)
        above = self.polynomial(z.num)
        return above if below == "1" else f"({above})/({below})"

    def polynomial(self, part: Any, rests: Mapping[int, str] | None = None) -> str:
        """A sum of monomials; `rests` are generators that stand for something else."""
        terms = []
        for exponents, value in part.to_dict().items():
            size = Fraction(int(value.p), int(value.q))
            factors = [
                self.generator(at, rests) + (f"**{int(times)}" if times > 1 else "")
                for at, times in enumerate(exponents)
                if times
            ]
            number = [rational(abs(size))] if abs(size) != 1 or not factors else []
            terms.append(("- " if size < 0 else "+ ") + "*".join([*number, *factors]))
        return re.sub(r"^\+ |^(-) ", r"\1", " ".join(terms)) or "0"

    def generator(self, at: int, rests: Mapping[int, str] | None = None) -> str:
        """A symbol, or a function's value at a normal form."""
        if rests and at in rests:
            return rests[at]
        atom = list(self.reals.atoms.values())[at]
        match atom.function:
            case "":
                return self._symbol(atom)
            case "exp" if atom.parts == 1:
                return f"E({self.element(atom.arguments[0])})"
            case "exp":
                return f"E(({self.element(atom.arguments[0])})/{atom.parts})"
            case "log":
                return f"L({self.element(atom.arguments[0])})"
            case "abs":
                return f"A({self.element(atom.arguments[0])})"
        raise Unspoken(f"a value of {atom.function}")

    def _symbol(self, atom: Atom) -> str:
        sign = self.known.get(atom.name)
        if sign is None and atom.name.startswith((NATURAL, "norm(")):
            sign = "nonnegative"
        maker = {"positive": "strict", "nonnegative": "weak", None: "real"}[sign]
        return self.symbols.declared(self.reals.labels.get(atom.name, atom.name), maker)


@dataclass(frozen=True)
class Case:
    """One way in which absolute values open, and the form that shows the sign then."""

    steps: tuple[str, ...]
    """Each a triple of Python: names with a sign of their own, of what the absolute value is, and its sign."""
    form: str


@dataclass(frozen=True)
class SignForm:
    """z, or its opposite, as something that is seen not to be negative."""

    sign: int
    """1 for z, -1 for its opposite."""
    strict: bool
    cases: tuple[Case, ...]


def sign_form(spelling: Spelling, z: Element) -> SignForm:
    """The sign of z, for all symbols that have their known signs, as its form shows it.

    Raises:
        Unspoken: no rule finds it, or what it is found by has no form here.
    """
    if not z:
        return SignForm(1, False, (Case((), "0"),))
    found = list(_cases(spelling, z, (), MOST_CASES))
    signs = {sign for sign, _, _ in found}
    if len(signs) != 1:
        raise Unspoken("a sign that differs from case to case")
    return SignForm(signs.pop(), all(strict for _, strict, _ in found), tuple(case for _, _, case in found))


def _cases(spelling: Spelling, z: Element, steps: tuple[str, ...], depth: int) -> Iterable[tuple[int, bool, Case]]:
    """Sign, strictness and form of z as it is; else in both cases of an absolute value."""
    form = _as_it_is(spelling, z)
    if form is not None:
        yield form[0], form[1], Case(steps, form[2])
        return
    reals = spelling.reals
    bars = sorted(name for name in reals.direct(z) if reals.atoms[name].function == "abs")
    if not depth or not bars:
        raise Unspoken("a sign that no rule shows")
    inner = reals.atoms[bars[0]].arguments[0]
    direct = reals.direct(inner)
    plain = len(direct) == 1 and inner == reals.generator(min(direct)) and not reals.atoms[min(direct)].arguments
    for sign in (1, -1):
        if plain:
            (symbol,) = direct
            label = f"|{reals.labels.get(symbol, symbol)}|"
            size = reals.symbol(f"size of {symbol}", label)
            known = {**spelling.known, f"size of {symbol}": "nonnegative"}
            changed = Spelling(reals, known, spelling.symbols)
            names = f"{{{spelling.element(inner)}: {changed.element(size * sign)}}}"
            step = f"({names}, {changed.element(size)}, 1)"
            replaced = replaced_in(reals, z, {bars[0]: size, symbol: size * sign})
        else:
            changed, step = spelling, f"({{}}, {spelling.element(inner)}, {sign})"
            replaced = replaced_in(reals, z, {bars[0]: inner * sign})
        yield from _cases(changed, replaced, (*steps, step), depth - 1)


def _as_it_is(spelling: Spelling, z: Element) -> tuple[int, bool, str] | None:
    """Sign, strictness and form, if a rule finds the sign without telling absolute values apart."""
    if sign_of(spelling.reals, z, spelling.known, 0) is None:
        return None
    for widening in widenings(spelling.reals, z, spelling.known):
        search = Search(widening.strict, widening.weak)
        parts = [widening.of(part) for part in (z.num, z.den)]
        total = product_sign(*(search.sign(part) for part in parts))
        if total is not None and total != "zero":
            rests = _rests(spelling, z, widening)
            writer = _Writer(spelling, search, rests)
            (above, top), (below, bottom) = (writer.signed(part, 4) for part in parts)
            text = top if bottom == "1" else f"({top})/({bottom})"
            return above * below, total in ("positive", "negative"), text
    return None


def _rests(spelling: Spelling, z: Element, widening: Widening) -> dict[int, str]:
    """What a generator that stands for the rest of an exponential is in the script."""
    found: dict[int, str] = {}
    generators = list(z.num.context().gens())
    atoms = list(spelling.reals.atoms.values())
    for at, by in enumerate(widening.replaced):
        if by == generators[at]:
            continue
        argument = atoms[at].arguments[0] / atoms[at].parts
        order = int(by != generators[at] + 1)
        if any(spelling.reals.atoms[name].function for name in spelling.reals.direct(argument)):
            raise Unspoken("an exponential of exponentials from below")
        found[at] = f"rest({spelling.element(argument)}, {order})"
    return found


@dataclass
class _Writer:
    """Writes polynomials so that their sign is seen, by the rule that finds it."""

    spelling: Spelling
    search: Search
    rests: Mapping[int, str]

    def signed(self, polynomial: Any, depth: int) -> tuple[int, str]:
        """The sign, and the polynomial or its opposite as a product of factors that show theirs."""
        lead, factors = polynomial.factor()
        total = 1 if lead > 0 else -1
        size = abs(Fraction(int(lead.p), int(lead.q)))
        parts = [rational(size)] if size != 1 else []
        for factor, multiplicity in factors:
            times = int(multiplicity)
            own = self.search.factor_sign(factor, depth)
            negative = own in ("negative", "nonpositive")
            if own is None and times % 2:
                raise Unspoken("a factor whose sign no rule shows")
            if own is None:
                text = self.spelling.polynomial(factor, self.rests)
            else:
                text = self.nonnegative(-factor if negative else factor, depth)
            total = -total if negative and times % 2 else total
            parts.append(f"({text})" + (f"**{times}" if times > 1 else ""))
        return total, "*".join(parts) or "1"

    def nonnegative(self, polynomial: Any, depth: int) -> str:
        """The form of what `Search.nonnegative` shows, by its rules in their order."""
        terms = [(tuple(int(k) for k in key), value) for key, value in polynomial.to_dict().items()]
        if all(value > 0 and self.search.monomial_sign(exponents) for exponents, value in terms):
            return self.spelling.polynomial(polynomial, self.rests)
        used = sorted({at for exponents, _ in terms for at, times in enumerate(exponents) if times})
        signed = self.search.strict | self.search.weak
        for at in islice((at for at in used if at in signed), MOST_ATOMS_COLLECTED):
            if self.search.collected(polynomial, at, depth) is not None:
                return self._collected(polynomial, at, depth)
        for at in islice(used, MOST_ATOMS_COLLECTED):
            if self.search.quadratic(polynomial, at, depth) is not None:
                return self._quadratic(polynomial, at, depth)
        raise Unspoken("a polynomial whose sign no rule shows")

    def _collected(self, polynomial: Any, at: int, depth: int) -> str:
        name = self.spelling.generator(at, self.rests)
        parts = sorted(coefficients(polynomial, at).items())
        written = [(power, self.signed(part, depth - 1)[1]) for power, part in parts]
        return " + ".join(f"({text})*{name}**{power}" if power else text for power, text in written)

    def _quadratic(self, polynomial: Any, at: int, depth: int) -> str:
        """a (x + b / (2 a))^2 + (4 a c - b^2) / (4 a)."""
        parts = coefficients(polynomial, at)
        a, b, c = parts[2], parts.get(1, polynomial * 0), parts[0]
        name, lead = self.spelling.generator(at, self.rests), self.signed(a, depth - 1)[1]
        middle = self.spelling.polynomial(b, self.rests)
        square = f"({lead})*({name} + ({middle})/(2*({lead})))**2"
        rest = 4 * a * c - b * b
        return square if rest == 0 else f"{square} + ({self.signed(rest, depth - 1)[1]})/(4*({lead}))"
