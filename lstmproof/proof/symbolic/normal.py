"""Exact normal forms: real expressions as rational functions of symbols, exponentials, logarithms and the like.

exp(a + b) = exp(a) exp(b) and exp(a / n)^n = exp(a) are built in, sigma, tanh and softplus are written in exp, maximum,
minimum and relu in abs. Two expressions with one normal form are equal wherever both are defined; two with different
ones may be equal all the same. Nothing is simplified by anything but the arithmetic of rational functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any, Literal

from flint import fmpz

from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.proof.exact import Element, Field

NATURAL = "number of "
"""How names of symbols begin that stand for natural numbers, 0 included."""

CAPACITY = 48
"""Atoms that one set of normal forms may hold."""

Need = Literal["nonzero", "positive", "nonnegative"]


class Finer(ValueError):
    """An exponential occurs with a smaller fraction of its exponent than before: start again, it is known now."""


class NoNormalForm(ValueError):
    """An expression that has no normal form here."""


@dataclass(frozen=True, eq=False)
class Atom:
    """A generator: a symbol, or a function of one or two elements."""

    name: str
    function: str
    arguments: tuple[Element, ...] = ()
    parts: int = 1
    """Of an exponential: it is exp(argument / parts)."""


class Reals:
    """Makes normal forms; all that it makes belong together."""

    def __init__(self, parts: dict[str, int]) -> None:
        self._field = Field(CAPACITY)
        self._parts = parts
        """For each exponent the smallest fraction of it that occurs; kept when starting again."""
        self.atoms: dict[str, Atom] = {}
        """In the order of the field's generators."""
        self.labels: dict[str, str] = {}
        self._shown: dict[str, str] = {}
        """Values of functions for a reader, by the name of their atom."""
        self.needs: list[tuple[Need, Element]] = []
        """What must hold for the forms made so far to be defined."""

    def rational(self, value: int | Fraction) -> Element:
        return self._field.rational(value)

    def atom(self, name: str, function: str = "", *arguments: Element, parts: int = 1) -> Element:
        """The generator of that name."""
        if name not in self.atoms:
            self._field.symbol(name)
            self.atoms[name] = Atom(name, function, arguments, parts)
        return self._field.symbol(name)

    def generator(self, name: str) -> Element:
        """The generator of an atom that is known."""
        return self._field.symbol(name)

    def symbol(self, name: str, label: str = "") -> Element:
        """A real number that may be any; a reader sees its label."""
        self.labels.setdefault(name, label or name)
        return self.atom(name)

    def of(self, expr: Expr, read: Callable[[str], Element]) -> Element:
        """The normal form of `expr`; `read` gives those of names, sizes of axes among them as `size of AXIS`.

        Raises:
            NoNormalForm: it holds a word that has none.
            FieldExhausted: it is too large.
        """
        match expr:
            case Number(value):
                return self.rational(value)
            case Ref(name):
                return read(name)
            case Size(axis):
                return read(size_name(axis))
            case Apply("pow", (base, Number(exponent))):
                return self._integer_power(self.of(base, read), int(exponent))
            case Apply(function, arguments):
                return self.apply(function, *(self.of(argument, read) for argument in arguments))

    def apply(self, function: str, *values: Element) -> Element:
        """An operator or a function of the table at normal forms."""
        match function, values:
            case (("add" | "sub" | "mul" | "div" | "neg" | "stop" | "cut"), _):
                return self._operated(function, values)
            case "exp", (z,):
                return self.exp(z)
            case "sigmoid", (z,):
                power = self.exp(z)
                return power / (1 + power)
            case "tanh", (z,):
                power = self.exp(2 * z)
                return (power - 1) / (power + 1)
            case "softplus", (z,):
                return self.log(1 + self.exp(z))
            case "log", (z,):
                self.needs.append(("positive", z))
                return self.log(z)
            case "power", (base, exponent):
                return self._power(base, exponent)
            case (("sqrt" | "sin" | "cos"), (z,)):
                return self._opaque(function, z)
            case _:
                return self._kinked(function, values)

    def _operated(self, function: str, values: tuple[Element, ...]) -> Element:
        match function, values:
            case "add", (a, b):
                return a + b
            case "sub", (a, b):
                return a - b
            case "mul", (a, b):
                return a * b
            case "div", (a, b):
                return self._quotient(a, b)
            case "neg", (a,):
                return -a
        return values[0]

    def _opaque(self, function: str, z: Element) -> Element:
        """A function of which nothing is known but whether it is odd or even."""
        if function == "sqrt":
            self.needs.append(("nonnegative", z))
        elif not z:
            return self.rational(int(function == "cos"))
        elif (-z).positive:
            mirrored = self._opaque(function, -z)
            return mirrored if function == "cos" else -mirrored
        return self.atom(f"{function}({self.name(z)})", function, z)

    def _kinked(self, function: str, values: tuple[Element, ...]) -> Element:
        """What has kinks or jumps, by the absolute value where that is possible."""
        match function, values:
            case "abs", (z,):
                return self.absolute(z)
            case "relu", (z,):
                return (z + self.absolute(z)) / 2
            case "maximum", (a, b):
                return (a + b + self.absolute(a - b)) / 2
            case "minimum", (a, b):
                return (a + b - self.absolute(a - b)) / 2
            case "hard_sigmoid", (z,):
                inner = self._kinked("minimum", (self.rational(1), z / 6 + Fraction(1, 2)))
                return self._kinked("maximum", (self.rational(0), inner))
            case (("sign" | "step"), (z,)) if (exact := constant(z)) is not None:
                return self.rational((exact > 0) - (exact < 0) if function == "sign" else int(exact > 0))
            case (("sign" | "step"), (z,)):
                return self.atom(f"{function}({self.name(z)})", function, z)
        raise NoNormalForm(f"no normal form of {function}")

    def _quotient(self, a: Element, b: Element) -> Element:
        if not b:
            raise NoNormalForm("a divisor that is zero")
        if constant(b) is None:
            self.needs.append(("nonzero", b))
        return a / b

    def _integer_power(self, base: Element, exponent: int) -> Element:
        if exponent < 0:
            return self._quotient(self.rational(1), self._integer_power(base, -exponent))
        return base**exponent

    def absolute(self, z: Element) -> Element:
        """|z| = |-z|; of a number, itself."""
        exact = constant(z)
        if exact is not None:
            return self.rational(abs(exact))
        chosen = z if z.positive else -z
        return self.atom(f"abs({self.name(chosen)})", "abs", chosen)

    def exp(self, z: Element) -> Element:
        """exp of a sum is the product over its terms, each a power of the exponential of one monomial."""
        if constant(Element(z.field, z.den, z.field.rational(1).den)) is None:
            if not z.positive:
                return 1 / self.exp(-z)
            return self.atom(f"exp({self.name(z)})", "exp", z)
        result = self.rational(1)
        for monomial, coefficient in self.terms(z):
            result = result * self._exp_of(monomial, coefficient)
        return result

    def _exp_of(self, monomial: tuple[tuple[str, int], ...], coefficient: Fraction) -> Element:
        match monomial:
            case ((name, 1),) if self.atoms[name].function == "log" and coefficient.denominator == 1:
                return self.atoms[name].arguments[0] ** int(coefficient)
        key = monomial_name(monomial)
        parts = self._parts.setdefault(key, coefficient.denominator)
        if parts % coefficient.denominator:
            self._parts[key] = lcm(parts, coefficient.denominator)
            raise Finer(key)
        whole = self.rational(1)
        for name, exponent in monomial:
            whole = whole * self._field.symbol(name) ** exponent
        unit = self.atom(f"exp({key}/{parts})", "exp", whole, parts=parts)
        return unit ** int(coefficient * parts)

    def log(self, z: Element) -> Element:
        """The logarithm of z > 0: exponentials taken out as sums, rationals by primes, 1 / z as the opposite."""
        exact = constant(z)
        if exact is not None:
            return self._log_of_rational(exact)
        total, rest = self.rational(0), z
        for name, atom in tuple(self.atoms.items()):
            if atom.function == "exp":
                power = self._multiplicity(rest, name)
                if power:
                    total = total + atom.arguments[0] * Fraction(power, atom.parts)
                    rest = rest / self._field.symbol(name) ** power
        exact = constant(rest)
        if exact is not None:
            return total + self._log_of_rational(exact)
        inverse = 1 / rest
        if self.name(inverse) < self.name(rest):
            return total - self.atom(f"log({self.name(inverse)})", "log", inverse)
        return total + self.atom(f"log({self.name(rest)})", "log", rest)

    def _multiplicity(self, z: Element, name: str) -> int:
        """How often a generator divides z; negative if it divides the denominator."""
        position = list(self.atoms).index(name)

        def least(polynomial: Any) -> int:
            return min(int(exponents[position]) for exponents in polynomial.to_dict())

        return least(z.num) - least(z.den)

    def _log_of_rational(self, value: Fraction) -> Element:
        if value <= 0:
            raise NoNormalForm(f"the logarithm of {value}")
        total = self.rational(0)
        for number, sign in ((value.numerator, 1), (value.denominator, -1)):
            factors = fmpz(number).factor() if number < 2**64 else [(number, 1)]
            for prime, multiplicity in factors:
                total = total + self.atom(f"log({prime})", "log", self.rational(int(prime))) * (
                    sign * int(multiplicity)
                )
        return total

    def _power(self, base: Element, exponent: Element) -> Element:
        """b^(n + m) = b^n b^m, for integer n; b^(k m) = (b^m)^k."""
        whole = constant(exponent)
        if whole is not None and whole.denominator == 1:
            return self._integer_power(base, int(whole))
        if not self._is_natural(exponent):
            self.needs.append(("positive", base))
        result = self.rational(1)
        for monomial, coefficient in self.terms(exponent):
            if coefficient.denominator != 1:
                raise NoNormalForm("a power whose exponent holds a fraction")
            if not monomial:
                result = result * self._integer_power(base, int(coefficient))
                continue
            part = self.rational(1)
            for name, times in monomial:
                part = part * self._field.symbol(name) ** times
            unit = self.atom(f"({self.name(base)})**({self.name(part)})", "power", base, part)
            result = result * unit ** int(coefficient)
        return result

    def _is_natural(self, z: Element) -> bool:
        """Whether it is a sum of products of natural numbers."""
        return all(
            coefficient > 0 and coefficient.denominator == 1 and all(name.startswith(NATURAL) for name, _ in monomial)
            for monomial, coefficient in self.terms(z)
        )

    def terms(self, z: Element) -> Iterator[tuple[tuple[tuple[str, int], ...], Fraction]]:
        """The monomials of a polynomial, each as names with exponents, and their coefficients."""
        if constant(Element(z.field, z.den, z.field.rational(1).den)) is None:
            raise NoNormalForm("an exponent that is no polynomial")
        names = list(self.atoms)
        for exponents, coefficient in z.num.to_dict().items():
            known = tuple(sorted((names[at], int(times)) for at, times in enumerate(exponents) if times))
            yield known, Fraction(int(coefficient.p), int(coefficient.q))

    def name(self, z: Element) -> str:
        """A text that two elements share exactly if they are equal, whatever the order of the atoms."""
        names = list(self.atoms)

        def text(polynomial: Any) -> str:
            terms = sorted(
                (
                    monomial_name(tuple(sorted((names[at], int(k)) for at, k in enumerate(exponents) if k))),
                    str(coefficient),
                )
                for exponents, coefficient in polynomial.to_dict().items()
            )
            return " + ".join(f"{coefficient} {monomial}" for monomial, coefficient in terms)

        one = self.rational(1)
        return text(z.num) if z.den == one.den else f"({text(z.num)})/({text(z.den)})"

    def text(self, z: Element, most: int = 200) -> str:
        """An element for a reader, cut off where it grows long."""
        atoms = list(self.atoms.values())

        def power(at: int, times: int) -> str:
            return self._label(atoms[at]) + (f"^{times}" if times > 1 else "")

        def polynomial(part: Any) -> str:
            terms = []
            for exponents, value in part.to_dict().items():
                factors = [power(at, times) for at, times in enumerate(exponents) if times]
                shown = str(abs(value)) if abs(value) != 1 or not factors else ""
                terms.append(("- " if value < 0 else "+ ") + " ".join([shown, *factors] if shown else factors))
            return " ".join(terms).removeprefix("+ ") or "0"

        above, below = polynomial(z.num), polynomial(z.den)
        whole = above if below == "1" else f"({above}) / ({below})"
        return whole if len(whole) <= most else f"{whole[:most]} ..."

    def _label(self, atom: Atom) -> str:
        if not atom.arguments:
            return self.labels.get(atom.name, atom.name)
        if atom.name not in self._shown:
            inner = ", ".join(self.text(argument, 60) for argument in atom.arguments)
            if atom.function == "exp" and atom.parts > 1:
                inner += f" / {atom.parts}"
            self._shown[atom.name] = f"{atom.function}({inner})"
        return self._shown[atom.name]

    def support(self, z: Element) -> frozenset[str]:
        """The symbols that z depends on, those inside of functions included."""
        found: set[str] = set()
        pending = [z]
        while pending:
            for name in self.direct(pending.pop()):
                atom = self.atoms[name]
                pending.extend(atom.arguments)
                if not atom.arguments:
                    found.add(name)
        return frozenset(found)

    def direct(self, z: Element) -> frozenset[str]:
        """The atoms of z's own numerator and denominator."""
        names = list(self.atoms)
        return frozenset(
            names[at] for polynomial in (z.num, z.den) for at, degree in enumerate(polynomial.degrees()) if degree > 0
        )


def size_name(axis: str) -> str:
    """What the number of units along an axis is called among names."""
    return f"size of {axis}"


def monomial_name(monomial: tuple[tuple[str, int], ...]) -> str:
    """A product of powers as text; empty for 1."""
    return "*".join(name if times == 1 else f"{name}^{times}" for name, times in monomial)


def constant(z: Element) -> Fraction | None:
    """The rational number that z is, if it is one."""
    if not z.num.is_constant() or not z.den.is_constant():
        return None
    if z.num == 0:
        return Fraction(0)
    value = z.num.leading_coefficient() / z.den.leading_coefficient()
    return Fraction(int(value.p), int(value.q))
