"""The backward derivation, step by step, each step re-checked and linked to the kernel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from lstmproof.document.blocks import (
    Badge,
    Block,
    Equations,
    Inline,
    Line,
    Link,
    Math,
    Paragraph,
    Section,
    Steps,
)
from lstmproof.document.blocks import Step as Shown
from lstmproof.report.derivation.listing import LISTING
from lstmproof.report.derivation.words import row
from lstmproof.study.recheck import PROBLEMS, Recheck
from lstmproof.study.steps import Line as Formula
from lstmproof.study.steps import Step
from lstmproof.study.study import Anatomy


def steps_section(anatomy: Anatomy) -> Section:
    """Every step, the last equation of the cell first."""
    shown = tuple(_shown(number, step, anatomy) for number, step in enumerate(anatomy.steps, start=1))
    blocks: list[Block] = [Paragraph(_HOW), Paragraph(_checked(anatomy.checked))]
    if anatomy.unnamed:
        blocks.append(Paragraph(("Values that the equations leave without a name:",)))
        blocks.append(Equations(tuple(map(row, anatomy.unnamed))))
    return Section("The backward derivation", "backward", (*blocks, Steps(shown)))


_HOW: Line = (
    "A bar over a value is the loss's derivative by it: ",
    Math(r"\bar{v}(t) = \partial L / \partial v(t)", "d_v = dL/dv(t)"),
    ". ",
    Math(r"\ell_{v}(t)", "dL_v"),
    " is what the loss itself gives an output, and ",
    Math(r"\overleftarrow{v}(t)", "next_v(t)"),
    " what step t + 1 hands back to a state; it is 0 at t = T, and at t = 0 it is the gradient of the initial state. ",
    "Equations are taken in reverse: when a step begins, all that reads its value has been dealt with. ",
    Math(r"\mathrel{+}=", "+="),
    " marks a term of a sum to which other steps add.",
)


def _checked(checked: Recheck) -> Line:
    if checked.reason:
        return (f"The steps were not re-checked: {checked.reason}.",)
    return (
        "Each step is re-checked by itself: every value that a step speaks of is moved by a complex step, one entry ",
        "of one time step at a time, in the cell's own equations written out value by value. What the loss gains must ",
        "be the cotangent, to ",
        Math(r"\varepsilon S", "eps S"),
        " (",
        Link("how tolerances are derived", "#tolerances"),
        f"). {_problems(checked)}",
    )


def _problems(checked: Recheck) -> str:
    wanted = f"{PROBLEMS} problems" if checked.declined == 0 else f"{checked.problems} of {PROBLEMS} problems"
    return f"{sum(checked.compared.values())} numbers on {wanted} were compared."


def _shown(number: int, step: Step, anatomy: Anatomy) -> Shown:
    headline: list[Inline] = []
    if step.equation is None:
        headline.append("Sums of what several equations have handed on")
    else:
        left, right = step.equation.left, step.equation.right
        headline += [Math(f"{left.latex} = {right.latex}", f"{left.text} = {right.text}")]
        headline.append(f" ({anatomy.definition.file.rpartition('/')[2]}, line {step.place})")
    blocks = [block for group in _groups(step.lines) for block in _group(group)]
    return Shown(tuple(headline), (*blocks, Paragraph(tuple(_verdict(step)))), f"step-{number}")


def _groups(lines: Iterable[Formula]) -> Iterator[tuple[Formula, ...]]:
    """Neighbours that follow from the same rules."""
    for _, group in groupby(lines, key=lambda line: line.rules):
        yield tuple(group)


def _verdict(step: Step) -> Iterator[Inline]:
    if step.holds:
        yield Badge("checked", "good")
        yield f" {step.compared} numbers, by complex step."
    elif step.compared:
        yield Badge("wrong", "bad")
        yield " The re-check found other numbers."
    else:
        yield Badge("not checked", "open")


def _group(lines: tuple[Formula, ...]) -> Iterator[Block]:
    yield Paragraph((*_rules(lines[0]), *_places(lines)))
    yield Equations(tuple(row(line.formula) for line in lines))


def _rules(line: Formula) -> Iterator[Inline]:
    for place, rule in enumerate(line.rules):
        words = rule.words[:1].upper() + rule.words[1:] if place == 0 else rule.words
        yield "; " * (place > 0) + words
        if rule.formula is not None:
            yield ", "
            yield Math(rule.formula.latex, rule.formula.text)
    yield ". "


def _places(lines: tuple[Formula, ...]) -> Iterator[Inline]:
    """Where the kernel computes what the lines give, in their order, each place once."""
    codes = [line.code for line in lines if line.code is not None]
    if len(codes) < len(lines):
        return
    yield "Kernel: "
    for place, (whole, number) in enumerate(dict.fromkeys((code.whole, code.number) for code in codes)):
        yield from (", ",) if place else ()
        yield Link(f"{'line' if whole else 'within line'} {number}", f"#{LISTING}-{number}")
    yield "."
