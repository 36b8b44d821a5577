"""Rows of the ledger as lines on a terminal, each with the verdicts that settle it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.text import Text

from lstmproof.ledger import Reference, Row
from lstmproof.report.terminal import WIDTH, paragraph, plural
from lstmproof.verdict import Result

Found = Mapping[Reference, Result]
"""The results that rows refer to; tests have none."""

_OUTCOMES = {True: ("settled", "green"), False: ("FAILS", "bold red"), None: ("open", "yellow")}


def outcome(row: Row, found: Found) -> bool | None:
    """Whether everything that settles a row holds; None if something is open, or missing."""
    holds = [found[each].holds if each in found else None for each in row.references if not each.is_test]
    return False if False in holds else None if None in holds else True


def row_lines(row: Row, found: Found, everything: bool = False) -> Iterator[Text]:
    """One row: its id and title, whether it is settled, what is true, and by what; with `everything`, what is said."""
    word, style = _OUTCOMES[outcome(row, found)] if row.references else ("no verdict", "dim")
    head = Text.assemble((f"{row.id:4} ", "bold"), row.title)
    gap = max(2, WIDTH - len(head) - len(word))
    yield Text.assemble(head, " " * gap, (word, style))
    if everything:
        yield from paragraph("     said     ", row.said)
    yield from paragraph("     true     ", row.so)
    for reference in row.references:
        if everything or not reference.is_test:
            yield Text.assemble("     ", _told(reference, found))
    tests = sum(reference.is_test for reference in row.references)
    if tests and not everything:
        yield Text(f"     {tests} {'test' if tests == 1 else 'tests'} of the suite")
    if row.reason:
        yield from paragraph("     ", row.reason)


def _told(reference: Reference, found: Found) -> Text:
    if reference.is_test:
        return Text(str(reference))
    result = found.get(reference)
    if result is None:
        return Text.assemble(str(reference), ("  not found", "yellow"))
    method = f" ({result.method})" if result.method else ""
    return Text.assemble(f"{reference}  ", (f"{result.verdict}{method}", _OUTCOMES[result.holds][1]))


def ledger_closing(rows: Sequence[Row], found: Found, seconds: float) -> Text:
    """The last line: how many rows there are, and how they stand."""
    stands = [outcome(row, found) for row in rows if row.references]
    counts = [(stands.count(True), "settled"), (stands.count(False), "fail"), (stands.count(None), "open")]
    counts.append((len(rows) - len(stands), "without a verdict"))
    told = ", ".join(f"{number} {word}" for number, word in counts if number)
    return Text(f"{plural(len(rows), 'row', 'rows')}: {told}    {seconds:.1f} s")
