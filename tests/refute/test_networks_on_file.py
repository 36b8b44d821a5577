"""The catalogue's networks on file: every myth has one that refutes it, every hypothesis one at which it holds.

`pytest --update` searches for those that are missing or stale, and keeps the others as they are: a search compares
float64 numbers, and may find another network on another processor.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lstmproof import catalogue
from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition, Derivation
from lstmproof.language.parser import parse_text
from lstmproof.proof.induction.store import file_name
from lstmproof.proof.outcome import Refutation, Unsettled
from lstmproof.refute.refutation import network_file, on_file, refute
from lstmproof.refute.satisfiable import impossible, witness
from lstmproof.refute.store import COUNTEREXAMPLES, WITNESSES, Stale, dump, load

Case = tuple[Claim, Derivation, Definition | None, str]


def _cases() -> Iterator[Case]:
    """Every claim that wants a network, with the folder where it is."""
    for derivation in catalogue.derivations():
        cells = {cell.name: cell for cell in derivation.cells}
        for claim in derivation.claims:
            if claim.kind == "myth":
                yield claim, derivation, cells.get(claim.cell), COUNTEREXAMPLES
            elif claim.assumptions:
                yield impossible(claim), derivation, cells.get(claim.cell), WITNESSES


CASES = {
    f"{folder}/{file_name(claim)}": (claim, derivation, cell, folder) for claim, derivation, cell, folder in _cases()
}


def _searched(case: Case) -> Refutation | Unsettled:
    claim, derivation, cell, folder = case
    if folder == WITNESSES:
        return witness(claim, cell, seed=0)
    return refute(claim, derivation, cell, seed=0, seconds=10.0)


@pytest.mark.parametrize("name", CASES)
def test_the_network_on_file_is_decided_again(name: str, request: pytest.FixtureRequest) -> None:
    claim, derivation, cell, folder = CASES[name]
    found = on_file(claim, derivation, cell, folder)
    if request.config.getoption("--update") and not isinstance(found, Refutation):
        new = _searched(CASES[name])
        assert isinstance(new, Refutation), new
        path = catalogue.folder() / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(network_file(claim, cell, new), encoding="utf-8", newline="\n")
        found = on_file(claim, derivation, cell, folder)
    assert isinstance(found, Refutation), f"{found}: `pytest --update` searches for a network"


def test_no_file_is_left_over() -> None:
    kept = {f"{folder}/{each.name}" for folder in (COUNTEREXAMPLES, WITNESSES) for each in _files(folder)}
    assert kept == set(CASES)


def _files(folder: str) -> Iterator[Path]:
    return (catalogue.folder() / folder).iterdir()


MYTH = "counterexamples/lstm.state_stays_within_one.json"


def test_a_file_without_a_counterexample_refutes_nothing(tmp_path: Path) -> None:
    """Planted: a network at which the myth holds."""
    claim, derivation, cell, folder = CASES[MYTH]
    first = dict(load(claim, cell, folder) or {})["first"]
    tame = first | {"parameters": {**first["parameters"], "b_i": [0.0], "b_g": [0.0]}}
    moved = _beside(tmp_path, dump(claim, cell, {"first": tame}), claim)
    found = on_file(moved, derivation, cell, folder)
    assert isinstance(found, Unsettled)
    assert "does not replay" in found.reason
    assert isinstance(refute(moved, derivation, cell, seed=0, seconds=10.0, stored=folder), Refutation)


def test_a_file_of_another_claim_is_stale(tmp_path: Path) -> None:
    """Planted: the same numbers under the digest of another assumption."""
    claim, _, cell, folder = CASES[MYTH]
    networks = load(claim, cell, folder)
    assert networks is not None
    other = replace(claim, text="abs(c) <= 2")
    moved = _beside(tmp_path, dump(other, cell, networks), claim)
    with pytest.raises(Stale, match="the derivation or the claim has changed"):
        load(moved, cell, folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "lstmproof-network-1", "digest": "", "networks": 3}'])
def test_what_is_no_file_of_networks_is_refused(tmp_path: Path, text: str) -> None:
    claim, derivation, cell, folder = CASES[MYTH]
    moved = _beside(tmp_path, text, claim)
    assert isinstance(on_file(moved, derivation, cell, folder), Unsettled)


def test_numbers_that_do_not_fit_the_cell_are_refused(tmp_path: Path) -> None:
    claim, derivation, cell, folder = CASES[MYTH]
    first = dict(load(claim, cell, folder) or {})["first"]
    wide = first | {"initial": {**first["initial"], "c": [1.0, 1.0]}}
    found = on_file(_beside(tmp_path, dump(claim, cell, {"first": wide}), claim), derivation, cell, folder)
    assert isinstance(found, Unsettled)
    assert "expected (1,)" in found.reason


def _beside(folder: Path, text: str, claim: Claim) -> Claim:
    """The claim as if its derivation were in `folder`, with `text` as its file of networks."""
    path = folder / COUNTEREXAMPLES / file_name(claim)
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    return replace(claim, file=str(folder / Path(claim.file).name))


def test_without_a_file_there_is_none() -> None:
    text = (
        "from lstmproof.language import cell, myth\n\n\n"
        '@cell\ndef leak(x: "hidden", h):\n    h = 2 * h + x\n    return h\n\n\n'
        "@myth(leak)\ndef shrinks(h, h0):\n    return abs(h) <= abs(h0)\n"
    )
    derivation = parse_text(text, "elsewhere/leak.py")
    claim, cell = derivation.claims[0], derivation.cells[0]
    assert on_file(claim, derivation, cell, COUNTEREXAMPLES) is None
    assert isinstance(refute(claim, derivation, cell, seed=0, seconds=1.0, stored=COUNTEREXAMPLES), Refutation)


def test_what_is_written_is_read() -> None:
    claim, _, cell, folder = CASES[MYTH]
    data = json.loads((catalogue.folder() / MYTH).read_text(encoding="utf-8"))
    assert dump(claim, cell, data["networks"]) == (catalogue.folder() / MYTH).read_text(encoding="utf-8")
    assert set(data["networks"]) == set(load(claim, cell, folder) or {})
