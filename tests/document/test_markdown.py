from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from lstmproof.document import markdown
from lstmproof.document.blocks import Document, Equations, Math, Paragraph, Row, Section, Table
from tests.document.samples import DOCUMENT, SOURCE

FILES = markdown.write(DOCUMENT)
TEXT = FILES["README.md"]


def _written(*blocks: Paragraph | Table | Equations) -> str:
    return markdown.write(Document("d", "D", ("",), (Section("S", "s", blocks),)))["README.md"]


def test_pictures_and_programs_are_files_beside_it() -> None:
    assert sorted(FILES) == ["README.md", "drawing.svg", "kernel.py"]
    assert FILES["kernel.py"] == SOURCE
    assert ET.fromstring(FILES["drawing.svg"]).tag.endswith("svg")
    assert '![A box, a line and a "dot"](drawing.svg)' in TEXT


def test_every_link_within_leads_to_a_place_or_a_file() -> None:
    places = set(re.findall(r'<a id="([^"]+)"></a>', TEXT))
    for target in re.findall(r"\]\(([^)]+)\)", re.sub(r"\\.", "", TEXT)):
        if target.startswith("#"):
            assert target[1:] in places
        elif "//" not in target and not target.startswith("../"):
            assert target.partition("#")[0] in FILES
    assert "[line 2](kernel.py#L2)" in TEXT
    assert "[Others](../other/README.md#part)" in TEXT


def test_inline_formulas_are_between_backticks_and_stand_apart() -> None:
    assert "Every block: $`\\sigma`$, " in TEXT
    assert "at $`t-1`$." in TEXT  # the document has no space there, and GitHub wants one


def test_what_github_refuses_is_spelled_differently() -> None:
    line = (Math(r"\operatorname{relu}\left(x\right) < \left|y\right|", "relu(x) < |y|"),)
    assert _written(Paragraph(line)).count(r"$`\mathrm{relu}\left(x\right) \lt \left\vert y\right\vert `$") == 1


def test_display_formulas_stand_in_fences() -> None:
    text = _written(Equations((Row("a", "b", "a = b"), Row("c", "d", "c <= d", r"\le"))))
    assert "```math\n\\begin{aligned}\na &= b \\\\\nc &\\le d\n\\end{aligned}\n```" in text


def test_no_cell_of_a_table_is_split() -> None:
    lines = TEXT.split("\n")
    start = next(at for at, line in enumerate(lines) if line.startswith("| name"))
    for line in lines[start : start + 4]:
        assert len(re.split(r"(?<!\\)\|", line)) == 5, line


def test_text_is_text() -> None:
    assert "\\<b\\>x\\</b\\>" in TEXT
    assert "<b>" not in TEXT
    assert "\n1\\. not a list" in TEXT
    assert "- \\- three" in TEXT


def test_folded_parts_have_the_blank_lines_that_markdown_needs() -> None:
    assert "<details>\n<summary>More &amp; more</summary>\n\nHidden.\n\n" in TEXT
    assert "\n\n</details>" in TEXT
