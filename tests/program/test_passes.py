"""Small passes and smart constructors: trivial terms vanish, signs move to the front, values stay."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from lstmproof.program.build import (
    Names,
    add,
    mul,
    neg,
    number,
    product_factors,
    summed,
    total,
)
from lstmproof.program.expr import ONE, ZERO, Apply, Expr, Number, Ref, Size, references, substitute, walk
from lstmproof.program.nodes import Contract, Operand, Output, Pointwise, Source
from lstmproof.program.passes import needed, pruned, renamed
from lstmproof.program.typecheck import checked
from tests.program.test_typecheck import SOUND, H

A, B, C = Ref("a"), Ref("b"), Ref("c")
MINUS = number(-1)
GIVEN = {"a": Fraction(3, 7), "b": Fraction(-2, 5), "c": Fraction(11, 3)}


def value(expr: Expr) -> Fraction:
    match expr:
        case Number(exact):
            return exact
        case Ref(name):
            return GIVEN[name]
        case Apply("neg", (a,)):
            return -value(a)
        case Apply("add", (a, b)):
            return value(a) + value(b)
        case Apply("sub", (a, b)):
            return value(a) - value(b)
        case Apply("mul", (a, b)):
            return value(a) * value(b)
    raise AssertionError(expr)


@pytest.mark.parametrize(
    ("built", "expected"),
    [
        (mul(A, ZERO), ZERO),
        (mul(ZERO, A), ZERO),
        (mul(A, ONE), A),
        (mul(ONE, A), A),
        (mul(A, B), Apply("mul", (A, B))),
        (mul(MINUS, A), neg(A)),
        (mul(A, MINUS), neg(A)),
        (mul(neg(A), B), neg(mul(A, B))),
        (mul(A, neg(B)), neg(mul(A, B))),
        (mul(neg(A), neg(B)), mul(A, B)),
        (neg(neg(A)), A),
        (neg(number(3)), number(-3)),
        (add(A, ZERO), A),
        (add(ZERO, A), A),
        (add(A, neg(B)), Apply("sub", (A, B))),
        (add(A, B), Apply("add", (A, B))),
        (total([]), ZERO),
        (total([A]), A),
        (total([A, neg(B), ZERO, C]), Apply("add", (Apply("sub", (A, B)), C))),
    ],
)
def test_smart_constructors(built: Expr, expected: Expr) -> None:
    assert built == expected


def test_smart_constructors_keep_the_value() -> None:
    parts = (ZERO, ONE, MINUS, number(2), A, neg(A), B, neg(B), mul(A, neg(C)), add(A, neg(B)))
    for a in parts:
        assert value(neg(a)) == -value(a)
        for b in parts:
            assert value(mul(a, b)) == value(a) * value(b)
            assert value(add(a, b)) == value(a) + value(b)


def test_product_factors() -> None:
    assert product_factors(Apply("mul", (Apply("neg", (A,)), Apply("mul", (B, add(A, C)))))) == (A, B, add(A, C))
    assert product_factors(add(A, B)) == (add(A, B),)
    assert product_factors(A) == (A,)


def test_names_are_primed_until_they_are_new() -> None:
    names = Names(SOUND)
    assert [names.fresh(wanted) for wanted in ("new", "new", "new", "h", "x", "beta")] == [
        "new",
        "new'",
        "new''",
        "h'",
        "x'",
        "beta'",
    ]


def test_summed_lines_axes_up_by_name() -> None:
    node = summed("s", ("unit",), "v", ("block", "unit"))
    assert node == Contract("s", ("unit",), ("unit1",), (Operand("v", ("block0", "unit1")),))
    assert summed("s", (), "v", ("a", "a")).factors[0].indices == ("a0", "a1")


def test_walking_and_substituting() -> None:
    expr = Apply("add", (Apply("mul", (A, B)), Apply("tanh", (Apply("sub", (A, Size("n"))),))))
    assert references(expr) == ("a", "b")
    first, *_ = walk(expr)
    assert first is expr
    assert len(list(walk(expr))) == 8
    swapped = substitute(expr, lambda ref: {"a": B, "b": A}[ref.name])
    assert references(swapped) == ("b", "a")
    assert substitute(swapped, lambda ref: {"a": B, "b": A}[ref.name]) == expr


def test_needed_keeps_what_is_depended_on_in_order() -> None:
    assert [node.out for node in needed(SOUND.nodes, ["h"])] == ["W@x", "g", "h"]
    assert [node.out for node in needed(SOUND.nodes, ["g"])] == ["W@x", "g"]
    assert needed(SOUND.nodes, ["x", "nowhere"]) == ()


def test_pruning_drops_what_nothing_handed_out_depends_on() -> None:
    idle = Pointwise("idle", H, Ref("saved"))
    more = replace(SOUND, nodes=(*SOUND.nodes, idle), tape=(Source("saved", H), Source("used", H)))
    assert pruned(more) == SOUND
    kept = checked(replace(more, outputs=(*more.outputs, Output("idle", "idle"))))
    assert pruned(kept).nodes == kept.nodes
    assert [source.name for source in pruned(kept).tape] == ["saved"]
    totalled = checked(replace(more, totals=(Output("idle", "idle"),)))
    assert pruned(totalled).nodes == totalled.nodes


def test_renaming_changes_what_a_node_reads_and_not_what_it_binds() -> None:
    product, pointwise = SOUND.nodes[0], SOUND.nodes[2]
    assert renamed(product, lambda name: f"{name}*").operands == ("W*", "x*")
    assert renamed(pointwise, lambda name: f"{name}*").operands == ("beta*", "h[t-1]*", "p*", "g*")
    for node in (product, pointwise):
        assert renamed(node, lambda name: f"{name}*").out == node.out
        assert renamed(node, lambda name: name) == node


def test_a_program_knows_its_axes() -> None:
    assert SOUND.axis_names == ("input", "hidden")
    assert SOUND.axes["h[t-1]"] == H
    assert SOUND.axes["beta"] == ()
    assert [source.name for source in SOUND.fixed] == ["W", "p", "beta"]
    assert Source("v", H).label == "v"
    assert Source("v", H, "w").label == "w"
    assert hash(SOUND.nodes) == hash(tuple(replace(node) for node in SOUND.nodes))
