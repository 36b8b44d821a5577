"""Re-checks certificates with nothing but the standard library: `python -I checker.py FILE...`.

A certificate file lists obligations. Each has hypotheses `p >= 0`, `p > 0` or `p = 0` and a conclusion `c >= 0` or
`c > 0`, all polynomials with rational coefficients over the reals, and shows that the conclusion follows by an identity

    m c  =  sum of k * (a product of hypotheses)  +  sum of k * (a square)  +  sum of q * (an equation's left side)

in which every k is a rational number > 0, products take their factors from the hypotheses >= 0 and > 0, each q is any
polynomial, and m is a sum of such k times products of hypotheses > 0 alone (or of none: a number), hence positive.
For a conclusion `c > 0` at least one product on the right is of hypotheses > 0 alone (or of none). Both sides are
multiplied out exactly. A polynomial is a list of terms [coefficient, variable, variable, ...].

What is checked is that the conclusions follow from the hypotheses as they stand in the file. That these are the right
ones for a claim and its cell is checked by lstmproof, which writes them anew from the derivation and compares.
"""

from __future__ import annotations

import json
import re
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

FORMAT = "lstmproof certificate 1"

Terms = dict[tuple[str, ...], Fraction]


def number(text: Any) -> Fraction:
    """A rational number as `-2/3` or `5`; a power of ten such as 1e400000000 would take for ever."""
    if not isinstance(text, str) or not re.fullmatch("-?[0-9]{1,4000}(/[1-9][0-9]{0,3999})?", text):
        raise ValueError(f"a number is text such as -2/3, found {str(text)[:40]!r}")
    return Fraction(text)


def polynomial(rows: Any) -> Terms:
    """A polynomial from its list of terms."""
    terms: Terms = {}
    for coefficient, *factors in rows:
        if not isinstance(coefficient, str) or not all(isinstance(name, str) for name in factors):
            raise ValueError("a term is a coefficient and names, all of them text")
        _add(terms, {tuple(sorted(factors)): number(coefficient)})
    return terms


def _add(to: Terms, terms: Terms, scale: Fraction = Fraction(1)) -> None:
    for monomial, coefficient in terms.items():
        to[monomial] = to.get(monomial, Fraction(0)) + scale * coefficient


def _multiply(one: Terms, two: Terms) -> Terms:
    product: Terms = {}
    for a, p in one.items():
        for b, q in two.items():
            _add(product, {tuple(sorted(a + b)): p * q})
    return product


def _positive(text: Any) -> Fraction:
    value = number(text)
    if value <= 0:
        raise ValueError(f"a multiplier is a number > 0 as text, found {text!r}")
    return value


def _products(rows: Any, hypotheses: Any, relations: set[str]) -> tuple[Terms, bool]:
    """sum of k * (product of hypotheses), and whether one of the products is positive, not just nonnegative."""
    total: Terms = {}
    strict = False
    for scale, places in rows:
        value: Terms = {(): Fraction(1)}
        for place in places:
            if type(place) is not int or not 0 <= place < len(hypotheses):
                raise ValueError(f"there is no hypothesis {place!r}")
            if hypotheses[place]["relation"] not in relations:
                raise ValueError(f"hypothesis {place} may not be a factor here")
            value = _multiply(value, polynomial(hypotheses[place]["polynomial"]))
        _add(total, value, _positive(scale))
        strict = strict or all(hypotheses[place]["relation"] == ">" for place in places)
    return total, strict


def check(obligation: Any) -> None:
    """Raise ValueError unless the obligation's certificate shows its conclusion from its hypotheses."""
    hypotheses, conclusion, shown = obligation["hypotheses"], obligation["conclusion"], obligation["certificate"]
    if any(hypothesis["relation"] not in {">=", ">", "="} for hypothesis in hypotheses):
        raise ValueError("a hypothesis is >= 0, > 0 or = 0")
    if conclusion["relation"] not in {">=", ">"}:
        raise ValueError("a conclusion is >= 0 or > 0")
    multiplier, _ = _products(shown["multiplier"], hypotheses, {">"})
    if not shown["multiplier"]:
        raise ValueError("the multiplier of the conclusion is 0")
    right, strict = _products(shown["products"], hypotheses, {">=", ">"})
    if conclusion["relation"] == ">" and not strict:
        raise ValueError("nothing on the right is positive")
    for scale, rows in shown["squares"]:
        root = polynomial(rows)
        _add(right, _multiply(root, root), _positive(scale))
    for place, rows in shown["equations"]:
        if type(place) is not int or not 0 <= place < len(hypotheses) or hypotheses[place]["relation"] != "=":
            raise ValueError(f"hypothesis {place!r} is no equation")
        _add(right, _multiply(polynomial(rows), polynomial(hypotheses[place]["polynomial"])))
    _add(right, _multiply(multiplier, polynomial(conclusion["polynomial"])), Fraction(-1))
    if any(right.values()):
        raise ValueError("the two sides differ")


def check_file(data: Any) -> int:
    """The number of obligations that `data`, a certificate file, proves.

    Raises:
        ValueError: it is not of this format, empty, or one of its certificates does not hold; names which.
    """
    if data.get("format") != FORMAT or not data.get("obligations"):
        raise ValueError("not a certificate file, or one without obligations")
    for obligation in data["obligations"]:
        try:
            check(obligation)
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise ValueError(f"{obligation.get('name', '?')}: {error}") from error
    return len(data["obligations"])


def main(paths: list[str]) -> int:
    """Check each file; 0 if all hold."""
    failed = not paths
    for path in paths:
        try:
            count = check_file(json.loads(Path(path).read_text(encoding="utf-8")))
            sys.stdout.write(f"{path}: {count} obligations hold\n")
        except (OSError, ValueError, AttributeError, TypeError, RecursionError) as error:
            failed = True
            sys.stdout.write(f"{path}: {error}\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
