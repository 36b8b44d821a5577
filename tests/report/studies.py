"""Studies made by hand: results as `tests/report/samples.py` has them, and no cell or one of the catalogue."""

from __future__ import annotations

from functools import cache

from lstmproof.catalogue import look_up
from lstmproof.language.definition import Derivation
from lstmproof.study.study import Anatomy, Study, anatomy_of
from lstmproof.verdict import CellResults, Result


@cache
def _anatomy(name: str) -> tuple[Derivation, Anatomy]:
    found = look_up(name)
    (definition,) = found.cells
    return found.derivation, anatomy_of(definition, found.derivation, 0)


def study_of(name: str, *results: Result) -> Study:
    """The study of a cell of the catalogue whose verdicts are `results`."""
    derivation, anatomy = _anatomy(name)
    definition = anatomy.definition
    verdicts = CellResults(name, definition.key, definition.file, definition.digest, results)
    return Study(name, definition.key, name, derivation, verdicts, 1, 0, anatomy)


def formulas(*results: Result) -> Study:
    """The study of what a file states of no cell."""
    derivation = Derivation("mine.py", "Formulas alone: a test.", "sha256:00", "", (), ())
    verdicts = CellResults("mine", "mine.py", "mine.py", "sha256:00", results)
    return Study("mine", "mine.py", "mine.py", derivation, verdicts, 1, 0, None)
