"""That one number bounds a value, in Coq's language.

For all free names, named constants and initial states there is a number that the value exceeds in no unit and at no
step, whatever the sizes from 1 on, weights and inputs. An initial state is a sequence over all units, of which each
size takes the first ones, and which is bounded itself: of whatever size, one that is given is the beginning of such a
sequence. It is written from the claim and the cell's equations alone; of the number nothing is known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.program.nodes import Axes
from lstmproof.proof.coq.cell_text import CellText, kind
from lstmproof.proof.coq.claim_statement import Sentence, assumed, last, sentence
from lstmproof.proof.coq.spelling import Unspoken

BOUND = "bound''"
"""The number that is not exceeded."""


def bound_sentence(claim: Claim, definition: Definition, label: str) -> Sentence:
    """The claim with names for all that it speaks of, the value's units among that.

    Raises:
        Unspoken: it is about something that the cell does not compute, or about constants that are arrays.
    """
    said = sentence(claim, definition)
    cell = said.cell
    if last(cell, label) not in cell.sequences:
        raise Unspoken(f"{label} is no value of the cell")
    if any(cell.axes_of[name] for name in named_constants(cell)):
        raise Unspoken("a bound that may depend on a constant of several units")
    spoken = {*said.axes, *cell.axes_of[last(cell, label)]}
    return replace(said, axes=tuple(axis for axis in cell.axis_names if axis in spoken))


def named_constants(cell: CellText) -> tuple[str, ...]:
    """Constants that are any number."""
    return tuple(name for name, value in cell.constants.items() if value is None)


def bound_proposition(said: Sentence, label: str) -> str:
    """The whole statement, closed."""
    cell, constants = said.cell, named_constants(said.cell)
    dependent = [cell.word(name) for name in (*cell.free, *constants)]
    lines = [f"forall ({' '.join(dependent)} : R),"] if dependent else []
    lines += [f"forall {binder}," for binder in cell.initial_binders()]
    lines += [f"({finite}) ->" for finite in _finite(cell)]
    lines.append(f"exists {BOUND} : R,")
    lines += [f"forall {binder}," for binder in cell.size_binders()]
    parameters = (source for source in cell.fixed if source.name not in constants)
    lines += [f"forall ({cell.word(source.name)} : {kind(len(source.axes))})," for source in parameters]
    lines += [f"forall {cell.binder(name)}," for name in cell.sequences]
    lines += [f"({equation.text}) ->" for equation in cell.equations()]
    lines += [f"(1 <= {cell.size(axis)})%nat ->" for axis in cell.axis_names]
    lines.append(f"forall {cell.time} : nat,")
    lines += [f"({assumed(said, assumption)}) ->" for assumption in said.claim.assumptions]
    if said.axes:
        lines.append(f"forall {' '.join(said.index.values())} : nat,")
        lines += [f"({cell.index(axis)} < {cell.size(axis)})%nat ->" for axis in said.axes]
    value = cell.value(last(cell, label), f"(S {cell.time})", cell.time, said.index)
    lines.append(f"(Rabs {value}) <= {BOUND}")
    return "\n".join(lines)


def _finite(cell: CellText) -> Iterator[str]:
    """Of each initial state, that some number bounds it; of a single number there is nothing to say."""
    for label, axes in bounded_states(cell):
        index = {axis: cell.index(axis) for axis in axes}
        value = f"({' '.join([cell.word(f'{label}0'), *index.values()])})"
        yield f"exists {BOUND} : R, forall {' '.join(index.values())} : nat, (Rabs {value}) <= {BOUND}"


def bounded_states(cell: CellText) -> tuple[tuple[str, Axes], ...]:
    """States of several units, with their axes.

    Raises:
        Unspoken: one bears an axis twice.
    """
    found = tuple((label, state.axes) for label, state in cell.states.items() if state.axes)
    if any(len(set(axes)) < len(axes) for _, axes in found):
        raise Unspoken("a state whose axes bear one name twice")
    return found
