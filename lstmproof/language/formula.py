"""Statements: what a claim says, as data. Terms are expressions of the language; formulas compare and combine them.

A term names what the claim's arguments name: `Ref("h")` is h(t), `Ref("h[t-1]")` is `previous(h)`, `Ref("h0")` the
initial state, `Ref("t")` the step, any other a parameter, a constant or a free real. Beside the operators and the
functions of the table, a term may hold

    carousel(s, lag=n)               Apply("carousel", (Ref(s), Number(n)))
    jacobian(c, h, lag=n)            Apply("jacobian", (Ref(c), Ref(h), Number(n))): dc(t)/dh(t-n) in the full flow,
                                     the other states fixed at t-n; axes of c, then of h
    norm(e)                          Apply("norm", (e,)): of a vector its largest absolute entry, of a matrix its
                                     largest row sum of absolute entries; rows of a jacobian are the axes of c
    derivative(e, v)                 Apply("derivative", (e, Ref(v))): of the formula e by a free name
    limit(e, v, point)               Apply("limit", (e, Ref(v), point)), binds v; infinite: Ref("oo"), neg(Ref("oo"))
    phi ** t                         Apply("power", (phi, t)): an exponent that is no literal up to 16
    count(...)                       sums and products of Size(axis): units of an axis, entries of a tensor or of all
                                     parameters
    cost("forward")                  Apply("cost", (Ref("forward"),)): operations of one step, one of `COSTS`
    W @ v                            Apply("product", (W, v))
    outer(a, b), dot(a, b)           Apply("outer", (a, b)), Apply("dot", (a, b))
    sum(v, "unit"), mean(v, "unit")  Apply("sum", (v, Size("unit"))); Apply("sum", (v,)) over all axes; so for "mean"

Units are quantified outside a whole formula: `not (h <= 1)` says h > 1 of every unit, and `h <= 1 or h >= 2` one or the
other of each. Values of different rank line up by the names of their axes. An assumption holds of all its units.
Where a lag is written, only steps t >= lag are spoken of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lstmproof.program.expr import Apply, Expr, Ref

Relation = Literal["<", "<=", "==", "!=", ">=", ">"]

COSTS = ("forward", "backward", "truncated", "online")
"""What `cost` counts: one step of the cell, of its adjoint, of the truncated adjoint, of the online rule."""

INFINITY = "oo"
"""Where a limit may be taken, as a name."""


@dataclass(frozen=True, slots=True)
class Compare:
    """left relation right, unit by unit."""

    relation: Relation
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Bounded:
    """For all initial states, named constants and free names under the assumptions there is a number that |value| never
    exceeds: the same for all steps, units, sizes, weights, other parameters and inputs under the assumptions.

    It is a statement of its own, which quantifies all that it speaks of, and so is its negation.
    """

    value: str


@dataclass(frozen=True, slots=True)
class Same:
    """Two cells of one file have equal outputs step by step, given equal arguments: what is named alike is equal.

    Like `Bounded` it quantifies all that it speaks of.
    """

    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Not:
    """The negation."""

    formula: Formula


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    formulas: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them."""

    formulas: tuple[Formula, ...]


Formula = Compare | Bounded | Same | Not | And | Or


def atoms(formula: Formula) -> Iterator[Compare | Bounded | Same]:
    """The formulas without connectives that `formula` is built of."""
    match formula:
        case Not(inner):
            yield from atoms(inner)
        case And(parts) | Or(parts):
            for part in parts:
                yield from atoms(part)
        case _:
            yield formula


def terms(formula: Formula) -> Iterator[Expr]:
    """Both sides of every comparison in `formula`, in order."""
    for atom in atoms(formula):
        if isinstance(atom, Compare):
            yield atom.left
            yield atom.right


def free_names(expr: Expr) -> Iterator[str]:
    """Names that `expr` speaks of: what a limit binds and the labels of `cost` are none."""
    match expr:
        case Ref(name):
            yield name
        case Apply("limit", (inner, Ref(variable), point)):
            yield from (name for name in free_names(inner) if name != variable)
            yield from (name for name in free_names(point) if name != INFINITY)
        case Apply("cost", _):
            return
        case Apply(_, arguments):
            for argument in arguments:
                yield from free_names(argument)
