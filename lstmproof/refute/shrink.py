"""Shrinking: from a counterexample to one that a person takes in at a glance, each stage decided in balls again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstmproof.refute.decide import Failure
from lstmproof.refute.margins import CLEAR, scores
from lstmproof.refute.moments import OLD
from lstmproof.refute.network import Block, Network, Row
from lstmproof.refute.shapes import biases, rounded
from lstmproof.refute.statement import Statement

_DECISIONS = 250
"""Smaller networks that balls decide at most."""

_PLAIN = 0.01
"""A margin that a reader sees: no network that fails by so much is shrunk to one that fails by less."""

Simplicity = tuple[int, int, int, int]


def shrink(statement: Statement, network: Network, failure: Failure) -> tuple[Network, Failure]:
    """The smallest counterexample that single changes lead to: fewer steps, units, nonzero numbers, digits."""
    network = network.shortened(failure.step)
    before = scores(network.layout, network.row[None], statement.claim, statement.rest)
    bar = max(float(before.score[0]), -_PLAIN) if before.score[0] < -CLEAR else 0.0
    decisions = _DECISIONS
    changed = True
    while changed and decisions > 0:
        changed = False
        for candidates in (_resized(network), _rewritten(network)):
            answer, spent = _first(statement, network, candidates, decisions, bar)
            decisions -= spent
            if answer is not None:
                network, failure = answer
                changed = True
                break
    return network, failure


def _first(
    statement: Statement, network: Network, candidates: list[Network], decisions: int, bar: float
) -> tuple[tuple[Network, Failure] | None, int]:
    """The first candidate that is simpler and still fails, and how many were decided in balls."""
    simplest = simplicity(network)
    simpler = [each for each in candidates if simplicity(each) < simplest]
    spent = 0
    for candidate, step in _promising(statement, simpler, bar):
        if spent >= decisions:
            break
        spent += 1
        answer = statement.decide(candidate.shortened(step), step)
        if isinstance(answer, Failure):
            return (candidate.shortened(step), answer), spent
    return None, spent


def _promising(statement: Statement, candidates: list[Network], bar: float) -> Iterator[tuple[Network, int]]:
    """Candidates that fail in float64, each with a step at which it does; all of one layout are run together."""
    together: dict[int, list[int]] = {}
    for place, candidate in enumerate(candidates):
        together.setdefault(id(candidate.layout), []).append(place)
    steps: dict[int, int] = {}
    for places in together.values():
        rows = np.stack([candidates[place].row for place in places])
        scored = scores(candidates[places[0]].layout, rows, statement.claim, statement.rest)
        steps |= {
            place: int(step)
            for place, score, step in zip(places, scored.score, scored.step, strict=True)
            if score <= bar
        }
    for place in sorted(steps):
        yield candidates[place], steps[place]


def simplicity(network: Network) -> Simplicity:
    """Steps, numbers in all, those that are not 0 (weights and inputs count double), characters that print them."""
    layout, row = network.layout, network.row.tolist()
    distinct = 0
    for block in layout.blocks:
        part = row[block.start : block.stop]
        count = len(part) - part.count(0.0)
        if block.kind == "inputs" and _is_steady(network, block):
            count //= block.shape[0]
        distinct += 2 * count if block.kind == "inputs" or block.label in layout.weights else count
    digits = sum(len(repr(abs(entry)).rstrip("0").rstrip(".")) for entry in row if entry)
    return layout.steps, len(row), distinct, digits


def _resized(network: Network) -> list[Network]:
    """The network without one unit, or without one step."""
    found = [
        network.without_unit(axis, unit)
        for axis, size in network.layout.sizes.items()
        if size > 1
        for unit in range(size)
    ]
    steps = network.layout.steps
    if network.layout.definition is not None and 1 < steps <= 40:
        found += [network.without_step(step) for step in range(steps)]
    return found


def _rewritten(network: Network) -> list[Network]:
    """The network with blocks or single numbers 0, inputs the same at every step, or shorter numbers."""
    rows = [_folded(network)]
    rows += [row for block in network.layout.blocks for row in _block_changes(network, block)]
    rows += [rounded(network.row, digits) for digits in (1, 2, 3)]
    for places in _tied(network):
        for value in _shorter(float(network.row[places[0]])):
            row = network.row.copy()
            row[places] = value
            rows.append(row)
    return [Network(network.layout, row) for row in rows]


def _folded(network: Network) -> Row:
    """Weights and inputs 0, and what they add to each net input at the first step added to its bias instead."""
    layout, row = network.layout, network.row.copy()
    if layout.definition is None:
        return row
    for weight, (read, bias) in biases(layout.definition).items():
        label = f"{read.removesuffix(OLD)}0" if read.endswith(OLD) else read
        if not {weight, label, bias} <= set(layout.block):
            continue
        w, value = (layout.part(network.row[None], each)[0] for each in (weight, label))
        value = value[0] if layout.block[label].kind == "inputs" else value
        place = layout.block[bias]
        row[place.start : place.stop] += np.tensordot(w, value, value.ndim).reshape(-1)
    for block in layout.blocks:
        if block.kind == "inputs" or block.label in layout.weights:
            row[block.start : block.stop] = 0.0
    return np.clip(rounded(row, 3), -100.0, 100.0)


def _block_changes(network: Network, block: Block) -> Iterator[Row]:
    place = slice(block.start, block.stop)
    row = network.row.copy()
    row[place] = 0.0
    yield row
    if block.kind == "inputs" and not _is_steady(network, block):
        part = network.layout.part(network.row[None], block.label)[0]
        for step in (0, block.shape[0] - 1):
            row = network.row.copy()
            row[place] = np.broadcast_to(part[step], part.shape).reshape(-1)
            yield row


def _is_steady(network: Network, block: Block) -> bool:
    """Whether an input is the same at every step."""
    part = network.layout.part(network.row[None], block.label)[0]
    return bool((part == part[:1]).all())


def _tied(network: Network) -> list[list[int]]:
    """Places of numbers that are not 0, to change together: those of a steady input over all steps; at most 60."""
    found: list[list[int]] = []
    for block in network.layout.blocks:
        places = np.arange(block.start, block.stop)
        steady = block.kind == "inputs" and _is_steady(network, block)
        groups = places.reshape(block.shape[0], -1).T if steady else places[:, None]
        found += [group.tolist() for group in groups if network.row[group[0]] != 0]
    return found[:60]


def _shorter(value: float) -> list[float]:
    """Simpler numbers near `value`."""
    sign = 1.0 if value > 0 else -1.0
    near = [0.0, sign, 2 * sign, 10 * sign, float(np.round(value))]
    near += [float(rounded(np.array([value]), digits)[0]) for digits in (1, 2, 3)]
    return near
