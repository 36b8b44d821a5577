"""Rendering: the values, expressions and equations of a Program in one notation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.program.latex import LATEX
from lstmproof.program.layout import Layout, Name, is_cotangent, layout, taken_apart
from lstmproof.program.nodes import Axes, Contract, Node, Output, Pointwise, Program
from lstmproof.program.notation import Level, Notation, Piece, operate, power, recognised
from lstmproof.program.text import TEXT


@dataclass(frozen=True, slots=True)
class Written:
    """One equation as it is spelled, and the value that it gives."""

    left: str
    right: str
    value: str
    """Name of the node; of what leaves the program, its label."""


@dataclass(frozen=True)
class Printer:
    """Renders the values of one program in one notation."""

    notation: Notation
    program: Program
    plan: Layout
    axes: Mapping[str, Axes]
    steady: frozenset[str]
    """Names of values that do not change from step to step."""
    names: Mapping[str, Name]
    """The name of every value, taken apart."""
    times: Mapping[str, str]
    """The step that its spelling bears: `t`, `t-1` or nothing."""
    shown: Mapping[str, str]
    """The spelling of every named value."""
    tidy: bool = False
    """Whether products are written without inner parentheses, numbers first, in whatever order they are computed."""

    def value(self, name: str) -> Piece:
        """A value by name, or, where it has none of its own, as the expression that it stands for."""
        name = self.plan.same.get(name, name)
        if name in self.plan.inlined:
            return self.definition(self.plan.inlined[name])
        return Piece(self.shown.get(name, name), rank=len(self.axes.get(name, ())))

    def definition(self, node: Node) -> Piece:
        if isinstance(node, Contract):
            return self.notation.contraction(recognised(node, self.axes, self.value))
        return self.expression(node.expr)

    def expression(self, expr: Expr) -> Piece:
        match expr:
            case Ref(name):
                return self.value(name)
            case Number(value):
                return self.notation.number(value)
            case Size(axis):
                return Piece(self.notation.size(axis))
            case Apply("stop" | "cut", (held,)) if self.program.direction == "backward":
                return self.expression(held)
            case Apply("pow", (base, Number(exponent))):
                return power(self.notation, self.expression(base), exponent)
            case Apply("mul", _) | Apply("neg", (Apply("mul", _),)) if self.tidy:
                return self.product(map(self.expression, tidied(expr, self.opened)))
            case Apply(function, arguments):
                return operate(self.notation, function, [self.expression(argument) for argument in arguments])

    def opened(self, expr: Expr) -> Expr:
        """What a value without a name of its own stands for, if that is an expression."""
        while isinstance(expr, Ref):
            node = self.plan.inlined.get(self.plan.same.get(expr.name, expr.name))
            if not isinstance(node, Pointwise):
                return expr
            expr = node.expr
        return expr

    def product(self, factors: Iterable[Piece]) -> Piece:
        """Factors multiplied from left to right."""
        return reduce(lambda left, right: operate(self.notation, "mul", [left, right]), factors)


def printer_of(program: Program, primal: Program | None, notation: Notation) -> Printer:
    """The printer of `program`; `primal` is the program whose run its tape holds, if it has one."""
    plan = layout(program, primal)
    programs = [known for known in (primal, program) if known is not None]
    axes = {name: shape for known in programs for name, shape in known.axes.items()}
    steady = frozenset(name for known in programs for name in steady_names(known))
    names = {name: plan.names.get(name, taken_apart(name)) for name in axes}
    times = _times(names, steady, program, notation)
    return Printer(notation, program, plan, axes, steady, names, times, _spelled(names, times, notation))


def tidied(expr: Expr, opened: Callable[[Expr], Expr]) -> list[Expr]:
    """The factors of a product, its sign and its numbers, as one, first; `opened` looks through names."""
    number, factors = Fraction(1), []
    pending = [expr]
    while pending:
        factor = pending.pop()
        match opened(factor):
            case Apply("mul", (a, b)):
                pending += [b, a]
            case Apply("neg", (a,)):
                number = -number
                pending.append(a)
            case Number(value):
                number *= value
            case Apply("stop" | "cut", (held,)):
                pending.append(held)
            case _:
                factors.append(factor)
    if abs(number) == 1 and factors:
        return factors if number == 1 else [Apply("neg", (factors[0],)), *factors[1:]]
    return [Number(number), *factors]


def steady_names(program: Program) -> Iterator[str]:
    """Parameters, constants, and what is built of them alone."""
    known = {source.name for source in program.parameters} | {constant.name for constant in program.constants}
    for node in program.nodes:
        if known.issuperset(node.operands):
            known.add(node.out)
    yield from known


def _times(names: Mapping[str, Name], steady: frozenset[str], program: Program, notation: Notation) -> dict[str, str]:
    states = {state.label for state in program.states}
    carried = {name for state in program.states for name in (state.old, state.new)}
    return {name: _time(parts, name in steady - carried, states, notation) for name, parts in names.items()}


def _spelled(names: Mapping[str, Name], times: Mapping[str, str], notation: Notation) -> dict[str, str]:
    """Spellings that are all different; of those that would coincide, the raw names."""
    spelled = {name: notation.name(parts, times[name]) for name, parts in names.items()}
    count = Counter(spelled.values())
    return {
        name: text if count[text] == 1 else notation.name(Name(name), times[name]) for name, text in spelled.items()
    }


def _time(parts: Name, steady: bool, states: set[str], notation: Notation) -> str:
    """In text only states and what they carry are dated: all else is of step t."""
    if steady:
        return ""
    if parts.earlier:
        return "t-1"
    dated = notation is LATEX or (parts.base in states and parts.roles in ((), ("next",)))
    return "t" if dated else ""


def yielded(output: Output, notation: Notation, time: str = "") -> str:
    """A value that leaves the program: the gradient dL/dv where it is the cotangent of v."""
    label = notation.name(taken_apart(output.label), time)
    if not is_cotangent(output.value):
        return label
    return f"dL/d{label}" if notation is TEXT else rf"\frac{{\partial L}}{{\partial {label}}}"


def equations(printer: Printer) -> list[Written]:
    """Every equation in order: nodes, then what leaves each step, then what is summed over steps."""
    program = printer.program
    found = [
        Written(printer.value(node.out).text, printer.definition(node).text, node.out)
        for node in printer.plan.equations
    ]
    for output in program.outputs:
        right = printer.value(output.value).text
        if is_cotangent(output.value) or output.label not in (output.value, right):
            found.append(Written(yielded(output, printer.notation, "t"), right, output.label))
    return found + [totalled(printer, output) for output in program.totals]


def totalled(printer: Printer, output: Output) -> Written:
    """What is summed over all steps."""
    over_t = "sum over t of " if printer.notation is TEXT else r"\sum_{t} "
    piece = printer.value(output.value)
    sum_ = piece.level == Level.SUM and printer.notation is LATEX
    right = printer.notation.group(piece.text) if sum_ else piece.text
    return Written(yielded(output, printer.notation), over_t + right, output.label)
