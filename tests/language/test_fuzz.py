"""Whatever the text, the parser accepts it or raises DerivationError; what it accepts is well formed."""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lstmproof.language.definition import Derivation
from lstmproof.language.errors import DerivationError
from lstmproof.language.parser import parse_text
from lstmproof.language.reading import source_of
from lstmproof.language.scan import scan
from lstmproof.language.scope import EXPORTED
from lstmproof.language.spelling import formula_text
from lstmproof.program.typecheck import checked
from tests.language.hostile import CELL, HEADER

SEEDS = [path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parents[2] / "derivations").glob("*.py"))]

LINE_END = re.compile("\r\n|\r|\n")

TOKENS = (
    *("x", "h", "c", "W", "U", "b", "p", "s", "f", "tanh", "sigmoid", "outer", "dot", "sum", "mean", "stop", "cut"),
    *("previous", "maximum", "g", "(", ")", "(", ")", "+", "-", "*", "/", "@", "**", "2", "0.5", "1e-3", ",", "=", ":"),
    *('"hidden"', '"block unit"', '""', "return", "def", "@cell", "\n    ", "\n", "é", "lambda", "if", "[", "]"),
)


CLAIM_TOKENS = (
    *(
        "h",
        "h0",
        "f",
        "zeta",
        "t",
        "1",
        "0.5",
        "2",
        "+",
        "-",
        "*",
        "/",
        "**",
        "(",
        ")",
        "(",
        ")",
        ",",
        "<",
        "<=",
        "==",
        "!=",
    ),
    *(
        "<",
        ">=",
        "and",
        "or",
        "not",
        "abs",
        "exp",
        "gain",
        "carousel",
        "jacobian",
        "norm",
        "derivative",
        "limit",
        "bounded",
    ),
    *("same", "rnn", "count", "cost", "always", "previous", "oo", '"hidden"', '"forward"', "lag=2", "@", "U", "sum"),
)
WHOLE = (
    *(
        "abs(h)",
        "exp(zeta)",
        "zeta",
        "h0",
        "carousel(h)",
        "norm(jacobian(h, h, lag=2))",
        "limit(zeta / (1 + zeta), zeta, oo)",
        "zeta ** t",
    ),
    *(
        "derivative(gain(zeta), zeta)",
        'count("hidden")',
        "(U @ previous(h))",
        "sum(f)",
        "3",
        "-zeta",
        "zeta ** 2",
        'cost("forward")',
    ),
)


def outcome(text: str) -> Derivation | None:
    """The derivation, or None where the text is refused with a complete message; anything else fails."""
    try:
        derivation = parse_text(text, "fuzz.py")
    except DerivationError as error:
        refusal = error
    else:
        for cell in derivation.cells:
            checked(cell.program)
            assert set(cell.lines) == {node.out for node in cell.program.nodes}
            assert tuple(output.label for output in cell.program.outputs) == cell.returned
            assert cell.states
        for claim in derivation.claims:
            assert claim.quantifiers
            for spelled in (claim.text, *map(formula_text, claim.formulas)):
                ast.parse(spelled, mode="eval")
        return derivation
    assert all((refusal.message, refusal.found, refusal.expected, refusal.fix))
    assert len(str(refusal)) < 3_000
    str(refusal).encode()
    if refusal.line:
        assert refusal.source == LINE_END.split(text.removeprefix("\ufeff"))[refusal.line - 1]
        assert 1 <= refusal.column <= len(refusal.source) + 1
    return None


@settings(max_examples=300)
@given(st.text())
@example("\\")
@example("'\\")
@example('"""\\"""')
@example("x = (\n")
@example("é = 1")
@example("x = '''é''' + y")
def test_any_text(text: str) -> None:
    outcome(text)


@settings(max_examples=400)
@given(st.lists(st.sampled_from(TOKENS), max_size=30))
def test_any_body(tokens: list[str]) -> None:
    outcome(f"{HEADER}@cell\ndef rnn(x, h, *, W, U, b, p):\n    {' '.join(tokens)}\n    return h\n")


@settings(max_examples=400)
@given(st.lists(st.sampled_from(TOKENS[:-15]), min_size=1, max_size=12))
def test_any_expression(tokens: list[str]) -> None:
    outcome(CELL.replace("tanh(W @ x", f"tanh({' '.join(tokens)} + W @ x"))


def claim(said: str) -> str:
    """A file with a cell, and a claim that says `said` of all that its arguments name."""
    words = ", ".join(sorted(EXPORTED))
    cell = "@cell\ndef rnn(x, h, *, W, U, b):\n    f = W @ x + U @ h + b\n    h = tanh(f)\n    return h\n"
    assumed = "assume(h + h0 + f + zeta + t + sum(U) > 0)"
    head = f"from lstmproof.language import {words}\ndef gain(u): return 2 * u - u / 3\n{cell}@claim(rnn)\n"
    return f"{head}def it(h, h0, f, zeta, t, U):\n    {assumed}\n    return {said}\n"


@settings(max_examples=400)
@given(st.lists(st.sampled_from(CLAIM_TOKENS), min_size=1, max_size=14))
def test_any_claim(tokens: list[str]) -> None:
    outcome(claim(" ".join(tokens)))


terms = st.recursive(
    st.sampled_from(WHOLE),
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({' '.join(parts)})"),
    max_leaves=5,
)
comparisons = st.tuples(terms, st.sampled_from(("<", "<=", "==", "!=", ">=", ">")), terms).map(" ".join)
statements = st.recursive(
    st.one_of(comparisons, st.just("bounded(h)"), comparisons.map(lambda one: f"0 < {one}")),
    lambda inner: st.one_of(
        inner.map(lambda one: f"not ({one})"),
        st.tuples(inner, st.sampled_from(("and", "or")), inner).map(lambda parts: f"({' '.join(parts)})"),
    ),
    max_leaves=6,
)


@settings(max_examples=200)
@given(statements)
def test_a_claim_spelled_out_is_itself(said: str) -> None:
    """Its text and its formula's spelling both read as the same formula; every generated statement is accepted."""
    first = outcome(claim(said))
    assert first is not None
    (stated,) = first.claims
    for spelled in (stated.text, formula_text(stated.conclusion)):
        again = outcome(claim(spelled))
        assert again is not None
        assert again.claims[0].conclusion == stated.conclusion


@settings(max_examples=300)
@given(st.randoms(use_true_random=False))
def test_mutations_of_valid_files(random: random.Random) -> None:
    text = random.choice(SEEDS)
    for _ in range(random.randint(1, 6)):
        text = mutated(text, random)
    outcome(text)


def mutated(text: str, random: random.Random) -> str:
    """`text` with one place changed: something cut, repeated, moved, or put in."""
    start = random.randrange(len(text) + 1)
    end = min(len(text), start + random.choice((1, 1, 1, 5, 40)))
    other = random.randrange(len(text) + 1)
    match random.randrange(5):
        case 0:
            return text[:start] + text[end:]
        case 1:
            return text[:end] + text[start:]
        case 2:
            return text[:other] + text[start:end] + text[other:]
        case 3:
            return text[:start] + chr(random.choice((0, 9, 10, 13, 32, 34, 39, 40, 41, 92, 233, 8238))) + text[end:]
        case _:
            return text[:start] + random.choice(TOKENS) + text[end:]


def test_the_seeds_are_accepted() -> None:
    assert len(SEEDS) >= 8
    for text in SEEDS:
        derivation = outcome(text)
        assert derivation is not None
        assert derivation.cells or derivation.claims


@settings(max_examples=300)
@given(st.text(alphabet="'\"\\\n#abfr()[]{}.,;:+-*1eE ", max_size=60))
def test_what_the_scan_lets_through_python_reads_alike(text: str) -> None:
    """The scan sees every string, comment and bracket where Python does; else text could hide its depth from it."""
    try:
        scan(source_of(text, "fuzz.py"))
    except DerivationError:
        return
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    refused = (ast.JoinedStr, ast.List, ast.Dict, ast.Set, ast.Subscript, ast.Lambda, ast.ListComp)
    assert not any(isinstance(node, refused) for node in ast.walk(tree))


@pytest.mark.parametrize(
    "text", ["x = 'a\\\nb' + y", 'x = """a"b""c\\"""\n""" + y', "x = r'\\\\' \\\n + y", "x = (y\n# (\n)"]
)
def test_the_scan_counts_lines_inside_strings(text: str) -> None:
    with pytest.raises(DerivationError) as caught:
        parse_text(text + "\n    [", "fuzz.py")
    assert (caught.value.line, caught.value.column) == (text.count("\n") + 2, 5)
