"""The equations, as in the paper."""

from __future__ import annotations

from lstmproof.document.blocks import Block, Code, Equations, Folded, Listing, Paragraph, Section
from lstmproof.report.derivation.words import rows
from lstmproof.study.study import Anatomy, Study


def equations_section(study: Study, anatomy: Anatomy) -> Section:
    """One step of the cell, with every index of time, and the lines of the file that say so."""
    programs = anatomy.programs
    blocks: list[Block] = [
        Paragraph((_HOW,)),
        Equations(rows(programs.full), "equations-forward"),
        Folded(
            "The same as its derivation file has it",
            (Listing(_source(study, anatomy), "python", f"{anatomy.definition.file}, line {anatomy.definition.line}"),),
        ),
    ]
    if anatomy.definition.constants:
        defaults = ", ".join(f"{name} = {each.default}" for name, each in anatomy.definition.constants.items())
        blocks.insert(2, Paragraph(("Constants, unless given otherwise: ", Code(defaults), ".")))
    return Section("Equations", "equations", tuple(blocks))


_HOW = "One step, for t = 1, 2, ..., T. A circled dot multiplies entry by entry, and functions act on each entry."


def _source(study: Study, anatomy: Anatomy) -> str:
    """The cell's function, word for word."""
    lines = study.derivation.text.splitlines()
    function = anatomy.definition.function
    first = min([function.lineno, *(each.lineno for each in function.decorator_list)])
    return "\n".join(lines[first - 1 : function.end_lineno])
