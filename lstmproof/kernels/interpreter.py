"""The interpreter: runs a Program over a sequence with plain NumPy, node by node. Slow, and obviously right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmproof.language.table import FUNCTIONS
from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.program.nodes import Axes, Contract, Node, Program

Array = NDArray[Any]

_OPERATIONS: Mapping[str, np.ufunc] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
}


@dataclass(frozen=True)
class Scan:
    """What a run of a Program leaves behind; every array is in order of time, whichever way the program ran."""

    values: Mapping[str, Array]
    """(T, batch, *axes) of every value that depends on the step, (*axes) of the others."""
    outputs: Mapping[str, Array]
    """(T, batch, *axes) by label."""
    totals: Mapping[str, Array]
    """(*axes) by label, summed over steps and batch."""
    final: Mapping[str, Array]
    """(batch, *axes) by state label: what the last step in the program's direction handed on."""


def run(
    program: Program,
    *,
    inputs: Mapping[str, Array],
    tape: Mapping[str, Array],
    initial: Mapping[str, Array],
    parameters: Mapping[str, Array],
    constants: Mapping[str, float],
    sizes: Mapping[str, int],
    T: int,
    batch: int,
) -> Scan:
    """Run `program` for T steps.

    Args:
        inputs: (T, batch, *axes) by label.
        tape: (T, batch, *axes), or (*axes) of what does not depend on the step, by label.
        initial: (batch, *axes) by state label; a missing one is zero.
        parameters: (*axes) by label.
        constants: by name; a missing one takes its default.
        sizes: units along each axis.
        T: number of steps.
        batch: number of rows.
    """
    dtype = np.result_type(np.float32, *parameters.values(), *inputs.values(), *initial.values())
    machine = _Machine(program, sizes, T, batch, dtype)
    fixed = machine.bind_fixed(parameters, constants, tape)
    steps: dict[str, Array] = {source.name: inputs[source.label] for source in program.inputs}
    steps |= {source.name: tape[source.label] for source in program.tape if source.name not in fixed}
    carried = {
        state.label: initial.get(state.label, np.zeros((batch, *machine.shape(state.axes)), dtype))
        for state in program.states
    }
    record = machine.scan(fixed, steps, carried)
    every = {**fixed, **record}
    outputs = {o.label: machine.at_each_step(o.value, every, fixed) for o in program.outputs}
    totals = {o.label: machine.at_each_step(o.value, every, fixed).sum(axis=(0, 1)) for o in program.totals}
    return Scan(every, outputs, totals, carried)


@dataclass(frozen=True)
class _Machine:
    program: Program
    sizes: Mapping[str, int]
    T: int
    batch: int
    dtype: np.dtype[Any]

    def shape(self, axes: Axes) -> tuple[int, ...]:
        return tuple(self.sizes[axis] for axis in axes)

    def bind_fixed(
        self, parameters: Mapping[str, Array], constants: Mapping[str, float], tape: Mapping[str, Array]
    ) -> dict[str, Array]:
        """Everything that does not depend on the step: parameters, constants, and nodes built of them alone."""
        fixed = {source.name: np.asarray(parameters[source.label]) for source in self.program.parameters}
        for constant in self.program.constants:
            value = float(constants.get(constant.name, constant.default))
            fixed[constant.name] = np.full(self.shape(constant.axes), value, np.finfo(self.dtype).dtype)
        for source in self.program.tape:
            if tape[source.label].ndim == len(source.axes):
                fixed[source.name] = tape[source.label]
        for node in self.program.nodes:
            if all(operand in fixed for operand in node.operands):
                fixed[node.out] = self.evaluate(node, fixed)
        return fixed

    def scan(
        self, fixed: Mapping[str, Array], steps: Mapping[str, Array], carried: dict[str, Array]
    ) -> dict[str, Array]:
        """Run every step; `carried` ends with what the last step handed on."""
        moving = {name: axes for name, axes in self.program.axes.items() if name not in fixed}
        record = {name: np.zeros((self.T, self.batch, *self.shape(axes)), self.dtype) for name, axes in moving.items()}
        forward = self.program.direction == "forward"
        for t in range(self.T) if forward else range(self.T - 1, -1, -1):
            here = {**fixed, **{name: array[t] for name, array in steps.items()}}
            here |= {state.old: carried[state.label] for state in self.program.states}
            for node in self.program.nodes:
                if node.out not in fixed:
                    value = self.evaluate(node, here)
                    here[node.out] = np.broadcast_to(value, (self.batch, *self.shape(node.axes)))
            for name, array in record.items():
                array[t] = here[name]
            for state in self.program.states:
                carried[state.label] = np.broadcast_to(here[state.new], (self.batch, *self.shape(state.axes)))
        return record

    def at_each_step(self, name: str, every: Mapping[str, Array], fixed: Mapping[str, Array]) -> Array:
        """(T, batch, *axes) of a value, repeated if it does not depend on the step."""
        if name not in fixed:
            return every[name]
        return np.broadcast_to(every[name], (self.T, self.batch, *every[name].shape))

    def evaluate(self, node: Node, here: Mapping[str, Array]) -> Array:
        """The value of one node: (batch, *axes), or (*axes) if no operand has a batch."""
        if isinstance(node, Contract):
            return self._contract(node, here)
        value = self._pointwise(node.expr, node.axes, here)
        return np.broadcast_to(value, (*value.shape[: value.ndim - len(node.axes)], *self.shape(node.axes)))

    def _contract(self, node: Contract, here: Mapping[str, Array]) -> Array:
        letters = {index: position for position, index in enumerate(dict.fromkeys(_indices(node)), start=1)}
        operands: list[Any] = []
        batched = False
        for factor in node.factors:
            array = here[factor.name]
            own_batch = array.ndim > len(factor.indices)
            batched |= own_batch
            operands += [array, [0] * own_batch + [letters[index] for index in factor.indices]]
        borne = {index for factor in node.factors for index in factor.indices}
        kept = [index for index in node.indices if index in borne]
        value = np.einsum(*operands, [0] * batched + [letters[index] for index in kept])
        missing = tuple(batched + at for at, index in enumerate(node.indices) if index not in borne)
        return np.broadcast_to(np.expand_dims(value, missing), (*value.shape[:batched], *self.shape(node.axes)))

    def _pointwise(self, expr: Expr, axes: Axes, here: Mapping[str, Array]) -> Array:
        match expr:
            case Number(value):
                return np.asarray(float(value), self.dtype)
            case Size(axis):
                return np.asarray(self.sizes[axis], self.dtype)
            case Ref(name):
                return _aligned(here[name], self.program.axes[name], axes)
            case Apply("pow", (base, Number(exponent))):
                return self._pointwise(base, axes, here) ** int(exponent)
            case Apply("stop", (argument,)):
                return self._stopped(self._pointwise(argument, axes, here))
            case Apply("cut", (argument,)):
                return self._pointwise(argument, axes, here)
            case Apply(function, arguments):
                values = [self._pointwise(argument, axes, here) for argument in arguments]
                return np.asarray(self._apply(function, values), self.dtype)
        raise TypeError(f"no such expression: {expr!r}")

    def _stopped(self, value: Array) -> Array:
        """A recorded constant: on complex arrays, whose imaginary part is a perturbation, the real part."""
        return value.real.astype(self.dtype) if np.iscomplexobj(value) else value

    def _apply(self, function: str, values: list[Array]) -> Array:
        if function in _OPERATIONS:
            return np.asarray(_OPERATIONS[function](*values))
        row = FUNCTIONS[function]
        if np.issubdtype(self.dtype, np.complexfloating):
            return np.asarray(row.complex_step(*values))
        return apply_ufuncs(row.ufuncs, values)


def apply_ufuncs(ufuncs: tuple[tuple[str, ...], ...], values: list[Array]) -> Array:
    """The value of a table function by its NumPy recipe."""
    first, *others = values
    for name, *literals in ufuncs:
        first = getattr(np, name)(first, *others, *(first.dtype.type(literal) for literal in literals))
        others = []
    return first


def _indices(node: Contract) -> tuple[str, ...]:
    return (*node.indices, *(index for factor in node.factors for index in factor.indices))


def _aligned(array: Array, own: Axes, axes: Axes) -> Array:
    """`array` with an axis of one unit for every axis of `axes` that it lacks."""
    if own == axes:
        return array
    missing = tuple(position - len(axes) for position, axis in enumerate(axes) if axis not in own)
    return np.expand_dims(array, missing)
