"""What the plan decides: what runs once for all steps, what stacks into one product, what one call does at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import islice

import numpy as np
import pytest

from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.truncate import truncate
from lstmproof.catalogue import find, names
from lstmproof.kernels.instructions import Literal
from lstmproof.kernels.kernel import build
from lstmproof.kernels.layout import EinsumCall, ProductCall, Span, UfuncCall
from lstmproof.kernels.phases import Phase, phases
from lstmproof.kernels.plan import Plan, plan
from lstmproof.kernels.scan import ScanPlan
from lstmproof.kernels.sharing import shared
from lstmproof.program.build import neg
from lstmproof.program.expr import references
from lstmproof.program.nodes import Contract, Pointwise
from lstmproof.verify.corrupt_adjoint import corruptions
from tests.calculus.scans import backward, by_label, cell, forward, small_problem
from tests.kernels.agreement import execute

SHARED = """def shared(x, h, *, W, U, V, b):
    i = sigmoid(W @ x + b)
    h = tanh(U @ h) * i
    y = tanh(V @ h) + i
    return h, y
"""


@cache
def plan_of(name: str) -> Plan:
    return plan(find(name).program)


def count(scan: ScanPlan, phase: Phase) -> tuple[int, int, int]:
    """Products, ufunc calls and einsums of a phase."""
    kinds = Counter(type(call) for call in scan.calls[phase])
    return kinds[ProductCall], kinds[UfuncCall], kinds[EinsumCall]


def test_lstm_steps_forward_with_one_product_and_eight_ufuncs() -> None:
    """tanh g; exp, 1 +, 1 / of the gates; i g and f c at once; their sum; tanh c; o tanh c."""
    scan = plan_of("lstm").forward
    assert count(scan, Phase.LOOP) == (1, 8, 0)
    assert count(scan, Phase.BEFORE) == (0, 0, 0)
    assert count(scan, Phase.AFTER) == (0, 0, 0)


def test_lstm_steps_backward_with_one_product_and_few_ufuncs() -> None:
    """Besides adding two cotangents that may be given: those of o's net input and of tanh(c), their sum into c's, and
    those of the other three net inputs and of the old c. NumPy multiplies two rows by one faster in two calls."""
    backward = plan_of("lstm").backward
    calls = backward.calls[Phase.LOOP]
    given = [call for call in calls if isinstance(call, UfuncCall) and call.optional]
    assert [call.optional for call in given] == ["h", "c"]
    assert count(backward, Phase.LOOP) == (1, 7 + len(given), 0)


def test_the_gates_of_lstm_stack_into_one_product() -> None:
    [product] = [call for call in plan_of("lstm").forward.calls[Phase.LOOP] if isinstance(call, ProductCall)]
    assert len(product.blocks) == 4
    assert {term.matrix for affine in product.blocks for term in affine.terms} == {
        f"{kind}_{gate}" for kind in "WU" for gate in "fiog"
    }
    assert {bias for affine in product.blocks for _, bias in affine.biases} == {f"b_{gate}" for gate in "fiog"}


def test_two_gates_of_one_net_input_are_computed_together_and_no_call_does_nothing_but_a_sign() -> None:
    """tanh; -s and beta - s; exp, 1 +, 1 / of both gates; f h, 1 - gate, its product with g, their sum."""
    planned = plan_of("janet_beta")
    assert count(planned.forward, Phase.LOOP) == (1, 10, 0)
    calls = [*planned.backward.calls[Phase.BEFORE], *planned.backward.calls[Phase.LOOP]]
    assert not any(Literal("-1") in call.arguments for call in calls if isinstance(call, UfuncCall))


@pytest.mark.parametrize("value", [0.0, -0.0, 1.5, -800.0, 800.0, 1e-300])
def test_a_difference_the_other_way_round_is_exactly_its_negative(value: float) -> None:
    text = 'def shifted(x: "hidden", h, *, p):\n    h = h * 0 + sigmoid(x - p)\n    return h\n'
    x, p = np.full((1, 1, 1), value), np.array([1.5])
    with np.errstate(over="ignore"):
        expected = 1 / (1 + np.exp(-(x - p)))
    run = build(cell(text).program).forward(x, np.zeros((1, 1)), p=p)
    np.testing.assert_array_equal(run.h, expected)


@pytest.mark.parametrize("name", ["lstm", "janet", "rnn", "lstm_1997", "lstm_forget", "lstm_coupled", "lstm_peephole"])
def test_one_product_gives_the_gradients_of_every_matrix_and_bias(name: str) -> None:
    assert len(plan_of(name).groups) == 1


def test_gru_reset_after_multiplies_its_candidate_by_the_input_before_the_loop() -> None:
    scan = plan_of("gru_reset_after").forward
    before = [call for call in scan.calls[Phase.BEFORE] if isinstance(call, ProductCall)]
    assert [term.matrix for call in before for affine in call.blocks for term in affine.terms] == ["W_n"]


@pytest.mark.parametrize("name", names())
def test_the_gradient_of_the_input_runs_after_the_loop(name: str) -> None:
    backward = plan_of(name).backward
    products, _, _ = count(backward, Phase.AFTER)
    assert products == 1


def test_what_depends_on_no_state_runs_before_the_loop_and_what_feeds_none_after_it() -> None:
    phase = phases(cell(SHARED).program)
    assert {name: phase[name] for name in ("W", "b", "x", "W@x", "i", "U@h", "h", "V@h", "y")} == {
        "W": Phase.FIXED,
        "b": Phase.FIXED,
        "x": Phase.BEFORE,
        "W@x": Phase.BEFORE,
        "i": Phase.BEFORE,
        "U@h": Phase.LOOP,
        "h": Phase.LOOP,
        "V@h": Phase.AFTER,
        "y": Phase.AFTER,
    }
    scan = plan(cell(SHARED).program).forward
    assert count(scan, Phase.LOOP) == (1, 3, 0)  # tanh, its product with i, and h again as an operand of V @ h
    assert count(scan, Phase.BEFORE)[0] == 1
    assert count(scan, Phase.AFTER)[0] == 1


def test_what_is_fixed_runs_once() -> None:
    text = "def halved(x, h, *, W, U, p):\n    h = tanh(W @ x + U @ h) * sigmoid(p)\n    return h\n"
    scan = plan(cell(text).program).forward
    assert [references(fixed.body) for fixed in scan.fixed if not isinstance(fixed.body, Contract)] == [("p",)]
    assert count(scan, Phase.LOOP) == (1, 2, 0)


def test_a_truncated_step_backward_multiplies_nothing() -> None:
    backward = plan(truncate(find("lstm").program)).backward
    assert count(backward, Phase.LOOP)[0] == 0


@pytest.mark.parametrize("name", names())
def test_no_two_values_of_one_slab_are_given_the_same_row_twice(name: str) -> None:
    for scan in (plan_of(name).forward, plan_of(name).backward):
        for rows in (scan.record_rows, scan.work_rows, scan.fixed_rows):
            assert len(set(rows)) == len(rows)


@pytest.mark.parametrize("name", names())
def test_every_call_stays_within_rows_that_lie_side_by_side(name: str) -> None:
    whole = plan_of(name)
    rows = {"tape": whole.forward.record_rows, "flow": whole.backward.record_rows}
    compared = 0
    for scan in (whole.forward, whole.backward):
        own = {**rows, "work": scan.work_rows, "fixed": scan.fixed_rows}
        for span in (span for calls in scan.calls.values() for call in calls for span in spans(call)):
            if span.slab in own:
                start = own[span.slab].index(span.rows[0])
                assert own[span.slab][start : start + len(span.rows)] == span.rows
                compared += 1
    assert compared > 0


def spans(call: UfuncCall | ProductCall | EinsumCall) -> list[Span]:
    arguments = (call.operands,) if isinstance(call, ProductCall) else call.arguments
    return [span for span in (call.out, *arguments) if isinstance(span, Span)]


def test_the_plan_does_not_depend_on_how_the_author_orders_independent_lines() -> None:
    gate = "    {0} = {1}(W_{0} @ x + U_{0} @ h + b_{0})\n"
    head = "def any_lstm(x, h, c, *, " + ", ".join(f"W_{g}, U_{g}, b_{g}" for g in "fiog") + "):\n"
    tail = "    c = f * c + i * g\n    h = o * tanh(c)\n    return h, c\n"
    for order in ("fiog", "giof", "oigf"):
        body = "".join(gate.format(name, "tanh" if name == "g" else "sigmoid") for name in order)
        found = plan(cell(head + body + tail).program)
        assert count(found.forward, Phase.LOOP) == (1, 8, 0)
        assert count(found.backward, Phase.LOOP) == (1, 9, 0)


def test_a_kernel_takes_the_adjoint_that_it_is_given() -> None:
    definition = find("lstm")
    problem = small_problem(definition)
    right = adjoint(definition.program)
    bar = right.node["c.bar"]
    assert isinstance(bar, Pointwise)
    wrong = replace(right, nodes=tuple(replace(bar, expr=neg(bar.expr)) if n is bar else n for n in right.nodes))
    expected = by_label(backward(wrong, problem, forward(definition.program, problem)), problem)
    _, found = execute(build(definition.program, adjoint=wrong), problem)
    _, true = execute(build(definition.program), problem)
    for label, array in expected.items():
        np.testing.assert_allclose(found[label], array, rtol=1e-11, atol=1e-12)
    assert np.any(np.abs(found["W_f"] - true["W_f"]) > 1e-3)


@pytest.mark.parametrize("name", ["rnn", "lstm_1997"])
def test_a_kernel_computes_whatever_adjoint_it_is_given(name: str) -> None:
    """Each wrong adjoint reads its values in ways that no derived one does; rows must be kept for those as well."""
    definition = find(name)
    problem = small_problem(definition)
    ran = forward(definition.program, problem)
    every = corruptions(definition.program, adjoint(definition.program))
    for wrong in islice(every, 0, None, 1 if name == "rnn" else 7):
        expected = by_label(backward(wrong.program, problem, ran), problem)
        _, found = execute(build(definition.program, adjoint=wrong.program), problem)
        for label, array in expected.items():
            what = f"{wrong.where}: {wrong.change}"
            np.testing.assert_allclose(found[label], array, rtol=1e-10, atol=1e-11, err_msg=what)


@pytest.mark.parametrize("name", ["gru_reset_after", "lstm"])
def test_rows_in_an_order_that_nobody_searched_for_hold_the_same(name: str) -> None:
    definition = find(name)
    problem = small_problem(definition)
    searched, plain = build(definition.program), build(definition.program, tries=0)
    assert plain.source != searched.source
    (outputs, gradients), (plain_outputs, plain_gradients) = (execute(each, problem) for each in (searched, plain))
    for label, array in {**outputs, **gradients}.items():
        found = {**plain_outputs, **plain_gradients}[label]
        np.testing.assert_allclose(found, array, rtol=1e-13, atol=1e-14, err_msg=label)


def test_what_coefficients_have_in_common_is_computed_once() -> None:
    """(1 - n^2) (1 - z) is a factor of three cotangents of the GRU with its reset gate after the product, r of two."""
    calls = [call for call in plan_of("gru_reset_after").backward.calls[Phase.BEFORE] if isinstance(call, UfuncCall)]
    assert len([call for call in calls if len(set(call.arguments)) == 1]) == 1
    assert len(calls) == 10


def test_sharing_changes_no_value_and_takes_pairs_in_either_order() -> None:
    head = "def product(x, h, *, W, U, p):\n    s = tanh(U @ h)\n    v = W @ x\n"
    text = head + "    h = v * p * s\n    y = s * v + h\n    return h, y\n"
    definition = cell(text)
    found, problem = shared(definition.program), small_problem(definition)
    assert "h.shared" in found.node
    values, wanted = forward(found, problem).outputs, forward(definition.program, problem).outputs
    for label, array in wanted.items():
        np.testing.assert_allclose(values[label], array, rtol=1e-14)


def test_a_product_that_is_only_summed_has_no_row() -> None:
    """The carousel hands W_k * y on: the gradients of W_k and of y are contractions of its cotangent."""
    backward = plan_of("carousel").backward
    assert not any(isinstance(call, UfuncCall) for call in backward.calls[Phase.BEFORE])
    products = [call for call in backward.calls[Phase.BEFORE] if isinstance(call, ProductCall)]
    assert [term.matrix for call in products for affine in call.blocks for term in affine.terms] == ["W_k"]


def test_a_state_that_gradients_alone_take_at_its_own_step_is_not_repeated() -> None:
    """Its row lies a step further on, and so does the view of it."""
    planned = plan_of("carousel")
    assert not planned.forward.operand
    assert [(group.right.rows, group.right.shift) for group in planned.groups] == [(("x",), 0), (("y[t-1]",), 1)]


def test_cotangents_that_pass_through_are_apart_from_the_rows_of_the_loop() -> None:
    backward = plan_of("lstm").backward
    assert (backward.given_rows, backward.faced_rows["gradient"]) == (("h.cot", "c.cot"), ("x.bar",))
    assert not set(backward.record_rows) & {"h.cot", "c.cot", "x.bar"}
