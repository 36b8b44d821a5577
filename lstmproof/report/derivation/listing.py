"""The emitted kernel."""

from __future__ import annotations

from lstmproof.document.blocks import Code, Listing, Paragraph, Section
from lstmproof.study.study import Anatomy, Study

LISTING = "kernel"
"""What anchors of the listing's lines begin with."""


def listing_section(study: Study, anatomy: Anatomy) -> Section:
    """The whole module, its lines numbered."""
    how = Paragraph(
        (
            "What ",
            Code(f"lstmproof generate {study.target}"),
            " writes: it imports NumPy alone and runs without this package. Values that are only scaled on their way ",
            "are merged into what reads them, so that some steps above point at the line of another value.",
        )
    )
    listing = Listing(anatomy.code.source.rstrip("\n"), "python", f"{study.name}, float64", LISTING)
    return Section("The kernel", "code", (how, listing))
