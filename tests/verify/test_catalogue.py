"""The catalogue: every law of every cell holds, and the errors planted in some of its kernels do not pass."""

from __future__ import annotations

import pytest

from lstmproof import catalogue
from lstmproof.verify.mutants import mutate_cell
from lstmproof.verify.runner import verify_cells

CELLS = [cell for derivation in catalogue.derivations() for cell in derivation.cells]
EXPENSIVE_TO_START = ["law.[!f]*", "law.finite_*"]
"""Every law but that of the frameworks, which has tests of its own where they are installed."""


def test_every_law_of_the_catalogue_holds() -> None:
    found = list(verify_cells(CELLS, examples=12, seed=1, laws=EXPENSIVE_TO_START))
    assert [each.cell for each in found] == [cell.name for cell in CELLS]
    failing = {
        f"{each.cell} {result.id}": result.reason for each in found for result in each.results if not result.holds
    }
    assert failing == {}


@pytest.mark.parametrize("name", ["rnn", "carousel", "janet_beta", "lstm_1997"])
def test_no_mutant_survives(name: str) -> None:
    assert mutate_cell(catalogue.find(name)).survivors == ()
