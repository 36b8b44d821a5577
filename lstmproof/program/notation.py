"""What two spellings of mathematics, plain text and LaTeX, have in common.

Both keep the author's tree: a right operand that is itself a sum or product keeps its parentheses, since
`(a + b) + c` and `a + (b + c)` round differently.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import IntEnum
from fractions import Fraction
from typing import Literal

from lstmproof.program.layout import Name
from lstmproof.program.nodes import Axes, Contract


class Level(IntEnum):
    """How tightly a piece of notation holds together."""

    SUM = 1
    CONTRACTION = 2
    PRODUCT = 3
    SIGN = 4
    POWER = 5
    ATOM = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """A rendered expression."""

    text: str
    level: Level = Level.ATOM
    rank: int = 0
    """Its number of axes."""


Form = Literal["W @ v", "v @ W", "outer", "dot", "pointwise", "sum", "repeat", "general"]
"""`repeat` is a single factor spread along the axes that it lacks."""


@dataclass(frozen=True)
class Contraction:
    """A `Contract` as recognised, its factors rendered and in the order in which `form` writes them."""

    form: Form
    node: Contract
    factors: tuple[Piece, ...]
    indices: tuple[tuple[str, ...], ...]
    """The index letters of each factor."""
    summed: Axes
    """Names of the axes summed over."""


@dataclass(frozen=True)
class Notation:
    """How each construct is spelled."""

    name: Callable[[Name, str], str]
    """A value at time `t`, `t-1` or, where it goes without saying, the empty string."""
    group: Callable[[str], str]
    """In parentheses."""
    number: Callable[[Fraction], Piece]
    size: Callable[[str], str]
    product: Callable[[str, str, bool], str]
    """Of two factors, and whether both have axes."""
    quotient: Callable[[Piece, Piece], Piece]
    power: Callable[[str, Fraction], str]
    call: Callable[[str, Sequence[str]], str]
    contraction: Callable[[Contraction], Piece]

    def within(self, piece: Piece, least: Level) -> str:
        """`piece` as an operand that must hold together at least so tightly, and not begin with a sign."""
        loose = piece.level < least or piece.text.startswith("-")
        return self.group(piece.text) if loose else piece.text

    def leading(self, piece: Piece, least: Level) -> str:
        """`piece` as a left operand, which may begin with a sign."""
        return self.group(piece.text) if piece.level < least else piece.text


def operate(notation: Notation, function: str, arguments: Sequence[Piece]) -> Piece:
    """An operator or function applied, with the parentheses that its tree needs and no others."""
    rank = max((piece.rank for piece in arguments), default=0)
    match function, tuple(arguments):
        case (("add" | "sub"), (a, b)):
            sign = "+" if function == "add" else "-"
            return Piece(f"{a.text} {sign} {notation.within(b, Level.CONTRACTION)}", Level.SUM, rank)
        case "mul", (a, b):
            left, right = notation.leading(a, Level.PRODUCT), notation.within(b, Level.SIGN)
            return Piece(notation.product(left, right, a.rank > 0 and b.rank > 0), Level.PRODUCT, rank)
        case "div", (a, b):
            quotient = notation.quotient(a, b)
            return Piece(quotient.text, quotient.level, rank)
        case "neg", (a,):
            return Piece(f"-{notation.within(a, Level.POWER)}", Level.SIGN, rank)
        case _:
            return Piece(notation.call(function, [piece.text for piece in arguments]), Level.ATOM, rank)


def recognised(node: Contract, axes: Mapping[str, Axes], render: Callable[[str], Piece]) -> Contraction:
    """Which of the forms that people write `node` is; any other is `general`. `axes` are those of every name."""
    factors = node.factors
    form = _form(node, tuple(factor.indices for factor in factors))
    if form == "general" and len(factors) == 2:
        swapped = _form(node, (factors[1].indices, factors[0].indices))
        if swapped != "general":
            form, factors = swapped, factors[::-1]
    meaning = {
        index: axis
        for factor in factors
        for index, axis in zip(factor.indices, axes[factor.name], strict=True)
        if index not in node.indices
    }
    pieces = tuple(render(factor.name) for factor in factors)
    return Contraction(form, node, pieces, tuple(factor.indices for factor in factors), tuple(meaning.values()))


def _form(node: Contract, indices: tuple[tuple[str, ...], ...]) -> Form:
    out = node.indices
    match indices:
        case ((*_,) as single,) if _broadcasts(tuple(single), node):
            return "repeat"
        case ((*_,) as single,) if out == tuple(index for index in single if index in out):
            return "sum"
        case (a, b) if a == b and out == ():
            return "dot"
        case (a, b) if a == out and _broadcasts(b, node):
            return "pointwise"
        case (a, b) if b and a == out + b:
            return "W @ v"
        case (a, b) if a and b == a + out:
            return "v @ W"
        case (a, b) if a and b and out == a + b:
            return "outer"
        case _:
            return "general"


def _broadcasts(indices: tuple[str, ...], node: Contract) -> bool:
    """Whether a value so indexed lines up with the result by the names of its axes."""
    if indices == node.indices or not indices:
        return True
    in_order = indices == tuple(index for index in node.indices if index in indices)
    return in_order and len(set(node.axes)) == len(node.axes)


def decimal(value: Fraction) -> str | None:
    """`value` as a decimal without loss, or None if it has no finite one.

    >>> decimal(Fraction(1, 8)), decimal(Fraction(1, 3)), decimal(Fraction(1, 10**9))
    ('0.125', None, '1e-9')
    """
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return None
    with localcontext() as context:
        context.prec = len(str(value.numerator)) + value.denominator.bit_length() + 1
        exact = (Decimal(value.numerator) / Decimal(value.denominator)).normalize()
        plain = f"{exact:f}"
        short = str(exact).lower().replace("e+", "e")
    return plain if len(plain) <= 8 else short


def power(notation: Notation, base: Piece, exponent: Fraction) -> Piece:
    """A literal power; its base is in parentheses unless it is a name, a call or a number."""
    return Piece(notation.power(notation.within(base, Level.ATOM), exponent), Level.POWER, base.rank)
