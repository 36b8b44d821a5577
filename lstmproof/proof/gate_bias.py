"""The parameter that a gate's net input adds: at what number it stands, the gate stands at sigmoid of that number."""

from __future__ import annotations

from lstmproof.program.expr import Apply, Expr, Ref, references
from lstmproof.program.nodes import Node, Pointwise, Program

MOST_TERMS = 100
"""More terms than any net input has."""


def gate_bias(program: Program, gate: str) -> tuple[str, int] | None:
    """The parameter that a gate's net input adds (1) or subtracts (-1) once, if it does nothing else with it.

    Only of `sigmoid(sum)`, where every other term can be 0, and all of them at once.
    """
    node = program.node[gate]
    if not (isinstance(node, Pointwise) and isinstance(node.expr, Apply) and node.expr.function == "sigmoid"):
        return None
    terms = _terms(program, node.expr.arguments[0])
    parameters = {source.name for source in program.parameters}
    biases = [(term.name, sign) for term, sign in terms if isinstance(term, Ref) and term.name in parameters]
    if len(biases) != 1:
        return None
    others = [term for term, _ in terms if term != Ref(biases[0][0])]
    zero = parameters | {source.name for source in program.inputs} | {state.old for state in program.states}
    for each in program.nodes:
        if any(_vanishes(part, zero) for part in _factors(each)):
            zero.add(each.out)
    if any(biases[0][0] in _read(program, term) or not _vanishes(term, zero) for term in others):
        return None
    return biases[0]


def _terms(program: Program, net: Expr) -> list[tuple[Expr, int]]:
    """The terms of a sum and their signs, sums that have a name written out; none if they are too many."""
    pending: list[tuple[Expr, int]] = [(net, 1)]
    terms: list[tuple[Expr, int]] = []
    while pending:
        if len(pending) + len(terms) > MOST_TERMS:
            return []
        expr, sign = pending.pop()
        match expr:
            case Apply("add", (left, right)):
                pending += [(left, sign), (right, sign)]
            case Apply("sub", (left, right)):
                pending += [(left, sign), (right, -sign)]
            case Apply("neg", (negated,)):
                pending.append((negated, -sign))
            case Ref(name) if isinstance(inner := program.node.get(name), Pointwise):
                pending.append((inner.expr, sign))
            case _:
                terms.append((expr, sign))
    return terms


def _factors(node: Node) -> tuple[Expr, ...]:
    """A node is 0 where one of these is."""
    return (node.expr,) if isinstance(node, Pointwise) else tuple(Ref(name) for name in node.operands)


def _vanishes(expr: Expr, zero: set[str]) -> bool:
    """Whether it is seen to be 0 where every value named in `zero` is."""
    match expr:
        case Ref(name):
            return name in zero
        case Apply("mul", arguments):
            return any(_vanishes(argument, zero) for argument in arguments)
        case Apply("add" | "sub" | "neg" | "cut" | "stop" | "tanh" | "relu", arguments):
            return all(_vanishes(argument, zero) for argument in arguments)
        case _:
            return False


def _read(program: Program, expr: Expr) -> set[str]:
    """Everything that a value of this step is computed from."""
    names: set[str] = set()
    pending = list(references(expr))
    while pending:
        name = pending.pop()
        if name not in names:
            names.add(name)
            pending.extend(program.node[name].operands if name in program.node else ())
    return names
