"""Terms of claims in normal form: the words of claims beside the values that they speak of.

A term with `jacobian` has two readings, of an entry on the diagonal and of one beside it. The norm of a Jacobian is
read as a bound of any of its rows' sums, so that it may stand only where a bound from above is claimed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from lstmproof.calculus.tangent import differential
from lstmproof.language.claims import Role
from lstmproof.language.formula import INFINITY
from lstmproof.program.expr import ONE, ZERO, Apply, Expr, Number, Ref, Size, references, substitute, walk
from lstmproof.program.nodes import Axes, Program, State
from lstmproof.proof.exact import Element
from lstmproof.proof.symbolic.bounds import Signs
from lstmproof.proof.symbolic.costs import cost
from lstmproof.proof.symbolic.flows import Jacobian, carousel_factor, jacobian_over
from lstmproof.proof.symbolic.flows import jacobian as jacobian_of
from lstmproof.proof.symbolic.limits import Infinite, NoLimit, eventual_sign, limit
from lstmproof.proof.symbolic.normal import NATURAL, NoNormalForm, Reals
from lstmproof.proof.symbolic.signs import sign_of
from lstmproof.proof.symbolic.values import CellValues, program_name

Place = Literal["same", "other"]
"""Of a Jacobian's entry: its row's unit and its column's are one, or not."""


@dataclass
class Meaning:
    """Reads the terms of one claim."""

    reals: Reals
    values: CellValues | None
    roles: Mapping[str, Role]
    known: Signs
    given: Mapping[str, Callable[[str], Element]]
    """What stands for free names and norms of which hypotheses say something."""
    place: Place = "same"
    _bound: dict[str, Element] = field(default_factory=dict)

    def of(self, expr: Expr) -> Element:
        """The normal form of a term.

        Raises:
            NoNormalForm: it has none.
            NoFactor, NotElementwise: an error factor that mixes units.
            NoLimit: a limit that is not decided, or infinite.
        """
        match expr:
            case Number(value):
                return self.reals.rational(value)
            case Ref(name):
                return self.name(name)
            case Size(axis):
                return self._size(axis)
            case Apply(word, _) if word in _WORDS_OF_CLAIMS:
                return self._word(expr)
            case Apply("pow", (base, Number(exponent))):
                return self.reals.apply("power", self.of(base), self.reals.rational(exponent))
            case Apply(function, arguments):
                return self.reals.apply(function, *(self.of(argument) for argument in arguments))

    def _word(self, expr: Apply) -> Element:
        match expr:
            case Apply("carousel", (Ref(state), Number(lag))):
                return carousel_factor(self.cell(), self._program_name(state), int(lag))
            case Apply("jacobian", (Ref(value), Ref(state), Number(lag))):
                entries = self.jacobian(value, state, int(lag))
                return entries.same if self.place == "same" else entries.other
            case Apply("derivative", (inner, Ref(variable))):
                self.of(inner)  # a derivative exists only where the formula does
                return self.of(derivative(inner, variable))
            case Apply("limit"):
                found = self.limit(expr)
                if isinstance(found, Infinite):
                    raise NoLimit(f"the limit is {found}")
                return found
            case Apply("cost", (Ref(flow),)):
                return self.of(cost(self.cell().program, flow))
            case Apply("product", (left, right)):
                return self._product(left, right)
            case Apply("norm", (Ref(tensor),)):
                return self.norm(f"norm({tensor})")
        raise NoNormalForm(f"{expr.function}(...) of this form")

    def resolved(self, expr: Expr) -> Element:
        """A term whose names are already those of the program."""
        if self.values is None:
            return self.of(expr)
        own = {name for name, role in self.roles.items() if role in ("free", "time", "initial")}
        inner = self.values

        def read(name: str) -> Element:
            return self.name(name) if name in own else inner.value(name)

        return self.reals.of(expr, read)

    def name(self, name: str) -> Element:
        """An argument of the claim, at step t."""
        if name in self._bound:
            return self._bound[name]
        role = self.roles.get(name)
        if role == "free" and name in self.given:
            return self.given[name](name)
        if role in ("free", "time", "initial") or self.values is None:
            if role == "initial" and name in self.given:
                return self.given[name](name)
            return self.reals.symbol(name) if role != "time" else self._step()
        return self.values.value(program_name(name, self.roles, self.values.program))

    def _step(self) -> Element:
        """t, which is at least 1."""
        return self.reals.symbol(EARLIER_STEPS) + 1

    def _size(self, axis: str) -> Element:
        """A number of units, which is at least 1."""
        return self.reals.symbol(f"{MORE_UNITS}{axis}") + 1

    def cell(self) -> CellValues:
        """The cell that the claim speaks of."""
        if self.values is None:
            raise NoNormalForm("a word that speaks of a cell, in a statement about formulas alone")
        return self.values

    def _program_name(self, state: str) -> str:
        return next(each.label for each in self.cell().program.states if each.label == state)

    def jacobian(self, value: str, state: str, lag: int) -> Jacobian:
        """Entries of d value(t) / d state(t - lag)."""
        values = self.cell()
        return jacobian_over(values, program_name(value, self.roles, values.program), self.carried(state), lag)

    def carried(self, label: str) -> State:
        """A state of the cell."""
        return next(each for each in self.cell().program.states if each.label == label)

    def _product(self, left: Expr, right: Expr) -> Element:
        """`W @ v` in a claim is the same atom as in the cell."""
        values = self.cell()
        operands = [(self.of(side), axes_of(side, self.roles, values.program)) for side in (left, right)]
        return values.matrix_product(*operands)

    def norm(self, name: str) -> Element:
        """The norm of a tensor, which is not negative."""
        self.known.setdefault(name, "nonnegative")
        return self.given[name](name) if name in self.given else self.reals.symbol(name)

    def limit(self, expr: Expr) -> Element | Infinite:
        """The limit that an expression stands for."""
        match expr:
            case Apply("limit", (inner, Ref(variable), Ref(point))) if point == INFINITY:
                return self._at_infinity(inner, variable, 1)
            case Apply("limit", (inner, Ref(variable), Apply("neg", (Ref(point),)))) if point == INFINITY:
                return self._at_infinity(inner, variable, -1)
            case Apply("limit", (inner, Ref(variable), point)):
                return self._at_point(inner, variable, self.of(point))
        raise NoLimit("no limit")

    def _at_infinity(self, inner: Expr, variable: str, direction: int) -> Element | Infinite:
        name = f"{variable} of the limit"
        before = len(self.reals.needs)
        element = replace(self, _bound={**self._bound, variable: self.reals.symbol(name)}).of(inner)
        for need, each in self.reals.needs[before:]:
            if name in self.reals.support(each):
                sign = eventual_sign(self.reals, each, name, direction, self.known)
                if sign is None or sign == "zero" or (need != "nonzero" and sign != "positive"):
                    raise NoLimit("the formula may be undefined far out")
        self.reals.needs[before:] = [
            (need, each) for need, each in self.reals.needs[before:] if name not in self.reals.support(each)
        ]
        return limit(self.reals, element, name, direction, self.known)

    def _at_point(self, inner: Expr, variable: str, point: Element) -> Element:
        """Continuity: a formula that is defined at the point, and there without a jump, has its value as the limit."""
        if any(isinstance(part, Apply) and part.function in _JUMPS for part in walk(inner)):
            raise NoLimit("a limit at a point where the formula may jump")
        return replace(self, _bound={**self._bound, variable: point}).of(inner)


_WORDS_OF_CLAIMS = {"carousel", "jacobian", "derivative", "limit", "cost", "product", "norm"}

_JUMPS = {"sign", "step", "power", "derivative", "limit", "sqrt", "log"}
"""Functions that are not continuous, or not defined on both sides, somewhere."""

EARLIER_STEPS = f"{NATURAL}earlier steps"
MORE_UNITS = f"{NATURAL}units but one along "


def derivative(expr: Expr, variable: str) -> Expr:
    """d expr / d variable, all other names fixed.

    Raises:
        NoNormalForm: the variable is inside a word of claims or an exponent.
    """
    opaque: dict[str, Expr] = {}

    def closed(part: Expr) -> Expr:
        """Words that are not differentiated, as names of their own."""
        match part:
            case Apply("derivative", (inner, Ref(other))):
                return closed(derivative(inner, other))
            case Apply(function, _) if function in _WORDS:
                if variable in references(part):
                    raise NoNormalForm(f"the derivative of {function}(...)")
                name = f"{function} {len(opaque)}"
                opaque[name] = part
                return Ref(name)
            case Apply(function, arguments):
                return Apply(function, tuple(closed(argument) for argument in arguments))
            case _:
                return part

    inner = closed(expr)
    slope = differential(inner, inner, lambda name: ONE if name == variable else ZERO)
    return substitute(slope, lambda ref: opaque.get(ref.name, ref))


_WORDS = {"carousel", "jacobian", "limit", "norm", "power", "product", "outer", "dot", "sum", "mean", "cost"}


def axes_of(expr: Expr, roles: Mapping[str, Role], program: Program) -> Axes:
    """Axes of a term that names tensors."""
    match expr:
        case Ref(name):
            known = name.removesuffix("0") if roles.get(name) == "initial" else program_name(name, roles, program)
            return program.axes.get(known, ())
        case Apply("jacobian", (value, state, _)):
            return axes_of(value, roles, program) + axes_of(state, roles, program)
        case Apply("product", (left, right)):
            a, b = axes_of(left, roles, program), axes_of(right, roles, program)
            return a[: len(a) - len(b)] if len(a) >= len(b) else b[len(a) :]
        case Apply(_, arguments):
            return max((axes_of(argument, roles, program) for argument in arguments), key=len, default=())
        case _:
            return ()


def row_bound(meaning: Meaning, term: Expr) -> Element:
    """A bound of each row sum of a Jacobian's absolute entries, at any unit: |own_i| + |a_i| norm(W), where the rest of
    entry ij is a_i W_ij. The greatest row sum is at most e if every row's bound is. Over several steps, the norm of the
    product is at most the product of the norms.

    Raises:
        NoNormalForm: the Jacobian's entries are not that simple.
    """
    match term:
        case Apply("jacobian", (Ref(value), Ref(state), Number(lag))):
            values = meaning.cell()
            if lag > 1 and (value != state or len(values.program.states) != 1):
                raise NoNormalForm("a Jacobian over several steps of more than one state sums over paths")
            bound = meaning.reals.rational(1)
            for shift in range(int(lag)):
                bound = bound * _step_bound(meaning, value, state, shift)
            return bound
    raise NoNormalForm("the norm of something other than a tensor or a Jacobian")


def _step_bound(meaning: Meaning, value: str, state: str, shift: int) -> Element:
    reals, values = meaning.reals, meaning.cell()
    found = jacobian_of(values, program_name(value, meaning.roles, values.program), meaning.carried(state), shift)
    total = magnitude(meaning, found.same - found.other)
    rest = found.other
    for name in (each.name for each in values.program.parameters if len(each.axes) > 1):
        slope = values.linear_part(found.other, name)
        rest = rest - slope * values.value(name)
        if slope:
            total = total + magnitude(meaning, slope) * meaning.norm(f"norm({name})")
    if rest:
        raise NoNormalForm("a Jacobian whose entries are no multiples of weights")
    return total + reals.rational(0)


def magnitude(meaning: Meaning, z: Element) -> Element:
    """|z|, without the bars where its sign is known."""
    match sign_of(meaning.reals, z, meaning.known):
        case "positive" | "nonnegative" | "zero":
            return z
        case "negative" | "nonpositive":
            return -z
        case None:
            return meaning.reals.absolute(z)
