"""What the repository says of itself is so: README, continuous integration, packaging and derivations agree."""

from __future__ import annotations

import ast
import doctest
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import lstmproof
from lstmproof.language.parser import parse_text

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DERIVATIONS = sorted((ROOT / "derivations").glob("*.py"))

DISTRIBUTION = {"flint": "python-flint", "z3": "z3-solver"}
"""Distributions whose name is not that of the package they hold."""


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)


def readme_commands() -> list[str]:
    """The README's first two shell blocks."""
    return re.findall(r"^```sh\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)[:2]


def test_the_readme_opens_with_two_commands_of_one_line() -> None:
    verify, tests = readme_commands()
    for command in (verify, tests):
        assert command.count("\n") == 1
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert verify.rstrip().endswith("lstmproof verify")
    assert ".venv/bin/pytest" in tests
    assert README.index(tests) < README.index("\n## "), "the two commands come before everything else"


@pytest.mark.skipif(os.name == "nt", reason=".ci/run is a shell script")
def test_ci_runs_the_commands_of_the_readme() -> None:
    script = ROOT / ".ci" / "run"
    result = subprocess.run(["bash", str(script), "--commands"], capture_output=True, text=True, check=True)
    assert result.stdout == "".join(readme_commands())
    text = script.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("bash -c ")] == [
        'bash -c "$(readme_command 1)"',
        'bash -c "$(readme_command 2)"',
    ]
    assert os.access(script, os.X_OK)


def test_the_readmes_python_runs() -> None:
    results = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert results.attempted > 5
    assert results.failed == 0


@pytest.mark.parametrize("document", ["README.md", "docs/language.md"])
def test_cells_shown_in_the_documents_are_in_the_language(document: str) -> None:
    blocks = re.findall(r"^```python\n(\"\"\".*?)^```$", (ROOT / document).read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert blocks
    for number, block in enumerate(blocks):
        assert parse_text(block, f"{document}, example {number}").cells


def test_links_of_the_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [
        (document, target)
        for document in documents
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8"))
        if "://" not in target
    ]
    assert links
    assert [f"{document.name}: {target}" for document, target in links if not (document.parent / target).exists()] == []


def _imported(folder: Path) -> set[str]:
    """Top-level packages that the modules below `folder` import, anywhere in them."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.split(".")[0])
    return found


def _named(requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=!~\[; ]", requirement)[0] for requirement in requirements}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported(project: dict[str, Any]) -> None:
    foreign = _imported(ROOT / "lstmproof") - sys.stdlib_module_names - {"lstmproof"}
    extras = project["project"]["optional-dependencies"]
    used = [requirement for extra in ("frameworks", "prove", "pytest") for requirement in extras[extra]]
    declared = _named(project["project"]["dependencies"] + used)
    assert {DISTRIBUTION.get(name, name) for name in foreign} == declared


def test_only_tested_versions_of_python_are_declared(project: dict[str, Any]) -> None:
    versions = [line for line in project["project"]["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert versions == ["Programming Language :: Python :: 3.11"]


def test_the_changelog_knows_the_version() -> None:
    assert f"## [{lstmproof.__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DERIVATIONS, ids=lambda path: path.stem)
def test_a_derivation_is_one_page_that_cites_its_source(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    equations = re.split(r"^@(?:claim|myth)\b", text, maxsplit=1, flags=re.MULTILINE)[0]
    assert len(equations.splitlines()) <= 90
    assert len(text.splitlines()) <= 400
    documentation = ast.get_docstring(ast.parse(text)) or ""
    assert re.search(r"\b(19|20)\d\d\b", documentation), "a year"
    assert re.search(r"section|sec\.|eqs?\.", documentation), "a section or an equation"


def test_a_derivation_names_each_row_of_the_ledger_once() -> None:
    named = 0
    for path in DERIVATIONS:
        documentation = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        rows = re.findall(r"^    ([A-E]\d+) ", documentation, re.MULTILINE)
        assert len(rows) == len(set(rows)), path.name
        named += len(rows)
    assert named > len(DERIVATIONS)
