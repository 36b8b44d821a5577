"""Concrete networks: every number that a statement about a cell quantifies over, as one row of decimals.

A float64 in a row stands for the decimal number that prints it, 0.1 for one tenth exactly: what is decided is decided
at the numbers that a reader sees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.formula import terms
from lstmproof.program.expr import Expr, Number, walk
from lstmproof.program.nodes import Contract

Kind = Literal["parameters", "inputs", "initial", "constants", "free"]
Axes = tuple[str, ...]
Row = NDArray[np.float64]

KINDS: tuple[Kind, ...] = ("parameters", "inputs", "initial", "constants", "free")


LARGEST = 1e6
"""No number of a network is larger."""


@dataclass(frozen=True)
class Block:
    """The entries of one argument: positions `start` to `stop` of a row."""

    kind: Kind
    name: str
    label: str
    """What claims call it: `h0` for the initial state of h, else its name."""
    axes: Axes
    shape: tuple[int, ...]
    """Units along each axis; of an input, steps first."""
    start: int

    @cached_property
    def stop(self) -> int:
        return self.start + prod(self.shape)


@dataclass(frozen=True)
class Subject:
    """What a claim is about, as far as networks go."""

    claim: Claim
    definition: Definition | None
    twin: Definition | None
    derived: Mapping[str, Expr]

    @property
    def sizes(self) -> tuple[str, ...]:
        """Every axis of its cells."""
        cells = [cell for cell in (self.definition, self.twin) if cell is not None]
        return tuple(dict.fromkeys(axis for cell in cells for axis in cell.program.axis_names))


@dataclass(frozen=True)
class Layout:
    """Which numbers make a network of given sizes and steps, and where each has its place in a row."""

    definition: Definition | None
    sizes: Mapping[str, int]
    steps: int
    blocks: tuple[Block, ...]
    derived: Mapping[str, Expr]
    """By label, arguments that a hypothesis defines by others: they have no place in a row."""
    defaults: Mapping[str, Fraction]
    """Constants that the claim does not name."""
    twin: Definition | None = None
    """A second cell that runs on the same arguments, where two cells are compared."""
    named: tuple[float, ...] = ()
    """Numbers that hypotheses name."""

    @property
    def width(self) -> int:
        return self.blocks[-1].stop if self.blocks else 0

    @cached_property
    def block(self) -> Mapping[str, Block]:
        """The block of each label."""
        return {block.label: block for block in self.blocks}

    @cached_property
    def weights(self) -> frozenset[str]:
        """What some contraction reads, by name: parameters among others."""
        nodes = () if self.definition is None else self.definition.program.nodes
        return frozenset(factor.name for node in nodes if isinstance(node, Contract) for factor in node.factors)

    def shape(self, axes: Axes) -> tuple[int, ...]:
        return tuple(self.sizes[axis] for axis in axes)

    def part(self, rows: NDArray[Any], label: str) -> NDArray[Any]:
        """The entries of one argument in rows (N, width): (N, *shape)."""
        block = self.block[label]
        return rows[:, block.start : block.stop].reshape(len(rows), *block.shape)

    def resized(self, sizes: Mapping[str, int], steps: int) -> Layout:
        """The layout of the same arguments at other sizes."""
        blocks: list[Block] = []
        for block in self.blocks:
            front = (steps,) if block.kind == "inputs" else ()
            shape = (*front, *(sizes[axis] for axis in block.axes))
            blocks.append(replace(block, shape=shape, start=blocks[-1].stop if blocks else 0))
        return replace(self, sizes=sizes, steps=steps, blocks=tuple(blocks))


def layout_of(subject: Subject, sizes: Mapping[str, int], steps: int) -> Layout:
    """The layout of the networks that a claim speaks of; without a cell, of its free names alone."""
    claim, definition, derived = subject.claim, subject.definition, subject.derived
    blocks: list[Block] = []

    def place(kind: Kind, name: str, label: str, axes: Axes, front: tuple[int, ...] = ()) -> None:
        if label not in derived:
            shape = (*front, *(sizes[axis] for axis in axes))
            blocks.append(Block(kind, name, label, axes, shape, blocks[-1].stop if blocks else 0))

    if definition is not None:
        for name, axes in {**definition.parameters, **(subject.twin.parameters if subject.twin else {})}.items():
            place("parameters", name, name, axes)
        for name, axes in definition.inputs.items():
            place("inputs", name, name, axes, (steps,))
        for name, axes in definition.states.items():
            place("initial", name, f"{name}0", axes)
    for name, role in claim.arguments.items():
        if role in ("constant", "free"):
            place("constants" if role == "constant" else "free", name, name, ())
    hypotheses = [term for each in claim.assumptions for term in terms(each.formula)]
    numbers = (part.value for term in hypotheses for part in walk(term) if isinstance(part, Number))
    named = tuple(sorted({float(number) for number in numbers if abs(number) <= LARGEST}))
    return Layout(definition, sizes, steps, tuple(blocks), derived, claim.defaults, subject.twin, named)


@dataclass(frozen=True, eq=False)
class Network:
    """One network: a row of numbers in a layout."""

    layout: Layout
    row: Row

    def shortened(self, steps: int) -> Network:
        """The same network over its first steps alone."""
        if steps == self.layout.steps or self.layout.definition is None:
            return self
        return self._changed(
            self.layout.sizes, steps, lambda block, part: part[:steps] if block.kind == "inputs" else part
        )

    def without_step(self, step: int) -> Network:
        """The same network without what it reads at one step, counted from 0."""
        steps = self.layout.steps - 1
        return self._changed(
            self.layout.sizes, steps, lambda block, part: np.delete(part, step, 0) if block.kind == "inputs" else part
        )

    def without_unit(self, axis: str, unit: int) -> Network:
        """The same network without one unit of an axis, wherever that axis occurs."""

        def removed(block: Block, part: Row) -> Row:
            front = part.ndim - len(block.axes)
            for place, name in enumerate(block.axes):
                if name == axis:
                    part = np.delete(part, unit, front + place)
            return part

        sizes = {**self.layout.sizes, axis: self.layout.sizes[axis] - 1}
        return self._changed(sizes, self.layout.steps, removed)

    def _changed(self, sizes: Mapping[str, int], steps: int, change: Callable[[Block, Row], Row]) -> Network:
        layout = self.layout.resized(sizes, steps)
        parts = [change(block, self.layout.part(self.row[None], block.label)[0]) for block in self.layout.blocks]
        return Network(layout, np.concatenate([part.reshape(-1) for part in parts]) if parts else self.row)

    def as_json(self) -> dict[str, Any]:
        """Sizes, steps and all numbers by kind and name, as nested lists."""
        found: dict[str, Any] = {"sizes": dict(self.layout.sizes), "steps": self.layout.steps}
        for kind in KINDS:
            blocks = [block for block in self.layout.blocks if block.kind == kind]
            found[kind] = {block.name: self.layout.part(self.row[None], block.label)[0].tolist() for block in blocks}
        return found


def network_of(recorded: Mapping[str, Any], subject: Subject) -> Network:
    """The network that `as_json` recorded.

    Raises:
        ValueError: the record does not fit the claim and its cell.
    """
    try:
        sizes = {str(axis): int(size) for axis, size in recorded["sizes"].items()}
        layout = layout_of(subject, sizes, int(recorded["steps"]))
        parts = [np.asarray(recorded[block.kind][block.name], dtype=np.float64) for block in layout.blocks]
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"the counterexample does not fit the claim: {problem!r}") from problem
    for block, part in zip(layout.blocks, parts, strict=True):
        if part.shape != block.shape or not np.isfinite(part).all():
            raise ValueError(f"{block.label} of the counterexample: found shape {part.shape}, expected {block.shape}")
    row = np.concatenate([part.reshape(-1) for part in parts]) if parts else np.zeros(0)
    return Network(layout, row)


def decimal(number: float) -> Fraction:
    """The decimal number that a float64 prints as.

    >>> decimal(0.1)
    Fraction(1, 10)
    """
    return Fraction(repr(float(number)))
