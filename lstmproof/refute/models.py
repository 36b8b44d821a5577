"""Networks from a solver: a model of the negation, with functions as bounded variables, turned into weights and inputs.

The networks are those of a direct stage (`shapes`): one unit, recurrent weights 0, each net input an entry of x(t) of
its own, so that whatever a model asks of a gate at a step is an input there. A function of the table is a variable with
its range; once a model gives it a value, the number that its argument adds up with is set by the inverse function. What
the variables forget, such as that exp(2 b) is exp(b)^2, makes a model spurious: balls decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import atanh, exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmproof.language.formula import And, Compare, Formula, Not, Or
from lstmproof.readings.flow import Algebra
from lstmproof.readings.named import Axes, NamedArray, insertion, pointwise
from lstmproof.refute.arithmetic import Beyond, objects
from lstmproof.refute.moments import Moments, Run
from lstmproof.refute.network import Layout
from lstmproof.refute.shapes import biases
from lstmproof.refute.statement import Statement
from lstmproof.refute.terms import evaluate

EFFORT = 1_000_000
"""z3's own count of work for one query: half a second or so, the same on any machine."""

_INVERSES: Mapping[str, Callable[[float], float]] = {
    "sigmoid": lambda y: log(y / (1 - y)),
    "tanh": atanh,
    "exp": log,
    "log": exp,
    "sqrt": lambda y: y * y,
}


@dataclass
class Symbols:
    """z3 terms of the reals; functions that no polynomial expresses are variables, one for each argument."""

    z3: Any
    facts: list[Any] = field(default_factory=list)
    applied: dict[int, tuple[str, Any, Any]] = field(default_factory=dict)
    """By its place: function, argument, variable."""
    algebra: Algebra = field(init=False)

    def __post_init__(self) -> None:
        self.algebra = Algebra(number=self._number, constant=lambda array: array, apply=self._apply)

    def _number(self, value: Fraction) -> NamedArray:
        return objects([self.z3.Q(value.numerator, value.denominator)], (), ())

    def leaf(self, rows: NDArray[Any], axes: Axes) -> NamedArray:
        return objects(list(rows.reshape(-1)), rows.shape[1:], axes)

    def spread(self, array: NamedArray, axes: Axes, shape: tuple[int, ...]) -> NamedArray:
        return NamedArray(np.broadcast_to(array.data[insertion(array.axes, axes)], shape), axes)

    def stack(self, arrays: Sequence[NamedArray]) -> NamedArray:
        (only,) = arrays
        return only

    def power(self, base: NamedArray, exponent: NamedArray) -> NamedArray:
        return pointwise(np.frompyfunc(self._raised, 2, 1), base, exponent)

    def seeded(self, array: NamedArray) -> NamedArray:
        raise Beyond(f"a derivative by an array of axes {array.axes} of symbols")

    def slope(self, array: NamedArray, by: NamedArray) -> NamedArray:
        raise Beyond(f"a derivative of axes {array.axes} by {by.axes} of symbols")

    def _raised(self, base: Any, exponent: Any) -> Any:
        number = self.z3.simplify(exponent)
        if not self.z3.is_rational_value(number) or number.denominator_as_long() != 1:
            raise Beyond("a power of symbols")
        result: Any = self.z3.Q(1, 1)
        for _ in range(min(max(number.numerator_as_long(), 0), 64)):
            result = result * base
        return result

    def _apply(self, word: str, *arrays: NamedArray) -> NamedArray:
        return pointwise(np.frompyfunc(lambda *entries: self._function(word, *entries), len(arrays), 1), *arrays)

    def _function(self, word: str, one: Any, other: Any = None) -> Any:
        z3 = self.z3
        match word:
            case "abs":
                return z3.If(one >= 0, one, -one)
            case "relu":
                return z3.If(one >= 0, one, z3.Q(0, 1))
            case "maximum":
                return z3.If(one >= other, one, other)
            case "minimum":
                return z3.If(one <= other, one, other)
            case "sigmoid" | "tanh" | "exp" | "log" | "sqrt":
                return self._variable(word, z3.simplify(one))
            case _:
                raise Beyond(f"{word} of symbols")

    def _variable(self, word: str, argument: Any) -> Any:
        for function, known, variable in self.applied.values():
            if function == word and known.eq(argument):
                return variable
        variable = self.z3.Real(f"{word}!{len(self.applied)}")
        self.applied[len(self.applied)] = (word, argument, variable)
        self.facts += {
            "sigmoid": [variable > 0, variable < 1, (variable > self.z3.Q(1, 2)) == (argument > 0)],
            "tanh": [variable > -1, variable < 1, (variable > 0) == (argument > 0)],
            "exp": [variable > 0, variable >= 1 + argument],
            "log": [argument > 0, variable <= argument - 1],
            "sqrt": [argument >= 0, variable >= 0, variable * variable == argument],
        }[word]
        return variable


def networks(statement: Statement, layout: Layout, template: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Rows of `layout` from a model of the hypotheses and the negation at its last step; none if there is no model.

    `template` is a row whose weights stay as they are. Without z3 there are none.
    """
    try:
        import z3
    except ImportError:
        return []
    symbols = Symbols(z3)
    free = _free_places(layout)
    entries = np.array([z3.Q(*Fraction(repr(float(entry))).as_integer_ratio()) for entry in template], dtype=object)
    for place in free:
        entries[place] = z3.Real(f"number!{place}")
    try:
        run = Run(layout, entries[None], symbols)
        solver = z3.SolverFor("QF_NRA")
        solver.set("rlimit", EFFORT)
        solver.add(z3.Not(_all(statement.claim.conclusion, run, layout.steps, z3)))
        for assumption in statement.rest:
            for step in range(1 if assumption.always else layout.steps, layout.steps + 1):
                solver.add(_all(assumption.formula, run, step, z3))
        solver.add(*symbols.facts, *(z3.And(entries[place] >= -100, entries[place] <= 100) for place in free))
    except Beyond:
        return []
    if solver.check() != z3.sat:
        return []
    return [_realised(solver.model(), symbols, template, {place: entries[place] for place in free})]


def _free_places(layout: Layout) -> list[int]:
    """Places that a model may fill, inputs first: all but the weights and the biases, which an input replaces."""
    definition = layout.definition
    added = {bias for _, bias in biases(definition).values()} if definition is not None else set()
    free = [
        block
        for block in layout.blocks
        if not (block.kind == "parameters" and (len(block.axes) > 1 or block.label in added))
    ]
    free.sort(key=lambda block: block.kind != "inputs")
    return [place for block in free for place in range(block.start, block.stop)]


def _all(formula: Formula, run: Run, step: int, z3: Any) -> Any:
    """The formula at a step, of all units."""
    return z3.And(*_units(formula, Moments(run, step, step), z3).data.flat)


def _units(formula: Formula, given: Moments, z3: Any) -> NamedArray:
    match formula:
        case Compare(relation, left, right):
            return pointwise(np.frompyfunc(_COMPARED[relation], 2, 1), evaluate(left, given), evaluate(right, given))
        case Not(inner):
            return pointwise(np.frompyfunc(z3.Not, 1, 1), _units(inner, given, z3))
        case And(parts) | Or(parts):
            join = z3.And if isinstance(formula, And) else z3.Or
            first, *rest = (_units(part, given, z3) for part in parts)
            for other in rest:
                first = pointwise(np.frompyfunc(join, 2, 1), first, other)
            return first
        case _:
            raise Beyond("a statement about more than one run of one network")


_COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
}


def _realised(
    model: Any, symbols: Symbols, template: NDArray[np.float64], free: Mapping[int, Any]
) -> NDArray[np.float64]:
    """The row in which every function of the model takes the value that the model gives it, as far as that can be."""
    row = template.copy()
    for place, symbol in free.items():
        row[place] = _float(model.evaluate(symbol, model_completion=True))
    taken: set[int] = set()
    for word, argument, variable in symbols.applied.values():
        wanted = _float(model.evaluate(variable, model_completion=True))
        for place, symbol in free.items():
            rest = symbols.z3.simplify(argument - symbol)
            if place in taken or _mentions(rest, symbol):
                continue
            taken.add(place)
            row[place] = _inverse(word, wanted) - _float(model.evaluate(rest, model_completion=True))
            break
    return np.clip(np.nan_to_num(row), -1e6, 1e6)


def _mentions(expr: Any, symbol: Any) -> bool:
    pending = [expr]
    while pending:
        each = pending.pop()
        if each.eq(symbol):
            return True
        pending += each.children()
    return False


def _float(value: Any) -> float:
    """A model's number in float64; of an algebraic one, or none, an approximation."""
    text = value.approx(20) if hasattr(value, "approx") else value
    return float(text.as_fraction()) if hasattr(text, "as_fraction") else 0.0


def _inverse(word: str, wanted: float) -> float:
    try:
        return _INVERSES[word](wanted)
    except (ValueError, OverflowError, ZeroDivisionError):
        return 0.0
