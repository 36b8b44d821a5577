"""One call of `lstmproof ledger`: every row of the ledger, with the verdicts that settle it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from rich.console import Console

from lstmproof import catalogue, ledger
from lstmproof.ledger import LedgerError, Reference, Row
from lstmproof.report import ledger_rows, terminal
from lstmproof.statuses import FAILS, HOLDS, INTERRUPTED, OPEN
from lstmproof.verdict import Result
from lstmproof.verify.runner import verify_cells
from lstmproof.verify.subject import Selection, subjects


@dataclass(frozen=True, slots=True)
class Job:
    """What was asked of `ledger`."""

    rows: tuple[str, ...] = ()
    """Ids of rows, such as A4, or letters for all rows of a source."""
    seed: int = 0
    verbose: bool = False
    no_color: bool = False


def perform(job: Job) -> int:
    """Settle the rows that `job` names and print them; return the exit status.

    It is 0 if all that settles them holds, 1 if something fails, 3 if something is open or missing.

    Raises:
        LedgerError: no such row.
    """
    rows = chosen(ledger.rows(), job.rows)
    screen = terminal.console(sys.stdout, job.no_color)
    started = time.perf_counter()
    try:
        found = dict(settled(rows, job.seed, screen))
    except KeyboardInterrupt:
        return INTERRUPTED
    for row in rows:
        for line in ledger_rows.row_lines(row, found, job.verbose):
            screen.print(line)
    screen.print(ledger_rows.ledger_closing(rows, found, time.perf_counter() - started))
    outcomes = {ledger_rows.outcome(row, found) for row in rows if row.references}
    return FAILS if False in outcomes else OPEN if None in outcomes else HOLDS


def chosen(rows: Sequence[Row], names: Sequence[str]) -> tuple[Row, ...]:
    """The rows with these ids, or whose id begins with these letters; all if none is named.

    Raises:
        LedgerError: a name that means no row.
    """
    for name in names:
        if not any(_means(name, row) for row in rows):
            known = f"{rows[0].id} to {rows[-1].id}"
            raise LedgerError(
                f"the ledger has no row '{name}'; its rows are {known}, its sources A to {rows[-1].id[0]}"
            )
    return tuple(row for row in rows if not names or any(_means(name, row) for name in names))


def _means(name: str, row: Row) -> bool:
    return name.upper() == row.id or name.upper() == row.id[0]


def settled(rows: Iterable[Row], seed: int, screen: Console) -> Iterator[tuple[Reference, Result]]:
    """Each result that the rows refer to."""
    wanted = {reference for row in rows for reference in row.references if not reference.is_test}
    everything = [subject for derivation in catalogue.derivations() for subject in subjects(derivation)]
    stated = Selection(claims=tuple(sorted({each.id for each in wanted if not each.cell})) or ("",))
    laws = Selection(laws=tuple(sorted({each.id for each in wanted if each.cell})) or ("",))
    of_laws = {(each.file, each.cell) for each in wanted if each.cell}
    rounds = (
        ([each for each in everything if any(stated.claim(claim) for claim in each.claims)], stated),
        ([each for each in everything if (_name(each.derivation.file), each.name) in of_laws], laws),
    )
    with terminal.progress(screen, sum(len(each) for each, _ in rounds), "cells") as advance:
        for examined, selection in rounds:
            with closing(verify_cells(examined, seed=seed, selection=selection)) as done:
                for cell in done:
                    advance()
                    for result in cell.results:
                        of_cell = cell.cell if result.kind == "law" else ""
                        yield Reference(_name(cell.file), result.id, of_cell), result


def _name(file: str) -> str:
    """The file's name, as the ledger writes it: `lstm.py`."""
    return file.rpartition("/")[2]
