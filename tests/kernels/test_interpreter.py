"""The interpreter on Programs small enough to work out by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from lstmproof.kernels.interpreter import Array, Scan, run
from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.program.nodes import Axes, Constant, Contract, Operand, Output, Pointwise, Program, Source, State
from lstmproof.program.typecheck import checked

H = ("hidden",)
X = np.array([[[1.0, 2.0]], [[3.0, -1.0]], [[0.5, 4.0]]])
SIZES = {"hidden": 2, "input": 3}


def call(function: str, *arguments: Expr) -> Apply:
    return Apply(function, arguments)


LEAK = checked(
    Program(
        name="leak",
        inputs=(Source("x", H),),
        states=(State("h", "h[t-1]", "h", H),),
        parameters=(Source("p", H),),
        constants=(Constant("beta", (), Fraction(1, 2)),),
        nodes=(
            Pointwise("kept", H, call("mul", Ref("beta"), Ref("h[t-1]"))),
            Pointwise("h", H, call("add", Ref("kept"), call("mul", Ref("p"), Ref("x")))),
        ),
        outputs=(Output("y", "h"),),
        totals=(Output("sum", "kept"),),
    )
)


def scan(program: Program, x: Array = X, **changed: Any) -> Scan:
    given: dict[str, Any] = {
        "inputs": {"x": x},
        "tape": {},
        "initial": {"h": np.array([[8.0, 0.0]])},
        "parameters": {"p": np.array([1.0, 10.0])},
        "constants": {},
        "sizes": SIZES,
        "T": x.shape[0],
        "batch": x.shape[1],
    }
    return run(program, **{**given, **changed})


def test_a_leaky_sum_by_hand() -> None:
    found = scan(LEAK)
    np.testing.assert_array_equal(found.outputs["y"][:, 0], [[5.0, 20.0], [5.5, 0.0], [3.25, 40.0]])
    np.testing.assert_array_equal(found.values["h[t-1]"][:, 0], [[8.0, 0.0], [5.0, 20.0], [5.5, 0.0]])
    np.testing.assert_array_equal(found.totals["sum"], [4.0 + 2.5 + 2.75, 0.0 + 10.0 + 0.0])
    np.testing.assert_array_equal(found.final["h"], [[3.25, 40.0]])


def test_backward_in_time_by_hand() -> None:
    found = scan(replace(LEAK, direction="backward"))
    np.testing.assert_array_equal(found.outputs["y"][:, 0], [[3.625, 25.0], [5.25, 10.0], [4.5, 40.0]])
    np.testing.assert_array_equal(found.final["h"], [[3.625, 25.0]])


def test_constants_and_initial_states_have_defaults() -> None:
    found = scan(LEAK, constants={"beta": 0.0}, initial={})
    np.testing.assert_array_equal(found.outputs["y"][:, 0], X[:, 0] * [1.0, 10.0])


@pytest.mark.parametrize(("T", "batch"), [(0, 2), (3, 0), (0, 0)])
def test_nothing_to_run(T: int, batch: int) -> None:
    found = scan(LEAK, np.zeros((T, batch, 2)), initial={})
    assert found.outputs["y"].shape == (T, batch, 2)
    np.testing.assert_array_equal(found.totals["sum"], [0.0, 0.0])
    assert found.final["h"].shape == (batch, 2)


def one_node(node: Pointwise | Contract, *sources: Source, **arrays: Array) -> Array:
    """The value of a node at one step of one row."""
    program = Program("one", sources, (), (), (), (node,), (Output("v", node.out),))
    batched = {name: np.asarray(array, np.float64)[None, None] for name, array in arrays.items()}
    found = run(
        checked(program), inputs=batched, tape={}, initial={}, parameters={}, constants={}, sizes=SIZES, T=1, batch=1
    )
    return np.asarray(found.outputs["v"][0, 0])


M = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
A, B = np.array([2.0, -1.0]), np.array([1.0, 0.0, -2.0])


@pytest.mark.parametrize(
    ("axes", "indices", "factors", "expected"),
    [
        (H, ("i",), (("M", "ij"), ("b", "j")), M @ B),
        (("input",), ("j",), (("M", "ij"), ("a", "i")), A @ M),
        (("hidden", "input"), ("i", "j"), (("a", "i"), ("b", "j")), np.outer(A, B)),
        (("input", "hidden"), ("j", "i"), (("M", "ij"),), M.T),
        ((), (), (("M", "ij"),), M.sum()),
        (H, ("i",), (("M", "ij"),), M.sum(axis=1)),
        ((), (), (("a", "i"), ("a", "i")), A @ A),
        (H, ("i",), (("a", "i"), ("a", "i"), ("M", "ij"), ("b", "j")), A * A * (M @ B)),
        (("hidden", "input"), ("i", "k"), (("a", "i"),), np.repeat(A[:, None], 3, axis=1)),
    ],
)
def test_contractions(
    axes: Axes, indices: tuple[str, ...], factors: tuple[tuple[str, str], ...], expected: Array
) -> None:
    node = Contract("v", axes, indices, tuple(Operand(name, tuple(letters)) for name, letters in factors))
    sources = (Source("M", ("hidden", "input")), Source("a", H), Source("b", ("input",)))
    found = one_node(node, *sources, M=M, a=A, b=B)
    np.testing.assert_array_equal(np.broadcast_to(found, expected.shape), expected)


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (Number(Fraction(1, 4)), np.full((2, 3), 0.25)),
        (Size("input"), np.full((2, 3), 3.0)),
        (call("sub", Ref("M"), Ref("a")), M - A[:, None]),
        (call("div", Ref("b"), Number(Fraction(2))), np.broadcast_to(B / 2, (2, 3))),
        (call("neg", Ref("M")), -M),
        (call("pow", Ref("M"), Number(Fraction(3))), M**3),
        (call("pow", Ref("M"), Number(Fraction(-1))), 1 / M),
        (call("stop", call("cut", Ref("M"))), M),
        (call("maximum", Ref("a"), Ref("b")), np.maximum(A[:, None], B)),
        (call("relu", Ref("b")), np.broadcast_to(np.maximum(B, 0.0), (2, 3))),
    ],
)
def test_pointwise_expressions(expr: Expr, expected: Array) -> None:
    node = Pointwise("v", ("hidden", "input"), expr)
    sources = (Source("M", ("hidden", "input")), Source("a", H), Source("b", ("input",)))
    np.testing.assert_array_equal(one_node(node, *sources, M=M, a=A, b=B), expected)


def test_a_recorded_constant_has_no_imaginary_part() -> None:
    program = replace(
        LEAK, nodes=(LEAK.nodes[0], Pointwise("h", H, call("add", call("stop", Ref("x")), call("cut", Ref("kept")))))
    )
    found = scan(checked(program), X + 1e-30j, initial={"h": np.array([[8.0 + 1e-30j, 0.0]])})
    np.testing.assert_array_equal(found.outputs["y"].imag[:, 0, 0], [0.5e-30, 0.25e-30, 0.125e-30])
    np.testing.assert_array_equal(found.outputs["y"].real[0, 0], [5.0, 2.0])


def test_a_tape_may_hold_what_does_not_depend_on_the_step() -> None:
    node = Pointwise("h", H, call("mul", Ref("still"), Ref("moving")))
    program = replace(LEAK, nodes=(node,), totals=(), tape=(Source("still", H), Source("moving", H)))
    found = scan(checked(program), tape={"still": np.array([2.0, 3.0]), "moving": X})
    np.testing.assert_array_equal(found.outputs["y"], X * [2.0, 3.0])
