from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from lstmproof.document import html
from lstmproof.document.blocks import Document, Link, Paragraph, Section
from lstmproof.document.lines import LinkError
from tests.document.samples import DOCUMENT, HOSTILE, SOURCE

PAGE = html.write(DOCUMENT)
VOID = {"meta", "link", "br", "input"}


class _Reader(HTMLParser):
    """Elements in order, and whether each is closed where it should be."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


READER = _read(PAGE)


def _all(tag: str) -> list[dict[str, str | None]]:
    return [attributes for name, attributes in READER.elements if name == tag]


def test_the_page_is_well_formed_and_has_its_landmarks() -> None:
    names = [name for name, _ in READER.elements]
    assert [names.count(tag) for tag in ("html", "main", "header", "footer", "h1")] == [1] * 5
    assert _all("html") == [{"lang": "en"}]
    assert [attributes["aria-label"] for attributes in _all("nav")] == ["Where this page belongs", "Contents"]
    assert _all("a")[0] == {"class": "skip", "href": "#main"}


def test_every_anchor_is_there_once_and_every_link_within_leads_to_one() -> None:
    places = [attributes["id"] for _, attributes in READER.elements if "id" in attributes]
    assert len(places) == len(set(places))
    links = [attributes["href"] or "" for attributes in _all("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= set(places)
    assert {"kernel-1", "kernel-3", "step-1", "parameters"} <= set(places)


def test_links_to_folders_lead_to_their_pages() -> None:
    links = [attributes["href"] for attributes in _all("a")]
    assert "../other/index.html#part" in links
    assert "../index.html" in links


def test_nothing_is_loaded() -> None:
    assert not re.search(
        r"""(?:src|href)=["'](?:https?:)?//""", re.sub(r'<a href="https://example.org[^>]*>', "", PAGE)
    )
    assert "url(" not in PAGE
    policy = next(each["content"] for each in _all("meta") if each.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert not _all("script")


def test_a_script_is_allowed_where_there_is_one() -> None:
    page = html.write(DOCUMENT, "let x = 1 < 2;")
    assert "let x = 1 < 2;" in page
    assert "script-src 'unsafe-inline'" in page


def test_text_is_text() -> None:
    assert HOSTILE in "".join(READER.text)
    assert "<b>" not in PAGE


def test_a_listing_is_its_source() -> None:
    shown = re.search(r'<figure class="listing" id="kernel">.*?<code>(.*?)</code>', PAGE, re.DOTALL)
    assert shown is not None
    assert "".join(_read(shown[1]).text) == SOURCE
    assert '<span class="l c" id="kernel-2">' in shown[1]


def test_what_scrolls_is_reached_by_keyboard_and_has_a_name() -> None:
    scrolling = [attributes for _, attributes in READER.elements if attributes.get("role") == "group"]
    assert len(scrolling) >= 5
    for attributes in scrolling:
        assert attributes["tabindex"] == "0"
        assert attributes["aria-label"]


def test_a_picture_says_what_it_shows() -> None:
    (picture,) = _all("svg")
    assert picture["role"] == "img"
    assert picture["aria-label"] == 'A box, a line and a "dot"'


def test_tables_name_their_rows_and_columns() -> None:
    assert [attributes.get("scope") for attributes in _all("th")][:5] == ["col", "col", "col", "row", "row"]
    assert PAGE.count("<caption>") == PAGE.count("<table>") == 3


def test_equations_keep_their_text_and_their_relation() -> None:
    rows = [attributes["data-text"] for attributes in _all("mtr") if "data-text" in attributes]
    assert rows[0] == "f = sigmoid(W_f @ x + b_f)"
    assert "<mo>\u2264</mo>" in PAGE


def test_a_page_is_the_same_each_time() -> None:
    assert html.write(DOCUMENT) == PAGE


def _linking(target: str) -> Document:
    section = Section("One", "one", (Paragraph(("See ", Link("this", target))),))
    return Document("links", "Links", ("",), (section,))


@pytest.mark.parametrize(
    ("target", "message"),
    [("#nowhere", "no place is called #nowhere"), ("javascript:alert(1)", "links to pages, not to 'javascript:")],
)
def test_a_link_that_leads_nowhere_is_refused(target: str, message: str) -> None:
    with pytest.raises(LinkError, match=re.escape(message)):
        html.write(_linking(target))


def test_two_places_of_one_name_are_refused() -> None:
    twice = replace(DOCUMENT, sections=(*DOCUMENT.sections, Section("Again", "steps")))
    with pytest.raises(LinkError, match="two places are called #steps"):
        html.write(twice)
