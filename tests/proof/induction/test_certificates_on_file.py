"""Certificates on file are bound to their claim: another cell, claim, hypothesis or plan does not pass."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lstmproof import catalogue
from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.parser import parse_text
from lstmproof.proof.coq.bound import ceiling_claim
from lstmproof.proof.coq.claims import without_derivatives
from lstmproof.proof.induction import certificates, store
from lstmproof.proof.induction.certificates import has_solver
from lstmproof.proof.induction.goals import Mismatch
from lstmproof.proof.induction.induct import certificate_file, induct, on_file
from lstmproof.proof.induction.plans import Plan
from lstmproof.proof.induction.templates import setting_of
from lstmproof.proof.outcome import Proof, Unsettled
from tests.proof.established import established
from tests.proof.statements import CELLS, parsed

needs_solver = pytest.mark.skipif(not has_solver(), reason="z3-solver finds the certificates that are mutated here")

LINES = ("assume(beta >= 0)", "return abs(h) <= maximum(abs(h0), exp(beta))")
ROOMY = (
    "assume(beta >= 0)",
    "assume(beta <= 5)",
    "assume(beta * beta <= 25)",
    "return abs(h) <= maximum(abs(h0), exp(beta)) + beta + 1",
)
"""It has many certificates: which one is found depends on the order in which a solver is told of facts."""
GEOMETRIC = ("assume(phi < 1)", "assume(always(f <= phi))", "return abs(s) <= phi**t * abs(s0) + 2 / (1 - phi)")


@cache
def text(cell: str, *lines: str) -> str:
    found = certificate_file(*parsed(cell, *lines))
    assert found
    return found


def recheck(data: Any, cell: str, *lines: str) -> None:
    store.recheck(data, setting_of(*parsed(cell, *lines)))


@pytest.mark.parametrize(("cell", "lines"), [("leaky", LINES), ("forget", GEOMETRIC)])
@needs_solver
def test_what_was_written_is_a_proof(cell: str, lines: tuple[str, ...]) -> None:
    recheck(json.loads(text(cell, *lines)), cell, *lines)


@needs_solver
def test_the_same_bytes_at_every_search() -> None:
    before = text("leaky", *ROOMY)
    certificates._values.cache_clear()  # or the solver would not be asked again
    assert certificate_file(*parsed("leaky", *ROOMY)) == before
    assert certificates._values.cache_info().misses


OTHERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "a hypothesis left out": ("leaky", LINES[1:]),
    "a stronger bound": ("leaky", (LINES[0], "return abs(h) <= maximum(abs(h0), exp(beta) - 0.001)")),
    "a strict bound": ("leaky", (LINES[0], "return abs(h) < maximum(abs(h0), exp(beta))")),
    "another cell": ("gru", ("return abs(h) <= maximum(abs(h0), 1)",)),
}


@pytest.mark.parametrize("name", OTHERS)
@needs_solver
def test_a_certificate_of_another_claim_is_none(name: str) -> None:
    cell, lines = OTHERS[name]
    data = json.loads(text("leaky", *LINES))
    with pytest.raises(Mismatch, match="changed"):
        recheck(data, cell, *lines)
    data["digest"] = store.digest(*_widened(cell, *lines))
    with pytest.raises(Mismatch, match=r"."):
        recheck(data, cell, *lines)


def _widened(cell: str, *lines: str) -> tuple[Any, Any]:
    setting = setting_of(*parsed(cell, *lines))
    return setting.claim, setting.definition


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tanh(W_c @ x + U_c @ h + b_c)", "1.001 * tanh(W_c @ x + U_c @ h + b_c)"),
        ("sigmoid(s - beta)", "sigmoid(s + beta)"),
        ("f * h + (1", "f * h + (1.001"),
        ("f * h +", "f * h + h +"),
        ("g = tanh", "g = exp"),
    ],
)
@needs_solver
def test_a_changed_derivation_is_noticed_even_if_the_digest_is_changed_with_it(
    old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = json.loads(text("leaky", *LINES))
    assert old in CELLS["leaky"]
    monkeypatch.setitem(CELLS, "leaky", CELLS["leaky"].replace(old, new))
    data["digest"] = store.digest(*_widened("leaky", *LINES))
    with pytest.raises(Mismatch, match=r"."):
        recheck(data, "leaky", *LINES)


@needs_solver
def test_line_numbers_and_documentation_do_not_matter() -> None:
    changed = CELLS["leaky"].replace("@cell", "\n\n@cell").replace("beta=1.0):\n", 'beta=1.0):\n    """Leaky."""\n')
    source = "from lstmproof.language import assume, cell, claim, exp, maximum, sigmoid, tanh\n" + changed
    body = "\n    ".join(LINES)
    claim = f'@claim(leaky)\ndef stated(beta, h, h0):\n    """Another text."""\n    {body}\n'
    derivation = parse_text(f"{source}\n\n{claim}", "cells.py")
    store.recheck(json.loads(text("leaky", *LINES)), setting_of(derivation.claims[0], derivation.cells[0]))


@needs_solver
def test_a_hypothesis_slipped_in_is_noticed() -> None:
    data = json.loads(text("leaky", *LINES))
    step = next(each for each in data["obligations"] if each["name"].startswith("from t-1"))
    conclusion = step["conclusion"]["polynomial"]
    step["hypotheses"] = [{"relation": ">=", "polynomial": conclusion, "why": "sigma > 0"}]
    step["certificate"] = {"multiplier": [["1", []]], "products": [["1", [0]]], "squares": [], "equations": []}
    with pytest.raises(Mismatch, match="is not given"):
        recheck(data, "leaky", *LINES)


@needs_solver
def test_an_easier_conclusion_is_noticed() -> None:
    data = json.loads(text("leaky", *LINES))
    step = next(each for each in data["obligations"] if each["name"].startswith("from t-1"))
    step["conclusion"]["polynomial"] = [["1"]]
    step["hypotheses"] = []
    step["certificate"] = {"multiplier": [["1", []]], "products": [["1", []]], "squares": [], "equations": []}
    with pytest.raises(Mismatch, match="not what is to be shown"):
        recheck(data, "leaky", *LINES)


@needs_solver
def test_every_obligation_is_needed_and_none_is_spare() -> None:
    data = json.loads(text("forget", *GEOMETRIC))
    for place in range(len(data["obligations"])):
        mutant = copy.deepcopy(data)
        del mutant["obligations"][place]
        with pytest.raises(Mismatch, match=r"."):
            recheck(mutant, "forget", *GEOMETRIC)
    mutant = copy.deepcopy(data)
    mutant["obligations"].append({**mutant["obligations"][0], "name": "spare"})
    with pytest.raises(Mismatch, match="nothing asks for spare"):
        recheck(mutant, "forget", *GEOMETRIC)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("plan", {"start": None, "invariants": []}),
        ("plan", {"start": 1, "invariants": ["claim 1"]}),
        ("plan", {"start": 0, "invariants": []}),
        ("plan", {"start": 0, "invariants": ["no such invariant"]}),
        ("plan", {"start": 2, "invariants": ["claim 1"]}),
        ("plan", {"start": None, "invariants": ["claim 1"]}),
        ("plan", {}),
        ("splits", {"t = 0: claim 1 (1 of 2)": "no such variable"}),
        ("splits", []),
        ("obligations", 3),
        ("digest", "sha256:0"),
        ("format", "lstmproof certificate 0"),
    ],
)
@needs_solver
def test_other_parts_of_the_file(key: str, value: Any) -> None:
    with pytest.raises(Mismatch, match=r"."):
        recheck({**json.loads(text("forget", *GEOMETRIC)), key: value}, "forget", *GEOMETRIC)


def test_nothing_is_carried_without_an_induction() -> None:
    """Invariants that no goal asks for would be supposed, and the claim with them."""
    with pytest.raises(ValueError, match="without an induction"):
        Plan(None, ("claim 1",))


@needs_solver
def test_a_file_beside_the_derivation_needs_no_solver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    claim, definition = parsed("leaky", *LINES)
    folder = tmp_path / "certificates"
    folder.mkdir()
    path = folder / store.file_name(claim)
    path.write_text(text("leaky", *LINES), encoding="utf-8")
    monkeypatch.setattr("lstmproof.proof.induction.induct.has_solver", lambda: False)
    found = induct(claim, definition)
    assert isinstance(found, Proof)
    assert found.files[path.name] == text("leaky", *LINES)
    path.write_text(text("leaky", *LINES).replace('"1"', '"2"', 1), encoding="utf-8")
    changed = induct(claim, definition)
    assert isinstance(changed, Unsettled)
    assert "does not fit" in changed.reason
    path.write_text("{", encoding="utf-8")
    assert isinstance(induct(claim, definition), Unsettled)


COMMITTED = sorted((Path(__file__).parents[3] / "derivations" / "certificates").glob("*.json"))


@cache
def claims_of_the_catalogue() -> dict[str, tuple[Claim, Definition | None]]:
    found: dict[str, tuple[Claim, Definition | None]] = {}
    for derivation in catalogue.derivations():
        cells = {cell.name: cell for cell in derivation.cells}
        for claim in derivation.claims:
            cell = cells.get(claim.cell)
            ceiling = ceiling_claim(claim, cell) if cell else None
            for each in (claim, without_derivatives(claim), *([ceiling] if ceiling else [])):
                found[store.file_name(each)] = (each, cell)
        for cell in derivation.cells:
            stated = [each.claim for each in established(cell.name) if each.claim is not None]
            found |= {store.file_name(claim): (claim, cell) for claim in stated}
    return found


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_committed_certificates_prove_their_claims(path: Path) -> None:
    claim, definition = claims_of_the_catalogue()[path.name]
    found = on_file(claim, definition)
    assert isinstance(found, Proof), found
    assert found.files[path.name] == path.read_text(encoding="utf-8")


def test_certificates_are_committed() -> None:
    assert len(COMMITTED) > 30
