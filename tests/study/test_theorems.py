"""Theorems in a study: those on file as accepted, as long as what is written today is what was accepted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from lstmproof import catalogue
from lstmproof.document import markdown
from lstmproof.language.parser import parse_file
from lstmproof.proof.coq import library
from lstmproof.proof.coq.accepted import FOLDER, FORMAT, dump, identity, on_file
from lstmproof.proof.coq.driver import check_all
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.report.derivation.document import document
from lstmproof.study.study import Study, study
from lstmproof.verify.examination import Examination
from lstmproof.verify.examine import GRADIENTS, Request
from lstmproof.verify.subject import subjects
from lstmproof.verify.theorems import may_have_theorem, theorem
from tests.proof.coq.files import needs_coq

LEAKY = """\
from lstmproof.language import cell, myth, sigmoid, tanh


@cell
def leaky(x, h, *, W, b):
    f = sigmoid(b)
    h = f * h + (1 - f) * tanh(W @ x)
    return h


@myth(leaky)
def fades(h):
    return abs(h) <= 0.5
"""


def studied(folder: Path, text: str = LEAKY) -> Study:
    (folder / "leaky.py").write_text(text, encoding="utf-8")
    (subject,) = subjects(parse_file(folder / "leaky.py"))
    return study(subject, 3, 0)


def text_of(found: Study) -> str:
    """The whole report, as Markdown."""
    return markdown.write(document(found))[markdown.PAGE]


def kept(folder: Path, identities: Mapping[str, str]) -> None:
    (folder / FOLDER).mkdir(exist_ok=True)
    (folder / FOLDER / "leaky.json").write_text(dump({"leaky": identities}), encoding="utf-8")


def instances(folder: Path) -> Mapping[str, Instance]:
    """The theorems of the cell above."""
    (subject,) = subjects(parse_file(folder / "leaky.py"))
    examination = Examination(subject, Request(3, 0, optional=False))
    results = [examination.before(law) for law in GRADIENTS] + list(studied(folder).results.results)
    claims = {claim.id: claim for claim in subject.claims}
    made = {each.id: theorem(subject, each, claims.get(each.id)) for each in results if may_have_theorem(each, claims)}
    return {name: instance for name, instance in made.items() if isinstance(instance, Instance)}


@needs_coq
def test_what_would_be_on_file_is_what_coq_accepts(tmp_path: Path) -> None:
    assert not studied(tmp_path).theorems
    every = instances(tmp_path)
    assert set(every) == {*GRADIENTS, "myth.fades"}
    assert all(isinstance(found, Checked) for found in check_all(every.values()).values())


def test_a_theorem_is_shown_as_long_as_it_is_the_one_that_was_accepted(tmp_path: Path) -> None:
    studied(tmp_path)
    every = instances(tmp_path)
    kept(tmp_path, {name: identity(instance) for name, instance in every.items()})
    found = studied(tmp_path).theorems
    assert {name: each.statement for name, each in found.items()} == {
        name: instance.statement for name, instance in every.items()
    }
    shown = text_of(studied(tmp_path))
    assert "is_derive (fun e =>" in shown
    assert "in ball arithmetic, and on file as a theorem of Coq" in shown
    other = studied(tmp_path, LEAKY.replace("f * h +", "f * h + 0 * b +"))
    assert not set(other.theorems) & set(GRADIENTS)
    kept(tmp_path, {"law.gradient": identity(every["law.gradient_truncated"])})
    assert not studied(tmp_path).theorems
    assert "No theorem about these gradients is on file" in text_of(studied(tmp_path))


def test_an_identity_is_of_the_theories_too(monkeypatch: pytest.MonkeyPatch) -> None:
    theorem = Instance("From LstmProof Require Import Bounds.\n", ("found",), "1 = 1", "")
    known = identity(theorem)
    changed = dict(library.theories()) | {"Functions.v": library.theories()["Functions.v"] + " "}
    monkeypatch.setattr(library, "theories", lambda: changed)
    assert identity(theorem) != known
    assert identity(replace(theorem, statement="2 = 2")) != identity(theorem)


DAMAGED = (
    *("", "[]", "{}", '{"format": "other", "theorems": {"leaky": {}}}', "[" * 100_000),
    *(f'{{"format": "{FORMAT}", "theorems": {each}}}' for each in ("[]", '{"leaky": []}', '{"leaky": "law.gradient"}')),
)


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_counts_for_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "leaky.json").write_text(text, encoding="utf-8")
    assert on_file(str(tmp_path / "leaky.py"), "leaky") == {}


def test_both_gradients_of_every_cell_of_the_catalogue_are_on_file() -> None:
    for name in catalogue.names():
        definition = catalogue.find(name)
        assert set(GRADIENTS) <= set(on_file(definition.file, name)), name


def test_files_are_of_cells_and_results_that_there_are() -> None:
    for derivation in catalogue.derivations():
        path = Path(derivation.file).parent / FOLDER / f"{Path(derivation.file).stem}.json"
        cells = json.loads(path.read_text(encoding="utf-8"))["theorems"]
        stated = {claim.id for claim in derivation.claims}
        for cell, found in cells.items():
            assert not cell or cell in {each.name for each in derivation.cells}
            assert {name for name in found if name.startswith(("claim.", "myth."))} <= stated
