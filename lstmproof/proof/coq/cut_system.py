"""The cut system of a cell, as Coq reads it: the cell's own equations, of which some operands are read as recorded.

The rule of Hochreiter & Schmidhuber (1997), section 4 and appendix A.1: a net input is computed from a copy of what it
reads in which the value of each state at t-1 is its recorded constant; all else in the copy moves, the new values of
states among it. A net input is a contraction with an operand built of parameters alone, or a product that, flattened,
has a parameter itself as a factor. `cut` and `stop` hold what was recorded.

What is recorded is read at the point of the gradient, so that it does not move with e. A value that old states reach
past net inputs is a function of two numbers: e, and that at which old states are read, which is e again in the cell and
the point in the copy. This is decided here from the equations of the cell, apart from the calculus, whose truncated
Program is what the theorem puts to the test.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lstmproof.program.expr import Apply, Expr, Ref
from lstmproof.program.nodes import Contract, Node, Pointwise, Program
from lstmproof.proof.coq.wording import Leaf, Moment, Wording, contraction, expression

_STEP, _PARAMETER = "step", "parameter"
"""Where a value may come from: from what a step is given, an input or an old state, and from a parameter."""


def built_of_parameters(program: Program) -> frozenset[str]:
    """Values that come from parameters, with or without constants, and not from what a step is given."""
    origins = {source.name: {_PARAMETER} for source in program.parameters}
    origins |= {constant.name: set() for constant in program.constants}
    origins |= {name: {_STEP} for name in (*(s.name for s in program.inputs), *(s.old for s in program.states))}
    for node in program.nodes:
        origins[node.out] = set().union(*(origins[name] for name in node.operands))
    return frozenset(name for name, found in origins.items() if found == {_PARAMETER})


def factors(expr: Expr) -> Iterator[Expr]:
    """The factors of a product, through products and signs."""
    match expr:
        case Apply("mul" | "neg", arguments):
            for argument in arguments:
                yield from factors(argument)
        case _:
            yield expr


def is_net_input(expr: Expr, program: Program) -> bool:
    """Whether an expression is a product with a parameter itself among its factors."""
    parameters = {source.name for source in program.parameters}
    product = isinstance(expr, Apply) and expr.function == "mul"
    return product and any(isinstance(factor, Ref) and factor.name in parameters for factor in factors(expr))


def twofold(program: Program) -> frozenset[str]:
    """Values, states aside, that an old state reaches otherwise than through net inputs and recorded values."""
    reaching = {state.old for state in program.states}
    new = {state.new for state in program.states}
    fixed = built_of_parameters(program)
    for node in program.nodes:
        if node.out not in new and reaching.intersection(_read_live(node, program, fixed)):
            reaching.add(node.out)
    return frozenset(reaching & set(program.node))


def _read_live(node: Node, program: Program, fixed: frozenset[str]) -> Iterator[str]:
    """Names that a node reads outside net inputs and recorded values."""
    if isinstance(node, Pointwise):
        yield from _live_references(node.expr, program)
    elif not fixed.intersection(node.operands):
        yield from node.operands


def _live_references(expr: Expr, program: Program) -> Iterator[str]:
    match expr:
        case Ref(name):
            yield name
        case Apply(function, arguments) if function not in ("stop", "cut") and not is_net_input(expr, program):
            for argument in arguments:
                yield from _live_references(argument, program)


COPY = "copy "
"""Begins the name of the copy of a value."""


def cut_program(program: Program) -> Program:
    """The cut system as a Program, in which `stop` holds what is recorded and each twofold value has a copy."""
    return replace(program, nodes=tuple(_CutNodes(program).nodes()))


class _CutNodes:
    """Nodes of a cell in its cut system, and the copies that net inputs read."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.old = {state.old for state in program.states}
        self.twofold = twofold(program)
        self.fixed = built_of_parameters(program)

    def nodes(self) -> Iterator[Node]:
        """Recorded old states, then each node and, where it has one, its copy."""
        for state in self.program.states:
            yield Pointwise(COPY + state.old, state.axes, Apply("stop", (Ref(state.old),)))
        for node in self.program.nodes:
            yield self._node(node, copied=False)
            if node.out in self.twofold:
                yield self._node(replace(node, out=COPY + node.out), copied=True)

    def _node(self, node: Node, *, copied: bool) -> Node:
        if isinstance(node, Pointwise):
            return replace(node, expr=self._expression(node.expr, copied))
        if not (copied or self.fixed.intersection(node.operands)):
            return node
        return replace(node, factors=tuple(replace(each, name=self._copy(each.name)) for each in node.factors))

    def _copy(self, name: str) -> str:
        return COPY + name if name in self.old | self.twofold else name

    def _expression(self, expr: Expr, copied: bool) -> Expr:
        match expr:
            case Ref(name):
                return Ref(self._copy(name)) if copied else expr
            case Apply("stop" | "cut", held):
                return Apply("stop", held)
            case Apply(function, arguments):
                inside = copied or is_net_input(expr, self.program)
                return Apply(function, tuple(self._expression(each, inside) for each in arguments))
        return expr


def right_side(node: Node, said: Wording, moment: Moment) -> str:
    """What a node of the cut system computes at a moment, at positions i1, i2, ... along its axes."""
    copy = replace(moment, old=said.point)
    if isinstance(node, Contract):
        net = not built_of_parameters(said.program).isdisjoint(node.operands)
        return contraction(node, said, lambda name, at: said.value(name, copy if net else moment, at))
    return expression(node.expr, said, _leaf(node, said, moment))


def _leaf(node: Pointwise, said: Wording, moment: Moment) -> Leaf:
    """References at a moment, in net inputs those of the copy, below barriers what was recorded."""
    copy = replace(moment, old=said.point)

    def leaf(part: Expr) -> str | None:
        match part:
            case Ref(name):
                return said.operand(name, node.axes, moment)
            case Apply("stop" | "cut", (held,)):
                return expression(held, said, _leaf(node, said, said.recorded(moment)))
        if moment != copy and is_net_input(part, said.program):
            return expression(part, said, _leaf(node, said, copy))
        return None

    return leaf
