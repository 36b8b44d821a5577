"""Net inputs as free numbers: a sum with a contraction in it may be any real number, whatever else it holds.

What is shown of a cell for all values of its net inputs holds of every run. Two equal sums stay one number.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lstmproof.program.expr import Apply, Expr, Ref
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
                if any(isinstance(term, Ref) and self._is_contraction(term.name) for term in _terms(expr)):
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
