"""Claims as data: what they speak of, what they assume and say, and for what; spelled, they read as themselves."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest

from lstmproof.language.claims import Claim
from lstmproof.language.formula import (
    And,
    Bounded,
    Compare,
    Formula,
    Not,
    Or,
    Same,
    atoms,
    free_names,
    terms,
)
from lstmproof.language.parser import parse_text
from lstmproof.language.scope import CLAIM_WORDS, EXPORTED
from lstmproof.language.spelling import formula_text
from lstmproof.language.subject import one_edit_apart
from lstmproof.program.expr import ONE, Apply, Expr, Number, Ref, Size, walk

CELLS = f'''"""Claims to read."""
from lstmproof.language import {", ".join(sorted(EXPORTED))}

def g(z):
    return 4 * sigmoid(z) - 2

def gain(s, b):
    return (1 - sigmoid(s - b)) / (1 - sigmoid(s))

@cell
def janet(x, h, *, W_f, U_f, b_f, W_c, U_c, b_c):
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    h = f * h + (1 - f) * tanh(W_c @ x + U_c @ h + b_c)
    return h

@cell
def beta_janet(x, h, *, W_f, U_f, b_f, W_c, U_c, b_c, beta=1.0):
    s = W_f @ x + U_f @ h + b_f
    f = sigmoid(s)
    h = f * h + (1 - sigmoid(s - beta)) * tanh(W_c @ x + U_c @ h + b_c)
    return h

@cell
def blocks(x, s: "block unit", *, W_in: "block input", U_in: "block block unit", W_c: "block unit input"):
    y_in: "block" = sigmoid(W_in @ x + U_in @ s)
    s = s + y_in * g(W_c @ x)
    y = y_in * tanh(s)
    return s, y

'''


def claims(text: str) -> tuple[Claim, ...]:
    return parse_text(CELLS + text, "mine.py").claims


def claim(said: str, arguments: str = "", cell: str = "", assumed: tuple[str, ...] = (), kind: str = "claim") -> Claim:
    """The claim that returns `said` of `arguments`."""
    body = "".join(f"    assume({each})\n" for each in assumed)
    head = f"@{kind}({cell})" if cell else f"@{kind}"
    (only,) = claims(f"{head}\ndef it({arguments}):\n{body}    return {said}\n")
    return only


def left(said: str, arguments: str = "", cell: str = "") -> Expr:
    """The left side of a claim `said > 7`."""
    formula = claim(f"{said} > 7", arguments, cell).conclusion
    assert isinstance(formula, Compare)
    return formula.left


def n(value: int) -> Number:
    return Number(Fraction(value))


def test_a_claim_of_a_cell() -> None:
    text = '''
@claim(beta_janet)
def stays_below(h, h0, beta):
    """Never exceeds e^beta.

    Ledger B11.
    """
    assume(beta >= 0)
    return abs(h) <= maximum(abs(h0), exp(beta))
'''
    (found,) = claims(text)
    assert (found.id, found.kind, found.name, found.cell) == (
        "claim.stays_below",
        "claim",
        "stays_below",
        "beta_janet",
    )
    assert found.doc == "Never exceeds e^beta.\n\nLedger B11."
    assert found.line == CELLS.count("\n") + 3
    assert found.digest == parse_text(CELLS + text).cells[0].digest
    assert dict(found.arguments) == {"h": "state", "h0": "initial", "beta": "constant"}
    assert found.defaults == {}
    assert found.text == "abs(h) <= maximum(abs(h0), exp(beta))"
    assert found.hypotheses == ("beta >= 0",)
    assert found.conclusion == Compare(
        "<=",
        Apply("abs", (Ref("h"),)),
        Apply("maximum", (Apply("abs", (Ref("h0"),)), Apply("exp", (Ref("beta"),)))),
    )
    (assumption,) = found.assumptions
    assert (assumption.always, assumption.text, assumption.line) == (False, "beta >= 0", found.line + 5)
    assert assumption.formula == Compare(">=", Ref("beta"), n(0))


def test_a_constant_that_is_not_named_has_its_default() -> None:
    found = claim("abs(h) <= 1", "h, h0", "beta_janet", ("abs(h0) <= 1",), kind="myth")
    assert found.id == "myth.it"
    assert found.defaults == {"beta": 1}
    assert found.hypotheses == ("abs(h0) <= 1", "beta = 1")


def test_a_constant_that_is_named_alone_is_any_real() -> None:
    found = claim("abs(h) <= 1", "h, beta", "beta_janet")
    assert found.defaults == {}
    assert "all real beta" in found.quantifiers


def test_every_role() -> None:
    found = claim(
        "abs(h) + abs(h0) + abs(f) + b_f + beta + bound**t >= sum(x)",
        "x, h, h0, f, b_f, beta, bound, t",
        "beta_janet",
    )
    assert tuple(found.arguments.items()) == (
        ("x", "input"),
        ("h", "state"),
        ("h0", "initial"),
        ("f", "value"),
        ("b_f", "parameter"),
        ("beta", "constant"),
        ("bound", "free"),
        ("t", "time"),
    )


def test_without_a_cell_every_name_is_a_free_real() -> None:
    found = claim("sigmoid(t) + h0 < oops", "t, h0, oops")
    assert set(found.arguments.values()) == {"free"}
    assert found.cell == ""
    assert found.quantifiers == "for all real t, h0, oops"


QUANTIFIED = {
    ("janet", "h, h0", "abs(h) <= maximum(abs(h0), 1)"): (
        "for all t >= 1, all units, sizes, weights, inputs and initial states"
    ),
    ("beta_janet", "h, beta, bound", "abs(h) <= bound"): (
        "for all t >= 1, all units, sizes, weights, inputs and initial states, and all real beta, bound"
    ),
    ("janet", "", 'count("parameters") == 2 * count("W_f") + 2 * count("U_f") + 2 * count("hidden")'): "for all sizes",
    ("janet", "bound", 'cost("forward") <= bound * count("parameters")'): "for all sizes, and all real bound",
    ("", "z", "limit(tanh(z), z, oo) == 1"): "of numbers alone",
    ("", "z, w", "limit(tanh(w * z), z, oo) <= w"): "for all real w",
    ("", "z", "tanh(z) < limit(tanh(z), z, oo)"): "for all real z",
    ("", "", "sigmoid(0) == 1 / 2"): "of numbers alone",
    ("janet", "h", "carousel(h, lag=5) <= 1 and jacobian(h, h, lag=9) <= 1"): (
        "for all t >= 9, all units, sizes, weights, inputs and initial states"
    ),
    ("janet", "h", "bounded(h)"): (
        "for all initial states, one number for all t >= 1, all units, sizes, weights and inputs"
    ),
    ("beta_janet", "h, beta", "not bounded(h)"): (
        "for some initial states and some real beta, no number for all t >= 1, all units, sizes, weights and inputs"
    ),
    ("", "", "same(janet, beta_janet)"): "for all t >= 1, all units, sizes, weights, inputs and initial states",
}


@pytest.mark.parametrize("said", QUANTIFIED, ids=lambda said: said[2])
def test_the_quantifiers_in_words(said: tuple[str, str, str]) -> None:
    cell, arguments, statement = said
    assert claim(statement, arguments, cell).quantifiers == QUANTIFIED[said]


def test_an_assumption_at_every_step() -> None:
    found = claim("abs(h) <= 1", "h, f, phi", "janet", ("always(0 <= f and f <= phi)", "phi < 1"))
    assert [(each.always, each.text) for each in found.assumptions] == [
        (True, "always(0 <= f and f <= phi)"),
        (False, "phi < 1"),
    ]
    assert isinstance(found.assumptions[0].formula, And)


A, B, C = (Compare("<", Ref(name), n(1)) for name in "abc")
FORMULAS: dict[str, Formula] = {
    "a < 1": A,
    "a < 1 and b < 1 and c < 1": And((A, B, C)),
    "a < 1 or b < 1 and c < 1": Or((A, And((B, C)))),
    "(a < 1 or b < 1) and c < 1": And((Or((A, B)), C)),
    "not (a < 1)": Not(A),
    "not (a < 1 and not (b < 1))": Not(And((A, Not(B)))),
    "a == b": Compare("==", Ref("a"), Ref("b")),
    "a != b": Compare("!=", Ref("a"), Ref("b")),
    "a >= b > c": And((Compare(">=", Ref("a"), Ref("b")), Compare(">", Ref("b"), Ref("c")))),
}


@pytest.mark.parametrize("said", FORMULAS)
def test_statements(said: str) -> None:
    found = claim(said, "a, b, c" if "c" in said else "a, b" if "b" in said else "a")
    assert found.conclusion == FORMULAS[said]
    assert found.text == said


def test_bounded_and_its_negation() -> None:
    assert claim("bounded(h)", "h", "janet").conclusion == Bounded("h")
    assert claim("not bounded(y)", "y", "blocks").conclusion == Not(Bounded("y"))
    assert claim("not not not bounded(y)", "y", "blocks").conclusion == Not(Bounded("y"))


def test_two_cells() -> None:
    found = claim("same(janet, beta_janet)", "beta", "beta_janet", ("beta == 0",))
    assert found.conclusion == Same("janet", "beta_janet")
    assert (found.defaults, found.arguments["beta"]) == ({}, "constant")
    assert claim("same(janet, beta_janet)", "", "janet").defaults == {"beta": 1}
    assert claim("same(janet, beta_janet)").defaults == {"beta": 1}


SIZES = {name: Size(name) for name in ("block", "unit", "input", "hidden")}
TERMS: dict[tuple[str, str, str], Expr] = {
    ("h", "janet", "carousel(h)"): Apply("carousel", (Ref("h"), ONE)),
    ("h", "janet", "carousel(h, lag=1000)"): Apply("carousel", (Ref("h"), n(1000))),
    ("h", "janet", "jacobian(h, h)"): Apply("jacobian", (Ref("h"), Ref("h"), ONE)),
    ("f, h", "janet", "jacobian(f, h, lag=3)"): Apply("jacobian", (Ref("f"), Ref("h"), n(3))),
    ("h", "janet", "norm(jacobian(h, h))"): Apply("norm", (Apply("jacobian", (Ref("h"), Ref("h"), ONE)),)),
    ("U_f", "janet", "norm(U_f)"): Apply("norm", (Ref("U_f"),)),
    ("h", "janet", "previous(h)"): Ref("h[t-1]"),
    ("U_f, h", "janet", "U_f @ previous(h)"): Apply("product", (Ref("U_f"), Ref("h[t-1]"))),
    ("U_f, h", "janet", "h @ U_f"): Apply("product", (Ref("h"), Ref("U_f"))),
    ("s", "blocks", 'sum(s, "unit")'): Apply("sum", (Ref("s"), Size("unit"))),
    ("s", "blocks", "mean(s)"): Apply("mean", (Ref("s"),)),
    ("s, y", "blocks", "dot(s, y)"): Apply("dot", (Ref("s"), Ref("y"))),
    ("x, h", "janet", "outer(h, x)"): Apply("outer", (Ref("h"), Ref("x"))),
    ("s, y_in", "blocks", "s * y_in"): Apply("mul", (Ref("s"), Ref("y_in"))),
    ("", "blocks", 'count("unit")'): Size("unit"),
    ("W_in", "blocks", "count(W_in)"): Apply("mul", (SIZES["block"], SIZES["input"])),
    ("", "blocks", 'count("y_in")'): SIZES["block"],
    ("", "janet", 'cost("online")'): Apply("cost", (Ref("online"),)),
    ("z", "", "derivative(g(z), z)"): Apply(
        "derivative", (Apply("sub", (Apply("mul", (n(4), Apply("sigmoid", (Ref("z"),)))), n(2))), Ref("z"))
    ),
    ("z", "", "limit(z, z, oo)"): Apply("limit", (Ref("z"), Ref("z"), Ref("oo"))),
    ("z", "", "limit(z, z, -oo)"): Apply("limit", (Ref("z"), Ref("z"), Apply("neg", (Ref("oo"),)))),
    ("z, b", "", "limit(z, z, b + 1)"): Apply("limit", (Ref("z"), Ref("z"), Apply("add", (Ref("b"), ONE)))),
    ("phi, t", "janet", "phi ** t"): Apply("power", (Ref("phi"), Ref("t"))),
    ("phi", "", "phi ** 16"): Apply("pow", (Ref("phi"), n(16))),
    ("phi", "", "phi ** 1000"): Apply("power", (Ref("phi"), n(1000))),
    ("phi, q", "", "phi ** (2 * q)"): Apply("power", (Ref("phi"), Apply("mul", (n(2), Ref("q"))))),
    ("z", "", "0.1 * z"): Apply("mul", (Number(Fraction(1, 10)), Ref("z"))),
}


@pytest.mark.parametrize("key", TERMS, ids=lambda key: key[2])
def test_terms(key: tuple[str, str, str]) -> None:
    arguments, cell, said = key
    assert left(said, arguments, cell) == TERMS[key]


def test_all_parameters_are_counted() -> None:
    """(block input) + (block block unit) + (block unit input), at sizes that no other sum has."""
    sizes = {"block": 10, "unit": 100, "input": 1000}
    assert _value(left('count("parameters")', "", "blocks"), sizes) == 10 * 1000 + 10 * 10 * 100 + 10 * 100 * 1000


def _value(expr: Expr, sizes: dict[str, int]) -> int:
    match expr:
        case Size(axis):
            return sizes[axis]
        case Apply("mul", (one, other)):
            return _value(one, sizes) * _value(other, sizes)
        case Apply("add", (one, other)):
            return _value(one, sizes) + _value(other, sizes)
    raise AssertionError(expr)


def test_helpers_are_inlined() -> None:
    formula = claim("1 < gain(z, b) < exp(b)", "z, b", assumed=("b > 0",)).conclusion
    assert isinstance(formula, And)
    assert formula_text(formula) == (
        "1 < (1 - sigmoid(z - b)) / (1 - sigmoid(z)) and (1 - sigmoid(z - b)) / (1 - sigmoid(z)) < exp(b)"
    )


def test_the_author_s_spelling_keeps_numbers_and_helpers() -> None:
    long = "0.1000000000000000000000000000001"
    assert claim(f"gain( z,1 ) <{long}", "z").text == f"gain(z, 1) < {long}"
    assert claim("1_000.0 * z > 1e-3", "z").text == "1_000.0 * z > 1e-3"
    assert claim("sum(h, 'hidden') > 0", "h", "janet").text == 'sum(h, "hidden") > 0'


SPELLED = [
    *((arguments, cell, f"{said} > 7") for arguments, cell, said in TERMS if said != "count(W_in)"),
    *(("a, b, c" if "c" in said else "a, b" if "b" in said else "a", "", said) for said in FORMULAS),
    ("h", "janet", "not bounded(h) or not (h < 1 and bounded(h))"),
    ("", "", "same(janet, beta_janet) or not same(beta_janet, janet)"),
    ("U_f, h, b_f", "janet", "b_f * (U_f @ h) + h * (h @ U_f) < -(U_f @ h) * 2"),
    ("z, w", "", "-z ** 2 + (-z) ** 2 - (z - (w - z)) / (z / w) * (z * w) < -(-z)"),
    ("z, w", "", "(z ** w) ** z + z ** (w ** z) + (-z) ** w < z ** -w"),
]


@pytest.mark.parametrize("key", SPELLED, ids=lambda key: key[2])
def test_a_formula_s_own_spelling_reads_as_that_formula(key: tuple[str, str, str]) -> None:
    arguments, cell, said = key
    formula = claim(said, arguments, cell).conclusion
    again = claim(formula_text(formula), arguments, cell).conclusion
    assert again == formula


def test_what_a_formula_speaks_of() -> None:
    said = 'limit(low * wide, low, oo) + cost("forward") < phi**t and bounded(h)'
    compare, other = atoms(claim(said, "low, wide, phi, t, h", "janet").conclusion)
    assert isinstance(compare, Compare)
    assert other == Bounded("h")
    assert [list(free_names(term)) for term in terms(compare)] == [["wide"], ["phi", "t"]]


def test_claims_stand_in_the_order_of_the_file() -> None:
    found = claims("@myth\ndef one(z): return z > 0\n\n@claim\ndef two(z): return z * z >= 0\n")
    assert [each.id for each in found] == ["myth.one", "claim.two"]


def test_a_file_may_hold_claims_alone() -> None:
    found = parse_text("from lstmproof.language import claim, exp\n@claim\ndef it(z): return exp(z) > 0\n")
    assert found.cells == ()
    assert len(found.claims) == 1


def test_words_of_claims_are_ordinary_names_where_they_are_not_imported() -> None:
    names = ", ".join(CLAIM_WORDS)
    body = f"    h = x @ W + {' + '.join(f'{word} * h' for word in CLAIM_WORDS)}\n    return h\n"
    parsed = parse_text(f"from lstmproof.language import cell\n@cell\ndef oo(x, h, *, W, {names}):\n{body}")
    assert parsed.cells[0].name == "oo"
    assert set(parsed.cells[0].parameters) == {"W", *CLAIM_WORDS}


def test_a_claim_word_may_name_a_helper_where_it_is_not_imported() -> None:
    helper, said = "def norm(z): return 2 * z\n", "@claim\ndef it(z): return norm(z) == z + z\n"
    (found,) = parse_text(f"from lstmproof.language import claim\n{helper}{said}").claims
    assert formula_text(found.conclusion) == "2 * z == z + z"


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("W_f", "W_F", True),
        ("W_f", "W_", True),
        ("W_f", "W_ff", True),
        ("W_f", "_Wf", True),
        ("W_f", "W_f", False),
        ("W_f", "f_W", False),
        ("h", "M", True),
        ("h", "", True),
        ("phi", "h", False),
        ("beta", "theta", False),
        ("abc", "cab", False),
        ("abcd", "badc", False),
    ],
)
def test_names_one_edit_apart(one: str, other: str, near: bool) -> None:
    assert one_edit_apart(one, other) is near
    assert one_edit_apart(other, one) is near


def test_many_names_are_compared_in_bounded_time() -> None:
    tensors = [f"W_{k:03}_{'a' * 40}" for k in range(400)]
    free = [f"{'b' * 30}_{k:03}" for k in range(400)]
    cell = f"@cell\ndef wide(x, h, *, {', '.join(tensors)}):\n" + "".join(
        f"    v{k} = {' + '.join(f'{name} * h' for name in tensors[k : k + 50])}\n" for k in range(0, 400, 50)
    )
    cell += f"    h = x * 0 + {' + '.join(f'v{k}' for k in range(0, 400, 50))}\n    return h\n"
    cell = cell.replace("wide(x,", 'wide(x: "hidden",')
    assumed = "".join(f"    assume({' + '.join(free[k : k + 50])} > 0)\n" for k in range(0, 400, 50))
    said = f"@claim(wide)\ndef it({', '.join(free)}):\n{assumed}    return 1 > 0\n"
    start = time.perf_counter()
    found = parse_text(f"from lstmproof.language import assume, cell, claim\n{cell}\n{said}")
    assert time.perf_counter() - start < 5
    assert set(found.claims[0].arguments.values()) == {"free"}


def test_expressions_keep_the_author_s_tree() -> None:
    tree = left("(h + b_f) - h", "h, b_f", "janet")
    assert [type(part).__name__ for part in walk(tree)] == ["Apply", "Apply", "Ref", "Ref", "Ref"]
