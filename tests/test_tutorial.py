"""The tutorial, followed to the letter: its files are written, its commands run, their output is what it shows."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest

from tests.documents import DOCS, Block, blocks, commands, matches
from tests.installed import packages

TUTORIAL = DOCS / "tutorial.md"
SHIMS = {
    "lstmproof": '-m lstmproof "$@"',
    "pytest": '-m pytest {plugin} "$@"',
    "python": '"$@"',
}
"""What stands for the commands of an installation: this Python, and the checkout."""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment that has the three commands."""
    folder = tmp_path / "bin"
    folder.mkdir()
    installed = any(each.name == "lstmproof" for each in entry_points(group="pytest11"))
    for name, arguments in SHIMS.items():
        line = arguments.format(plugin="" if installed else "-p lstmproof.plugin")
        (folder / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {line}\n', encoding="utf-8")
        (folder / name).chmod(0o755)
    path = os.pathsep.join((str(folder), os.environ["PATH"]))
    modules = os.pathsep.join(filter(None, (str(packages()), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PATH": path, "PYTHONPATH": modules, "NO_COLOR": "1"}


def follow(page: Path, folder: Path, environment: Mapping[str, str]) -> int:
    """Do what a page says from `folder` on, and wherever it goes from there; return how many commands were run.

    Raises:
        AssertionError: a command ends or prints otherwise than the page says; the message is its place and its output.
    """
    run = 0
    for block in blocks(page):
        if block.note.startswith("not run"):
            continue
        if block.note.startswith("file: "):
            (folder / block.note.removeprefix("file: ")).write_text(block.text, encoding="utf-8")
        for command, expected in _commands(block):
            done, folder = _shell(command, folder, environment)
            printed = done.stdout + done.stderr
            place = f"{page.name}:{block.line}: {command}"
            status = int(block.note.removeprefix("exit ")) if block.note.startswith("exit ") else 0
            assert done.returncode == status, f"{place} ended with {done.returncode}\n{printed}"
            assert expected is None or matches(expected, printed), f"{place} printed otherwise\n{printed}"
            run += 1
    return run


def _shell(command: str, folder: Path, environment: Mapping[str, str]) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run a line in `folder`; return how that ended, and the folder that the next line is run in."""
    with NamedTemporaryFile("r", encoding="utf-8") as left:
        done = subprocess.run(
            f"trap 'pwd > {left.name}' EXIT\n{command}",
            shell=True,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return done, Path(left.read().strip())


def _commands(block: Block) -> list[tuple[str, str | None]]:
    if block.kind == "console":
        return [(command, expected) for command, expected in commands(block)]
    return [(line, None) for line in block.text.splitlines()] if block.kind == "sh" else []


@pytest.mark.skipif(os.name == "nt", reason="a shell runs the commands")
def test_the_tutorial_can_be_followed(tmp_path: Path, environment: dict[str, str]) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    settings = '[tool.pytest.ini_options]\naddopts = ["--settings-of-the-repository"]\n'
    (clone / "pyproject.toml").write_text(settings, encoding="utf-8")
    assert follow(TUTORIAL, clone, environment) > 10
    assert [path.name for path in clone.iterdir()] == ["pyproject.toml"]
    assert list((tmp_path / "cells" / "report").iterdir())


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("```console\n$ python -c 'print(1)'\n2\n```\n", "page.md:1: .* printed otherwise\n +1"),
        ("```console\n$ python -c 'exit(3)'\n```\n", "ended with 3"),
        ("<!-- exit 2 -->\n```console\n$ python -c 'exit(0)'\n```\n", "ended with 0"),
        ("```sh\npython -c 'exit(4)'\n```\n", "ended with 4"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="a shell runs the commands")
def test_a_page_that_says_otherwise_is_found(
    tmp_path: Path, environment: dict[str, str], page: str, message: str
) -> None:
    (tmp_path / "page.md").write_text(page, encoding="utf-8")
    with pytest.raises(AssertionError, match=message):
        follow(tmp_path / "page.md", tmp_path, environment)


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ("a\n", "a\n", True),
        ("a\n", "a  \n", True),
        ("a\n", "b\n", False),
        ("...\nb\n", "a\na\nb\n", True),
        ("...\nb\n", "b\na\n", False),
        ("a ... c\n", "a b c\n", True),
        ("a ... c\n", "a b\nb c\n", False),
        ("", "a\n", False),
    ],
)
def test_what_stands_for_anything(expected: str, found: str, same: bool) -> None:
    assert matches(expected, found) is same
