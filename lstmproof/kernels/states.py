"""States made ready for planning: each hands on a value of its own, and those that carry nothing are gone."""

from __future__ import annotations

from dataclasses import replace

from lstmproof.kernels.phases import Phase, phases
from lstmproof.program.build import Names, add, mul, neg
from lstmproof.program.expr import ZERO, Apply, Expr, Ref
from lstmproof.program.nodes import Contract, Node, Pointwise, Program
from lstmproof.program.passes import pruned


def handed_on(program: Program) -> Program:
    """`program` with a copy wherever a state or output is a value that is not its own: a source's, another state's."""
    names = Names(program)
    phase = phases(program)
    taken: set[str] = set()
    nodes: list[Node] = list(program.nodes)
    states = []
    for state in program.states:
        if state.new in taken or state.new not in program.node or phase[state.new] == Phase.FIXED:
            copy = names.fresh(f"{state.label}.new")
            nodes.append(Pointwise(copy, state.axes, Ref(state.new)))
            state = replace(state, new=copy)
        taken.add(state.new)
        states.append(state)
    outputs = []
    for output in program.outputs:
        if output.value not in program.node:
            copy = names.fresh(f"{output.label}.given")
            nodes.append(Pointwise(copy, program.axes[output.value], Ref(output.value)))
            output = replace(output, value=copy)
        outputs.append(output)
    return replace(program, nodes=tuple(nodes), states=tuple(states), outputs=tuple(outputs))


def without_zero_states(adjoint: Program) -> Program:
    """`adjoint` without the states through which no error returns: they start at zero and are handed zero."""
    dead = {
        state.old: state
        for state in adjoint.states
        if isinstance(node := adjoint.node.get(state.new), Pointwise) and node.expr == ZERO
    }
    if not dead:
        return adjoint
    nodes: list[Node] = [
        node if isinstance(node, Contract) else replace(node, expr=_with_zeros(node.expr, set(dead)))
        for node in adjoint.nodes
    ]
    states = tuple(state for state in adjoint.states if state.old not in dead)
    return pruned(replace(adjoint, nodes=tuple(nodes), states=states))


def _with_zeros(expr: Expr, zeros: set[str]) -> Expr:
    """`expr` where the named values are zero."""
    match expr:
        case Ref(name) if name in zeros:
            return ZERO
        case Apply("add", (a, b)):
            return add(_with_zeros(a, zeros), _with_zeros(b, zeros))
        case Apply("sub", (a, b)):
            return add(_with_zeros(a, zeros), neg(_with_zeros(b, zeros)))
        case Apply("mul", (a, b)):
            return mul(_with_zeros(a, zeros), _with_zeros(b, zeros))
        case Apply("neg", (a,)):
            return neg(_with_zeros(a, zeros))
        case Apply("div", (a, b)):
            over = _with_zeros(a, zeros)
            return ZERO if over == ZERO else Apply("div", (over, b))
        case _:
            return expr
