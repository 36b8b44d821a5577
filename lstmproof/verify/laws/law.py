"""What a law is: a statement, a function that compares numbers on one trial, and when it does not apply."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from lstmproof.language.definition import Definition
from lstmproof.problem import Array
from lstmproof.readings.flow import Flow
from lstmproof.verdict import Verdict
from lstmproof.verify.case import Trial


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two arrays that should be equal to `tolerance`, entry by entry."""

    what: str
    found: Array
    expected: Array
    tolerance: Array
    operations: int = 0
    """Roundings along the longest path that the tolerance counts, where it is made of them."""

    @property
    def size(self) -> int:
        return int(np.size(self.expected))

    def ratios(self) -> Array:
        """|found - expected| / tolerance, infinite where a number is missing or not finite; at most 1 is agreement."""
        if np.shape(self.found) != np.shape(self.expected):
            return np.full(np.shape(self.expected) or (1,), np.inf)
        with np.errstate(all="ignore"):
            gap = np.abs(np.subtract(self.found, self.expected, dtype=np.float64))
            ratio = np.where(gap == 0, 0.0, gap / self.tolerance)
        return np.where(np.isnan(ratio), np.inf, ratio)


Check = Callable[[Trial], Iterator[Comparison]]


def _always(_: Definition) -> str:
    return ""


@dataclass(frozen=True)
class Law:
    """One law; its id in results is `law.` and the name."""

    name: str
    statement: str
    method: str
    check: Check
    most: int | None = None
    """Examples at most, where one is expensive."""
    verdict: Verdict = "tested"
    """What holding on every example establishes."""
    one_shape: bool = False
    """Whether all its examples have one shape, because each new one must be compiled."""
    wide: bool = False
    """Whether it looks at one wide problem too."""
    flow: Flow | None = "full"
    """Of which flow it compares gradients; None if it compares none."""
    parameters_alone: bool = False
    """Whether it compares the gradients of parameters and no others."""
    optional: bool = False
    """Whether it needs packages that are optional."""
    absent: Callable[[Definition], str] = _always
    """Why it does not apply to a cell; empty if it does."""

    @property
    def id(self) -> str:
        return f"law.{self.name}"

    def labels(self, definition: Definition) -> tuple[str, ...]:
        """The gradients of a cell that it compares, by label."""
        if self.flow is None:
            return ()
        initial = (f"{state}0" for state in definition.states)
        return (*definition.parameters, *(() if self.parameters_alone else (*definition.inputs, *initial)))


def compared(
    prefix: str,
    found: Mapping[str, Array],
    expected: Mapping[str, Array],
    tolerances: Mapping[str, Array],
    operations: int = 0,
) -> Iterator[Comparison]:
    """One comparison for each label of `expected`.

    >>> next(compared("dL/d", {}, {"x": np.ones(2)}, {"x": np.ones(2)})).ratios()
    array([inf, inf])
    """
    for label, array in expected.items():
        missing = np.full(np.shape(array), np.nan)
        yield Comparison(f"{prefix}{label}", found.get(label, missing), array, tolerances[label], operations)
