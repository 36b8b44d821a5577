"""Directed search: generations of networks, the best of each kept, mixed and moved; balls decide what it proposes.

All work is counted in rows times steps, none in seconds: the same seed finds the same network on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from lstmproof.refute.decide import OPEN, Failure
from lstmproof.refute.margins import CLEAR, cost, longest_lag, proposals, scores
from lstmproof.refute.models import networks
from lstmproof.refute.network import LARGEST, Block, Layout, Network, layout_of
from lstmproof.refute.shapes import Stage, any_of, blank_row, random_block, random_rows, rounded, settled, stages
from lstmproof.refute.statement import Statement

Numbers = NDArray[np.float64]

_PROPOSALS = 3
"""Networks of one generation that balls decide."""

_DECISIONS = 120
"""Networks that balls decide in one search."""

_THIN = 24
"""Those of them where float64 is within rounding of the boundary: what balls reject so often is rounding."""

_MODEL_STEPS = 3
"""Steps over which a solver is asked for a network at most."""

_AFTER = 3
"""Generations after the first counterexample, for a worse one."""


_GENERATION = 60_000
"""Steps of the rows of one generation at most: longer runs have fewer rows."""

_BALL, _OPEN = 40, 300
"""What a step costs in balls, decided at once and left open at every precision, in steps of a row in float64."""

_QUERY = 60_000
"""What one query of a solver costs in such steps."""


_MOVES = np.array([0.01, 0.1, 0.5])
"""Sizes of moves, in parts of a number."""

_MOVED = np.array([0.0, 0.05, 0.3, 1.0])
"""Parts of a network's numbers that are moved."""


@dataclass
class Budget:
    """Steps of rows that may still be run, and networks that balls may still decide."""

    work: float
    solvers: bool = True
    """Whether a solver may propose networks, if one is installed."""
    decisions: int = _DECISIONS
    thin: int = _THIN


@dataclass
class Found:
    """Counterexamples on the way: the first, the worst, and why proposals were rejected."""

    first: tuple[Network, Failure] | None = None
    worst: tuple[Network, Failure] | None = None
    worst_score: float = 0.0
    rejected: list[str] = field(default_factory=list)
    examples: int = 0
    """Different networks on which the hypotheses held and, in float64, so did the conclusion."""
    undefined: int = 0
    """Networks on which the hypotheses held and the conclusion had no value."""
    complete: bool = False
    """Whether every stage was searched."""


def search(statement: Statement, budget: Budget, seed: int) -> Found:
    """Search every stage until a counterexample is found or the budget is spent.

    Raises:
        Beyond: the claim speaks of what a search over runs does not reach.
        AxisError: it compares what does not line up.
    """
    found = Found()
    lag = longest_lag(statement.claim.conclusion)
    for number, stage in enumerate(stages(statement.subject, lag)):
        layout = layout_of(statement.subject, stage.sizes, stage.steps)
        stage = replace(stage, rows=max(8, min(stage.rows, _GENERATION // _cost(statement, layout) // 8 * 8)))
        _evolve(statement, layout, stage, budget, np.random.default_rng([seed, number]), found)
        if found.first is None and budget.solvers and (stage.direct or statement.subject.definition is None):
            _from_models(statement, layout, stage, budget, found)
        if found.first is not None or budget.work <= 0 or budget.decisions <= 0:
            return found
    found.complete = True
    return found


def _cost(statement: Statement, layout: Layout) -> int:
    """Steps that scoring one row takes."""
    units = max(layout.sizes.values(), default=1)
    return cost(statement.claim, statement.rest, layout.steps, units)


def _from_models(statement: Statement, layout: Layout, stage: Stage, budget: Budget, found: Found) -> None:
    """Networks that a solver proposes, over one step, two and three, as they are and with shorter numbers."""
    for steps in range(1, min(layout.steps, _MODEL_STEPS) + 1):
        short = layout.resized(layout.sizes, steps)
        template = blank_row(short, stage)
        budget.work -= _QUERY
        for row in networks(statement, short, template):
            for each in (rounded(row, 3), rounded(row, 6), row):
                _try(statement, Network(short, each), steps, budget, found)


def _evolve(
    statement: Statement, layout: Layout, stage: Stage, budget: Budget, source: np.random.Generator, found: Found
) -> None:
    """One stage; what it finds is added to `found`."""
    rows = random_rows(layout, stage, stage.rows, source)
    left, known = stage.generations, 0
    while left > 0 and budget.work > 0 and budget.decisions > 0:
        scored = scores(layout, rows, statement.claim, statement.rest)
        budget.work -= len(rows) * _cost(statement, layout)
        found.examples += int(scored.held[known:].sum())
        found.undefined += int(scored.undefined[known:].sum())
        if found.first is None:
            thin = min(_PROPOSALS, budget.thin)
            for row in proposals(scored, _PROPOSALS, thin):
                is_thin = bool(scored.score[row] >= -CLEAR)
                budget.thin -= int(is_thin)
                for each in (rows[row], *(rounded(rows[row], digits) for digits in (2, 3) if is_thin)):
                    _try(statement, Network(layout, each), int(scored.step[row]), budget, found)
        best = int(scored.score.argmin())
        if found.first is not None and scored.score[best] < found.worst_score - CLEAR:
            _worse(statement, Network(layout, rows[best]), int(scored.worst[best]), float(scored.score[best]), found)
        left = min(left - 1, _AFTER) if found.first is not None else left - 1
        order = np.argsort(scored.score, kind="stable")
        known = stage.rows // 4
        rows = _next(layout, stage, rows[order[:known]], source)


def _try(statement: Statement, network: Network, step: int, budget: Budget, found: Found) -> None:
    if found.first is not None or budget.decisions <= 0 or budget.work <= 0:
        return
    answer = statement.decide(network.shortened(step), step)
    budget.decisions -= 1
    budget.work -= _cost(statement, network.layout) * (_OPEN if answer == OPEN else _BALL)
    if isinstance(answer, Failure):
        found.first = (network.shortened(step), answer)
    else:
        found.rejected.append(answer)


def _worse(statement: Statement, network: Network, step: int, score: float, found: Found) -> None:
    """Keep a network that fails by more than any before."""
    answer = statement.decide(network.shortened(step), step)
    if isinstance(answer, Failure):
        found.worst, found.worst_score = (network.shortened(step), answer), score


def _next(layout: Layout, stage: Stage, elite: Numbers, source: np.random.Generator) -> Numbers:
    """The next generation: the elite, their mixed and moved descendants, and newcomers."""
    count = stage.rows - len(elite) - stage.rows // 8
    parents = elite[source.integers(len(elite), size=(2, count))]
    children = parents[0].copy()
    for block in layout.blocks:
        place = slice(block.start, block.stop)
        children[:, place] = np.where(source.random((count, 1)) < 0.2, parents[1][:, place], children[:, place])
        children[:, place] *= source.choice([0.0, -1.0, 0.5, 2.0, 1.0], (count, 1), p=[0.04, 0.03, 0.06, 0.07, 0.8])
        fresh = source.random((count, 1)) < 0.05
        children[:, place] = np.where(fresh, random_block(block, count, source), children[:, place])
    _copy_blocks(layout, children, source)
    step = any_of(_MOVES, (count, 1), source) * (np.abs(children) + 0.2)
    moved = source.random(children.shape) < any_of(_MOVED, (count, 1), source)
    children = np.where(moved, children + step * source.standard_normal(children.shape), children)
    digits = int(source.choice([2, 4, 8]))
    children = np.clip(rounded(children, digits), -LARGEST, LARGEST)
    if stage.steady:
        children = settled(layout, stage, children, source)
    return np.concatenate([elite, children, random_rows(layout, stage, stage.rows // 8, source)])


def _copy_blocks(layout: Layout, rows: Numbers, source: np.random.Generator) -> None:
    """Give some rows one argument twice, such as the weights of two gates: what hypotheses of equality ask for."""
    shapes: dict[tuple[int, ...], list[Block]] = {}
    for block in layout.blocks:
        shapes.setdefault(block.shape, []).append(block)
    alike = [blocks for blocks in shapes.values() if len(blocks) > 1]
    for row in np.flatnonzero(source.random(len(rows)) < 0.1) if alike else ():
        blocks = alike[source.integers(len(alike))]
        one, other = (blocks[place] for place in source.choice(len(blocks), 2, replace=False))
        rows[row, one.start : one.stop] = rows[row, other.start : other.stop]
