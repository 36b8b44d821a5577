"""Cells side by side: equations, gradients, what is found of them, parameters and cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lstmproof.document.blocks import Block, Code, Document, Equations, Line, Link, Paragraph, Section, Table
from lstmproof.program.nodes import Axes
from lstmproof.report.cells import first_line
from lstmproof.report.derivation.cost import polynomial
from lstmproof.report.derivation.words import rows
from lstmproof.study.study import Anatomy, Study

SCRIPT = (Path(__file__).parent / "assets" / "comparison.js").read_text(encoding="utf-8")
"""Sets two cells side by side and marks what differs; all that it shows stands in the page without it."""


def part(study: Study, folder: str) -> Section | None:
    """What the comparison shows of one cell; nothing of what a file states of no cell."""
    if study.anatomy is None:
        return None
    name, programs = study.name, study.anatomy.programs
    about = first_line(study.anatomy.definition.doc or study.derivation.doc)
    blocks: tuple[Block, ...] = (Paragraph((about, " ", Link("Report", f"../{folder}/"))),)
    sections = (
        Section("Equations", f"{name}-equations", (Equations(rows(programs.full)),)),
        Section("Gradients", f"{name}-gradients", (Equations(rows(programs.backward, programs.full)),)),
        Section("In numbers", f"{name}-numbers", (_facts(study, study.anatomy),)),
    )
    return Section(name, name, blocks, sections)


def document(parts: Sequence[Section], colophon: Line) -> Document:
    """All cells, one after the other; the page's script sets two of them side by side."""
    return Document(
        "comparison",
        "Cells side by side",
        ("Equations, gradients, bounds, parameters and cost of each cell, in the same order, to be compared.",),
        tuple(parts),
        trail=(Link("All cells", "../"),),
        colophon=colophon,
    )


def _facts(study: Study, anatomy: Anatomy) -> Table:
    definition = anatomy.definition
    facts: list[tuple[str, Line]] = [
        ("states", _with_axes(definition.states)),
        ("inputs", _with_axes(definition.inputs)),
        ("parameter tensors", (str(len(definition.parameters)),)),
        ("parameters", (polynomial(anatomy.parameters),)),
    ]
    for cost in anatomy.costs:
        facts += [
            (f"multiplications, {cost.name}", (polynomial(cost.multiplications),)),
            (f"functions, {cost.name}", (polynomial(cost.functions),)),
            (f"kept per step, {cost.name}", (polynomial(cost.kept_per_step),)),
        ]
    facts += [
        (result.id.removeprefix("finding.").replace("_", " of ", 1), (Code(result.statement),))
        for result in study.results.results
        if result.kind == "finding" and not result.id.startswith("finding.flow_")
    ]
    table = tuple(((name,), value) for name, value in facts)
    return Table((("",), (definition.name,)), table, f"{definition.name} in numbers")


def _with_axes(tensors: Mapping[str, Axes]) -> Line:
    return (", ".join(f"{name} ({', '.join(axes)})" if axes else f"{name} (scalar)" for name, axes in tensors.items()),)
