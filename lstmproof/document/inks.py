"""The colours behind the inks of a drawing, on light and on dark paper.

Against its paper each letter and each curve has a contrast of at least 4.5 to 1. Numbered inks differ in lightness
and hue, so that they stay apart for readers who see fewer colours; pictures label their curves all the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from lstmproof.document.drawing import Ink

LIGHT: Mapping[Ink, str] = {
    "text": "#1d1c1a",
    "faint": "#5f5c55",
    "grid": "#dcd8cf",
    "paper": "#fffdf9",
    "panel": "#f3efe7",
    "accent": "#9c2f1b",
    "1": "#1f5fa8",
    "2": "#b0480e",
    "3": "#1f7340",
    "4": "#7a3ea3",
    "5": "#82640a",
    "6": "#0d6f78",
    "7": "#ad2767",
    "8": "#5b5852",
}

DARK: Mapping[Ink, str] = {
    "text": "#e9e5dc",
    "faint": "#aca79c",
    "grid": "#3a3935",
    "paper": "#171613",
    "panel": "#232220",
    "accent": "#f09a7f",
    "1": "#7db5f2",
    "2": "#f29a63",
    "3": "#72cf92",
    "4": "#cda3f0",
    "5": "#dcbb55",
    "6": "#5fcbd2",
    "7": "#f394bf",
    "8": "#b9b4a9",
}


def name(ink: Ink) -> str:
    """The ink as part of a class or a variable: `ink1`, `text`.

    >>> name("1"), name("grid")
    ('ink1', 'grid')
    """
    return f"ink{ink}" if ink.isdigit() else ink
