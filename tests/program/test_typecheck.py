"""The typechecker: a planted fault of every kind is refused with its message, and sound Programs pass."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import pytest

from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.program.nodes import Axes, Constant, Contract, Node, Operand, Output, Pointwise, Program, Source, State
from lstmproof.program.typecheck import ProgramError, aligns, checked

H, X = ("hidden",), ("input",)


def call(function: str, *arguments: Expr) -> Apply:
    return Apply(function, arguments)


def product(out: str = "W@x", axes: Axes = H, indices: tuple[str, ...] = ("i",)) -> Contract:
    return Contract(out, axes, indices, (Operand("W", ("i", "j")), Operand("x", ("j",))))


SOUND = Program(
    name="leak",
    inputs=(Source("x", X),),
    states=(State("h", "h[t-1]", "h", H),),
    parameters=(Source("W", (*H, *X)), Source("p", H)),
    constants=(Constant("beta", (), Fraction(1, 2)),),
    nodes=(
        product(),
        Pointwise("g", H, call("tanh", Ref("W@x"))),
        Pointwise("h", H, call("add", call("mul", Ref("beta"), Ref("h[t-1]")), call("mul", Ref("p"), Ref("g")))),
    ),
    outputs=(Output("h", "h"),),
)


def with_node(node: Node) -> Program:
    return replace(SOUND, nodes=(*SOUND.nodes, node))


def with_expr(expr: Expr, axes: Axes = H) -> Program:
    return with_node(Pointwise("bad", axes, expr))


def with_contract(axes: Axes, indices: tuple[str, ...], *factors: Operand) -> Program:
    return with_node(Contract("bad", axes, indices, factors))


FAULTS: tuple[tuple[Program, str], ...] = (
    (with_node(Pointwise("g", H, Ref("h"))), "g is bound twice"),
    (with_node(Pointwise("x", H, Ref("h"))), "x is bound twice"),
    (with_node(Pointwise("h[t-1]", H, Ref("h"))), "h[t-1] is bound twice"),
    (with_node(product("g")), "g is bound twice"),
    (replace(SOUND, inputs=(Source("x", X), Source("x", X))), "x is bound twice"),
    (replace(SOUND, constants=(Constant("p", (), Fraction(1)),)), "p is bound twice"),
    (replace(SOUND, tape=(Source("W", H),)), "W is bound twice"),
    (with_expr(Ref("later")), "leak: bad reads later, which is not bound before it"),
    (with_expr(Ref("bad")), "leak: bad reads bad, which is not bound before it"),
    (replace(SOUND, nodes=SOUND.nodes[::-1]), "leak: h reads g, which is not bound before it"),
    (
        with_contract(H, ("i",), Operand("nowhere", ("i",))),
        "leak: bad reads nowhere, which is not bound before it",
    ),
    (
        with_expr(call("add", Ref("h"), Ref("x"))),
        "bad: operand x with axes ('input',) does not align with ('hidden',)",
    ),
    (with_expr(Ref("h"), ()), "bad: operand h with axes ('hidden',) does not align with ()"),
    (
        with_expr(Ref("h"), ("hidden", "hidden")),
        "bad: operand h with axes ('hidden',) does not align with ('hidden', 'hidden')",
    ),
    (
        with_expr(Ref("W"), ("input", "hidden")),
        "bad: operand W with axes ('hidden', 'input') does not align with ('input', 'hidden')",
    ),
    (with_expr(call("pow", Ref("h"), Ref("p"))), "bad: the exponent of a power is a literal integer"),
    (
        with_expr(call("pow", Ref("h"), Number(Fraction(1, 2)))),
        "bad: the exponent of a power is a literal integer",
    ),
    (
        with_expr(call("tanh", call("pow", Ref("h"), call("neg", Number(Fraction(2)))))),
        "bad: the exponent of a power is a literal integer",
    ),
    (with_expr(call("add", Ref("h"))), "bad: add takes 2 arguments, found 1"),
    (with_expr(call("neg", Ref("h"), Ref("h"))), "bad: neg takes 1 arguments, found 2"),
    (with_expr(call("stop", Ref("h"), Ref("h"))), "bad: stop takes 1 arguments, found 2"),
    (with_expr(call("tanh", call("sub"))), "bad: sub takes 2 arguments, found 0"),
    (with_expr(Size("")), "bad: an axis without a name"),
    (with_node(product("bad", H, ("i", "j"))), "bad: indices ('i', 'j') do not fit axes ('hidden',)"),
    (
        with_contract((*H, *H), ("i", "i"), Operand("h", ("i",))),
        "bad: indices ('i', 'i') do not fit axes ('hidden', 'hidden')",
    ),
    (with_contract(H, ("i",)), "bad: a contraction without factors"),
    (
        with_contract(H, ("i",), Operand("W", ("i",))),
        "bad: indices ('i',) do not fit W with axes ('hidden', 'input')",
    ),
    (
        with_contract((), (), Operand("W", ("i", "i"))),
        "bad: indices ('i', 'i') do not fit W with axes ('hidden', 'input')",
    ),
    (
        with_contract(H, ("i",), Operand("W", ("j", "i")), Operand("h", ("j",))),
        "bad: index i runs over hidden and over input",
    ),
    (
        with_contract((), (), Operand("h", ("i",)), Operand("x", ("i",))),
        "bad: index i runs over hidden and over input",
    ),
    (
        replace(SOUND, states=(State("h", "h[t-1]", "W@y", H),)),
        "leak: state h has axes ('hidden',), its new value None",
    ),
    (
        replace(SOUND, states=(State("h", "h[t-1]", "x", H),)),
        "leak: state h has axes ('hidden',), its new value ('input',)",
    ),
    (replace(SOUND, outputs=(Output("y", "y"),)), "leak: output y is y, which nothing binds"),
    (replace(SOUND, totals=(Output("W", "W.bar"),)), "leak: output W is W.bar, which nothing binds"),
    (replace(SOUND, outputs=(Output("h", "h"), Output("h", "g"))), "leak: output label h appears 2 times"),
    (replace(SOUND, totals=(Output("h", "h"), Output("h", "g"))), "leak: output label h appears 2 times"),
    (
        replace(SOUND, states=(*SOUND.states, State("h", "other", "g", H))),
        "leak: state h appears 2 times",
    ),
)


@pytest.mark.parametrize(("program", "message"), FAULTS, ids=[f"{at}" for at in range(len(FAULTS))])
def test_a_fault_is_refused(program: Program, message: str) -> None:
    with pytest.raises(ProgramError, match=f"^{re.escape(message)}$"):
        checked(program)


def test_a_sound_program_is_returned() -> None:
    assert checked(SOUND) is SOUND


@pytest.mark.parametrize(
    "node",
    [
        Pointwise("good", ("hidden", "input"), call("mul", Ref("W"), Ref("x"))),
        Pointwise("good", ("hidden", "hidden", "input"), Ref("x")),
        Pointwise("good", (), Ref("beta")),
        Pointwise("good", H, call("pow", Ref("h"), Number(Fraction(-3)))),
        Pointwise("good", H, Size("hidden")),
        Contract("good", (), (), (Operand("W", ("i", "j")),)),
        Contract("good", (*H, *H), ("i", "k"), (Operand("h", ("i",)), Operand("h", ("k",)))),
        Contract("good", (*H, *X), ("i", "j"), (Operand("h", ("i",)),)),
        Contract("good", H, ("i",), (Operand("h", ("i",)), Operand("h", ("i",)), Operand("W", ("i", "j")))),
    ],
)
def test_what_is_sound_is_accepted(node: Node) -> None:
    assert checked(with_node(node)).node["good"] is node


@pytest.mark.parametrize(
    ("operand", "out", "expected"),
    [
        ((), ("a",), True),
        (("a",), ("a", "b"), True),
        (("b",), ("a", "b"), True),
        (("a", "b"), ("a", "c", "b"), True),
        (("a", "a"), ("a", "a"), True),
        (("b", "a"), ("a", "b"), False),
        (("a",), ("a", "a"), False),
        (("c",), ("a", "b"), False),
        (("a", "b"), ("a",), False),
        (("a", "a"), ("a", "b"), False),
    ],
)
def test_alignment_is_by_name_in_order_and_in_one_way_only(operand: Axes, out: Axes, expected: bool) -> None:
    assert aligns(operand, out) is expected
