"""Cells that the language has: their signature, axes, nodes and equations."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from lstmproof.language.definition import Definition, Equation
from lstmproof.language.parser import parse_file, parse_text
from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.program.nodes import Constant, Contract, Operand, Output, Pointwise, Source, State

FILES = sorted((Path(__file__).parents[2] / "derivations").glob("*.py"))
IMPORT = (
    "from lstmproof.language import abs, cell, cut, dot, mean, maximum, outer, previous, sigmoid, stop, sum, tanh\n"
)


def cell(signature: str, *lines: str, before: str = "") -> Definition:
    """The one cell of a file with these lines as its body."""
    body = "".join(f"    {line}\n" for line in lines)
    (definition,) = parse_text(f"{IMPORT}{before}\n\n@cell\ndef one_cell({signature}):\n{body}", "f.py").cells
    return definition


def spell(expr: Expr) -> str:
    """Prefix notation, for comparison."""
    match expr:
        case Number(value):
            return str(value)
        case Ref(name):
            return name
        case Size(axis):
            return f"#{axis}"
        case Apply(function, arguments):
            return f"{function}({', '.join(map(spell, arguments))})"


def nodes(definition: Definition) -> dict[str, str]:
    """Each node's right-hand side: prefix notation, or an einsum."""
    return {
        node.out: spell(node.expr)
        if isinstance(node, Pointwise)
        else f"{','.join(''.join(one.indices) for one in node.factors)}->{''.join(node.indices)}"
        f" {', '.join(one.name for one in node.factors)}"
        for node in definition.program.nodes
    }


LSTM = """\
'''Long short-term memory.'''
from lstmproof.language import cell, sigmoid, tanh


@cell
def lstm(x, h, c, *, W_f, U_f, b_f, W_i, U_i, b_i, W_o, U_o, b_o, W_g, U_g, b_g):
    '''The form in common use.'''
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    i = sigmoid(W_i @ x + U_i @ h + b_i)
    o = sigmoid(W_o @ x + U_o @ h + b_o)
    g = tanh(W_g @ x + U_g @ h + b_g)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c
"""


def test_lstm_in_full() -> None:
    derivation = parse_text(LSTM, "lstm.py")
    (lstm,) = derivation.cells
    assert (derivation.file, derivation.doc, derivation.text) == ("lstm.py", "Long short-term memory.", LSTM)
    assert (lstm.name, lstm.doc, lstm.file, lstm.line) == ("lstm", "The form in common use.", "lstm.py", 6)
    assert lstm.digest == derivation.digest
    assert lstm.digest.startswith("sha256:")
    assert lstm.inputs == {"x": ("input",)}
    assert lstm.states == {"h": ("hidden",), "c": ("hidden",)}
    assert list(lstm.states) == ["h", "c"]
    assert lstm.constants == {}
    assert lstm.returned == ("h", "c")
    for gate in "fiog":
        assert lstm.parameters[f"W_{gate}"] == ("hidden", "input")
        assert lstm.parameters[f"U_{gate}"] == ("hidden", "hidden")
        assert lstm.parameters[f"b_{gate}"] == ("hidden",)
    assert lstm.equations[4:] == (
        Equation(12, "c", ("hidden",), "f * c + i * g"),
        Equation(13, "h", ("hidden",), "o * tanh(c)"),
    )
    program = lstm.program
    assert program.inputs == (Source("x", ("input",)),)
    assert program.states == (State("h", "h[t-1]", "h", ("hidden",)), State("c", "c[t-1]", "c", ("hidden",)))
    assert program.outputs == (Output("h", "h"), Output("c", "c"))
    assert [source.name for source in program.parameters] == list(lstm.parameters)
    assert program.nodes[:3] == (
        Contract("W_f@x", ("hidden",), ("a",), (Operand("W_f", ("a", "b")), Operand("x", ("b",)))),
        Contract("U_f@h", ("hidden",), ("a",), (Operand("U_f", ("a", "b")), Operand("h[t-1]", ("b",)))),
        Pointwise(
            "f",
            ("hidden",),
            Apply("sigmoid", (Apply("add", (Apply("add", (Ref("W_f@x"), Ref("U_f@h"))), Ref("b_f"))),)),
        ),
    )
    assert [(name, text) for name, text in nodes(lstm).items()][-3:] == [
        ("c", "add(mul(f, c[t-1]), mul(i, g))"),
        ("tanh.1", "tanh(c)"),
        ("h", "mul(o, tanh.1)"),
    ]
    assert lstm.lines["f"] == lstm.lines["W_f@x"] == 8
    assert lstm.lines["tanh.1"] == lstm.lines["h"] == 13


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_catalogue_is_in_the_language(path: Path) -> None:
    derivation = parse_file(path)
    assert derivation.cells or derivation.claims
    for definition in derivation.cells:
        assert set(definition.lines) == set(definition.program.node)
        assert definition.states


def test_a_cell_with_a_constant() -> None:
    janet = cell(
        "x, h, *, W_f, U_f, b_f, W_c, U_c, b_c, beta=1.0",
        "s = W_f @ x + U_f @ h + b_f",
        "f = sigmoid(s)",
        "g = tanh(W_c @ x + U_c @ h + b_c)",
        "h = f * h + (1 - sigmoid(s - beta)) * g",
        "return h",
    )
    assert janet.constants == {"beta": Constant("beta", (), Fraction(1))}
    assert janet.parameters["b_c"] == ("hidden",)
    assert nodes(janet)["sigmoid.1"] == "sigmoid(sub(s, beta))"
    assert nodes(janet)["h"] == "add(mul(f, h[t-1]), mul(sub(1, sigmoid.1), g))"


def test_gru_resets_before_the_product() -> None:
    gru = cell(
        "x, h, *, W_z, U_z, W_r, U_r, W_n, U_n",
        "z = sigmoid(W_z @ x + U_z @ h)",
        "r = sigmoid(W_r @ x + U_r @ h)",
        "h = z * h + (1 - z) * tanh(W_n @ x + U_n @ (r * h))",
        "return h",
    )
    assert nodes(gru)["r*h"] == "mul(r, h[t-1])"
    assert nodes(gru)["U_n@(r*h)"] == "ab,b->a U_n, r*h"
    assert gru.parameters["U_n"] == ("hidden", "hidden")


def test_blocks_of_several_cells_share_gates() -> None:
    block = cell(
        'x, y: "block unit", s: "block unit", *, W_in, U_in, b_in, W_c: "block unit input", '
        'U_c: "block unit block unit", b_c',
        'y_in: "block" = sigmoid(W_in @ x + U_in @ y + b_in)',
        "s = s + y_in * tanh(W_c @ x + U_c @ y + b_c)",
        "y = tanh(s)",
        "return y, s",
    )
    assert block.parameters == {
        "W_in": ("block", "input"),
        "U_in": ("block", "block", "unit"),
        "b_in": ("block",),
        "W_c": ("block", "unit", "input"),
        "U_c": ("block", "unit", "block", "unit"),
        "b_c": ("block", "unit"),
    }
    assert nodes(block)["U_c@y"] == "abcd,cd->ab U_c, y[t-1]"
    assert nodes(block)["U_in@y"] == "abc,bc->a U_in, y[t-1]"


def test_a_matrix_state_and_its_outer_product() -> None:
    memory = cell(
        'x, M: "value key", *, W_k, W_v: "value input", W_q: "key input", a: ""',
        'k: "key" = W_k @ x',
        "M = a * M + outer(W_v @ x, k)",
        "y = M @ (W_q @ x)",
        "z = (W_v @ x) @ M",
        "return M, y, z",
    )
    assert memory.parameters == {
        "W_k": ("key", "input"),
        "W_v": ("value", "input"),
        "W_q": ("key", "input"),
        "a": (),
    }
    assert nodes(memory)["outer(W_v@x,k)"] == "a,b->ab W_v@x, k"
    assert nodes(memory)["y"] == "ab,b->a M, W_q@x"
    assert nodes(memory)["z"] == "a,ab->b W_v@x.2, M"
    assert [equation.axes for equation in memory.equations] == [("key",), ("value", "key"), ("value",), ("key",)]


def test_a_peephole_reads_the_new_state_after_the_update() -> None:
    peephole = cell(
        "x, h, c, *, W, U, p_i, p_o, P",
        "i = sigmoid(W @ x + U @ h + p_i * c)",
        "c = c + i",
        "h = sigmoid(p_o * cut(c) + P @ stop(c) + previous(h) + previous(c)) * tanh(c)",
        "return h, c",
    )
    assert nodes(peephole)["i"] == "sigmoid(add(add(W@x, U@h), mul(p_i, c[t-1])))"
    assert nodes(peephole)["stop(c)"] == "stop(c)"
    assert nodes(peephole)["P@stop(c)"] == "ab,b->a P, stop(c)"
    assert nodes(peephole)["sigmoid.1"] == ("sigmoid(add(add(add(mul(p_o, cut(c)), P@stop(c)), h[t-1]), c[t-1]))")


def test_a_local_bound_twice_and_an_alias() -> None:
    twice = cell(
        "x, h, c, *, W, U", "s = W @ x", "s = s + U @ h", "s = tanh(s) * c", "c = s", "h = c", "return c, h, s"
    )
    assert nodes(twice) == {
        "s": "ab,b->a W, x",
        "U@h": "ab,b->a U, h[t-1]",
        "s.2": "add(s, U@h)",
        "tanh.1": "tanh(s.2)",
        "s.3": "mul(tanh.1, c[t-1])",
        "c": "s.3",
        "h": "c",
    }
    assert twice.program.outputs == (Output("c", "c"), Output("h", "h"), Output("s", "s.3"))
    assert [state.label for state in twice.program.states] == ["h", "c"]


def test_a_table_function_stands_only_at_the_root() -> None:
    nested = cell("x, h, *, W", "h = 2 * tanh(sigmoid(W @ x) + abs(h)) - stop(tanh(h))", "return h")
    assert nodes(nested) == {
        "W@x": "ab,b->a W, x",
        "sigmoid.1": "sigmoid(W@x)",
        "abs.1": "abs(h[t-1])",
        "tanh.1": "tanh(add(sigmoid.1, abs.1))",
        "tanh.2": "tanh(h[t-1])",
        "h": "sub(mul(2, tanh.1), stop(tanh.2))",
    }


def test_helpers_are_inlined_as_trees() -> None:
    helped = cell(
        "x, h, *, W, U, b",
        "h = g(net(W, x, U, h) + b) * square(h + b)",
        "return h",
        before="def g(z): return 4 * sigmoid(z) - two()\ndef two(): return 2\n"
        "def net(V, x, A, y): return V @ x + A @ y\ndef square(s):\n    '''s squared.'''\n    return s * s\n"
        "def unused(q): return tanh(q)\n",
    )
    assert nodes(helped) == {
        "W@x": "ab,b->a W, x",
        "U@h": "ab,b->a U, h[t-1]",
        "sigmoid.1": "sigmoid(add(add(W@x, U@h), b))",
        "h": "mul(sub(mul(4, sigmoid.1), 2), mul(add(h[t-1], b), add(h[t-1], b)))",
    }
    assert list(helped.helpers) == ["g", "two", "net", "square"]


def test_a_helper_may_be_the_whole_of_an_equation() -> None:
    whole = cell(
        "x, h, *, W, U",
        "s = same(W @ x)",
        "f = gate(s)",
        "h = f * h + net(U, h)",
        "return h",
        before="def same(z): return z\ndef gate(z): return sigmoid(z)\ndef net(A, y): return A @ y\n",
    )
    assert nodes(whole) == {
        "W@x": "ab,b->a W, x",
        "s": "W@x",
        "f": "sigmoid(s)",
        "U@h": "ab,b->a U, h[t-1]",
        "h": "add(mul(f, h[t-1]), U@h)",
    }


def test_sums_means_and_dots() -> None:
    reduced = cell(
        'x, s: "block unit", *, W: "block unit input", p: "unit"',
        "n = s - mean(s)",
        'm = mean(n, "unit") + sum(x)',
        's = m * s + sum(W, "input") + p + dot(s, n) + sum(n * n)',
        "return s",
    )
    assert nodes(reduced) == {
        "sum(s)": "ab-> s[t-1]",
        "mean(s)": "div(sum(s), mul(#block, #unit))",
        "n": "sub(s[t-1], mean(s))",
        "sum(n,unit)": "ab->a n",
        "mean(n,'unit')": "div(sum(n,unit), #unit)",
        "sum(x)": "a-> x",
        "m": "add(mean(n,'unit'), sum(x))",
        "sum(W,input)": "abc->ab W",
        "dot(s,n)": "ab,ab-> s[t-1], n",
        "n*n": "mul(n, n)",
        "sum(n*n)": "ab-> n*n",
        "s": "add(add(add(add(mul(m, s[t-1]), sum(W,input)), p), dot(s,n)), sum(n*n))",
    }
    assert reduced.program.node["m"].axes == ("block",)


def test_numbers_are_exact() -> None:
    exact = cell(
        'x: "", h, *, beta=-1.5e-3, k=1_000, n=-0',
        "h = x + 0.1 * h + h ** 16 - 1_0.5e1 * 0.30000000000000000001 + beta + k + 1e-300 + .5 + 2. + n",
        "return h",
    )
    assert exact.constants["beta"].default == Fraction(-15, 10_000)
    assert exact.constants["k"].default == 1000
    assert exact.constants["n"].default == 0
    numbers = {part.value for node in exact.program.nodes if isinstance(node, Pointwise) for part in walk(node.expr)}
    tiny, long = Fraction(1, 10**300), Fraction(30000000000000000001, 10**20)
    assert numbers == {Fraction(1, 10), Fraction(16), Fraction(105), long, tiny, Fraction(1, 2), Fraction(2)}


def walk(expr: Expr) -> list[Number]:
    match expr:
        case Number():
            return [expr]
        case Apply(_, arguments):
            return [number for argument in arguments for number in walk(argument)]
        case _:
            return []


def test_a_long_text_makes_no_name() -> None:
    power = " * h" * 20
    long = cell("x, h, *, W, U, b", f"h = U @ (W @ x + b{power}) - U @ (W @ x + h{power})", "return h")
    assert [name for name in nodes(long) if "@" in name] == [
        *("W@x", "value@"),
        *("W@x.2", "value@.2"),
        *("U@(value@)", "U@(value@.2)"),
    ]


ORDINARY = (*"ifgosceIESNQtT", "pi", "beta", "zeta", "re", "gamma", "np", "run", "x0", "step", "sign", "hidden")


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_names_stay_ordinary(name: str) -> None:
    ordinary = cell(f"x, h, *, W, U, {name}", "h = tanh(W @ x + U @ h + " + name + ")", "return h")
    assert ordinary.parameters[name] == ("hidden",)
    bound = cell("x, h, *, W, U", f"{name} = W @ x + U @ h", f"h = tanh({name})", "return h")
    assert name in nodes(bound)


def test_a_file_of_helpers() -> None:
    assert parse_text("def half(z): return z / 2\n").cells == ()


def test_several_cells_in_a_file_in_order() -> None:
    text = "".join(f"@cell\ndef {name}(x: 'hidden', h):\n    h = x - h\n    return h\n" for name in ("b", "a", "c"))
    assert [one.name for one in parse_text(IMPORT + text).cells] == ["b", "a", "c"]
