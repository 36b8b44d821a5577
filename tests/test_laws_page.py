"""docs/laws.md: its table is made of the laws themselves, and of what reports say of their tolerances."""

from __future__ import annotations

import pytest

from lstmproof import catalogue
from lstmproof.document.blocks import Line, Math
from lstmproof.document.lines import plain
from lstmproof.report.derivation.tolerances import DERIVATIONS, HOW
from lstmproof.verify.examination import LAW_IDS, Examination
from lstmproof.verify.examine import GRADIENTS, Request
from lstmproof.verify.subject import subjects
from tests.documents import DOCS

PAGE = DOCS / "laws.md"
BEGIN, END = "<!-- laws: begin -->\n", "<!-- laws: end -->\n"


def written(line: Line) -> str:
    """A line with its formulas as code, in which nothing is Markdown."""
    return "".join(f"`{part.text}`" if isinstance(part, Math) else plain((part,)) for part in line)


def laws() -> str:
    """The part of the page that is not written by hand."""
    (subject,) = subjects(catalogue.look_up("lstm").derivation)
    examination = Examination(subject, Request(1, 0))
    known = [examination.before(name) for name in (*LAW_IDS, *GRADIENTS)]
    rows = [("Law", "What it says", "Method", "Tolerance"), ("---",) * 4]
    rows += [
        (f"`{law.id}`", law.statement.replace("<", chr(92) + "<"), law.method, written(DERIVATIONS[law.id].short))
        for law in known
    ]
    table = "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in rows)
    derived = "".join(f"- `{law.id}`: {written(DERIVATIONS[law.id].formula)}\n" for law in known)
    return f"{table}\n## How tolerances are derived\n\n{written(HOW)}\n\n{derived}"


def test_the_page_shows_every_law_as_reports_do(request: pytest.FixtureRequest) -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    shown, _, after = rest.partition(END)
    if request.config.getoption("--update"):
        PAGE.write_text(f"{before}{BEGIN}{laws()}{END}{after}", encoding="utf-8", newline="\n")
        return
    assert shown == laws(), "docs/laws.md changed; if that is meant, run `pytest --update`"
