"""Kernels beside the interpreter: the same problem through both, and what they must agree on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmproof.kernels.kernel import Kernel
from lstmproof.problem import Problem

Array = NDArray[Any]


def positional(problem: Problem) -> tuple[Array, ...]:
    return (*problem.inputs.values(), *problem.initial.values())


def forward(kernel: Kernel, problem: Problem) -> Any:
    """A run of the kernel on the problem."""
    return kernel.forward(*positional(problem), **problem.parameters, **problem.constants)


def execute(kernel: Kernel, problem: Problem) -> tuple[dict[str, Array], Mapping[str, Array]]:
    """Outputs and gradient by label."""
    run = forward(kernel, problem)
    return {label: run[label] for label in problem.cotangents}, kernel.backward(run, **problem.cotangents)


def assert_same_bytes(one: Mapping[str, Array], other: Mapping[str, Array]) -> None:
    assert set(one) == set(other)
    for label, array in one.items():
        assert array.tobytes() == other[label].tobytes(), label


def assert_rows_add_up(kernel: Kernel, run: Any, problem: Problem, tolerance: float) -> None:
    """`backward_rows` keeps the parameters' gradients apart by row; all else is as `backward` has it."""
    whole = kernel.backward(run, **problem.cotangents)
    rows = kernel.backward_rows(run, **problem.cotangents)
    assert set(rows) == set(whole)
    for label, array in whole.items():
        if label not in problem.parameters:
            assert rows[label].tobytes() == array.tobytes(), label
            continue
        assert rows[label].shape == (problem.batch, *array.shape)
        size = tolerance * (1 + np.abs(rows[label]).sum(axis=0).max(initial=0))
        np.testing.assert_allclose(rows[label].sum(axis=0), array, rtol=tolerance, atol=size, err_msg=label)
