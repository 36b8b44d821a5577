"""The steps of a derivation: their order, their rules, what they give, and what a wrong one looks like."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from lstmproof import catalogue
from lstmproof.calculus.adjoint import adjoint, derive
from lstmproof.kernels.kernel import build
from lstmproof.program.expr import Apply, Number
from lstmproof.program.nodes import Pointwise
from lstmproof.study.recheck import Recheck, recheck
from lstmproof.study.steps import Step, steps


def steps_of(name: str) -> tuple[Step, ...]:
    definition = catalogue.find(name)
    derived = derive(definition.program)
    return steps(definition, derived, build(definition.program), recheck(definition, derived, 0))


def told(step: Step) -> list[str]:
    """Each line of a step: its formula, and its rules in brackets."""
    return [
        f"{line.formula.left.text} {'+=' if line.formula.adds else '='} {line.formula.right.text} "
        f"[{'; '.join(rule.words for rule in line.rules)}]"
        for line in step.lines
    ]


def test_the_equations_come_in_reverse_and_each_once() -> None:
    found = steps_of("lstm")
    lefts = [step.equation.left.text if step.equation else "" for step in found]
    assert lefts == ["h(t)", "c(t)", "g", "o", "i", "f", ""]
    places = [step.place for step in found if step.equation]
    assert places == sorted(places, reverse=True)


def test_a_product_hands_on_by_the_product_rule() -> None:
    """The error that reaches f is d_c c(t-1), with c(t-1) before the update."""
    update = steps_of("lstm")[1]
    arrived = "output: what the loss gives; state: what the next step hands back; shared value: contributions add"
    assert told(update) == [
        f"d_c = dL_c + next_c(t) + d_h * o * (1 - tanh(c(t)) * tanh(c(t))) [{arrived}]",
        "d_f = d_c * c(t-1) [product rule]",
        "d_i = d_c * g [product rule]",
        "d_g = d_c * i [product rule]",
        "next_c(t-1) = d_c * f [product rule]",
    ]


def test_a_gate_hands_on_through_its_net_input() -> None:
    gate = steps_of("lstm")[5]
    assert told(gate) == [
        "d_net_f = d_f * f * (1 - f) [chain rule through sigmoid]",
        "next_h(t-1) += d_net_f @ U_f [linear map: the transpose]",
        "dL/dx(t) += d_net_f @ W_f [linear map: the transpose]",
        "dL/dW_f = sum over t of outer(d_net_f, x) [parameter: an outer product, summed over time]",
        "dL/dU_f = sum over t of outer(d_net_f, h(t-1)) [parameter: an outer product, summed over time]",
        "dL/db_f = sum over t of d_net_f [parameter: summed over time]",
    ]
    rule = gate.lines[0].rules[0].formula
    assert rule is not None
    assert (rule.text, rule.latex) == (
        "sigmoid' = f * (1 - f)",
        r"\sigma' = f(t) \odot \left(1 - f(t)\right)",
    )


def test_what_serves_several_units_is_summed_over_them() -> None:
    output = steps_of("lstm_1997_block")[0]
    assert told(output)[1].endswith("[product rule; one value serves every unit: summed over them]")


def test_what_several_equations_read_is_collected_at_the_end() -> None:
    last = steps_of("janet")[-1]
    assert [line.value for line in last.lines] == ["h[t-1]", "x"]
    assert told(last)[1] == "dL/dx(t) = d_net_g @ W_c + d_net_f @ W_f [shared value: contributions add]"


@pytest.mark.parametrize("name", catalogue.names())
def test_every_step_is_checked_and_every_line_has_its_code(name: str) -> None:
    for step in steps_of(name):
        assert step.holds
        assert step.compared > 0
        for line in step.lines:
            assert line.rules
            assert line.code is not None
            assert line.formula.left.latex != line.formula.right.latex


@pytest.mark.parametrize("name", catalogue.names())
def test_the_steps_give_every_gradient(name: str) -> None:
    definition = catalogue.find(name)
    given = {line.value for step in steps_of(name) for line in step.lines}
    wanted = {*definition.parameters, *definition.inputs, *(state.old for state in definition.program.states)}
    derived = derive(definition.program)
    assert wanted & derived.cotangents.keys() <= given


def test_a_planted_error_shows_at_its_step_and_at_those_that_follow_from_it() -> None:
    definition = catalogue.find("lstm")
    derived = derive(definition.program)
    bar = derived.cotangents["c"]
    twice = tuple(
        replace(node, expr=Apply("mul", (node.expr, Number(Fraction(2)))))
        if isinstance(node, Pointwise) and node.out == bar
        else node
        for node in derived.program.nodes
    )
    wrong = replace(derived, program=replace(derived.program, nodes=twice))
    found = steps(definition, wrong, build(definition.program), recheck(definition, wrong, 0))
    verdicts = {step.equation.left.text if step.equation else "sums": step.holds for step in found}
    assert not verdicts["c(t)"]
    assert not verdicts["sums"]


def test_a_step_that_compared_nothing_is_not_checked() -> None:
    definition = catalogue.find("rnn")
    nothing = Recheck({}, {}, 0, 0)
    found = steps(definition, derive(definition.program), build(definition.program), nothing)
    assert not any(step.holds for step in found)


def test_a_step_of_which_one_value_was_not_compared_is_not_checked() -> None:
    definition = catalogue.find("lstm")
    derived = derive(definition.program)
    whole = recheck(definition, derived, 0)
    for left_out, touched in (("f", {"f"}), ("b_f", {"f"}), ("h0", {"g", "o", "i", "f", "sums"})):
        part = replace(whole, compared={value: n for value, n in whole.compared.items() if value != left_out})
        found = steps(definition, derived, build(definition.program), part)
        unchecked = {step.equation.left.text if step.equation else "sums" for step in found if step.compared == 0}
        assert unchecked == touched
        assert all(step.holds == (step.compared > 0) for step in found)


def test_a_derivation_says_where_each_term_comes_from() -> None:
    derived = derive(catalogue.find("lstm").program)
    assert derived.program == adjoint(catalogue.find("lstm").program)
    sources = {(each.node, each.value) for each in derived.contributions}
    assert {("", "h"), ("", "c"), ("c", "f"), ("h", "o"), ("W_f@x", "W_f"), ("W_f@x", "x")} <= sources
