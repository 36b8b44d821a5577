"""What a step costs."""

from __future__ import annotations

from lstmproof.document.blocks import Line, Math, Paragraph, Section, Table
from lstmproof.program.latex import identifier
from lstmproof.study.costs import Cost, Monomial, Polynomial
from lstmproof.study.study import Anatomy

_HEAD = ("", "Multiplications", "Additions", "Functions", "Kept", "Carried")


def cost_section(anatomy: Anatomy) -> Section:
    """Operations and memory of one step of one row, as polynomials in the sizes of axes."""
    table = Table(
        tuple((word,) for word in _HEAD),
        tuple(map(_row, anatomy.costs)),
        "One step of one row of the batch",
        "cost-table",
    )
    learned: Line = ("The cell has ", polynomial(anatomy.parameters), " parameters.")
    return Section("Cost", "cost", (Paragraph(_HOW), table, Paragraph(learned), Paragraph(_MEMORY)))


_HOW: Line = (
    "Counted from the Programs, each value once; ",
    Math(r"n_{\mathrm{axis}}", "n_axis"),
    " is the number of units along an axis. Divisions and powers count as multiplications, subtractions and changes ",
    "of sign as additions; a sum of products counts an addition for each product. Functions are those of the table, ",
    "such as the logistic one. Backward steps come on top of the forward one; the online rule is both at once.",
)

_MEMORY: Line = (
    "Kept are the numbers of each step that the backward pass reads: a sequence of T steps keeps T times as many for ",
    "each row. Carried are those that are handed from step to step; they do not grow with T.",
)


def _row(cost: Cost) -> tuple[Line, ...]:
    counts = (cost.multiplications, cost.additions, cost.functions, cost.kept_per_step, cost.carried)
    return ((cost.name,), *((polynomial(each),) for each in counts))


def polynomial(found: Polynomial) -> Math:
    """A polynomial in the sizes of axes."""
    if not found.terms:
        return Math("0", "0")
    latex = " + ".join(_term(count, monomial, latex=True) for monomial, count in found.terms)
    text = " + ".join(_term(count, monomial, latex=False) for monomial, count in found.terms)
    return Math(latex, text)


def _term(count: int, monomial: Monomial, *, latex: bool) -> str:
    powers = {axis: monomial.count(axis) for axis in monomial}
    factors = [_size(axis, power, latex=latex) for axis, power in powers.items()]
    number = [str(count)] if count != 1 or not factors else []
    return (r"\, " if latex else " ").join([*number, *factors])


def _size(axis: str, power: int, *, latex: bool) -> str:
    name = f"n_{{{identifier(axis)}}}" if latex else f"n_{axis}"
    return name if power == 1 else f"{name}^{{{power}}}" if latex else f"{name}^{power}"
