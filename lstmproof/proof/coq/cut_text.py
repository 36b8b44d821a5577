"""A carousel as Coq reads it: the derivative of the cut system by one state, for every direction of perturbation.

From the step before on, the old state s is perturbed to s + e d, unit by unit, with any vector d; the other states are
not. The cut system's equations, which `cut_system` writes and not the calculus, hold for every e, and what it records
is its value at e = 0. That the carousel is D says
that the new state at each unit has slope D d(unit) at e = 0: the derivative is D, and mixes no units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lstmproof.language.formula import And, Compare, Formula, Or, terms
from lstmproof.program.expr import Apply, Expr, Number, Ref, walk
from lstmproof.program.nodes import Axes, Pointwise
from lstmproof.proof.coq.cell_text import CellText, Equation, Index
from lstmproof.proof.coq.cut_system import cut_program
from lstmproof.proof.coq.spelling import term

RECORDED = "recorded "
"""Begins the name of a value that the cut system holds fixed."""


@dataclass(frozen=True, slots=True)
class Carousel:
    """One carousel of a claim."""

    place: int
    state: str
    lag: int

    @property
    def word(self) -> str:
        """What a statement calls its value."""
        return f"slope'{self.place}"


def carousels(formula: Formula) -> tuple[Carousel, ...]:
    """The carousels that a formula speaks of, each once."""
    found = [
        (part.arguments[0].name, int(part.arguments[1].value))
        for expr in terms(formula)
        for part in walk(expr)
        if isinstance(part, Apply)
        and part.function == "carousel"
        and isinstance(part.arguments[0], Ref)
        and isinstance(part.arguments[1], Number)
    ]
    return tuple(Carousel(place, *each) for place, each in enumerate(dict.fromkeys(found), 1))


def replaced(formula: Formula, values: dict[tuple[str, int], Expr]) -> Formula:
    """The formula with expressions in place of its carousels, by state and lag."""

    def inside(expr: Expr) -> Expr:
        match expr:
            case Apply("carousel", (Ref(state), Number(lag))):
                return values[state, int(lag)]
            case Apply(function, arguments):
                return Apply(function, tuple(inside(each) for each in arguments))
        return expr

    match formula:
        case Compare(relation, left, right):
            return Compare(relation, inside(left), inside(right))
        case And(parts):
            return And(tuple(replaced(part, values) for part in parts))
        case Or(parts):
            return Or(tuple(replaced(part, values) for part in parts))
    return formula


class CutText(CellText):
    """The cut system of a cell, perturbed: each of its values is a function of e, written before the step."""

    def __init__(self, cell: CellText, about: Carousel) -> None:
        assert cell.program is not None
        super().__init__(cut_program(cell.program), cell.constants, cell.free)
        self.cell, self.about, self.time = cell, about, "k'"
        self._given = {source.name for source in (*cell.program.inputs, *cell.program.fixed)}
        assert self.program is not None
        self.nodes = tuple(_marked(node) if isinstance(node, Pointwise) else node for node in self.program.nodes)

    def word(self, name: str) -> str:
        """Sources keep the cell's words; what varies with e has its own."""
        if name in self._given or name in self.free or name not in self.varying:
            return self.cell.word(name)
        return f"{super().word(name)}'c{self.about.place}"

    def size(self, axis: str) -> str:
        """The cell's word."""
        return self.cell.size(axis)

    def index(self, axis: str) -> str:
        """The cell's word."""
        return self.cell.index(axis)

    @property
    def varying(self) -> tuple[str, ...]:
        """Names of the sequences that depend on e."""
        assert self.program is not None
        return tuple(dict.fromkeys([node.out for node in self.program.nodes] + list(self.states)))

    @property
    def start(self) -> str:
        """The step at which the state is perturbed."""
        return self.cell.time if self.about.lag == 1 else "m'"

    def at(self, name: str, e: str, step: str, index: Index) -> str:
        """A value of the perturbed system; `step` counts from 0, and an old state is read at the step before."""
        return self.value(name, f"{e} (S {step})", f"{e} {step}", index)

    def value(self, name: str, step: str, before: str, index: Index) -> str:
        """A value, its step beginning with e; sources do not depend on e."""
        if name.startswith(RECORDED):
            at_zero, before_zero = (f"0 {text.partition(' ')[2]}" for text in (step, before))
            return self.value(name.removeprefix(RECORDED), at_zero, before_zero, index)
        if name in self._given:
            return self.cell.value(name, step.partition(" ")[2], before.partition(" ")[2], index)
        return super().value(name, step, before, index)

    # ---- the statement ----

    def derivative(self, slope: str, index: Index) -> str:
        """That the state's derivative, `lag` steps on, is `slope` at every unit, whatever is done to the others."""
        state, cell = self.states[self.about.state], self.cell
        lines = [f"forall (d' : {'nat -> ' * len(state.axes)}R)"]
        for name in self.varying:
            lines[0] += f" ({self.word(name)} : R -> nat -> {'nat -> ' * len(self.axes_of[name])}R)"
        lines[0] += ","
        if self.about.lag > 1:
            lines.append(f"forall m' : nat, (S {cell.time} = m' + {self.about.lag})%nat ->")
        lines += [f"({text}) ->" for _, text in self.hypotheses()]
        new = self.value(self.about.state, f"e' (S {cell.time})", "", index)
        direction = " ".join(["d'", *(index[axis] for axis in state.axes)])
        lines.append(f"is_derive (fun e' => {new}) 0 ({slope} * ({direction}))")
        return "\n".join(lines)

    def hypotheses(self) -> Iterator[tuple[str, str]]:
        """The perturbed states at the start, then every equation of the cut system, by name."""
        for label, state in self.states.items():
            index = self._own_index(state.axes)
            units = [index[axis] for axis in state.axes]
            left = self.value(label, f"e' {self.start}", "", index)
            right = self.cell.value(label, self.start, "", index)
            if label == self.about.state:
                direction = " ".join(["d'", *units])
                right = f"{right} + e' * ({direction})"
            ranges = "".join(f"({self.index(axis)} < {self.size(axis)})%nat -> " for axis in state.axes)
            yield f"{label}0", f"forall (e' : R) {_natural(units)}{ranges}{left} = {right}"
        for equation in self.equations():
            yield equation.value, equation.text

    def equations(self) -> Iterator[Equation]:
        """Every equation of the cut system, for each e and from the start on."""
        assert self.program is not None
        for node in self.nodes:
            index = self._own_index(node.axes)
            left = self.at(node.out, "e'", "k'", index)
            right = self._pointwise(node, index) if isinstance(node, Pointwise) else self._contract(node, index)
            yield Equation(node.out, node.axes, self._everywhere(node.axes, index, f"{left} = {right}"))
        for label, state in self.states.items():
            if state.new != label:
                index = self._own_index(state.axes)
                sides = (self.at(name, "e'", "k'", index) for name in (label, state.new))
                yield Equation(label, state.axes, self._everywhere(state.axes, index, " = ".join(sides)))

    def _everywhere(self, axes: Axes, index: Index, text: str) -> str:
        units = [index[axis] for axis in axes]
        ranges = "".join(f"({index[axis]} < {self.size(axis)})%nat -> " for axis in axes)
        bound = _natural(["k'", *units])
        return f"forall (e' : R) {bound}({self.start} <= k')%nat -> {ranges}{text}"

    def _pointwise(self, node: Pointwise, index: Index) -> str:
        return self.expression(node.expr, "e'", "k'", index)

    def expression(self, expr: Expr, e: str, step: str, index: Index) -> str:
        """A node's expression at e."""
        return term(expr, lambda name: self.at(name, e, step, index), self.size, quotient=" / ")

    def _factor(self, name: str, letters: Sequence[str]) -> str:
        if name in self._given:
            return super()._factor(name, letters)
        known = {state.old: label for label, state in self.states.items()}
        step = "e' k'" if name in known else "e' (S k')"
        return f"({' '.join([self.word(known.get(name, name)), step, *letters])})"


def _natural(names: Sequence[str]) -> str:
    return f"({' '.join(names)} : nat), " if names else ", "


def _marked(node: Pointwise) -> Pointwise:
    """The node with marks on what it records, in place of `stop`."""

    def inside(expr: Expr, recorded: bool) -> Expr:
        match expr:
            case Ref(name):
                return Ref(RECORDED + name) if recorded else expr
            case Apply("stop" | "cut", (inner,)):
                return inside(inner, True)
            case Apply(function, arguments):
                return Apply(function, tuple(inside(each, recorded) for each in arguments))
        return expr

    return Pointwise(node.out, node.axes, inside(node.expr, False))
