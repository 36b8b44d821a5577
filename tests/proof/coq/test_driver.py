"""The driver: what Coq accepts is proved, whatever it rests on wrongly is not, and nothing keeps running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lstmproof.proof.coq import driver
from lstmproof.proof.coq.audit import REALS, audit_text
from lstmproof.proof.coq.driver import check, required_theories, theories, theories_for, theory_order
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.proof.coq.tool import Ran
from lstmproof.proof.outcome import Unsettled
from tests.proof.coq.files import HANGS, HEAD, instance, needs_coq

pytestmark = needs_coq

ROOT = Path(__file__).parents[3]
SQUARE = instance(
    "Definition twice (x : R) := 2 * x.\n"
    "Theorem found : forall x, is_derive (fun y => y * y) x (twice x).\n"
    "Proof. intros x. unfold twice. auto_derive; [easy|ring]. Qed.\n",
    "forall x, is_derive (fun y => y * y) x (twice x)",
)


def refused(wrong: Instance) -> str:
    found = check(wrong)
    assert isinstance(found, Unsettled)
    return found.reason


def test_a_theorem_is_checked_and_printed_with_what_it_rests_on() -> None:
    found = check(SQUARE)
    assert isinstance(found, Checked)
    assert found.theorem == "found"
    assert found.statement.endswith("x (twice x)")
    assert "ClassicalDedekindReals.sig_not_dec" in found.axioms


PLANTED = {
    "an unfinished proof": (
        instance("Theorem found : 1 = 2.\nProof.\nAdmitted.\n", "1 = 2"),
        "a word that no proof may hold: line 6: Admitted",
    ),
    "a proof given up": (
        instance("Theorem found : 1 = 1. Proof. give_up. Qed.\n"),
        "line 4: give_up",
    ),
    "an axiom by its word": (
        instance("Axiom no : 1 = 2.\nTheorem found : 1 = 2. Proof. exact no. Qed.\n", "1 = 2"),
        "line 4: Axiom",
    ),
    "an axiom by another word": (
        instance("Hypothesis no : 1 = 2.\nTheorem found : 1 = 2. Proof. exact no. Qed.\n", "1 = 2"),
        "it rests on instance.no",
    ),
    "an axiom with the name of one of the reals": (
        instance(
            "Module Classical_Prop. Variable classic : 1 = 2. End Classical_Prop.\n"
            "Theorem found : 1 = 2. Proof. exact Classical_Prop.classic. Qed.\n",
            "1 = 2",
        ),
        "which is no axiom of the real numbers",
    ),
    "an axiom under the second theorem": (
        instance("Theorem found : 1 = 1. Proof. easy. Qed.\nHypothesis other : 1 = 2.\n", theorems=("found", "other")),
        "it rests on instance.other",
    ),
    "a check that is switched off": (
        instance("Unset Guard Checking.\nFixpoint no (n : nat) : 1 = 2 := no n.\nDefinition found := no O.\n", "1 = 2"),
        "line 4: Unset",
    ),
    "a notation that changes what is read": (
        instance("Notation \"'one' = 'two'\" := True.\nTheorem found : True. Proof. easy. Qed.\n", "one = two"),
        "line 4: Notation",
    ),
    "another theorem than was stated": (
        instance("Theorem found : 2 = 2. Proof. easy. Qed.\n"),
        'has type "2 = 2" while it is expected to have type "1 = 1"',
    ),
    "no theorem of that name": (
        instance("Theorem lost : 1 = 1. Proof. easy. Qed.\n"),
        "The reference instance.found was not found",
    ),
    "a proof that fails": (
        instance("Theorem found : 1 = 2.\nProof. lra. Qed.\n", "1 = 2"),
        "Coq: line 5: Tactic failure",
    ),
    "a file that is no Coq": (
        instance("Theorem found 1 = 1.\n"),
        "Coq: line 4: Syntax error",
    ),
}


@pytest.mark.parametrize(("wrong", "message"), PLANTED.values(), ids=PLANTED)
def test_a_planted_error_is_refused(wrong: Instance, message: str) -> None:
    assert message in refused(wrong)


def test_what_is_refused_is_refused_again() -> None:
    wrong, message = PLANTED["an axiom by another word"]
    assert message in refused(wrong)
    assert message in refused(wrong)


def test_a_theory_may_not_assume_either(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LSTMPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(driver, "theories", lambda: {"Wrong.v": "Axiom no : False.\n"})
    driver.theory_order.cache_clear()
    try:
        wrong = replace(SQUARE, text=f"From LstmProof Require Import Wrong.\n{SQUARE.text}")
        assert refused(wrong) == "Wrong.v holds a word that no proof may hold: line 1: Axiom"
    finally:
        driver.theory_order.cache_clear()


def test_every_theory_comes_after_those_that_it_requires() -> None:
    order = theory_order()
    assert sorted(order) == sorted(theories())
    for place, name in enumerate(order):
        assert set(required_theories(theories()[name])) <= set(order[:place])


def test_a_theorem_needs_the_theories_that_it_requires_and_no_others() -> None:
    needed = theories_for("From LstmProof Require Import Bounds.\n")
    assert set(needed) >= {"Bounds.v", "Functions.v", "Sums.v"}
    assert not {"Gradient.v", "Enclosures.v"} & set(needed)
    assert theories_for(SQUARE.text) == ()


MACHINE = instance(
    "From Interval Require Import Tactic.\nTheorem found : exp 1 < 3. Proof. interval with (i_prec 60). Qed.\n",
    "exp 1 < 3",
)
EXACT = instance(
    "From LstmProof Require Import Enclosures.\nTheorem found : exp 1 < 3. Proof. enclosed. Qed.\n", "exp 1 < 3"
)


def test_numbers_are_enclosed_without_the_integers_of_the_machine() -> None:
    assert "63" in refused(MACHINE)
    found = check(EXACT)
    assert isinstance(found, Checked)
    assert set(found.axioms) <= set(REALS)


def test_a_theorem_is_kept_and_found_again_without_coq(monkeypatch: pytest.MonkeyPatch) -> None:
    first = check(SQUARE)

    def run(*_: object) -> Ran:
        raise AssertionError("Coq was run")

    monkeypatch.setattr(driver, "run", run)
    assert check(SQUARE) == first
    for other in (
        replace(SQUARE, text=SQUARE.text + "\n"),
        replace(SQUARE, statement=SQUARE.statement + " "),
        replace(SQUARE, theorems=("found", "twice")),
    ):
        with pytest.raises(AssertionError, match="Coq was run"):
            check(other)


def test_a_proof_that_takes_too_long_is_ended() -> None:
    started = time.monotonic()
    found = check(HANGS, seconds=2)
    assert found == Unsettled("Coq did not finish in 2 s")
    assert time.monotonic() - started < 20
    assert not list(running(os.getpid()))


def running(session_of: int) -> Iterator[int]:
    """Processes of Coq that the process `session_of` started and that have not been waited for."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            parent = int(status.rpartition(")")[2].split()[1])
            if parent == session_of and (b"coqc" in command or not command):
                yield int(entry.name)


WAITS = f"""
from lstmproof.proof.coq.driver import check
from lstmproof.proof.coq.outcome import Instance
check(Instance({HANGS.text!r}, ("found",), "1 = 1", ""), seconds=100)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_caller_that_is_stopped_leaves_nothing_running(sent: signal.Signals) -> None:
    check(SQUARE)  # the theories are there
    caller = subprocess.Popen([sys.executable, "-c", WAITS], cwd=ROOT, stderr=subprocess.DEVNULL)
    found: list[int] = []
    until = time.monotonic() + 60
    while not found and time.monotonic() < until:
        time.sleep(0.05)
        found = list(running(caller.pid))
    assert found
    caller.send_signal(sent)
    caller.wait(timeout=20)
    while any(Path(f"/proc/{pid}").exists() for pid in found) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}").exists() for pid in found)


def test_the_head_of_an_instance_is_in_force_where_its_statement_is_compared() -> None:
    text = audit_text("instance", SQUARE)
    assert HEAD in text
    assert text.index("Print Assumptions") < text.index(HEAD)
