"""Cells by name, by path, and by both; nothing is guessed in silence."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lstmproof import catalogue
from lstmproof.catalogue import CatalogueError
from lstmproof.language.errors import DerivationError

CELL = '''"""A file of its own."""

from lstmproof.language import cell, tanh


@cell
def mine(x, h, *, W, U):
    h = tanh(W @ x + U @ h)
    return h


@cell
def other(x, h, *, W, U):
    h = tanh(W @ x - U @ h)
    return h
'''


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_name_is_found_under_its_key() -> None:
    names = catalogue.names()
    assert {"rnn", "lstm", "lstm_1997", "janet_beta", "gru"} <= set(names)
    definition = catalogue.find("janet_beta")
    assert (definition.name, definition.file) == ("janet_beta", "derivations/janet.py")
    assert definition.key == "derivations/janet.py:janet_beta"


def test_the_index_lists_the_cells_that_the_files_define() -> None:
    assert catalogue.names() == tuple(cell.name for each in catalogue.derivations() for cell in each.cells)


def test_a_packaged_copy_comes_before_the_checkouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways: in a wheel the folder is inside the package, in a checkout beside it."""
    package = tmp_path / "lstmproof"
    shutil.copytree(catalogue.folder(), tmp_path / "derivations")
    package.mkdir()
    monkeypatch.setattr(catalogue, "__file__", str(package / "catalogue.py"))
    assert catalogue.folder() == tmp_path / "derivations"
    shutil.copytree(tmp_path / "derivations", package / "derivations")
    assert catalogue.folder() == package / "derivations"
    assert catalogue.find("gru").file == "derivations/gru.py"


def test_without_any_copy_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "__file__", str(tmp_path / "lstmproof" / "catalogue.py"))
    with pytest.raises(CatalogueError, match="reinstall lstmproof"):
        catalogue.names()


def test_two_cells_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "derivations"
    folder.mkdir()
    for name in ("a.py", "b.py"):
        (folder / name).write_text(CELL)
    monkeypatch.setattr(catalogue, "__file__", str(tmp_path / "lstmproof" / "catalogue.py"))
    with pytest.raises(CatalogueError, match=r"two cells mine: in a\.py and in b\.py"):
        catalogue.names()


def test_a_path_means_all_its_cells_and_a_colon_one(elsewhere: Path) -> None:
    (elsewhere / "mine.py").write_text(CELL)
    assert [each.name for each in catalogue.resolve("mine.py")] == ["mine", "other"]
    assert [each.name for each in catalogue.resolve("mine.py:other")] == ["other"]
    assert [each.key for each in catalogue.resolve(Path("mine.py"))] == ["mine.py:mine", "mine.py:other"]
    assert [each.name for each in catalogue.resolve("./mine.py:mine")] == ["mine"]


def test_a_key_of_the_catalogue_is_found_from_anywhere(elsewhere: Path) -> None:
    assert catalogue.resolve("derivations/janet.py:janet")[0].file == "derivations/janet.py"
    (elsewhere / "derivations").mkdir()
    (elsewhere / "derivations" / "janet.py").write_text(CELL)
    with pytest.raises(CatalogueError, match=r"derivations/janet\.py has no cell 'janet'"):
        catalogue.resolve("derivations/janet.py:janet")


def test_a_name_that_is_also_a_file_is_refused(elsewhere: Path) -> None:
    (elsewhere / "lstm").write_text(CELL)
    with pytest.raises(CatalogueError, match=r"write '\./lstm' for the file"):
        catalogue.resolve("lstm")
    assert [each.name for each in catalogue.resolve("./lstm")] == ["mine", "other"]
    (elsewhere / "gru").mkdir()
    assert catalogue.resolve("gru")[0].name == "gru", "a folder is no derivation file"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("lstn", "no cell 'lstn' in the catalogue; did you mean 'lstm'?"),
        ("zzzzzz", "`lstmproof list` shows all cells"),
        ("mine", "did you mean the file 'mine.py'?"),
        ("mine.py:othr", "mine.py has no cell 'othr'; did you mean 'other'?"),
        ("mine.py:zzz", "mine.py has no cell 'zzz'; its cells: mine, other"),
        ("mine.py:", "names no cell after the colon"),
        ("", "no cell ''"),
        ("\x1b[31m", "no cell '?[31m'"),
        ("x" * 10000, "no cell 'xxx"),
    ],
)
def test_an_unknown_cell_gets_an_answer(elsewhere: Path, target: str, message: str) -> None:
    (elsewhere / "mine.py").write_text(CELL)
    with pytest.raises(CatalogueError) as caught:
        catalogue.resolve(target)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("target", ["missing.py", "missing.py:cell", "./missing", "nul\0.py", "x" * 5000 + ".py"])
@pytest.mark.usefixtures("elsewhere")
def test_a_missing_file_is_an_invalid_derivation(target: str) -> None:
    with pytest.raises(DerivationError):
        catalogue.resolve(target)
