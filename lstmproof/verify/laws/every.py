"""Every law, in the order in which results list them."""

from __future__ import annotations

from lstmproof.language.definition import Definition
from lstmproof.readings import frameworks
from lstmproof.verify.laws import agreement, identities, structure
from lstmproof.verify.laws.law import Law


def no_framework(_: Definition) -> str:
    """Why no framework can read a cell; empty if one can."""
    return "" if frameworks.available() else "neither torch nor JAX is installed (pip install 'lstmproof[frameworks]')"


SYMBOLIC_ID = "law.symbolic"
"""The one law that is decided once for a cell, without examples."""

LAWS = (
    Law(
        name="reference",
        statement="the kernel's outputs are those of the body itself, in float64 and float32",
        method="reference",
        check=agreement.reference,
        flow=None,
        wide=True,
    ),
    Law(
        name="complex_step",
        statement="the kernel's gradient is the complex-step derivative of the body, in float64 and float32",
        method="complex-step",
        check=agreement.complex_step,
    ),
    Law(
        name="taylor",
        statement="what remains of the loss beside its linear part shrinks at order 2",
        method="taylor",
        check=identities.taylor,
    ),
    Law(
        name="finite_difference",
        statement="the kernel's gradient is the central difference of the loss, to the difference's own bound",
        method="finite-difference",
        check=agreement.finite_difference,
        most=12,
    ),
    Law(
        name="adjoint_identity",
        statement="<w, Jv> = <J'w, v> for the tangent Jv of any direction v and cotangents w",
        method="adjoint",
        check=identities.adjoint_identity,
        wide=True,
    ),
    Law(
        name="ball",
        statement="the float64 gradient is within a certified bound of the true one",
        method="ball",
        check=agreement.ball,
        most=5,
        verdict="certified",
    ),
    Law(
        name="truncated",
        statement="the truncated kernel has the values of the full one and the gradient of the cut system",
        method="complex-step",
        check=agreement.truncated,
        flow="truncated",
        most=30,
    ),
    Law(
        name="online",
        statement="the rule without a tape, forward in time, gives the truncated gradient",
        method="online",
        check=identities.online_rule,
        flow="truncated",
        parameters_alone=True,
        most=20,
        absent=identities.not_online,
    ),
    Law(
        name="split",
        statement="a sequence in two parts has the values and the gradient of the whole",
        method="split",
        check=structure.split,
    ),
    Law(
        name="batch",
        statement="each row alone has its part of the whole; parameter gradients add over rows",
        method="batch",
        check=structure.batch,
    ),
    Law(
        name="permutation",
        statement="reordering the units of every axis reorders outputs and gradients and changes nothing else",
        method="permutation",
        check=structure.permutation,
    ),
    Law(
        name="saturation",
        statement="with |state| <= 1 and net inputs up to 1e4 every output and gradient is finite, without a warning",
        method="saturation",
        check=structure.saturation,
        flow=None,
        absent=structure.may_overflow,
    ),
    Law(
        name="determinism",
        statement="the same inputs give the same bytes, and are left unchanged",
        method="determinism",
        check=structure.determinism,
        flow=None,
    ),
    Law(
        name="framework",
        statement="the kernel's gradient is that of the installed frameworks' own differentiation",
        method="framework",
        check=agreement.framework,
        most=5,
        one_shape=True,
        optional=True,
        absent=no_framework,
    ),
)
