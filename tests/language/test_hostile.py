"""Hostile text ends in a DerivationError, in bounded time and memory, and nothing of it runs."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lstmproof.language.errors import DerivationError
from lstmproof.language.parser import parse_file, parse_text
from tests.language.hostile import CELL, DEMANDING, HOSTILE, REFUSALS

SECONDS = 5.0
MEGABYTES = 500

MEASURE = """
import json, resource, sys, time
from lstmproof.language.errors import DerivationError
from lstmproof.language.parser import parse_text
from tests.language.hostile import DEMANDING, HOSTILE

def measured(text):
    start = time.perf_counter()
    try:
        parse_text(text, "hostile.py")
        ending = "accepted"
    except DerivationError as error:
        ending = error.message if len(str(error)) < 2_000 else "a message without end"
    except BaseException as error:
        ending = f"{type(error).__name__}: {error}"[:200]
    return [ending, time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]

print(json.dumps({name: measured(text) for name, text in (HOSTILE | DEMANDING).items()}))
"""


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OPENBLAS_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def measurements(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, float, float]]:
    """How each text ended, in what time, and the most memory used until then; all in one process of its own."""
    folder = tmp_path_factory.mktemp("hostile")
    run = subprocess.run(
        [sys.executable, "-c", MEASURE], cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert list(folder.iterdir()) == [], "something in a hostile text ran"
    return {name: (row[0], row[1], row[2]) for name, row in json.loads(run.stdout).items()}


def test_every_refusal_is_stated() -> None:
    assert list(REFUSALS) == list(HOSTILE)
    assert len(HOSTILE) > 100


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_refused(measurements: dict[str, tuple[str, float, float]], name: str) -> None:
    ending, seconds, megabytes = measurements[name]
    assert ending == REFUSALS[name]
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


@pytest.mark.parametrize("name", DEMANDING)
def test_a_text_near_the_limits_is_accepted(measurements: dict[str, tuple[str, float, float]], name: str) -> None:
    ending, seconds, megabytes = measurements[name]
    assert ending == "accepted"
    assert seconds < SECONDS
    assert megabytes < MEGABYTES


def test_a_caller_deep_in_recursion_gets_no_other_error() -> None:
    def descend(levels: int) -> None:
        if levels:
            descend(levels - 1)
            return
        for name, text in (HOSTILE | DEMANDING).items():
            if "MB" in name:
                continue
            try:
                parse_text(text, "deep.py")
            except DerivationError:
                continue

    descend(200)


def refused_file(path: str | Path) -> DerivationError:
    start = time.perf_counter()
    with pytest.raises(DerivationError) as caught:
        parse_file(path)
    assert time.perf_counter() - start < SECONDS
    error = caught.value
    assert error.found
    assert error.expected
    assert error.fix
    assert str(error).isprintable() or "\n" in str(error)
    return error


def test_a_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "missing.py"
    assert str(refused_file(path)) == "\n".join(
        (
            f"{path}: no such file",
            "   found     nothing at this path",
            "   expected  a derivation file: Python text, UTF-8, at most 1 MB",
            "   fix       check the spelling",
        )
    )


def test_a_directory(tmp_path: Path) -> None:
    assert refused_file(tmp_path).message == "is a directory"


def test_a_file_within_a_file(tmp_path: Path) -> None:
    (tmp_path / "cell.py").write_text(CELL)
    assert refused_file(tmp_path / "cell.py" / "cell.py").message == "cannot be opened"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    assert refused_file(tmp_path / "pipe.py").message == "not a file"


def test_a_socket(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.py"))
        assert refused_file(tmp_path / "socket.py").message in {"cannot be opened", "not a file"}


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/urandom"])
def test_a_device(device: str) -> None:
    assert refused_file(device).message == "not a file"


def test_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    assert refused_file(tmp_path / "loop.py").message == "cannot be opened"


@pytest.mark.parametrize("path", ["a\0b.py", "a" * 5000 + ".py", "\udcff.py", "", "line\nbreak.py"])
def test_an_odd_path(path: str) -> None:
    error = refused_file(path)
    assert error.line == 0
    str(error).encode()


def test_a_file_without_rights(tmp_path: Path) -> None:
    path = tmp_path / "secret.py"
    path.write_text(CELL)
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything
        assert parse_file(path).cells
    else:
        assert refused_file(path).message == "cannot be opened"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe" + CELL.encode("utf-16-le"), "not UTF-8 text"),
        (CELL.encode("utf-16-be"), "not a text file"),
        (CELL.encode() + b"\xff", "not UTF-8 text"),
        (CELL.encode() + b"\xed\xa0\x80", "not UTF-8 text"),
        (bytes(range(256)), "not UTF-8 text"),
        (b"\x7fELF" + bytes(1000), "not a text file"),
        (b"# coding: latin-1\n# \xe9\n" + CELL.encode(), "not UTF-8 text"),
        (b"x" * 1_000_001, "longer than 1 MB"),
        (b"", "no cell in this file"),
    ],
)
def test_a_file_that_is_no_text(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "odd.py"
    path.write_bytes(content)
    assert refused_file(path).message == message


@pytest.mark.parametrize(
    "encoded",
    [
        CELL.encode().replace(b"\n", b"\r\n"),
        CELL.encode().replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + CELL.encode(),
    ],
)
def test_line_ends_and_byte_order_marks_do_not_matter(tmp_path: Path, encoded: bytes) -> None:
    path = tmp_path / "cell.py"
    path.write_bytes(encoded)
    assert parse_file(path).digest == parse_text(CELL).digest


def test_a_million_bytes_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    path.write_text(CELL + "#" * (1_000_000 - len(CELL)))
    assert path.stat().st_size == 1_000_000
    assert parse_file(path).cells


def test_a_message_cannot_drive_the_terminal() -> None:
    with pytest.raises(DerivationError) as caught:
        parse_text("x = \x1b[2J\n", "evil\x1b[31m\n.py")
    assert "\x1b" not in str(caught.value)
    assert str(caught.value).splitlines()[0].startswith("evil?[31m?.py:1:5:")
