"""What a Program hands out that is zero whatever it reads, by its structure alone."""

from __future__ import annotations

from collections.abc import Set

from lstmproof.program.expr import ZERO, Apply, Expr, Number, Ref
from lstmproof.program.nodes import Contract, Program


def vanishing(adjoint: Program) -> frozenset[str]:
    """Labels of the gradients that an adjoint hands out and that are 0 at every point.

    A product with a factor 0 is 0, and so is a sum of zeros. Carried errors start at 0 and stay there where what they
    are handed is 0 while they are.
    """
    still = frozenset(state.old for state in adjoint.states)
    zeros = _zeros(adjoint, still)
    while kept := {state.old for state in adjoint.states if state.old in still and state.new not in zeros}:
        still -= kept
        zeros = _zeros(adjoint, still)
    gradients = {each.label: each.value for each in (*adjoint.outputs, *adjoint.totals)}
    gradients |= {f"{state.label}0": state.new for state in adjoint.states}
    return frozenset(label for label, value in gradients.items() if value in zeros)


def _zeros(program: Program, known: Set[str]) -> set[str]:
    """Values that are 0 where the `known` ones are."""
    found = set(known)
    for node in program.nodes:
        zero = not found.isdisjoint(node.operands) if isinstance(node, Contract) else _is_zero(node.expr, found)
        if zero:
            found.add(node.out)
    return found


def _is_zero(expr: Expr, zeros: Set[str]) -> bool:
    match expr:
        case Number():
            return expr == ZERO
        case Ref(name):
            return name in zeros
        case Apply("mul", arguments):
            return any(_is_zero(argument, zeros) for argument in arguments)
        case Apply("add" | "sub" | "neg" | "stop" | "cut", arguments):
            return all(_is_zero(argument, zeros) for argument in arguments)
        case Apply("div", (numerator, _)):
            return _is_zero(numerator, zeros)
        case _:
            return False
