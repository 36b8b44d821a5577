"""Emitted kernels run on exact elements: what a corrupted source computes, compared as rational functions.

The module's text is compiled once more with arrays of objects in place of floats. Every number that goes in is a
symbol of its own, so results that are equal are equal for all numbers, at the shapes that were run; and memory that
is used again holds other symbols from the run before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmproof.kernels.kernel import Kernel, compiled
from lstmproof.language.definition import Definition
from lstmproof.verify.case import KERNEL_ERRORS
from lstmproof.verify.exact import Field
from lstmproof.verify.onestep import symbol_name

SHAPES = ((0, 1), (1, 1), (3, 1), (2, 2))
"""Steps and rows that a kernel is run on."""

UNITS = 2

Results = list[NDArray[Any]]


def on_objects(source: str) -> str:
    """A kernel's source for arrays of exact objects, of which every one is finite."""
    for dtype in ("float64", "float32"):
        source = source.replace(f"DTYPE = np.{dtype}\n", "DTYPE = np.dtype(object)\n")
    return source.replace("np.isfinite(", "_finite(") + (
        "\n\ndef _finite(value):\n    return np.ones(np.shape(value), bool)\n"
    )


@dataclass(frozen=True, eq=False)
class ExactRuns:
    """What one cell's kernels compute, exactly, at every shape."""

    definition: Definition
    field: Field
    _sound: dict[str, Results] = field(default_factory=dict)

    @classmethod
    def of(cls, definition: Definition) -> ExactRuns:
        entries = sum(UNITS ** len(axes) for axes in definition.program.axes.values())
        steps, rows = (max(sizes) for sizes in zip(*SHAPES, strict=True))
        return cls(definition, Field(4 * entries * steps * rows))

    def same(self, source: str, wrong: str) -> str:
        """Why a corrupted source is none; empty if it computes something else, or if that cannot be told exactly."""
        try:
            if source not in self._sound:
                self._sound[source] = self._results(compiled(on_objects(source)))
            found = self._results(compiled(on_objects(wrong)))
        except KERNEL_ERRORS:
            return ""
        agree = all(
            one.shape == other.shape and bool(np.all(one == other))
            for one, other in zip(self._sound[source], found, strict=True)
        )
        shapes = ", ".join(f"T = {steps} and B = {rows}" for steps, rows in SHAPES)
        return f"run on symbols it computes the same rational functions at {shapes}, {UNITS} units" if agree else ""

    def _results(self, kernel: Kernel) -> Results:
        """Every output and gradient at every shape, each on memory that held another run."""
        results: Results = []
        for steps, rows in SHAPES:
            self._run(kernel, "before ", steps, rows)
            results += self._run(kernel, "", steps, rows)
        return results

    def _run(self, kernel: Kernel, prefix: str, steps: int, rows: int) -> Results:
        cell = self.definition

        def symbols(name: str, lead: tuple[int, ...], axes: tuple[str, ...]) -> NDArray[Any]:
            array = np.empty((*lead, *(UNITS for _ in axes)), dtype=object)
            for index in np.ndindex(array.shape):
                array[index] = self.field.symbol(symbol_name(prefix + name, index))
            return array

        given = [symbols(name, (steps, rows), axes) for name, axes in cell.inputs.items()]
        given += [symbols(f"{name}0", (rows,), axes) for name, axes in cell.states.items()]
        named: dict[str, Any] = {name: symbols(name, (), axes) for name, axes in cell.parameters.items()}
        named |= {name: self.field.symbol(prefix + name) for name in cell.constants}
        run = kernel.forward(*given, **named)
        axes = {output.label: cell.program.axes[output.value] for output in cell.program.outputs}
        cotangents = {label: symbols(f"{label}.cot", (steps, rows), axes[label]) for label in axes}
        gradients = [kernel.backward(run, **cotangents), kernel.backward_rows(run, **cotangents)]
        return [run[label] for label in axes] + [found[label] for found in gradients for label in sorted(found)]
