"""The two error flows, decided while a body runs, from where each operand comes.

Every value is a pair. `live` carries the derivative. `copy` is the same value computed from a copy of the cell in
which each state's value at t-1 is a recorded constant. A net input takes its live value from the copy: the 1997 rule
(Hochreiter & Schmidhuber 1997, section 4 and appendix A.1). A net input is a contraction `@`, `dot` or `outer` with an
operand built of parameters alone, or a product that, flattened, has a parameter itself as a factor; flattening passes
through unary minus and inlined helpers and ends at an assignment. New values of states are live in the copy too.
In the full flow both members are one object and nothing is computed twice.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, Literal

from lstmproof.language.definition import Definition
from lstmproof.language.table import WORDS
from lstmproof.readings.body import ASSIGN, NUMBER, bind
from lstmproof.readings.named import Axes, AxisError, Plan, dot_plan, outer_plan, product_plan, split, sum_plan

Flow = Literal["full", "truncated"]


@dataclass(frozen=True)
class Algebra:
    """What a reading computes with, beside arrays that have `axes`, arithmetic, `contract` and `size` as NamedArray."""

    number: Callable[[Fraction], Any]
    """The scalar array of an exact number."""
    constant: Callable[[Any], Any]
    """The recorded constant of an array: the same value, without derivative."""
    apply: Callable[..., Any]
    """A function of the table, by name, of one or two arrays."""


@dataclass(frozen=True)
class Arguments:
    """The arguments of a cell over a whole sequence, as arrays of one algebra."""

    inputs: Mapping[str, Sequence[Any]]
    """By input name, one array for each step."""
    initial: Mapping[str, Any]
    parameters: Mapping[str, Any]
    constants: Mapping[str, Any]


@dataclass(slots=True, eq=False)  # frozen, making them would take most of the time of small readings
class Value:
    """An operand of a body: the pair of arrays, and where it comes from."""

    live: Any
    copy: Any
    parameter: bool
    """Whether a parameter is among what it is built of."""
    flowing: bool
    """Whether an input or a state is."""
    product: bool = False
    """Whether it is a parameter itself, or a product that has one as a factor."""

    def __add__(self, other: Value) -> Value:
        return _pair(operator.add, self, other)

    def __sub__(self, other: Value) -> Value:
        return _pair(operator.sub, self, other)

    def __truediv__(self, other: Value) -> Value:
        return _pair(operator.truediv, self, other)

    def __mul__(self, other: Value) -> Value:
        if not (self.product or other.product):
            return _pair(operator.mul, self, other)
        array = self.copy * other.copy
        return Value(array, array, self.parameter or other.parameter, self.flowing or other.flowing, product=True)

    def __neg__(self) -> Value:
        return replace(_pair(operator.neg, self), product=self.product)

    def __pow__(self, exponent: int) -> Value:
        return _pair(lambda array: array**exponent, self)

    def __matmul__(self, other: Value) -> Value:
        return _contraction(product_plan, self, other)


def _pair(function: Callable[..., Any], left: Value, right: Value | None = None) -> Value:
    """A function of one or two values applied to the live members and to the copies, once if they are the same."""
    if right is None:
        live = function(left.live)
        copy = live if left.copy is left.live else function(left.copy)
        return Value(live, copy, left.parameter, left.flowing)
    live = function(left.live, right.live)
    same = left.copy is left.live and right.copy is right.live
    copy = live if same else function(left.copy, right.copy)
    return Value(live, copy, left.parameter or right.parameter, left.flowing or right.flowing)


def _contraction(planned: Callable[[Axes, Axes], Plan], left: Value, right: Value) -> Value:
    """A contraction; a net input if one operand is built of parameters alone."""

    def contract(a: Any, b: Any) -> Any:
        return a.contract(planned(a.axes, b.axes), b)

    if not ((left.parameter and not left.flowing) or (right.parameter and not right.flowing)):
        return _pair(contract, left, right)
    array = contract(left.copy, right.copy)
    return Value(array, array, parameter=True, flowing=left.flowing or right.flowing)


def outer(left: Value, right: Value) -> Value:
    """All products of an entry of `left` and one of `right`."""
    return _contraction(outer_plan, left, right)


def dot(left: Value, right: Value) -> Value:
    """The sum of products of entries at the same place."""
    return _contraction(dot_plan, left, right)


def total(value: Value, axis: str | None = None) -> Value:
    """The sum over one axis, or over all."""
    return _pair(lambda array: array.contract(sum_plan(array.axes, axis)), value)


def unroll(
    definition: Definition,
    arguments: Arguments,
    steps: int,
    algebra: Algebra,
    flow: Flow,
    watched: list[dict[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """The returned values of every step by label, as arrays of `algebra`; nothing of `definition.program` is read.

    `watched`, if given, receives for every step the last value of each assigned name.
    """
    old: dict[str, Value] = {}
    seen: dict[str, Any] = {}
    cell = bind(definition, _words(definition, algebra, flow, old, seen))
    fixed = {name: Value(w, w, parameter=True, flowing=False, product=True) for name, w in arguments.parameters.items()}
    fixed |= {name: Value(w, w, parameter=False, flowing=False) for name, w in arguments.constants.items()}
    states = dict(arguments.initial)
    trajectory = []
    for step in range(steps):
        given = {name: _flowing(arrays[step]) for name, arrays in arguments.inputs.items()}
        for name, array in states.items():
            old[name] = _flowing(array, algebra.constant(array) if flow == "truncated" else array)
        values = cell(**fixed, **given, **old)
        outputs = {label: value.live for label, value in zip(definition.returned, values, strict=True)}
        states = {name: outputs[name] for name in states}
        trajectory.append(outputs)
        if watched is not None:
            watched.append(dict(seen))
    return trajectory


def _flowing(array: Any, copy: Any = None) -> Value:
    return Value(array, array if copy is None else copy, parameter=False, flowing=True)


def _words(
    definition: Definition, algebra: Algebra, flow: Flow, old: Mapping[str, Value], seen: dict[str, Any]
) -> Mapping[str, Callable[..., Any]]:
    """Everything that a body may name, over pairs of arrays of `algebra`.

    `old` holds the states' values at t-1; `seen` receives what is assigned.
    """

    def number(text: str) -> Value:
        array = algebra.number(_exact(text))
        return Value(array, array, parameter=False, flowing=False)

    def mean(value: Value, axis: str | None = None) -> Value:
        count = 1
        for name in (axis,) if axis is not None else split(value.live.axes)[1]:
            count *= value.live.size(name)
        return total(value, axis) / number(str(count))

    def assign(name: str, annotated: str | None, value: Value) -> Value:
        own, state = split(value.live.axes)[1], definition.states.get(name)
        for expected in (state, None if annotated is None else tuple(annotated.split())):
            if expected is not None and own != expected:
                raise AxisError(f"{name} is assigned a value with axes {own}, expected {expected}")
        seen[name] = value.live
        return Value(value.live, value.copy if state is None else value.live, value.parameter, value.flowing)

    def stop(value: Value) -> Value:
        recorded = algebra.constant(value.live)
        return replace(value, live=recorded, copy=recorded, product=False)

    functions: dict[str, Callable[..., Any]] = {word: _function(algebra, word) for word in WORDS}
    barriers: dict[str, Callable[..., Any]] = {"stop": stop, "cut": stop if flow == "truncated" else _whole}
    contractions: dict[str, Callable[..., Any]] = {"outer": outer, "dot": dot, "sum": total, "mean": mean}
    return {**functions, **barriers, **contractions, "previous": old.__getitem__, NUMBER: number, ASSIGN: assign}


_exact = lru_cache(maxsize=1024)(Fraction)
"""The number that a literal says."""


def _whole(value: Value) -> Value:
    """`cut` in the full flow: the value itself, no longer a factor of the product around it."""
    return replace(value, product=False)


def _function(algebra: Algebra, word: str) -> Callable[..., Value]:
    return partial(_pair, partial(algebra.apply, word))
