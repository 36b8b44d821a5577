"""Terms as polynomials: every value of a function becomes a variable, with facts that are true of it.

sigma, tanh and exp at arguments that differ by d are tied through e^d: with odds o(z) = sigma / (1 - sigma) =
e^z, (1 + tanh) / (1 - tanh) = e^(2z), exp = e^z, the odds at z + d are e^d times those at z. So sigma(s) and
sigma(s - beta) stay related, and f and 1 - f are one variable. e^d itself is a variable with 0 < e^d, 1 + d <= e^d and
e^d (1 - d) <= 1. A quotient is a product with a variable r for 1 / b, r b = 1, and a guard: b is not 0.
"""

from __future__ import annotations

from fractions import Fraction

from lstmproof.proof.induction.enclosure import COARSE, FINE, enclosure
from lstmproof.proof.induction.facts import (
    Branch,
    Conditional,
    Fact,
    Guard,
    OutOfReach,
    Undefined,
    above,
    at_least,
    equal,
    expand,
)
from lstmproof.proof.induction.polynomial import Monomial, Polynomial, product

ONE = Polynomial.constant(1)
ZERO = Polynomial.constant(0)

Meaning = tuple[str, tuple[Polynomial, ...]]
"""What a variable stands for: a function and its arguments, or `given` without any."""


class Atoms:
    """Hands out variables for values of functions, and collects what is true of them."""

    def __init__(self) -> None:
        self.facts: dict[Fact, int] = {}
        """What is true, with the level at which it has a meaning."""
        self.owners: dict[Fact, str] = {}
        """Of facts that only say what a kinked function's variable is, that variable."""
        self.conditionals: list[Conditional] = []
        self.guards: list[Guard] = []
        self.branches: dict[str, tuple[Branch, ...]] = {}
        self.meanings: dict[str, Meaning] = {}
        self.levels: dict[str, int] = {}
        """For each variable, how many guards were set before it had a value."""
        self.simple: set[str] = set()
        """Variables that do not vary from unit to unit or with the weights: constants, free names, time."""
        self._names: dict[Meaning, str] = {}
        self._kin: dict[Polynomial, list[tuple[str, Fraction, Polynomial, Polynomial, Polynomial]]] = {}

    def given(self, name: str, *, simple: bool = False) -> Polynomial:
        """The variable of that name, a number of which nothing is known."""
        if self.meanings.setdefault(name, ("given", ())) != ("given", ()):
            raise OutOfReach(f"{name} names two values")
        self.levels[name] = 0
        if simple:
            self.simple.add(name)
        return Polynomial.variable(name)

    def assume(self, fact: Fact) -> None:
        """Take a fact to be true; its level is that of its variables."""
        if not fact.trivial:
            self.facts.setdefault(fact, self.level(fact.polynomial))

    def _own(self, name: str, fact: Fact) -> None:
        """Take what defines a kinked function's variable to be true, in a form without kinks where there is one."""
        for one in expand(fact, {key: cases for key, cases in self.branches.items() if key != name}):
            self.assume(one)
            self.owners[one] = name

    def level(self, polynomial: Polynomial) -> int:
        return max((self.levels[name] for name in polynomial.variables), default=0)

    def apply(self, function: str, arguments: tuple[Polynomial, ...], hint: str = "") -> Polynomial:
        """The value of a function of the table; `hint` names its variable, if it gets one of its own."""
        match function, arguments:
            case "sigmoid" | "tanh" | "exp", (z,):
                return self._exponential_kin(function, z, hint)
            case "abs", (z,):
                return self._absolute(z, hint)
            case "maximum", (z, w):
                return self._maximum(z, w, hint)
            case "minimum", (z, w):
                return -self._maximum(-z, -w, "")
            case "relu", (z,):
                return self._maximum(z, ZERO, hint)
            case "hard_sigmoid", (z,):
                value = self._maximum(ZERO, -self._maximum(-ONE, -(z * Fraction(1, 6) + Fraction(1, 2)), ""), hint)
                self.assume(at_least(ONE, value, "hard_sigmoid is at most 1"))
                return value
            case "log", (z,):
                return self._log(z, hint)
            case "sqrt", (z,):
                return self._sqrt(z, hint)
            case "softplus", (z,):
                return self._softplus(z, hint)
            case "sin" | "cos", (z,):
                return self._wave(function, z, hint)
            case _:
                raise OutOfReach(f"no facts are known of {function}")

    def reciprocal(self, b: Polynomial) -> Polynomial:
        """1 / b; that b is not 0 becomes a guard."""
        number = b.number
        if number is not None:
            if number == 0:
                raise Undefined("a division by zero")
            return Polynomial.constant(1 / number)
        if len(b.terms) == 1:
            ((monomial, coefficient),) = b.terms.items()
            return product(self._inverse(Polynomial.variable(name)) for name in monomial) * (1 / coefficient)
        lead = b.ordered()[0][0]
        scale = -abs(lead) if b.terms.get((), lead) < 0 else abs(lead)
        return self._inverse(b * (1 / scale)) * (1 / scale)

    def _inverse(self, b: Polynomial) -> Polynomial:
        meaning: Meaning = ("reciprocal", (b,))
        if meaning in self._names:
            return Polynomial.variable(self._names[meaning])
        positive = len(b.terms) == 1 and all(self.meanings[name][0] == "exp" for name in b.variables)
        if not positive:
            self._guard((above(b), above(-b)), f"{b} is not 0")
        value = self._variable(meaning, f"1/({b})", guarded=not positive)
        self.assume(equal(value * b, ONE, f"definition of 1/({b})"))
        if positive:
            self.assume(above(value, 0, "exp > 0"))
        else:
            self.conditionals.append(Conditional((above(b),), above(value, 0, "1/b > 0 for b > 0")))
            self.conditionals.append(Conditional((above(-b),), above(-value, 0, "1/b < 0 for b < 0")))
        self._simple_if(value, b)
        return value

    def power(self, base: Polynomial, exponent: Polynomial, clock: Polynomial) -> Polynomial:
        """base ** exponent; `clock` is the variable that counts steps, an integer >= 0 (or a number)."""
        whole = exponent.number
        if whole is not None and whole.denominator == 1:
            return base ** int(whole) if whole >= 0 else self.reciprocal(base ** int(-whole))
        tick = next(iter(clock.variables), "")
        parts = exponent.split(tick) if tick else {}
        slope, rest = parts.get(1, ZERO).number, parts.get(0, ZERO).number
        counted = tick and set(parts) <= {0, 1} and slope is not None and rest is not None
        if not counted or slope is None or rest is None or slope.denominator != 1 or rest.denominator != 1:
            return self.apply("exp", (exponent * self.apply("log", (base,)),))
        steps = self._counted(base, tick) ** int(abs(slope))
        fixed = base ** int(abs(rest))
        return (steps if slope >= 0 else self.reciprocal(steps)) * (fixed if rest >= 0 else self.reciprocal(fixed))

    def _counted(self, base: Polynomial, tick: str) -> Polynomial:
        """base ** n for the integer n >= 0 named `tick`; 0 ** 0 is 1."""
        count = Polynomial.variable(tick)
        meaning: Meaning = ("power", (base, count))
        if meaning in self._names:
            return Polynomial.variable(self._names[meaning])
        value = self._variable(meaning, f"({base})^({tick})")
        why = "a power with an integer exponent >= 0"
        for premises, fact in (
            ((above(base),), above(value, 0, why)),
            ((at_least(base),), at_least(value, 0, why)),
            ((at_least(base), at_least(ONE, base)), at_least(ONE, value, why)),
            ((at_least(base, 1),), at_least(value, 1, why)),
            ((at_least(base),), at_least(value, 1 + count * (base - 1), "Bernoulli's inequality")),
        ):
            self.conditionals.append(Conditional(premises, fact))
        self._simple_if(value, base)
        return value

    def _variable(self, meaning: Meaning, name: str, *, guarded: bool = False) -> Polynomial:
        """The variable that stands for `meaning`."""
        if meaning not in self._names:
            while name in self.meanings:
                name += "'"
            self._names[meaning], self.meanings[name] = name, meaning
            level = max((self.level(argument) for argument in meaning[1]), default=0)
            self.levels[name] = len(self.guards) if guarded else level
        return Polynomial.variable(self._names[meaning])

    def _guard(self, needs: tuple[Fact, ...], text: str) -> None:
        self.guards.append(Guard(needs, len(self.guards) + 1, text))

    def _simple_if(self, value: Polynomial, *arguments: Polynomial) -> None:
        if all(argument.variables <= self.simple for argument in arguments):
            self.simple |= value.variables

    def _absolute(self, z: Polynomial, hint: str) -> Polynomial:
        if z.number is not None:
            return Polynomial.constant(abs(z.number))
        lead = z.ordered()[0][0]
        unit = z * (1 / lead)
        meaning: Meaning = ("abs", (unit,))
        value = self._variable(meaning, hint if hint and abs(lead) == 1 else f"|{unit}|")
        (name,) = value.variables
        if name not in self.branches:
            self.branches[name] = (Branch(at_least(unit), unit), Branch(at_least(-unit), -unit))
            for fact in (
                at_least(value, 0, "|z| >= 0"),
                at_least(value, unit, "|z| >= z"),
                at_least(value, -unit, "|z| >= -z"),
                equal(value * value, unit * unit, "|z|^2 = z^2"),
            ):
                self._own(name, fact)
            self._simple_if(value, unit)
        return value * abs(lead)

    def _maximum(self, z: Polynomial, w: Polynomial, hint: str) -> Polynomial:
        difference = (z - w).number
        if difference is not None:
            return z if difference >= 0 else w
        z, w = sorted((z, w), key=repr)
        value = self._variable(("maximum", (z, w)), hint or f"max({z}, {w})")
        (name,) = value.variables
        if name not in self.branches:
            self.branches[name] = (Branch(at_least(z, w), z), Branch(at_least(w, z), w))
            for fact in (
                at_least(value, z, "a maximum is at least each of its arguments"),
                at_least(value, w, "a maximum is at least each of its arguments"),
                equal((value - z) * (value - w), 0, "a maximum is one of its arguments"),
            ):
                self._own(name, fact)
            self._simple_if(value, z, w)
        return value

    def _log(self, z: Polynomial, hint: str) -> Polynomial:
        if z.number is not None and z.number <= 0:
            raise Undefined("the logarithm of a number that is not positive")
        if z == ONE:
            return ZERO
        if len(z.terms) == 1 and len(z.variables) == 1:
            ((monomial, coefficient),) = z.terms.items()
            function, arguments = self.meanings[monomial[0]]
            if coefficient == 1 and function == "exp":
                return arguments[0] * len(monomial)
        meaning: Meaning = ("log", (z,))
        if meaning in self._names:
            return Polynomial.variable(self._names[meaning])
        self._guard((above(z),), f"{z} > 0")
        value = self._variable(meaning, hint or f"log({z})", guarded=True)
        self.assume(at_least(z - 1, value, "log z <= z - 1"))
        self.assume(at_least(z * value, z - 1, "log z >= 1 - 1/z"))
        self._enclose(value, "log", z)
        self._simple_if(value, z)
        return value

    def _sqrt(self, z: Polynomial, hint: str) -> Polynomial:
        meaning: Meaning = ("sqrt", (z,))
        if z.number is not None and z.number < 0:
            raise Undefined("the square root of a negative number")
        if meaning in self._names:
            return Polynomial.variable(self._names[meaning])
        if z.number is None:
            self._guard((at_least(z),), f"{z} >= 0")
        value = self._variable(meaning, hint or f"sqrt({z})", guarded=True)
        self.assume(at_least(value, 0, "a root is not negative"))
        self.assume(equal(value * value, z, "definition of the square root"))
        self._simple_if(value, z)
        return value

    def _softplus(self, z: Polynomial, hint: str) -> Polynomial:
        value = self._variable(("softplus", (z,)), hint or f"softplus({z})")
        self.assume(above(value, 0, "softplus(z) > 0"))
        self.assume(above(value, z, "softplus(z) > z"))
        self._simple_if(value, z)
        return value

    def _wave(self, function: str, z: Polynomial, hint: str) -> Polynomial:
        value = self._variable((function, (z,)), hint or f"{function}({z})")
        self.assume(at_least(ONE, value, f"{function} <= 1"))
        self.assume(at_least(value, -ONE, f"{function} >= -1"))
        self._simple_if(value, z)
        return value

    def _enclose(self, value: Polynomial, function: str, z: Polynomial) -> None:
        """Rational bounds of a function's value at a number."""
        for digits in (COARSE, FINE) if z.number is not None else ():
            bounds = enclosure(function, z.number or Fraction(0), digits)
            if bounds:
                self.assume(above(value - bounds[0], 0, "ball arithmetic"))
                self.assume(above(bounds[1] - value, 0, "ball arithmetic"))

    def _exponential_kin(self, function: str, z: Polynomial, hint: str) -> Polynomial:
        """sigma, tanh or exp; at -z what oddness and sigma(-z) = 1 - sigma(z) say of it."""
        core, shift = self.parts(z)
        lead = core.ordered()[0][0] if core.terms else Fraction(1)
        if not z.terms:
            return {"sigmoid": Polynomial.constant(Fraction(1, 2)), "tanh": ZERO, "exp": ONE}[function]
        if lead < 0:
            mirrored = self._exponential_kin(function, -z, "")
            if function == "exp":
                return self.reciprocal(mirrored)
            return 1 - mirrored if function == "sigmoid" else -mirrored
        if function == "exp" and not core.terms:
            return self.exp_of_simple(shift)
        value = self._variable((function, (z,)), hint or f"{function}({z})")
        self._ranges(function, value)
        if not core.terms:
            self._enclose(value, function, z)
        self._relate(function, value, core, shift)
        self._simple_if(value, z)
        return value

    def parts(self, z: Polynomial) -> tuple[Polynomial, Polynomial]:
        """z as core + shift, where the shift is built of simple variables."""
        simple = {key: value for key, value in z.terms.items() if set(key) <= self.simple}
        core = {key: value for key, value in z.terms.items() if key not in simple}
        return Polynomial(core), Polynomial(simple)

    def _ranges(self, function: str, value: Polynomial) -> None:
        match function:
            case "sigmoid":
                self.assume(above(value, 0, "sigma > 0"))
                self.assume(above(ONE, value, "sigma < 1"))
            case "tanh":
                self.assume(above(value, -ONE, "tanh > -1"))
                self.assume(above(ONE, value, "tanh < 1"))
            case _:
                self.assume(above(value, 0, "exp > 0"))

    def _relate(self, function: str, value: Polynomial, core: Polynomial, shift: Polynomial) -> None:
        """Tie the odds of a new value to those of every earlier one whose argument has the same core."""
        lead = core.ordered()[0][0] if core.terms else Fraction(1)
        twice = 2 if function == "tanh" else 1
        unit, rate, drift = core * (1 / lead), lead * twice, shift * twice
        above_, below = {"sigmoid": (value, 1 - value), "tanh": (1 + value, 1 - value), "exp": (value, ONE)}[function]
        (name,) = value.variables
        kin = self._kin.setdefault(unit, [])
        if any(entry[0] == name for entry in kin):
            return
        if not core.terms:
            up, down = self.up_and_down(drift)
            self.assume(equal(down * above_, up * below, "odds at d are e^d"))
        for _, other_rate, other_drift, other_above, other_below in kin if core.terms else ():
            if other_rate == rate:
                self._tie(drift - other_drift, (above_, below), (other_above, other_below))
        kin.append((name, rate, drift, above_, below))

    def _tie(self, d: Polynomial, one: tuple[Polynomial, Polynomial], two: tuple[Polynomial, Polynomial]) -> None:
        """Two odds a / b of which the first is e^d times the second; for d >= 0 also what follows for a and b alone.

        With a + b the same number c for all odds of a kind, a / c grows with the odds and by no more than their factor.
        """
        up, down = self.up_and_down(d)
        self.assume(equal(down * one[0] * two[1], up * two[0] * one[1], "odds at z + d are e^d times those at z"))
        whole = [(pair[0] + pair[1]).number for pair in (one, two)]
        if whole[0] is None or whole[1] is None:
            return
        (a, b), (p, q) = (
            tuple(part * (1 / c) for part in pair) for pair, c in zip((one, two), whole, strict=True) if c
        )
        why = "of two odds of which one is e^d times the other, d >= 0"
        for premise, facts in (
            (at_least(d), (at_least(a, p, why), at_least(up * b, down * q, why), at_least(up * p, down * a, why))),
            (at_least(-d), (at_least(p, a, why), at_least(down * q, up * b, why), at_least(down * a, up * p, why))),
        ):
            for fact in facts:
                if premise.trivial:
                    self.assume(fact)
                elif d.number is None:
                    self.conditionals.append(Conditional((premise,), fact))

    def up_and_down(self, d: Polynomial) -> tuple[Polynomial, Polynomial]:
        """e^d as a quotient of products without reciprocals."""
        up = Polynomial({key: value for key, value in d.terms.items() if value > 0})
        return self.exp_of_simple(up), self.exp_of_simple(up - d)

    def exp_of_simple(self, d: Polynomial) -> Polynomial:
        """e^d as a product of one variable for each term of d; e^(n log a) is a^n."""
        value = ONE
        for coefficient, monomial in d.ordered():
            value = value * self.exp_of_term(coefficient, monomial)
        return value

    def exp_of_term(self, coefficient: Fraction, monomial: Monomial) -> Polynomial:
        if len(monomial) == 1 and self.meanings[monomial[0]][0] == "log" and coefficient.denominator == 1:
            argument = self.meanings[monomial[0]][1][0]
            power = argument ** int(abs(coefficient))
            return power if coefficient > 0 else self.reciprocal(power)
        whole = coefficient.denominator == 1 and bool(monomial)
        size = Fraction(1) if whole else abs(coefficient)
        argument = Polynomial({monomial: size})
        meaning: Meaning = ("exp", (argument,))
        value = self._variable(meaning, f"exp({argument})")
        self.assume(above(value, 0, "exp > 0"))
        self.assume(at_least(value, 1 + argument, "exp(d) >= 1 + d"))
        self.assume(at_least(ONE, value * (1 - argument), "exp(d) (1 - d) <= 1"))
        self._enclose(value, "exp", argument)
        self._simple_if(value, argument)
        power = value ** int(abs(coefficient)) if whole else value
        return power if coefficient > 0 else self.reciprocal(power)
