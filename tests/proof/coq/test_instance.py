"""Instances of the gradient theorem: what they say, whatever Program is put forward as the adjoint."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lstmproof import catalogue
from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.truncate import truncate
from lstmproof.program.expr import ONE
from lstmproof.program.nodes import Contract, Node, Operand, Pointwise
from lstmproof.proof.coq import statement
from lstmproof.proof.coq.driver import check, check_all
from lstmproof.proof.coq.instance import instance
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.proof.coq.wording import wording
from lstmproof.proof.outcome import Unsettled
from lstmproof.readings.flow import Flow
from lstmproof.verify.laws.symbolic import FLOWS
from tests.calculus import scans
from tests.proof.coq.files import needs_coq

KINKS = """\
def kinks(x: "hidden", h, *, U, b):
    r = relu(U @ h + x)
    m = maximum(r, b)
    d = m / h
    h = hard_sigmoid(d)
    return h
"""

SHADOWS = """\
def shadows(x: "t", e, *, S, T, sum_over, i1: "t", value=2.0):
    sigmoid_1 = S @ x + T @ e + sum_over
    e = tanh(sigmoid_1) * value + dot(i1, x)
    return e
"""


REPEATED = """\
def repeated(x, h: "block unit", *, W: "block input", b: "block"):
    g = sigmoid(W @ x + b)
    h = g * h + (1 - g) * tanh(h) * g
    return h
"""
"""A value that one node reads several times along an axis of which it has one entry: the adjoint has a sum for each."""


def test_the_statement_is_the_same_for_any_adjoint_but_for_the_adjoint_itself() -> None:
    program = catalogue.find("lstm").program
    derived = adjoint(program)
    wrong = replace(derived, nodes=tuple(_corrupted(node) for node in derived.nodes))
    right, other = wording(program, derived), wording(program, wrong)
    for part in (statement.quantified, statement.definitions, statement.premises, statement.conclusion):
        assert part(right) == part(other)


def _corrupted(node: Node) -> Node:
    return replace(node, expr=ONE) if isinstance(node, Pointwise) and node.out == "f.bar" else node


@needs_coq
@pytest.mark.parametrize("flow", FLOWS)
def test_a_wrong_adjoint_is_rejected(flow: Flow) -> None:
    definition = catalogue.find("janet")
    program = definition.program if flow == "full" else truncate(definition.program)
    derived = adjoint(program)
    wrong = replace(derived, nodes=tuple(_corrupted(node) for node in derived.nodes))
    made = instance(definition, flow, wrong)
    assert isinstance(made, Instance)
    found = check(made)
    assert isinstance(found, Unsettled)
    assert "No applicable tactic" in found.reason


def test_kinks_domains_and_divisors_are_hypotheses() -> None:
    made = instance(scans.cell(KINKS), "full")
    assert isinstance(made, Instance)
    assert made.hypotheses == (
        "(U @ h(t-1) + x) != 0 at every step and position, in r",
        "b - r != 0 at every step and position, in m",
        "h(t-1) != 0 at every step and position, in d",
        "3 - d != 0 at every step and position, in h",
        "d + 3 != 0 at every step and position, in h",
    )


@needs_coq
def test_kinks_shadowed_names_and_values_read_several_times_are_treated() -> None:
    kinks = instance(scans.cell(KINKS), "full")
    made = [kinks, *(instance(scans.cell(text), flow) for text in (REPEATED, SHADOWS) for flow in FLOWS)]
    found = check_all(each for each in made if isinstance(each, Instance))
    assert len(found) == len(made)
    assert all(isinstance(each, Checked) for each in found.values()), found


def test_a_form_that_is_out_of_reach_is_said() -> None:
    definition = scans.cell("def twisted(x: 'hidden', h, *, U):\n    h = tanh(U @ h + x)\n    return h\n")
    twisted = [
        replace(node, factors=(*node.factors, Operand("U", node.factors[0].indices[::-1])))
        if isinstance(node, Contract)
        else node
        for node in definition.program.nodes
    ]
    found = instance(replace(definition, program=replace(definition.program, nodes=tuple(twisted))), "full")
    assert isinstance(found, Unsettled)
    assert "no common order" in found.reason
