from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from lstmproof import catalogue
from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.tangent import tangent
from lstmproof.calculus.truncate import truncate
from lstmproof.document import mathml
from lstmproof.document.blocks import Row
from lstmproof.document.mathlines import broken, width
from lstmproof.program.printing import latex


def _formulas(name: str) -> list[str]:
    """Sides of all equations of a cell's Programs."""
    program = catalogue.find(name).program
    cut = truncate(program)
    texts = [latex(program), latex(cut), latex(adjoint(program), program), latex(adjoint(cut), cut)]
    lines = [line for text in [*texts, latex(tangent(program))] for line in text.splitlines() if " &= " in line]
    return sorted({side for line in lines for side in line.rstrip("\\ ").split(" &= ")})


@pytest.mark.parametrize("name", catalogue.names())
def test_every_formula_of_the_catalogue_converts_without_a_trace_of_latex(name: str) -> None:
    formulas = _formulas(name)
    assert formulas
    for formula in formulas:
        made = mathml.inline(formula.strip())
        root = ET.fromstring(made)
        text = "".join(root.itertext())
        assert "\\" not in text, formula
        assert "{" not in text, formula
        names = set(re.findall(r"\\math(?:rm|tt)\{([A-Za-z]+)\}", formula))
        assert names <= {each.text for each in root.iter()}, "a word is in one piece"


def test_words_are_words_and_names_of_functions_identifiers() -> None:
    made = mathml.inline(r"\tanh\left(W_{\mathrm{in}}\right)")
    assert "<mi>tanh</mi>" in made
    assert "<mi>in</mi>" in made


def test_code_in_a_formula_is_code() -> None:
    assert '<mtext class="code">net_W_n@x</mtext>' in mathml.inline(r"\bar{[\mathtt{net\_W\_n@x}]}(t)")


def test_brackets_stretch_around_what_is_tall_alone() -> None:
    assert 'stretchy="true"' not in mathml.inline(r"\left(a + b\right)")
    assert 'stretchy="true"' in mathml.inline(r"\left(\frac{a}{b}\right)")


def test_a_loose_ampersand_is_text() -> None:
    assert "&amp;" in mathml.inline(r"\mathtt{a\&b}")


def test_relations_are_one_sign() -> None:
    assert "<mo>+=</mo>" in mathml.display((Row("a", "b", "a += b", r"\mathrel{+}="),))


def test_long_formulas_are_broken_outside_brackets() -> None:
    formula = r"\left(a + b\right) \odot c + " * 8 + "d"
    lines = broken(formula, 24)
    assert len(lines) > 2
    assert " ".join(lines) == formula
    assert all(width(line) <= 24 for line in lines)
    assert all(line.count(r"\left(") == line.count(r"\right)") for line in lines)
    assert broken(r"\left(a + b + c + d + e\right)", 5) == (r"\left(a + b + c + d + e\right)",)
