"""Program: one step of a recurrence in single-assignment form, built of two node kinds.

A `Program` is a scan. At each step it reads its inputs, its tape and the old value of each state, binds
every node once, and hands on the new value of each state; `outputs` are emitted at every step and `totals`
are summed over steps (and over the batch). Time and batch are never written. A cell is such a scan forward
in time; its adjoint is one backward in time whose tape holds values of the cell's own run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

from lstmproof.program.expr import Expr, references

Axes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A value that a program is given: an input, a tape entry or a parameter."""

    name: str
    axes: Axes
    label: str = ""
    """What callers know it by; the name itself unless it stands for something of another program."""

    def __post_init__(self) -> None:
        if not self.label:
            object.__setattr__(self, "label", self.name)


@dataclass(frozen=True, slots=True)
class Constant:
    """A hyperparameter: constant in every flow, the same along each of its axes unless given otherwise."""

    name: str
    axes: Axes
    default: Fraction


@dataclass(frozen=True, slots=True)
class State:
    """A value carried from step to step: read as `old` (t-1), handed on as `new` (t), known as `label`."""

    label: str
    old: str
    new: str
    axes: Axes


@dataclass(frozen=True, slots=True)
class Output:
    """A value that leaves the program: at every step (`outputs`) or summed over all (`totals`)."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Pointwise:
    """out[i] = expr, operands aligned with `axes` by name; an axis that an operand lacks repeats its value."""

    out: str
    axes: Axes
    expr: Expr

    @property
    def operands(self) -> tuple[str, ...]:
        return references(self.expr)


@dataclass(frozen=True, slots=True)
class Operand:
    """A factor of a `Contract`: a value and one index letter for each of its axes, all different."""

    name: str
    indices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """out[indices] = sum over all other indices of the product of the factors.

    Positions, not names, decide what is summed: `W[a,b] v[b]` with both axes of W named `hidden` is fine.
    An index of `out` that no factor bears repeats the value along its axis.
    """

    out: str
    axes: Axes
    indices: tuple[str, ...]
    factors: tuple[Operand, ...]

    @property
    def operands(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(factor.name for factor in self.factors))


Node = Pointwise | Contract


Given = Source | Constant
"""What a program is given, states aside."""


@dataclass(frozen=True)
class Program:
    """One step of a recurrence; see the module's docstring. Construct through `typecheck.checked`."""

    name: str
    inputs: tuple[Source, ...]
    states: tuple[State, ...]
    parameters: tuple[Source, ...]
    constants: tuple[Constant, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[Output, ...]
    totals: tuple[Output, ...] = ()
    tape: tuple[Source, ...] = ()
    """Values read from a run of another program at the same step; `label` is their name there."""
    direction: Literal["forward", "backward"] = "forward"

    @cached_property
    def axes(self) -> Mapping[str, Axes]:
        """Axes of every name that the program binds."""
        table = {source.name: source.axes for source in self.given}
        for state in self.states:
            table[state.old] = state.axes
        for node in self.nodes:
            table[node.out] = node.axes
        return table

    @property
    def given(self) -> tuple[Given, ...]:
        """Every source and constant."""
        return (*self.inputs, *self.tape, *self.fixed)

    @property
    def fixed(self) -> tuple[Given, ...]:
        """Parameters and constants: what does not depend on the step."""
        return (*self.parameters, *self.constants)

    @cached_property
    def node(self) -> Mapping[str, Node]:
        """The node that binds each computed name."""
        return {node.out: node for node in self.nodes}

    @cached_property
    def axis_names(self) -> tuple[str, ...]:
        """Every axis name, in order of first appearance."""
        return tuple(dict.fromkeys(axis for axes in self.axes.values() for axis in axes))
