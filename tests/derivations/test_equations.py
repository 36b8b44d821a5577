"""Each derivation says what its paper says: the cell's reading and its kernel against transcriptions by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lstmproof.kernels.kernel import build
from lstmproof.language.definition import Definition
from lstmproof.language.parser import parse_file
from lstmproof.problem import Problem
from lstmproof.readings import reference
from tests.derivations.transcriptions import STEPS, trajectory

DERIVATIONS = Path(__file__).parents[2] / "derivations"

CELLS = {cell.name: cell for path in sorted(DERIVATIONS.glob("*.py")) for cell in parse_file(path).cells}

SIZES = {
    "all sizes different": {"input": 5, "hidden": 4, "block": 2, "unit": 3, "output": 6},
    "all sizes equal": {"input": 2, "hidden": 2, "block": 2, "unit": 2, "output": 2},
}
"""Equal sizes hide a transposed or misaligned axis from every check of shapes."""


def random_problem(definition: Definition, sizes: dict[str, int], T: int = 3, batch: int = 2) -> Problem:
    """Weights, inputs, states and cotangents of order 1, drawn with no knowledge of the cell but its axes."""
    random = np.random.default_rng(1997)

    def draw(axes: tuple[str, ...], *leading: int) -> np.ndarray:
        return random.normal(size=(*leading, *(sizes[axis] for axis in axes)))

    outputs = {output.label: definition.program.axes[output.value] for output in definition.program.outputs}
    return Problem(
        T=T,
        batch=batch,
        sizes={axis: sizes[axis] for axis in definition.program.axis_names},
        inputs={name: draw(axes, T, batch) for name, axes in definition.inputs.items()},
        initial={name: draw(axes, batch) for name, axes in definition.states.items()},
        parameters={name: draw(axes) for name, axes in definition.parameters.items()},
        constants={name: float(constant.default) for name, constant in definition.constants.items()},
        cotangents={label: draw(axes, T, batch) for label, axes in outputs.items()},
    )


def transcribed(definition: Definition, problem: Problem) -> dict[str, np.ndarray]:
    weights = {**problem.parameters, **{name: np.asarray(value) for name, value in problem.constants.items()}}
    return trajectory(STEPS[definition.name], weights, problem.inputs["x"], problem.initial)


def test_every_cell_is_transcribed() -> None:
    assert set(STEPS) == set(CELLS)


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("name", STEPS)
def test_the_reference_reading_is_the_papers_cell(name: str, sizes: dict[str, int]) -> None:
    problem = random_problem(CELLS[name], sizes)
    expected, found = transcribed(CELLS[name], problem), reference.run(CELLS[name], problem)
    assert set(found) == set(expected)
    for label, value in expected.items():
        np.testing.assert_allclose(found[label], value, rtol=1e-12, atol=1e-14, err_msg=label)


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("name", STEPS)
def test_the_kernel_is_the_papers_cell(name: str, sizes: dict[str, int]) -> None:
    problem = random_problem(CELLS[name], sizes)
    expected = transcribed(CELLS[name], problem)
    flowing = (*problem.inputs.values(), *problem.initial.values())
    run = build(CELLS[name].program).forward(*flowing, **problem.parameters, **problem.constants)
    for label, value in expected.items():
        np.testing.assert_allclose(run[label], value, rtol=1e-12, atol=1e-14, err_msg=label)


@pytest.mark.parametrize("name", STEPS)
def test_a_misread_equation_is_caught(name: str) -> None:
    """The comparison above can fail: shifting any one parameter changes what the transcription says."""
    definition = CELLS[name]
    problem = random_problem(definition, SIZES["all sizes different"])
    found = reference.run(definition, problem)
    for shifted in problem.parameters:
        weights = {**problem.parameters, shifted: problem.parameters[shifted] + 1e-3}
        weights |= {constant: np.asarray(value) for constant, value in problem.constants.items()}
        other = trajectory(STEPS[name], weights, problem.inputs["x"], problem.initial)
        assert any(not np.allclose(found[label], other[label], rtol=1e-9, atol=0) for label in other), shifted
