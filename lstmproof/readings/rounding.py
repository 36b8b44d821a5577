"""The one source of tolerances: how far two correct floating-point evaluations of a cell may differ.

`magnitudes` gives for each output and each entry of the gradient an S such that, to first order in eps, two
evaluations in arithmetic of that eps differ by at most eps S, and either is within eps/2 S of the true value.

Outputs: S is the bound E of `running`. Gradients: an entry is a sum over paths from the argument to the loss, each
path the cotangent times a product of partial derivatives. With A the sum over paths of the products' absolute
values, the sweep below bounds the error of every way to sum them that multiplies along paths: reverse mode, forward
mode, or a mixture. For an operand x of results z with partials p, in units of eps,

    A_x = sum_z |p| A_z
    E_x = sum_z ( |p| E_z + E_p A_z + r |p| A_z ) + n A_x

where |p| stands for |p| + eps E_p: where two partials on one path cancel to 0, as sigma' and tanh' do at saturation,
the product of their errors is all there is. E_p bounds the error of the partial itself (of sigma' = f (1 - f), with the
error of f: at least f (1 + |f|)). r counts the product and the additions of a tangent that arrives at z from several
operands (the number of terms, of a contraction); n counts the terms that reach x from its uses, broadcast axes, batch
rows and steps, as reverse mode adds them. Taking both r and n, and A in place of |adjoint|, is what makes the one bound
serve every mode; it is therefore several times larger than any one mode's own error. The loss itself sums N outputs: N
more. A tangent that underflows at z on its way forward, to 0 from below tiny (of complex step, from below tiny/h),
costs up to that times A_z.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from lstmproof.language.definition import Definition
from lstmproof.problem import Array, Problem
from lstmproof.readings.arguments import arguments, filled
from lstmproof.readings.complex_step import STEP
from lstmproof.readings.flow import Algebra, Arguments, Flow, unroll
from lstmproof.readings.named import NamedArray, carried
from lstmproof.readings.running import Running, Tape, apply, leaf, number


@dataclass(frozen=True)
class Magnitudes:
    """What tolerances are made of, for one problem."""

    outputs: Mapping[str, Array]
    """S by output label, (T, batch, *axes)."""
    gradients: Mapping[str, Array]
    """S by gradient label, of the gradient's shape."""
    sums: Mapping[str, Array]
    """The gradient with every path in absolute value, the A of the module's text, by gradient label."""
    operations: int
    """k, for display: roundings along the longest path from an argument to a value and back."""
    kink: float
    """Smallest absolute value that an expression which vanishes at a kink took on the run; infinite without kinks."""
    domain: float
    """Smallest value of an expression that must be positive; infinite without such."""
    clearance: float
    """Smallest ratio of either to its own bound E: where it is below eps, rounding decides the side."""
    largest: float
    """Largest absolute value on the run and on the way back: above the dtype's own largest, it overflows."""


@dataclass
class _Adjoint:
    """A, and E as inherited + terms * A, of one value on the tape."""

    total: Array
    inherited: Array
    terms: int = 0
    depth: int = 0

    @property
    def error(self) -> Array:
        return self.inherited + self.terms * self.total


def magnitudes(definition: Definition, problem: Problem, flow: Flow = "full") -> Magnitudes:
    """The bounds for this problem, in arithmetic of the problem's own dtype."""
    arrays = [*problem.inputs.values(), *problem.initial.values(), *problem.parameters.values()]
    tape = Tape(np.result_type(*arrays))
    plain = arguments(definition, problem)
    given = _on_tape(tape, plain)
    with np.errstate(all="ignore"):
        trajectory = unroll(definition, given, problem.T, _algebra(tape), flow)
        adjoints = _sweep(tape, _seeds(problem, trajectory))
    labelled = _labelled(problem, given, adjoints)
    underflow = _smallest(tape) * sum(float(found.total.sum()) for found in adjoints if found is not None)
    return Magnitudes(
        outputs={label: _stacked(problem, trajectory, label) for label in definition.returned},
        gradients={label: found.error + underflow for label, found in labelled.items()},
        sums={label: found.total for label, found in labelled.items()},
        operations=tape.depth + max((found.depth for found in adjoints if found is not None), default=0),
        kink=tape.kink,
        domain=tape.domain,
        clearance=tape.clearance,
        largest=max([tape.largest, *(float(found.total.max(initial=0.0)) for found in adjoints if found is not None)]),
    )


def _smallest(tape: Tape) -> float:
    """Where tangents underflow, in units of eps: at tiny of the problem's dtype, and of complex step at tiny/h."""
    return max(tape.floor, float(np.finfo(np.float64).tiny) / STEP / float(np.finfo(tape.dtype).eps))


def _on_tape(tape: Tape, plain: Arguments) -> Arguments:
    return Arguments(
        inputs={name: [leaf(tape, step, True) for step in steps] for name, steps in plain.inputs.items()},
        initial={name: leaf(tape, array, True) for name, array in plain.initial.items()},
        parameters={name: leaf(tape, array, True) for name, array in plain.parameters.items()},
        constants={name: leaf(tape, array, False) for name, array in plain.constants.items()},
    )


def _algebra(tape: Tape) -> Algebra:
    return Algebra(number=partial(number, tape), constant=Running.recorded, apply=partial(apply, tape))


def _seeds(problem: Problem, trajectory: list[dict[str, Running]]) -> dict[int, list[Array]]:
    """By place on the tape, the cotangents that an output's value receives in absolute value, summed to its axes."""
    seeds: dict[int, list[Array]] = {}
    for step, values in enumerate(trajectory):
        for label, value in values.items():
            if value.node is not None:
                weights = np.abs(problem.cotangents[label][step].astype(np.float64))
                seeds.setdefault(value.node, []).append(weights if carried(value.axes) else weights.sum(axis=0))
    return seeds


def _sweep(tape: Tape, seeds: Mapping[int, list[Array]]) -> list[_Adjoint | None]:
    """Adjoints of every value on the tape, in reverse; None of what the loss does not depend on."""
    found: list[_Adjoint | None] = [None] * len(tape.edges)
    eps = float(np.finfo(tape.dtype).eps)
    loss_terms = sum(weights.size for several in seeds.values() for weights in several)
    for node, several in seeds.items():
        for weights in several:
            _add(found, node, weights, (1 + loss_terms) * weights, 1, 1 + loss_terms)
    for node in reversed(range(len(tape.edges))):
        adjoint = found[node]
        if adjoint is None or not tape.edges[node]:
            continue
        error = adjoint.error
        for edge in tape.edges[node]:
            slope = edge.partial
            if slope is not None and edge.error is not None:
                slope = slope + eps * edge.error
            total = edge.pullback(adjoint.total, slope)
            inherited = edge.pullback(error, slope) + edge.roundings * total
            if edge.partial is not None:
                inherited = inherited + edge.terms * tape.floor
            if edge.error is not None:
                inherited = inherited + edge.pullback(adjoint.total, edge.error)
            _add(found, edge.operand, total, inherited, edge.terms, adjoint.depth + edge.roundings)
    return found


def _add(found: list[_Adjoint | None], node: int, total: Array, inherited: Array, terms: int, depth: int) -> None:
    already = found[node]
    if already is None:
        found[node] = _Adjoint(total, inherited, terms, depth + terms)
    else:
        already.total = already.total + total
        already.inherited = already.inherited + inherited
        already.terms += terms
        already.depth = max(already.depth, depth + terms)


def _labelled(problem: Problem, given: Arguments, adjoints: list[_Adjoint | None]) -> dict[str, _Adjoint]:
    """Adjoints by gradient label, those of an input's steps stacked."""

    def of(argument: Any) -> _Adjoint:
        adjoint = adjoints[argument.node]
        zero = np.zeros(argument.value.shape)
        return _Adjoint(zero, zero) if adjoint is None else adjoint

    labelled: dict[str, _Adjoint] = {}
    for name, steps in given.inputs.items():
        each = [of(step) for step in steps]
        shape = problem.inputs[name].shape
        total = np.array([adjoint.total for adjoint in each]).reshape(shape)
        labelled[name] = _Adjoint(total, np.array([adjoint.error for adjoint in each]).reshape(shape))
    labelled |= {f"{name}0": of(argument) for name, argument in given.initial.items()}
    return labelled | {name: of(argument) for name, argument in given.parameters.items()}


def _stacked(problem: Problem, trajectory: list[dict[str, Running]], label: str) -> Array:
    like = problem.cotangents[label]
    bounds = np.zeros(like.shape)
    for step, values in enumerate(trajectory):
        value = values[label]
        bounds[step] = filled(NamedArray(np.broadcast_to(value.error, value.value.shape), value.axes), like[step])
    return bounds
