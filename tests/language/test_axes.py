"""Axis inference: what each operator says, what annotations fix, and how free axes get their names."""

from __future__ import annotations

import pytest

from lstmproof.language.axes import AxisTable, Clash
from tests.language.test_cells import cell, nodes

Axes = tuple[str, ...]


def parameters(signature: str, *lines: str) -> dict[str, Axes]:
    return dict(cell(signature, *lines, "return h").parameters)


@pytest.mark.parametrize(
    ("signature", "line", "expected"),
    [
        ("x, h, *, W, U", "h = W @ x + U @ h", {"W": ("hidden", "input"), "U": ("hidden", "hidden")}),
        ("x, y, h, *, W, V", "h = W @ x + V @ y + h", {"W": ("hidden", "input"), "V": ("hidden", "y")}),
        ("x, h, *, W", "h = x @ W + h", {"W": ("input", "hidden")}),
        ('x: "hidden", h, *, W', "h = W @ x + h", {"W": ("hidden", "hidden")}),
        ("x, h, *, p, W", "h = p * h + W @ x", {"p": ("hidden",), "W": ("hidden", "input")}),
        ("x, h, *, p, W", "h = h / p - W @ x", {"p": ("hidden",), "W": ("hidden", "input")}),
        ("x, h, *, p, W", "h = maximum(p, h) + W @ x", {"p": ("hidden",), "W": ("hidden", "input")}),
        ("x, h, *, p, q, W", "h = p * q * h + W @ x", {"p": ("hidden",), "q": ("hidden",), "W": ("hidden", "input")}),
        ("x, h, *, A, B", "h = (A * B) @ x + h", {"A": ("hidden", "input"), "B": ("hidden", "input")}),
        ("x, h, *, A, B", "h = (A * tanh(B)) @ x + h", {"A": ("hidden", "input"), "B": ("hidden", "input")}),
        ("x, h, *, A, B", "h = A @ (B @ x) + h", {"A": ("hidden", "A"), "B": ("A", "input")}),
        ("x, h, *, w, W", "h = dot(w, x) * h + W @ x", {"w": ("input",), "W": ("hidden", "input")}),
        ('x, h, *, w: "input"', "h = (w @ x) * h", {"w": ("input",)}),
        ("x, h, *, p, W", "h = 2 * p + h + W @ x", {"p": ("hidden",), "W": ("hidden", "input")}),
        ("x, h, *, p, W", "h = dot(x, x) * p + h + W @ x", {"p": ("hidden",), "W": ("hidden", "input")}),
        ('x: "", h, *, p', "h = h * sum(2 * p) + x", {"p": ()}),
        ('x: "", h, *, p: ""', "h = h * p + x", {"p": ()}),
        ('x: "", C: "a b", h, *, p: "b"', "h = sum(C * p) * h + x\n    C = C * p", {"p": ("b",)}),
    ],
)
def test_inferred_parameters(signature: str, line: str, expected: dict[str, Axes]) -> None:
    names = "return h, C" if "C:" in signature else "return h"
    assert dict(cell(signature, line, names).parameters) == expected


def test_a_later_line_tells_what_an_earlier_one_left_open() -> None:
    found = parameters("x, h, *, p, q, r, W", "a = p * q", "b = a + r", "s = W @ x", "h = h * b + s")
    assert found == {"p": ("hidden",), "q": ("hidden",), "r": ("hidden",), "W": ("hidden", "input")}


def test_a_weight_of_parameters_alone_is_inferred_from_its_product() -> None:
    assert parameters("x, h, *, V, s", "W = stop(V) * s", "h = W @ x + h") == {
        "V": ("hidden", "input"),
        "s": ("hidden", "input"),
    }


def test_equal_positions_are_distinct_even_when_names_repeat() -> None:
    two = cell('x: "", h, *, A: "hidden hidden"', "h = A @ h + h @ A + x", "return h")
    assert nodes(two)["A@h"] == "ab,b->a A, h[t-1]"
    assert nodes(two)["h@A"] == "a,ab->b h[t-1], A"


def test_free_axes_are_named_after_their_first_carrier_and_apart() -> None:
    free = cell(
        "x, h, *, W, V, A, B, U",
        "h = U @ h",
        "y = W @ x",
        "input = V @ x",
        "z = tanh(A @ (B @ x))",
        "return h, y, input, z",
    )
    assert dict(free.parameters) == {
        "W": ("y", "input"),
        "V": ("input_2", "input"),
        "A": ("z", "A"),
        "B": ("A", "input"),
        "U": ("hidden", "hidden"),
    }


def test_a_free_axis_is_never_called_batch_or_time() -> None:
    free = cell("x, h, *, W", "h = tanh(h)", "batch = W @ x", "return h, batch")
    assert free.parameters == {"W": ("batch_2", "input")}


def test_a_scalar_goes_with_anything_and_an_annotated_axis_repeats() -> None:
    mixed = cell(
        'x: "", C: "row column", u: "row", v: "column", *, a: "", n=2',
        "C = x + a * C + u + v * C - n",
        "u = u",
        "v = v + sum(u) + a",
        "return C, u, v",
    )
    assert [equation.axes for equation in mixed.equations] == [("row", "column"), ("row",), ("column",)]


def test_axis_table_joins_and_wakes() -> None:
    table = AxisTable()
    known, unknown, other = table.named(("a", "b"), 3, annotated=True), table.shape(), table.shape()
    table.wait(7, (unknown, other, known))
    assert table.join(unknown, other, 4)
    assert not table.join(unknown, other, 4)
    assert table.join(other, known, 5)
    assert table.woken == [7, 7]
    assert table.names(unknown) == ("a", "b")
    assert table.line(unknown) == 5
    assert not table.join(unknown, known, 6)
    with pytest.raises(Clash):
        table.join(known, table.named(("a", "c"), 1, annotated=False), 6)
    with pytest.raises(Clash):
        table.join(known, table.named(("a",), 1, annotated=False), 6)
