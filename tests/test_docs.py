"""The documentation: its site builds without a warning, links lead somewhere, and the code on its pages runs."""

from __future__ import annotations

import doctest
import inspect
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import lstmproof
from lstmproof.language.parser import parse_text
from tests.documents import DOCS, Block, blocks

PAGES = sorted(DOCS.rglob("*.md"))
HOW_TO = sorted((DOCS / "how-to").glob("*.md"))


def build(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Build the site; every warning is an error, and so is a reference that leads nowhere."""
    command = [sys.executable, "-m", "sphinx", "-q", "-n", "-W", "--keep-going", str(source), str(target)]
    return subprocess.run(command, cwd=DOCS.parent, capture_output=True, text=True, timeout=300, check=False)


def test_the_site_builds_and_holds_the_reference(tmp_path: Path) -> None:
    done = build(DOCS, tmp_path / "site")
    assert done.returncode == 0, done.stderr
    reference = (tmp_path / "site" / "reference.html").read_text(encoding="utf-8")
    for name in ("lstmproof.cell.load", "lstmproof.verdict.Result.assumptions", "lstmproof.strategies.problems"):
        assert f'id="{name}"' in reference
    assert "its value at step t" in (tmp_path / "site" / "language.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# A\n\n[b](missing.md)\n", "missing.md"),
        ("# A\n\n[b](#no-such-heading)\n", "no-such-heading"),
        ("# A\n\n{py:func}`lstmproof.cell.lode`\n", "lstmproof.cell.lode"),
    ],
)
def test_a_link_that_leads_nowhere_fails_the_build(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "conf.py").write_text((DOCS / "conf.py").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "index.md").write_text(text, encoding="utf-8")
    done = build(tmp_path, tmp_path / "site")
    assert done.returncode != 0
    assert message in done.stderr


def test_every_page_is_reached_from_the_first() -> None:
    entries = re.findall(r"^([\w/-]+)$", (DOCS / "index.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {f"{entry}.md" for entry in entries} == {
        path.relative_to(DOCS).as_posix() for path in PAGES if path.name != "index.md"
    }


def test_verify_is_described_with_its_arguments() -> None:
    arguments = [
        each.replace(annotation=inspect.Parameter.empty)
        for name, each in inspect.signature(type(lstmproof.verify).__call__).parameters.items()
        if name != "self"
    ]
    described = f"lstmproof.verify{inspect.Signature(arguments)}"
    assert f".. py:function:: {described}\n" in (DOCS / "reference.md").read_text(encoding="utf-8")


def _code(paths: list[Path]) -> list[tuple[str, Block]]:
    return [
        (f"{path.relative_to(DOCS).as_posix()}:{block.line}", block)
        for path in paths
        for block in blocks(path)
        if block.kind == "python" and not block.note
    ]


@pytest.mark.parametrize(("place", "block"), _code(HOW_TO), ids=lambda value: value if isinstance(value, str) else "")
def test_code_of_the_how_to_pages_runs(place: str, block: Block, tmp_path: Path) -> None:
    if "@cell" in block.text:
        assert parse_text(block.text, place).cells
    else:
        (tmp_path / "page.py").write_text(block.text, encoding="utf-8")
        assert runpy.run_path(str(tmp_path / "page.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_examples_of_the_pages_print_what_they_show(page: Path) -> None:
    assert doctest.testfile(str(page), module_relative=False).failed == 0


def test_the_first_and_the_last_file_of_the_tutorial_differ_as_it_says() -> None:
    first, last = (block for block in blocks(DOCS / "tutorial.md") if block.note == "file: damped.py")
    assert "tahn" in first.text
    assert [cell.name for cell in parse_text(last.text).cells] == ["damped"]


def test_the_page_on_activations_names_every_file_that_knows_functions_by_name() -> None:
    page = (DOCS / "how-to" / "add-an-activation.md").read_text(encoding="utf-8")
    named = {name for name in re.findall(r"`(lstmproof/[\w/.]+)`", page) if name.endswith(".py")}
    files = (DOCS.parent / "lstmproof").rglob("*.py")
    known = {each for each in files if '"softplus"' in each.read_text(encoding="utf-8")}
    assert named == {each.relative_to(DOCS.parent).as_posix() for each in known}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_files_of_the_project_that_a_page_names_exist(page: Path) -> None:
    named = re.findall(r"`((?:lstmproof|tests)/[\w/]+\.\w+)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (DOCS.parent / name).exists()] == []
