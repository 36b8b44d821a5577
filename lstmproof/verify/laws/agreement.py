"""Laws that hold a kernel against another reading of the same equations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from lstmproof.kernels.kernel import Dtype
from lstmproof.problem import Array
from lstmproof.readings import frameworks
from lstmproof.readings.flow import Flow
from lstmproof.readings.rounding import Magnitudes
from lstmproof.verify import tolerance
from lstmproof.verify.case import Broken, Redraw, Trial
from lstmproof.verify.laws.law import Comparison, compared


def reference(trial: Trial) -> Iterator[Comparison]:
    """The kernel's outputs are those of the body run by itself, in both dtypes."""
    for dtype in _usable(trial):
        yield from _outputs(trial, "full", dtype)


def complex_step(trial: Trial) -> Iterator[Comparison]:
    """The kernel's gradient is the complex-step derivative of the body, in both dtypes."""
    for dtype in _usable(trial):
        yield from _gradients(trial, "full", dtype)


def truncated(trial: Trial) -> Iterator[Comparison]:
    """The truncated kernel: values unchanged, gradient that of the cut system by complex step, some by differences."""
    yield from _outputs(trial, "truncated", "float64")
    yield from _gradients(trial, "truncated", "float64")
    if trial.case.draw.seed % 5 == 0:
        yield from _differences(trial, "truncated")


def finite_difference(trial: Trial) -> Iterator[Comparison]:
    """The kernel's gradient is the central difference of the body's loss, to the difference's own error bound."""
    informative = list(_differences(trial, "full"))
    if not informative and trial.case.problem.T and trial.case.problem.batch:
        raise Redraw("the bound of the differences' error exceeds what they measure")
    yield from informative


def ball(trial: Trial) -> Iterator[Comparison]:
    """A rigorous bound of |kernel - true gradient|, entry by entry, is within the derived tolerance."""
    found, enclosed = trial.gradient(), trial.case.enclosure()
    magnitudes = trial.case.magnitudes()
    for label, enclosure in enclosed.items():
        if found[label].shape != enclosure.balls.shape:
            raise Broken(f"dL/d{label} has shape {found[label].shape}, expected {enclosure.balls.shape}")
        bound = enclosure.distance(found[label])
        allowed = tolerance.rounding(magnitudes.gradients[label])
        if ((bound > allowed) & ~(enclosure.rad <= allowed)).any():
            raise Redraw("the true gradient's enclosure is wider than the tolerance")
        yield Comparison(f"certified error of dL/d{label}", bound, np.zeros_like(bound), allowed, magnitudes.operations)


def framework(trial: Trial) -> Iterator[Comparison]:
    """The kernel's gradient is that of the installed frameworks' own differentiation of the body."""
    magnitudes = trial.case.magnitudes()
    for name in frameworks.available():
        expected = frameworks.gradient(trial.definition, trial.case.problem, name, "full")
        yield from compared(f"{name}: dL/d", trial.gradient(), expected, _allowed(magnitudes), magnitudes.operations)


def _usable(trial: Trial) -> Iterator[Dtype]:
    """The dtypes in whose arithmetic the case means something; float32 in every second case."""
    for dtype in trial.dtypes:
        if dtype == "float64" or (trial.case.draw.seed % 2 == 0 and not trial.case.declined(dtype)):
            yield dtype


def _outputs(trial: Trial, flow: Flow, dtype: Dtype) -> Iterator[Comparison]:
    magnitudes = trial.case.magnitudes(flow, dtype)
    allowed = {label: tolerance.rounding(S, dtype) for label, S in magnitudes.outputs.items()}
    found = trial.outputs(flow, dtype)
    _expect_dtype(found, dtype)
    yield from compared(f"{dtype} ", found, trial.case.reference(dtype), allowed, magnitudes.operations)


def _gradients(trial: Trial, flow: Flow, dtype: Dtype) -> Iterator[Comparison]:
    magnitudes = trial.case.magnitudes(flow, dtype)
    found = trial.gradient(flow, dtype)
    _expect_dtype(found, dtype)
    expected = trial.case.gradient(flow, dtype)
    yield from compared(f"{dtype} dL/d", found, expected, _allowed(magnitudes, dtype), magnitudes.operations)


def _differences(trial: Trial, flow: Flow) -> Iterator[Comparison]:
    """Entries whose differences are known to better than the sum of the absolute values on the paths to them.

    Where no path leads anywhere, as in a cell that stops all it computes, every entry: differences tell 0.
    """
    found = trial.gradient(flow)
    expected, bounds = trial.case.differences(flow)
    magnitudes = trial.case.magnitudes(flow)
    unmoved = not any(total.any() for total in magnitudes.sums.values())
    for label, array in expected.items():
        allowed = bounds[label] + tolerance.rounding(magnitudes.gradients[label])
        telling = unmoved | (allowed < magnitudes.sums[label])
        if telling.any():
            where = f"dL/d{label} where differences tell"
            yield Comparison(where, found[label][telling], array[telling], allowed[telling], magnitudes.operations)


def _allowed(magnitudes: Magnitudes, dtype: Dtype = "float64") -> dict[str, Array]:
    return {label: tolerance.rounding(S, dtype) for label, S in magnitudes.gradients.items()}


def _expect_dtype(found: Mapping[str, Array], dtype: Dtype) -> None:
    for label, array in found.items():
        if array.dtype != dtype:
            raise Broken(f"{label} is {array.dtype}, expected {dtype}")
