"""Sizes and steps to search at, smallest first, and random networks of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstmproof.language.definition import Definition
from lstmproof.program.expr import Apply, Expr, Ref, walk
from lstmproof.program.nodes import Axes, Contract
from lstmproof.refute.network import Block, Layout, Subject

Numbers = NDArray[np.float64]

_SCALES = np.array([0.0, 0.3, 1.0, 1.0, 3.0, 10.0, 40.0])
_SPECIAL = np.array([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0])


@dataclass(frozen=True, slots=True)
class Stage:
    """One search: sizes, steps, rows of a generation and number of generations."""

    sizes: Mapping[str, int]
    steps: int
    rows: int
    generations: int
    steady: bool = False
    """Whether inputs stay the same over time."""
    direct: bool = False
    """Whether every weight on the input reads an entry of its own, so that each net input is free at each step."""


def stages(subject: Subject, lag: int) -> Iterator[Stage]:
    """The searches in order; `lag` is the longest over which the claim differentiates."""
    definition = subject.definition
    if definition is None:
        yield Stage({}, 1, 1024, 24)
        return
    axes = subject.sizes
    ones = dict.fromkeys(axes, 1)
    most = max((len(weights) for weights in input_weights(definition).values()), default=1)
    read = {axis for each in definition.inputs.values() for axis in each}
    separate = {**ones, **dict.fromkeys(read, most)}
    yield Stage(ones, 3 + lag, 384, 6)
    yield Stage(ones, 12 + lag, 384, 12)
    if most > 1 and not read & {axis for each in definition.states.values() for axis in each}:
        yield Stage(separate, 6 + lag, 384, 10, direct=True)
    yield Stage(dict.fromkeys(axes, 2), 5 + lag, 256, 10)
    yield Stage(dict.fromkeys(axes, 5), 2 + lag, 128, 8)
    if lag <= 12:
        yield Stage(ones, 100, 96, 8, steady=True)
        yield Stage(ones, 1200, 24, 5, steady=True)


def input_weights(definition: Definition) -> Mapping[str, tuple[str, ...]]:
    """By input, the parameters that are contracted with it."""
    parameters = {source.name for source in definition.program.parameters}
    found: dict[str, list[str]] = {name: [] for name in definition.inputs}
    for node in definition.program.nodes:
        if isinstance(node, Contract):
            names = [factor.name for factor in node.factors]
            for read in set(names) & set(found):
                found[read] += [name for name in names if name in parameters and name not in found[read]]
    return {name: tuple(weights) for name, weights in found.items()}


def biases(definition: Definition) -> Mapping[str, tuple[str, str]]:
    """By weight, what it is contracted with, and the parameter of the result's axes that is added to the result.

    What is contracted is named as a value of the Program: `h[t-1]` for a state.
    """
    parameters = {source.name: source.axes for source in definition.program.parameters}
    products: dict[str, tuple[str, str, Axes]] = {}
    found: dict[str, tuple[str, str]] = {}
    for node in definition.program.nodes:
        if isinstance(node, Contract):
            if len(node.factors) == 2 and node.factors[0].name in parameters:
                products[node.out] = (node.factors[0].name, node.factors[1].name, node.axes)
            continue
        sums = (part for part in walk(node.expr) if isinstance(part, Apply) and part.function == "add")
        for added in (set(_summands(part)) for part in sums):
            for name in sorted(added & set(products)):
                weight, read, axes = products[name]
                partner = sorted(each for each in added & set(parameters) if parameters[each] == axes)
                if partner:
                    found[weight] = (read, partner[0])
    return found


def _summands(expr: Expr) -> Iterator[str]:
    """Names that a sum adds."""
    match expr:
        case Ref(name):
            yield name
        case Apply("add", arguments):
            for argument in arguments:
                yield from _summands(argument)
        case _:
            return


def random_rows(layout: Layout, stage: Stage, count: int, source: np.random.Generator) -> Numbers:
    """Random networks: blocks of mixed scales, many of them 0, numbers of two digits."""
    rows = np.zeros((count, layout.width))
    quiet = source.random(count) < (0.8 if stage.steady else 0.4)
    for block in layout.blocks:
        part = random_block(block, count, source)
        if block.label in layout.weights:
            part[quiet] = 0.0
        rows[:, block.start : block.stop] = part
    if stage.direct:
        rows = _direct(layout, rows, source)
    return paused(layout, settled(layout, stage, rounded(rows, 2), source), source)


def random_block(block: Block, count: int, source: np.random.Generator) -> Numbers:
    """Entries of one argument in `count` networks."""
    width = block.stop - block.start
    scale = any_of(_SCALES, (count, 1), source)
    part = source.standard_normal((count, width)) * scale
    special = source.random((count, 1)) < 0.2
    return np.where(special, any_of(_SPECIAL, (count, width), source), part)


def any_of(numbers: Numbers, shape: tuple[int, ...], source: np.random.Generator) -> Numbers:
    """What `source.choice(numbers, shape)` draws, without its checks, which take longer than drawing."""
    drawn: Numbers = numbers[source.integers(len(numbers), size=shape)]
    return drawn


def settled(layout: Layout, stage: Stage, rows: Numbers, source: np.random.Generator) -> Numbers:
    """The rows with the inputs of some, or of all in a steady stage, the same at every step."""
    still = source.random(len(rows)) < (1.0 if stage.steady else 0.4)
    for block in layout.blocks:
        if block.kind == "inputs" and block.shape[0] > 1:
            part = rows[:, block.start : block.stop].reshape(len(rows), block.shape[0], -1)
            part[still] = part[still][:, :1]
            rows[:, block.start : block.stop] = part.reshape(len(rows), -1)
    return rows


def paused(layout: Layout, rows: Numbers, source: np.random.Generator) -> Numbers:
    """The rows with an input of some a special number at one step: what a hypothesis about one step may ask for."""
    special = np.union1d(_SPECIAL, layout.named)
    for block in layout.blocks:
        if block.kind == "inputs" and block.shape[0] > 1:
            part = rows[:, block.start : block.stop].reshape(len(rows), block.shape[0], -1)
            some = np.flatnonzero(source.random(len(rows)) < 0.1)
            part[some, source.integers(block.shape[0], size=len(some))] = source.choice(special, (len(some), 1))
            rows[:, block.start : block.stop] = part.reshape(len(rows), -1)
    return rows


def blank_row(layout: Layout, stage: Stage) -> Numbers:
    """A network of numbers 0; in a direct stage its weights on the input read one entry each."""
    rows = np.zeros((1, layout.width))
    row: Numbers = (_read_directly(layout, rows) if stage.direct else rows)[0]
    return row


def _direct(layout: Layout, rows: Numbers, source: np.random.Generator) -> Numbers:
    """Weights on the input read one entry each, all other weights are 0; the inputs are then the net inputs."""
    assert layout.definition is not None
    for read in (each for each in input_weights(layout.definition) if each in layout.block):
        block = layout.block[read]
        noise = source.standard_normal((len(rows), block.stop - block.start))
        rows[:, block.start : block.stop] = noise * source.choice(_SCALES[1:], (len(rows), 1))
    return _read_directly(layout, rows)


def _read_directly(layout: Layout, rows: Numbers) -> Numbers:
    assert layout.definition is not None
    for name in layout.weights & set(layout.block):
        rows[:, layout.block[name].start : layout.block[name].stop] = 0.0
    for names in input_weights(layout.definition).values():
        for place, name in enumerate(each for each in names if each in layout.block):
            block = layout.block[name]
            unit = np.zeros(block.stop - block.start).reshape(-1, block.shape[-1])
            unit[:, place % block.shape[-1]] = 1.0
            rows[:, block.start : block.stop] = unit.reshape(-1)
    return rows


def rounded(rows: Numbers, digits: int) -> Numbers:
    """Numbers of at most `digits` significant decimal digits.

    >>> rounded(np.array([1234.5, -0.001234]), 2).tolist()
    [1200.0, -0.0012]
    """
    with np.errstate(divide="ignore"):
        size = np.where(rows == 0, 0.0, np.floor(np.log10(np.abs(rows))))
    power = np.clip(digits - 1 - size, -300, 300)
    up, down = 10.0 ** np.clip(power, 0, 300), 10.0 ** np.clip(-power, 0, 300)
    result: Numbers = np.round(rows * up / down) / up * down
    return result
