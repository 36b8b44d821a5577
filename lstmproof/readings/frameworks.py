"""Readings in torch and JAX, by their own automatic differentiation, where these are installed; neither is required."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np

from lstmproof.language.definition import Definition
from lstmproof.problem import Array, Problem
from lstmproof.readings.arguments import arguments
from lstmproof.readings.flow import Algebra, Arguments, Flow, unroll
from lstmproof.readings.named import BATCH, Axes, NamedArray, insertion, pointwise, split

NAMES = ("torch", "jax")
"""Frameworks that can read a cell."""


class NoFunctionError(ValueError):
    """A function of the table that a framework's reading does not know."""


def available() -> tuple[str, ...]:
    """The frameworks that are installed; nothing is imported."""
    return tuple(name for name in NAMES if find_spec(name) is not None)


def gradient(definition: Definition, problem: Problem, framework: str, flow: Flow = "full") -> dict[str, Array]:
    """The gradient of the loss by label, in float64, by the framework's reverse mode.

    Raises:
        ValueError: no such framework.
        ImportError: it is not installed.
        NoFunctionError: the cell uses a function that it has not.
    """
    readers = {"torch": _torch_gradient, "jax": _jax_gradient}
    if framework not in readers:
        raise ValueError(f"found framework {framework!r}, expected one of {', '.join(NAMES)}")
    initial = {f"{name}0": array for name, array in problem.initial.items()}
    return readers[framework](definition, problem, {**problem.inputs, **initial, **problem.parameters}, flow)


def _torch_gradient(
    definition: Definition, problem: Problem, plain: Mapping[str, Array], flow: Flow
) -> dict[str, Array]:
    import torch

    functions = {
        **{
            word: getattr(torch, word)
            for word in ("sigmoid", "tanh", "exp", "log", "sqrt", "abs", "sin", "cos", "relu")
        },
        **{word: getattr(torch, word) for word in ("maximum", "minimum")},
        # torch's softplus is linear above 20, off by 2e-9 there.
        "softplus": lambda z: torch.logaddexp(z, torch.zeros_like(z)),
        # torch's own multiplies by 1/6 in float32 on its way back, off by 5e-9.
        "hard_sigmoid": lambda z: torch.clamp(z / 6 + 0.5, 0, 1),
    }
    leaves = {label: torch.tensor(array, dtype=torch.float64, requires_grad=True) for label, array in plain.items()}

    def convert(array: Any) -> Any:
        return torch.as_tensor(array, dtype=torch.float64)

    algebra = _algebra(functions, convert, lambda data: data.detach())
    loss = _loss(definition, problem, leaves, algebra, flow, convert)
    found = (
        torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
        if loss.requires_grad
        else [None] * len(leaves)
    )
    return {
        label: np.zeros(leaf.shape) if partial is None else partial.numpy().copy()
        for (label, leaf), partial in zip(leaves.items(), found, strict=True)
    }


def _jax_gradient(definition: Definition, problem: Problem, plain: Mapping[str, Array], flow: Flow) -> dict[str, Array]:
    import jax
    from jax import numpy as jnp

    functions = {
        **{
            word: getattr(jnp, word)
            for word in ("tanh", "exp", "log", "sqrt", "abs", "sin", "cos", "maximum", "minimum")
        },
        **{word: getattr(jax.nn, word) for word in ("sigmoid", "relu", "softplus", "hard_sigmoid")},
    }

    def convert(array: Any) -> Any:
        return jnp.asarray(array, dtype=jnp.float64)

    with jax.enable_x64(True):
        algebra = _algebra(functions, convert, jax.lax.stop_gradient)
        leaves = {label: convert(array) for label, array in plain.items()}
        found = jax.grad(lambda given: _loss(definition, problem, given, algebra, flow, convert))(leaves)
        return {label: np.array(partial) for label, partial in found.items()}


def _arguments(
    definition: Definition, problem: Problem, leaves: Mapping[str, Any], convert: Callable[[Any], Any]
) -> Arguments:
    """The cell's arguments as tensors: those to differentiate by are the leaves, under their gradient labels."""
    plain = arguments(definition, problem)

    def steps(name: str, axes: Axes) -> list[NamedArray]:
        return [NamedArray(leaves[name][step], (BATCH, *axes)) for step in range(problem.T)]

    return Arguments(
        inputs={name: steps(name, axes) for name, axes in definition.inputs.items()},
        initial={name: NamedArray(leaves[f"{name}0"], (BATCH, *axes)) for name, axes in definition.states.items()},
        parameters={name: NamedArray(leaves[name], axes) for name, axes in definition.parameters.items()},
        constants={name: NamedArray(convert(array.data), array.axes) for name, array in plain.constants.items()},
    )


def _loss(
    definition: Definition,
    problem: Problem,
    leaves: Mapping[str, Any],
    algebra: Algebra,
    flow: Flow,
    convert: Callable[[Any], Any],
) -> Any:
    """The loss as a tensor without axes."""
    loss = convert(0.0)
    given = _arguments(definition, problem, leaves, convert)
    for step, values in enumerate(unroll(definition, given, problem.T, algebra, flow)):
        for label, array in values.items():
            weights = convert(problem.cotangents[label][step])
            axes = (BATCH, *split(array.axes)[1])
            loss = loss + (weights * array.data[insertion(array.axes, axes)]).sum()
    return loss


def _algebra(
    functions: Mapping[str, Callable[..., Any]],
    convert: Callable[[Any], Any],
    detach: Callable[[Any], Any],
) -> Algebra:
    def apply(word: str, *arrays: NamedArray) -> NamedArray:
        if word not in functions:
            raise NoFunctionError(f"no function {word} in this framework's reading")
        return pointwise(functions[word], *arrays)

    return Algebra(
        number=lambda value: NamedArray(convert(float(value)), ()),
        constant=lambda array: NamedArray(detach(array.data), array.axes),
        apply=apply,
    )
