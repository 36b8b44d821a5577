"""Plain text: the language's own spelling wherever it has one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from string import ascii_lowercase

from lstmproof.program.layout import Name
from lstmproof.program.notation import Contraction, Level, Notation, Piece, decimal

_PREFIXES = {"bar": "d_", "dot": "dot_", "cot": "dL_", "next": "next_", "copy": "copy_"}
_LETTERS = ascii_lowercase[8:] + ascii_lowercase[:8]


def name(parts: Name, time: str) -> str:
    """`c(t-1)`, and `d_c` for the cotangent of c.

    >>> name(Name("c", ("bar",)), "t-1")
    'd_c(t-1)'
    """
    base = parts.base if parts.base.isidentifier() else f"({parts.base})"
    for role in parts.roles:
        base = _PREFIXES[role] + base
    counter = f"_{parts.mark}" if parts.mark[:1].isdigit() else parts.mark
    return base + counter + (f"({time})" if time else "")


def number(value: Fraction) -> Piece:
    """An exact decimal, or a fraction in parentheses."""
    exact = decimal(value)
    if exact is None:
        return Piece(f"({value.numerator}/{value.denominator})")
    return Piece(exact, Level.SIGN if value < 0 else Level.ATOM)


def contraction(what: Contraction) -> Piece:
    """`W @ v`, `outer(a, b)`, `sum(v, "unit")`; einsum where the language has no word."""
    texts = [piece.text for piece in what.factors]
    rank = len(what.node.axes)
    match what.form:
        case "W @ v" | "v @ W":
            left, right = (TEXT.within(piece, Level.POWER) for piece in what.factors)
            return Piece(f"{left} @ {right}", Level.CONTRACTION, rank)
        case "outer" | "dot":
            return Piece(f"{what.form}({', '.join(texts)})", Level.ATOM, rank)
        case "pointwise":
            left, right = TEXT.leading(what.factors[0], Level.PRODUCT), TEXT.within(what.factors[1], Level.SIGN)
            return Piece(f"{left} * {right}", Level.PRODUCT, rank)
        case "sum":
            axes = f', "{" ".join(what.summed)}"' if rank else ""
            return Piece(f"sum({texts[0]}{axes})", Level.ATOM, rank)
        case "repeat":
            return Piece(texts[0], what.factors[0].level, rank)
        case "general":
            return Piece(f'einsum("{subscripts(what)}", {", ".join(texts)})', Level.ATOM, rank)


def subscripts(what: Contraction) -> str:
    """The contraction as NumPy's einsum writes it: `ij,jk->ik`."""
    groups = (*what.indices, what.node.indices)
    known = dict.fromkeys(index for group in groups for index in group)
    letters = dict(zip(known, _LETTERS, strict=False))
    *factors, out = ("".join(letters[index] for index in group) for group in groups)
    return f"{','.join(factors)}->{out}"


def _quotient(a: Piece, b: Piece) -> Piece:
    return Piece(f"{TEXT.leading(a, Level.PRODUCT)} / {TEXT.within(b, Level.SIGN)}", Level.PRODUCT)


def _power(base: str, exponent: Fraction) -> str:
    return f"{base}**{exponent}" if exponent >= 0 else f"{base}**({exponent})"


def _call(function: str, arguments: Sequence[str]) -> str:
    return f"{function}({', '.join(arguments)})"


TEXT = Notation(
    name=name,
    group=lambda text: f"({text})",
    number=number,
    size=lambda axis: f'size("{axis}")',
    product=lambda a, b, _: f"{a} * {b}",
    quotient=_quotient,
    power=_power,
    call=_call,
    contraction=contraction,
)
