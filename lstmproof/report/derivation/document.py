"""A study as a document."""

from __future__ import annotations

from collections.abc import Iterator

from lstmproof.document.blocks import Document, Line, Paragraph, Section
from lstmproof.report.derivation.cost import cost_section
from lstmproof.report.derivation.equations import equations_section
from lstmproof.report.derivation.flows import flows_section, online_section
from lstmproof.report.derivation.gradients import gradients_section
from lstmproof.report.derivation.listing import listing_section
from lstmproof.report.derivation.papers import bibliography_section
from lstmproof.report.derivation.reproducing import reproducing_section
from lstmproof.report.derivation.statements import statements_section
from lstmproof.report.derivation.steps import steps_section
from lstmproof.report.derivation.symbols import symbols_section
from lstmproof.report.derivation.theorems import theorems_section
from lstmproof.report.derivation.verification import verification_section
from lstmproof.report.pictures.flow import flow_figure
from lstmproof.study.study import Anatomy, Study


def document(study: Study) -> Document:
    """The whole report of one study."""
    return Document(study.name, study.name, abstract(study), tuple(_sections(study)))


def abstract(study: Study) -> Line:
    """What the file says it is, in its first sentence or two."""
    return (" ".join(study.derivation.doc.strip().split("\n\n")[0].split()),)


def _sections(study: Study) -> Iterator[Section]:
    if study.anatomy is not None:
        yield from _derived(study, study.anatomy)
    yield statements_section(study)
    if study.anatomy is not None:
        yield theorems_section(study)
        yield verification_section(study)
        yield listing_section(study, study.anatomy)
    yield bibliography_section(study)
    yield reproducing_section(study)


def _derived(study: Study, anatomy: Anatomy) -> Iterator[Section]:
    yield equations_section(study, anatomy)
    yield symbols_section(anatomy)
    yield _drawing(anatomy)
    yield steps_section(anatomy)
    yield gradients_section(anatomy)
    yield flows_section(anatomy)
    yield online_section(anatomy)
    yield cost_section(anatomy)


def _drawing(anatomy: Anatomy) -> Section:
    factors = {each.state: each.factor.text for each in anatomy.carousels if each.carries and each.factor}
    return Section("Data flow", "flow", (Paragraph((_FLOW,)), flow_figure(anatomy.programs.full, factors)))


_FLOW = "One step. The carousel, along which errors travel back through time in the truncated flow too, is highlighted."
