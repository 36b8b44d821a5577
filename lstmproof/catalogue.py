"""The catalogue: cells by name, from the derivations packaged with lstmproof or beside it in a checkout."""

from __future__ import annotations

import ast
import difflib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lstmproof.language.definition import Definition, Derivation
from lstmproof.language.parser import parse_file, parse_text

FOLDER = "derivations"


class CatalogueError(LookupError):
    """A cell that cannot be found, or a name that means two things; the message says what to write instead."""

    def __str__(self) -> str:
        return str(self.args[0])


def folder() -> Path:
    """Where the catalogue's files are: the packaged copy, else the checkout's (an editable install has no copy).

    Raises:
        CatalogueError: neither is there.
    """
    package = Path(__file__).resolve().parent
    for place in (package / FOLDER, package.parent / FOLDER):
        if place.is_dir():
            return place
    raise CatalogueError(f"the catalogue is missing: no folder {FOLDER} in or beside {package}; reinstall lstmproof")


def files() -> tuple[Path, ...]:
    """The catalogue's files in order of name."""
    return tuple(sorted(path for path in folder().glob("*.py") if not path.name.startswith("_")))


def index() -> dict[str, Path]:
    """The file of each cell, by the cell's name; read without validating any file.

    Raises:
        CatalogueError: two files define a cell of one name.
    """
    found: dict[str, Path] = {}
    for path in files():
        for name in _cells_in(path.read_text(encoding="utf-8")):
            if name in found:
                raise CatalogueError(f"the catalogue has two cells {name}: in {found[name].name} and in {path.name}")
            found[name] = path
    return found


@lru_cache(maxsize=64)
def _cells_in(text: str) -> tuple[str, ...]:
    functions = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef))
    return tuple(node.name for node in functions if any(ast.unparse(each) == "cell" for each in node.decorator_list))


def names() -> tuple[str, ...]:
    """Names of all cells, file by file in the order of their definition."""
    return tuple(index())


def derivations() -> tuple[Derivation, ...]:
    """All files of the catalogue, validated."""
    return tuple(_read(path) for path in files())


def find(name: str) -> Definition:
    """The catalogue's cell of that name.

    Raises:
        CatalogueError: there is none; names the nearest.
    """
    return _cell_of(_file_of(name), name)


def resolve(target: str | os.PathLike[str]) -> tuple[Definition, ...]:
    """The cells that `target` means: a name of the catalogue, a file (all its cells), or `file.py:cell`.

    What ends in `.py` or has a path separator is a file; `derivations/lstm.py` also means the catalogue's where no
    such file exists here. A name that is also that of a file here is refused rather than guessed.

    Raises:
        CatalogueError: no such cell.
        DerivationError: a file that is missing or not in the language.
    """
    return look_up(target).cells


@dataclass(frozen=True)
class Found:
    """What a target means."""

    derivation: Derivation
    cells: tuple[Definition, ...]
    whole: bool
    """Whether the file was named, not one of its cells."""


def look_up(target: str | os.PathLike[str]) -> Found:
    """What `resolve` finds, and the file that it is in; raises the same."""
    path, cell = _split(os.fspath(target))
    derivation = _read_path(path) if path else _file_of(cell)
    return Found(derivation, (_cell_of(derivation, cell),) if cell else derivation.cells, not cell)


def _file_of(name: str) -> Derivation:
    known = index()
    if name not in known:
        raise CatalogueError(_unknown(name, known))
    return _read(known[name])


def _split(target: str) -> tuple[str, str]:
    """A path and the cell named after it, either of them empty."""
    path, colon, cell = target.rpartition(":")
    if colon and path.endswith(".py") and not _is_file(target):
        if not cell:
            raise CatalogueError(f"'{target}' names no cell after the colon; '{path}' means all cells of the file")
        return path, cell
    if target.endswith(".py") or "/" in target or os.sep in target:
        return target, ""
    if _is_file(target):
        raise CatalogueError(
            f"'{target}' is a file here, and a bare name means a cell of the catalogue: "
            f"write './{target}' for the file, '{FOLDER}/<file>.py:{target}' for the cell"
        )
    return "", target


def _is_file(path: str) -> bool:
    """Whether there is a file of that name; what can be no name (too long, a NUL) is none."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def _read_path(path: str) -> Derivation:
    place = Path(path)
    in_catalogue = place.parent == Path(FOLDER) and place.name in {file.name for file in files()}
    if in_catalogue and not place.exists():
        return _read(folder() / place.name)
    return parse_file(path)


def _read(path: Path) -> Derivation:
    """A file of the catalogue, known as `derivations/NAME.py` wherever it is installed."""
    return _parsed(path.read_text(encoding="utf-8"), f"{FOLDER}/{path.name}")


_parsed = lru_cache(maxsize=64)(parse_text)
"""A text is parsed once in a process, however often its cells are looked up; of a changed file it is another."""


def _cell_of(derivation: Derivation, name: str) -> Definition:
    for definition in derivation.cells:
        if definition.name == name:
            return definition
    known = [definition.name for definition in derivation.cells]
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"its cells: {', '.join(known) or 'none'}"
    raise CatalogueError(f"{derivation.file} has no cell '{name}'; {hint}")


def _unknown(name: str, known: dict[str, Path]) -> str:
    shown = "".join(char if char.isprintable() else "?" for char in name[:80])
    if _is_file(f"{name}.py"):
        return f"no cell '{shown}' in the catalogue; did you mean the file '{shown}.py'?"
    near = difflib.get_close_matches(name[:80], known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else "`lstmproof list` shows all cells; a file is written with its .py"
    return f"no cell '{shown}' in the catalogue; {hint}"
