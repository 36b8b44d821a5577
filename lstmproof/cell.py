"""Cells as Python callers see them: load one, look at it, draw a problem for it, build its kernel, verify it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from lstmproof import catalogue
from lstmproof.calculus.truncate import truncate
from lstmproof.kernels.kernel import Kernel, build
from lstmproof.language.definition import Definition
from lstmproof.problem import Problem
from lstmproof.program.nodes import Axes, Program
from lstmproof.verdict import CellResults
from lstmproof.verify.generate import problem_for
from lstmproof.verify.runner import verify_cell

Flow = Literal["full", "truncated"]
Dtype = Literal["float64", "float32"]


@dataclass(frozen=True)
class Cell:
    """A recurrent cell, as its derivation file defines it.

    >>> gru = load("gru")
    >>> gru.inputs, gru.states, gru.parameters["W_z"]
    ({'x': ('input',)}, {'h': ('hidden',)}, ('hidden', 'input'))
    """

    definition: Definition

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def inputs(self) -> Mapping[str, Axes]:
        """Axes of each input by name, without time and batch."""
        return dict(self.definition.inputs)

    @property
    def states(self) -> Mapping[str, Axes]:
        """Axes of each state by name, without time and batch."""
        return dict(self.definition.states)

    @property
    def parameters(self) -> Mapping[str, Axes]:
        """Axes of each parameter by name."""
        return dict(self.definition.parameters)

    @property
    def constants(self) -> Mapping[str, float]:
        """The default of each hyperparameter by name."""
        return {name: float(constant.default) for name, constant in self.definition.constants.items()}

    @property
    def program(self) -> Program:
        """One step of the cell in the full flow."""
        return self.definition.program

    def kernel(self, dtype: Dtype = "float64", flow: Flow = "full") -> Kernel:
        """NumPy code for `forward` and `backward` over whole sequences; `flow="truncated"` is the 1997 error flow."""
        _check_flow(flow)
        program = self.program if flow == "full" else truncate(self.program)
        return build(program, dtype=dtype)

    def problem(
        self,
        T: int = 5,
        batch: int = 2,
        sizes: Mapping[str, int] | None = None,
        seed: int = 0,
        dtype: Dtype = "float64",
    ) -> Problem:
        """Random valid weights, inputs, initial states and cotangents; an axis that `sizes` omits has 3 units.

        Raises:
            ValueError: `sizes` names an axis that the cell has not, or a number is below 0.
        """
        axes = self.program.axis_names
        unknown = sorted(set(sizes or {}) - set(axes))
        if unknown:
            raise ValueError(f"{self.name} has no axis {', '.join(unknown)}; its axes: {', '.join(axes)}")
        complete = {axis: (sizes or {}).get(axis, 3) for axis in axes}
        for what, number in (("T", T), ("batch", batch), *complete.items()):
            if number < 0:
                raise ValueError(f"{what} is at least 0, found {number}")
        return problem_for(self.definition, T, batch, complete, seed, dtype)

    def __repr__(self) -> str:
        return f"<lstmproof cell {catalogue.key(self.definition)}>"


def load(target: str | os.PathLike[str]) -> Cell:
    """The cell of a name in the catalogue, of a path with one cell, or of `path.py:cell`.

    Raises:
        CatalogueError: no such cell, or a path with several.
        DerivationError: a file that is missing or not in the language.
    """
    found = catalogue.resolve(target)
    if len(found) != 1:
        choices = ", ".join(f"'{catalogue.key(each)}'" for each in found) or "none"
        raise catalogue.CatalogueError(f"{os.fspath(target)} has {len(found)} cells; load one of them: {choices}")
    return Cell(found[0])


def verify(
    cell: Cell | str | os.PathLike[str], examples: int = 100, seed: int = 0, laws: Iterable[str] = ()
) -> CellResults:
    """Check one cell by every law, or by those whose id matches one of the patterns `laws` (`law.complex_*`)."""
    definition = cell.definition if isinstance(cell, Cell) else load(cell).definition
    return verify_cell(definition, examples=examples, seed=seed, laws=tuple(laws) or None)


def _check_flow(flow: str) -> None:
    if flow not in ("full", "truncated"):
        raise ValueError(f"flow is 'full' or 'truncated', found {flow!r}")
