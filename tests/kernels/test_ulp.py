"""sigma and tanh in a kernel against Arb: within 4 ulp wherever the true value is a normal number of the dtype."""

from __future__ import annotations

from collections.abc import Callable

import flint
import numpy as np
import pytest

from lstmproof.kernels.kernel import Dtype, build
from tests.calculus.scans import Array, cell

ULPS = 4.0
BITS = 160


def points(dtype: Dtype) -> Array:
    """Arguments of every size and sign that have normal values: 708 for float64 is where exp(-708) is still normal."""
    reach = -float(np.log(np.finfo(dtype).tiny)) - 0.5
    spread = np.concatenate([np.linspace(-reach, reach, 1501), np.geomspace(1e-30, reach, 800)])
    odd = np.random.default_rng(0).normal(size=700) * 6
    given = np.concatenate([spread, -spread, odd, [0.0, -39.5, 39.5, 17.5, -17.5]])
    return given.astype(dtype)


def before_the_loop(function: str, dtype: Dtype, z: Array) -> Array:
    """Values that depend on no state are computed for all steps at once."""
    kernel = build(cell(f"def one(x: 'hidden', h):\n    h = {function}(x) + h * 0\n    return h\n").program, dtype)
    return np.asarray(kernel.forward(z[None, None], np.zeros((1, len(z)), dtype)).h[0, 0])


def in_the_loop(function: str, dtype: Dtype, z: Array) -> Array:
    """A gate: its net input is a product, whose sign the kernel may fold into the weights."""
    text = f"def gate(x, h, *, W, U, b):\n    h = {function}(W @ x + U @ h + b)\n    return h\n"
    kernel = build(cell(text).program, dtype)
    one, none = np.ones((1, 1), dtype), np.zeros((1, 1), dtype)
    run = kernel.forward(z[None, :, None], np.zeros((len(z), 1), dtype), W=one, U=none, b=none[0])
    return np.asarray(run.h[0, :, 0])


def distance(function: str, z: Array, found: Array, dtype: Dtype) -> tuple[Array, int]:
    """Units in the last place between each value and the true one, and how many true values are normal."""
    flint.ctx.prec = BITS
    tiny = float(np.finfo(dtype).tiny)
    ulps, normal = np.zeros(len(z)), 0
    for at, (argument, value) in enumerate(zip(z, found, strict=True)):
        exact = flint.arb(float(argument))
        true = 1 / (1 + (-exact).exp()) if function == "sigmoid" else exact.tanh()
        size = abs(float(true))
        if size < tiny:
            continue
        normal += 1
        ulp = float(np.spacing(np.asarray(size, dtype)))
        ulps[at] = abs(float((true - flint.arb(float(value))) / ulp))
    return ulps, normal


@pytest.mark.parametrize("emitted", [before_the_loop, in_the_loop])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("function", ["sigmoid", "tanh"])
def test_the_emitted_function_is_within_4_ulp(
    function: str, dtype: Dtype, emitted: Callable[[str, Dtype, Array], Array]
) -> None:
    z = points(dtype)
    ulps, normal = distance(function, z, emitted(function, dtype, z), dtype)
    assert normal > len(z) * 0.9
    assert ulps.max() <= ULPS, z[ulps.argmax()]


def test_the_half_tanh_form_is_further_off() -> None:
    z = points("float64")
    ulps, _ = distance("sigmoid", z, 0.5 * (1 + np.tanh(z / 2)), "float64")
    assert ulps.max() > 1e6
    assert 0.5 * (1 + np.tanh(-39.5 / 2)) == 0.0
