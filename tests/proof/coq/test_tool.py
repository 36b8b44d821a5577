"""Finding Coq: what is missing is named, with how to install it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lstmproof.proof.coq.tool import INSTALL, Ran, installation, message, run
from lstmproof.proof.outcome import Unsettled


def fake(folder: Path, script: str) -> str:
    """A folder with a `coqc` that does what `script` says."""
    (folder / "coqc").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / "coqc").chmod(0o755)
    return str(folder)


def test_without_coq_it_says_how_to_install_it(tmp_path: Path) -> None:
    found = installation(str(tmp_path))
    assert found == Unsettled(f"Coq is not installed: {INSTALL}")
    assert INSTALL == "apt-get install coq libcoq-coquelicot libcoq-interval"


def test_a_coq_that_does_not_run_is_none(tmp_path: Path) -> None:
    found = installation(fake(tmp_path, "exit 1"))
    assert isinstance(found, Unsettled)
    assert "does not run" in found.reason


def test_no_libraries_but_those_of_the_installation_are_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COQPATH", str(tmp_path))
    monkeypatch.setenv("COQLIB", str(tmp_path))
    ran = run("/bin/sh", ["-c", "echo [$COQPATH$COQLIB] $HOME"], tmp_path, 60)
    assert ran.output == f"[] {os.environ['HOME']}\n"


@pytest.mark.parametrize(("held", "missing"), [((), "Coquelicot and Interval"), (("Coquelicot",), "Interval")])
def test_without_its_libraries_it_names_them(tmp_path: Path, held: tuple[str, ...], missing: str) -> None:
    for name in held:
        (tmp_path / "user-contrib" / name).mkdir(parents=True)
        (tmp_path / "user-contrib" / name / f"{name}.vo").write_text("")
    found = installation(fake(tmp_path, f"echo {tmp_path}"))
    assert found == Unsettled(f"Coq's library {missing} is not installed: {INSTALL}")


def test_the_last_error_is_told_in_one_line() -> None:
    errors = 'File "./a.v", line 3, characters 0-5:\nError:\nIn environment\nx, y : R\nf : R ->\n  R\nNo\n such goal.\n'
    assert message(Ran(1, "", errors), 60) == "Coq: line 3: No such goal."
    assert message(Ran(137, "", ""), 60) == "Coq: ended with status 137 and no message"
    assert len(message(Ran(1, "", "Error: " + "long " * 1000), 60)) < 500
