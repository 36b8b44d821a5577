"""Emitted kernels run on residues modulo a prime: whether a corrupted source computes anything else.

What a kernel computes is a rational function of its arguments and of values of transcendental functions. Each of
these is given a pseudo-random residue modulo P = 2^127 - 1: an argument by its name, a function by its own name and
its argument, as if independent of all others. Two different rational functions of degree d agree at a random point
with probability at most d / P (Schwartz 1980, Fast probabilistic algorithms for verification of polynomial
identities, J. ACM 27(4), corollary 1); d is counted along. Rational functions that are equal are so for all numbers.
Memory that is used again holds other residues from the run before.

Functions with a kink are written in |z|, the sign of z and [z = 0], values that -z shares but for the sign, so that
relu(z) - relu(-z) is z.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmproof.kernels.kernel import Kernel, compiled
from lstmproof.language.definition import Definition
from lstmproof.verify.case import KERNEL_ERRORS

PRIME = 2**127 - 1

SHAPES = ((0, 1), (1, 1), (4, 1), (3, 2))
"""Steps and rows that a kernel is run on."""


def oracle(*key: object) -> Residue:
    """The pseudo-random residue of a key.

    >>> oracle("tanh", 3) == oracle("tanh", 3), oracle("tanh", 3) == oracle("tanh", 4)
    (True, False)
    """
    digest = blake2b(repr(key).encode(), digest_size=32).digest()
    return Residue(int.from_bytes(digest, "big"), above=1)


def _function(name: str) -> Callable[[Residue], Residue]:
    return lambda z: oracle(name, z.value)


class Residue:
    """The value modulo P of a rational function, with bounds of the degrees of its numerator and denominator.

    NumPy's arrays of objects do arithmetic with it, and call its methods for their ufuncs.
    """

    __slots__ = ("above", "below", "value")

    def __init__(self, value: int, above: int = 0, below: int = 0) -> None:
        self.value, self.above, self.below = value % PRIME, above, below

    @staticmethod
    def of(number: object) -> Residue:
        """A residue, or that of an exact number or float."""
        if isinstance(number, Residue):
            return number
        if not isinstance(number, int | float | Fraction):
            raise TypeError(f"no residue of a {type(number).__name__}")
        exact = Fraction(number)
        return Residue(exact.numerator * pow(exact.denominator, -1, PRIME))

    def __add__(self, other: object) -> Residue:
        b = Residue.of(other)
        return Residue(self.value + b.value, *self._sum_degrees(b))

    def __sub__(self, other: object) -> Residue:
        b = Residue.of(other)
        return Residue(self.value - b.value, *self._sum_degrees(b))

    def _sum_degrees(self, other: Residue) -> tuple[int, int]:
        return max(self.above + other.below, other.above + self.below), self.below + other.below

    def __rsub__(self, other: object) -> Residue:
        return Residue.of(other) - self

    def __mul__(self, other: object) -> Residue:
        b = Residue.of(other)
        return Residue(self.value * b.value, self.above + b.above, self.below + b.below)

    def __truediv__(self, other: object) -> Residue:
        return self * Residue.of(other).inverse()

    def __rtruediv__(self, other: object) -> Residue:
        return Residue.of(other) * self.inverse()

    def __pow__(self, exponent: int) -> Residue:
        if exponent < 0:
            return self.inverse() ** -exponent
        return Residue(pow(self.value, int(exponent), PRIME), self.above * exponent, self.below * exponent)

    def inverse(self) -> Residue:
        if self.value == 0:
            raise ZeroDivisionError("a residue without inverse")
        return Residue(pow(self.value, -1, PRIME), self.below, self.above)

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> Residue:
        return Residue(-self.value, self.above, self.below)

    def __pos__(self) -> Residue:
        return self

    def __eq__(self, other: object) -> bool:
        return self.value == Residue.of(other).value

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return f"Residue({self.value})"

    def sign(self) -> Residue:
        """An odd function: of z and -z one has a residue of its own, and the other that times -1."""
        if self.value == 0:
            return Residue(0)
        return oracle("sign", self.value) if self.value <= PRIME // 2 else -(-self).sign()

    def vanishes(self) -> Residue:
        """[z = 0], the same for z and -z."""
        return oracle("vanishes", min(self.value, PRIME - self.value)) if self.value else Residue(1)

    def __abs__(self) -> Residue:
        return self * self.sign()

    exp = _function("exp")
    log = _function("log")
    sqrt = _function("sqrt")
    sin = _function("sin")
    cos = _function("cos")
    tanh = _function("tanh")


def _degree(a: object, b: object) -> int:
    """The degree of the polynomial that vanishes exactly where two rational functions agree."""
    return (Residue.of(a) - Residue.of(b)).above


AS_ITEMS = re.compile(
    r'batch = f"V\{B \* memory\.itemsize\}"[^\n]*\n\s*'
    r"np\.copyto\(memory\.view\(batch\), rows\.view\(batch\)\[\.\.\., 0\]\.T\)\n"
)
"""How a kernel copies the numbers of a step as one item, which objects cannot be; a corrupted copy is left as it is."""


IN_CACHE = re.compile(r"max\(\d+ // max\(1, width\), columns // max\(1, B\), 2 \* piece\)")
"""How many steps of a kernel go backward together."""


NEAREST = re.compile(r"1024 // max\(1, B \* units\)")
"""For how many of them coefficients are computed together."""


KINKED = re.compile(r"\bnp\.(maximum|minimum|heaviside|sign)\b")
"""Ufuncs that compare their operands, which residues cannot be."""

AT_KINK = " + (2 * w - 1) * z.vanishes() / 2"
FOR_OBJECTS = f"""

def _finite(value):
    return np.ones(np.shape(value), bool)


_maximum_of = np.frompyfunc(lambda a, b: (a + b + abs(a - b)) / 2, 2, 1)
_minimum_of = np.frompyfunc(lambda a, b: (a + b - abs(a - b)) / 2, 2, 1)
_heaviside_of = np.frompyfunc(lambda z, w: (1 + z.sign()) / 2{AT_KINK}, 2, 1)
_sign_of = np.frompyfunc(lambda z: z.sign(), 1, 1)
"""


def on_objects(source: str, at_kinks: bool = True) -> str:
    """A kernel's source for arrays of exact objects, all finite.

    Chunks have two steps and pieces of them one, so that short runs have many of both. Unless `at_kinks`, no argument
    of a function is where that has its kink.
    """
    source = AS_ITEMS.sub("np.copyto(memory.reshape(units, T, B), rows.transpose(1, 0, 2))\n", source)
    source = NEAREST.sub("1", IN_CACHE.sub("2", source))
    for dtype in ("float64", "float32"):
        source = source.replace(f"DTYPE = np.{dtype}\n", "DTYPE = np.dtype(object)\n")
    source = source.replace("np.isfinite(", "_finite(")
    return KINKED.sub(r"_\1_of", source) + (FOR_OBJECTS if at_kinks else FOR_OBJECTS.replace(AT_KINK, ""))


@dataclass(frozen=True, eq=False)
class ResidueRuns:
    """What the kernels of one cell compute on residues, against its sound kernel."""

    definition: Definition
    source: str
    """Of the sound kernel."""
    _sound: dict[bool, list[NDArray[Any]]] = field(default_factory=dict)
    """What that computes, with and without kinks."""

    def same(self, wrong: str) -> str:
        """Why a corrupted source is none; empty if it computes something else, or if that cannot be told this way.

        Where the two differ at most at a kink, where laws do not look and a derivative is what a convention makes it,
        the reason says so.
        """
        told = self._same(wrong, at_kinks=True)
        if told or not KINKED.search(self.source):
            return told
        told = self._same(wrong, at_kinks=False)
        return f"off every kink {told}" if told else ""

    def _same(self, wrong: str, at_kinks: bool) -> str:
        try:
            found = self._results(compiled(on_objects(wrong, at_kinks)))
            if at_kinks not in self._sound:
                self._sound[at_kinks] = self._results(compiled(on_objects(self.source, at_kinks)))
        except KERNEL_ERRORS:
            return ""
        pairs = list(zip(self._sound[at_kinks], found, strict=True))
        if not all(one.shape == other.shape and bool(np.all(one == other)) for one, other in pairs):
            return ""
        degrees = [_degree(a, b) for one, other in pairs for a, b in zip(one.flat, other.flat, strict=True)]
        chance = sum(degrees).bit_length() - PRIME.bit_length()
        shapes = ", ".join(f"({steps}, {rows})" for steps, rows in SHAPES)
        return f"the same rational functions at (T, B) = {shapes}: a chance below 2^{chance} that they differ"

    def _results(self, kernel: Kernel) -> list[NDArray[Any]]:
        """Every output and gradient at every shape, each on memory that held another run."""
        results: list[NDArray[Any]] = []
        for steps, rows in SHAPES:
            self._run(kernel, "before", steps, rows)
            results += self._run(kernel, "", steps, rows)
        return results

    def _run(self, kernel: Kernel, which: str, steps: int, rows: int) -> list[NDArray[Any]]:
        cell = self.definition
        units = {axis: 2 + place % 2 for place, axis in enumerate(cell.program.axis_names)}

        def residues(name: str, lead: tuple[int, ...], axes: tuple[str, ...]) -> NDArray[Any]:
            array = np.empty((*lead, *(units[axis] for axis in axes)), dtype=object)
            for index in np.ndindex(array.shape):
                array[index] = oracle(which, name, index)
            return array

        given = [residues(name, (steps, rows), axes) for name, axes in cell.inputs.items()]
        given += [residues(f"{name}0", (rows,), axes) for name, axes in cell.states.items()]
        named: dict[str, Any] = {name: residues(name, (), axes) for name, axes in cell.parameters.items()}
        named |= {name: oracle(which, name) for name in cell.constants}
        run = kernel.forward(*given, **named)
        axes = {output.label: cell.program.axes[output.value] for output in cell.program.outputs}
        cotangents = {label: residues(f"{label}.cot", (steps, rows), axes[label]) for label in axes}
        gradients = [kernel.backward(run, **cotangents), kernel.backward_rows(run, **cotangents)]
        gradients += [kernel.backward(run, **{label: cotangents[label]}) for label in axes if len(axes) > 1]
        return [run[label] for label in axes] + [found[label] for found in gradients for label in sorted(found)]
