"""Programs as text, LaTeX and JSON: readable, complete, and with the author's tree of operations."""

from __future__ import annotations

import ast
import json
import random
from fractions import Fraction

import pytest

from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.tangent import tangent
from lstmproof.calculus.truncate import truncate
from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.program.nodes import (
    Axes,
    Constant,
    Contract,
    Node,
    Operand,
    Output,
    Pointwise,
    Program,
    Source,
    State,
)
from lstmproof.program.printing import as_json, expression_text, latex, text
from lstmproof.program.typecheck import checked

H, X = ("hidden",), ("input",)


def call(function: str, *arguments: Expr | str) -> Apply:
    return Apply(function, tuple(Ref(each) if isinstance(each, str) else each for each in arguments))


def product(out: str, matrix: str, vector: str) -> Contract:
    return Contract(out, H, ("i",), (Operand(matrix, ("i", "j")), Operand(vector, ("j",))))


def leaky() -> Program:
    """h = f h + tanh(W x) (1 - f) with f = sigmoid(U h + b): JANET without a bias in its candidate."""
    nodes: tuple[Node, ...] = (
        product("U_f@h[t-1]", "U_f", "h[t-1]"),
        Pointwise("f", H, call("sigmoid", call("add", "U_f@h[t-1]", "b_f"))),
        product("W@x", "W", "x"),
        Pointwise("tanh.1", H, call("tanh", "W@x")),
        Pointwise(
            "h",
            H,
            call("add", call("mul", "f", "h[t-1]"), call("mul", "tanh.1", call("sub", Number(Fraction(1)), "f"))),
        ),
    )
    parameters = (Source("W", ("hidden", "input")), Source("U_f", ("hidden", "hidden")), Source("b_f", H))
    state = State("h", "h[t-1]", "h", H)
    return checked(Program("leaky", (Source("x", X),), (state,), parameters, (), nodes, (Output("h", "h"),)))


def pointwise(expr: Expr, *names: str) -> Program:
    """A program of one equation `y = expr` over scalars of axis hidden."""
    inputs = tuple(Source(name, H) for name in names)
    return checked(Program("one", inputs, (), (), (), (Pointwise("y", H, expr),), (Output("y", "y"),)))


def equations(printed: str) -> list[str]:
    return [line.strip() for line in printed.splitlines()[1:] if " = " in line]


def test_a_cell_reads_like_its_paper() -> None:
    assert equations(text(leaky())) == [
        "f    = sigmoid(U_f @ h(t-1) + b_f)",
        "h(t) = f * h(t-1) + tanh(W @ x) * (1 - f)",
    ]


def test_the_header_names_what_goes_in_with_its_axes() -> None:
    head = text(leaky()).split("f    =")[0]
    assert "leaky, forward in time" in head
    assert "inputs      x (input)" in head
    assert "states      h(t-1) (hidden)" in head
    assert "parameters  W (hidden, input), U_f (hidden, hidden), b_f (hidden)" in head


def test_an_adjoint_reads_in_cotangents_and_saved_activations() -> None:
    cell = leaky()
    printed = text(adjoint(cell), cell)
    assert "backward in time: t = T, ..., 2, 1" in printed
    assert "d_h = dL_h + next_h(t)" in " ".join(printed.split())
    for line in (
        "saved x, h(t-1), f, tanh_1 = tanh(W @ x)",
        "d_net_tanh = d_h * (1 - f) * (1 - tanh_1 * tanh_1)",
        "dL/dW = sum over t of outer(d_net_tanh, x)",
        "d_net_f = d_f * (f * (1 - f))",
        "dL/dU_f = sum over t of outer(d_net_f, h(t-1))",
        "dL/db_f = sum over t of d_net_f",
    ):
        assert line in " ".join(printed.split())


def test_a_truncated_adjoint_sends_nothing_through_the_net_input() -> None:
    cut = truncate(leaky())
    lines = " ".join(text(adjoint(cut), cut).split())
    assert "next_h(t-1) = d_h * f " in lines
    assert "stop" not in lines, "what was held constant is, once saved, just a value"


def test_a_tangent_doubles_every_equation() -> None:
    printed = " ".join(text(tangent(leaky())).split())
    assert "dot_f = " in printed
    assert "dot_W @ x + W @ dot_x" in printed


@pytest.mark.parametrize(
    ("expr", "printed"),
    [
        (call("add", call("add", "a", "b"), "c"), "a + b + c"),
        (call("add", "a", call("add", "b", "c")), "a + (b + c)"),
        (call("sub", "a", call("sub", "b", "c")), "a - (b - c)"),
        (call("mul", "a", call("mul", "b", "c")), "a * (b * c)"),
        (call("mul", call("add", "a", "b"), "c"), "(a + b) * c"),
        (call("div", call("mul", "a", "b"), "c"), "a * b / c"),
        (call("mul", "a", call("div", "b", "c")), "a * (b / c)"),
        (call("neg", call("mul", "a", "b")), "-(a * b)"),
        (call("mul", call("neg", "a"), "b"), "-a * b"),
        (call("add", "a", call("neg", "b")), "a + (-b)"),
        (call("neg", call("neg", "a")), "-(-a)"),
        (call("pow", call("neg", "a"), Number(Fraction(2))), "(-a)**2"),
        (call("neg", call("pow", "a", Number(Fraction(2)))), "-a**2"),
        (call("pow", call("pow", "a", Number(Fraction(2))), Number(Fraction(-1))), "(a**2)**(-1)"),
        (call("maximum", call("add", "a", "b"), "c"), "maximum(a + b, c)"),
        (call("mul", Number(Fraction(1, 3)), "a"), "(1/3) * a"),
        (call("mul", "a", Number(Fraction(-1, 8))), "a * (-0.125)"),
        (call("mul", "a", Number(Fraction(1, 10**12))), "a * 1e-12"),
        (call("div", "a", Size("hidden")), 'a / size("hidden")'),
        (call("stop", call("add", "a", "b")), "stop(a + b)"),
    ],
)
def test_text_keeps_the_tree_and_no_parenthesis_more(expr: Expr, printed: str) -> None:
    assert expression_text(expr, pointwise(expr, "a", "b", "c")) == printed


OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}


def reread(node: ast.expr) -> Expr:
    """Python's own reading of printed text."""
    match node:
        case ast.Name(name):
            return Ref(name)
        case ast.Constant(int(value)):
            return Number(Fraction(value))
        case ast.Constant(float()):
            return Number(Fraction(ast.unparse(node)))
        case ast.UnaryOp(ast.USub(), operand):
            return Apply("neg", (reread(operand),))
        case ast.BinOp(left, operator, right):
            return Apply(OPERATORS[type(operator)], (reread(left), reread(right)))
        case ast.Call(ast.Name(function), arguments):
            return Apply(function, tuple(reread(argument) for argument in arguments))
    raise AssertionError(ast.dump(node))


def random_expr(dice: random.Random, depth: int) -> Expr:
    if depth == 0:
        return Ref(dice.choice("abc")) if dice.random() < 0.8 else Number(Fraction(dice.randrange(1, 50), 8))
    kind = dice.choice(["add", "sub", "mul", "div", "neg", "pow", "sigmoid", "maximum"])
    if kind == "pow":
        return Apply("pow", (random_expr(dice, depth - 1), Number(Fraction(dice.randrange(2, 5)))))
    arity = 1 if kind in ("neg", "sigmoid") else 2
    return Apply(kind, tuple(random_expr(dice, dice.randrange(depth)) for _ in range(arity)))


def test_printed_text_is_read_back_as_the_same_tree() -> None:
    dice = random.Random(0)
    for _ in range(500):
        expr = random_expr(dice, 5)
        printed = expression_text(expr, pointwise(expr, "a", "b", "c"))
        assert reread(ast.parse(printed, mode="eval").body) == expr, printed


def contraction(out: Axes, indices: str, *factors: tuple[str, str]) -> str:
    """The printed right-hand side of one contraction over values whose axes are their index letters."""
    sources = tuple(Source(name, tuple(letters)) for name, letters in factors)
    node = Contract("y", out, tuple(indices), tuple(Operand(name, tuple(letters)) for name, letters in factors))
    program = checked(Program("one", sources, (), (), (), (node,), (Output("y", "y"),)))
    return equations(text(program))[0].removeprefix("y = ")


@pytest.mark.parametrize(
    ("indices", "factors", "printed"),
    [
        ("i", [("W", "ij"), ("v", "j")], "W @ v"),
        ("i", [("v", "j"), ("W", "ij")], "W @ v"),
        ("j", [("W", "ij"), ("v", "i")], "v @ W"),
        ("bu", [("W", "buj"), ("v", "j")], "W @ v"),
        ("h", [("W", "hbu"), ("v", "bu")], "W @ v"),
        ("ij", [("a", "i"), ("b", "j")], "outer(a, b)"),
        ("ij", [("b", "j"), ("a", "i")], "outer(a, b)"),
        ("", [("a", "i"), ("b", "i")], "dot(a, b)"),
        ("", [("a", "ij")], "sum(a)"),
        ("b", [("a", "bu")], 'sum(a, "u")'),
        ("bu", [("a", "b"), ("v", "bu")], "v * a"),
        ("bu", [("a", "b")], "a"),
        ("ik", [("A", "ij"), ("B", "jk")], 'einsum("ij,jk->ik", A, B)'),
        ("ji", [("A", "ij")], 'einsum("ij->ji", A)'),
        ("i", [("A", "ij"), ("a", "j"), ("b", "j")], 'einsum("ij,j,j->i", A, a, b)'),
    ],
)
def test_contractions_are_written_in_the_words_of_the_language(
    indices: str, factors: list[tuple[str, str]], printed: str
) -> None:
    assert contraction(tuple(indices), indices, *factors) == printed


def test_latex_is_balanced_and_in_the_papers_notation() -> None:
    cell = leaky()
    forward, backward = latex(cell), latex(adjoint(cell), cell)
    assert r"f(t) &= \sigma\left(U_{f} h(t-1) + b_{f}\right)" in forward
    assert r"h(t) &= f(t) \odot h(t-1) + \tanh\left(W x(t)\right) \odot \left(1 - f(t)\right)" in forward
    assert r"\frac{\partial L}{\partial U_{f}} &= \sum_{t} \overline{\mathrm{net}}_{f}(t)\, {h(t-1)}^{\top}" in backward
    assert r"\frac{\partial L}{\partial x(t)} &= {W}^{\top}" in backward
    for printed in (forward, backward):
        assert printed.count("{") == printed.count("}")
        assert printed.count(r"\left") == printed.count(r"\right")
        assert printed.count(r"\begin{align*}") == printed.count(r"\end{align*}") == 1


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("beta", r"\beta"),
        ("y_phi", r"y_{\phi}"),
        ("net_out_1", r"\mathrm{net}_{\mathrm{out},1}"),
        ("_", r"\_"),
    ],
)
def test_latex_names(name: str, printed: str) -> None:
    expr = call("add", name, name)
    program = Program("one", (), (), (Source(name, ()),), (), (Pointwise("y", (), expr),), (Output("y", "y"),))
    assert f"y &= {printed} + {printed}" in latex(checked(program))


def test_values_that_would_be_spelled_alike_are_told_apart() -> None:
    """An author's `d_f` beside the cotangent of f."""
    nodes = (Pointwise("f", H, call("sigmoid", "d_f")), Pointwise("y", H, call("mul", "f", call("mul", "f", "d_f"))))
    cell = checked(Program("clash", (Source("d_f", H),), (), (), (), nodes, (Output("y", "y"),)))
    lefts = [line.split(" = ")[0].strip() for line in equations(text(adjoint(cell), cell))]
    assert len(lefts) == len(set(lefts))
    assert "d_f" not in lefts


def test_a_rebound_local_is_not_mistaken_for_an_unnamed_value() -> None:
    nodes = (
        Pointwise("s", H, call("sin", "x")),
        Pointwise("s.2", H, call("cos", "s")),
        Pointwise("y", H, call("exp", "s.2")),
    )
    cell = checked(Program("twice", (Source("x", H),), (), (), (), nodes, (Output("y", "y"),)))
    assert equations(text(cell)) == ["s   = sin(x)", "s_2 = cos(s)", "y   = exp(s_2)"]


def test_constants_are_printed_with_their_defaults() -> None:
    expr = call("mul", "x", "beta")
    constant = Constant("beta", (), Fraction(1, 4))
    cell = checked(
        Program("c", (Source("x", H),), (), (), (constant,), (Pointwise("y", H, expr),), (Output("y", "y"),))
    )
    assert "constants   beta = 0.25" in text(cell)


@pytest.mark.parametrize("passes", [(), (adjoint,), (tangent,), (truncate,), (truncate, adjoint), (adjoint, adjoint)])
def test_every_program_prints_within_80_columns_and_the_same_each_time(passes: tuple[type, ...]) -> None:
    program, primal = leaky(), None
    for each in passes:
        program, primal = each(program), program
    printed = text(program, primal)
    assert printed == text(program, primal)
    assert max(map(len, printed.splitlines())) <= 80
    assert printed.endswith("\n")
    assert latex(program, primal)


def test_json_is_complete_and_exact() -> None:
    program = adjoint(leaky())
    content = json.loads(json.dumps(as_json(program)))
    assert [node["out"] for node in content["nodes"]] == [node.out for node in program.nodes]
    assert content["direction"] == "backward"
    assert content["states"][0] == {"label": "h", "old": "h.next", "new": "h[t-1].bar", "axes": ["hidden"]}
    assert {"number": "1"} in _leaves(content)
    assert [total["label"] for total in content["totals"]] == ["W", "U_f", "b_f"]


def _leaves(content: object) -> list[object]:
    if isinstance(content, dict):
        return [content, *(leaf for value in content.values() for leaf in _leaves(value))]
    return [leaf for value in content for leaf in _leaves(value)] if isinstance(content, list) else []
