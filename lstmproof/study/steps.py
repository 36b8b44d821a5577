"""The backward derivation, step by step: one step for each equation of the cell, the last equation first.

When the sweep comes to the equation of v, all that reads v has been dealt with and its cotangent is complete. The
step says what has arrived, and what the equation hands on to each value that it reads, by which rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lstmproof.calculus.adjoint import Contribution, Derived
from lstmproof.kernels.kernel import Kernel
from lstmproof.kernels.lines import Line as CodeLine
from lstmproof.kernels.lines import result
from lstmproof.language.definition import Definition
from lstmproof.program.nodes import Node
from lstmproof.study.formulas import Formula, Spelled, over_time, speller
from lstmproof.study.recheck import Recheck
from lstmproof.study.rules import ADD, LOSS, OVER_TIME, STATE, SUM, Rule, rules_of


@dataclass(frozen=True)
class Line:
    """One formula of a step."""

    rules: tuple[Rule, ...]
    formula: Formula
    value: str
    """The value of the cell whose cotangent it is about."""
    code: CodeLine | None
    """Where the kernel computes it."""


@dataclass(frozen=True)
class Step:
    """What one equation of the cell hands back, or, without an equation, what is collected at the end."""

    equation: Formula | None
    place: int
    """The equation's line in the derivation file."""
    lines: tuple[Line, ...]
    compared: int
    """Numbers that the re-check held against perturbations of this step's values; 0 if it left one of them out."""
    holds: bool


def steps(definition: Definition, derived: Derived, kernel: Kernel, checked: Recheck) -> tuple[Step, ...]:
    """The derivation of the adjoint, in the order in which it is made."""
    walk = _Walk(definition, derived, kernel, checked)
    made = [walk.step(node) for node in reversed(walk.ahead.latex.plan.equations)]
    return tuple(step for step in (*made, walk.collected()) if step.lines)


class _Walk:
    """The sweep over the equations, with what it looks up."""

    def __init__(self, definition: Definition, derived: Derived, kernel: Kernel, checked: Recheck) -> None:
        self.definition, self.derived, self.kernel, self.checked = definition, derived, kernel, checked
        self.program = derived.primal
        self.ahead = speller(self.program)
        self.back = speller(derived.program, self.program)
        self.terms = Counter(each.value for each in derived.contributions)
        self.parameters = {source.name: source for source in self.program.parameters}
        self.inputs = {source.name: source for source in self.program.inputs}
        self.olds = {state.old: state.label for state in self.program.states}

    def step(self, node: Node) -> Step:
        """What the equation of a shown value hands on."""
        members = self._members(node)
        lines = [*self._arrived(node.out)]
        said: set[str] = set()
        for each in reversed([n for n in self.program.nodes if n.out in members]):
            lines += [line for line in self._inner(each, node) if not _repeated(line, said)]
        handed = [each for each in self.derived.contributions if each.node in members and each.value not in members]
        lines += [self._handed(given) for given in sorted(handed, key=self._kind)]
        equation = Formula(self.ahead.value(node.out), self.ahead.definition(node.out))
        values = dict.fromkeys((*members, *(line.value for line in lines if line.value not in self.program.node)))
        return self._step(equation, self.definition.lines.get(node.out, 0), lines, tuple(values))

    def _step(self, equation: Formula | None, place: int, lines: list[Line], values: tuple[str, ...]) -> Step:
        labels = [f"{self.olds[value]}0" if value in self.olds else value for value in values]
        counts = [self.checked.compared.get(label, 0) for label in labels]
        compared = sum(counts) if all(counts) else 0
        holds = compared > 0 and all(map(self.checked.holds, labels))
        return Step(equation, place, tuple(lines), compared, holds)

    def _members(self, node: Node) -> tuple[str, ...]:
        """The nodes that are written within the equation of `node`, itself included."""
        found = [node.out]
        for name in found:
            inner = self.program.node.get(name)
            found += [each for each in (inner.operands if inner else ()) if self._is_inlined(each, found)]
        return tuple(found)

    def _is_inlined(self, name: str, known: list[str]) -> bool:
        return name in self.ahead.latex.plan.inlined and name not in known

    def _arrived(self, value: str) -> Iterator[Line]:
        """The whole cotangent of a value, where more than one term makes it."""
        bar = self.derived.cotangents.get(value)
        if bar is None or (self.terms[value] == 1 and self._given(value)[0].node):
            return
        given = [each for each in self._given(value) if not each.node]
        carried = {state.new for state in self.program.states}
        rules = [LOSS] * (len(given) - (value in carried) > 0) + [STATE] * (value in carried)
        if len(rules) < self.terms[value] or not rules:
            rules.append(ADD)
        yield Line(tuple(rules), Formula(self.back.value(bar), self.back.definition(bar)), value, self._code(bar))

    def _given(self, value: str) -> list[Contribution]:
        return [each for each in self.derived.contributions if each.value == value]

    def _inner(self, node: Node, root: Node) -> Iterator[Line]:
        """The cotangent of a value within the equation, such as a net input, if it has a name of its own."""
        bar = self.derived.cotangents.get(node.out)
        if node.out == root.out or bar is None:
            return
        bar = self.back.latex.plan.same.get(bar, bar)
        if any(each.out == bar for each in self.back.latex.plan.equations):
            formula = Formula(self.back.value(bar), self.back.definition(bar))
            yield Line(self._leading(node.out), formula, node.out, self._code(bar))

    def _leading(self, value: str) -> tuple[Rule, ...]:
        """The rules that lead to a value's cotangent from the nearest one that has a line."""
        rules: list[Rule] = []
        for given in self._given(value):
            if given.node:
                rules += [*self._before(given.node), *self._rules(given)]
        return _without_sums(rules)

    def _before(self, node: str) -> tuple[Rule, ...]:
        """The rules behind the cotangent of a node within an equation, if that has no line of its own."""
        bar = self.derived.cotangents[node]
        bar = self.back.latex.plan.same.get(bar, bar)
        hidden = bar in self.back.latex.plan.inlined
        return self._leading(node) if hidden and node in self.ahead.latex.plan.inlined else ()

    def _kind(self, given: Contribution) -> tuple[int, int]:
        """Values of the step first, then old states, inputs and parameters, each in the order of the cell."""
        groups = (self.program.node, self.olds, self.inputs, self.parameters)
        found = next(place for place, group in enumerate(groups) if given.value in group)
        return found, list(groups[found]).index(given.value)

    def _rules(self, given: Contribution) -> tuple[Rule, ...]:
        return rules_of(self.program.node[given.node], given.value, self.program, self.ahead)

    def _handed(self, given: Contribution) -> Line:
        """What an equation hands on to one of the values that it reads."""
        value = given.value
        rules = _without_sums((*self._before(given.node), *self._rules(given)))
        right = self.back.expression(given.expr)
        adds = self.terms[value] > 1
        bar = self.derived.cotangents[value]
        if value in self.parameters:
            output = next(each for each in self.derived.program.totals if each.label == self.parameters[value].label)
            summed = over_time(right, grouped=self.back.latex.expression(given.expr).level == 1)
            if not adds and (whole := self.back.total(output)).right != summed:
                return Line((OVER_TIME,), whole, value, self._result(output.label, bar))
            return Line(rules, Formula(self.back.leaving(output), summed, adds), value, self._result(output.label, bar))
        return Line(rules, Formula(self._left(value), right, adds), value, self._code(bar))

    def _left(self, value: str) -> Spelled:
        if value in self.inputs:
            output = next(each for each in self.derived.program.outputs if each.label == self.inputs[value].label)
            return self.back.leaving(output, "t")
        return self.back.value(self.derived.cotangents[value])

    def _result(self, label: str, bar: str) -> CodeLine | None:
        return self.kernel.lines.get(result(label)) or self._code(bar)

    def _code(self, bar: str) -> CodeLine | None:
        return self.kernel.lines.get(bar)

    def collected(self) -> Step:
        """The inputs and old states that several equations read: the sums of what these handed on."""
        lines = []
        for value in (*self.olds, *self.inputs):
            if self.terms[value] > 1:
                bar = self.derived.cotangents[value]
                formula = Formula(self._left(value), self.back.definition(bar))
                lines.append(Line((ADD,), formula, value, self._code(bar)))
        return self._step(None, 0, lines, tuple(line.value for line in lines))


def _without_sums(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Each rule once; that a sum hands on what it receives is left out where there is more to say."""
    found = tuple(dict.fromkeys(rules))
    return tuple(rule for rule in found if rule is not SUM) or found


def _repeated(line: Line, said: set[str]) -> bool:
    """Whether a step has said that already, of a net input with several products; notes what it says."""
    known = line.formula.left.text in said
    said.add(line.formula.left.text)
    return known
