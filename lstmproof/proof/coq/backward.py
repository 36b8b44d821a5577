"""The gradients of a cell, as Coq reads them: the equations of the Program that is said to be its adjoint.

Every value of it at step t is defined from the run at the point of the gradient; each state has two premises, what it
is after the last step and what a step hands to the one before. Where the forward Program of the truncated flow computes
a value otherwise than the cell does, the tape holds what that Program computes. No rule of differentiation is known
here: whatever Programs are handed in, right or wrong, are what the theorem then speaks of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from lstmproof.program.nodes import Axes, Contract, Node, State
from lstmproof.proof.coq.spelling import Unspoken
from lstmproof.proof.coq.statement import Premise, arrow
from lstmproof.proof.coq.wording import Moment, Wording, aligned, applied, chosen, contraction, expression, settled


def carried(said: Wording) -> tuple[tuple[str, str], ...]:
    """For each state the variable for what a step hands to the one before, with its type."""
    states = {state.label: state for state in said.program.states}
    if sorted(states) != sorted(state.label for state in said.derived.states):
        raise Unspoken("an adjoint whose states are not those of the cell")
    return tuple((_next(said, state), arrow(state.axes, "nat")) for state in said.derived.states)


def _next(said: Wording, state: State) -> str:
    new = {each.label: each.new for each in said.program.states}
    return f"{said.words[new[state.label]]}'next"


def tape(said: Wording) -> tuple[tuple[str, str], ...]:
    """What the tape holds where it is not the cell's own value, with its definition."""

    def at(name: str, positions: Iterable[str]) -> str:
        return _held(said, name, said.at_rest, positions)

    return tuple(_definition(said, node, f"{said.words[name]}'tape", at) for name, node in said.taped.items())


def _held(said: Wording, name: str, moment: Moment, positions: Iterable[str]) -> str:
    if name in said.taped:
        return applied(f"{said.words[name]}'tape", moment.now, *positions)
    return said.value(name, moment, positions)


def definitions(said: Wording) -> tuple[tuple[str, str], ...]:
    """Every value of the adjoint at a step, with its definition."""

    def at(name: str, positions: Iterable[str]) -> str:
        return read(said, name, said.at_rest, positions)

    return tuple(_definition(said, node, said.words[node.out], at) for node in said.derived.nodes)


def _definition(said: Wording, node: Node, word: str, at: Callable[[str, Iterable[str]], str]) -> tuple[str, str]:
    """What a node computes at a step, where `at` reads every value."""
    outer = said.positions(node.axes)
    if isinstance(node, Contract):
        text = contraction(node, said, at)
    else:
        place = {name: chosen(aligned(said.axes_of(name), node.axes), outer) for name in node.operands}
        text = expression(node.expr, said, settled(said, lambda name: at(name, place[name])))
    positions = "".join(f" ({position} : nat)" for position in outer)
    return word, f"{word} ({said.t} : nat){positions} : R := {text}"


def read(said: Wording, name: str, moment: Moment, positions: Iterable[str]) -> str:
    """What the adjoint calls `name`: a cotangent, what the next step handed back, its own value, or one of the run."""
    derived = said.derived
    outputs = {output.label: output.value for output in said.program.outputs}
    for source in derived.inputs:
        if source.name == name:
            return applied(f"{said.words[outputs[source.label]]}'seed", moment.now, *positions)
    for state in derived.states:
        if state.old == name:
            return applied(_next(said, state), moment.now, *positions)
    if name in derived.node:
        return applied(said.words[name], moment.now, *positions)
    labels = {source.name: source.label for source in (*derived.tape, *derived.parameters)}
    return _held(said, labels.get(name, name), moment, positions)


def premises(said: Wording) -> Iterator[Premise]:
    """What each state is after the last step, and what every step makes of it for the one before."""
    for state in said.derived.states:
        name = _next(said, state)
        positions = said.positions(state.axes)
        end = f"{applied(name, said.steps, *positions)} = 0"
        yield Premise(f"{name}'end", said.everywhere((), state.axes, end))
        handed = read(said, state.new, said.next_at_rest, positions)
        text = f"{applied(name, said.t, *positions)} = {handed}"
        yield Premise(f"{name}'back", said.everywhere((said.t,), state.axes, text, steps=True))


def gradients(said: Wording) -> tuple[tuple[str, str], ...]:
    """What the adjoint says the gradients are, by the names that the theorem has for them."""
    derived, program = said.derived, said.program
    totals = {output.label: output.value for output in derived.totals}
    outputs = {output.label: output.value for output in derived.outputs}
    found = []
    for source in program.parameters:
        positions = said.positions(source.axes)
        value = read(said, totals[source.label], said.next_at_rest, positions)
        found.append(_defined(said, source.name, source.axes, f"sum_over {said.steps} (fun {said.t} => {value})"))
    for state in program.states:
        carry = f"{said.words[state.new]}'next"
        found.append(_defined(said, state.new, state.axes, applied(carry, "O", *said.positions(state.axes))))
    for source in program.inputs:
        value = read(said, outputs[source.label], said.at_rest, said.positions(source.axes))
        found.append(_defined(said, source.name, source.axes, value, said.t))
    return tuple(found)


def _defined(said: Wording, name: str, axes: Axes, text: str, *step: str) -> tuple[str, str]:
    word = f"{said.words[name]}'grad"
    bound = "".join(f" ({each} : nat)" for each in (*step, *said.positions(axes)))
    return word, f"{word}{bound} : R := {text}"
