"""Names and scalar expressions in Coq's language.

Coq's identifiers may hold a prime, which no name of an author's does: what a script names itself has one, so that the
two never meet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction

from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.proof.coq.audit import NOTATIONS, REFUSED

KEYWORDS = frozenset(
    (
        *("as", "at", "by", "cofix", "do", "else", "end", "exists", "exists2", "fix", "for", "forall", "fun", "if"),
        *("IF", "in", "let", "match", "mod", "move", "of", "return", "SProp", "Prop", "Set", "Type", "then", "using"),
        *("where", "with", "left", "right", "refine", "intros", "apply", "exact", "Inline", "Variable"),
    )
)
"""Words of Coq's grammar."""

GLOBALS = frozenset(
    (
        *("R", "S", "O", "nat", "exp", "ln", "sqrt", "sin", "cos", "tanh", "sigmoid", "softplus", "relu", "pow", "PI"),
        *("hard_sigmoid", "maximum", "minimum", "step", "Rabs", "Rmax", "Rmin", "INR", "IZR", "sum_over", "sign"),
        *("is_derive", "eq", "not", "and", "or", "True", "False", "I", "lt", "le", "Z", "Rlt", "Rle", "sinh", "cosh"),
        *("pred", "fst", "snd", "pair"),
    )
)
"""Names of the libraries that statements and scripts use, which a variable must not hide."""

_TAKEN = KEYWORDS | GLOBALS | frozenset((*REFUSED, *NOTATIONS))

FUNCTIONS: Mapping[str, str] = {
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "exp": "exp",
    "log": "ln",
    "sqrt": "sqrt",
    "abs": "Rabs",
    "sin": "sin",
    "cos": "cos",
    "relu": "relu",
    "softplus": "softplus",
    "hard_sigmoid": "hard_sigmoid",
    "maximum": "Rmax",
    "minimum": "Rmin",
}
"""The functions of the language, by what Coq calls them."""


class Unspoken(ValueError):
    """Something that these printers have no words for; says what."""


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """An identifier of Coq for each name, all different; one that can stay as it is does.

    >>> identifiers(["W_f@x", "h", "h[t-1]", "R", "at"])
    {'W_f@x': 'W_f_x', 'h': 'h', 'h[t-1]': 'h_t_1', 'R': 'R_', 'at': 'at_'}
    """
    found: dict[str, str] = {}
    used = set(_TAKEN)
    for name in dict.fromkeys(names):
        plain = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_") or "v"
        plain = plain if plain[0].isalpha() else f"v_{plain}"
        candidate = f"{plain}_" if plain in _TAKEN else plain
        place = 2
        while candidate in used:
            candidate, place = f"{plain}_{place}", place + 1
        used.add(candidate)
        found[name] = candidate
    return found


def rational(value: Fraction) -> str:
    """A number, in parentheses where it is not a natural one.

    >>> rational(Fraction(3)), rational(Fraction(-1, 2))
    ('3', '(-1 / 2)')
    """
    if value.denominator != 1:
        return f"({value.numerator} / {value.denominator})"
    return str(value.numerator) if value >= 0 else f"({value.numerator})"


Spell = Callable[[str], str]
"""How a reference is written."""


def term(
    expr: Expr,
    named: Spell,
    size: Spell,
    natural: Callable[[Expr], str | None] | None = None,
    quotient: str = " * / ",
) -> str:
    """An expression, every compound part of it in parentheses.

    `natural` writes an exponent that counts, such as the step t, as a natural number.

    Raises:
        Unspoken: an operation that has no form here.
    """

    def inner(part: Expr) -> str:
        return term(part, named, size, natural, quotient)

    match expr:
        case Number(value):
            return rational(value)
        case Ref(name):
            return named(name)
        case Size(axis):
            return f"(INR {size(axis)})"
        case Apply("add" | "sub" | "mul" as operator, (a, b)):
            return f"({inner(a)} {_SIGNS[operator]} {inner(b)})"
        case Apply("div", (a, b)):
            return f"({inner(a)}{quotient}{inner(b)})"
        case Apply("neg", (a,)):
            return f"(- {inner(a)})"
        case Apply("stop" | "cut", (a,)):
            return inner(a)
        case _:
            return _power_or_call(expr, inner, natural)


def _power_or_call(expr: Expr, inner: Callable[[Expr], str], natural: Callable[[Expr], str | None] | None) -> str:
    match expr:
        case Apply("pow", (a, Number(exponent))) if exponent >= 0 and exponent.denominator == 1:
            return f"({inner(a)} ^ {exponent})"
        case Apply("power", (a, b)) if natural and (count := natural(b)) is not None:
            return f"({inner(a)} ^ {count})"
        case Apply(function, arguments) if function in FUNCTIONS:
            return f"({FUNCTIONS[function]} {' '.join(_argument(inner(each)) for each in arguments)})"
        case Apply(function, _):
            raise Unspoken(f"{function} has no form in Coq here")
    raise Unspoken(f"{expr} has no form in Coq here")


_SIGNS = {"add": "+", "sub": "-", "mul": "*"}


def _argument(text: str) -> str:
    """As an argument of a function: an application of a sequence wants parentheses."""
    return text if text.startswith("(") or " " not in text else f"({text})"
