"""The catalogue: every law and statement of every cell holds; errors planted in some of its kernels do not pass."""

from __future__ import annotations

import pytest

from lstmproof import catalogue
from lstmproof.verify.mutants import mutate_cell
from lstmproof.verify.runner import verify_cells
from lstmproof.verify.subject import Selection, subjects

SUBJECTS = [subject for derivation in catalogue.derivations() for subject in subjects(derivation)]
ASKED = Selection(laws=("law.[!f]*", "law.finite_*"), claims=("*",))
"""Every claim, and every law but that of the frameworks, which has tests of its own where they are installed."""


def test_every_law_and_statement_of_the_catalogue_holds() -> None:
    found = list(verify_cells(SUBJECTS, examples=12, seed=1, selection=ASKED))
    assert [each.cell for each in found] == [subject.name for subject in SUBJECTS]
    failing = {
        f"{each.cell} {result.id}": result.reason for each in found for result in each.results if not result.holds
    }
    assert failing == {}


@pytest.mark.parametrize("name", ["rnn", "janet_beta", "carousel"])
def test_no_mutant_survives(name: str) -> None:
    assert mutate_cell(catalogue.find(name)).survivors == ()
