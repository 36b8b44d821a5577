"""Every cotangent of a derivation held against a perturbation of the value that it belongs to.

The cotangent of v(t) is what the loss gains when v(t) alone is moved. `nudged` writes the cell out with such moves as
inputs; the complex step of a reading says what each is worth. The derivation's own numbers come from its Programs, run
by the interpreter. Two numbers agree when they differ by at most eps S, with S from the running error analysis of the
perturbed run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from lstmproof.calculus.adjoint import Derived
from lstmproof.kernels import interpreter
from lstmproof.language.definition import Definition
from lstmproof.problem import Array, Problem
from lstmproof.readings import complex_step, reference, rounding
from lstmproof.study.nudged import Nudged, Unwritten, nudged
from lstmproof.verify import tolerance
from lstmproof.verify.generate import problem_for

PROBLEMS = 3
"""Problems of each cell: seeds `seed`, `seed` + 1, ..."""
STEPS, ROWS = 3, 2


@dataclass(frozen=True)
class Recheck:
    """What the comparison came to."""

    compared: Mapping[str, int]
    """By value of the cell (parameters, inputs and old states included), how many numbers were compared."""
    wrong: Mapping[str, int]
    """By value, how many of them did not agree; a value that always agrees is not here."""
    problems: int
    declined: int
    """Problems too near a kink, outside a domain or ill-conditioned."""
    reason: str = ""
    """Why nothing was compared, if so."""

    def holds(self, value: str) -> bool:
        """Whether the cotangent of a value was compared and agreed throughout."""
        return self.compared.get(value, 0) > 0 and value not in self.wrong


def recheck(definition: Definition, derived: Derived, seed: int) -> Recheck:
    """Compare every cotangent of `derived`, the derivation of the adjoint of `definition`'s Program."""
    sizes = {axis: 2 + place % 2 for place, axis in enumerate(definition.program.axis_names)}
    try:
        moved = nudged(definition, sizes)
    except Unwritten as reason:
        return Recheck({}, {}, 0, 0, str(reason))
    compared: dict[str, int] = {}
    wrong: dict[str, int] = {}
    declined = 0
    for each in range(seed, seed + PROBLEMS):
        problem = _still(problem_for(moved.definition, STEPS, ROWS, sizes, each), moved)
        if _declined(moved, problem):
            declined += 1
            continue
        allowed = rounding.magnitudes(moved.definition, problem).gradients
        expected = complex_step.gradient(moved.definition, problem)
        for value, array in _found(definition, derived, problem).items():
            label = moved.nudges.get(value, value)
            off = ~(np.abs(array - expected[label]) <= tolerance.rounding(allowed[label]))
            compared[value] = compared.get(value, 0) + array.size
            if off.any():
                wrong[value] = wrong.get(value, 0) + int(off.sum())
    return Recheck(compared, wrong, PROBLEMS - declined, declined)


def _still(problem: Problem, moved: Nudged) -> Problem:
    """The problem with every nudge 0."""
    still = {nudge: np.zeros_like(problem.inputs[nudge]) for nudge in moved.nudges.values()}
    return replace(problem, inputs={**problem.inputs, **still})


def _declined(moved: Nudged, problem: Problem) -> str:
    with np.errstate(all="ignore"):
        outputs = reference.run(moved.definition, problem)
        return tolerance.smooth_enough(rounding.magnitudes(moved.definition, problem), outputs, "float64")


def _found(definition: Definition, derived: Derived, problem: Problem) -> dict[str, Array]:
    """The derivation's cotangents, by value; those of old states, by `<state>0`, at the first step alone."""
    program = definition.program
    given = {name: problem.inputs[name] for name in definition.inputs}

    def run(which: Mapping[str, Array], tape: Mapping[str, Array], initial: Mapping[str, Array]) -> interpreter.Scan:
        return interpreter.run(
            derived.program if tape else program,
            inputs=which,
            tape=tape,
            initial=initial,
            parameters=problem.parameters,
            constants=problem.constants,
            sizes=problem.sizes,
            T=problem.T,
            batch=problem.batch,
        )

    ahead = run(given, {}, problem.initial)
    back = run(problem.cotangents, ahead.values, {})
    found = {node.out: _every_step(back, derived, node.out, problem) for node in program.nodes}
    found |= dict(back.outputs) | dict(back.totals)
    return found | {f"{state.label}0": back.final[state.label] for state in program.states}


def _every_step(back: interpreter.Scan, derived: Derived, value: str, problem: Problem) -> Array:
    """The cotangent of a value at every step and in every row; 0 where nothing reaches it."""
    axes = derived.primal.axes[value]
    shape = (problem.T, problem.batch, *(problem.sizes[axis] for axis in axes))
    name = derived.cotangents.get(value)
    if name is None:
        return np.zeros(shape)
    return np.broadcast_to(back.values[name], shape)
