"""The gradient of every parameter, input and initial state, in vector form and in index form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lstmproof.program.indexed import entries, entry_of
from lstmproof.program.nodes import Output, Program
from lstmproof.study.formulas import Formula, Spelled, Speller, speller


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
    found = [Gradient(each.label, "parameter", back.total(each), _entry(back, each, True)) for each in backward.totals]
    inputs = {source.label for source in program.inputs}
    for output in backward.outputs:
        if output.label in inputs:
            vector = Formula(back.leaving(output, "t"), back.value(output.value))
            found.append(Gradient(output.label, "input", vector, _entry(back, output, False)))
    found += [_initial(back, state.label, state.new) for state in backward.states]
    carried = {state.new for state in backward.states}
    latex, text = entries(back.latex), entries(back.text)
    cotangents = tuple(
        Formula(Spelled(latex[name].left, text[name].left), Spelled(latex[name].right, text[name].right))
        for name in latex
        if name not in carried
    )
    return Gradients(tuple(found), cotangents)


def _entry(back: Speller, output: Output, summed: bool) -> Formula:
    latex, text = (entry_of(printer, output, summed=summed) for printer in (back.latex, back.text))
    return Formula(Spelled(latex.left, text.left), Spelled(latex.right, text.right))


def _initial(back: Speller, label: str, value: str) -> Gradient:
    """Of an initial state: what the first step hands back, an entry of it at any step."""
    latex, text = entries(back.latex)[value], entries(back.text)[value]
    entry = Formula(Spelled(latex.left, text.left), Spelled(latex.right, text.right))
    vector = Formula(back.value(value), back.definition(value))
    return Gradient(f"{label}0", "initial state", vector, entry)
