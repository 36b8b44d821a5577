"""The driver: what Coq accepts is proved, whatever it rests on wrongly is not, and nothing keeps running."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from lstmproof.proof.coq import driver, library, tool
from lstmproof.proof.coq.audit import audit_text, bundle_text, parts, place_of
from lstmproof.proof.coq.driver import check, check_all
from lstmproof.proof.coq.library import required_theories, theories, theories_for, theory_order
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.proof.coq.tool import Ran
from lstmproof.proof.outcome import Unsettled
from tests.proof.coq.files import COQ_MARKS, HANGS, HEAD, instance

pytestmark = COQ_MARKS

ROOT = Path(__file__).parents[3]
SQUARE = instance(
    "From Coquelicot Require Import Coquelicot.\n"
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


PLANTED = {
    "an unfinished proof": (
        instance("Theorem found : 1 = 2.\nProof.\nAdmitted.\n", "1 = 2"),
        "a word that no proof may hold: line 5: Admitted",
    ),
    "a proof given up": (
        instance("Theorem found : 1 = 1. Proof. give_up. Qed.\n"),
        "line 3: give_up",
    ),
    "an axiom by its word": (
        instance("Axiom no : 1 = 2.\nTheorem found : 1 = 2. Proof. exact no. Qed.\n", "1 = 2"),
        "line 3: Axiom",
    ),
    "an axiom by another word": (
        instance("Hypothesis no : 1 = 2.\nTheorem found : 1 = 2. Proof. exact no. Qed.\n", "1 = 2"),
        "it rests on bundle.Part0_",
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
        "it rests on bundle.Part0_",
    ),
    "a check that is switched off": (
        instance("Unset Guard Checking.\nFixpoint no (n : nat) : 1 = 2 := no n.\nDefinition found := no O.\n", "1 = 2"),
        "line 3: Unset",
    ),
    "a notation that changes what is read": (
        instance("Notation \"'one' = 'two'\" := True.\nTheorem found : True. Proof. easy. Qed.\n", "one = two"),
        "line 3: Notation",
    ),
    "another theorem than was stated": (
        instance("Theorem found : 2 = 2. Proof. easy. Qed.\n"),
        'has type "2 = 2" while it is expected to have type "1 = 1"',
    ),
    "no theorem of that name": (
        instance("Theorem lost : 1 = 1. Proof. easy. Qed.\n"),
        "The reference bundle.Part0_",
    ),
    "a proof that fails": (
        instance("Theorem found : 1 = 2.\nProof. lra. Qed.\n", "1 = 2"),
        "Coq: line 4: Tactic failure",
    ),
    "a file that is no Coq": (
        instance("Theorem found 1 = 1.\n"),
        "Coq: line 3: Syntax error",
    ),
}


def test_what_is_refused_is_refused_again() -> None:
    wrong, message = PLANTED["a proof that fails"]
    assert message in refused(wrong)
    assert message in refused(wrong)


def test_a_theory_may_not_assume_either(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LSTMPROOF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(library, "theories", lambda: {"Wrong.v": "Axiom no : False.\n"})
    library.theory_order.cache_clear()
    try:
        wrong = replace(SQUARE, text=f"From LstmProof Require Import Wrong.\n{SQUARE.text}")
        assert refused(wrong) == "Wrong.v holds a word that no proof may hold: line 1: Axiom"
    finally:
        library.theory_order.cache_clear()


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


def test_integers_of_the_machine_are_no_ground() -> None:
    assert "63" in refused(MACHINE)


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


def numbered(number: int) -> Instance:
    """A small theorem, of the same name as others."""
    return instance(f"Theorem found : {number} + 1 = {number + 1}.\nProof. lra. Qed.\n", f"{number} + 1 = {number + 1}")


def runs(monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[Sequence[str]]:
    """The calls of Coq from here on, with an empty cache."""
    calls: list[Sequence[str]] = []

    def run(program: str, arguments: Sequence[str], *rest: Any) -> Ran:
        calls.append(arguments)
        return tool.run(program, arguments, *rest)

    monkeypatch.setenv("LSTMPROOF_CACHE", str(folder))
    monkeypatch.setattr(driver, "run", run)
    return calls


def test_theorems_are_compiled_and_audited_together(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = runs(monkeypatch, tmp_path)
    several = [numbered(1), numbered(2), numbered(1)]
    found = check_all(several)
    assert len(calls) == 2
    assert [each.statement for each in found.values() if isinstance(each, Checked)] == ["1 + 1 = 2", "2 + 1 = 3"]
    assert check_all(several) == found
    assert check(numbered(2)) == found[numbered(2)]
    assert len(calls) == 2


@pytest.mark.parametrize(("wrong", "message"), PLANTED.values(), ids=PLANTED)
def test_a_planted_error_is_refused_and_takes_no_other_with_it(wrong: Instance, message: str) -> None:
    found = check_all([wrong, numbered(3)])
    assert isinstance(found[numbered(3)], Checked)
    unsettled = found[wrong]
    assert isinstance(unsettled, Unsettled)
    assert message in unsettled.reason


def test_one_that_fails_is_tried_apart_from_the_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = runs(monkeypatch, tmp_path)
    wrong = instance("Theorem found : 1 = 2.\nProof. easy. Qed.\n", statement="1 = 2")
    found = check_all([numbered(1), numbered(2), wrong, numbered(3)])
    assert all(isinstance(found[numbered(each)], Checked) for each in (1, 2, 3))
    assert isinstance(found[wrong], Unsettled)
    compiled = [arguments[-1] for arguments in calls]
    assert compiled.count("bundle.v") == 4  # of all, the two before, itself and the one after
    assert compiled.count("audit.v") == 2


def test_lines_of_a_bundle_are_told_apart() -> None:
    several = [numbered(1), replace(numbered(2), text="(* more *)\n\n" + numbered(2).text), numbered(3)]
    lines = bundle_text(several).splitlines()
    for place, part in enumerate(parts(several)):
        first = next(at for at, line in enumerate(lines, 1) if line.startswith(f"Module {part}."))
        last = lines.index(f"End {part}.") + 1
        assert {place_of(line, several) for line in range(first, last + 1)} == {place}
    assert place_of(len(lines) + 9, several) == 2


def test_a_statement_is_compared_with_the_theorem_of_its_own_instance() -> None:
    one, two = numbered(4), numbered(5)
    swapped = [replace(one, statement=two.statement), replace(two, statement=one.statement)]
    assert all(isinstance(found, Unsettled) for found in check_all(swapped).values())


def test_no_instance_helps_another() -> None:
    helped = instance("Theorem found : 1 = 1.\nProof. exact Part0.found. Qed.\n")
    outside = instance("Theorem found : 1 = 1.\nProof. exact (Sums.nothing _). Qed.\n")
    requires = replace(numbered(7), text="From LstmProof Require Sums.\n" + numbered(7).text)
    found = check_all([numbered(8), helped, outside, requires])
    assert isinstance(found[helped], Unsettled)
    assert found[outside] == Unsettled("the file uses Sums.v and does not require it")
    assert isinstance(found[requires], Checked)


def test_a_theory_that_fails_is_compiled_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wrong = dict(theories()) | {"Sums.v": "Lemma no : False.\nProof. easy. Qed.\n"}
    calls: list[str] = []

    def run(program: str, arguments: Sequence[str], *rest: Any) -> Ran:
        calls.append(arguments[-1])
        return tool.run(program, arguments, *rest)

    monkeypatch.setenv("LSTMPROOF_CACHE", str(tmp_path))
    monkeypatch.setattr(library, "theories", lambda: wrong)
    monkeypatch.setattr(library, "run", run)
    several = [replace(each, text="From LstmProof Require Sums.\n" + each.text) for each in (numbered(1), numbered(2))]
    for found in check_all(several).values():
        assert isinstance(found, Unsettled)
        assert "the theories do not compile: Sums.v" in found.reason
    assert calls == ["Sums.v"]


def test_a_theory_that_fails_takes_none_that_does_not_need_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wrong = dict(theories()) | {"Sums.v": "Lemma no : False.\nProof. easy. Qed.\n"}
    monkeypatch.setenv("LSTMPROOF_CACHE", str(tmp_path))
    monkeypatch.setattr(library, "theories", lambda: wrong)
    needs = replace(numbered(1), text="From LstmProof Require Sums.\n" + numbered(1).text)
    found = check_all([needs, numbered(2)])
    assert isinstance(found[needs], Unsettled)
    assert isinstance(found[numbered(2)], Checked)


def test_a_folder_without_what_was_compiled_is_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LSTMPROOF_CACHE", str(tmp_path))
    needs = replace(numbered(9), text="From LstmProof Require Sums.\n" + numbered(9).text)
    assert isinstance(check(needs), Checked)
    for compiled in tmp_path.glob("coq/theories/*/*.vo"):
        compiled.unlink()
    assert isinstance(check(replace(needs, text=needs.text + "\n")), Checked)


def test_a_cache_that_goes_away_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> Ran:
        shutil.rmtree(tmp_path / "coq")
        return Ran(0, "", "")

    monkeypatch.setenv("LSTMPROOF_CACHE", str(tmp_path))
    monkeypatch.setattr(driver, "run", run)
    found = check(numbered(10))
    assert isinstance(found, Unsettled)
    assert "LSTMPROOF_CACHE" in found.reason


def test_nothing_is_asked_of_a_machine_without_coq(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LSTMPROOF_CACHE", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert check_all([]) == {}
    assert isinstance(check(numbered(11)), Unsettled)
    assert not (tmp_path / "none").exists()


def test_one_that_hangs_takes_no_other_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def run(program: str, arguments: Sequence[str], folder: Path, seconds: float) -> Ran:
        hangs = "repeat idtac" in (folder / "bundle.v").read_text(encoding="utf-8")
        return Ran(-1, "", "", timed_out=True) if hangs else tool.run(program, arguments, folder, seconds)

    monkeypatch.setenv("LSTMPROOF_CACHE", str(tmp_path))
    monkeypatch.setattr(driver, "run", run)
    found = check_all([HANGS, numbered(6)])
    assert found[HANGS] == Unsettled("Coq did not finish in 120 s")
    assert isinstance(found[numbered(6)], Checked)


THEORIES = """
import sys
from lstmproof.proof.coq import cache, library
from lstmproof.proof.coq.tool import installation
print(library.compiled(installation(), cache.opened(), library.theories_for(sys.argv[1])))
"""


def test_processes_share_the_work_on_theories(tmp_path: Path) -> None:
    environment = os.environ | {"LSTMPROOF_CACHE": str(tmp_path)}
    command = [sys.executable, "-c", THEORIES, "From LstmProof Require Import Sums Slopes.\n"]
    several = [subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) for _ in range(3)]
    answers = {process.communicate(timeout=200)[0] for process in several}
    assert len(answers) == 1
    compiled = sorted(tmp_path.glob("coq/theories/*/*.vo"))
    assert sorted(file.name for file in compiled) == ["Functions.vo", "Slopes.vo", "Sums.vo"]
    assert not list((tmp_path / "coq" / "work").iterdir())


def test_theories_that_do_not_need_each_other_are_compiled_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Barrier(2, timeout=60)

    def run(program: str, arguments: Sequence[str], *rest: Any) -> Ran:
        if arguments[-1] in ("Functions.v", "Sums.v"):
            both.wait()
        return tool.run(program, arguments, *rest)

    monkeypatch.setenv("LSTMPROOF_CACHE", str(tmp_path))
    monkeypatch.setattr(library, "run", run)
    needs = replace(numbered(12), text="From LstmProof Require Sums Functions.\n" + numbered(12).text)
    assert isinstance(check(needs), Checked)


def test_whoever_is_stopped_while_theories_compile_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: object) -> str:
        time.sleep(1)
        raise KeyboardInterrupt

    monkeypatch.setenv("LSTMPROOF_CACHE", str(tmp_path))
    monkeypatch.setattr(library, "theories", lambda: {"Hangs.v": HANGS.text})
    monkeypatch.setattr(Future, "result", stop)
    library.theory_order.cache_clear()
    try:
        with pytest.raises(KeyboardInterrupt):
            check(replace(numbered(13), text="From LstmProof Require Hangs.\n" + numbered(13).text))
    finally:
        library.theory_order.cache_clear()
    assert not list(running(os.getpid()))


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
from lstmproof.proof.coq.driver import check, check_all
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
    text = audit_text([SQUARE])
    assert HEAD in text
    assert text.index("Print Assumptions") < text.index(HEAD)
