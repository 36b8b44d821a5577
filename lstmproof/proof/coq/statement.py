"""The gradient theorem of a cell, as Coq reads it: the cell's equations, what moves, the loss, and its derivative.

It is printed from the Program of the cell, in the truncated flow by the rule of `cut_system`; nothing here knows of a
derivative, of the adjoint's rules, of how the calculus truncates, or of the proof. What the gradients are that the
theorem speaks of, the caller says: names for them, and the text that defines them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from lstmproof.program.expr import Apply, Expr, Number, Ref, Size, walk
from lstmproof.program.nodes import Axes, Contract, Node, Pointwise
from lstmproof.program.printing import expression_text
from lstmproof.proof.coq import cut_system
from lstmproof.proof.coq.wording import Leaf, Moment, Wording, applied, contraction, expression, settled

REAL = "R"
OLD = "e'old"
"""The number at which the definition of a twofold value reads old states. A definition that reads one and does not bind
this number is rejected by Coq."""


@dataclass(frozen=True, slots=True)
class Premise:
    """One hypothesis of the theorem: the name that the proof has for it, and what it says."""

    name: str
    text: str
    node: str = ""
    """The value that it speaks of, if it is a condition of smoothness."""


def quantified(said: Wording) -> tuple[tuple[str, str], ...]:
    """Every variable with its type: sizes, the point, weights, constants, inputs, states, and their velocities."""
    program, words = said.program, said.words
    found = [(said.sizes[axis], "nat") for axis in program.axis_names]
    found += [(said.steps, "nat"), (said.point, REAL)]
    for source in program.parameters:
        found += [(words[source.name], arrow(source.axes, REAL)), (f"{words[source.name]}'", arrow(source.axes))]
    found += [(words[constant.name], arrow(constant.axes)) for constant in program.constants]
    for source in program.inputs:
        found += [(words[source.name], arrow(source.axes, REAL, "nat"))]
        found += [(f"{words[source.name]}'", arrow(source.axes, "nat"))]
    for state in program.states:
        found += [(words[state.new], arrow(state.axes, REAL, "nat")), (f"{words[state.new]}'", arrow(state.axes))]
    found += [(f"{words[each.value]}'seed", arrow(program.axes[each.value], "nat")) for each in program.outputs]
    return tuple(found)


def arrow(axes: Axes, *before: str) -> str:
    """The type of an array of real numbers."""
    return " -> ".join((*before, *("nat" for _ in axes), REAL))


def definitions(said: Wording) -> tuple[tuple[str, str], ...]:
    """Every value that is computed at a step and is no state, with its definition; states have premises instead."""
    new = {state.new for state in said.program.states}
    moment = replace(said.moving, old=OLD) if said.truncated else said.moving
    found = []
    for node in said.program.nodes:
        if node.out not in new:
            positions = "".join(f" ({position} : nat)" for position in said.positions(node.axes))
            old = f" {OLD}" if node.out in said.twofold else ""
            head = f"{said.words[node.out]} ({said.e}{old} : R) ({said.t} : nat){positions} : R"
            found.append((said.words[node.out], f"{head} := {right_side(node, said, moment)}"))
    return tuple(found)


def right_side(node: Node, said: Wording, moment: Moment) -> str:
    """What a node computes at a moment, at positions i1, i2, ... along its axes."""
    if said.truncated:
        return cut_system.right_side(node, said, moment)
    if isinstance(node, Contract):
        return contraction(node, said, lambda name, at: said.value(name, moment, at))
    return expression(node.expr, said, _written(node, said, moment))


def _written(node: Pointwise, said: Wording, moment: Moment) -> Leaf:
    """References at a moment; what `stop` holds, as it was recorded."""

    def leaf(part: Expr) -> str | None:
        match part:
            case Ref(name):
                return said.operand(name, node.axes, moment)
            case Apply("stop", (held,)):
                return expression(held, said, _written(node, said, said.recorded(moment)))
            case Apply("cut", (held,)):
                return expression(held, said, leaf)
        return None

    return leaf


def premises(said: Wording) -> tuple[Premise, ...]:
    """The equations of the states, what moves and how, where every function is smooth, and sizes that divide."""
    return (*_recurrence(said), *_motion(said), *smoothness(said), *_inhabited(said))


def _recurrence(said: Wording) -> Iterator[Premise]:
    program = said.program
    for state in program.states:
        moment = said.next_moving
        left = said.value(state.new, moment, said.positions(state.axes))
        text = f"{left} = {right_side(program.node[state.new], said, moment)}"
        yield Premise(f"{said.words[state.new]}'step", said.everywhere((said.e, said.t), state.axes, text, steps=True))


def _motion(said: Wording) -> Iterator[Premise]:
    """Weights, initial states and inputs are differentiable at the point, with the velocities that have a prime."""
    program, words = said.program, said.words
    for source in program.parameters:
        positions = said.positions(source.axes)
        text = _derivative(said, said.value(source.name, said.moving, positions), f"{words[source.name]}'", positions)
        yield Premise(f"{words[source.name]}'moves", said.everywhere((), source.axes, text))
    for state in program.states:
        positions = said.positions(state.axes)
        text = _derivative(said, applied(words[state.new], said.e, "O", *positions), f"{words[state.new]}'", positions)
        yield Premise(f"{words[state.new]}'starts", said.everywhere((), state.axes, text))
    for source in program.inputs:
        positions = said.positions(source.axes)
        value = said.value(source.name, said.next_moving, positions)
        text = _derivative(said, value, f"{words[source.name]}'", (f"(S {said.t})", *positions))
        yield Premise(f"{words[source.name]}'moves", said.everywhere((said.t,), source.axes, text, steps=True))


def _derivative(said: Wording, value: str, velocity: str, positions: tuple[str, ...]) -> str:
    return f"is_derive (fun {said.e} => {value}) {said.point} {applied(velocity, *positions)}"


def smoothness(said: Wording) -> Iterator[Premise]:
    """Conditions under which the functions of the cell are smooth at every step: divisors, domains, kinks."""
    moment = said.next_at_rest
    for node in said.program.nodes:
        if isinstance(node, Contract):
            continue
        leaf = settled(said, partial(said.operand, axes=node.axes, moment=moment))
        for count, condition in enumerate(conditions(node.expr, _barriers(said)), start=1):
            text = condition[0].format(*(expression(part, said, leaf) for part in condition[1]))
            name = f"{said.words[node.out]}'smooth{count}"
            yield Premise(name, said.everywhere((said.t,), node.axes, text, steps=True), node.out)


_SMOOTH: Mapping[str, tuple[str, ...]] = {
    "log": ("0 < {0}",),
    "sqrt": ("0 < {0}",),
    "abs": ("{0} <> 0",),
    "relu": ("{0} <> 0",),
    "hard_sigmoid": ("3 - {0} <> 0", "{0} + 3 <> 0"),
    "maximum": ("{1} - {0} <> 0",),
    "minimum": ("{0} - {1} <> 0",),
    "div": ("{1} <> 0",),
}
"""Where each function that is not smooth everywhere is; a form for each condition on its arguments."""


def _barriers(said: Wording) -> frozenset[str]:
    """Below which nothing moves."""
    return frozenset(("stop", "cut") if said.truncated else ("stop",))


def conditions(expr: Expr, barriers: frozenset[str]) -> Iterator[tuple[str, tuple[Expr, ...]]]:
    """Conditions on an expression, none of them below a barrier, where nothing moves."""
    match expr:
        case Apply(barrier, _) if barrier in barriers:
            return
        case Apply("div", (a, b)) if constant(b):
            yield from conditions(a, barriers)
        case Apply(function, arguments):
            for argument in arguments:
                yield from conditions(argument, barriers)
            for form in _SMOOTH.get(function, ()):
                yield form, arguments


def _inhabited(said: Wording) -> Iterator[Premise]:
    """That there is a unit along every axis whose size the cell divides by."""
    for axis in _counted(said):
        yield Premise(f"{said.sizes[axis]}'some", f"(1 <= {said.sizes[axis]})%nat")


def _counted(said: Wording) -> tuple[str, ...]:
    """Axes whose sizes the cell computes with."""
    nodes = [node for node in said.program.nodes if isinstance(node, Pointwise)]
    found = {part.axis for node in nodes for part in walk(node.expr) if isinstance(part, Size)}
    return tuple(axis for axis in said.program.axis_names if axis in found)


def assumed_in_words(said: Wording) -> Iterator[str]:
    """The conditions of smoothness and on sizes, for a reader."""
    yield from (f"at least one unit along the axis {axis}" for axis in _counted(said))
    barriers = _barriers(said)
    for node in said.program.nodes:
        for form, arguments in conditions(node.expr, barriers) if isinstance(node, Pointwise) else ():
            texts = [expression_text(part, said.program) for part in arguments]
            condition = form.format(*(f"({text})" if " " in text else text for text in texts)).replace("<>", "!=")
            yield f"{condition} at every step and position, in {node.out}"


def constant(expr: Expr) -> bool:
    """Whether an expression is built of numbers and sizes alone."""
    return all(isinstance(part, Number | Size | Apply) for part in walk(expr))


def conclusion(said: Wording) -> str:
    """The derivative of the loss is the inner product of the gradients with the velocities."""
    program, words = said.program, said.words
    observed = [
        _paired(said, program.axes[each.value], f"{words[each.value]}'seed", (f"(S {said.t})",), each.value)
        for each in program.outputs
    ]
    loss = f"sum_over {said.steps} (fun {said.t} => {' + '.join(observed)})"
    gradients = [_gradient(said, source.name, source.axes) for source in program.parameters]
    gradients += [_gradient(said, state.new, state.axes) for state in program.states]
    arriving = [_gradient(said, source.name, source.axes, f"(S {said.t})") for source in program.inputs]
    if arriving:
        gradients.append(f"sum_over {said.steps} (fun {said.t} => {' + '.join(arriving)})")
    return f"is_derive (fun {said.e} => {loss}) {said.point} ({' + '.join(gradients)})"


def _paired(said: Wording, axes: Axes, seed: str, step: tuple[str, ...], value: str) -> str:
    positions = said.positions(axes)
    product = f"{applied(seed, *step, *positions)} * {said.value(value, said.next_moving, positions)}"
    return said.summed(axes, positions, product)


def _gradient(said: Wording, name: str, axes: Axes, *step: str) -> str:
    positions = said.positions(axes)
    word = said.words[name]
    gradient, velocity = (applied(f"{word}{suffix}", *step, *positions) for suffix in ("'grad", "'"))
    return said.summed(axes, positions, f"{gradient} * {velocity}")
