"""What a run comes to: results counted by verdict, and the exit status that follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from lstmproof.statuses import FAILS, HOLDS, OPEN
from lstmproof.verdict import CellResults, Verdict

VERDICTS: tuple[Verdict, ...] = ("proved", "certified", "tested", "refuted", "undecided")


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts over all results of a run."""

    verdicts: tuple[tuple[str, int], ...]
    """Each verdict, strongest first, with its count."""
    holding: int
    failing: int
    open: int
    """Open or undecided."""

    @property
    def results(self) -> int:
        return self.holding + self.failing + self.open

    @property
    def holds(self) -> bool:
        """Whether something was examined and all of it holds."""
        return self.holding == self.results > 0

    @property
    def exit_status(self) -> int:
        """1 if anything fails, else 3 if anything is open or undecided or nothing was examined, else 0."""
        if self.failing:
            return FAILS
        return HOLDS if self.holds else OPEN


def summarise(cells: Iterable[CellResults]) -> Summary:
    """Count the results of `cells`."""
    results = [result for cell in cells for result in cell.results]
    verdicts = Counter(result.verdict for result in results)
    holds = Counter(result.holds for result in results)
    counts = tuple((verdict, verdicts[verdict]) for verdict in VERDICTS)
    return Summary(counts, holds[True], holds[False], holds[None])
