"""Full against truncated flow, the online rule, carousels and costs, as the papers have them."""

from __future__ import annotations

import pytest

from lstmproof import catalogue
from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.truncate import truncate
from lstmproof.program.expr import Apply, Size
from lstmproof.program.nodes import Program
from lstmproof.proof.symbolic.costs import cost, operations
from lstmproof.study.carousels import carousels
from lstmproof.study.costs import Cost, Polynomial, costs, parameters, polynomial
from lstmproof.study.flows import Terms, term_by_term
from lstmproof.study.online import OnlineRule, online_rule


def program(name: str) -> Program:
    return catalogue.find(name).program


def terms(name: str) -> dict[str, Terms]:
    full, cut = program(name), truncate(program(name))
    return {each.left.text: each for each in term_by_term(full, adjoint(full), cut, adjoint(cut))}


def texts(name: str, left: str) -> tuple[list[str], list[str], list[str]]:
    """Terms in both flows, in the full one alone, and in the truncated one alone."""
    found = terms(name)[left]
    both, full, cut = ([term.text for term in group] for group in (found.both, found.full, found.truncated))
    return both, full, cut


def test_the_truncated_flow_of_an_lstm_lacks_what_passes_through_net_inputs() -> None:
    both, full, cut = texts("lstm", "next_h(t-1)")
    assert both == []
    assert full == ["d_net_g @ U_g", "d_net_o @ U_o", "d_net_i @ U_i", "d_net_f @ U_f"]
    assert cut == []
    assert [left for left, each in terms("lstm").items() if not each.agree] == ["next_h(t-1)"]


def test_no_error_returns_through_a_peephole() -> None:
    assert texts("lstm_peephole", "d_c")[1] == ["d_net_o * p_o"]
    assert texts("lstm_peephole", "next_c(t-1)")[:2] == (["d_c * f"], ["d_net_i * p_i", "d_net_f * p_f"])


def test_what_has_no_net_input_before_a_state_loses_nothing() -> None:
    assert all(each.agree for each in terms("carousel").values())


def test_a_gru_keeps_its_carousel_alone() -> None:
    both, full, _ = texts("gru", "next_h(t-1)")
    assert both == ["d_h * z"]
    assert len(full) == 3


def test_the_online_rule_of_1997() -> None:
    """Appendix A.1, eqs. 25 to 28: the partials of s by the input gate's and by the cell's own weights."""
    rule = online_rule(program("lstm_1997"))
    assert isinstance(rule, OnlineRule)
    written = {each.left.text: each.right.text for each in (*rule.updates, *rule.slopes)}
    assert written["(ds/dW_in)[i, j]"] == "(ds/dW_in)[i, j](t-1) + slope_W_in[i] * x[j]"
    assert written["slope_W_in[i]"] == "y_in[i] * (1 - y_in[i]) * (4 * sigmoid_1[i] - 2)"
    gradients = {each.left.text: each.right.text for each in rule.gradients}
    assert gradients["dL/dW_out[i, j]"] == "sum over t of d_net_y_out[i] * x[j]"
    assert gradients["dL/dW_in[i, j]"] == "sum over t of d_net_y_in[i] * x[j] + d_s[i] * (ds/dW_in)[i, j](t-1)"


def test_the_online_rule_of_2000_scales_by_the_forget_gate() -> None:
    rule = online_rule(program("lstm_forget"))
    assert isinstance(rule, OnlineRule)
    update = next(each for each in rule.updates if each.left.text.startswith("(ds/dW_c)"))
    assert update.right.text == "y_phi[i] * (ds/dW_c)[i, j, k](t-1) + slope_W_c[i, j] * x[k]"
    assert update.left.latex == r"\frac{\partial s}{\partial W_{c}}[i, j, k](t)"


def test_a_cell_without_an_online_rule_says_why() -> None:
    assert "mixes units" in str(online_rule(program("gru")))


CAROUSELS = {
    "lstm_1997": {"y": "0", "s": "1"},
    "lstm": {"h": "0", "c": "f"},
    "gru": {"h": "z"},
    "lstm_coupled_input": {"h": "0", "c": "1 - i"},
}


@pytest.mark.parametrize(("name", "factors"), CAROUSELS.items(), ids=CAROUSELS)
def test_carousels(name: str, factors: dict[str, str]) -> None:
    found = carousels(program(name))
    assert {each.state: each.factor.text if each.factor else "" for each in found} == factors
    assert [each.carries for each in found] == [factor != "0" for factor in factors.values()]


def costs_of(name: str) -> dict[str, Cost]:
    full = program(name)
    every = costs(full, truncate(full), online_rule(full))
    return {each.name: each for each in every}


def terms_of(found: Polynomial) -> dict[str, int]:
    return {" ".join(monomial): count for monomial, count in found.terms}


def test_the_cost_of_a_plain_network_by_hand() -> None:
    """h = tanh(W x + U h + b): two products, two additions and one function for each unit."""
    found = costs_of("rnn")
    ahead = found["forward"]
    assert terms_of(ahead.multiplications) == {"hidden hidden": 1, "hidden input": 1}
    assert terms_of(ahead.additions) == {"hidden hidden": 1, "hidden input": 1, "hidden": 2}
    assert terms_of(ahead.functions) == {"hidden": 1}
    assert terms_of(ahead.carried) == {"hidden": 1}
    assert found["backward, full"].functions.terms == ()
    assert terms_of(found["backward, full"].kept_per_step) == {"hidden": 2, "input": 1}
    assert found["backward, truncated"].carried.terms == ()
    assert terms_of(parameters(program("rnn"))) == {"hidden hidden": 1, "hidden input": 1, "hidden": 1}


def test_copies_of_the_truncated_flow_are_kept_once() -> None:
    found = costs_of("gru")
    assert found["backward, truncated"].kept_per_step == found["backward, full"].kept_per_step


def test_the_online_rule_carries_partials_and_keeps_nothing() -> None:
    """O(W) numbers, whatever the length of the sequence: 1997, section 4."""
    found = costs_of("lstm_1997")
    assert found["online"].kept_per_step.terms == ()
    assert terms_of(found["online"].carried) == {"hidden hidden": 2, "hidden input": 2, "hidden": 4}
    assert "online" not in costs_of("gru")


@pytest.mark.parametrize("name", catalogue.names())
def test_operations_by_kind_add_up_to_the_cost_that_claims_count(name: str) -> None:
    each = operations(program(name))
    parts = [polynomial(kind) for kind in (each.multiplications, each.additions, each.functions)]
    total = {monomial: count for part in parts for monomial, count in part.terms}
    for monomial in total:
        total[monomial] = sum(dict(part.terms).get(monomial, 0) for part in parts)
    assert total == dict(polynomial(cost(program(name), "forward")).terms)


def test_what_is_no_cost_is_refused() -> None:
    with pytest.raises(ValueError, match="a cost is a sum of products of sizes"):
        polynomial(Apply("div", (Size("input"), Size("hidden"))))
