"""Scalar expressions: the right-hand sides of `Pointwise` nodes, kept as the author wrote them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Number:
    """An exact rational literal."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Ref:
    """The value of a source or of an earlier node, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class Size:
    """The number of units along an axis."""

    axis: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator (`add sub mul div neg pow`), a barrier (`stop cut`) or a function of the table, applied."""

    function: str
    arguments: tuple[Expr, ...]


Expr = Number | Ref | Size | Apply

ZERO = Number(Fraction(0))
ONE = Number(Fraction(1))

OPERATORS = {"add": 2, "sub": 2, "mul": 2, "div": 2, "neg": 1, "pow": 2}
"""Arithmetic of the language and its arity; the exponent of `pow` is a `Number` with an integer value."""

BARRIERS = {"stop": 1, "cut": 1}
"""`stop(e)` is a recorded constant in every flow; `cut(e)` is one in the truncated flow only."""


def walk(expr: Expr) -> Iterator[Expr]:
    """Yield `expr` and everything below it, parents first."""
    pending = [expr]
    while pending:
        node = pending.pop()
        yield node
        if isinstance(node, Apply):
            pending.extend(reversed(node.arguments))


def references(expr: Expr) -> tuple[str, ...]:
    """Names that `expr` reads, each once, in order of first appearance."""
    return tuple(dict.fromkeys(node.name for node in walk(expr) if isinstance(node, Ref)))


def substitute(expr: Expr, replace: Callable[[Ref], Expr]) -> Expr:
    """`expr` with `replace(ref)` in place of every reference."""
    match expr:
        case Ref():
            return replace(expr)
        case Apply(function, arguments):
            return Apply(function, tuple(substitute(argument, replace) for argument in arguments))
        case _:
            return expr
