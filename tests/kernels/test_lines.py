"""The lines of emitted modules that give each value of the adjoint."""

from __future__ import annotations

import re

import pytest

from lstmproof import catalogue
from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.truncate import truncate
from lstmproof.kernels.kernel import Kernel, build, compiled
from lstmproof.kernels.lines import located, marked, result, unmarked
from lstmproof.program.expr import ZERO
from lstmproof.program.nodes import Pointwise, Program


def line_of(kernel: Kernel, name: str) -> str:
    return kernel.source.splitlines()[kernel.lines[name].number - 1].strip()


EXPECTED = {
    "h.bar": "add(d_h_prev, given_h, d_h_prev)",
    "c.bar": "add(d_c, given_c, d_c)",
    "c[t-1].bar": "multiply(f, d_c, d_c_prev)",
    "h[t-1].bar": "dot_matrix_2(d_U_g_h_to_d_U_o_h, d_h_prev_2)",
    "U_f@h.bar": "multiply(d_U_f_h, d_c, d_U_f_h)",
    "W_f@x.bar": "multiply(d_U_f_h, d_c, d_U_f_h)",
}


@pytest.mark.parametrize(("name", "line"), EXPECTED.items(), ids=EXPECTED)
def test_a_value_is_given_by_the_line_that_writes_it(name: str, line: str) -> None:
    kernel = build(catalogue.find("lstm").program)
    assert line_of(kernel, name) == line
    assert kernel.lines[name].whole


def test_a_value_that_was_merged_is_within_the_line_of_its_reader() -> None:
    kernel = build(catalogue.find("lstm").program)
    assert not kernel.lines["f.bar"].whole
    assert line_of(kernel, "f.bar") == EXPECTED["U_f@h.bar"]


@pytest.mark.parametrize("name", catalogue.names())
@pytest.mark.parametrize("cut", [False, True])
def test_every_value_has_a_line_of_the_backward_pass(name: str, cut: bool) -> None:
    program = catalogue.find(name).program
    program = truncate(program) if cut else program
    kernel, backward = build(program), adjoint(program)
    lines = kernel.source.splitlines()
    first = next(at for at, line in enumerate(lines, 1) if re.match(r"def _gradients_*\(", line))
    last = next(at for at, line in enumerate(lines, 1) if at > first and line == "    }")
    assert reached(backward) <= kernel.lines.keys()
    for value in reached(backward):
        assert first < kernel.lines[value].number < last
        assert "(" in lines[kernel.lines[value].number - 1]


def reached(backward: Program) -> set[str]:
    """The cotangents that are not 0, and that anything which leaves the program depends on."""
    live = {each.value for each in (*backward.outputs, *backward.totals)} | {state.new for state in backward.states}
    for node in reversed(backward.nodes):
        if node.out in live:
            live |= set(node.operands)
    zero = {node.out for node in backward.nodes if isinstance(node, Pointwise) and node.expr == ZERO}
    return {node.out for node in backward.nodes if node.out in live} - zero


@pytest.mark.parametrize("name", catalogue.names())
def test_every_gradient_has_the_line_that_returns_it(name: str) -> None:
    definition = catalogue.find(name)
    kernel = build(definition.program)
    labels = [*definition.parameters, *definition.inputs, *(f"{state}0" for state in definition.states)]
    for label in labels:
        assert line_of(kernel, result(label)).startswith(f"'{label}': ")


def test_no_mark_stays_in_the_source() -> None:
    assert "\0" not in build(catalogue.find("lstm_1997_block").program).source


def test_marks_are_taken_off_and_counted() -> None:
    source, places = unmarked("\n".join([marked("a", ["x"]), "b", marked("c", ["x", "y, z"])]))
    assert source == "a\nb\nc"
    assert places == {"x": (1, 3), "y, z": (3,)}


def test_a_value_that_nothing_gives_has_no_line() -> None:
    program = catalogue.find("rnn").program
    assert located(adjoint(program), adjoint(program), {}, {}) == {}


def test_a_module_known_by_its_text_alone_has_no_lines() -> None:
    assert compiled(build(catalogue.find("rnn").program).source).lines == {}
