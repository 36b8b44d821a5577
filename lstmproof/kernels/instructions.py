"""Instructions: what a plan is made of, before anything has a place in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lstmproof.kernels.phases import Phase
from lstmproof.program.expr import Expr
from lstmproof.program.nodes import Axes, Contract


@dataclass(frozen=True, slots=True)
class Literal:
    """A number written into the source, or the size of an axis (`axis` set)."""

    text: str
    axis: str = ""


Argument = str | Literal
"""A value by name, or a literal."""


@dataclass(frozen=True, slots=True)
class Ufunc:
    """out = ufunc(*arguments), elementwise; arguments that lack an axis of `out` repeat along it."""

    phase: Phase
    ufunc: str
    out: str
    arguments: tuple[Argument, ...]
    optional: str = ""
    """Label of the cotangent without which the instruction is left out."""

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(argument for argument in self.arguments if isinstance(argument, str))


@dataclass(frozen=True, slots=True)
class MatrixTerm:
    """sign * matrix @ vector: `rows` and `columns` say which axes of the fixed value `matrix` are which."""

    sign: int
    matrix: str
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    vector: str


@dataclass(frozen=True, slots=True)
class Affine:
    """out = sum of matrix terms + sum of fixed biases of the axes of `out`, each with a sign."""

    phase: Phase
    out: str
    terms: tuple[MatrixTerm, ...]
    biases: tuple[tuple[int, str], ...]
    ones: str = "1"
    """The row of ones that the biases multiply."""

    @property
    def reads(self) -> tuple[str, ...]:
        return tuple(term.vector for term in self.terms)

    @property
    def operands(self) -> tuple[str, ...]:
        """The operand rows of the product: its vectors, and the row of ones if there is a bias."""
        vectors = tuple(dict.fromkeys(self.reads))
        return (*vectors, self.ones) if self.biases else vectors


@dataclass(frozen=True, slots=True)
class Einsum:
    """A contraction of values that all depend on the step (or that is no product of a matrix and a vector)."""

    phase: Phase
    out: str
    node: Contract

    @property
    def reads(self) -> tuple[str, ...]:
        return self.node.operands


Instruction = Ufunc | Affine | Einsum


def renamed(instruction: Instruction, name: Callable[[str], str]) -> Instruction:
    """The instruction with other names for the values that it binds and combines; vectors of products keep theirs."""
    match instruction:
        case Ufunc():
            arguments = tuple(a if isinstance(a, Literal) else name(a) for a in instruction.arguments)
            return replace(instruction, out=name(instruction.out), arguments=arguments)
        case Affine():
            return replace(instruction, out=name(instruction.out))
        case Einsum():
            factors = tuple(replace(factor, name=name(factor.name)) for factor in instruction.node.factors)
            return replace(instruction, out=name(instruction.out), node=replace(instruction.node, factors=factors))


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value computed once a call from parameters and constants."""

    out: str
    axes: Axes
    body: Expr | Contract


@dataclass(frozen=True, slots=True)
class OuterTotal:
    """A share of a parameter's gradient: the sum over steps and rows of left[i] right[j]; `right` empty: of left."""

    left: str
    right: str
    transposed: bool
    """Whether the axes of `right` come first in the parameter."""


@dataclass(frozen=True, slots=True)
class GeneralTotal:
    """A share of a parameter's gradient that is no outer product: a contraction, summed over steps and rows."""

    node: Contract


Total = OuterTotal | GeneralTotal
