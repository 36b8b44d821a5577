"""Two cells with equal outputs: by induction over steps, each step an identity of normal forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition, Derivation
from lstmproof.language.formula import Same
from lstmproof.program.expr import Number
from lstmproof.program.nodes import Axes
from lstmproof.proof.exact import Element, FieldExhausted
from lstmproof.proof.outcome import Proof, Unsettled
from lstmproof.proof.replay.evidence import heading
from lstmproof.proof.replay.flows import same_evidence
from lstmproof.proof.replay.statements import with_evidence
from lstmproof.proof.symbolic.bounds import ranges
from lstmproof.proof.symbolic.normal import Finer, NoNormalForm, Reals
from lstmproof.proof.symbolic.signs import is_met, sign_of
from lstmproof.proof.symbolic.values import CellValues


def same_cells(claim: Claim, statement: Same, derivation: Derivation) -> Proof | Unsettled:
    """Show that two cells of a file return equal values at every step, given equal arguments.

    Both start from equal states. If one step from equal old states returns equal values, so does every step. Arguments
    that only one of the cells has may be any; constants are at their defaults unless the claim names them.
    """
    cells = {each.name: each for each in derivation.cells}
    one, other = cells[statement.one], cells[statement.other]
    if dict(one.states) != dict(other.states) or set(one.returned) != set(other.returned):
        return Unsettled("the cells do not return the same names, or their states have other axes")
    shapes = [{**cell.inputs, **cell.parameters, **_constant_axes(cell)} for cell in (one, other)]
    if any(axes != shapes[1].get(name, axes) for name, axes in shapes[0].items()):
        return Unsettled("an argument of one name has other axes in the other cell")
    parts: dict[str, int] = {}
    for _ in range(8):
        try:
            return _compare(claim, one, other, parts)
        except Finer:
            continue
        except (NoNormalForm, FieldExhausted) as reason:
            return Unsettled(str(reason))
    return Unsettled("exponentials of ever smaller parts of an exponent")


def _constant_axes(cell: Definition) -> dict[str, Axes]:
    return {name: constant.axes for name, constant in cell.constants.items()}


def _compare(claim: Claim, one: Definition, other: Definition, parts: dict[str, int]) -> Proof | Unsettled:
    reals = Reals(parts)
    numbers = [_numbers(claim, cell) for cell in (one, other)]
    read = [_values(reals, cell, fixed) for cell, fixed in zip((one, other), numbers, strict=True)]
    found = [{output.label: values.value(output.value) for output in values.program.outputs} for values in read]
    for label in one.returned:
        if found[0][label] != found[1][label]:
            return Unsettled(
                f"{label} is not shown equal: {reals.text(found[0][label] - found[1][label])} may not be 0"
            )
    if not all(is_met(need, sign_of(reals, z, {})) for need, z in reals.needs):
        return Unsettled("a divisor, logarithm or root is not shown to be defined")
    shown = ", ".join(one.returned)
    reading = f"equal old states give equal {shown}: one rational function of net inputs' exponentials each"
    evidence = same_evidence(tuple(read), tuple(numbers), one.returned)
    return with_evidence(heading(claim, (one, other), reading), evidence)


def _numbers(claim: Claim, cell: Definition) -> dict[str, Fraction]:
    """Parameters and constants that are numbers: by the hypotheses, or at their defaults."""
    fixed = {name: constant.default for name, constant in cell.constants.items() if name not in claim.arguments}
    for name, own in ranges(claim, cell.program, computed=False).items():
        if isinstance(own.equal, Number) and claim.arguments.get(name) in ("parameter", "constant"):
            fixed[name] = own.equal.value
    return fixed


def _values(reals: Reals, cell: Definition, fixed: Mapping[str, Fraction]) -> CellValues:
    """Every value of one step."""

    def standing_for(value: Fraction) -> Callable[[str], Element]:
        return lambda _: reals.rational(value)

    values = CellValues(reals, cell.program, {name: standing_for(value) for name, value in fixed.items()})
    values.demand_all()
    return values
