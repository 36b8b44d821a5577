"""The ledger: its layout is read as meant, its rows are complete, and what they refer to exists and refers back."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from lstmproof.catalogue import derivations
from lstmproof.ledger import LedgerError, Reference, Row, document, parse, rows

ROOT = Path(__file__).parents[1]

ROWS = [
    f"{letter}{number}"
    for letter, last in zip("ABCDE", (10, 15, 18, 9, 8), strict=True)
    for number in range(1, last + 1)
]
"""Every statement of the notes, and every slip of the papers."""

WITHOUT_VERDICT = {"A9", "B15", "C18"}
"""Results of training, which nothing here could confirm."""

CLAIMS = {
    (derivation.file.removeprefix("derivations/"), claim.id): claim.doc
    for derivation in derivations()
    for claim in derivation.claims
}


def names(doc: str) -> list[str]:
    """The rows that a docstring names at its end: `Ledger A5 and E5.`"""
    found = re.search(r"Ledger ((?:[A-E]\d+(?:, | and )?)+)\.$", doc.strip())
    return re.findall(r"[A-E]\d+", found[1]) if found else []


def results() -> list[tuple[str, Reference]]:
    return [(row.id, reference) for row in rows() for reference in row.references if not reference.is_test]


def test_every_row_is_there_in_order() -> None:
    assert [row.id for row in rows()] == ROWS


def test_every_row_says_something_and_is_settled_or_says_why_not() -> None:
    for row in rows():
        assert row.title, row.id
        assert row.said, row.id
        assert row.so, row.id
    assert {row.id for row in rows() if not row.references} == WITHOUT_VERDICT
    assert all("verdict" in row.reason for row in rows() if row.id in WITHOUT_VERDICT)


def test_claims_and_laws_that_rows_refer_to_exist() -> None:
    cells = {derivation.file: {cell.name for cell in derivation.cells} for derivation in derivations()}
    assert results()
    for row, reference in results():
        if reference.cell:
            assert reference.cell in cells[f"derivations/{reference.file}"], (row, str(reference))
            assert reference.id.startswith("law."), (row, str(reference))
        else:
            assert (reference.file, reference.id) in CLAIMS, (row, str(reference))


def test_tests_that_rows_refer_to_exist() -> None:
    tests = [(row.id, reference) for row in rows() for reference in row.references if reference.is_test]
    assert tests
    for row, reference in tests:
        module = ast.parse((ROOT / reference.file).read_text(encoding="utf-8"))
        known = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
        assert reference.id in known, (row, str(reference))


@pytest.mark.parametrize("key", CLAIMS, ids=lambda key: f"{key[0]} {key[1]}")
def test_every_claim_names_the_rows_that_refer_to_it(key: tuple[str, str]) -> None:
    referring = [row for row, reference in results() if (reference.file, reference.id) == key]
    assert names(CLAIMS[key])
    assert sorted(names(CLAIMS[key])) == sorted(referring)


def test_every_test_of_the_ledger_stands_in_a_row() -> None:
    referred = {reference.id for row in rows() for reference in row.references if reference.is_test}
    for path in (ROOT / "tests" / "ledger").glob("test_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                assert node.name in referred, f"{path.name}::{node.name}"


GOOD = """# Ledger

## A. Notes

### A4 The state grows
**Said.** It grows
linearly.
**So.** At most.
**Settled.** `lstm.py claim.slow`, `lstm.py:lstm law.online`,
`tests/ledger/test_x.py::test_a4`. The rest is training.

## B. More

### B1 Nothing
**Said.** Prose.
**So.** Prose.
**Settled.** No verdict: prose.
"""


def test_rows_are_read_as_written() -> None:
    first, second = parse(GOOD)
    assert first == Row(
        "A4",
        "The state grows",
        "It grows linearly.",
        "At most.",
        (
            Reference("lstm.py", "claim.slow"),
            Reference("lstm.py", "law.online", "lstm"),
            Reference("tests/ledger/test_x.py", "test_a4"),
        ),
        "The rest is training.",
    )
    assert [str(reference) for reference in first.references] == [
        "lstm.py claim.slow",
        "lstm.py:lstm law.online",
        "tests/ledger/test_x.py::test_a4",
    ]
    assert [reference.is_test for reference in first.references] == [False, False, True]
    assert (second.references, second.reason) == ((), "No verdict: prose.")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("### B1", "### A4", "row A4 appears twice"),
        ("**So.** At most.\n", "", "row A4 has no paragraph that begins '**So.**'"),
        ("lstm.py claim.slow", "lstm claim.slow", "row A4 refers to 'lstm claim.slow'"),
        ("No verdict: prose.", "", "row B1 is settled by nothing"),
        ("### ", "#### ", "the ledger has no row"),
    ],
)
def test_a_ledger_that_is_laid_out_otherwise_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(LedgerError, match=re.escape(message)):
        list(parse(GOOD.replace(old, new)))


def test_a_missing_ledger_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstmproof.ledger.DOCUMENT", "absent.md")
    with pytest.raises(LedgerError, match=r"no absent\.md in .*lstmproof or in docs"):
        document()
