"""C6: constant error flow through a unit that sees itself determines what the unit computes."""

from __future__ import annotations

import sympy
from sympy import Derivative, Eq, Function, Symbol


def test_c6_constant_error_flow_forces_a_linear_unit() -> None:
    """f'(x) w = 1 for all x has the solutions f(x) = x / w + a, and no others.

    The difference of two solutions has derivative 0, so one constant is all that is free.
    """
    x, w, a = Symbol("x", real=True), Symbol("w", nonzero=True), Symbol("C1")
    f = Function("f")
    solution = sympy.dsolve(Eq(Derivative(f(x), x) * w, 1), f(x))
    assert sympy.expand(solution.rhs - (x / w + a)) == 0


def test_c6_a_state_that_stays_leaves_no_constant() -> None:
    """y(t+1) = f(w y(t)) = y(t) + a: what is stored stays if and only if a = 0, which is f(x) = x / w."""
    y, w, a = Symbol("y"), Symbol("w", nonzero=True), Symbol("a")
    drift = sympy.expand((w * y) / w + a - y)
    assert drift == a


def test_c6_any_other_unit_scales_some_error() -> None:
    """tanh of weight 1 passes an error unscaled at net input 0 alone."""
    x = Symbol("x", real=True)
    factor = sympy.diff(sympy.tanh(x), x)
    assert factor.subs(x, 0) == 1
    assert all(factor.subs(x, value) < 1 for value in (-2, sympy.Rational(1, 10), 3))
