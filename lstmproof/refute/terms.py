"""Terms of claims, evaluated as they stand: the author's own tree, in whichever arithmetic."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Protocol

from lstmproof.language.table import FUNCTIONS
from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.readings.flow import Flow
from lstmproof.readings.named import NamedArray, Plan, dot_plan, outer_plan, product_plan, split, sum_plan
from lstmproof.refute.arithmetic import Arithmetic, Beyond, apply, number
from lstmproof.refute.tensors import diagonal, norm

_OPERATIONS: Mapping[str, Callable[..., NamedArray]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
}


class Given(Protocol):
    """What a term reads."""

    @property
    def arithmetic(self) -> Arithmetic:
        """What it is evaluated in."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """Units along each axis."""

    def lookup(self, name: str) -> NamedArray:
        """The value of a name."""

    def jacobian(self, of: str, by: str, lag: int, flow: Flow) -> NamedArray:
        """d of(t) / d by(t - lag): axes of `of`, then of `by`."""


_PLANS: Mapping[str, Callable[..., Plan]] = {"product": product_plan, "outer": outer_plan, "dot": dot_plan}


def evaluate(expr: Expr, given: Given) -> NamedArray:
    """The value of a term.

    Raises:
        Beyond: it has none at concrete numbers, or none that this reading can find.
        AxisError: operands whose axes do not agree.
    """
    match expr:
        case Number(value):
            return number(given.arithmetic, value)
        case Size(axis):
            return number(given.arithmetic, given.sizes[axis])
        case Ref(name):
            return given.lookup(name)
        case Apply("pow" | "power", (base, exponent)):
            return given.arithmetic.power(evaluate(base, given), evaluate(exponent, given))
        case Apply("derivative", (inner, Ref(variable))):
            at = Moved(given, variable)
            return given.arithmetic.slope(evaluate(inner, at), at.value)
        case Apply(function, arguments) if function in _OPERATIONS:
            return _OPERATIONS[function](*(evaluate(argument, given) for argument in arguments))
        case Apply(function, arguments) if function in FUNCTIONS:
            return apply(given.arithmetic, function, *(evaluate(argument, given) for argument in arguments))
        case Apply():
            return _tensor(expr, given)


def _tensor(expr: Apply, given: Given) -> NamedArray:
    """A term that is more than arithmetic unit by unit."""
    match expr:
        case Apply("carousel", (Ref(state), Number(lag))):
            return diagonal(given.jacobian(state, state, int(lag), "truncated"), split(given.lookup(state).axes)[1])
        case Apply("jacobian", (Ref(of), Ref(by), Number(lag))):
            return given.jacobian(of, by, int(lag), "full")
        case Apply("norm", (inner,)):
            return norm(evaluate(inner, given), _rows(inner, given), given.arithmetic)
        case Apply(("product" | "outer" | "dot") as kind, (left, right)):
            a, b = evaluate(left, given), evaluate(right, given)
            return a.contract(_PLANS[kind](a.axes, b.axes), b)
        case Apply(("sum" | "mean") as kind, (inner, *along)):
            axis = along[0].axis if along and isinstance(along[0], Size) else None
            return _total(kind, evaluate(inner, given), axis, given)
        case _:
            raise Beyond(f"{expr.function}(...) has no value at concrete numbers")


def _rows(inner: Expr, given: Given) -> int | None:
    """How many of a term's axes number the rows of a matrix; None for a vector."""
    match inner:
        case Apply("jacobian", (Ref(of), _, _)):
            return len(split(given.lookup(of).axes)[1])
        case _:
            rank = len(split(evaluate(inner, given).axes)[1])
            if rank > 2:
                raise Beyond(f"the norm of a term of {rank} axes")
            return 1 if rank == 2 else None


def _total(kind: str, array: NamedArray, axis: str | None, given: Given) -> NamedArray:
    total = array.contract(sum_plan(array.axes, axis))
    if kind == "sum":
        return total
    count = 1
    for name in (axis,) if axis is not None else split(array.axes)[1]:
        count *= given.sizes[name]
    return total / number(given.arithmetic, count)


class Moved:
    """What a term reads where one free name carries a derivative."""

    def __init__(self, given: Given, name: str) -> None:
        self._given, self._name = given, name
        self.arithmetic, self.sizes = given.arithmetic, given.sizes
        self.value = given.lookup(name)
        self._seeded = given.arithmetic.seeded(self.value)

    def lookup(self, name: str) -> NamedArray:
        return self._seeded if name == self._name else self._given.lookup(name)

    def jacobian(self, of: str, by: str, lag: int, flow: Flow) -> NamedArray:
        raise Beyond(f"d {of} / d {by} over {lag} steps, in the {flow} flow, inside a derivative")
