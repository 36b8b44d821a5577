"""Proofs as files that re-check without lstmproof."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lstmproof.report import files
from lstmproof.report.files import OutputError
from lstmproof.verdict import CellResults

CHECKER = "checker.py"
"""The program that checks certificates."""


def make_folder(path: str) -> None:
    """Raise OutputError unless `path` is a folder in which files can be written; make it if it is not there."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write to {path}: {error.strerror}") from None
    files.check_writable(str(Path(path, CHECKER)))


def save(path: str, cells: Iterable[CellResults], checker: str) -> int:
    """Write the files of every proof in `path`, and the program that checks certificates; return how many proofs.

    Beside a derivation file, in `certificates`, certificates are what later runs re-check and need no solver for.
    Several proofs may come with one file, such as a theory of Coq's.

    Raises:
        OutputError: a file cannot be written; or two proofs are of the same name, and then none is.
    """
    proved = [(cell, result) for cell in cells for result in cell.results if result.files]
    texts: dict[str, tuple[str, str]] = {CHECKER: ("the checker of certificates", checker)}
    for cell, result in proved:
        for name, text in result.files.items():
            owner, known = texts.setdefault(name, (f"{result.id} of {cell.key}", text))
            if known != text:
                raise OutputError(f"{owner} and {result.id} of {cell.key} both have a proof {name}: save them apart")
    for name, (_, text) in texts.items():
        files.write(str(Path(path, name)), text)
    return len(proved)
