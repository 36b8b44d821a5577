"""Why each hypothesis of a certificate holds, in a stage's script: by its origin, a lemma of the theories and `lra`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lstmproof.proof.coq.record_text import Book, exponential_of_simple
from lstmproof.proof.coq.spelling import Unspoken
from lstmproof.proof.induction.facts import Conditional, Fact, above, at_least, equal
from lstmproof.proof.induction.polynomial import Polynomial

SUPPOSED = ("assumed", "invariant")
TIED = "of two odds of which one is e^d times the other, d >= 0"


class Facts:
    """Scripts for facts of one stage."""

    def __init__(self, book: Book, supposed: Mapping[str, str]) -> None:
        self.book = book
        self.supposed = supposed
        """For each origin of a hypothesis, its name in the script."""

    def script(self, fact: Fact, further: Sequence[str] = ()) -> str:
        """A tactic that shows a fact; `further` are names of hypotheses that it may use.

        Raises:
            Unspoken: facts of this origin have no script.
        """
        origin, book = fact.origin, self.book
        if origin == "ball arithmetic":
            return self._enclosed(fact)
        if origin == "odds at d are e^d":
            return self._odds(fact)
        if origin == "odds at z + d are e^d times those at z":
            return self._tied(fact)
        if origin == TIED:
            return self.ordered(fact, "")
        if origin.startswith("definition of 1/"):
            return self._inverse(fact)
        if origin == "exp > 0" and any(self._function(name) == "reciprocal" for name in fact.polynomial.variables):
            (name,) = fact.polynomial.variables
            atom = book.names[name]
            return f"apply (inverse_above _ _ D'{atom}); {self.linear(fact)}"
        if origin in {"log z <= z - 1", "log z >= 1 - 1/z"}:
            return self._log(fact)
        if origin in {"definition of the square root", "a root is not negative"}:
            return self._root(fact)
        return self.linear(fact, further)

    def linear(self, fact: Fact, further: Sequence[str] = ()) -> str:
        """By linear arithmetic from what is known of the atoms in the fact, and of all |z| and maxima."""
        names = set(fact.polynomial.variables)
        names |= {name for name in self.book.meanings if self._function(name) in {"abs", "maximum"}}
        known = [f"B'{self.book.names[name]}" for name in sorted(names) if self._has_facts(name)]
        known += [name for origin, name in self.supposed.items() if origin == fact.origin]
        if fact.origin.startswith("t >="):
            known.append("C''r")
        if fact.origin == "a size is at least 1":
            known += ["Z'" + each for each in self.sizes(fact)]
        kept = " ".join(dict.fromkeys([*known, *further, *self.book.guards]))
        return f"clear - {kept}; lra" if kept else "lra"

    def sizes(self, fact: Fact) -> list[str]:
        """The axes of whose size a fact speaks."""
        return [name[5:-1] for name in fact.polynomial.variables if name.startswith("size(")]

    def _function(self, name: str) -> str:
        return self.book.atoms.meanings[name][0]

    def _has_facts(self, name: str) -> bool:
        return self._function(name) in {"sigmoid", "tanh", "exp", "abs", "maximum", "softplus", "sin", "cos"}

    def _enclosed(self, fact: Fact) -> str:
        (name,) = fact.polynomial.variables
        atom = self.book.names[name]
        return f"rewrite D'{atom}; unfold sigmoid, tanh, sinh, cosh; enclosed"

    def _atoms(self, *functions: str) -> Iterator[tuple[str, str, Polynomial]]:
        for name, (function, arguments) in self.book.meanings.items():
            if function in functions:
                yield name, function, arguments[0]

    def _exponents(self, drift: Polynomial) -> tuple[str, str]:
        """For d = u - w without negative terms: u, w, e^u and e^w as written, and a script for the last two."""
        up = Polynomial({key: value for key, value in drift.terms.items() if value > 0})
        pairs = zip((up, up - drift), self.book.atoms.up_and_down(drift), strict=True)
        asserted, values = [], []
        for place, (exponent, value) in enumerate(pairs):
            text = f"exp {self.book.text(exponent)} = {self.book.text(value)}"
            asserted.append(f"assert (P'{place} : {text}) by {exponential_of_simple(self.book, exponent)}")
            values.append((self.book.text(exponent), self.book.text(value)))
        (u, e_u), (w, e_w) = values
        return f"{u} {w} {e_u} {e_w}", "; ".join(asserted)

    def _odds(self, fact: Fact) -> str:
        for name, function, z in self._atoms("sigmoid", "tanh", "exp"):
            if self.book.atoms.parts(z)[0].terms:
                continue
            drift = z * (2 if function == "tanh" else 1)
            e_up, e_down = self.book.atoms.up_and_down(drift)
            above_, below = _pair(function, Polynomial.variable(name))
            if equal(e_down * above_, e_up * below) == fact:
                texts, asserted = self._exponents(drift)
                return self._from_odds(f"odds_{function} {self.book.text(z)} {texts}", asserted, name) + "; lra"
        raise Unspoken(f"the odds in {fact}")

    def _from_odds(self, lemma: str, asserted: str, *atoms: str) -> str:
        """Have an equation of odds at hand, as `O'`, with the atoms in it."""
        folded = ", ".join(f"<- ?D'{self.book.names[atom]}" for atom in atoms)
        return f"{asserted}; pose proof ({lemma} ltac:(same) P'0 P'1) as O''; rewrite {folded} in O''"

    def _pairs(self) -> Iterator[tuple[str, str, Polynomial, str]]:
        """Atoms of one function whose arguments differ by what is simple: the later, the earlier, twice or once d."""
        found: list[tuple[str, str, Polynomial]] = []
        for name, function, z in self._atoms("sigmoid", "tanh", "exp"):
            for other, kind, y in found:
                difference = z - y
                if kind == function and not self.book.atoms.parts(difference)[0].terms:
                    yield name, other, difference * (2 if function == "tanh" else 1), function
            found.append((name, function, z))

    def _tied(self, fact: Fact) -> str:
        for name, other, drift, function in self._pairs():
            up, down = self.book.atoms.up_and_down(drift)
            one, two = _pair(function, Polynomial.variable(name)), _pair(function, Polynomial.variable(other))
            if equal(down * one[0] * two[1], up * two[0] * one[1]) == fact:
                return self._tie(name, other, drift, function) + "; lra"
        raise Unspoken(f"the odds in {fact}")

    def _tie(self, name: str, other: str, drift: Polynomial, function: str) -> str:
        texts, asserted = self._exponents(drift)
        z, y = (self.book.text(self.book.meanings[each][1][0]) for each in (name, other))
        return self._from_odds(f"tied_{function} {z} {y} {texts}", asserted, name, other)

    def ordered(self, fact: Fact, premise: str) -> str:
        """What odds of which one is e^d times the other say of the values, given that d >= 0 (or d <= 0)."""
        for name, other, drift, function in self._pairs():
            if function != "sigmoid":
                continue
            a, p = Polynomial.variable(name), Polynomial.variable(other)
            up, down = self.book.atoms.up_and_down(drift)
            rising = (at_least(a, p), at_least(up * (1 - a), down * (1 - p)), at_least(up * p, down * a))
            falling = (at_least(p, a), at_least(down * (1 - p), up * (1 - a)), at_least(down * a, up * p))
            for facts in (rising, falling):
                if fact in facts:
                    return self._order((name, other), drift, facts is rising, premise)
        raise Unspoken(f"the order of odds in {fact}")

    def _order(self, pair: tuple[str, str], drift: Polynomial, rising: bool, premise: str) -> str:
        a, p = (self.book.names[name] for name in pair)
        u, w = self._sides(drift)
        low, high = (w, u) if rising else (u, w)
        by_premise = f"clear - {premise}; lra" if premise else "lra"
        steps = [
            self._tie(*pair, drift, "sigmoid"),
            f"pose proof (exp_increasing_weakly {low} {high} ltac:({by_premise})) as I''",
            f"pose proof (exp_pos {low}) as J''",
            "rewrite ?P'0, ?P'1 in I''; rewrite ?P'0, ?P'1 in J''",
        ]
        (first, second) = (a, p) if rising else (p, a)
        equation = "O''" if rising else "(eq_sym O'')"
        steps.append(f"pose proof (tied_order {first} {second} _ _ B'{first} B'{second} J'' I'' {equation}) as K''")
        return "; ".join([*steps, "clear - K''; lra"])

    def _sides(self, drift: Polynomial) -> tuple[str, str]:
        up = Polynomial({key: value for key, value in drift.terms.items() if value > 0})
        return self.book.text(up), self.book.text(up - drift)

    def _inverse(self, fact: Fact) -> str:
        """r b = 1 for an atom r = 1 / b, where b is not 0 by a guard, or positive."""
        for name, _, b in self._atoms("reciprocal"):
            if equal(Polynomial.variable(name) * b, 1) == fact:
                known = [f"B'{self.book.names[each]}" for each in sorted(b.variables) if self._has_facts(each)]
                known += self.book.guards
                apart = f"ltac:(intro Z''; clear - Z'' {' '.join(known)}; lra)"
                return f"pose proof (inverse_facts _ _ D'{self.book.names[name]} {apart}) as I''; clear - I''; lra"
        raise Unspoken(f"the quotient in {fact}")

    def _log(self, fact: Fact) -> str:
        for name, _, z in self._atoms("log"):
            value = Polynomial.variable(name)
            for lemma, said in (("ln_at_most", at_least(z - 1, value)), ("ln_at_least", at_least(z * value, z - 1))):
                if said == fact:
                    atom = self.book.names[name]
                    proof = f"pose proof ({lemma} {self.book.text(z)} ltac:({self.positive(z)})) as L''"
                    return f"{proof}; rewrite <- ?D'{atom} in L''; clear - L''; lra"
        raise Unspoken(f"the logarithm in {fact}")

    def positive(self, z: Polynomial) -> str:
        """A tactic for 0 < z, from guards or what is known of atoms."""
        return self.linear(above(z))

    def _root(self, fact: Fact) -> str:
        for name, _, z in self._atoms("sqrt"):
            value, atom = Polynomial.variable(name), self.book.names[name]
            if at_least(value) == fact:
                return f"rewrite D'{atom}; apply sqrt_pos"
            if equal(value * value, z) == fact:
                proof = f"sqrt_sqrt {self.book.text(z)} ltac:({self.linear(at_least(z))})"
                return f"pose proof ({proof}) as L''; rewrite <- ?D'{atom} in L''; clear - L''; lra"
        raise Unspoken(f"the root in {fact}")

    def conditional(self, each: Conditional, premises: Sequence[str]) -> str:
        """A tactic for a conditional fact, whose premises are known by these names."""
        fact = each.fact
        match fact.origin:
            case "1/b > 0 for b > 0" | "1/b < 0 for b < 0" as origin:
                lemma = "inverse_above" if origin.startswith("1/b > 0") else "inverse_below"
                (name,) = fact.polynomial.variables
                proof = f"{lemma} _ _ D'{self.book.names[name]} ltac:(clear - {premises[0]}; lra)"
                return f"pose proof ({proof}) as I''; clear - I''; lra"
            case "a power with an integer exponent >= 0" | "Bernoulli's inequality":
                return self._power(fact, premises)
            case origin if origin == TIED:
                return self.ordered(fact, premises[0])
        raise Unspoken(f"{fact.origin}")

    def _power(self, fact: Fact, premises: Sequence[str]) -> str:
        for name, _, base in self._atoms("power"):
            value, atom, count = Polynomial.variable(name), self.book.names[name], self.book.count
            known = f"ltac:(clear - {' '.join(premises)}; lra)"
            z = self.book.text(base)
            for said, proof in (
                (above(value), f"pow_lt {z} {count} {known}"),
                (at_least(value), f"pow_le {z} {count} {known}"),
                (at_least(1 - value), f"pow_at_most_one {z} {count} {known} {known}"),
                (at_least(value, 1), f"pow_R1_Rle {z} {count} {known}"),
                (at_least(value, 1 + Polynomial.variable("t-1") * (base - 1)), f"Bernoulli {z} {count} {known}"),
            ):
                if said == fact:
                    return f"pose proof ({proof}) as I''; rewrite <- ?D'{atom} in I''; clear - I''; lra"
        raise Unspoken(f"the power in {fact}")


def _pair(function: str, value: Polynomial) -> tuple[Polynomial, Polynomial]:
    """The odds of a value as above / below."""
    one = Polynomial.constant(1)
    return {"sigmoid": (value, 1 - value), "tanh": (1 + value, 1 - value), "exp": (value, one)}[function]
