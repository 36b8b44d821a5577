"""The pytest plugin: derivation files are collected as tests, one a law, claim and myth, and never imported.

Every run of pytest loads this module where lstmproof is installed, so it imports the standard library and pytest alone;
`lstmproof.collecting`, which needs all the rest, is imported when the first derivation file is met.
"""

from __future__ import annotations

import argparse
import ast
import re
import warnings
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import pytest

LANGUAGE = "lstmproof.language"
WORDS = ("cell", "claim", "myth")
"""Decorators of the language; a file is known by them."""
LARGEST = 1_000_000
"""Bytes that are read to tell what a file is; a derivation file has no more."""

MARKERS = {
    "lstmproof": "a law, claim or myth of a derivation file",
    "law": "a law of a cell: its derived gradient and emitted kernel, checked",
    "claim": "a statement of a derivation file that is to be proved",
    "myth": "a statement of a derivation file that is to be refuted",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of their own for what Hypothesis's do otherwise."""
    group = parser.getgroup("lstmproof", "derivation files (lstmproof)")
    group.addoption(
        "--lstmproof-examples",
        type=_whole(1, 1_000_000),
        metavar="N",
        help="Cases for each law (default: max_examples of the active Hypothesis profile).",
    )
    group.addoption(
        "--lstmproof-seed",
        type=_whole(0, 2**32 - 1),
        metavar="S",
        help="Start of random cases (default: --hypothesis-seed, else 0).",
    )
    group.addoption(
        "--lstmproof-accept",
        choices=["tested"],
        help="Let a claim pass that is tested and not proved.",
    )


def _whole(least: int, most: int) -> Callable[[str], int]:
    """The type of an option that is a whole number in a range."""

    def whole(text: str) -> int:
        if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
        return int(text)

    return whole


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Put a derivation file's own collector in place of all that would import it.

    Those are modules, of pytest itself (a file named on the command line is one, whatever its name) and of doctests;
    collectors of another kind stay. Test modules and `conftest.py`, which pytest imports as it is, are left alone.
    """
    found = yield
    if not is_derivation(file_path, parent.config.getini("python_files")):
        return found
    from lstmproof.collecting import DerivationFile

    others = [each for each in found if not isinstance(each, pytest.Module)]
    return [DerivationFile.from_parent(parent, path=file_path), *others]


def pytest_report_collectionfinish(config: pytest.Config, items: Sequence[pytest.Item]) -> list[str]:
    """With -v, the laws that do not apply to the cells that were collected."""
    if config.get_verbosity() < 1:
        return []
    cells = dict.fromkeys(item.parent for item in items)
    return [line for cell in cells for line in getattr(cell, "absent_lines", ())]


def is_derivation(path: Path, patterns: Sequence[str] = ()) -> bool:
    """Whether a file is one in the language: it imports from it, and decorates a function with one of its words.

    Nothing in it runs. A file that Python cannot parse is judged by the beginnings of its lines.

    Args:
        patterns: names of test modules, as pytest's `python_files`. A file of such a name that holds tests of its own,
            functions or classes, is a test module whatever else is in it, and so is `conftest.py`.
    """
    if path.suffix != ".py" or path.name == "conftest.py":
        return False
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST)
    except OSError:
        return False
    if LANGUAGE.encode() not in text:
        return False
    named_as_tests = any(path.match(pattern) for pattern in patterns)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        lines = text.decode(errors="replace").splitlines()
        return _looks_like_one(lines) and not (named_as_tests and any(map(_BEGINS_A_TEST, lines)))
    names = _words_in(tree)
    marked = {node for node in tree.body if isinstance(node, ast.FunctionDef) and _marked(node, names)}
    return bool(marked) and not (named_as_tests and any(_is_test(node) for node in tree.body if node not in marked))


_BEGINS_A_TEST = re.compile(r"(async +)?def +test|class ").match


def _is_test(node: ast.stmt) -> bool:
    """Whether a statement that no word of the language stands above makes a test; the language has no classes."""
    return isinstance(node, ast.ClassDef) or (
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
    )


def _marked(function: ast.FunctionDef, names: set[str]) -> bool:
    return any(_name_of(each) in names for each in function.decorator_list)


def _words_in(tree: ast.Module) -> set[str]:
    """The names that `cell`, `claim` and `myth` have in a file that imports them from the language."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == LANGUAGE and not node.level:
            for alias in node.names:
                if alias.name == "*":
                    names |= set(WORDS)
                elif alias.name in WORDS:
                    names.add(alias.asname or alias.name)
    return names


def _name_of(decorator: ast.expr) -> str:
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return function.id if isinstance(function, ast.Name) else ""


def _looks_like_one(lines: Sequence[str]) -> bool:
    imports = any(line.startswith(f"from {LANGUAGE} import") for line in lines)
    return imports and any(line.startswith(tuple(f"@{word}" for word in WORDS)) for line in lines)
