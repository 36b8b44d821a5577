"""The carousel of each state: what one step makes of an error that stays inside it."""

from __future__ import annotations

from dataclasses import dataclass

from lstmproof.calculus.carousel import carousel
from lstmproof.calculus.elementwise import NotElementwise
from lstmproof.program.expr import ZERO
from lstmproof.program.nodes import Program
from lstmproof.study.formulas import Spelled, speller


@dataclass(frozen=True)
class Carousel:
    """ds(t)/ds(t-1) in the truncated flow."""

    state: str
    factor: Spelled | None
    """None where the derivative mixes units."""
    carries: bool
    """Whether any error passes: the factor is there, and is not 0."""
    reason: str = ""
    """Why there is no factor."""


def carousels(program: Program) -> tuple[Carousel, ...]:
    """The carousel of every state."""
    return tuple(_carousel(program, state.label) for state in program.states)


def _carousel(program: Program, state: str) -> Carousel:
    try:
        factor = carousel(program, state)
    except NotElementwise as reason:
        return Carousel(state, None, False, str(reason))
    return Carousel(state, speller(program).expression(factor), factor != ZERO)
