"""The verification table: each law, how it is checked, and how its tolerance is derived."""

from __future__ import annotations

from collections.abc import Iterator

from lstmproof.document.blocks import Badge, Block, Code, Items, Line, Paragraph, Section, Table, Tone
from lstmproof.report.derivation.tolerances import DERIVATIONS, HOW
from lstmproof.study.study import Study
from lstmproof.verdict import Result

_HEAD = ("Law", "Statement", "Method", "Tolerance", "Cases", "Verdict")


def verification_section(study: Study) -> Section:
    """Every law that applies, and why the others do not."""
    laws = [result for result in study.results.results if result.kind == "law"]
    if not laws:
        nothing = Paragraph(("There is no cell here, and so there are no laws.",))
        return Section("Verification", "verification", (nothing,))
    how = f"Cases are generated from seed {study.seed}, {study.examples} at most for each law; {_AROUND}"
    table = Table(tuple((word,) for word in _HEAD), tuple(map(_row, laws)), "Laws, and how each was checked")
    blocks: list[Block] = [Paragraph((how,)), table]
    if study.results.absent:
        absent = study.results.absent.items()
        blocks += [
            Paragraph(("Laws that do not apply:",)),
            Items(tuple((Code(law), f": {reason}.") for law, reason in absent)),
        ]
    tolerances = Section("How tolerances are derived", "tolerances", (Paragraph(HOW), Items(tuple(_derivations(laws)))))
    return Section("Verification", "verification", tuple(blocks), (tolerances,))


_AROUND = "cases too near a kink, outside the domain of a function or ill-conditioned are drawn again."


def _row(result: Result) -> tuple[Line, ...]:
    cases = "identities" if result.method == "symbolic" else f"{result.examples}"
    return (
        (Code(result.id),),
        (f"{result.statement}.",),
        (result.method,),
        DERIVATIONS[result.id].short if result.id in DERIVATIONS else ("",),
        (cases,),
        (badge(result),),
    )


def badge(result: Result) -> Badge:
    """A verdict, and whether that is what should be."""
    tones: dict[bool | None, Tone] = {True: "good", False: "bad", None: "open"}
    return Badge(result.verdict, tones[result.holds])


def _derivations(laws: list[Result]) -> Iterator[Line]:
    for result in laws:
        if result.id in DERIVATIONS:
            yield (Code(result.id), ": ", *DERIVATIONS[result.id].formula)
