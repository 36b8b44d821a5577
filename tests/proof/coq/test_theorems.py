"""Gradient theorems of cells that no one has written a script for; `python -m benchmarks.coq` brings on many more."""

from __future__ import annotations

from lstmproof.proof.coq.driver import check_all
from lstmproof.proof.coq.instance import instance
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.verify.laws.symbolic import FLOWS
from tests.proof.coq.files import needs_coq
from tests.proof.coq.random_cells import drawn

FEW = drawn(2)
PARTS = (
    *("g_0 * h", "P_0 @ ", "p_h * ", "@ (g_0 * ", "cut(", "stop(", "tanh(W_", " / (1 + ", "dot(W_0", "mean(", "sum("),
    *("relu(", "abs(", "maximum(", "hard_sigmoid(", "sqrt(", "log(", "softplus(", "g_0 * g_1"),
)
"""What some drawn cell or other holds: products of gates, peepholes by vector and matrix, scalars, barriers, kinks."""


def test_drawn_cells_are_of_many_kinds_and_always_the_same() -> None:
    cells = drawn(100)
    assert [cell.digest for cell in drawn(2)] == [cell.digest for cell in FEW]
    assert {len(cell.states) for cell in cells} == {1, 2, 3, 4}
    assert {sum(local.target.startswith("g_") for local in cell.equations) for cell in cells} == set(range(1, 9))
    assert len({cell.digest for cell in cells}) > 90
    texts = ["\n".join(equation.text for equation in cell.equations) for cell in cells]
    for part in PARTS:
        assert sum(part in text for text in texts) > 2, part
    shapes = [source.axes for cell in cells for source in cell.program.parameters]
    for axes in ((), ("block",), ("block", "unit"), ("hidden",), ("hidden", "hidden"), ("block", "block", "unit")):
        assert axes in shapes, axes
    assert sum("beta" in cell.program.axes for cell in cells) == len(cells)
    assert 10 < sum("block" in cell.program.axis_names for cell in cells) < 90


@needs_coq
def test_the_gradients_of_drawn_cells_are_proved() -> None:
    made = [instance(cell, flow) for cell in FEW for flow in FLOWS]
    found = check_all(each for each in made if isinstance(each, Instance))
    assert len(found) == len(made) > 2
    assert all(isinstance(each, Checked) for each in found.values()), found
