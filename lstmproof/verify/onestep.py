"""One step of a Program on exact elements, and SymPy expressions as exact elements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import count
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from lstmproof.language.table import FUNCTIONS
from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.program.nodes import Axes, Contract, Pointwise, Program
from lstmproof.proof.exact import Element, Field

Exact = NDArray[Any]
"""An array of objects, each an `Element`."""


@dataclass(frozen=True)
class Stepper:
    """Evaluates the nodes of a Program once, on exact elements."""

    field: Field
    sizes: Mapping[str, int]

    def shape(self, axes: Axes) -> tuple[int, ...]:
        return tuple(self.sizes[axis] for axis in axes)

    def symbols(self, name: str, axes: Axes) -> Exact:
        """An array of independent symbols."""
        array = np.empty(self.shape(axes), dtype=object)
        for index in np.ndindex(array.shape):
            array[index] = self.field.symbol(symbol_name(name, index))
        return array

    def step(self, program: Program, given: Mapping[str, Exact]) -> dict[str, Exact]:
        """Every value of one step, by name; `given` holds every source and the old value of every state."""
        values = dict(given)
        for node in program.nodes:
            if isinstance(node, Contract):
                values[node.out] = self._contract(node, values)
            else:
                values[node.out] = self._map(program, node, values)
        return values

    def _contract(self, node: Contract, values: Mapping[str, Exact]) -> Exact:
        letters = tuple(dict.fromkeys((*node.indices, *(i for factor in node.factors for i in factor.indices))))
        product: Any = np.array(self.field.rational(1), dtype=object)
        for factor in node.factors:
            order = [factor.indices.index(letter) for letter in letters if letter in factor.indices]
            shown = tuple(slice(None) if letter in factor.indices else None for letter in letters)
            product = product * values[factor.name].transpose(order)[shown]
        summed = _boxed(product).sum(axis=tuple(range(len(node.indices), len(letters))))
        return np.broadcast_to(_boxed(summed), self.shape(node.axes))

    def _map(self, program: Program, node: Pointwise, values: Mapping[str, Exact]) -> Exact:
        def read(name: str) -> Exact:
            own = program.axes[name]
            if own == node.axes:
                return values[name]
            return values[name][tuple(slice(None) if axis in own else None for axis in node.axes)]

        return np.broadcast_to(_boxed(self._expression(node.expr, read)), self.shape(node.axes))

    def _expression(self, expr: Expr, read: Any) -> Any:
        match expr:
            case Number(value):
                return np.array(self.field.rational(value), dtype=object)
            case Size(axis):
                return np.array(self.field.rational(self.sizes[axis]), dtype=object)
            case Ref(name):
                return read(name)
            case Apply("pow", (base, Number(exponent))):
                return _boxed(self._expression(base, read) ** int(exponent))
            case Apply(function, arguments):
                return _boxed(self._operate(function, [self._expression(argument, read) for argument in arguments]))

    def _operate(self, function: str, values: list[Any]) -> Any:
        match function, values:
            case "add", (a, b):
                return a + b
            case "sub", (a, b):
                return a - b
            case "mul", (a, b):
                return a * b
            case "div", (a, b):
                return a / b
            case "neg", (a,):
                return -a
            case (("stop" | "cut"), (a,)):
                return a
            case _:
                return np.frompyfunc(lambda *entries: self.field.apply(function, *entries), len(values), 1)(*values)


def symbol_name(name: str, index: tuple[int, ...]) -> str:
    """The symbol for one entry of an array.

    >>> symbol_name("W_f", (0, 1))
    'W_f[0,1]'
    """
    return f"{name}[{','.join(map(str, index))}]"


def _boxed(value: Any) -> Exact:
    return value if isinstance(value, np.ndarray) else np.array(value, dtype=object)


class Unknown(ValueError):
    """A SymPy expression that has no exact value here."""


MOST_NODES = 100_000
"""Nodes of a SymPy expression written out as a tree, beyond which SymPy would take too long to differentiate it."""


def tree_size(expr: sympy.Basic) -> int:
    """Nodes of an expression written out as a tree, each shared part counted as often as it occurs."""
    sizes: dict[sympy.Basic, int] = {}
    pending = [expr]
    while pending:
        node = pending[-1]
        missing = [part for part in node.args if part not in sizes]
        if missing:
            pending.extend(missing)
        else:
            sizes[node] = 1 + sum(sizes[part] for part in node.args)
            pending.pop()
    return sizes[expr]


class Recorder:
    """Recorded constants: a fresh SymPy symbol for each, so that nothing is differentiated through it."""

    def __init__(self) -> None:
        self.meaning: dict[sympy.Symbol, sympy.Expr] = {}
        self._count = count()

    def __call__(self, expr: sympy.Expr) -> sympy.Expr:
        symbol = sympy.Symbol(f"recorded[{next(self._count)}]")
        self.meaning[symbol] = expr
        return symbol


_ARGUMENTS = (sympy.Symbol("z"), sympy.Symbol("w"))


@cache
def table_function(word: str) -> Any:
    """A function of the table as a SymPy function of its own.

    SymPy's chain rule sees a function and its derivatives, each a name; what these stand for is SymPy's derivative of
    the row's formula, or at a kink the row's own convention, in `z` and `w`. Substituted only in `FromSympy`: SymPy
    spends its time on the assumptions of large arguments otherwise.
    """
    row = FUNCTIONS[word]
    words = {"z": _ARGUMENTS[0], "w": _ARGUMENTS[1]}
    if not row.kinks:
        formula = sympy.sympify(row.formula, locals=words)
        return _named(word, formula, tuple(sympy.diff(formula, each) for each in _ARGUMENTS[: row.arity]))
    value = _named(word, None, ())
    auxiliary = {each.name: _named(each.name, None, ()) for each in FUNCTIONS.values() if each.auxiliary}
    words |= auxiliary | {"y": value(*_ARGUMENTS[: row.arity])}
    return _named(word, None, tuple(sympy.sympify(text, locals=words) for text in row.derivative))


def _named(name: str, meaning: sympy.Expr | None, derivatives: tuple[sympy.Expr, ...]) -> Any:
    """A SymPy function that stands for `meaning`, or for nothing but itself."""

    def fdiff(self: Any, argindex: int = 1) -> Any:
        return _named(f"{name}.{argindex}", derivatives[argindex - 1], ())(*self.args)

    return type(name, (sympy.Function,), {"fdiff": fdiff, "meaning": meaning})


class FromSympy:
    """Carries SymPy expressions into a field, recorded constants as what they stand for; each is converted once."""

    def __init__(self, field: Field, recorded: Mapping[sympy.Symbol, sympy.Expr]) -> None:
        self._field = field
        self._recorded = recorded
        self._done: dict[sympy.Basic, Element] = {}

    def __call__(self, expr: sympy.Basic) -> Element:
        if expr not in self._done:
            self._done[expr] = self._convert(expr)
        return self._done[expr]

    def _convert(self, expr: Any) -> Element:
        if expr in self._recorded:
            return self(self._recorded[expr])
        if expr.is_Symbol:
            return self._field.symbol(str(expr))
        if expr.is_Rational:
            return self._field.rational(Fraction(int(expr.p), int(expr.q)))
        if expr is sympy.E:
            return self._field.exp(self._field.rational(1))
        parts = [self(part) for part in expr.args] if not expr.is_Pow else []
        if expr.is_Add:
            return sum(parts[1:], parts[0])
        if expr.is_Mul:
            product = parts[0]
            for part in parts[1:]:
                product = product * part
            return product
        if expr.is_Pow:
            return self._power(expr.base, expr.exp)
        return self._function(expr, parts)

    def _power(self, base: Any, exponent: Any) -> Element:
        if exponent.is_Integer:
            return self(base) ** int(exponent)
        if exponent.is_Rational and exponent.q == 2:
            return self._field.apply("sqrt", self(base)) ** int(exponent.p)
        raise Unknown(f"no exact value of {base}**{exponent}")

    def _function(self, expr: Any, parts: list[Element]) -> Element:
        """A SymPy function that formulas of the table use, or that its derivatives bring."""
        meaning = getattr(expr, "meaning", None)
        if meaning is None:
            return self._field.apply(type(expr).__name__, *parts)
        inner = FromSympy(self._field, {})
        inner._done |= dict(zip(_ARGUMENTS, parts, strict=False))
        return inner(meaning)
