"""Net inputs as free numbers: a sum with a contraction in it may be any real number, whatever else it holds.

What is shown of a cell for all values of its net inputs holds of every run. Two equal sums stay one number. A sum that
may have no value stays as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lstmproof.program.expr import Apply, Expr, Number, Ref, walk
from lstmproof.program.nodes import Axes, Contract, Node, Pointwise, Program, Source


def with_free_net_inputs(program: Program) -> Program:
    """The program with an input of its own for each sum that has a contraction among its terms."""
    return _Abstraction(program).result()


@dataclass
class _Abstraction:
    program: Program
    inputs: dict[Expr, Source] = field(default_factory=dict)

    def result(self) -> Program:
        nodes: list[Node] = [
            replace(node, expr=self._freed(node.expr, node.axes)) if isinstance(node, Pointwise) else node
            for node in self.program.nodes
        ]
        kept = _read(nodes, self.program)
        return replace(self.program, nodes=kept, inputs=(*self.program.inputs, *self.inputs.values()))

    def _freed(self, expr: Expr, axes: Axes) -> Expr:
        match expr:
            case Apply("add" | "sub", arguments):
                contracted = any(isinstance(term, Ref) and self._is_contraction(term.name) for term in _terms(expr))
                if contracted and not any(_may_fail(part) for part in walk(expr)):
                    return Ref(self._input(expr, axes))
                return Apply(expr.function, tuple(self._freed(argument, axes) for argument in arguments))
            case Apply(function, arguments):
                return Apply(function, tuple(self._freed(argument, axes) for argument in arguments))
            case _:
                return expr

    def _is_contraction(self, name: str) -> bool:
        return isinstance(self.program.node.get(name), Contract)

    def _input(self, expr: Expr, axes: Axes) -> str:
        if expr not in self.inputs:
            self.inputs[expr] = Source(f"net input {len(self.inputs) + 1}", axes)
        return self.inputs[expr].name


TOTAL = frozenset({"add", "sub", "mul", "neg", "stop", "cut"})
"""Operations that have a value wherever their operands have."""


def _may_fail(part: Expr) -> bool:
    """Whether an operation may have no value: a division, unless by a number, or a function with a domain."""
    match part:
        case Apply("div", (_, Number(divisor))):
            return divisor == 0
        case Apply("pow", (_, Number(exponent))):
            return exponent < 0
        case Apply(function, _):
            return function not in TOTAL
        case _:
            return False


def _terms(expr: Expr) -> tuple[Expr, ...]:
    """The terms of a sum, flattened through `add` and `sub`."""
    match expr:
        case Apply("add" | "sub", (a, b)):
            return (*_terms(a), *_terms(b))
        case _:
            return (expr,)


def _read(nodes: list[Node], program: Program) -> tuple[Node, ...]:
    """Those nodes that an output, a new state or a node after them reads."""
    live = {output.value for output in program.outputs} | {state.new for state in program.states}
    kept: list[Node] = []
    for node in reversed(nodes):
        if node.out in live or isinstance(node, Pointwise):
            live.update(node.operands)
            kept.append(node)
    return tuple(reversed(kept))
