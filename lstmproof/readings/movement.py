"""How far a step along a direction takes each function's argument, measured by where the function bends.

Differences and Taylor's formula say something of a step e only while the run at p + e v stays where its functions look
as they do at p. To first order an argument z moves by e dz, with dz by complex step. The scale that this is held
against is 1 for a smooth function, the distance to the kink or to the border of the domain where there is one, and
|y| for a divisor y. With M the largest ratio of dz to its scale, a step is resolved if e M <= `RESOLVED`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from lstmproof.language.definition import Definition
from lstmproof.language.table import FUNCTIONS
from lstmproof.problem import Array, Problem
from lstmproof.readings.arguments import arguments, exact
from lstmproof.readings.body import NUMBER, formula
from lstmproof.readings.complex_step import STEP
from lstmproof.readings.flow import Algebra, Arguments, Flow, unroll
from lstmproof.readings.named import BATCH, DIRECTION, Axes, NamedArray, Plan, insertion, pointwise, split

RESOLVED = 0.5
"""The part of its scale that an argument may move by: less than the way to a kink, or to a pole."""


@dataclass(frozen=True, slots=True, eq=False)
class Moving:
    """A complex array, its imaginary part a perturbation; what it passes through is noted in `reach`."""

    array: NamedArray
    reach: Array
    """M so far, (directions, batch)."""

    @property
    def axes(self) -> Axes:
        return self.array.axes

    @property
    def data(self) -> Any:
        return self.array.data

    def size(self, axis: str) -> int:
        return self.array.size(axis)

    def __add__(self, other: Moving) -> Moving:
        return Moving(self.array + other.array, self.reach)

    def __sub__(self, other: Moving) -> Moving:
        return Moving(self.array - other.array, self.reach)

    def __mul__(self, other: Moving) -> Moving:
        return Moving(self.array * other.array, self.reach)

    def __truediv__(self, other: Moving) -> Moving:
        other.note_ratio()
        return Moving(self.array / other.array, self.reach)

    def __neg__(self) -> Moving:
        return Moving(-self.array, self.reach)

    def __pow__(self, exponent: int) -> Moving:
        return Moving(self.array**exponent, self.reach)

    def contract(self, plan: Plan, *others: Moving) -> Moving:
        return Moving(self.array.contract(plan, *(other.array for other in others)), self.reach)

    def recorded(self) -> Moving:
        """The recorded constant: it stays where it is."""
        return Moving(NamedArray(np.real(self.data), self.axes), self.reach)

    def note_ratio(self) -> None:
        """Measure the movement by the value itself."""
        self.note(np.abs(np.real(self.data)))

    def note(self, scale: Any) -> None:
        """Measure the movement by `scale`; nothing that does not move counts."""
        moved = np.abs(np.imag(self.data)) / STEP
        ratio = np.where(moved == 0, 0.0, moved / scale)
        ratio = np.where(np.isnan(ratio), np.inf, ratio)
        front, own = split(self.axes)
        largest = ratio.max(axis=tuple(range(len(front), len(front) + len(own))), initial=0.0)
        np.maximum(self.reach, largest[insertion(front, (DIRECTION, BATCH))], out=self.reach)


def reach(
    definition: Definition, problem: Problem, moves: Mapping[str, Any], directions: int, flow: Flow = "full"
) -> Array:
    """M for each direction and batch row, (directions, batch), of moves that `arguments` takes."""
    found = np.zeros((directions, problem.batch))

    def apply(word: str, *operands: Moving) -> Moving:
        _note(word, [operand.array for operand in operands], found)
        return Moving(pointwise(FUNCTIONS[word].complex_step, *(operand.array for operand in operands)), found)

    algebra = Algebra(number=lambda value: Moving(exact(value), found), constant=Moving.recorded, apply=apply)
    perturbed = {label: 1j * STEP * np.asarray(move, dtype=np.float64) for label, move in moves.items()}
    with np.errstate(all="ignore"):
        unroll(definition, _moving(arguments(definition, problem, perturbed), found), problem.T, algebra, flow)
    return found


def _note(word: str, operands: list[NamedArray], found: Array) -> None:
    """A row's kinks and borders where it has some; else its arguments on a scale of 1."""
    row = FUNCTIONS[word]
    if not (row.kinks or row.domain):
        for operand in operands:
            Moving(operand, found).note(1.0)
    names: dict[str, Any] = {"z": operands[0], "w": operands[-1], "y": None}
    for text in (*row.kinks, *row.domain):
        Moving(formula(text, _WORDS)(**names), found).note_ratio()


_WORDS: dict[str, Callable[..., Any]] = {NUMBER: lambda text: exact(Fraction(text))}


def _moving(plain: Arguments, found: Array) -> Arguments:
    return Arguments(
        inputs={name: [Moving(step, found) for step in steps] for name, steps in plain.inputs.items()},
        initial={name: Moving(array, found) for name, array in plain.initial.items()},
        parameters={name: Moving(array, found) for name, array in plain.parameters.items()},
        constants={name: Moving(array, found) for name, array in plain.constants.items()},
    )
