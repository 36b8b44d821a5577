"""Findings: what is known of every cell of the catalogue with nothing asked, and of cells made up here."""

from __future__ import annotations

import re

import pytest

from lstmproof.catalogue import find, names
from lstmproof.language.parser import parse_text
from lstmproof.proof.findings import UNDEFINED, findings
from lstmproof.verdict import Result
from tests.proof.established import established

BOUNDS = {
    ("carousel", "y"): "no number bounds y for all weights and inputs",
    ("rnn", "h"): "|h(t)| < 1",
    ("lstm_1997", "s"): "no number bounds s for all weights and inputs",
    ("lstm_1997", "y"): "|y(t)| < 1",
    ("lstm", "c"): "no number bounds c for all weights and inputs",
    ("lstm_coupled", "c"): "|c| <= max(|c0|, 1)",
    ("janet", "h"): "|h| <= max(|h0|, 1)",
    ("janet_beta", "h"): "|h| <= max(|h0|, e^beta)",
    ("gru", "h"): "|h| <= max(|h0|, 1)",
}


def found(name: str) -> dict[str, Result]:
    return {each.result.id: each.result for each in established(name)}


@pytest.mark.parametrize("name", names())
def test_every_state_has_a_carousel_a_bound_or_none_and_a_flow(name: str) -> None:
    results = found(name)
    for state in find(name).states:
        for what in ("carousel", "bound", "flow"):
            result = results[f"finding.{what}_{state}"]
            assert result.kind == "finding"
            assert result.verdict == "proved"
            assert result.holds
            assert result.proof
    for (cell, state), statement in BOUNDS.items():
        if cell == name:
            assert results[f"finding.bound_{state}"].statement == statement


def test_a_gated_memory_in_full() -> None:
    results = found("lstm")
    assert results["finding.carousel_c"].statement == "carousel(c) = f, in (0, 1)"
    assert results["finding.growth_c"].statement == "|c(t)| <= |c(0)| + t"
    geometric = results["finding.geometric_c"]
    assert geometric.statement == "|c| <= max(|c0|, 1 / (1 - F))"
    assert "f <= F at every step" in geometric.assumptions
    assert "half-life 2.213, time constant 3.718" in results["finding.memory_c"].statement
    assert "[f * (1 - f) * c(t-1)] through U_f@h" in results["finding.flow_c"].statement


def test_what_a_peephole_adds_to_the_full_flow() -> None:
    statement = found("lstm_peephole")["finding.flow_c"].statement
    assert "p_f * (f * (1 - f)) * c(t-1)" in statement
    assert "(truncated: f)" in statement


MADE_UP = {
    "h = relu(W @ x + U @ h + b)": ("carousel(h) = 0", None),
    "h = 2 * h + tanh(W @ x + U @ h + b)": ("carousel(h) = 2", "no number bounds h for all weights and inputs"),
    "h = 0.5 * h + tanh(W @ x + U @ h + b)": ("carousel(h) = 0.5", "|h| <= max(|h0|, 2)"),
    "h = -h + 0 * tanh(W @ x + U @ h + b)": ("carousel(h) = -1", "|h| <= max(|h0|, 1)"),
    "h = sigmoid(W @ x + b) * h + U @ h": ("carousel(h) = sigmoid(W @ x + b), in (0, 1)", None),
    "h = W @ x + b * h + U @ h": ("carousel(h) = 0", None),
}


@pytest.mark.parametrize(("body", "expected"), MADE_UP.items(), ids=MADE_UP)
def test_a_new_cell_gets_them_with_no_work(body: str, expected: tuple[str, str | None]) -> None:
    words = "from lstmproof.language import cell, relu, sigmoid, tanh\n\n\n"
    text = f"{words}@cell\ndef mine(x, h, *, W, U, b):\n    {body}\n    return h\n"
    (definition,) = parse_text(text, "mine.py").cells
    results = {each.result.id: each.result for each in findings(definition, seconds=10)}
    assert results["finding.carousel_h"].statement == expected[0]
    bound = results["finding.bound_h"]
    if expected[1] is not None:
        assert (bound.verdict, bound.statement) == ("proved", expected[1])
    elif bound.verdict == "proved":
        assert bound.statement.startswith("no number bounds")


def made(body: str) -> dict[str, Result]:
    """The findings of a cell with these equations; its parameters are the names with a `_` that it reads."""
    parameters = ", ".join(dict.fromkeys(re.findall(r"\b[A-Za-z]_\w+", body)))
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    words = "from lstmproof.language import cell, exp, log, sigmoid, tanh\n\n\n"
    text = f"{words}@cell\ndef mine(x, h, *, {parameters}):\n{lines}    return h\n"
    (definition,) = parse_text(text, "mine.py").cells
    return {each.result.id: each.result for each in findings(definition, seconds=1)}


def test_paths_through_several_products_are_told() -> None:
    twice = made("h = 0.5 * h + tanh(W_c @ x) * tanh(U_c @ sigmoid(U_r @ h))")["finding.flow_h"].statement
    assert twice == "d h(t)/d h(t-1) = 0.5 + paths through several products (truncated: 0.5)"
    thrice = made("h = 0.5 * h + tanh(W_c @ x + U_a @ tanh(U_b @ tanh(U_c @ h)))")["finding.flow_h"].statement
    assert thrice == "d h(t)/d h(t-1) = 0.5 + paths through several products (truncated: 0.5)"
    held = made("a = U_c @ sigmoid(U_r @ h)\nh = 0.5 * h + tanh(W_c @ x) + 0 * a")["finding.flow_h"].statement
    assert held == "d h(t)/d h(t-1) = 0.5 in both flows"
    peephole = found("lstm_peephole_full")["finding.flow_h"].statement
    assert peephole.count("paths through several products") == 2
    assert "several" not in found("lstm")["finding.flow_h"].statement


NOT_EVERYWHERE = "h = h + sigmoid(b_0) / (W_0 @ x)", "q = log(-1 - h * h)\nh = 0.5 * h + 0 * q + W_0 @ x"


@pytest.mark.parametrize("body", NOT_EVERYWHERE)
def test_nothing_is_found_of_a_cell_that_may_have_no_value(body: str) -> None:
    for result in made(body).values():
        assert (result.verdict, result.reason) == ("undecided", UNDEFINED)
    assert made("h = 0.5 * h + 1 / (2 + tanh(W_0 @ x))")["finding.carousel_h"].verdict == "proved"


KEPT = "h = f * h + (1 - f) * tanh(W_c @ x)"


@pytest.mark.parametrize(
    "gate",
    [
        "sigmoid(sigmoid(W_f @ x + b_f))",
        "sigmoid(W_f @ x + b_f + 2 * b_f)",
        "sigmoid(W_f @ x + b_f + b_f)",
        "sigmoid(W_f @ x + b_f - b_f * h)",
        "sigmoid(W_f @ (b_f * h) + b_f)",
        "sigmoid(W_f @ x + 2 * b_f)",
        "sigmoid(W_f @ x + b_f + 1)",
        "sigmoid(exp(W_f @ x) + b_f)",
        "sigmoid(W_f @ x + a_f + b_f)",
    ],
)
def test_no_memory_of_a_gate_whose_bias_is_not_one_plain_term(gate: str) -> None:
    assert "finding.memory_h" not in made(f"f = {gate}\n{KEPT}")


def test_memory_of_a_bias_that_is_added_or_subtracted_once() -> None:
    added = made(f"s = W_f @ x + b_f\nf = sigmoid(s)\n{KEPT}")["finding.memory_h"]
    assert "b_f = 1: 0.7311 a step" in added.statement
    assert "b_f = -1: 0.7311 a step" in made(f"f = sigmoid(W_f @ x - b_f)\n{KEPT}")["finding.memory_h"].statement
    less = made("i = sigmoid(W_i @ x - b_i)\nh = (1 - i) * h + i * tanh(W_c @ x)")["finding.memory_h"]
    assert "b_i = 1: 0.7311 a step" in less.statement


def test_a_name_that_is_bound_again_is_told_by_its_line() -> None:
    results = made("f = sigmoid(W_f @ x + b_f)\nc = f * h\nf = 4 * f\nh = c + f * tanh(W_c @ x)")
    assert results["finding.carousel_h"].statement == "carousel(h) = (f[line 6]), in (0, 1)"
    assert results["finding.flow_h"].statement == "d h(t)/d h(t-1) = (f[line 6]) in both flows"
    assert "finding.geometric_h" not in results
    assert "finding.memory_h" not in results
    product = "a = tanh(h)\nb = 2 * (U_a @ a)\na = tanh(W_c @ x)\nh = a * b + W_c @ x"
    assert "through U_a@a[line 6]" in made(product)["finding.flow_h"].statement


def test_an_assumed_ceiling_is_none_of_the_cell_s_own_values() -> None:
    text = (
        "from lstmproof.language import cell, sigmoid, tanh\n\n\n"
        "@cell\ndef driven(x, h, *, W, F, b):\n    f = sigmoid(W @ x + b)\n"
        "    h = f * h + tanh(W @ x + F)\n    return h\n"
    )
    (definition,) = parse_text(text, "mine.py").cells
    results = {each.result.id: each.result for each in findings(definition, seconds=10)}
    assert results["finding.geometric_h"].statement == "|h| <= max(|h0|, 1 / (1 - F_))"
    assert "f <= F_ at every step" in results["finding.geometric_h"].assumptions


def test_an_input_named_as_the_ceiling_bounds_nothing() -> None:
    text = (
        "from lstmproof.language import cell, sigmoid\n\n\n"
        '@cell\ndef driven(F: "hidden", h, *, b):\n    f = sigmoid(b)\n    h = f * h + F\n    return h\n'
    )
    (definition,) = parse_text(text, "mine.py").cells
    results = {each.result.id: each.result for each in findings(definition, seconds=10)}
    assert results["finding.bound_h"].verdict == "undecided"
    assert not {"finding.growth_h", "finding.geometric_h"} & set(results)


def test_a_cell_without_a_value_somewhere_has_no_bound() -> None:
    text = (
        "from lstmproof.language import cell, tanh\n\n\n"
        "@cell\ndef nowhere(x, h, *, W, b, k=0.0):\n    h = h + tanh(W @ x + b) + 0 * (W @ x + 1 / k)\n    return h\n"
    )
    (definition,) = parse_text(text, "mine.py").cells
    results = {each.result.id: each.result for each in findings(definition, seconds=10)}
    assert results["finding.bound_h"].verdict == "undecided"
    assert not {"finding.growth_h", "finding.geometric_h"} & set(results)
