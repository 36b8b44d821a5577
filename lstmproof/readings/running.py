"""Running error analysis: float64 arrays that carry a first-order bound of their own rounding error.

A `Running` array holds a value v and, in units of eps, a bound E with |fl(v) - v| <= eps/2 E to first order in eps,
whatever the order in which the sums of the expression are evaluated; so two correct evaluations differ by at most
eps E. Each basic operation rounds by at most eps/2 |result| and counts once. For table functions up to 4 ulp
(4 eps) are allowed to each evaluation and count `FUNCTION` = 8. The rules, each the operation's differential in
absolute value plus its own rounding (Higham 2002, Accuracy and Stability, section 3.3):

    x y        E = |x| E_y + |y| E_x + |x y|
    x / y      E = E_x / |y| + |x| E_y / y^2 + |x / y|
    x^n        E = n |x|^(n-1) E_x + n |x^n|
    f(x)       E = |f'(x)| E_x + 8 |f(x)|
    sums       a chain of + and - and the sum of a contraction, with terms t_1..t_k in any order and association:
               E = sum E_t + (k - 1) sum |t|, for each of the k - 1 additions rounds a partial sum of at most sum |t|
    number     |v| if it is not exact in the problem's dtype, else 0

1 - f has terms 1 and f, so E >= 1 + |f| however small 1 - f is. Underflow: a result below the smallest normal number
may be flushed to 0, so products and functions add `floor` = tiny/eps. Every operation on a tracked value also writes
to the tape its partial derivatives in absolute value with a bound of their error, for `rounding` to sweep in reverse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from math import prod
from typing import Any

import numpy as np

from lstmproof.language.table import FUNCTIONS
from lstmproof.problem import Array
from lstmproof.readings.arguments import exact
from lstmproof.readings.body import NUMBER, formula
from lstmproof.readings.named import Axes, Index, NamedArray, Plan, aligned, negated, pointwise

FUNCTION = 8
"""Roundings counted for a table function: 4 ulp in each of two evaluations."""


@dataclass(frozen=True, slots=True)
class Edge:
    """How one operand enters one result: d(result) = partial * d(operand), summed as `einsum` says."""

    operand: int
    partial: Array | None
    """|partial derivative|, aligned with the result; of a contraction, |the other factor|. None is 1."""
    error: Array | None
    """Bound of its error, in units of eps; None is 0."""
    roundings: int
    """Roundings of one term: its product, and additions when tangents are summed forward."""
    pullback: Callable[[Array, Array | None], Array]
    """The product of the result's adjoint and the partial, summed to the operand's axes."""
    terms: int
    """Terms in each of those sums."""


@dataclass
class Tape:
    """What a run wrote, for the sweep in reverse; and how near it came to where a function is not smooth."""

    dtype: Any
    edges: list[tuple[Edge, ...]] = field(default_factory=list)
    kink: float = np.inf
    """Smallest absolute value of an expression that vanishes at a kink."""
    domain: float = np.inf
    """Smallest value of an expression that must be positive."""
    clearance: float = np.inf
    """Smallest ratio of such an expression to its own bound E."""
    largest: float = 0.0
    """Largest absolute value that anything took, derivatives by table functions included."""
    depth: int = 0
    """Longest chain of roundings from an argument to a value."""

    def note_size(self, value: Any) -> None:
        """Keep the largest absolute value; one that is not a number counts as infinite."""
        found = float(np.abs(value).max(initial=0.0))
        self.largest = np.inf if np.isnan(found) else max(self.largest, found)

    @property
    def floor(self) -> float:
        """What underflow may add to a product, in units of eps."""
        limits = np.finfo(self.dtype)
        return float(limits.tiny) / float(limits.eps)

    def record(self, edges: tuple[Edge, ...]) -> int:
        """Write a value with the edges to its operands; return its place."""
        self.edges.append(edges)
        return len(self.edges) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """A value with the bound of its error; `inherited + terms * magnitude` is E."""

    tape: Tape
    value: Any
    axes: Axes
    inherited: Any
    """Errors of the terms of the chain of sums that ends here."""
    magnitude: Any
    """Sum of the terms' absolute values."""
    terms: int = 0
    """Additions in that chain."""
    depth: int = 0
    node: int | None = None
    """Place on the tape; None of what the derivative does not reach."""

    @property
    def error(self) -> Any:
        return self.inherited + self.terms * self.magnitude if self.terms else self.inherited

    def size(self, axis: str) -> int:
        return int(self.value.shape[self.axes.index(axis)])

    def __add__(self, other: Running) -> Running:
        return self._sum(other, np.add)

    def __sub__(self, other: Running) -> Running:
        return self._sum(other, np.subtract)

    def _sum(self, other: Running, sign: Callable[..., Any]) -> Running:
        axes, i, j = aligned(self.axes, other.axes)
        value = sign(self.value[i], other.value[j])
        edges = [(self, i, None, None, 1), (other, j, None, None, 1)]
        inherited = self.inherited[i] + other.inherited[j]
        magnitude = self.magnitude[i] + other.magnitude[j]
        return self._result(value, axes, inherited, edges, 1, magnitude, self.terms + other.terms + 1)

    def __mul__(self, other: Running) -> Running:
        axes, i, j = aligned(self.axes, other.axes)
        x, y, ex, ey = self.value[i], other.value[j], self.error[i], other.error[j]
        value, ax, ay = x * y, np.abs(x), np.abs(y)
        inherited = ax * ey + ay * ex + np.abs(value) + self.tape.floor
        return self._result(value, axes, inherited, [(self, i, ay, ey, 2), (other, j, ax, ex, 2)], 1)

    def __truediv__(self, other: Running) -> Running:
        axes, i, j = aligned(self.axes, other.axes)
        x, y, ex, ey = self.value[i], other.value[j], self.error[i], other.error[j]
        value = x / y
        inverse, size, relative = np.abs(1 / y), np.abs(value), ey / np.abs(y)
        inherited = inverse * ex + size * relative + size + self.tape.floor
        by_x = (self, i, inverse, inverse * (relative + 1), 2)
        by_y = (other, j, size * inverse, inverse * (inherited + size * (relative + 2)), 2)
        return self._result(value, axes, inherited, [by_x, by_y], 1)

    def __neg__(self) -> Running:
        index: Index = (slice(None),) * len(self.axes)
        edges = [(self, index, None, None, 0)]
        return self._result(negated(self.value), self.axes, self.inherited, edges, 0, self.magnitude, self.terms)

    def __pow__(self, n: int) -> Running:
        x, ex, index = np.abs(self.value), self.error, (slice(None),) * len(self.axes)
        value = self.value**n
        slope = n * x ** max(n - 1, 0)
        bend = n * max(n - 1, 0) * x ** max(n - 2, 0)
        inherited = slope * ex + n * (np.abs(value) + self.tape.floor)
        return self._result(value, self.axes, inherited, [(self, index, slope, bend * ex + n * slope, 2)], n)

    def contract(self, plan: Plan, *others: Running) -> Running:
        """A sum of products: its terms are one chain."""
        factors = (self, *others)
        sizes = _sizes(plan, factors)
        summed = prod(sizes[plan.letters[place]] for place in plan.summed)
        absolute = [np.abs(factor.value) for factor in factors]
        value = np.einsum(plan.einsum, *(factor.value for factor in factors))
        magnitude = np.einsum(plan.einsum, *absolute)
        floor = self.tape.floor if others else 0.0
        inherited = magnitude + summed * floor if others else np.zeros_like(magnitude)
        for place, factor in enumerate(factors):
            others_absolute = (factor.error if k == place else a for k, a in enumerate(absolute))
            inherited = inherited + np.einsum(plan.einsum, *others_absolute)
        tracked = (place for place, factor in enumerate(factors) if factor.node is not None)
        edges = tuple(_contraction_edge(plan, place, factors, sizes, summed) for place in tracked)
        node = self.tape.record(edges) if edges else None
        self.tape.note_size(magnitude)
        depth = max(factor.depth for factor in factors) + summed
        self.tape.depth = max(self.tape.depth, depth)
        return Running(self.tape, value, plan.axes, inherited, magnitude, max(summed - 1, 0), depth, node)

    def _result(
        self,
        value: Any,
        axes: Axes,
        inherited: Any,
        partials: list[tuple[Running, Index, Any, Any, int]],
        count: int,
        magnitude: Any = None,
        terms: int = 0,
    ) -> Running:
        """A pointwise result, on the tape if an operand is; `partials` holds the arguments of each operand's edge."""
        edges = tuple(_pointwise_edge(value.shape, *each) for each in partials if each[0].node is not None)
        node = self.tape.record(edges) if edges else None
        depth = max(each[0].depth for each in partials) + count
        self.tape.depth = max(self.tape.depth, depth)
        size = np.abs(value) if magnitude is None else magnitude
        self.tape.note_size(size)
        return Running(self.tape, value, axes, inherited, size, terms, depth, node)

    def recorded(self) -> Running:
        """The recorded constant: the same value and error, out of the derivative's reach."""
        return Running(self.tape, self.value, self.axes, self.inherited, self.magnitude, self.terms, self.depth)


def _pointwise_edge(
    shape: tuple[int, ...], operand: Running, index: Index, slope: Any, error: Any, roundings: int
) -> Edge:
    assert operand.node is not None
    lacking = tuple(place for place, part in enumerate(index) if part is None)

    def pullback(adjoint: Array, slope: Array | None) -> Array:
        product: Array = adjoint if slope is None else adjoint * slope
        return product.sum(axis=lacking) if lacking else product

    return Edge(operand.node, slope, error, roundings, pullback, prod(shape[place] for place in lacking))


def _sizes(plan: Plan, factors: tuple[Running, ...]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for letters, factor in zip(plan.operands, factors, strict=True):
        sizes |= dict(zip(letters, factor.value.shape, strict=True))
    return sizes


def _contraction_edge(plan: Plan, place: int, factors: tuple[Running, ...], sizes: dict[str, int], summed: int) -> Edge:
    """The edge to the factor at `place`; the other factor, if there is one, is the partial."""
    factor, letters = factors[place], plan.operands[place]
    others = [k for k in range(len(factors)) if k != place]
    other = factors[others[0]] if others else None
    reading = plan.result + "".join(plan.operands[k] for k in others)
    found = "".join(letter for letter in letters if letter in reading)
    index = tuple(slice(None) if letter in found else None for letter in letters)
    einsum = ",".join([plan.result, *(plan.operands[k] for k in others)]) + "->" + found

    def pullback(adjoint: Array, weight: Array | None) -> Array:
        product = np.einsum(einsum, adjoint) if weight is None else np.einsum(einsum, adjoint, weight)
        return product[index] if len(found) == len(letters) else np.broadcast_to(product[index], factor.value.shape)

    assert factor.node is not None
    terms = prod(sizes[letter] for letter in {*reading} - {*letters})
    slope, error = (None, None) if other is None else (np.abs(other.value), other.error)
    return Edge(factor.node, slope, error, 1 + summed, pullback, terms)


def number(tape: Tape, value: Fraction) -> Running:
    """An exact number: rounded once unless the problem's dtype holds it."""
    plain = exact(value).data
    error = _stored(tape, plain)
    inexact = Fraction(float(plain)) != value if np.isfinite(plain) else True
    tape.note_size(plain)
    return Running(tape, plain, (), np.maximum(error, np.abs(plain)) if inexact else error, np.abs(plain))


def _stored(tape: Tape, plain: Array) -> Array:
    """What storing float64 numbers in the problem's dtype costs: half a place each, all of one that underflows."""
    with np.errstate(all="ignore"):
        off = np.abs(plain.astype(tape.dtype).astype(np.float64) - plain)
        eps = float(np.finfo(tape.dtype).eps)
        return np.where(off > 0, np.maximum(np.abs(plain), 2 * off / eps), 0.0)


def leaf(tape: Tape, array: NamedArray, tracked: bool) -> Running:
    """An argument of the cell: exact in the problem's dtype; a constant that is not is rounded once."""
    size = np.abs(array.data)
    tape.note_size(size)
    node = tape.record(()) if tracked else None
    return Running(tape, array.data, array.axes, _stored(tape, array.data), size, node=node)


def apply(tape: Tape, word: str, *operands: Running) -> Running:
    """A function of the table in a cell's body; notes how near its kinks and the border of its domain it came."""
    row = FUNCTIONS[word]
    names = dict(zip(("z", "w"), operands, strict=False))
    for text, is_kink in (*((kink, True) for kink in row.kinks), *((border, False) for border in row.domain)):
        _note(tape, formula(text, _running_words(tape))(**{"z": None, "w": None, "y": None, **names}), is_kink)
    return _applied(word, *operands)


def _note(tape: Tape, expression: Running, is_kink: bool) -> None:
    value = np.abs(expression.value) if is_kink else expression.value
    nearest = float(value.min(initial=np.inf))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(value == 0, 0.0, value / expression.error)
    tape.clearance = min(tape.clearance, float(ratio.min(initial=np.inf)))
    if is_kink:
        tape.kink = min(tape.kink, nearest)
    else:
        tape.domain = min(tape.domain, nearest)


def _applied(word: str, *operands: Running) -> Running:
    """A function and its partial derivatives, with the errors that evaluating the table's own formulas makes."""
    tape, row = operands[0].tape, FUNCTIONS[word]
    plain = [NamedArray(operand.value, operand.axes) for operand in operands]
    result = pointwise(row.complex_step, *plain)
    indices = aligned(operands[0].axes, operands[-1].axes)[1:][: len(operands)]
    numeric = {"z": plain[0], "w": plain[-1], "y": result}
    slopes = [np.abs(formula(text, _PLAIN)(**numeric).data) for text in row.derivative]
    inherited = FUNCTION * np.abs(result.data) + tape.floor
    for operand, index, slope in zip(operands, indices, slopes, strict=True):
        inherited = inherited + slope * operand.error[index]
    value = Running(tape, result.data, result.axes, inherited, np.abs(result.data))
    partials: list[tuple[Running, Index, Any, Any, int]] = [(operand, (), None, None, 0) for operand in operands]
    if any(operand.node is not None for operand in operands):
        given = {"z": operands[0].recorded(), "w": operands[-1].recorded(), "y": value}
        for place, text in enumerate(row.derivative):
            slope = formula(text, _running_words(tape))(**given)
            partials[place] = (operands[place], indices[place], np.abs(slope.value), slope.error, 2)
    return operands[0]._result(result.data, result.axes, inherited, partials, FUNCTION)


def _running_words(tape: Tape) -> dict[str, Callable[..., Any]]:
    """The words of the table's formulas, over running values."""
    functions: dict[str, Callable[..., Any]] = {word: partial(_applied, word) for word in FUNCTIONS}
    return {**functions, NUMBER: lambda text: number(tape, Fraction(text))}


_PLAIN: dict[str, Callable[..., Any]] = {
    **{word: partial(pointwise, row.complex_step) for word, row in FUNCTIONS.items()},
    NUMBER: lambda text: exact(Fraction(text)),
}
"""The words of the table's formulas, over plain arrays."""
