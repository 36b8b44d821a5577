"""Laws that hold derivatives against each other: tangent and adjoint, Taylor's formula, the online rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import compress, pairwise

import numpy as np

from lstmproof.calculus.online import NotOnline, online
from lstmproof.kernels import interpreter
from lstmproof.language.definition import Definition
from lstmproof.problem import Array, Problem
from lstmproof.readings import differences
from lstmproof.readings.movement import RESOLVED
from lstmproof.verify import tolerance
from lstmproof.verify.case import KERNEL_ERRORS, Broken, Redraw, Trial, forward, outputs_of
from lstmproof.verify.laws.law import Comparison, compared

TAYLOR_STEPS = tuple(2.0**-power for power in range(4, 28, 4))
TAYLOR_ORDER = 1.5
"""Between 1, the order at which the remainder of a wrong gradient shrinks, and 2, that of the right one."""


def adjoint_identity(trial: Trial) -> Iterator[Comparison]:
    """<w, Jv> = <J'w, v>: the tangent Program paired with the cotangents, the kernel's gradient with the direction."""
    case = trial.case
    forward_mode = sum(float(np.vdot(w, case.tangent[label])) for label, w in case.problem.cotangents.items())
    reverse_mode = sum(float(np.vdot(trial.gradient()[label], v)) for label, v in case.direction.items())
    found = case.magnitudes()
    allowed = np.asarray(tolerance.pairing(case.direction, found))
    yield Comparison("<J'w, v>", np.asarray(reverse_mode), np.asarray(forward_mode), allowed, found.operations)


def taylor(trial: Trial) -> Iterator[Comparison]:
    """The remainder L(p + ev) - L(p) - e <g, v> shrinks at order 2 in e, until it is lost in rounding.

    One step of the ladder may hide a zero of the remainder, so the better of the last two pairs of steps decides. A
    step that takes some function past where it bends says nothing of orders, and counts only as the end of a pair.
    """
    case = trial.case
    if case.problem.T == 0 or case.problem.batch == 0:
        return
    resolved = [step * case.reach <= RESOLVED for step in TAYLOR_STEPS[:-1]]
    if not any(resolved):
        raise Redraw("every step takes some function past where it bends")
    slope = sum(float(np.vdot(trial.gradient()[label], v)) for label, v in case.direction.items())
    base = _loss(case.problem, trial.outputs())
    remainders, noises = [], []
    for step in TAYLOR_STEPS:
        moved = _moved(case.problem, case.direction, step)
        outputs = _displaced(trial, moved)
        remainders.append(abs(_loss(moved, outputs) - base - step * slope))
        noises.append(_noise(trial, step, outputs))
    yield _decisive(remainders, noises, resolved)


def _decisive(remainders: list[float], noises: list[float], resolved: list[bool]) -> Comparison:
    """The comparison of one remainder with what order `TAYLOR_ORDER` makes of the one before it, where resolved."""
    shrink = (TAYLOR_STEPS[1] / TAYLOR_STEPS[0]) ** TAYLOR_ORDER
    later = list(compress(zip(pairwise(remainders), noises[1:], strict=True), resolved))
    pairs = [(found, shrink * before + noise) for (before, found), noise in later]
    loud = [pair for pair, (_, noise) in zip(pairs, later, strict=True) if pair[0] > noise]
    found, allowed = min(loud[-2:] or pairs[-1:], key=lambda pair: pair[0] / pair[1] if pair[1] else 0.0)
    return Comparison("Taylor remainder", np.asarray(found), np.asarray(0.0), np.asarray(allowed))


def _noise(trial: Trial, step: float, outputs: Mapping[str, Array]) -> float:
    """What rounding may add to a remainder: in both losses, in the moved arguments, in the linear term."""
    case, found = trial.case, trial.case.magnitudes()
    losses = tolerance.loss(case.problem, outputs, found) + tolerance.loss(case.problem, trial.outputs(), found)
    moved = tolerance.argument_rounding(step, case.direction, case.point, found)
    return losses + moved + step * tolerance.pairing(case.direction, found)


def _displaced(trial: Trial, problem: Problem) -> Mapping[str, Array]:
    """Outputs of a displaced problem: the kernel's, or the body's with what the cell stops held at the base point."""
    if trial.case.stopped:
        return differences.replay(trial.definition, problem, trial.case.stopped)
    try:
        return outputs_of(trial.definition, forward(trial.kernels.get(), problem))
    except KERNEL_ERRORS as error:
        raise Broken(f"the kernel raised {type(error).__name__}: {error}") from error


def _moved(problem: Problem, direction: Mapping[str, Array], step: float) -> Problem:
    """The problem at p + step v."""

    def moved(arrays: Mapping[str, Array], suffix: str = "") -> dict[str, Array]:
        return {name: array + step * direction[name + suffix] for name, array in arrays.items()}

    return replace(
        problem,
        inputs=moved(problem.inputs),
        initial=moved(problem.initial, "0"),
        parameters=moved(problem.parameters),
    )


def _loss(problem: Problem, outputs: Mapping[str, Array]) -> float:
    return sum(float(np.vdot(w, outputs[label])) for label, w in problem.cotangents.items())


def online_rule(trial: Trial) -> Iterator[Comparison]:
    """The rule of the 1997 and 2000 papers, run forward in time without a tape, gives the truncated gradient."""
    problem = trial.case.problem
    cotangents = {f"{label}.cot": array for label, array in problem.cotangents.items()}
    with np.errstate(all="ignore"):
        scan = interpreter.run(
            trial.kernels.online,
            inputs={**problem.inputs, **cotangents},
            tape={},
            initial=problem.initial,
            parameters=problem.parameters,
            constants=problem.constants,
            sizes=problem.sizes,
            T=problem.T,
            batch=problem.batch,
        )
    found = trial.case.magnitudes("truncated")
    allowed = {label: tolerance.rounding(S) for label, S in found.gradients.items()}
    yield from compared("online dL/d", scan.totals, _parameters(trial), allowed, found.operations)


def _parameters(trial: Trial) -> dict[str, Array]:
    """The truncated kernel's gradient of every parameter."""
    gradient = trial.gradient("truncated")
    return {name: gradient[name] for name in trial.definition.parameters}


def not_online(definition: Definition) -> str:
    """Why the online rule does not apply to a cell; empty if it does."""
    if not definition.parameters:
        return "the cell has no parameters"
    try:
        online(definition.program)
    except NotOnline as error:
        return str(error)
    return ""
