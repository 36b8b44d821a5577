"""Theorems of Coq, as Coq has them beside what they say: of the gradients, of statements and of findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lstmproof.document.blocks import Badge, Block, Code, Folded, Line, Listing, Paragraph, Section
from lstmproof.report.derivation.words import listed
from lstmproof.study.study import Study
from lstmproof.study.theorems import GRADIENT_FLOWS, Theorem
from lstmproof.verdict import Result

_TITLES = {"full": "The full flow", "truncated": "The truncated flow"}


def theorems_section(study: Study) -> Section:
    """The gradients' theorems, one for each error flow."""
    parts = tuple(
        Section(_TITLES[flow], f"theorem-{flow}", tuple(_gradient(study.theorems[law])))
        for law, flow in GRADIENT_FLOWS.items()
        if law in study.theorems
    )
    how = _HOW if parts else _NONE
    return Section("Gradients for every size and length", "theorems", (Paragraph(how),), parts)


_ABOUT = (
    "Theorems about the backward program that is derived above, over the real numbers, for any number of units, inputs "
    "and steps. The statement is written from the equations of the cell, by code that knows no derivative. The two "
    "flows have theorems of their own: that of the truncated flow is about the cut system. Each is on file, beside the "
    "derivation, as accepted by Coq's kernel on the axioms of its real numbers alone; "
)
_ASK = Code("lstmproof verify --coq")
_HOW: Line = (_ABOUT, _ASK, " asks it again.")
_NONE: Line = ("No theorem about these gradients is on file as accepted by Coq; ", _ASK, " asks whether there is one.")


def _gradient(theorem: Theorem) -> Iterator[Block]:
    yield Paragraph((Badge("proved", "good"), f" By Coq: {theorem.reading}."))
    if theorem.hypotheses:
        yield Paragraph(("Assuming ", *listed(((Code(each),) for each in theorem.hypotheses), " and "), "."))
    yield from as_coq_has_it(theorem)


def as_coq_has_it(theorem: Theorem | None) -> Iterator[Block]:
    """The statement in Coq's language, folded away; nothing where there is no theorem."""
    if theorem is not None:
        yield Folded("The statement as Coq has it", (_listing(theorem),))


def findings_as_coq_has_them(found: list[Result], theorems: Mapping[str, Theorem]) -> Iterator[Block]:
    """The statements of findings in Coq's language, folded away together."""
    listings = tuple(_listing(theorems[each.id], each.id) for each in found if each.id in theorems)
    if listings:
        yield Folded("Findings as Coq has them", listings)


def _listing(theorem: Theorem, name: str = "") -> Listing:
    return Listing(theorem.statement, "coq", f"{name or theorem.name}, in Coq's language")
