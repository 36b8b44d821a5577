"""The catalogue and its cells as `list` and `show` print them."""

from __future__ import annotations

import pytest

from lstmproof import catalogue
from lstmproof.language.parser import parse_text
from lstmproof.report.cells import description, entries, first_line, listing


@pytest.mark.parametrize("columns", ["60", "200"])
def test_lines_are_as_long_as_columns_says(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    rows = entries(catalogue.derivations())
    lines = list(listing(rows))
    assert max(map(len, lines)) <= int(columns)
    whole = [line.endswith(row.about) for line, row in zip(lines, rows, strict=True)]
    assert all(whole) is (columns == "200")


def test_every_cell_of_the_catalogue_is_one_line_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    rows = entries(catalogue.derivations())
    lines = list(listing(rows))
    assert len(lines) == len(catalogue.names()) > 0
    assert max(map(len, lines)) <= 80
    assert all(row.about and row.tensors for row in rows)


@pytest.mark.parametrize("name", catalogue.names())
def test_every_cell_is_described_within_80_columns(name: str) -> None:
    found = catalogue.look_up(name)
    lines = list(description(found.derivation, found.cells))
    assert max(map(len, lines)) <= 80
    definition = catalogue.find(name)
    for equation in definition.equations:
        assert any(line.strip().startswith(f"{equation.target} ") for line in lines)
    for parameter in definition.parameters:
        assert any(f"{parameter} (" in line for line in lines)


TEXT = '''"""A title that goes on: and on.

First paragraph, which is one sentence that is longer than a line of eighty columns can hold.

    A1  an item that is longer than a line of eighty columns can hold, so that it goes on
        below, indented.
    A2  short.
"""

from lstmproof.language import cell, tanh


@cell
def mine(x, h, *, W, U, beta=0.1):
    """What it is.

    And what it is not.
    """
    h = tanh(beta * (W @ x) + beta * (U @ h) + beta * (W @ x) + beta * (U @ h) + beta * (W @ x))
    return h
'''


def test_a_description_is_refilled_and_keeps_its_items() -> None:
    derivation = parse_text(TEXT, "mine.py")
    lines = list(description(derivation, derivation.cells))
    assert "columns can hold." in lines
    assert [line[:10] for line in lines[4:8]] == ["", "    A1  an", "        it", "    A2  sh"]
    assert "mine    mine.py:14" in lines
    assert "  What it is." in lines
    assert "  constants   beta (scalar) = 0.1" in lines
    assert max(map(len, lines)) <= 80


def test_a_cells_own_docstring_comes_first() -> None:
    derivation = parse_text(TEXT, "mine.py")
    (entry,) = entries([derivation])
    assert (entry.about, entry.tensors) == ("What it is.", 2)
    assert entry.as_json() == {
        "cell": "mine",
        "key": "mine.py:mine",
        "file": "mine.py",
        "about": "What it is.",
        "parameters": 2,
    }
    assert first_line("\n  one\n  two") == "one"
    assert first_line("") == ""


def test_statements_stand_under_their_cell_and_those_of_no_cell_last() -> None:
    found = catalogue.look_up("janet_beta")
    lines = list(description(found.derivation, found.cells))
    assert "  claim state_stays_below_exp_beta" in lines
    assert "    assuming beta >= 0: abs(h) <= maximum(abs(h0), exp(beta))" in lines
    assert not any("gain_in_closed_form" in line for line in lines)
    whole = catalogue.look_up("derivations/janet.py")
    lines = list(description(whole.derivation, whole.cells))
    assert lines.index("  claim gain_in_closed_form") > lines.index("  claim state_stays_below_exp_beta")
