"""The table of functions: one row per elementwise function, from which it is derived, emitted and checked.

What provers may use of a function stands with them (docs/how-to/add-an-activation.md). Texts are formulas in the
arguments `z` (and `w` for the second) and the function's own value `y`; SymPy reads `formula`, the calculus reads
`derivative`, kernels are emitted from `ufuncs`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Function:
    """What is known of one function of the language."""

    name: str
    arity: int
    formula: str
    """Its definition, in elementary functions that SymPy knows."""
    derivative: tuple[str, ...]
    """Its partial derivatives, by each argument, in `z`, `w` and its own value `y`; at a kink, the convention."""
    ufuncs: tuple[tuple[str, ...], ...]
    """Emitted NumPy: ufuncs applied in turn to the first argument, each with its further literal operands."""
    complex_step: Callable[..., Any]
    """Its value on complex arrays whose imaginary part is a perturbation, and on real ones."""
    ball: Callable[..., Any]
    """Its value on enclosures (any type with methods `exp log sqrt sin cos tanh absolute maximum minimum`)."""
    kinks: tuple[str, ...] = ()
    """Expressions that vanish where it is not differentiable."""
    domain: tuple[str, ...] = ()
    """Expressions that must be positive where it is evaluated and differentiated."""
    bounded_growth: bool = True
    """Whether its value and derivatives stay finite in floating point for every |z| up to 1e4."""
    auxiliary: bool = False
    """Whether it appears in derivatives only and is no word of the language."""


def _opposite(z: Any) -> Any:
    """-z without NumPy's `negative`, which 2.4.6 gets wrong where elements lie 64 bytes apart."""
    return -1.0 * z


def _sigmoid_complex(z: Any) -> Any:
    """exp(-|z|) never overflows: 1 / (1 + e^-z) for Re z >= 0, e^z / (1 + e^z) below."""
    right = z.real >= 0
    shrinking = np.exp(np.where(right, _opposite(z), z))
    return np.where(right, 1.0, shrinking) / (1.0 + shrinking)


def _softplus_complex(z: Any) -> Any:
    """max(Re z, 0) + log1p(e^-|Re z|), and sigma(Re z) for each unit of Im z: complex log1p is 0 below e^-37."""
    real = np.real(z)
    value = np.where(real > 0, real, 0.0) + np.log1p(np.exp(_opposite(np.abs(real))))
    return value + 1j * (_sigmoid_complex(real) * z.imag) if np.iscomplexobj(z) else value


def _abs_complex(z: Any) -> Any:
    """z times the sign of Re z: at 0 it and its derivative are 0, the table's convention."""
    return np.sign(z.real) * z


_ROWS = (
    Function(
        name="sigmoid",
        arity=1,
        formula="1/(1 + exp(-z))",
        derivative=("y * (1 - y)",),
        ufuncs=(("negative",), ("exp",), ("add", "1"), ("reciprocal",)),
        complex_step=_sigmoid_complex,
        ball=lambda z: 1 / (1 + (-z).exp()),
    ),
    Function(
        name="tanh",
        arity=1,
        formula="tanh(z)",
        derivative=("1 - y * y",),
        ufuncs=(("tanh",),),
        complex_step=np.tanh,
        ball=lambda z: z.tanh(),
    ),
    Function(
        name="exp",
        arity=1,
        formula="exp(z)",
        derivative=("y",),
        ufuncs=(("exp",),),
        complex_step=np.exp,
        ball=lambda z: z.exp(),
        bounded_growth=False,
    ),
    Function(
        name="log",
        arity=1,
        formula="log(z)",
        derivative=("1 / z",),
        ufuncs=(("log",),),
        complex_step=np.log,
        ball=lambda z: z.log(),
        domain=("z",),
        bounded_growth=False,
    ),
    Function(
        name="sqrt",
        arity=1,
        formula="sqrt(z)",
        derivative=("1 / (2 * y)",),
        ufuncs=(("sqrt",),),
        complex_step=np.sqrt,
        ball=lambda z: z.sqrt(),
        domain=("z",),
        bounded_growth=False,
    ),
    Function(
        name="abs",
        arity=1,
        formula="Abs(z)",
        derivative=("sign(z)",),
        ufuncs=(("absolute",),),
        complex_step=_abs_complex,
        ball=lambda z: z.absolute(),
        kinks=("z",),
    ),
    Function(
        name="sin",
        arity=1,
        formula="sin(z)",
        derivative=("cos(z)",),
        ufuncs=(("sin",),),
        complex_step=np.sin,
        ball=lambda z: z.sin(),
    ),
    Function(
        name="cos",
        arity=1,
        formula="cos(z)",
        derivative=("-sin(z)",),
        ufuncs=(("cos",),),
        complex_step=np.cos,
        ball=lambda z: z.cos(),
    ),
    Function(
        name="relu",
        arity=1,
        formula="Max(z, 0)",
        derivative=("step(z)",),
        ufuncs=(("maximum", "0"),),
        complex_step=lambda z: np.where(z.real > 0, z, 0),
        ball=lambda z: z.maximum(0),
        kinks=("z",),
    ),
    Function(
        name="softplus",
        arity=1,
        formula="log(1 + exp(z))",
        derivative=("sigmoid(z)",),
        ufuncs=(("logaddexp", "0"),),
        complex_step=_softplus_complex,
        ball=lambda z: (1 + z.exp()).log(),
    ),
    Function(
        name="maximum",
        arity=2,
        formula="Max(z, w)",
        derivative=("1 - step(w - z)", "step(w - z)"),
        ufuncs=(("maximum",),),
        complex_step=lambda z, w: np.where(z.real >= w.real, z, w),
        ball=lambda z, w: z.maximum(w),
        kinks=("z - w",),
    ),
    Function(
        name="minimum",
        arity=2,
        formula="Min(z, w)",
        derivative=("1 - step(z - w)", "step(z - w)"),
        ufuncs=(("minimum",),),
        complex_step=lambda z, w: np.where(z.real <= w.real, z, w),
        ball=lambda z, w: z.minimum(w),
        kinks=("z - w",),
    ),
    Function(
        name="hard_sigmoid",
        arity=1,
        formula="Max(0, Min(1, z/6 + 1/2))",
        derivative=("step(3 - z) * step(z + 3) / 6",),
        ufuncs=(("add", "3"), ("divide", "6"), ("maximum", "0"), ("minimum", "1")),
        complex_step=lambda z: np.where(z.real <= -3, 0, np.where(z.real >= 3, 1, (z + 3) / 6)),
        ball=lambda z: (z / 6 + 0.5).minimum(1).maximum(0),
        kinks=("z - 3", "z + 3"),
    ),
    Function(
        name="sign",
        arity=1,
        formula="sign(z)",
        derivative=("0",),
        ufuncs=(("sign",),),
        complex_step=lambda z: np.sign(z.real),
        ball=lambda z: z.sign(),
        kinks=("z",),
        auxiliary=True,
    ),
    Function(
        name="step",
        arity=1,
        formula="Heaviside(z, 0)",
        derivative=("0",),
        ufuncs=(("heaviside", "0"),),
        complex_step=lambda z: np.heaviside(z.real, 0.0),
        ball=lambda z: (1 + z.sign()) / 2,
        kinks=("z",),
        auxiliary=True,
    ),
)

FUNCTIONS = MappingProxyType({row.name: row for row in _ROWS})
"""Every row by name, auxiliary ones included."""

WORDS = tuple(row.name for row in _ROWS if not row.auxiliary)
"""The functions a derivation file may call."""
