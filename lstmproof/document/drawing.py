"""Drawings as data: a few shapes on a canvas, in points, with the origin at the upper left; written as SVG and TikZ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]

Ink = Literal["text", "faint", "grid", "paper", "panel", "accent", "1", "2", "3", "4", "5", "6", "7", "8"]
"""Colours by role: writers choose them, for light and dark; numbers tell the curves of one picture apart."""

Stroke = Literal["solid", "dashed", "dotted"]


@dataclass(frozen=True, slots=True)
class Path:
    """A line through points, or the outline of an area."""

    points: tuple[Point, ...]
    ink: Ink = "text"
    width: float = 1.0
    stroke: Stroke = "solid"
    arrow: bool = False
    """Whether it ends in an arrow's head."""
    fill: Ink | None = None
    smooth: bool = False
    """Whether corners are rounded, as of an edge in a diagram."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, or with `round` at half its height a pill."""

    corner: Point
    """Upper left."""
    width: float
    height: float
    ink: Ink = "text"
    fill: Ink | None = "panel"
    round: float = 0.0
    line: float = 1.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A filled circle."""

    centre: Point
    radius: float
    ink: Ink = "text"
    fill: Ink | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text."""

    at: Point
    """Its anchor on the base line."""
    text: str
    size: float = 11.0
    ink: Ink = "text"
    anchor: Literal["start", "middle", "end"] = "start"
    turned: bool = False
    """Whether it runs upward."""


Shape = Path | Box | Dot | Words


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes, the later over the earlier."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
