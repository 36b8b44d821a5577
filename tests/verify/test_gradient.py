"""The law `gradient`: proved by Coq for each flow, undecided with the reason where it is not, never confused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.truncate import truncate
from lstmproof.language.parser import parse_text
from lstmproof.program.passes import renamed
from lstmproof.proof.coq.driver import check
from lstmproof.proof.coq.instance import instance
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.proof.coq.tool import INSTALL
from lstmproof.proof.outcome import Unsettled
from lstmproof.readings.flow import Flow
from lstmproof.verdict import CellResults, Result
from lstmproof.verify import gradient, theorems
from lstmproof.verify.corrupt_adjoint import corruptions
from lstmproof.verify.examine import GRADIENTS
from lstmproof.verify.laws.symbolic import FLOWS
from lstmproof.verify.runner import verify_cell, verify_cells, wanted
from lstmproof.verify.subject import EVERYTHING, Selection, Subject
from tests.proof.coq.files import needs_coq
from tests.verify.cells import gated, recurrent

ASKED = Selection(laws=("law.gradient*",), coq=True)


def results() -> dict[str, Result]:
    found = verify_cell(Subject.alone(gated()), examples=4, selection=ASKED)
    return {result.id: result for result in found.results}


def test_the_theorems_are_asked_for_by_name_of_coq_alone() -> None:
    subject = Subject.alone(gated())
    assert not set(GRADIENTS) & set(wanted(subject, EVERYTHING))
    assert wanted(subject, ASKED) == GRADIENTS
    assert set(GRADIENTS) <= set(wanted(subject, Selection(coq=True)))


@needs_coq
def test_both_flows_are_proved_each_by_its_own_theorem() -> None:
    found = results()
    assert tuple(found) == GRADIENTS
    for result in found.values():
        assert (result.verdict, result.method, result.holds) == ("proved", "coq", True), result.reason
        assert result.proof is not None
        assert "is_derive" in result.proof["statement"]
        assert result.proof["reading"]
        assert "ClassicalDedekindReals.sig_not_dec" in result.proof["axioms"]
        assert result.replay.endswith(f"--law {result.id} --examples 4 --coq")
    full, cut = found.values()
    assert full.proof is not None
    assert cut.proof is not None
    assert full.proof["theorem"] != cut.proof["theorem"]
    assert full.proof["statement"] != cut.proof["statement"]
    assert "cut system" in cut.statement
    assert "cut system" not in full.statement
    assert set(full.files) - set(cut.files) == {"gated__law_gradient.v"}
    assert full.proof["recheck"].startswith("for file in ")


@needs_coq
@pytest.mark.parametrize("flow", FLOWS)
def test_the_adjoint_of_one_flow_is_not_that_of_the_other(flow: Flow) -> None:
    definition = gated()
    other = adjoint(truncate(definition.program) if flow == "full" else definition.program)
    nodes = tuple(renamed(node, lambda name: name.removesuffix(".recorded")) for node in other.nodes)
    tape = {source.name: source for source in adjoint(definition.program).tape}
    made = instance(definition, flow, replace(other, nodes=nodes, tape=tuple(tape.values())))
    assert isinstance(made, Instance)
    assert isinstance(check(made), Unsettled)


@needs_coq
def test_planted_errors_in_the_adjoint_are_rejected() -> None:
    definition = recurrent("tanh(s) + h", "tanh")
    program = definition.program
    every = list(corruptions(program, adjoint(program)))
    rejected = 0
    for wrong in every[:: max(1, len(every) // 6)]:
        made = instance(definition, "full", wrong.program)
        assert isinstance(made, Instance)
        assert isinstance(check(made), Unsettled), wrong
        rejected += 1
    assert rejected > 5


def test_without_coq_it_is_undecided_and_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for result in results().values():
        assert (result.verdict, result.holds) == ("undecided", None)
        assert result.reason == f"Coq is not installed: {INSTALL}"


def test_coqs_message_is_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    late = Unsettled("Coq did not finish in 60 s")
    monkeypatch.setattr(theorems, "check_all", lambda every: dict.fromkeys(every, late))
    for result in results().values():
        assert (result.verdict, result.reason, result.files) == ("undecided", "Coq did not finish in 60 s", {})


@needs_coq
def test_a_size_that_divides_is_at_least_one() -> None:
    text = "from lstmproof.language import cell, mean\n\n@cell\ndef kept(x, h, *, b):\n    h = 0.5 * h + mean(x) + b\n"
    (definition,) = parse_text(f"{text}    return h\n", "kept.py").cells
    for result in verify_cell(Subject.alone(definition), selection=ASKED).results:
        assert (result.verdict, result.method) == ("proved", "coq"), result.reason
        assert result.assumptions == ("at least one unit along the axis input",)
        assert result.proof is not None
        assert "(1 <= size_input)%nat" in result.proof["statement"]


def test_what_was_decided_is_kept_if_coq_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(theorems, "check_all", interrupted)
    kept: list[CellResults] = []
    asked = Selection(laws=("law.symbolic", "law.gradient"), coq=True)
    with pytest.raises(KeyboardInterrupt):
        list(verify_cells([Subject.alone(gated())], selection=asked, workers=1, unfinished=kept))
    assert (kept[0].results[0].id, kept[0].results[0].verdict) == ("law.symbolic", "proved")


ALWAYS_AT_A_KINK = ("relu(s - s)", "relu"), ("sqrt(0 * s) + s", "sqrt"), ("s / (s - s)", "tanh"), ("abs(0 * s)", "abs")


@pytest.mark.parametrize(("value", "words"), ALWAYS_AT_A_KINK)
def test_a_theorem_whose_hypotheses_never_hold_proves_nothing(
    value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradient, "instance", lambda *_: Instance("", ("t",), "", "", ("s <> 0",)))
    monkeypatch.setattr(theorems, "check_all", lambda every: dict.fromkeys(every, Checked("t", "True")))
    found = verify_cell(Subject.alone(recurrent(value, words)), selection=ASKED)
    assert [result.verdict for result in found.results] == ["undecided"] * 2
    assert "no run was found at which it holds that s <> 0" in found.results[0].reason
    found = verify_cell(Subject.alone(recurrent("relu(s)", "relu")), selection=ASKED)
    assert [(result.verdict, result.assumptions) for result in found.results] == [("proved", ("s <> 0",))] * 2
