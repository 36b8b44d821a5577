from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import get_args

import pytest

from lstmproof.document import svg, tikz
from lstmproof.document.drawing import Box, Drawing, Ink, Path, Words
from lstmproof.document.inks import DARK, LIGHT, name
from tests.document.samples import DRAWING

SPACE = "{http://www.w3.org/2000/svg}"


def test_a_file_is_xml_with_every_shape_and_colours_for_light_and_dark() -> None:
    root = ET.fromstring(svg.file(DRAWING, 'It shows "a" < b'))
    kinds = [each.tag.removeprefix(SPACE) for each in root]
    assert kinds == ["title", "style", "rect", "rect", "text", "polygon", "path", "path", "path", "circle", "text"]
    assert root[0].text == 'It shows "a" < b'
    style = root[1].text or ""
    used = {word for each in root.iter() for word in (each.get("class") or "").split()}
    light, dark = style.split("@media")
    for word in used:
        assert f".{word}{{" in light
        assert f".{word}{{" in dark


def test_in_a_page_the_page_colours_it() -> None:
    made = svg.inline(DRAWING, "It")
    assert "#" not in made
    assert ET.fromstring(made).get("aria-label") == "It"


def test_corners_are_rounded_and_arrows_end_at_the_point() -> None:
    path = Path(((0, 0), (50, 0), (50, 50)), smooth=True, arrow=True)
    made = svg.inline(Drawing(60, 60, (path,)), "")
    assert "Q50 0 " in made
    assert 'points="50,50 ' in made


def test_text_is_text_in_both() -> None:
    words = Drawing(10, 10, (Words((0, 0), "<b>_&%"),))
    assert "&lt;b&gt;_&amp;%" in svg.inline(words, "")
    assert r"\textless{}b\textgreater{}\_\&\%" in tikz.picture(words)


def test_every_ink_has_a_colour_and_enough_contrast() -> None:
    for colours in (LIGHT, DARK):
        assert set(colours) == set(get_args(Ink))
        for ink, colour in colours.items():
            if ink not in ("grid", "paper", "panel"):
                assert _contrast(colour, colours["paper"]) >= 4.5, ink
                assert _contrast(colour, colours["panel"]) >= 4.5, ink


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted(_luminance(colour) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_tikz_has_every_shape_and_defines_every_ink() -> None:
    made = tikz.picture(DRAWING)
    assert made.count(r"\path") == 6  # boxes, lines and dots, and an arrow's head
    assert made.count(r"\node") == 2
    for ink in LIGHT:
        assert rf"\definecolor{{{name(ink)}}}" in tikz.colours()


@pytest.mark.parametrize("shape", [Box((1, 1), 5, 5, fill=None), Path(((0, 0), (1, 1)))])
def test_what_is_not_filled_is_open(shape: Box | Path) -> None:
    drawing = replace(DRAWING, shapes=(shape,))
    assert 'fill="none"' in svg.inline(drawing, "")
    assert "fill=" not in tikz.picture(drawing)


def test_numbers_are_short() -> None:
    numbers = re.findall(r"\d+\.\d+", svg.file(DRAWING, ""))
    assert all(len(number.partition(".")[2]) <= 2 for number in numbers)
