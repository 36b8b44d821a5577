"""Counterexamples over time: both sides of a refuted statement along the run that refutes it, in ball arithmetic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from flint import arb

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition, Derivation
from lstmproof.language.formula import And, Compare, Formula, Relation, Same, atoms, free_names
from lstmproof.program.expr import Apply, Expr, Ref, walk
from lstmproof.program.nodes import Program
from lstmproof.program.printing import expression_text
from lstmproof.readings.named import AxisError, NamedArray, insertion
from lstmproof.refute.arithmetic import Balls, Beyond
from lstmproof.refute.decide import truth
from lstmproof.refute.moments import Moments, Run, single
from lstmproof.refute.network import Network, network_of
from lstmproof.refute.statement import statement
from lstmproof.refute.terms import evaluate
from lstmproof.study.charts import Chart, Curve, Mark, Shade
from lstmproof.study.digits import Undecided, decimals
from lstmproof.verdict import CellResults

_SHADES: Mapping[Relation, Shade] = {"<": "below", "<=": "below", ">": "above", ">=": "above", "==": "", "!=": ""}
_SIGNS: Mapping[Relation, str] = {"<": "<", "<=": "≤", ">": ">", ">=": "≥", "==": "=", "!=": "≠"}
LONGEST = 26
"""Characters of a side that is written beside its curve."""


def counterexample_charts(derivation: Derivation, results: CellResults) -> dict[str, Chart]:
    """By statement, a chart of each refuted claim and myth that has something over time."""
    claims = {claim.id: claim for claim in derivation.claims if claim.cell == _cell_of(results)}
    cells = {cell.name: cell for cell in derivation.cells}
    found = {}
    for result in results.results:
        if result.counterexample is not None and result.id in claims:
            claim = claims[result.id]
            chart = counterexample_chart(claim, derivation, cells.get(claim.cell), result.counterexample)
            if chart is not None:
                found[result.id] = chart
    return found


def _cell_of(results: CellResults) -> str:
    """The cell that results are of; empty for formulas alone."""
    return "" if results.key == results.file else results.cell


def counterexample_chart(
    claim: Claim, derivation: Derivation, definition: Definition | None, recorded: Mapping[str, Any]
) -> Chart | None:
    """Both sides of a refuted claim or myth from t = 0, or from the first step of which it speaks, to the violated one.

    `recorded` is a `Result.counterexample`; if the worst network that it holds runs for more steps, that one is drawn.
    None where there is nothing over time: a statement about numbers alone, sides that are known at one step only, or a
    number that no precision decides.

    Raises:
        ValueError: the record does not fit the claim and its cell.
    """
    if definition is None and not any(isinstance(atom, Same) for atom in atoms(claim.conclusion)):
        return None
    record = drawn(recorded)
    try:
        prepared = statement(claim, derivation, definition)
        network = network_of(record, prepared.subject)
        moments = _Sides(network, prepared.claim.conclusion, record)
        steps = moments.steps(claim.first_step)
        if len(steps) < 2:
            return None
        both = decimals(lambda: moments.balls(steps))
    except (Beyond, AxisError, Undecided):
        return None
    return _chart(claim, record, moments, steps, both, "smallest" if record is recorded else "worst")


def drawn(recorded: Mapping[str, Any]) -> Mapping[str, Any]:
    """Which of the networks of a `Result.counterexample` is drawn: the worst if it runs longer, else the smallest."""
    worst = recorded.get("worst")
    return worst if worst and worst["step"] > recorded["step"] else recorded


class _Sides:
    """Both sides of the comparison that fails, at one unit of one network."""

    def __init__(self, network: Network, conclusion: Formula, record: Mapping[str, Any]) -> None:
        self.network, self.record = network, record
        self.axes = tuple(str(axis) for axis, _ in record["unit"])
        self.place = tuple(int(index) for _, index in record["unit"])
        definition = network.layout.definition
        if definition is None:
            raise Beyond("the statement is of no cell")
        self.program = definition.program
        self.states = frozenset(definition.states)
        self.compare = self._failing(conclusion)

    def _failing(self, conclusion: Formula) -> Compare:
        """The first comparison that does not hold at the violated step, at that unit."""
        step = int(self.record["step"])
        moment = Moments(self._run(), step, step)
        compares = [atom for atom in atoms(conclusion) if isinstance(atom, Compare)]
        if not compares:
            raise Beyond("the statement compares no numbers")
        failing = [each for each in compares if self._entry(truth(each, moment)) is False]
        return (failing or compares)[0]

    def _run(self) -> Run:
        return single(self.network.layout, self.network.row, Balls())

    def steps(self, first: int) -> list[int]:
        """Steps at which both sides have a value: 0 too where they read nothing but states and what no step changes;
        none where no step changes anything.
        """
        run = self._run()
        sides = (self.compare.left, self.compare.right)
        names = {name for side in sides for name in free_names(side)}
        reaching = any(_reaches_back(part) for side in sides for part in walk(side))
        if not reaching and names <= set(run.fixed):
            return []
        readable = not reaching and names <= {*run.fixed, *self.states, "t"}
        return list(range(0 if readable else first, int(self.record["step"]) + 1))

    def balls(self, steps: Sequence[int]) -> list[arb]:
        """The left side at every step, then the right one."""
        run = self._run()
        return [self._ball(side, run, t) for side in (self.compare.left, self.compare.right) for t in steps]

    def _ball(self, side: Expr, run: Run, t: int) -> arb:
        value: arb = self._entry(evaluate(side, Moments(run, t, t))).value
        return value

    def _entry(self, array: NamedArray) -> Any:
        data = np.asarray(array.data[insertion(array.axes, self.axes)], dtype=object)
        return data[tuple(min(index, size - 1) for index, size in zip(self.place, data.shape, strict=True))]


def _reaches_back(part: Expr) -> bool:
    return isinstance(part, Apply) and part.function in ("carousel", "jacobian")


def _chart(
    claim: Claim, record: Mapping[str, Any], sides: _Sides, steps: list[int], both: list[Decimal], which: str
) -> Chart:
    t = [Decimal(step) for step in steps]
    left, right = _labels(claim, sides.compare, sides.program)
    sign = _SIGNS[sides.compare.relation]
    shade: Shade = _SHADES[sides.compare.relation] if isinstance(claim.conclusion, Compare | And) else ""
    step = int(record["step"])
    sizes = ", ".join(f"{axis} {size}" for axis, size in record["sizes"].items())
    return Chart(
        name=f"counterexample-{claim.name}".replace("_", "-"),
        title=f"{claim.id} is violated at step {step}",
        across="step t",
        up=f"{left}, claimed {sign} {right}",
        curves=(
            Curve(f"{sign} {right}", tuple(zip(t, both[len(t) :], strict=True)), "bound", shade),
            Curve(left, tuple(zip(t, both[: len(t)], strict=True))),
        ),
        marks=(Mark("violated step", Decimal(step), "x"),),
        settings=f"The {which} counterexample on record ({sizes}), run from its initial state.",
        says=f"What is claimed is {claim.text}.",
    )


def _labels(claim: Claim, compare: Compare, program: Program) -> tuple[str, str]:
    """Both sides as their author wrote them, if the statement is one comparison; long ones by their place."""
    if isinstance(compare.left, Ref) and isinstance(compare.right, Ref):
        return compare.left.name, compare.right.name
    parts = claim.text.split(f" {compare.relation} ")
    if not (isinstance(claim.conclusion, Compare) and len(parts) == 2):
        parts = [expression_text(side, program) for side in (compare.left, compare.right)]
    left, right = (
        part if len(part) <= LONGEST else f"{side} side" for part, side in zip(parts, ("left", "right"), strict=True)
    )
    return left, right
