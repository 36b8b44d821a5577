"""How the tolerance of each law is derived, in words and as a formula: what `verify/tolerance.py` computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lstmproof.document.blocks import Line, Math


@dataclass(frozen=True, slots=True)
class Derivation:
    """Where one tolerance comes from."""

    short: Line
    formula: Line


HOW: Line = (
    "No tolerance is set by hand. Beside each run goes a running error analysis, which gives for every number an ",
    Math("S", "S"),
    " such that two correct evaluations differ by at most ",
    Math(r"\varepsilon S", "eps S"),
    ": each basic operation counts one rounding of its result, each function of the table eight, and a sum of ",
    Math("k", "k"),
    " terms ",
    Math("(k - 1)", "(k - 1)"),
    " roundings of the sum of their absolute values. For a gradient, ",
    Math("S", "S"),
    " is summed over all paths from the entry to the loss, every factor in absolute value; ",
    Math("A", "A"),
    " below is the gradient so summed without the roundings. ",
    Math(r"\varepsilon", "eps"),
    " is twice the unit roundoff: ",
    Math("2^{-52}", "2^-52"),
    " in float64 and ",
    Math("2^{-23}", "2^-23"),
    " in float32.",
)

_SHORT = Math(r"\varepsilon S", "eps S")
_EPS_S = Math(r"\left|\text{found} - \text{expected}\right| \le \varepsilon\, S", "|found - expected| <= eps S")


def _eps_s(of: str) -> Derivation:
    return Derivation((_SHORT,), (_EPS_S, f" for every entry of {of}."))


_THEOREM = Derivation(("exact",), ("a theorem about real numbers: there is nothing to tolerate.",))

DERIVATIONS: Mapping[str, Derivation] = {
    "law.symbolic": Derivation(("exact",), ("an identity of rational functions: there is nothing to tolerate.",)),
    "law.reference": _eps_s("every output"),
    "law.complex_step": Derivation(
        (_SHORT,),
        (
            _EPS_S,
            " for every entry of the gradient. The complex step is ",
            Math(r"h = 2^{-100}", "h = 2^-100"),
            ", whose own error, ",
            Math(r"h^2 / 6", "h^2 / 6"),
            " of the third derivative, is far below rounding.",
        ),
    ),
    "law.taylor": Derivation(
        ("order above 1.5, down to the noise",),
        (
            Math(
                r"r(\epsilon) = \left|L(p + \epsilon v) - L(p) - \epsilon \langle g, v \rangle\right|",
                "r(e) = |L(p + e v) - L(p) - e <g, v>|",
            ),
            " must shrink as ",
            Math(r"r(\epsilon / 16) \le 16^{-3/2}\, r(\epsilon) + \nu", "r(e / 16) <= 16^-1.5 r(e) + nu"),
            ": a wrong gradient leaves order 1, the right one 2. The noise ",
            Math(r"\nu", "nu"),
            " is what rounding adds to both losses, to the displaced arguments and to the linear term.",
        ),
    ),
    "law.finite_difference": Derivation(
        ("the difference's own bound and ", _SHORT),
        (
            Math(
                r"\left|R(h) - R(4h)\right| + \varepsilon \left(E_L + \left|p\, D(h)\right|\right) / h + \varepsilon S",
                "|R(h) - R(4h)| + eps (E_L + |p D(h)|) / h + eps S",
            ),
            ", with ",
            Math("D", "D"),
            " the central difference and ",
            Math("R", "R"),
            " Richardson's combination of two: what is left of truncation, and what rounding of the loss adds.",
            " The step is the one of a ladder whose bound is smallest (Lepski's rule).",
        ),
    ),
    "law.adjoint_identity": Derivation(
        ("that of a sum of products",),
        (
            Math(r"\varepsilon \sum_k \left|v_k\right| \left(S_k + N A_k\right)", "eps sum_k |v_k| (S_k + N A_k)"),
            " for the two sides of the identity, each a sum of ",
            Math("N", "N"),
            " products.",
        ),
    ),
    "law.ball": Derivation(
        (_SHORT, ", by a rigorous bound"),
        (
            "the distance of the float64 gradient from a ball that encloses the true one is at most ",
            Math(r"\varepsilon\, S", "eps S"),
            ".",
        ),
    ),
    "law.truncated": _eps_s("every output and of the truncated gradient, against the cut system by complex step"),
    "law.online": _eps_s("every parameter's truncated gradient"),
    "law.split": _eps_s("every output and of the gradient"),
    "law.batch": _eps_s("every output and of the gradient"),
    "law.permutation": _eps_s("every output and of the gradient"),
    "law.saturation": Derivation(("none",), ("every number is finite and no floating-point warning is raised.",)),
    "law.determinism": Derivation(("none",), ("the same bytes.",)),
    "law.framework": _eps_s("the gradient"),
    "law.gradient": _THEOREM,
    "law.gradient_truncated": _THEOREM,
}
