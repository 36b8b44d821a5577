"""A network run from its initial state by the author's own function, and what a statement may read of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmproof.language.definition import Definition
from lstmproof.readings.flow import Arguments, Flow, unroll
from lstmproof.readings.named import Axes, NamedArray
from lstmproof.refute.arithmetic import Arithmetic, Beyond, number
from lstmproof.refute.network import Layout
from lstmproof.refute.terms import evaluate

OLD = "[t-1]"
"""How the name of a state's value at t-1 ends."""


def twin_name(twin: Definition, name: str) -> str:
    """What a value of the second cell is called."""
    return f"{twin.name}.{name}"


class Run:
    """Networks of one layout, one for each row, run over all their steps in one arithmetic."""

    def __init__(self, layout: Layout, rows: NDArray[np.float64], arithmetic: Arithmetic) -> None:
        self.layout = layout
        self.arithmetic = arithmetic
        self.fixed = _fixed(layout, rows, arithmetic)
        self.steps: list[dict[str, NamedArray]] = []
        """Every assigned name at t = 1, 2, ..."""
        if layout.definition is None:
            return
        self.arguments = _arguments(layout, layout.definition, rows, self.fixed, arithmetic)
        unroll(layout.definition, self.arguments, layout.steps, arithmetic.algebra, "full", self.steps)
        if layout.twin is not None:
            self._run_twin(layout.twin, _arguments(layout, layout.twin, rows, self.fixed, arithmetic))

    def _run_twin(self, twin: Definition, arguments: Arguments) -> None:
        """Add what the second cell returns, under names that begin with its own."""
        returned = unroll(twin, arguments, self.layout.steps, self.arithmetic.algebra, "full")
        for step, values in zip(self.steps, returned, strict=True):
            step.update({twin_name(twin, name): array for name, array in values.items()})

    def at(self, name: str, t: int) -> NamedArray:
        """An input or an assigned name at step t; a state also at t = 0."""
        inputs: Mapping[str, Sequence[NamedArray]] = self.arguments.inputs
        initial: Mapping[str, NamedArray] = self.arguments.initial
        if t == 0:
            return initial[name]
        return inputs[name][t - 1] if name in inputs else self.steps[t - 1][name]


def _fixed(layout: Layout, rows: NDArray[np.float64], arithmetic: Arithmetic) -> dict[str, NamedArray]:
    """Every argument that no step changes, by what claims call it; derived ones from those they are defined by."""
    fixed = {name: number(arithmetic, value) for name, value in layout.defaults.items()}
    for block in layout.blocks:
        if block.kind != "inputs":
            fixed[block.label] = arithmetic.leaf(layout.part(rows, block.label), block.axes)
    given = Fixed(fixed, layout.sizes, arithmetic)
    derived = {label: evaluate(expr, given) for label, expr in layout.derived.items()}
    return {**fixed, **derived}


class Fixed:
    """What terms may read before any step is run."""

    def __init__(self, names: Mapping[str, NamedArray], sizes: Mapping[str, int], arithmetic: Arithmetic) -> None:
        self.names = names
        self.sizes = sizes
        self.arithmetic = arithmetic

    def lookup(self, name: str) -> NamedArray:
        if name not in self.names:
            raise Beyond(f"{name} is not known before the first step")
        return self.names[name]

    def jacobian(self, of: str, by: str, lag: int, flow: Flow) -> NamedArray:
        raise Beyond(f"a derivative of {of} by {by} over {lag} steps of no cell, in the {flow} flow")


def _arguments(
    layout: Layout,
    definition: Definition,
    rows: NDArray[np.float64],
    fixed: Mapping[str, NamedArray],
    arithmetic: Arithmetic,
) -> Arguments:
    def spread(label: str, axes: Axes) -> NamedArray:
        return arithmetic.spread(fixed[label], axes, layout.shape(axes))

    def steps(name: str, axes: Axes) -> list[NamedArray]:
        if name in layout.derived:
            return [spread(name, axes)] * layout.steps
        part = layout.part(rows, name)
        return [arithmetic.leaf(part[:, step], axes) for step in range(layout.steps)]

    return Arguments(
        inputs={name: steps(name, axes) for name, axes in definition.inputs.items()},
        initial={name: spread(f"{name}0", axes) for name, axes in definition.states.items()},
        parameters={name: spread(name, axes) for name, axes in definition.parameters.items()},
        constants={name: spread(name, given.axes) for name, given in definition.constants.items()},
    )


class Moments:
    """Steps `first` to `last` of a run: what a claim reads there. Several steps are more rows of the same arrays."""

    def __init__(self, run: Run, first: int, last: int) -> None:
        self.run = run
        self.arithmetic = run.arithmetic
        self.sizes = run.layout.sizes
        self.first, self.last = first, last
        self._found: dict[tuple[str, str, int, Flow], NamedArray] = {}

    @property
    def _times(self) -> range:
        return range(self.first, self.last + 1)

    def lookup(self, name: str) -> NamedArray:
        """The value of a name of the claim."""
        run = self.run
        if name in run.fixed and not (run.steps and name in run.arguments.inputs):
            return self._repeated(run.fixed[name])
        if name == "t":
            return self.arithmetic.stack([number(self.arithmetic, t) for t in self._times])
        if run.steps and (name in run.steps[0] or name in run.arguments.inputs):
            return self.arithmetic.stack([run.at(name, t) for t in self._times])
        if name.endswith(OLD) and run.steps:
            return self.arithmetic.stack([run.at(name.removesuffix(OLD), t - 1) for t in self._times])
        raise Beyond(f"{name} has no value here")

    def _repeated(self, array: NamedArray) -> NamedArray:
        return self.arithmetic.stack([array] * len(self._times))

    def jacobian(self, of: str, by: str, lag: int, flow: Flow) -> NamedArray:
        """d of(t) / d by(t - lag): axes of `of`, then of `by`; the other states at t - lag fixed."""
        key = (of, by, lag, flow)
        if key not in self._found:
            self._found[key] = self._jacobian(of, by, lag, flow)
        return self._found[key]

    def _jacobian(self, of: str, by: str, lag: int, flow: Flow) -> NamedArray:
        run, stack, definition = self.run, self.arithmetic.stack, self.run.layout.definition
        if definition is None or by not in definition.states:
            raise Beyond(f"a derivative by {by}, which is no state")
        if lag > self.first:
            raise Beyond(f"a derivative over {lag} steps at step {self.first}")
        times = self._times
        given = run.arguments
        initial = {name: stack([run.at(name, t - lag) for t in times]) for name in definition.states}
        seeded = self.arithmetic.seeded(initial[by])
        inputs = {
            name: [stack([each[t - lag + step] for t in times]) for step in range(lag)]
            for name, each in given.inputs.items()
        }
        moved = Arguments(
            inputs=inputs,
            initial={**initial, by: seeded},
            parameters={name: self._repeated(array) for name, array in given.parameters.items()},
            constants={name: self._repeated(array) for name, array in given.constants.items()},
        )
        watched: list[dict[str, Any]] = []
        unroll(definition, moved, lag, self.arithmetic.algebra, flow, watched)
        return self.arithmetic.slope(watched[-1][of], initial[by])


def single(layout: Layout, row: NDArray[np.float64], arithmetic: Arithmetic) -> Run:
    """One network in balls or forms, at the working precision in force."""
    return Run(layout, row[None], arithmetic)
