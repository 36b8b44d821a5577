"""Programs run by the interpreter on the arrays of a problem, and the gradients that they give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.truncate import truncate
from lstmproof.kernels.interpreter import Scan, run
from lstmproof.language.definition import Definition
from lstmproof.language.parser import parse_text
from lstmproof.problem import Problem
from lstmproof.program.nodes import Program
from lstmproof.readings.flow import Flow
from lstmproof.verify.generate import problem_for

Array = NDArray[Any]
STEP = 2.0**-100
"""Of complex steps: its square is lost beside 1."""

_WORDS = "cell, cut, dot, exp, hard_sigmoid, maximum, previous, relu, sigmoid, softplus, stop, tanh"


def cell(text: str) -> Definition:
    """The one cell of a derivation, `text` its definition."""
    return parse_text(f"from lstmproof.language import {_WORDS}\n\n\n@cell\n{text}", "test.py").cells[0]


def small_problem(definition: Definition, T: int = 3, batch: int = 2, seed: int = 0) -> Problem:
    """A problem whose axes all have different sizes."""
    sizes = {axis: place + 2 for place, axis in enumerate(definition.program.axis_names)}
    return problem_for(definition, T, batch, sizes, seed)


def in_flow(definition: Definition, flow: Flow) -> Program:
    return definition.program if flow == "full" else truncate(definition.program)


def scan(
    program: Program,
    problem: Problem,
    inputs: Mapping[str, Array],
    initial: Mapping[str, Array],
    parameters: Mapping[str, Array],
    tape: Mapping[str, Array] | None = None,
) -> Scan:
    """`program` on these arrays, constants and sizes those of `problem`."""
    return run(
        program,
        inputs=inputs,
        tape=tape or {},
        initial=initial,
        parameters=parameters,
        constants=problem.constants,
        sizes=problem.sizes,
        T=problem.T,
        batch=problem.batch,
    )


def forward(program: Program, problem: Problem) -> Scan:
    return scan(program, problem, problem.inputs, problem.initial, problem.parameters)


def backward(program: Program, problem: Problem, primal: Scan) -> Scan:
    return scan(program, problem, problem.cotangents, {}, problem.parameters, primal.values)


def by_label(swept: Scan, problem: Problem) -> dict[str, Array]:
    """The gradients that an adjoint's run holds: of parameters, inputs, and initial states as `<state>0`."""
    initial = {f"{label}0": swept.final[label] for label in problem.initial}
    return {**swept.totals, **swept.outputs, **initial}


def gradient(program: Program, problem: Problem) -> dict[str, Array]:
    """The gradient of the loss, by label."""
    return by_label(backward(adjoint(program), problem, forward(program, problem)), problem)


def arguments(problem: Problem) -> dict[str, Array]:
    """Every array that the loss is differentiated by, by the label of its gradient."""
    initial = {f"{label}0": array for label, array in problem.initial.items()}
    return {**problem.parameters, **problem.inputs, **initial}


def direction(problem: Problem, seed: int) -> dict[str, Array]:
    """A random direction in everything that the loss is differentiated by."""
    random = np.random.default_rng((seed, 77))
    return {label: random.normal(size=array.shape) for label, array in arguments(problem).items()}


def inner(a: Mapping[str, Array], b: Mapping[str, Array]) -> float:
    """Sum of products over all labels of `a`."""
    return float(sum((a[label] * b[label]).sum() for label in a))


def along(problem: Problem, move: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Array], dict[str, Array]]:
    """Inputs, initial states and parameters, a complex step of `move` away from those of `problem`."""

    def moved(arrays: Mapping[str, Array], suffix: str = "") -> dict[str, Array]:
        return {label: array + 1j * STEP * move[label + suffix] for label, array in arrays.items()}

    return moved(problem.inputs), moved(problem.initial, "0"), moved(problem.parameters)


def doubled(problem: Problem, move: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Array], dict[str, Array]]:
    """Inputs, initial states and parameters of a tangent program along `move`."""

    def both(arrays: Mapping[str, Array], suffix: str = "") -> dict[str, Array]:
        return {**arrays, **{f"{label}.dot": move[label + suffix] for label in arrays}}

    return both(problem.inputs), both(problem.initial, "0"), both(problem.parameters)
