"""The reports on file, as their readers meet them: every link, picture and place that a page names is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

REPORTS = Path(__file__).parents[2] / "reports"
PAGES = sorted((*REPORTS.rglob("README.md"), *REPORTS.rglob("index.html")))
_MARKDOWN = re.compile(r"(?<!\\)\]\(([^)\s]+)\)")
_HTML = re.compile(r'\b(?:href|src)="([^"]+)"')
_PLACE = re.compile(r'\bid="([^"]+)"')
_FENCE = re.compile(r"^(`{3,})(\w*)\n(.*?)\n\1$", re.MULTILINE | re.DOTALL)


@cache
def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@cache
def places(page: Path) -> frozenset[str]:
    """What a link may lead to in a page."""
    return frozenset(_PLACE.findall(text(page)))


def prose(page: Path) -> str:
    """A page of Markdown without what stands in fences."""
    return _FENCE.sub("", text(page))


def searched(page: Path) -> str:
    """What links are looked for in: of Markdown, neither fences nor what stands between backticks."""
    return re.sub(r"`[^`\n]+`", "", prose(page)) if page.suffix == ".md" else text(page)


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Where links lead within the folder: a file, and a place in it."""
    for target in (_MARKDOWN if page.suffix == ".md" else _HTML).findall(searched(page)):
        if not re.match(r"[a-z]+:", target):
            place, _, anchor = target.partition("#")
            yield (page.parent / place).resolve() if place else page, anchor


def test_there_are_pages() -> None:
    assert len(PAGES) > 40


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPORTS).as_posix())
def test_every_link_leads_to_a_file_and_to_a_place_in_it(page: Path) -> None:
    found = 0
    for file, anchor in links(page):
        assert file.is_file(), file
        found += 1
        if not anchor:
            continue
        if file.suffix == ".py":
            assert re.fullmatch(r"L\d+", anchor)
            assert int(anchor[1:]) <= len(text(file).splitlines())
        else:
            assert anchor in places(file), f"{file.relative_to(REPORTS)}#{anchor}"
    assert found >= 2


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.suffix == ".md"], ids=lambda page: page.relative_to(REPORTS).as_posix()
)
def test_a_forge_reads_formulas_and_folds_as_they_are_meant(page: Path) -> None:
    """Dollar signs stand beside backticks and apart from words, formulas are balanced, folds have blank lines."""
    said = prose(page)
    bare = re.sub(r"\$`[^`\n]+`\$", "", re.sub(r"\\\$", "", said))
    assert "$" not in bare
    assert not re.search(r"[\w-]\$`|`\$[\w]", said)
    assert said.count("<details>") == said.count("</details>") == said.count("<summary>")
    assert not re.search(r"</summary>\n[^\n]|[^\n]\n</details>", said)
    for _, kind, body in _FENCE.findall(text(page)):
        if kind == "math":
            assert body.startswith(r"\begin{aligned}")
            assert body.endswith(r"\end{aligned}")
            assert body.count(r"\left") - body.count(r"\leftarrow") == len(re.findall(r"\\right(?![a-z])", body))
            assert not re.search(r"\\operatorname|(?<!\\)[<>]", body)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.suffix == ".html"], ids=lambda page: page.relative_to(REPORTS).as_posix()
)
def test_headings_descend_one_level_at_a_time(page: Path) -> None:
    levels = [int(level) for level in re.findall(r"<h(\d)", text(page))]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", ["error-flow", "linear-growth", "geometric-bound", "exponential-of-beta", "peepholes"])
def test_the_index_leads_from_each_picture_to_what_is_stated(name: str) -> None:
    figure = text(REPORTS / "index.html").partition(f'<figure id="{name}">')[2].partition("</figure>")[0]
    caption = figure.partition("<figcaption>")[2].partition("</figcaption>")[0]
    assert len(re.findall(r'<a href="\w+/index\.html#(?:claim|myth)-[\w-]+">', caption)) >= 2
    assert "<code>" not in caption, "a statement that no report states"


@pytest.mark.parametrize("page", [page for page in PAGES if page.suffix == ".md"], ids=lambda page: page.parent.name)
def test_a_step_names_each_place_of_the_kernel_once(page: Path) -> None:
    for line in re.findall(r"Kernel: .*", prose(page)):
        places = _MARKDOWN.findall(line)
        assert len(set(places)) == len(places), line
