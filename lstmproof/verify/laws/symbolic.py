"""The symbolic law: one step of the derived adjoint is, as an identity, SymPy's derivative of the cell's own body.

The body is run on SymPy symbols, one for each entry of each argument, in either flow. L is the sum of every output
and every new state times a cotangent symbol, so SymPy's dL/dp is what one step of the adjoint must hand on for p.
That step is evaluated exactly from the Program, and the difference must vanish as a rational function. The gradient
of a recurrence is this step repeated; sizes are those stated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.truncate import truncate
from lstmproof.language.definition import Definition
from lstmproof.program.nodes import Axes, Program
from lstmproof.proof.exact import Element, Field
from lstmproof.readings.flow import Algebra, Arguments, Flow, unroll
from lstmproof.readings.named import NamedArray, pointwise
from lstmproof.verify.onestep import (
    MOST_NODES,
    FromSympy,
    Recorder,
    Stepper,
    Unknown,
    symbol_name,
    table_function,
    tree_size,
)

FLOWS: tuple[Flow, ...] = ("full", "truncated")

UNITS = 2
"""Units along every axis: the fewest that tell an index from another, a matrix from its transpose."""


@dataclass(frozen=True)
class Identity:
    """One entry of a gradient: what SymPy derives, and what the adjoint evaluates to."""

    what: str
    derived: Element
    evaluated: Element

    @property
    def holds(self) -> bool:
        return self.derived == self.evaluated


def identities(definition: Definition, flow: Flow, derived: Program | None = None) -> Iterator[Identity]:
    """Every entry of one step's gradient in a flow, of the adjoint `derived` (the cell's own unless given)."""
    step = OneStep.of(definition, flow)
    found = step.gradient(derived if derived is not None else adjoint(step.program))
    for label, axes in labelled_axes(definition).items():
        source = label if label in definition.inputs or label in definition.parameters else f"{label[:-1]}[t-1]"
        for index in np.ndindex(step.stepper.shape(axes)):
            name = symbol_name(source, index)
            yield Identity(f"dL/d{symbol_name(label, index)}", step.derivative(name), found[label][index])


def labelled_axes(definition: Definition) -> dict[str, Axes]:
    """Axes of each gradient by label."""
    states = {f"{name}0": tuple(axes) for name, axes in definition.states.items()}
    return {**definition.inputs, **states, **definition.parameters}


@dataclass(frozen=True, eq=False)
class OneStep:
    """One step of a cell in a flow: its loss as SymPy sees it, its values as exact elements."""

    program: Program
    loss: sympy.Expr
    stepper: Stepper
    values: Mapping[str, NDArray[Any]]
    """Exact value of everything in the Program, by name."""
    convert: FromSympy
    _derivatives: dict[str, Element] = field(default_factory=dict)

    @classmethod
    def of(cls, definition: Definition, flow: Flow) -> OneStep:
        program = definition.program if flow == "full" else truncate(definition.program)
        sizes = dict.fromkeys(program.axis_names, UNITS)
        stepper = Stepper(Field(_capacity(program)), sizes)
        given = {each.name: stepper.symbols(each.name, each.axes) for each in (*program.inputs, *program.parameters)}
        given |= {each.name: stepper.symbols(each.name, each.axes) for each in program.constants}
        given |= {state.old: stepper.symbols(state.old, state.axes) for state in program.states}
        values = stepper.step(program, given)  # it knows when to give up, and SymPy, which comes next, does not
        recorder = Recorder()
        loss = _loss(definition, symbolic_outputs(definition, sizes, flow, recorder))
        return cls(program, loss, stepper, values, FromSympy(stepper.field, recorder.meaning))

    def derivative(self, symbol: str) -> Element:
        """What SymPy makes of dL/d`symbol`."""
        if symbol not in self._derivatives:
            self._derivatives[symbol] = self.convert(sympy.diff(self.loss, sympy.Symbol(symbol)))
        return self._derivatives[symbol]

    def gradient(self, derived: Program) -> dict[str, Any]:
        """What one step of an adjoint hands on, by gradient label, given symbols for all that reaches the step."""
        given = {source.name: self.stepper.symbols(cotangent(source.label), source.axes) for source in derived.inputs}
        given |= {state.old: self.stepper.symbols(carried(state.label), state.axes) for state in derived.states}
        given |= {source.name: self.values[source.label] for source in (*derived.tape, *derived.parameters)}
        given |= {constant.name: self.values[constant.name] for constant in derived.constants}
        values = self.stepper.step(derived, given)
        found = {output.label: values[output.value] for output in (*derived.outputs, *derived.totals)}
        return found | {f"{state.label}0": values[state.new] for state in derived.states}


def cotangent(label: str) -> str:
    """The symbol of dL/d(output) at this step."""
    return f"{label}.cot"


def carried(label: str) -> str:
    """The symbol of what the next step hands back to a state's new value."""
    return f"{label}.next"


def symbolic_outputs(
    definition: Definition, sizes: Mapping[str, int], flow: Flow, recorder: Recorder
) -> Mapping[str, NamedArray]:
    """The body's returned values after one step, as arrays of SymPy expressions."""

    def symbols(name: str, axes: Axes) -> NamedArray:
        array = np.empty([sizes[axis] for axis in axes], dtype=object)
        for index in np.ndindex(array.shape):
            array[index] = sympy.Symbol(symbol_name(name, index))
        return NamedArray(array, tuple(axes))

    def apply(word: str, *arrays: NamedArray) -> NamedArray:
        return pointwise(np.frompyfunc(table_function(word), len(arrays), 1), *arrays)

    def constant(array: NamedArray) -> NamedArray:
        return pointwise(np.frompyfunc(recorder, 1, 1), array)

    algebra = Algebra(
        number=lambda value: NamedArray(np.array(sympy.Rational(value.numerator, value.denominator), object), ()),
        constant=constant,
        apply=apply,
    )
    arguments = Arguments(
        inputs={name: [symbols(name, axes)] for name, axes in definition.inputs.items()},
        initial={name: symbols(f"{name}[t-1]", axes) for name, axes in definition.states.items()},
        parameters={name: symbols(name, axes) for name, axes in definition.parameters.items()},
        constants={name: symbols(name, constant.axes) for name, constant in definition.constants.items()},
    )
    return unroll(definition, arguments, 1, algebra, flow)[0]


def _loss(definition: Definition, outputs: Mapping[str, NamedArray]) -> sympy.Expr:
    """The sum of outputs times their cotangents, and of new states times what the next step hands back."""
    axes = {output.label: definition.program.axes[output.value] for output in definition.program.outputs}
    terms = []
    for label, array in outputs.items():
        shape = tuple(UNITS for _ in axes[label])
        for index, value in np.ndenumerate(np.broadcast_to(array.data, shape)):
            weight = sympy.Symbol(symbol_name(cotangent(label), index))
            if label in definition.states:
                weight += sympy.Symbol(symbol_name(carried(label), index))
            terms.append(weight * value)
    loss = sympy.Add(*terms)
    if tree_size(loss) > MOST_NODES:
        raise Unknown("the body is too large for SymPy to differentiate in one piece")
    return loss


def _capacity(program: Program) -> int:
    """Generators enough for a program's symbols, cotangents and function values, at `UNITS` units along each axis."""
    entries: int = sum(UNITS ** len(axes) for axes in program.axes.values())
    return 4 * entries + 16
