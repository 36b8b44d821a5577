"""`lstmproof verify --coq` as its users meet it, with Coq and without."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from lstmproof.language.claims import Claim
from lstmproof.proof.coq.audit import REALS
from lstmproof.proof.coq.tool import INSTALL, Coq
from lstmproof.proof.outcome import Unsettled
from lstmproof.verdict import Result
from lstmproof.verify import statements, theorems
from lstmproof.verify.examine import Request
from lstmproof.verify.runner import verify_cell
from lstmproof.verify.subject import Selection, Subject
from lstmproof.verify.theorems import ask, theorems_of, with_theorems
from tests.proof.coq.files import COQ, needs_coq
from tests.verify.test_statements import subject_of

ROOT = Path(__file__).parents[3]

LEAKY = '''"""A leaky unit."""

from lstmproof.language import cell, claim, maximum, sigmoid, tanh


@cell
def leaky(x, h, *, W, U, b, V):
    f = sigmoid(W @ x + U @ h + b)
    h = f * h + (1 - f) * tanh(V @ x)
    return h


@claim(leaky)
def within(h, h0):
    """Whatever the number of units."""
    return abs(h) <= maximum(abs(h0), 1)
'''
CLAIM = "@claim(leaky)\ndef within(h, h0):\n    return abs(h) <= maximum(abs(h0), 1)\n"


def verified(folder: Path, *options: str, **changes: str) -> tuple[int, dict[str, dict[str, Any]], str]:
    """Exit status, results by id and what is printed, of the cell above."""
    (folder / "leaky.py").write_text(LEAKY, encoding="utf-8")
    command = [sys.executable, "-m", "lstmproof", "verify", "leaky.py", "--json", "found.json"]
    asked = ("--coq", "--law", "law.gradient*", "--claim", "*", *options)
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | changes
    run = subprocess.run(
        [*command, *asked], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert not run.stderr
    (cell,) = json.loads((folder / "found.json").read_text(encoding="utf-8"))["cells"]
    return run.returncode, {result["id"]: result for result in cell["results"]}, run.stdout


@needs_coq
def test_gradients_and_claims_are_proved_shown_and_saved(tmp_path: Path) -> None:
    status, found, printed = verified(tmp_path, "-v", "--proofs", "proofs")
    assert status == 0
    assert list(found) == ["law.gradient", "law.gradient_truncated", "claim.within"]
    for result in found.values():
        assert (result["verdict"], result["method"]) == ("proved", "coq"), result
        assert " ".join(result["proof"]["statement"].split()[:12]) in " ".join(printed.split())
    assert "Rabs (h (S t)" in found["claim.within"]["proof"]["statement"]
    assert found["claim.within"]["proof"]["argument"]
    checked = subprocess.run(
        ["bash", "-c", found["law.gradient"]["proof"]["recheck"]],
        cwd=tmp_path / "proofs", capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
    assert "Axioms:\nClassicalDedekindReals.sig_not_dec" in checked.stdout


def test_without_coq_claims_keep_their_certificate_and_laws_are_undecided(tmp_path: Path) -> None:
    status, found, printed = verified(tmp_path, PATH=str(tmp_path))
    assert status == 3
    assert {found[law]["verdict"] for law in ("law.gradient", "law.gradient_truncated")} == {"undecided"}
    assert f"Coq is not installed: {INSTALL}" in " ".join(printed.split())
    claim = found["claim.within"]
    assert (claim["verdict"], claim["method"], claim["holds"]) == ("proved", "certificate", True)
    assert claim["proof"]["coq"] == f"Coq is not installed: {INSTALL}"


def in_coq(subject: Subject, result: Result, claim: Claim) -> Result:
    made = theorems_of(subject, [result], {claim.id: claim})
    return with_theorems(subject, [result], made, ask(made.instances))[0]


def test_a_theorem_that_coq_rejects_leaves_the_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    subject = subject_of(CLAIM)
    subject = type(subject)(subject.derivation, subject.derivation.cells[0])
    (claim,) = subject.claims
    result = statements.decide_claim(subject, claim, Request(100, 0, coq=True))
    monkeypatch.setattr(theorems, "check_all", lambda every: dict.fromkeys(every, Unsettled("Coq: line 3: no")))
    found = in_coq(subject, result, claim)
    assert (found.verdict, found.method) == ("proved", "certificate")
    assert found.proof is not None
    assert found.proof["coq"] == "Coq: line 3: no"
    assert found.replay.endswith("--claim claim.within --coq")

    def broken(*_: object, **__: object) -> Unsettled:
        raise KeyError("h")

    def gone(_: object) -> None:
        raise KeyError("gone")

    with monkeypatch.context() as patched:
        patched.setattr(theorems, "check_all", gone)
        found = in_coq(subject, result, claim)
    assert found.proof is not None
    assert "gone" in found.proof["coq"]
    monkeypatch.setattr(theorems, "claim_instance", broken)
    found = in_coq(subject, result, claim)
    assert (found.verdict, found.method) == ("proved", "certificate")
    assert found.proof is not None
    assert "KeyError" in found.proof["coq"]


SLEEPS = "sleep 987654"
MYTH = (
    LEAKY
    + """

@myth(leaky)
def beyond(h, h0):
    return abs(h) <= maximum(abs(h0), 0.5)


@myth(leaky)
def other_gate(h, f):
    return carousel(h) == 1 - f


@myth(leaky)
def steep(h):
    return norm(jacobian(h, h)) <= 0.25
"""
)


def asleep() -> list[int]:
    """Processes that sleep as the stand-in for Coq does."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if command == SLEEPS.replace(" ", "\0").encode() + b"\0":
                found.append(int(entry.name))
    return found


@needs_coq
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_nothing_running(sent: signal.Signals, tmp_path: Path) -> None:
    assert isinstance(COQ, Coq)
    fake = tmp_path / "bin" / "coqc"
    fake.parent.mkdir()
    fake.write_text(
        f'#!/bin/sh\ncase "$1" in -where | --print-version) exec {COQ.compiler} "$1" ;; esac\nexec {SLEEPS}\n'
    )
    fake.chmod(0o755)
    for name in ("one", "two", "three"):
        (tmp_path / f"{name}.py").write_text(LEAKY.replace("leaky", f"leaky_{name}"), encoding="utf-8")
    path = f"{fake.parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PATH": path, "LSTMPROOF_CACHE": str(tmp_path / "cache")}
    command = [
        sys.executable,
        "-m",
        "lstmproof",
        "verify",
        "one.py",
        "two.py",
        "three.py",
        "--coq",
        "--law",
        "law.gradient",
    ]
    run = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    found: list[int] = []
    while not found and time.monotonic() < until:
        time.sleep(0.1)
        found = asleep()
    assert found
    time.sleep(0.5)
    run.send_signal(sent)
    run.wait(timeout=30)
    while asleep() and time.monotonic() < until:
        time.sleep(0.1)
    assert not asleep()


@needs_coq
def test_myths_are_refuted_by_a_theorem_or_say_why_not(tmp_path: Path) -> None:
    text = MYTH.replace("claim, maximum", "carousel, claim, jacobian, maximum, myth, norm").replace(
        "import cell, carousel", "import carousel, cell"
    )
    (tmp_path / "leaky.py").write_text(text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "lstmproof",
        "verify",
        "leaky.py",
        "--json",
        "found.json",
        "--coq",
        "--claim",
        "myth.*",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=300, check=False)
    (cell,) = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["cells"]
    found = {result["id"]: result for result in cell["results"]}
    beyond = found["myth.beyond"]
    assert (beyond["verdict"], beyond["method"], beyond["holds"]) == ("refuted", "coq", True)
    assert beyond["counterexample"]["step"] >= 1
    assert beyond["proof"]["statement"].startswith("~")
    assert beyond["proof"]["theorem"] == "claim_fails"
    assert beyond["proof"]["axioms"] == sorted(REALS)
    assert any(name.endswith("_beyond.v") for name in beyond["proof"]["files"])
    assert beyond["proof"]["recheck"]
    other = found["myth.other_gate"]
    assert (other["verdict"], other["method"], other["holds"]) == ("refuted", "coq", True)
    assert "is_derive" in other["proof"]["statement"]
    steep = found["myth.steep"]
    assert (steep["verdict"], steep["method"], steep["holds"]) == ("refuted", "ball", True)
    assert "norm has no form" in steep["proof"]["coq"]


@needs_coq
def test_findings_are_theorems_too() -> None:
    (cell,) = subject_of(CLAIM).derivation.cells
    made = verify_cell(Subject.alone(cell), selection=Selection(claims=("finding.*",), coq=True))
    found = {each.id: each for each in made.results}
    for name in ("carousel", "bound"):
        result = found[f"finding.{name}_h"]
        assert (result.verdict, result.method) == ("proved", "coq"), result.proof
        assert result.proof is not None
        assert result.proof["argument"]
    carousel = found["finding.carousel_h"]
    assert carousel.proof is not None
    assert "is_derive" in carousel.proof["statement"]
    assert found["finding.flow_h"].method == "symbolic"
