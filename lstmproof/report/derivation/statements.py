"""Claims, myths and findings, each with its verdict, its assumptions, and its proof or counterexample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from lstmproof.document.blocks import (
    Block,
    Code,
    Folded,
    Inline,
    Items,
    Line,
    Link,
    Listing,
    Paragraph,
    Section,
    Table,
)
from lstmproof.language.claims import Claim
from lstmproof.language.formula import terms
from lstmproof.program.expr import Size, walk
from lstmproof.report.derivation.mathematics import assumptions, conclusion
from lstmproof.report.derivation.theorems import as_coq_has_it, findings_as_coq_has_them
from lstmproof.report.derivation.verification import badge
from lstmproof.report.derivation.words import listed, statement_anchor
from lstmproof.report.pictures.charts import chart_figure
from lstmproof.study.charts import Chart, Reference
from lstmproof.study.study import Study
from lstmproof.study.theorems import Theorem
from lstmproof.study.trajectories import drawn
from lstmproof.verdict import Result

_METHODS = {
    "certificate": "by certificate",
    "symbolic": "by exact algebra",
    "smt": "by two solvers that agree",
    "ball": "in ball arithmetic",
    "search": "by search: no counterexample was found",
    "": "",
}


def statements_section(study: Study) -> Section:
    """Everything that is stated of the cell, and what was found without being asked."""
    claims = {claim.id: claim for claim in study.derivation.claims}
    found = [result for result in study.results.results if result.kind == "finding"]
    charts = tuple(chart_figure(chart, partial(_here, study)) for chart in study.charts)
    parts = []
    if found:
        table = _findings(found, study.theorems)
        formal = tuple(findings_as_coq_has_them(found, study.theorems))
        parts.append(Section("Findings", "findings", (Paragraph((_FINDINGS,)), table, *formal, *charts)))
    for title, anchor, kind, how in (("Claims", "claims", "claim", _CLAIMS), ("Myths", "myths", "myth", _MYTHS)):
        stated = tuple(
            _statement(result, claims[result.id], study.trajectories.get(result.id), study.theorems.get(result.id))
            for result in study.results.results
            if result.kind == kind
        )
        if stated:
            parts.append(Section(title, anchor, (Paragraph((how,)),), stated))
    if not parts:
        return Section("Statements", "statements", (Paragraph(("Nothing is stated of this cell.",)),))
    return Section("Statements", "statements", (Paragraph((_HOW,)),), tuple(parts))


_AND_COQ = ", and on file as a theorem of Coq"
"""Said of what is a theorem besides."""

_TITLES = {
    "carousel": "Carousel of",
    "bound": "Bound of",
    "growth": "Growth of",
    "geometric": "Geometric bound of",
    "flow": "One step of the full flow, from",
    "memory": "Memory of",
}


def _findings(found: list[Result], theorems: Mapping[str, Theorem]) -> Table:
    """One row each: what, the statement, and how it was shown."""
    rows = tuple(
        (
            (_finding_title(each),),
            tuple(_told(each)),
            ((str(each.proof["reading"]) if each.proof else each.reason) + _AND_COQ * (each.id in theorems),),
            (badge(each),),
        )
        for each in found
    )
    return Table((("Of",), ("Statement",), ("How",), ("Verdict",)), rows, "Findings, for all steps, weights and inputs")


def _finding_title(result: Result) -> str:
    kind, _, state = result.id.partition(".")[2].partition("_")
    return f"{_TITLES.get(kind, kind)} {state}"


def _told(result: Result) -> Iterator[Inline]:
    if result.id.startswith("finding.flow_"):
        yield from ("what one step makes of an error, ", Link("term by term", "#flows"))
        return
    yield from listed(((Code(part),) for part in result.statement.split("; ")), "; ")
    if result.assumptions:
        yield ", assuming "
        yield from listed(((Code(each),) for each in result.assumptions), " and ")


_HOW = (
    "Proofs and refutations are over the real numbers: they say nothing of rounding. In float64 a gate does reach 1, "
    "and a bound may be passed by the rounding of a step."
)
_USUAL = "for all t >= 1, all units, sizes, weights, inputs and initial states"
"""The quantifiers that are not repeated."""
_FINDINGS = (
    "What is established of every cell, with no claim asked: the carousel of each state (the factor by which an error "
    "is multiplied on its way through the state alone), the strongest bound that was proved, and what the full flow "
    "adds."
)
_CLAIMS = (
    "What the derivation file states: for all steps t = 1, 2, ..., all units, sizes, weights, inputs and initial "
    "states, unless it says otherwise. A derivative marked “cut” is of the truncated flow. A certificate is an exact "
    "identity of polynomials, on file, that a page of standard-library code multiplies out again."
)
_MYTHS = "What is believed and false: each is refuted by a network that anyone can run."


def _here(study: Study, reference: Reference) -> str:
    """Where a statement stands in this report; nowhere if another report has it."""
    own = study.results.results if (reference.file, reference.cell) == _subject(study) else ()
    return f"#{statement_anchor(reference.statement)}" if any(each.id == reference.statement for each in own) else ""


def _subject(study: Study) -> tuple[str, str]:
    """The file that a report is of, as references name it, and the cell, if it is of one."""
    return PurePosixPath(study.derivation.file).stem, study.anatomy.definition.name if study.anatomy else ""


def _statement(result: Result, claim: Claim, trajectory: Chart | None, theorem: Theorem | None) -> Section:
    """A part of its own, to which others can link: what is said, why it is said, and the evidence for it."""
    said: tuple[Block, ...] = (Paragraph((badge(result), " ", *_what(result, claim, theorem))),)
    if claim.doc:
        said = (Paragraph((" ".join(claim.doc.split()),)), *said)
    title = _title(result.id.partition(".")[2])
    evidence = (*_evidence(result), *as_coq_has_it(theorem), *_picture(result, trajectory))
    return Section(title, statement_anchor(result.id), (*said, *evidence))


def _picture(result: Result, trajectory: Chart | None) -> Iterator[Block]:
    """A counterexample over time, and the numbers of its network where they are not those already told."""
    if trajectory is None or result.counterexample is None:
        return
    yield chart_figure(trajectory)
    network = drawn(result.counterexample)
    if network is not result.counterexample:
        yield Folded("The network of the picture, all other numbers being 0", (Items(tuple(_network(network))),))


def _title(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _what(result: Result, claim: Claim, theorem: Theorem | None) -> Iterator[Inline]:
    if result.quantifiers != _USUAL:
        said = result.quantifiers.replace(f"{_USUAL}, and ", "for ")
        yield f"{said[:1].upper()}{said[1:]}: "
    yield conclusion(claim)
    if any(isinstance(part, Size) for term in terms(claim.conclusion) for part in walk(term)):
        yield from (", as ", Code(claim.text), " counts")
    assumed = assumptions(claim)
    if assumed:
        yield ", assuming "
        yield from listed(((each,) for each in assumed), " and ")
    how = _METHODS.get(result.method, f"by {result.method}")
    yield f". {result.verdict.capitalize()}{' ' * bool(how)}{how}{_AND_COQ * (theorem is not None)}."


def _evidence(result: Result) -> Iterator[Block]:
    if result.proof is not None:
        yield from _proof(result, result.proof)
    elif result.counterexample is not None:
        yield Paragraph(tuple(_refutation(result)))
        yield Items(tuple(_network(result.counterexample)))
    elif result.reason:
        yield Paragraph((f"{result.reason[:1].upper()}{result.reason[1:]}.",))


def _proof(result: Result, proof: Mapping[str, Any]) -> Iterator[Block]:
    reading = str(proof["reading"])
    if "\n" not in reading and len(reading) <= 160:
        yield Paragraph((f"Proof: {reading}.",))
    else:
        blocks: list[Block] = [Listing(reading, "text", f"The proof of {result.id}")]
        if proof.get("recheck"):
            blocks.append(Paragraph(("Re-checked by ", Code(str(proof["recheck"])), ", without this package.")))
        yield Folded("The proof, with each identity", tuple(blocks))
    if proof.get("hypotheses", "there are none") != "there are none":
        yield Paragraph((f"The hypotheses do not contradict each other: {proof['hypotheses']}.",))


def _refutation(result: Result) -> Iterator[Inline]:
    yield f"{result.reason[:1].upper()}{result.reason[1:]}. The network, all other numbers being 0:"


_KINDS = {
    "sizes": "units",
    "parameters": "weights",
    "inputs": "inputs",
    "initial": "at the start",
    "constants": "constants",
}


def _network(found: Mapping[str, Any]) -> Iterator[Line]:
    """The numbers of a network that are not 0."""
    if found.get("sizes"):
        yield ("units: ", Code(", ".join(f"{axis} = {size}" for axis, size in found["sizes"].items())))
    for kind in ("parameters", "constants", "free", "initial", "inputs"):
        told = [
            f"{name}{'0' * (kind == 'initial')} = {_flat(entry)}"
            for name, entry in found.get(kind, {}).items()
            if not _is_zero(entry)
        ]
        if told:
            yield (f"{_KINDS.get(kind, 'numbers')}: ", Code(", ".join(told)))


def _is_zero(entry: Any) -> bool:
    return all(map(_is_zero, entry)) if isinstance(entry, list) else entry == 0


def _flat(entry: Any) -> str:
    while isinstance(entry, list) and len(entry) == 1:
        entry = entry[0]
    return str(entry)
