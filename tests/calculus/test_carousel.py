"""The carousel of every state: as the papers write it, and against the tangent of the truncated program."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstmproof.calculus.carousel import carousel
from lstmproof.calculus.elementwise import NotElementwise
from lstmproof.calculus.tangent import tangent
from lstmproof.calculus.truncate import truncate
from lstmproof.catalogue import find, names
from lstmproof.language.definition import Definition
from lstmproof.problem import Problem
from lstmproof.program.expr import Apply, Expr, Ref, references
from lstmproof.program.nodes import Output, Pointwise, Program, Source
from lstmproof.program.printing import expression_text
from lstmproof.program.typecheck import checked
from tests.calculus.scans import Array, arguments, cell, doubled, forward, scan, small_problem

ONE_STEP = (
    ("carousel", "y", "1"),
    ("rnn", "h", "0"),
    ("rnn_logistic", "h", "0"),
    ("lstm_1997", "s", "1"),
    ("lstm_1997", "y", "0"),
    ("lstm_1997_block", "s", "1"),
    ("lstm_1997_block", "y", "0"),
    ("lstm_forget", "s", "y_phi(t)"),
    ("lstm", "c", "f(t)"),
    ("lstm", "h", "0"),
    ("lstm_peephole", "c", "f(t)"),
    ("lstm_peephole_full", "c", "f(t)"),
    ("lstm_coupled", "c", "f(t)"),
    ("lstm_coupled_input", "c", "1 - i(t)"),
    ("janet", "h", "f(t)"),
    ("janet_beta", "h", "f(t)"),
    ("gru", "h", "z(t)"),
    ("gru_reset_after", "h", "z(t)"),
)
MIXED = "def mixed(x, h, *, W):\n    h = tanh(W @ x) + dot(h, h) * h\n    return h\n"
CYCLE = (
    "def cycle(x: 'hidden', a, b):\n    f = sigmoid(x)\n    u = f * a + x * b\n    b = f * b - x * a\n    a = u\n"
    "    return a, b\n"
)


@pytest.mark.parametrize(("name", "state", "expected"), ONE_STEP)
def test_one_step_is_what_the_paper_says(name: str, state: str, expected: str) -> None:
    program = find(name).program
    text = expression_text(carousel(program, state), program)
    assert text in (expected, expected.replace("(t)", ""))


@pytest.mark.parametrize("lag", [1, 2, 3])
@pytest.mark.parametrize("name", names())
def test_every_carousel_is_the_tangent_of_the_cut_system(name: str, lag: int) -> None:
    definition = find(name)
    for state in definition.states:
        assert_is_the_tangent(definition, state, lag)


@pytest.mark.parametrize("lag", [1, 2, 3, 4])
@pytest.mark.parametrize("state", ["a", "b"])
def test_paths_through_other_states_count(state: str, lag: int) -> None:
    assert_is_the_tangent(cell(CYCLE), state, lag)


def test_in_a_cycle_the_lagged_derivative_is_no_product_of_one_step_factors() -> None:
    definition = cell(CYCLE)
    problem = small_problem(definition, T=2)
    once, twice = (carousel(definition.program, "a", lag) for lag in (1, 2))
    last, before = (value_of(once, definition, problem, "a", at) for at in (1, 0))
    assert np.abs(value_of(twice, definition, problem, "a") - last * before).max() > 1e-2


def test_two_steps_of_lstm_are_the_product_of_its_forget_gates() -> None:
    assert carousel(find("lstm").program, "c", lag=2) == Apply("mul", (Ref("f"), Ref("f[t-1]")))


@pytest.mark.parametrize("lag", [1, 2, 5])
def test_the_1997_carousel_is_one_at_every_lag(lag: int) -> None:
    program = find("lstm_1997").program
    assert expression_text(carousel(program, "s", lag), program) == "1"


def test_a_state_that_mixes_units_has_no_carousel() -> None:
    definition = cell(MIXED)
    with pytest.raises(NotElementwise, match="passes through a contraction: it mixes units"):
        carousel(definition.program, "h")


@pytest.mark.parametrize("lag", [0, -1])
def test_a_lag_below_one_is_refused(lag: int) -> None:
    with pytest.raises(ValueError, match=f"a lag is at least 1, found {lag}"):
        carousel(find("lstm").program, "c", lag)


def test_an_unknown_state_is_refused_with_those_there_are() -> None:
    with pytest.raises(KeyError, match="lstm has no state s; its states are h, c"):
        carousel(find("lstm").program, "s")


def assert_is_the_tangent(definition: Definition, state: str, lag: int) -> None:
    """Moving every unit of the state at t = 0 moves it at t = lag by the product of the carousel and the move."""
    problem = small_problem(definition, T=lag)
    move = {label: np.zeros_like(array) for label, array in arguments(problem).items()}
    move[f"{state}0"] = np.random.default_rng(9).normal(size=move[f"{state}0"].shape)
    dots = scan(tangent(truncate(definition.program)), problem, *doubled(problem, move)).outputs
    slope = value_of(carousel(definition.program, state, lag), definition, problem, state)
    np.testing.assert_allclose(dots[f"{state}.dot"][-1], slope * move[f"{state}0"], rtol=1e-12, atol=1e-14)


def value_of(expr: Expr, definition: Definition, problem: Problem, state: str, at: int = -1) -> Array:
    """An expression over the axes of `state`, as it reads at one step of a run, names such as `f[t-2]` before it."""
    cut = truncate(definition.program)
    values = forward(cut, problem).values
    sources, inputs = [], {}
    for reference in references(expr):
        name, earlier = _taken_apart(reference, cut)
        moving = values[name].ndim == len(cut.axes[name]) + 2
        here = values[name][at - earlier] if moving else values[name]
        inputs[reference] = np.broadcast_to(here, (1, problem.batch, *here.shape[moving:]))
        sources.append(Source(reference, cut.axes[name]))
    node = Pointwise("carousel of it", definition.states[state], expr)
    program = Program("value", tuple(sources), (), (), (), (node,), (Output("value", node.out),))
    found = scan(checked(program), replace(problem, T=1), inputs, {}, {})
    return np.asarray(found.outputs["value"][0])


def _taken_apart(reference: str, program: Program) -> tuple[str, int]:
    """A name of the program, and how many steps before."""
    if reference in program.axes:
        return reference, 0
    stem, _, steps = reference.removesuffix("]").rpartition("[t-")
    state = {each.label: each.new for each in program.states}
    return state.get(stem, stem), int(steps)


def test_a_factor_that_doubles_with_every_line_is_refused_at_once() -> None:
    """Written out, the derivative of 60 squares of squares has 2^60 terms."""
    lines = "    s = x * h\n" + "    s = s * s\n" * 60
    definition = cell(f"def high(x: 'hidden', h: 'hidden'):\n{lines}    h = s\n    return h\n")
    with pytest.raises(NotElementwise, match=r"d h / d h\[t-1\] has more than 10,000 terms"):
        carousel(definition.program, "h")
