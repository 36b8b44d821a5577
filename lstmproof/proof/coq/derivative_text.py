"""Derivatives of formulas: `derivative(e, v)` as Coq reads it, what it is by the rules, and why.

A statement says that there is a number that is the derivative, and what is claimed of it. The rules are those of the
theories' `Slopes`, one for each operation of the formula; what they give is not simplified.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from lstmproof.language.formula import And, Compare, Formula, Or, terms
from lstmproof.program.expr import ONE, ZERO, Apply, Expr, Number, Ref, references, walk
from lstmproof.proof.coq.spelling import Spell, Unspoken, term

E = "e'"
"""The variable, in the scope of `fun`."""


@dataclass(frozen=True, slots=True)
class Derivative:
    """One derivative of a formula by a free name."""

    place: int
    body: Expr
    variable: str

    @property
    def word(self) -> str:
        """What a statement calls its value."""
        return f"rate'{self.place}"


def derivatives(formula: Formula) -> tuple[Derivative, ...]:
    """The derivatives that a formula speaks of, each once.

    Raises:
        Unspoken: one of a derivative.
    """
    found = [
        (part.arguments[0], part.arguments[1].name)
        for expr in terms(formula)
        for part in walk(expr)
        if isinstance(part, Apply) and part.function == "derivative" and isinstance(part.arguments[1], Ref)
    ]
    if any(isinstance(part, Apply) and part.function == "derivative" for body, _ in found for part in walk(body)):
        raise Unspoken("a derivative of a derivative")
    return tuple(Derivative(place, *each) for place, each in enumerate(dict.fromkeys(found), 1))


def with_rates(formula: Formula, value: Callable[[Derivative], Expr]) -> Formula:
    """The formula with expressions in place of its derivatives."""
    known = {(each.body, each.variable): value(each) for each in derivatives(formula)}

    def inside(expr: Expr) -> Expr:
        match expr:
            case Apply("derivative", (body, Ref(variable))):
                return known[body, variable]
            case Apply(function, arguments):
                return Apply(function, tuple(inside(each) for each in arguments))
        return expr

    def whole(part: Formula) -> Formula:
        match part:
            case Compare(relation, left, right):
                return Compare(relation, inside(left), inside(right))
            case And(parts):
                return And(tuple(map(whole, parts)))
            case Or(parts):
                return Or(tuple(map(whole, parts)))
        return part

    return whole(formula)


def moving(about: Derivative, expr: Expr, named: Spell, size: Spell) -> str:
    """An expression as a function of the variable."""
    return f"(fun {E} => {term(expr, lambda name: E if name == about.variable else named(name), size, None, ' / ')})"


def statement(about: Derivative, value: str, named: Spell, size: Spell) -> str:
    """That the derivative is `value`."""
    return f"is_derive {moving(about, about.body, named, size)} {named(about.variable)} {value}"


_RULES: dict[str, tuple[Callable[[Expr], Expr], str]] = {
    "sigmoid": (
        lambda z: Apply("mul", (Apply("sigmoid", (z,)), Apply("sub", (ONE, Apply("sigmoid", (z,)))))),
        "is_derive_sigmoid",
    ),
    "tanh": (
        lambda z: Apply("sub", (ONE, Apply("mul", (Apply("tanh", (z,)), Apply("tanh", (z,)))))),
        "is_derive_tanh",
    ),
    "exp": (lambda z: Apply("exp", (z,)), "is_derive_exp"),
    "sin": (lambda z: Apply("cos", (z,)), "is_derive_sin"),
    "cos": (lambda z: Apply("neg", (Apply("sin", (z,)),)), "is_derive_cos"),
    "softplus": (lambda z: Apply("sigmoid", (z,)), "is_derive_softplus"),
}
"""For each smooth function of the table, its derivative and the lemma that says so."""


@dataclass(frozen=True)
class Rates:
    """The rules for one derivative, with words for the names in it."""

    about: Derivative
    named: Spell
    size: Spell

    def _moving(self, expr: Expr) -> str:
        return moving(self.about, expr, self.named, self.size)

    def rate(self, expr: Expr) -> tuple[Expr, str]:
        """The derivative of a part of the formula, and the proof that it is that.

        Raises:
            Unspoken: none of the rules is for it.
        """
        if self.about.variable not in references(expr):
            return ZERO, f"(slope_constant {term(expr, self.named, self.size, None, ' / ')})"
        match expr:
            case Ref():
                return ONE, "slope_identity"
            case Apply("add" | "sub" as operator, (a, b)):
                (p, left), (q, right) = self.rate(a), self.rate(b)
                rule = "plus" if operator == "add" else "minus"
                return Apply(operator, (p, q)), f"(slope_{rule} {self._moving(a)} {self._moving(b)} _ _ {left} {right})"
            case Apply("neg", (a,)):
                p, proof = self.rate(a)
                return Apply("neg", (p,)), f"(slope_opposite {self._moving(a)} _ {proof})"
            case Apply("mul", (a, b)):
                (p, left), (q, right) = self.rate(a), self.rate(b)
                found = Apply("add", (Apply("mul", (p, b)), Apply("mul", (a, q))))
                return found, f"(slope_times {self._moving(a)} {self._moving(b)} _ _ {left} {right})"
            case Apply("div", (a, b)) if self.about.variable not in references(b):
                p, proof = self.rate(a)
                divisor = term(b, self.named, self.size, None, " / ")
                return Apply("div", (p, b)), f"(slope_over {self._moving(a)} {divisor} _ {proof})"
            case Apply("pow", (a, Number(exponent))) if exponent.denominator == 1 and exponent > 1:
                return self._power(a, exponent)
            case Apply(function, (a,)) if function in _RULES:
                p, proof = self.rate(a)
                slope, row = _RULES[function]
                at = term(a, self.named, self.size, None, " / ")
                through = f"(slope_through {function} {self._moving(a)} _ _ {proof} ({row} {at}))"
                return Apply("mul", (slope(a), p)), through
        raise Unspoken("a derivative through something that is not smooth everywhere")

    def _power(self, a: Expr, exponent: Fraction) -> tuple[Expr, str]:
        """(a^n)' = n a' a^(n - 1)."""
        p, proof = self.rate(a)
        lower = Apply("pow", (a, Number(exponent - 1)))
        found = Apply("mul", (Apply("mul", (Number(exponent), p)), lower))
        return found, f"(slope_natural_power {self._moving(a)} {exponent} _ {proof})"

    def whole(self) -> Expr:
        """The derivative."""
        return self.rate(self.about.body)[0]

    def proof(self) -> str:
        """That it is what the rules say."""
        return self.rate(self.about.body)[1]
