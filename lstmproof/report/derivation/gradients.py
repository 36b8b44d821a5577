"""The gradients, in vector form and in index form."""

from __future__ import annotations

from lstmproof.document.blocks import Block, Equations, Folded, Paragraph, Section
from lstmproof.report.derivation.words import row
from lstmproof.study.gradients import Gradient
from lstmproof.study.study import Anatomy

_KINDS = {"parameter": "Parameters", "input": "Inputs", "initial state": "Initial states"}


def gradients_section(anatomy: Anatomy) -> Section:
    """Every parameter, input and initial state."""
    every = anatomy.gradients
    parts = tuple(_part(kind, tuple(each for each in every.all if each.kind == kind)) for kind in _KINDS)
    cotangents = Folded(
        "Cotangents, entry by entry",
        (Paragraph((_COTANGENTS,)), Equations(tuple(map(row, every.cotangents)), "cotangent-entries")),
    )
    return Section("Gradients", "gradients", (Paragraph((_HOW,)), cotangents), parts)


_HOW = (
    "In vector form, and entry by entry with every sum over units written out. Over a batch, gradients of parameters "
    "add over its rows."
)

_COTANGENTS = "What the gradients below are made of. Letters in brackets count units, from the first axis on."


def _part(kind: str, gradients: tuple[Gradient, ...]) -> Section:
    blocks: list[Block] = []
    if kind == "initial state":
        blocks.append(Paragraph(("What the first step hands back: the formula below at t = 1.",)))
    vectors = Equations(tuple(row(each.vector) for each in gradients))
    entries = Equations(tuple(row(each.entry) for each in gradients))
    blocks += [vectors, Paragraph(("Entry by entry:",)), entries] if gradients else [Paragraph(("There are none.",))]
    return Section(_KINDS[kind], f"gradients-{kind.replace(' ', '-')}s", tuple(blocks))
