"""A cell and a claim as one scalar step: per unit, net inputs and old states are free numbers, functions are variables.

A value of the cell at step t is a polynomial in the old states, the net inputs and the values of the functions of the
table, for one unit. A `Contract` that sums over units is a free number of its own: nothing is known of it. So what
holds of these polynomials under the facts in `atoms` holds of every unit, for all sizes, weights and inputs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

from lstmproof.calculus.carousel import carousel
from lstmproof.calculus.elementwise import NotElementwise
from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.table import FUNCTIONS
from lstmproof.program.expr import Apply, Expr, Number, Ref, Size, walk
from lstmproof.program.nodes import Axes, Constant, Contract, Pointwise, Program, State
from lstmproof.proof.induction.atoms import Atoms
from lstmproof.proof.induction.facts import OutOfReach, at_least
from lstmproof.proof.induction.polynomial import Polynomial, product

Old = Literal["free", "initial"]
"""What the states before the step are: any numbers, or the initial states, so that the step is the first."""

MOST_DEPTH, MOST_OPERATIONS = 200, 10_000
"""Of a carousel over several steps, written out: paths through other states double with every step."""

CLOCK = "t-1"
"""The variable that counts the steps before this one."""

_TIME = re.compile(r"(.*)\[t-(\d+)\]$")
_PARTIAL = {"div", "log", "sqrt"}


class System:
    """One step of a cell, with the names of a claim; without a cell, the claim's free names alone."""

    def __init__(self, claim: Claim, definition: Definition | None, old: Old = "free", past: int = 0) -> None:
        self.claim, self.old, self.atoms = claim, old, Atoms()
        self.program: Program | None = definition.program if definition else None
        self.cell_guards: set[int] = set()
        """Levels of the guards that the cell's own operations set."""
        self._states = {state.label: state for state in self.program.states} if self.program else {}
        self._constants = {each.name: each for each in self.program.constants} if self.program else {}
        self._fixed = {each.name for each in self.program.fixed} if self.program else set()
        self._sources = {each.name for each in self.program.inputs} if self.program else set()
        self._known: dict[tuple[str, int], Polynomial] = {}
        self.clock = Polynomial.constant(0) if old == "initial" else self.atoms.given(CLOCK, simple=True)
        if old == "free":
            self.atoms.assume(at_least(self.clock, past, f"t >= {past + 1}"))
        if self.program and definition:
            self._check_axes(self.program)
            self._define(self.program)

    def _define(self, program: Program) -> None:
        """Give a value to everything in a cell that is not defined everywhere, so that its guards are known."""
        for node in program.nodes:
            if isinstance(node, Pointwise) and any(_is_partial(part) for part in walk(node.expr)):
                self.value(node.out)
        self.cell_guards = {guard.level for guard in self.atoms.guards}

    def _check_axes(self, program: Program) -> None:
        """Raise OutOfReach unless it is plain which unit of one tensor goes with which of another."""
        shapes: set[Axes] = set()
        for name, role in self.claim.arguments.items():
            if role in {"state", "initial"}:
                shapes.add(self._states[name if role == "state" else name.removesuffix("0")].axes)
            elif role in {"input", "value", "parameter", "constant"}:
                shapes.add(program.axes[self._last(name)])
        repeated = {axis for shape in shapes for axis, count in Counter(shape).items() if count > 1}
        if any(len([shape for shape in shapes if axis in shape]) > 1 for axis in repeated):
            listed = ", ".join(sorted(repeated))
            raise OutOfReach(f"an axis that appears twice in one tensor and also in another: {listed}")

    def value(self, name: str, shift: int = 0) -> Polynomial:
        """The value of the Program that is called `name`, `shift` steps before t, of one unit."""
        key = (name, shift)
        if key not in self._known:
            self._known[key] = self._value(name, shift)
        return self._known[key]

    def _value(self, name: str, shift: int) -> Polynomial:
        program = self.program
        assert program is not None
        if name in self._fixed:
            return self._constant(self._constants[name]) if name in self._constants else self.atoms.given(name)
        dated = _TIME.match(name)
        if dated and name not in program.node:
            name, shift = dated[1], shift + int(dated[2])
        state = self._states.get(name)
        if state and shift:
            if shift == 1 and self.old == "initial":
                return self.initial(state)
            return self.atoms.given(f"{name}[t-{shift}]")
        if state:
            name = state.new
        late = f"[t-{shift}]" if shift else ""
        match program.node.get(name):
            case None if name in self._sources:
                return self.atoms.given(name + late)
            case Pointwise(_, _, Apply(function, arguments)) if function in FUNCTIONS:
                terms = tuple(self._inside(argument, shift) for argument in arguments)
                return self.atoms.apply(function, terms, name + late)
            case Pointwise(_, _, expr):
                return self._inside(expr, shift)
            case Contract() as node if _is_unitwise(node):
                return product(self.value(factor.name, shift) for factor in node.factors)
            case Contract():
                return self.atoms.given(name + late)
        raise OutOfReach(f"nothing in {program.name} is called {name}")

    def _inside(self, expr: Expr, shift: int) -> Polynomial:
        """An expression of the Program, `shift` steps before t."""
        return self.translate(expr, lambda name: self.value(name, shift))

    def _constant(self, constant: Constant) -> Polynomial:
        """The default, unless the claim names the constant: then any number."""
        if constant.name in self.claim.arguments:
            return self.atoms.given(constant.name, simple=True)
        return Polynomial.constant(self.claim.defaults.get(constant.name, constant.default))

    def initial(self, state: State) -> Polynomial:
        """The value of a state before the first step."""
        if self.program and f"{state.label}0" in self.program.axes:
            raise OutOfReach(f"{state.label}0 names two values")
        return self.atoms.given(f"{state.label}0", simple=True)

    def term(self, expr: Expr, shift: int = 0) -> Polynomial:
        """A term of the claim: at step t, or at t - 1 if its tensors are states alone."""
        return self.translate(expr, lambda name: self._named(name, shift), shift)

    def start(self, expr: Expr) -> Polynomial:
        """A term of the claim at t = 0, where every state is the initial one."""

        def named(name: str) -> Polynomial:
            match self.claim.arguments.get(name):
                case "state":
                    return self.initial(self._states[name])
                case "time":
                    return Polynomial.constant(0)
            return self._named(name, 0)

        return self.translate(expr, named, None)

    def _named(self, name: str, shift: int) -> Polynomial:
        """An argument of the claim."""
        earlier = _TIME.match(name)
        if earlier and self.claim.arguments.get(earlier[1]) == "state":
            return self.value(name, shift)
        match self.claim.arguments.get(name):
            case "time":
                return self.clock + (1 - shift)
            case "free":
                return self.atoms.given(name, simple=True)
            case "initial":
                return self.initial(self._states[name.removesuffix("0")])
            case "value":
                return self.value(self._last(name), shift)
            case "state" | "input" | "parameter" | "constant":
                return self.value(name, shift)
        raise OutOfReach(f"{name} is not a number")

    def _last(self, name: str) -> str:
        """The last binding of a local that is assigned more than once."""
        assert self.program is not None
        outputs = {output.label: output.value for output in self.program.outputs}
        binding = re.compile(re.escape(name) + r"(\.\d+)?")
        bindings = [node for node in self.program.node if binding.fullmatch(node)]
        return outputs.get(name) or max(bindings, key=lambda each: (len(each), each), default=name)

    def translate(self, expr: Expr, named: Callable[[str], Polynomial], shift: int | None = 0) -> Polynomial:
        """An expression as a polynomial; `named` gives the values of its references."""

        def inner(part: Expr) -> Polynomial:
            return self.translate(part, named, shift)

        match expr:
            case Number(value):
                return Polynomial.constant(value)
            case Ref(name):
                return named(name)
            case Size(axis):
                size = self.atoms.given(f"size({axis})", simple=True)
                self.atoms.assume(at_least(size, 1, "a size is at least 1"))
                return size
            case Apply("add" | "sub" | "mul" | "div" | "neg" as operator, arguments):
                return self._operate(operator, [inner(argument) for argument in arguments])
            case Apply("pow" | "power", (a, b)):
                clock = Polynomial.constant(0) if shift is None else self.clock
                return self.atoms.power(inner(a), inner(b), clock)
            case Apply("stop" | "cut", (a,)):
                return inner(a)
            case Apply("carousel", (Ref(state), Number(lag))) if shift == 0:
                return self._carousel(state, int(lag))
            case Apply(function, arguments) if function in FUNCTIONS:
                return self.atoms.apply(function, tuple(inner(argument) for argument in arguments))
            case Apply(function, _):
                raise OutOfReach(f"{function}(...) is no term of one step")

    def _operate(self, operator: str, values: list[Polynomial]) -> Polynomial:
        match operator, values:
            case "add", (a, b):
                return a + b
            case "sub", (a, b):
                return a - b
            case "mul", (a, b):
                return a * b
            case "div", (a, b):
                return a * self.atoms.reciprocal(b)
        return -values[0]

    def _carousel(self, state: str, lag: int) -> Polynomial:
        if self.program is None or self.old == "initial":
            raise OutOfReach("a carousel is of a cell, between two of its steps")
        try:
            factor = carousel(self.program, state, lag)
        except NotElementwise as error:
            raise OutOfReach(str(error)) from error
        if _is_long(factor):
            raise OutOfReach(f"a carousel over {lag} steps is too long to write out")
        return self.translate(factor, self.value)


def _is_long(expr: Expr) -> bool:
    """Whether an expression, written out, is too deep or has too many parts."""
    pending, count = [(expr, 1)], 0
    while pending:
        part, depth = pending.pop()
        count += 1
        if depth > MOST_DEPTH or count > MOST_OPERATIONS:
            return True
        if isinstance(part, Apply):
            pending += [(each, depth + 1) for each in part.arguments]
    return False


def _is_partial(part: Expr) -> bool:
    """Whether an operation has no value somewhere."""
    match part:
        case Apply("pow", (_, Number(exponent))):
            return exponent < 0
        case Apply(function, _):
            return function in _PARTIAL
    return False


def _is_unitwise(node: Contract) -> bool:
    """Whether it multiplies values of one and the same unit, so that nothing is summed and no two units meet."""
    unique = len(set(node.axes)) == len(node.axes)
    return unique and all(set(factor.indices) <= set(node.indices) for factor in node.factors)


def is_about_states(claim: Claim, expressions: Sequence[Expr]) -> bool:
    """Whether terms have a meaning at step t - 1 and at t = 0 too: no inputs, locals or derivatives."""
    steady = {"state", "parameter", "constant", "initial", "time", "free"}
    for expr in expressions:
        for part in walk(expr):
            if isinstance(part, Ref) and claim.arguments.get(part.name) not in steady:
                return False
            if isinstance(part, Apply) and part.function in {"carousel", "jacobian", "derivative", "limit", "norm"}:
                return False
    return True


def is_timeless(claim: Claim, expressions: Sequence[Expr]) -> bool:
    """Whether terms are the same at every step: parameters, constants, initial states and free names alone."""
    steady = {"parameter", "constant", "initial", "free"}
    return is_about_states(claim, expressions) and all(
        claim.arguments.get(part.name) in steady for expr in expressions for part in walk(expr) if isinstance(part, Ref)
    )
