"""Charts as data: curves whose every number is a certified decimal, and what is claimed of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Scale = Literal["linear", "log"]
Role = Literal["value", "bound"]
"""A curve shows what happened, or what is claimed of it."""

Shade = Literal["", "below", "above"]
"""On which side of a bound a claim lets values be."""

Pair = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Curve:
    """Points in order, and what they are."""

    label: str
    points: tuple[Pair, ...]
    role: Role = "value"
    shade: Shade = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A number of its own: a line across the chart."""

    label: str
    at: Decimal
    axis: Literal["x", "y"] = "y"


@dataclass(frozen=True, slots=True)
class Reference:
    """A statement of the catalogue that says what a chart shows."""

    file: str
    """The stem of its derivation file: `lstm_1997`."""
    cell: str
    """Empty for formulas alone."""
    statement: str
    """Its id in results: `claim.carousel_is_one`."""


@dataclass(frozen=True, slots=True)
class Member:
    """A cell of a group, and what it was run with."""

    cell: str
    state: str
    given: str
    """What is not 0, by the number that a curve names: `b_f = b, b_g = 1`."""
    stated: Reference
    """What says so of that cell."""
    at: str = ""
    """What takes the place of that number where it is not the number itself: `4w`."""


@dataclass(frozen=True, slots=True)
class Group:
    """Cells whose curves coincide, so that one is drawn for all of them."""

    label: str
    """How the labels of its curves begin."""
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves over one axis, and the words beside them."""

    name: str
    title: str
    across: str
    """What the horizontal axis counts."""
    up: str
    """What the vertical axis measures."""
    curves: tuple[Curve, ...]
    settings: str
    """How the numbers came about: weights, biases, steps."""
    says: str
    """What is to be seen, each part of it said by one of `references`."""
    references: tuple[Reference, ...] = ()
    scale: Scale = "linear"
    marks: tuple[Mark, ...] = ()
    bottom: Decimal | None = None
    """The smallest value drawn on a logarithmic axis; curves leave the chart below it."""
    groups: tuple[Group, ...] = ()
    """Of which cells each curve is, where its label names several at once."""
