"""Networks that a solver proposes: real ones refute, spurious ones are rejected."""

from __future__ import annotations

import pytest

from lstmproof.proof.outcome import Unsettled
from lstmproof.refute.decide import Failure
from lstmproof.refute.models import networks
from lstmproof.refute.network import Network, layout_of
from lstmproof.refute.shapes import blank_row, stages
from lstmproof.refute.statement import statement
from tests.refute.claims import answer, claimed

pytest.importorskip("z3")


def _answers(claim: tuple[str, ...], steps: int) -> list[Failure | str]:
    """What balls say of each network that a solver proposes at a step."""
    prepared = statement(*claimed(*claim))
    every = list(stages(prepared.subject, 0))
    stage = next((each for each in every if each.direct), every[0])
    layout = layout_of(prepared.subject, stage.sizes, steps)
    rows = networks(prepared, layout, blank_row(layout, stage))
    return [prepared.decide(Network(layout, row), steps) for row in rows]


def test_a_model_becomes_a_network_that_refutes() -> None:
    for claim in (
        ("gated", "c, c0", "abs(c) <= 1", "c0 == 0"),
        ("peeping", "c, c0", "abs(c) <= 1", "c0 == 0", "always(abs(c) <= 1.5)"),
        ("gated", "c, f", "abs(c) <= 1", "always(f <= 0.5)"),
    ):
        found = _answers(claim, 2)
        assert found
        assert isinstance(found[0], Failure), (claim, found)


def test_what_is_impossible_over_the_reals_has_no_model() -> None:
    assert _answers(("coupled", "h, h0", "abs(h) <= maximum(abs(h0), 1)"), 2) == []
    assert _answers(("", "x", "x ** 2 >= 0"), 1) == []


def test_a_spurious_model_is_rejected_by_balls() -> None:
    claim = ("", "z", "exp(2 * z) == exp(z) ** 2")
    found = _answers(claim, 1)
    assert found
    assert not any(isinstance(each, Failure) for each in found)
    assert isinstance(answer(*claim), Unsettled)


def test_what_a_solver_cannot_read_is_left_to_the_search() -> None:
    assert _answers(("gated", "c, f", "carousel(c) == f"), 2) == []
    assert _answers(("", "z", "derivative(tanh(z), z) <= 1"), 1) == []
