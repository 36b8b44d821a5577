"""Normal forms without free symbols are numbers, whose signs balls decide."""

from __future__ import annotations

from typing import Any

from flint import arb, ctx

from lstmproof.proof.exact import Element
from lstmproof.proof.symbolic.normal import Atom, NoNormalForm, Reals

MOST_BITS = 4096


def sign_of_number(reals: Reals, z: Element) -> int | None:
    """-1, 0 or 1 for an element without free symbols, decided by balls; None if no precision decides."""
    if not z:
        return 0
    bits = 64
    while bits <= MOST_BITS:
        with ctx.workprec(bits):
            ball = enclosed(reals, z)
            if ball > 0:
                return 1
            if ball < 0:
                return -1
        bits *= 2
    return None


def enclosed(reals: Reals, z: Element) -> arb:
    """A ball that holds z, at the working precision.

    Raises:
        NoNormalForm: z has a free symbol.
    """
    names = list(reals.atoms)
    known: dict[str, arb] = {}

    def ball(element: Element) -> arb:
        return polynomial(element.num) / polynomial(element.den)

    def polynomial(part: Any) -> arb:
        total = arb(0)
        for exponents, coefficient in part.to_dict().items():
            term = arb(coefficient)
            for at, times in enumerate(exponents):
                for _ in range(int(times)):
                    term = term * value(names[at])
            total += term
        return total

    def value(name: str) -> arb:
        if name not in known:
            atom = reals.atoms[name]
            if not atom.arguments:
                raise NoNormalForm(f"no number for {name}")
            known[name] = _applied(atom, [ball(argument) for argument in atom.arguments])
        return known[name]

    return ball(z)


def _applied(atom: Atom, arguments: list[arb]) -> arb:
    match atom.function, arguments:
        case "exp", (z,):
            return (z / atom.parts).exp()
        case "log", (z,):
            return z.log()
        case "abs", (z,):
            return abs(z)
        case "sqrt", (z,):
            return z.sqrt()
        case "sin", (z,):
            return z.sin()
        case "cos", (z,):
            return z.cos()
        case "power", (base, exponent):
            return base**exponent
    return arb("nan")
