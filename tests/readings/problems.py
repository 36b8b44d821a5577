"""Cells and problems that the tests of the readings share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lstmproof.language.definition import Definition
from lstmproof.language.parser import parse_file, parse_text
from lstmproof.language.table import WORDS as FUNCTION_WORDS
from lstmproof.problem import Array, Problem

DERIVATIONS = Path(__file__).parents[2] / "derivations"

WORDS = ("cell", "cut", "dot", "mean", "outer", "previous", "stop", "sum", *FUNCTION_WORDS)

EPS = float(np.finfo(np.float64).eps)


@cache
def catalogue() -> Mapping[str, Definition]:
    """Every cell of the catalogue by name."""
    return {cell.name: cell for path in sorted(DERIVATIONS.glob("*.py")) for cell in parse_file(path).cells}


def cell_of(text: str) -> Definition:
    """The one cell that `text` defines; the words that it uses are imported for it."""
    used = [word for word in WORDS if re.search(rf"\b{word}\(", text) or word == "cell"]
    derivation = parse_text(f"from lstmproof.language import {', '.join(used)}\n\n{text}", "test.py")
    return derivation.cells[0]


def problem_of(
    definition: Definition,
    T: int = 3,
    batch: int = 2,
    sizes: int | Mapping[str, int] = 2,
    seed: int = 0,
    scale: float = 0.7,
    dtype: str = "float64",
) -> Problem:
    """Normal entries, the weights' of size `scale`."""
    random = np.random.default_rng(seed)
    axis_names = definition.program.axis_names
    units = dict.fromkeys(axis_names, sizes) if isinstance(sizes, int) else dict(sizes)
    outputs = {output.label: definition.program.axes[output.value] for output in definition.program.outputs}

    def array(axes: tuple[str, ...], *lead: int, scale: float = 1.0) -> Any:
        return (scale * random.normal(size=(*lead, *(units[axis] for axis in axes)))).astype(dtype)

    return Problem(
        T=T,
        batch=batch,
        sizes=units,
        inputs={name: array(axes, T, batch) for name, axes in definition.inputs.items()},
        initial={name: array(axes, batch) for name, axes in definition.states.items()},
        parameters={name: array(axes, scale=scale) for name, axes in definition.parameters.items()},
        constants={name: float(constant.default) for name, constant in definition.constants.items()},
        cotangents={label: array(axes, T, batch) for label, axes in outputs.items()},
    )


def worst(found: Mapping[str, Any], expected: Mapping[str, Any], bound: Mapping[str, Array]) -> float:
    """The largest |found - expected| / bound over all labels; 0/0 is 0. Nothing compared is an error."""
    if not set(found) == set(expected) == set(bound):
        raise AssertionError(f"labels differ: {sorted(found)}, {sorted(expected)}, {sorted(bound)}")
    ratios = [np.zeros(0)]
    for label in found:
        distance = np.abs(found[label] - expected[label])
        if distance.shape != bound[label].shape:
            raise AssertionError(f"{label}: shape {distance.shape}, its bound {bound[label].shape}")
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios.append(np.where(distance == 0, 0.0, distance / bound[label]).ravel())
    every = np.concatenate(ratios)
    if not every.size:
        raise AssertionError("nothing was compared")
    return float(every.max())


def times(factor: float, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Every array scaled."""
    return {label: factor * array for label, array in arrays.items()}


def filled_with(problem: Problem, **values: float) -> Problem:
    """The problem with every entry of the arguments named, an initial state by its state, set to one value."""

    def changed(arrays: Mapping[str, Array]) -> dict[str, Array]:
        return {name: np.full_like(array, values[name]) if name in values else array for name, array in arrays.items()}

    return replace(
        problem,
        inputs=changed(problem.inputs),
        initial=changed(problem.initial),
        parameters=changed(problem.parameters),
    )
