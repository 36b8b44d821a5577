"""Rows of the function table: the complex form has the digits of a float in its value and in its derivative."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from flint import arb, arb_mat, ctx

from lstmproof.language.table import FUNCTIONS, Function
from lstmproof.readings.body import NUMBER, formula
from lstmproof.readings.complex_step import STEP
from lstmproof.readings.dual import Dual

POINTS = (*np.geomspace(1e-12, 700.0, 60), 0.4999, 1.0 + 2**-40, 2.9999, 3.0001, 36.9, 46.7, 354.9, 355.1)
OTHER = 0.375
"""The second argument of rows with two."""
ULPS = 8
"""As the tolerances allow: 4 ulp to the function, and as many to what its form computes first."""
SMOOTH = tuple(row for row in FUNCTIONS.values() if not row.auxiliary)


def points(row: Function) -> list[float]:
    """Both signs where the row is defined; nothing on a kink."""
    return [sign * float(point) for point in POINTS for sign in (1, -1) if not (row.domain and sign < 0)]


def true(row: Function, z: float) -> tuple[float, float]:
    """Value and derivative in the first argument, to the last digit of a float64."""
    with ctx.workprec(3000):
        found = row.ball(Dual(arb(z), arb_mat(1, 1, [1])), *[Dual(arb(OTHER))] * (row.arity - 1))
        slope = found.slope.entries()[0] if found.slope is not None else arb(0)
        return float(found.value.mid()), float(slope.mid())


@pytest.mark.parametrize("row", SMOOTH, ids=lambda row: row.name)
def test_the_complex_form_is_accurate_in_value_and_derivative(row: Function) -> None:
    at = points(row)
    with np.errstate(all="ignore"):
        found = row.complex_step(np.array(at) + 1j * STEP, *[np.full(len(at), OTHER + 0j)] * (row.arity - 1))
        real = row.complex_step(np.array(at), *[np.full(len(at), OTHER)] * (row.arity - 1))
    for z, complex_, plain in zip(at, np.asarray(found), np.asarray(real), strict=True):
        value, slope = true(row, z)
        smallest = np.finfo(np.float64).tiny / STEP
        assert abs(complex_.real - value) <= ULPS * np.spacing(abs(value)), z
        assert abs(plain - value) <= ULPS * np.spacing(abs(value)), z
        assert abs(complex_.imag / STEP - slope) <= ULPS * np.spacing(abs(slope)) + smallest, z


@pytest.mark.parametrize("row", [row for row in SMOOTH if row.kinks], ids=lambda row: row.name)
def test_the_complex_form_keeps_the_convention_at_a_kink(row: Function) -> None:
    """At a kink the derivative is what the row states, which is what kernels compute."""
    other = [np.array([OTHER])] * (row.arity - 1)
    words = {name: each.complex_step for name, each in FUNCTIONS.items()} | {NUMBER: float}
    for kink in row.kinks:
        (root,) = sympy.solve(sympy.sympify(kink).subs("w", OTHER))
        z = np.array([float(root)])
        found = row.complex_step(z + 1j * STEP, *(each + 0j for each in other))
        stated = formula(row.derivative[0], words)(z=z, w=other[0] if other else z, y=row.complex_step(z, *other))
        assert found.imag / STEP == stated, kink


def test_the_complex_form_survives_elements_64_bytes_apart() -> None:
    """NumPy 2.4.6 negates them wrongly."""
    apart = np.linspace(-3.0, 2.0, 16).reshape(2, 8)[:, :1]
    assert apart.strides[0] == 64
    for row in SMOOTH:
        given = [apart] * row.arity if not row.domain else [np.abs(apart)]
        dense = [each.copy() for each in given]
        for imaginary in (0.0, 1j * STEP):
            found, expected = (row.complex_step(*(each + imaginary for each in these)) for these in (given, dense))
            np.testing.assert_array_equal(found, expected)
