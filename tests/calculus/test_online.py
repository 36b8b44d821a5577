"""The online rule: the truncated gradient forward in time, with the partials of the papers."""

from __future__ import annotations

import numpy as np
import pytest

from lstmproof.calculus.online import NotOnline, online
from lstmproof.calculus.truncate import truncate
from lstmproof.catalogue import find, names
from lstmproof.language.definition import Definition
from lstmproof.problem import Problem
from lstmproof.readings.rounding import magnitudes
from tests.calculus.scans import Array, cell, forward, gradient, scan, small_problem

EPS = float(np.finfo(np.float64).eps)
QUALIFYING = tuple(name for name in names() if name != "gru")


def online_gradient(definition: Definition, problem: Problem) -> dict[str, Array]:
    """Gradients of the parameters by the online rule; its partials start at zero."""
    program = online(definition.program)
    inputs = {**problem.inputs, **{f"{label}.cot": array for label, array in problem.cotangents.items()}}
    return dict(scan(program, problem, inputs, problem.initial, problem.parameters).totals)


def partials(name: str) -> dict[str, tuple[str, ...]]:
    """The axes of each partial that the online rule keeps, by its name."""
    definition = find(name)
    return {s.label: s.axes for s in online(definition.program).states if s.label not in definition.states}


@pytest.mark.parametrize("name", QUALIFYING)
def test_online_is_the_truncated_adjoint(name: str) -> None:
    definition = find(name)
    problem = small_problem(definition, T=4)
    found = online_gradient(definition, problem)
    expected = gradient(truncate(definition.program), problem)
    allowed = magnitudes(definition, problem, "truncated").gradients
    assert set(found) == set(problem.parameters)
    for label, array in found.items():
        assert array.shape == expected[label].shape
        assert np.all(np.abs(array - expected[label]) <= EPS * allowed[label]), label


@pytest.mark.parametrize("name", QUALIFYING)
def test_online_runs_forward_without_a_tape_and_changes_no_value(name: str) -> None:
    definition = find(name)
    program = online(definition.program)
    assert program.direction == "forward"
    assert program.tape == ()
    problem = small_problem(definition)
    inputs = {**problem.inputs, **{f"{label}.cot": array for label, array in problem.cotangents.items()}}
    found = scan(program, problem, inputs, problem.initial, problem.parameters).outputs
    for label, array in forward(definition.program, problem).outputs.items():
        np.testing.assert_array_equal(found[label], array)


def test_online_does_not_apply_to_a_gru() -> None:
    """r reaches h(t) through U_n @ (r * h): a path from a net input that is not pointwise."""
    with pytest.raises(NotOnline, match="gru: d h / d W_r@x passes through a contraction: it mixes units"):
        online(find("gru").program)


@pytest.mark.parametrize("term", ["dot(h, h) * h", "dot(sigmoid(W @ x), h) * h"])
def test_online_does_not_apply_where_a_carried_state_mixes_units(term: str) -> None:
    text = f"def mixing(x, h, *, W, b: 'hidden'):\n    h = tanh(W @ x + b) + {term} + 0.5 * h\n    return h\n"
    with pytest.raises(NotOnline, match=r"mixing: .* it mixes units"):
        online(cell(text).program)


def test_the_kept_partials_of_the_1997_block_are_those_of_the_paper() -> None:
    """Appendix A.1, eqs. 26 to 28: ds/dw for the input gate and for the cell input; the output gate keeps none."""
    kept = partials("lstm_1997_block")
    assert kept == {
        "ds/dW_in@W_in@x": ("block", "unit", "input"),
        "ds/dU_in@U_in@y": ("block", "unit", "block", "unit"),
        "ds/db_in@y_in": ("block", "unit"),
        "ds/dW_c@W_c@x": ("block", "unit", "input"),
        "ds/dU_c@U_c@y": ("block", "unit", "block", "unit"),
        "ds/db_c@sigmoid.1": ("block", "unit"),
    }


def test_the_forget_gate_adds_its_own_partials() -> None:
    """Gers, Schmidhuber & Cummins (2000), eqs. 3.10 to 3.12: of cell input, input gate and forget gate."""
    kept = {name.split("@")[0] for name in partials("lstm_forget")}
    assert kept == {f"ds/d{kind}_{gate}" for kind in "WUb" for gate in ("in", "phi", "c")}


def test_a_plain_network_carries_nothing() -> None:
    assert partials("rnn") == {}


def test_one_set_of_partials_for_each_place_where_a_parameter_enters() -> None:
    text = (
        "def twice(x, h, *, W, p):\n"
        "    i = sigmoid(W @ x + p)\n    g = tanh(W @ x * p)\n    h = i * h + (1 - i) * g\n    return h\n"
    )
    definition = cell(text)
    problem = small_problem(definition, T=4)
    kept = [s.label for s in online(definition.program).states if s.label != "h"]
    assert len([label for label in kept if label.startswith("dh/dp@")]) == 2
    assert len([label for label in kept if label.startswith("dh/dW@")]) == 2
    expected = gradient(truncate(definition.program), problem)
    for label, array in online_gradient(definition, problem).items():
        np.testing.assert_allclose(array, expected[label], rtol=1e-11, atol=1e-12)


def test_an_authors_name_is_no_other_value() -> None:
    """A local `db` beside a parameter `b`."""
    definition = cell("def named(x, s, *, W, b):\n    db = tanh(W @ x + b)\n    s = s + db\n    return s\n")
    problem = small_problem(definition, T=4)
    expected = gradient(truncate(definition.program), problem)
    for label, array in online_gradient(definition, problem).items():
        np.testing.assert_allclose(array, expected[label], rtol=1e-11, atol=1e-12)


def test_several_carried_states_reach_each_other() -> None:
    text = (
        "def chain(x, a, b, *, W: 'hidden input', V: 'hidden input', p: 'hidden'):\n"
        "    f = sigmoid(V @ x + p)\n    a = f * a + tanh(W @ x)\n    b = f * b + a * previous(b) + sigmoid(p)\n"
        "    return a, b\n"
    )
    definition = cell(text)
    problem = small_problem(definition, T=4)
    expected = gradient(truncate(definition.program), problem)
    for label, array in online_gradient(definition, problem).items():
        np.testing.assert_allclose(array, expected[label], rtol=1e-11, atol=1e-12)


BUILT_OF_PARAMETERS = {
    "a bare parameter": ("p: 'hidden'", "h = p"),
    "one that this step reads too": ("p: 'hidden'", "h = p\n    s = s * x + h * x"),
    "a product of parameters": ("V: 'hidden other', q: 'other', p: 'hidden'", "h = V @ q + p * p"),
    "one beside a constant's function": ("p: 'hidden', k=0.5", "h = h * x + relu(p - exp(k))"),
    "one that another state keeps": ("p: 'hidden'", "h = sigmoid(p)\n    s = s * previous(h) + x"),
}


@pytest.mark.parametrize(("parameters", "body"), BUILT_OF_PARAMETERS.values(), ids=BUILT_OF_PARAMETERS)
def test_a_state_may_be_built_of_parameters_alone(parameters: str, body: str) -> None:
    states = "h: 'hidden', s: 'hidden'" if "s =" in body else "h: 'hidden'"
    returned = "h, s, y" if "s =" in body else "h, y"
    definition = cell(
        f"def kept(x: 'hidden', {states}, *, {parameters}):\n    y = x * h\n    {body}\n    return {returned}\n"
    )
    problem = small_problem(definition, T=4)
    expected = gradient(truncate(definition.program), problem)
    for label, array in online_gradient(definition, problem).items():
        np.testing.assert_allclose(array, expected[label], rtol=1e-11, atol=1e-12)
