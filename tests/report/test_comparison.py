from __future__ import annotations

from lstmproof.document import html, markdown
from lstmproof.report import comparison
from tests.report.samples import HOLDING
from tests.report.studies import formulas, study_of
from tests.report.test_index import BOUND, CAROUSEL


def test_every_cell_has_the_same_parts_in_the_same_order() -> None:
    parts = [comparison.part(study_of(name, CAROUSEL, BOUND), name) for name in ("rnn", "janet")]
    assert all(part is not None for part in parts)
    titles = [[section.title for section in part.sections] for part in parts if part]
    assert titles == [["Equations", "Gradients", "In numbers"]] * 2


def test_the_page_has_what_its_script_reads() -> None:
    parts = [comparison.part(study_of(name, CAROUSEL, BOUND), name) for name in ("rnn", "janet")]
    page = html.write(comparison.document([part for part in parts if part], ()), comparison.SCRIPT)
    for name in ("rnn", "janet"):
        for title in ("equations", "gradients", "numbers"):
            assert f'<section id="{name}-{title}">' in page
    assert 'data-text="h(t) = tanh(W_h @ x + U_h @ h(t-1) + b_h)"' in page
    assert "<td>carousel(h) = 0</td>" in page.replace("<code>", "").replace("</code>", "")
    assert "</" not in comparison.SCRIPT


def test_cost_and_parameters_are_polynomials() -> None:
    part = comparison.part(study_of("rnn", CAROUSEL), "rnn")
    assert part is not None
    text = markdown.write(comparison.document([part], ()))["README.md"]
    assert r"| parameters | $`n_{\mathrm{hidden}}^{2} + n_{\mathrm{hidden}}\, n_{\mathrm{input}}" in text
    assert "| multiplications, forward |" in text


def test_what_is_stated_of_no_cell_is_not_compared() -> None:
    assert comparison.part(formulas(HOLDING), "mine") is None
