"""The symbolic law proves every kind of cell, and what it cannot prove it does not claim."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy

from lstmproof.calculus.adjoint import adjoint
from lstmproof.language.table import FUNCTIONS, Function
from lstmproof.program.expr import Apply
from lstmproof.program.nodes import Pointwise
from lstmproof.verify.laws.exactness import check_row, decide_symbolic, disproof, pieces
from lstmproof.verify.laws.symbolic import identities
from lstmproof.verify.onestep import MOST_NODES, tree_size
from tests.verify.cells import cell, gated, recurrent


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("sigmoid(s) * h", "sigmoid"),
        ("exp(s) / (2 + h * h)", "exp"),
        ("log(3 + s * s) + sqrt(2 + s)", "log, sqrt"),
        ("sin(s) - cos(s) ** 3", "sin, cos"),
        ("softplus(s)", "softplus"),
        ("stop(s) * h + cut(s * h) - 0.1", "stop, cut"),
        ("mean(s) * h", "mean"),
    ],
)
def test_smooth_cells_are_proved(value: str, words: str) -> None:
    result = decide_symbolic(recurrent(value, words), "replay")
    assert (result.verdict, result.holds, result.reason) == ("proved", True, "")
    assert result.comparisons > 10
    assert result.assumptions == ()


@pytest.mark.parametrize("word", ["relu", "abs", "hard_sigmoid"])
def test_kinked_cells_are_proved_away_from_their_kinks(word: str) -> None:
    result = decide_symbolic(recurrent(f"{word}(s) * h", word), "replay")
    assert result.verdict == "proved"
    assert result.assumptions == (f"away from the kinks of {word}",)


def test_blocks_are_proved() -> None:
    block = cell(
        "def blocks(x, s, *, W: 'block input', W_c: 'block unit input'):\n"
        '    """A gate for each block of cells."""\n'
        '    y: "block" = sigmoid(W @ x)\n'
        "    s = s + y * tanh(W_c @ x)\n"
        "    return s\n".replace("(x, s,", '(x, s: "block unit",')
    )
    assert decide_symbolic(block, "replay").verdict == "proved"


@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=lambda row: row.name)
def test_every_row_of_the_table_states_its_derivative(row: Function) -> None:
    found = list(check_row(row))
    assert found
    assert all(identity.holds for identity in found)


def test_pieces_lie_on_either_side_of_every_kink() -> None:
    z = sympy.Symbol("z", real=True)
    values = [point[z] for point in pieces(FUNCTIONS["hard_sigmoid"])]
    assert any(value < -3 for value in values)
    assert any(-3 < value < 3 for value in values)
    assert any(value > 3 for value in values)


def test_a_wrong_row_is_refuted_by_ball_arithmetic() -> None:
    wrong = replace(FUNCTIONS["sigmoid"], derivative=("y * (1 + y)",))
    (identity,) = check_row(wrong)
    assert not identity.holds
    assert disproof(identity) is not None


def test_what_is_equal_but_not_decided_is_not_refuted() -> None:
    """sin^2 + cos^2 = 1 is beyond independent generators; ball arithmetic cannot refute it."""
    row = replace(FUNCTIONS["sin"], derivative=("cos(z) * (sin(z) * sin(z) + cos(z) * cos(z))",))
    (identity,) = check_row(row)
    assert not identity.holds
    assert disproof(identity) is None


def test_a_wrong_adjoint_is_refuted() -> None:
    definition = gated()
    derived = adjoint(definition.program)
    doubled = replace(
        derived,
        nodes=tuple(
            replace(node, expr=Apply("add", (node.expr, node.expr)))
            if isinstance(node, Pointwise) and node.out == derived.totals[0].value
            else node
            for node in derived.nodes
        ),
    )
    wrong = [identity for identity in identities(definition, "full", doubled) if not identity.holds]
    assert wrong
    assert all(identity.what.startswith("dL/dW_f") for identity in wrong)
    assert disproof(wrong[0]) is not None


def test_a_body_too_large_for_sympy_is_undecided() -> None:
    lines = "".join(f"    s = s * tanh(s) + sin(s) * s{'' if n else ' * h'}\n" for n in range(12))
    large = cell(
        "def large(x, h, *, W, b):\n"
        '    """Grows threefold with every line."""\n'
        f"    s = W @ x + b\n{lines}    h = s\n    return h\n",
        "sin, tanh",
    )
    result = decide_symbolic(large, "replay")
    assert result.verdict == "undecided"
    assert result.holds is None
    assert "too large" in result.reason


POWERS = {
    "a power of powers": "    h = (((((h ** 16) ** 16) ** 16) ** 16) ** 16) * x\n",
    "squares of squares": "    s = x * h\n" + "    s = s * s\n" * 450 + "    h = s\n",
    "squares of a sum": "    s = x * h + 3\n" + "    s = s * s\n" * 450 + "    h = s\n",
    "squares of a number": "    s = 3\n" + "    s = s * s\n" * 450 + "    h = s * x * h\n",
}


@pytest.mark.parametrize("body", POWERS.values(), ids=POWERS)
def test_powers_beyond_bounds_are_undecided_at_once(body: str) -> None:
    result = decide_symbolic(cell(f"def high(x: 'hidden', h: 'hidden'):\n{body}    return h\n"), "replay")
    assert result.verdict == "undecided"
    assert result.reason.startswith(("a polynomial of degree", "a product of"))
    assert result.seconds < 10


def test_tree_size_counts_shared_parts_as_often_as_they_occur() -> None:
    x = sympy.Symbol("x")
    expr: sympy.Expr = x
    for _ in range(60):
        expr = sympy.sin(expr) + sympy.cos(expr)
    assert tree_size(expr) > MOST_NODES
    assert tree_size(x + 1) == 3
