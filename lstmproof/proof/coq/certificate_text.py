"""Certificates as lemmas of Coq: an obligation says that a polynomial is not negative where others are not.

A lemma's proof is the certificate's identity, which `field` multiplies out, and the signs of its products; nothing is
searched for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from lstmproof.proof.coq.spelling import rational
from lstmproof.proof.induction.certificates import Obligation
from lstmproof.proof.induction.facts import Fact
from lstmproof.proof.induction.polynomial import Monomial, Polynomial

Names = Mapping[str, str]
"""For each variable of polynomials, what it is called."""


def polynomial(value: Polynomial, names: Names) -> str:
    """A polynomial, in parentheses unless it is a variable or a natural number."""
    terms = [_term(coefficient, monomial, names) for coefficient, monomial in value.ordered()]
    text = " + ".join(terms) or "0"
    return text if len(terms) <= 1 and " " not in text.strip("()") else f"({text})"


def _term(coefficient: Fraction, monomial: Monomial, names: Names) -> str:
    factors = [names[name] for name in monomial]
    if coefficient != 1 or not factors:
        factors.insert(0, rational(coefficient))
    return " * ".join(factors)


def fact(said: Fact, names: Names) -> str:
    """`0 <= p`, `0 < p` or `p = 0`."""
    text = polynomial(said.polynomial, names)
    match said.sign:
        case "=":
            return f"{text} = 0"
        case ">":
            return f"0 < {text}"
    return f"0 <= {text}"


def variables(obligation: Obligation) -> tuple[str, ...]:
    """The variables of an obligation, in the order in which its lemma takes them."""
    facts = (*obligation.hypotheses, obligation.conclusion)
    roots = [root for _, root in (*obligation.certificate.squares, *obligation.certificate.equations)]
    polynomials = [one.polynomial for one in facts] + roots
    return tuple(sorted({name for one in polynomials for name in one.variables}))


def lemma(obligation: Obligation, title: str, names: Names) -> str:
    """The lemma that the obligation is, with its proof."""
    taken = " ".join(names[name] for name in variables(obligation))
    premises = [fact(one, names) for one in obligation.hypotheses]
    lines = [f"Lemma {title} :" + (f" forall {taken} : R," if taken else "")]
    lines += [f"  {premise} ->" for premise in premises]
    lines.append(f"  {fact(obligation.conclusion, names)}.")
    given = " ".join([taken, *(f"H'{place}" for place in range(len(premises)))]).strip()
    return "\n".join([*lines, *_proof(obligation, names, f"intros {given}. " if given else "")])


def _proof(obligation: Obligation, names: Names, intros: str) -> Iterable[str]:
    shown, facts = obligation.certificate, obligation.hypotheses
    strict = obligation.conclusion.sign == ">"

    def product(scale: Fraction, places: Iterable[int]) -> str:
        factors = [polynomial(facts[place].polynomial, names) for place in places]
        return " * ".join(([rational(scale)] if scale != 1 or not factors else []) + factors)

    def is_weak(entry: tuple[Fraction, tuple[int, ...]]) -> bool:
        return any(facts[place].sign != ">" for place in entry[1])

    multiplier = " + ".join(product(*entry) for entry in shown.multiplier)
    parts = [product(*entry) for entry in sorted(shown.products, key=is_weak)]
    for scale, root in shown.squares:
        text = polynomial(root, names)
        parts.append(f"{rational(scale)} * ({text} * {text})")
    zero = [
        f"{polynomial(root, names)} * {polynomial(facts[place].polynomial, names)}" for place, root in shown.equations
    ]
    used = ", ".join(f"?H'{place}" for place, _ in shown.equations)
    by_equations = f"rewrite {used}; ring" if used else "reflexivity"
    rule, sign = ("above_zero", "positive") if strict else ("at_least_zero", "nonnegative")
    yield f"Proof. {intros}apply ({rule} ({multiplier})"
    yield f"    {polynomial(obligation.conclusion.polynomial, names)}"
    yield f"    ({_chain(parts)})"
    yield f"    ({' + '.join(zero) or '0'}));"
    yield f"  [positive | field | {by_equations} | {sign}]."
    yield "Qed."


def _chain(parts: list[str]) -> str:
    """A sum whose first term stands alone on the left."""
    first, *others = parts or ["0"]
    return f"{first} + ({_chain(others)})" if others else first
