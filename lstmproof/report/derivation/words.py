"""What several sections say alike: formulas, names and shapes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lstmproof.document.blocks import Code, Inline, Line, Math, Row
from lstmproof.program.latex import LATEX
from lstmproof.program.layout import taken_apart
from lstmproof.program.nodes import Axes, Program
from lstmproof.program.printer import equations, printer_of
from lstmproof.program.text import TEXT
from lstmproof.study.formulas import Formula

PLUS = r"\mathrel{+}="
"""Between a gradient and one of the terms that make it."""


def rows(program: Program, primal: Program | None = None) -> tuple[Row, ...]:
    """The equations of a program, for display."""
    spelled = zip(
        equations(printer_of(program, primal, LATEX)), equations(printer_of(program, primal, TEXT)), strict=True
    )
    return tuple(Row(one.left, one.right, f"{other.left} = {other.right}") for one, other in spelled)


def statement_anchor(statement: str) -> str:
    """The place of a claim or a myth in the report that states it.

    >>> statement_anchor("claim.carousel_is_one")
    'claim-carousel-is-one'
    """
    return re.sub(r"[^a-z0-9]+", "-", statement.lower())


def symbol(name: str, time: str = "") -> Math:
    """A value of a cell as a formula.

    >>> symbol("W_f"), symbol("c", "t-1")
    (Math(latex='W_{f}', text='W_f'), Math(latex='c(t-1)', text='c(t-1)'))
    """
    parts = taken_apart(name)
    return Math(LATEX.name(parts, time), TEXT.name(parts, time))


def shape(*axes: str) -> str:
    """The shape of an array, as Python writes it.

    >>> shape("batch", "hidden"), shape("hidden"), shape()
    ('(batch, hidden)', '(hidden,)', '()')
    """
    return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"


def axes_of(axes: Axes) -> str:
    """Axes in words."""
    return ", ".join(axes) if axes else "none: one number"


def listed(parts: Iterable[Line], between: str = ", ") -> Line:
    """Lines joined into one."""
    found: list[Inline] = []
    for part in parts:
        found += [between, *part] if found else part
    return tuple(found)


def codes(names: Iterable[str]) -> Line:
    """Names as code, with commas."""
    return listed((Code(name),) for name in names)


def row(formula: Formula) -> Row:
    """One formula of a study, for display."""
    left, right, relation = formula.left, formula.right, PLUS if formula.adds else "="
    return Row(left.latex, right.latex, f"{left.text} {'+=' if formula.adds else '='} {right.text}", relation)
