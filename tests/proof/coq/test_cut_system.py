"""The cut system that the truncated theorem speaks of, and errors planted in the calculus, which decides it apart."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from lstmproof import catalogue
from lstmproof.calculus import carousel as carousels
from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.truncate import truncate
from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.program.expr import Apply, Expr, Ref, substitute
from lstmproof.program.nodes import Pointwise, Program
from lstmproof.program.passes import pruned
from lstmproof.program.typecheck import checked
from lstmproof.proof.coq import cut_system, statement
from lstmproof.proof.coq import instance as instances
from lstmproof.proof.coq.claims import claim_instance
from lstmproof.proof.coq.driver import check, check_all
from lstmproof.proof.coq.instance import instance
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.proof.coq.wording import wording
from lstmproof.proof.findings import findings
from lstmproof.proof.outcome import Unsettled
from lstmproof.readings.flow import Flow
from lstmproof.readings.rounding import magnitudes
from tests.calculus import scans
from tests.proof.coq.files import needs_coq

EPS = float(np.finfo(np.float64).eps)
WEIGHTS = "W: 'hidden input', U: 'hidden hidden', V: 'hidden hidden', p: 'hidden', b: 'hidden', beta=0.5"

MIXED = f"""\
def mixed(x, h, c: "hidden", *, {WEIGHTS}):
    r = sigmoid(W @ x + p * cut(c) + b)
    s = r * h
    g = tanh(U @ s + (beta * V) @ s)
    c = r * c + g
    h = tanh(c) * (s + V @ c)
    return h, c
"""
"""Net inputs of every kind, and a value that is read in them and outside."""


def equations(text: str, flow: Flow = "truncated") -> dict[str, str]:
    """What each local value of a cell is, as the theorem says it."""
    program = scans.cell(text).program
    cut = None if flow == "full" else truncate(program)
    said = wording(program, adjoint(cut or program), cut, cut_system.twofold(program) if cut else frozenset())
    return {word: text.split(":= ")[1] for word, text in statement.definitions(said)}


def one(value: str) -> str:
    """A cell with one local value to look at."""
    body = f"v = {value}\n    h = tanh(W @ x) * beta + v + b\n    c = h * p + U @ c + V @ c + previous(h)"
    return f"def one(x, h, c: 'hidden', *, {WEIGHTS}):\n    {body}\n    return h, c\n"


def test_the_statement_shares_nothing_with_the_calculus() -> None:
    code = "import sys, lstmproof.proof.coq.statement, lstmproof.proof.coq.backward; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "lstmproof.proof.coq.cut_system" in found
    assert not [name for name in found if name.startswith(("lstmproof.calculus", "lstmproof.program.build"))]


VALUES = {
    "h * c": "((h e'old (pred t) i1) * (c e'old (pred t) i1))",
    "p * c": "((p e i1) * (c e0 (pred t) i1))",
    "-(c * p) * h": "((- ((c e0 (pred t) i1) * (p e i1))) * (h e0 (pred t) i1))",
    "(p + b) * c": "(((p e i1) + (b e i1)) * (c e'old (pred t) i1))",
    "p * c / 2 * h": "((((p e i1) * (c e0 (pred t) i1)) / 2) * (h e'old (pred t) i1))",
    "h * cut(p * c)": "((h e'old (pred t) i1) * ((p e0 i1) * (c e0 (pred t) i1)))",
    "cut(p) * c": "((p e0 i1) * (c e'old (pred t) i1))",
    "stop(h) + c": "((h e0 (pred t) i1) + (c e'old (pred t) i1))",
    "p ** 2 * c": "(((p e i1) ^ 2) * (c e'old (pred t) i1))",
    "U @ c": "sum_over size_hidden (fun i2 => (U e i1 i2) * (c e0 (pred t) i2))",
    "dot(h, c)": "sum_over size_hidden (fun i1 => (h e'old (pred t) i1) * (c e'old (pred t) i1))",
    "dot(p, c)": "sum_over size_hidden (fun i1 => (p e i1) * (c e0 (pred t) i1))",
}


@pytest.mark.parametrize(("value", "expected"), VALUES.items(), ids=VALUES)
def test_what_moves_and_what_is_recorded(value: str, expected: str) -> None:
    assert equations(one(value))["v"] == expected


def test_a_copy_reads_old_states_as_recorded_and_the_rest_as_it_moves() -> None:
    found = equations(MIXED)
    assert found["s"] == "((r e t i1) * (h e'old (pred t) i1))"
    assert found["U_s"] == "sum_over size_hidden (fun i2 => (U e i1 i2) * (s e e0 t i2))"
    assert found["beta_V_s"] == "sum_over size_hidden (fun i2 => (beta_V e t i1 i2) * (s e e0 t i2))"
    assert found["V_c"] == "sum_over size_hidden (fun i2 => (V e i1 i2) * (c e t i2))"
    assert "e'old" not in "".join(equations(MIXED, "full").values())


def too_few(program: Program, cut: Program) -> Iterator[Program]:
    """The truncated Program with one node at a time as the cell has it, not cut."""
    needed = pruned(cut).node
    for place, node in enumerate(cut.nodes):
        plain = program.node.get(node.out, node)
        if plain != node and node.out in needed:
            yield replace(cut, nodes=(*cut.nodes[:place], plain, *cut.nodes[place + 1 :]))


def too_many(program: Program, cut: Program) -> Iterator[Program]:
    """The truncated Program with one node at a time that reads old states as recorded and should not."""
    old = {state.old for state in program.states}
    cut = pruned(cut)

    def recorded(ref: Ref) -> Expr:
        return Apply("stop", (ref,)) if ref.name in old else ref

    for place, node in enumerate(cut.nodes):
        if isinstance(node, Pointwise) and node.out in program.node:
            wrong = replace(node, expr=substitute(node.expr, recorded))
            if wrong != node and "stop" not in str(node.expr):
                yield replace(cut, nodes=(*cut.nodes[:place], wrong, *cut.nodes[place + 1 :]))


def other_values(_: Program, cut: Program) -> Iterator[Program]:
    """The truncated Program with one copy at a time that is twice what it should be."""
    for place, node in enumerate(cut.nodes):
        if isinstance(node, Pointwise) and node.out.endswith((".copy", ".recorded")):
            wrong = replace(node, expr=Apply("add", (node.expr, node.expr)))
            yield replace(cut, nodes=(*cut.nodes[:place], wrong, *cut.nodes[place + 1 :]))


CELLS = {"janet": catalogue.find("janet"), "gru": catalogue.find("gru"), "mixed": scans.cell(MIXED)}


@needs_coq
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("planted", [too_few, too_many, other_values], ids=lambda each: each.__name__)
def test_an_error_in_truncate_is_rejected(
    cell: str, planted: Callable[[Program, Program], Iterator[Program]], monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = CELLS[cell]
    wrong = [checked(each) for each in planted(definition.program, truncate(definition.program))]
    assert wrong
    for each in wrong:
        assert judged(definition, each, monkeypatch), each.nodes


def judged(definition: Definition, cut: Program, monkeypatch: pytest.MonkeyPatch) -> str:
    """Coq's message, empty if it accepts; `cut` is put forward as the truncated Program, with its own adjoint."""
    monkeypatch.setattr(instances, "truncate", lambda _: cut)
    made = instance(definition, "truncated")
    assert isinstance(made, Instance)
    found = check(made)
    return found.reason if isinstance(found, Unsettled) else ""


@needs_coq
def test_what_calculus_and_statement_agree_on_is_proved() -> None:
    made = instance(CELLS["mixed"], "truncated")
    assert isinstance(made, Instance)
    assert isinstance(check(made), Checked)


PEEPHOLE = "def kept(x, h, *, W, p, b):\n    f = sigmoid(p * h + b)\n    h = f * h + tanh(W @ x)\n    return h\n"


def carousel_found(text: str) -> Claim:
    """What is found of the carousel of a cell, as a claim."""
    found = {each.result.id: each for each in findings(scans.cell(text), seconds=10)}
    claim = found["finding.carousel_h"].claim
    assert claim is not None
    return claim


@needs_coq
def test_a_carousel_of_a_calculus_that_cuts_nothing_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = claim_instance(carousel_found(PEEPHOLE), scans.cell(PEEPHOLE))
    assert isinstance(sound, Instance)
    monkeypatch.setattr(carousels, "truncate", lambda program: program)
    claim = carousel_found(PEEPHOLE)
    assert "(1 - f)" in claim.text
    wrong = claim_instance(claim, scans.cell(PEEPHOLE))
    assert isinstance(wrong, Instance)
    judged = check_all([sound, wrong])
    assert isinstance(judged[sound], Checked)
    assert isinstance(judged[wrong], Unsettled)


@pytest.mark.parametrize("name", catalogue.names())
def test_the_two_cut_systems_have_one_derivative(name: str) -> None:
    definition = catalogue.find(name)
    problem = scans.small_problem(definition)
    found = scans.gradient(checked(cut_system.cut_program(definition.program)), problem)
    expected = scans.gradient(truncate(definition.program), problem)
    allowed = magnitudes(definition, problem, "truncated").gradients
    for label, array in expected.items():
        assert np.all(np.abs(found[label] - array) <= EPS * allowed[label]), label
