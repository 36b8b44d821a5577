"""The full error flow against the truncated one, and the online rule."""

from __future__ import annotations

from collections.abc import Iterator

from lstmproof.document.blocks import Block, Equations, Folded, Inline, Line, Math, Paragraph, Section, Table
from lstmproof.report.derivation.words import row
from lstmproof.study.flows import Terms
from lstmproof.study.formulas import Spelled
from lstmproof.study.study import Anatomy


def flows_section(anatomy: Anatomy) -> Section:
    """Term by term, which parts of the full gradient the truncated one lacks."""
    cut = [each for each in anatomy.terms if not each.agree]
    same = [each for each in anatomy.terms if each.agree]
    blocks: list[Block] = [Paragraph((_HOW,))]
    if cut:
        head = ("Sum", "In both flows", "In the full flow alone", "In the truncated flow alone")
        blocks.append(
            Table(tuple((word,) for word in head), tuple(map(_terms, cut)), "Sums in which the two flows differ")
        )
    else:
        blocks.append(Paragraph(("The two flows have the same terms throughout: there is nothing to cut.",)))
    if same:
        blocks.append(Paragraph(("The same formula in both flows: ", *_names(same), ".")))
    blocks.append(Paragraph((_SAME,)))
    return Section("Full and truncated error flow", "flows", tuple(blocks))


_HOW = (
    "The truncated flow is that of 1997: a net input is computed from recorded values of the old states, so that "
    "errors that arrive at it go no further back in time. Both gradients are adjoints; the truncated one lacks the "
    "terms below."
)

_SAME = (
    "A formula that reads the same has other values where what flows into it has: the cotangents are those of its own "
    "flow."
)


def _terms(each: Terms) -> tuple[Line, ...]:
    return ((_math(each.left),), _listed(each.both), _listed(each.full), _listed(each.truncated))


def _listed(terms: tuple[Spelled, ...]) -> Line:
    found: list[Inline] = []
    for term in terms:
        found += [", ", _math(term)] if found else [_math(term)]
    return tuple(found) or ("nothing",)


def _names(terms: list[Terms]) -> Iterator[Inline]:
    for place, each in enumerate(terms):
        yield from ((", ", _math(each.left)) if place else (_math(each.left),))


def _math(spelled: Spelled) -> Math:
    return Math(spelled.latex, spelled.text)


def online_section(anatomy: Anatomy) -> Section:
    """The learning rule without a tape, or why there is none."""
    rule = anatomy.online
    if isinstance(rule, str):
        return Section("The online rule", "online", (Paragraph((f"There is none: {rule}. {_WHEN}",)),))
    blocks: list[Block] = [Paragraph((_ONLINE,))]
    if rule.updates:
        blocks.append(Paragraph(("The partials that are carried from step to step:",)))
        blocks.append(Equations(tuple(map(row, rule.updates)), "online-updates"))
    if rule.slopes:
        blocks.append(Paragraph(("where",)))
        blocks.append(Equations(tuple(map(row, rule.slopes))))
    blocks.append(Paragraph(("The gradient, from the loss of each step alone:",)))
    blocks.append(Equations(tuple(map(row, rule.gradients)), "online-gradients"))
    blocks.append(Folded("The cotangents within a step", (Equations(tuple(map(row, rule.cotangents))),)))
    return Section("The online rule", "online", tuple(blocks))


_WHEN = (
    "It needs every way from an old state, a net input or a bias to a carried state to act unit by unit in the "
    "truncated flow."
)

_ONLINE = (
    "The truncated gradient forward in time, as in the papers of 1997 (appendix A.1) and 2000 (eqs. 3.10 to 3.12): "
    "beside each carried state go its partial derivatives by every parameter, and no run is kept."
)
