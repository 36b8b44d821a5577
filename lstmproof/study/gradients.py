"""The gradient of every parameter, input and initial state, in vector form and in index form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lstmproof.program.nodes import Program, State
from lstmproof.study.formulas import Formula, Speller, speller


@dataclass(frozen=True)
class Gradient:
    """One gradient of the loss."""

    label: str
    kind: Literal["parameter", "input", "initial state"]
    vector: Formula
    entry: Formula


@dataclass(frozen=True)
class Gradients:
    """All gradients, and the cotangents in which they are written."""

    all: tuple[Gradient, ...]
    cotangents: tuple[Formula, ...]
    """One entry of each cotangent that a step computes, in index form."""


def gradients(program: Program, backward: Program) -> Gradients:
    """The gradients that `backward`, the adjoint of `program`, computes."""
    back = speller(backward, program)
    entries = back.entries()
    found = [
        Gradient(each.label, "parameter", back.total(each), back.entry_of(each, summed=True))
        for each in backward.totals
    ]
    inputs = {source.label for source in program.inputs}
    for output in backward.outputs:
        if output.label in inputs:
            vector = Formula(back.leaving(output, "t"), back.value(output.value))
            found.append(Gradient(output.label, "input", vector, back.entry_of(output, summed=False)))
    found += [_initial(state, back, entries[state.new]) for state in backward.states]
    carried = {state.new for state in backward.states}
    return Gradients(tuple(found), tuple(formula for name, formula in entries.items() if name not in carried))


def _initial(state: State, back: Speller, entry: Formula) -> Gradient:
    """Of an initial state: what the first step hands back, an entry of it at any step."""
    vector = Formula(back.value(state.new), back.definition(state.new))
    return Gradient(f"{state.label}0", "initial state", vector, entry)
