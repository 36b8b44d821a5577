"""The adjoint of a Program: reverse accumulation through one step, as a Program that runs the other way in time.

With L the loss, v.bar = dL/dv. Every sequence source receives its cotangent as an output at each step, every
parameter as a total over steps, and each state hands the cotangent of its old value to the step before. The roles
swap: an output of the primal is an input here, a total is a parameter, and so the adjoint of an adjoint is a
Program too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from lstmproof.calculus.partials import partial
from lstmproof.program.build import Names, mul, summed, total
from lstmproof.program.expr import ONE, ZERO, Apply, Expr, Ref
from lstmproof.program.nodes import (
    Contract,
    Node,
    Operand,
    Output,
    Pointwise,
    Program,
    Source,
    State,
)
from lstmproof.program.typecheck import checked


def adjoint(program: Program) -> Program:
    """Return the Program whose outputs and totals are the gradients of `program`.

    Its inputs are cotangents, labelled as the outputs of `program`; its tape holds values of `program` by name; its
    states carry the cotangent of each state and end with that of the initial one; its outputs are labelled as the
    inputs of `program`, those for an entry L of its tape `L.tape`, its totals as its parameters. The cotangent of a
    total L of `program` is a parameter `L.cot`. Constants get no gradient.
    """
    return derive(program).program


@dataclass(frozen=True, slots=True)
class Contribution:
    """A term of the cotangent of a value."""

    value: str
    expr: Expr
    """Over values of the adjoint and of the tape."""
    node: str
    """The node of the primal whose rule gives it; empty for what the loss and the next step give."""


@dataclass(frozen=True)
class Derived:
    """An adjoint, and where each part of it comes from."""

    primal: Program
    program: Program
    cotangents: Mapping[str, str]
    """For each value of the primal that anything reaches, the name of its cotangent."""
    contributions: tuple[Contribution, ...]
    """In the order of the sweep."""


def derive(program: Program) -> Derived:
    """The adjoint of `program`, as `adjoint` returns it, with its derivation."""
    sweep = _Sweep(program, Names(program))
    seeds = sweep.seed_outputs()
    states = sweep.seed_states()
    for node in reversed(program.nodes):
        sweep.pull_back(node)
    finished = sweep.finish(seeds, states)
    return Derived(program, finished, sweep.cotangents, tuple(sweep.record))


@dataclass
class _Sweep:
    """The reverse sweep under construction."""

    program: Program
    names: Names
    nodes: list[Node] = field(default_factory=list)
    contributions: dict[str, list[Expr]] = field(default_factory=lambda: defaultdict(list))
    parameters: list[Source] = field(default_factory=list)
    cotangents: dict[str, str] = field(default_factory=dict)
    record: list[Contribution] = field(default_factory=list)

    def give(self, value: str, expr: Expr, node: str = "") -> None:
        """Add a term to the cotangent of `value`."""
        self.contributions[value].append(expr)
        self.record.append(Contribution(value, expr, node))

    def seed_outputs(self) -> tuple[Source, ...]:
        """One cotangent input per output; the cotangent of a total is the same at every step: a parameter."""
        seeds = []
        for output in self.program.outputs:
            name = self.names.fresh(f"{output.label}.cot")
            seeds.append(Source(name, self.program.axes[output.value], output.label))
            self.give(output.value, Ref(name))
        for output in self.program.totals:
            name = self.names.fresh(f"{output.label}.cot")
            self.parameters.append(Source(name, self.program.axes[output.value], f"{output.label}.cot"))
            self.give(output.value, Ref(name))
        return tuple(seeds)

    def seed_states(self) -> dict[str, str]:
        """The cotangent that each state's new value receives from the step that reads it."""
        names = {}
        for state in self.program.states:
            names[state.label] = self.names.fresh(f"{state.label}.next")
            self.give(state.new, Ref(names[state.label]))
        return names

    def cotangent(self, value: str) -> str | None:
        """Bind the sum of what has reached `value`; None if nothing has."""
        terms = self.contributions.pop(value, [])
        expr = total(terms)
        if expr == ZERO:
            return None
        name = self.names.fresh(f"{value}.bar")
        self.nodes.append(Pointwise(name, self.program.axes[value], expr))
        self.cotangents[value] = name
        return name

    def pull_back(self, node: Node) -> None:
        bar = self.cotangent(node.out)
        if bar is None:
            return
        if isinstance(node, Contract):
            for position, factor in enumerate(node.factors):
                self._pull_back_factor(node, position, factor, bar)
        else:
            for name, expr in _leaf_cotangents(node.expr, Ref(bar), Ref(node.out)):
                self._contribute(name, expr, node)

    def _pull_back_factor(self, node: Contract, position: int, factor: Operand, bar: str) -> None:
        """out = sum of a b ...: a.bar = sum of out.bar b ..., over the indices that a lacks."""
        if self._is_constant(factor.name):
            return
        others = node.factors[:position] + node.factors[position + 1 :]
        name = self.names.fresh(f"{factor.name}.from.{node.out}")
        axes = self.program.axes[factor.name]
        self.nodes.append(Contract(name, axes, factor.indices, (Operand(bar, node.indices), *others)))
        self.give(factor.name, Ref(name), node.out)

    def _contribute(self, name: str, expr: Expr, node: Pointwise) -> None:
        """Add `expr`, which has the axes of `node`, to the cotangent of `name`; axes that this lacks are summed."""
        if self._is_constant(name):
            return
        own, axes = self.program.axes[name], node.axes
        if own == axes:
            self.give(name, expr, node.out)
            return
        spread = self.names.fresh(f"{name}.spread")
        self.nodes.append(Pointwise(spread, axes, expr))
        gathered = self.names.fresh(f"{name}.gathered")
        self.nodes.append(summed(gathered, own, spread, axes))
        self.give(name, Ref(gathered), node.out)

    def _is_constant(self, name: str) -> bool:
        return any(constant.name == name for constant in self.program.constants)

    def _bound_cotangent(self, value: str) -> str:
        """The cotangent of a source, zero where nothing reaches it."""
        name = self.cotangent(value)
        if name is None:
            name = self.names.fresh(f"{value}.bar")
            self.nodes.append(Pointwise(name, self.program.axes[value], ZERO))
        return name

    def finish(self, seeds: tuple[Source, ...], carried: dict[str, str]) -> Program:
        primal = self.program
        states = tuple(
            State(state.label, carried[state.label], self._bound_cotangent(state.old), state.axes)
            for state in primal.states
        )
        outputs = tuple(Output(source.label, self._bound_cotangent(source.name)) for source in primal.inputs)
        outputs += tuple(Output(f"{source.label}.tape", self._bound_cotangent(source.name)) for source in primal.tape)
        totals = tuple(Output(source.label, self._bound_cotangent(source.name)) for source in primal.parameters)
        read = {name for node in self.nodes for name in node.operands}
        fixed = {source.name for source in primal.fixed}
        return checked(
            Program(
                name=f"adjoint of {primal.name}",
                inputs=seeds,
                states=states,
                parameters=(*(s for s in primal.parameters if s.name in read), *self.parameters),
                constants=tuple(c for c in primal.constants if c.name in read),
                nodes=tuple(self.nodes),
                outputs=outputs,
                totals=totals,
                tape=tuple(Source(n, axes) for n, axes in primal.axes.items() if n in read and n not in fixed),
                direction="backward" if primal.direction == "forward" else "forward",
            )
        )


def _leaf_cotangents(expr: Expr, bar: Expr, value: Expr) -> list[tuple[str, Expr]]:
    """The chain rule down the tree: what each leaf of `expr`, whose value is `value`, receives of `bar`.

    Leaves that appear several times receive a term each.
    """
    match expr:
        case Ref(name):
            return [(name, bar)]
        case Apply(_, arguments):
            received = []
            for position, argument in enumerate(arguments):
                slope = partial(expr, position, value)
                if slope != ZERO:
                    below = bar if slope == ONE else mul(bar, slope)
                    received += _leaf_cotangents(argument, below, argument)
            return received
        case _:
            return []
