"""What provers reason with: polynomial facts, what an operation needs to be defined, cases of a kinked function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from lstmproof.proof.induction.polynomial import Polynomial

Sign = Literal[">=", ">", "="]


MOST_PARTS = 256
"""Facts that one is made of at most: each |z| or maximum in it doubles them."""


class OutOfReach(ValueError):
    """A statement that this method does not treat; says what is beyond it."""


class Undefined(ValueError):
    """A term without a value whatever its variables are, such as 1 / 0."""


@dataclass(frozen=True, slots=True)
class Fact:
    """polynomial >= 0, > 0 or = 0."""

    polynomial: Polynomial
    sign: Sign
    origin: str = ""
    """Why it holds, for a reader; equality of facts is about what they say."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fact) and (self.polynomial, self.sign) == (other.polynomial, other.sign)

    def __hash__(self) -> int:
        return hash((self.polynomial, self.sign))

    def replace(self, name: str, value: Polynomial) -> Fact:
        return Fact(self.polynomial.replace(name, value), self.sign, self.origin)

    @property
    def trivial(self) -> bool:
        """Whether it holds of numbers alone."""
        number = self.polynomial.number
        return number is not None and (number > 0 or (number == 0 and self.sign != ">"))

    def __str__(self) -> str:
        return f"{self.polynomial} {self.sign} 0"


@dataclass(frozen=True, slots=True)
class Conditional:
    """A fact that holds wherever its premises do."""

    premises: tuple[Fact, ...]
    fact: Fact


@dataclass(frozen=True, slots=True)
class Guard:
    """An operation has a value only where one of `needs` holds; the variables that stand for it have this level."""

    needs: tuple[Fact, ...]
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Branch:
    """Where `condition` holds, the kinked function's value is `value`."""

    condition: Fact
    value: Polynomial


Branches = Mapping[str, tuple[Branch, ...]]
"""For each variable that stands for |z| or maximum(z, w), its cases, of which one always holds."""


def at_least(left: Polynomial, right: Polynomial | int = 0, origin: str = "") -> Fact:
    """left >= right."""
    return Fact(left - right, ">=", origin)


def above(left: Polynomial, right: Polynomial | int = 0, origin: str = "") -> Fact:
    """left > right."""
    return Fact(left - right, ">", origin)


def equal(left: Polynomial, right: Polynomial | int = 0, origin: str = "") -> Fact:
    """left = right."""
    return Fact(left - right, "=", origin)


def expand(fact: Fact, branches: Branches) -> tuple[Fact, ...]:
    """Facts, free of kinks where that is possible, that hold together exactly if `fact` does.

    In p - k |z| >= 0 with a number k > 0 both p - k z >= 0 and p + k z >= 0 say it; for a maximum, each of its two
    arguments, because |z| and the maximum are the largest of their cases.

    Raises:
        OutOfReach: they are too many.
    """
    if fact.sign == "=":
        return (fact,)
    pending, found = [fact], list[Fact]()
    while pending:
        one = pending.pop()
        kink = next(
            (name for name in sorted(one.polynomial.variables) if name in branches and _falls(one.polynomial, name)), ""
        )
        if kink:
            pending += [one.replace(kink, branch.value) for branch in reversed(branches[kink])]
        else:
            found.append(one)
        if len(found) > MOST_PARTS:
            raise OutOfReach(f"more than {MOST_PARTS} cases of absolute values and maxima in one comparison")
    return tuple(dict.fromkeys(found))


def _falls(polynomial: Polynomial, name: str) -> bool:
    """Whether it is linear in `name`, with a negative number as the coefficient."""
    parts = polynomial.split(name)
    slope = parts[1].number if set(parts) <= {0, 1} and 1 in parts else None
    return slope is not None and slope < 0


def connected(facts: Iterable[Fact], variables: frozenset[str]) -> tuple[Fact, ...]:
    """The facts that share variables with `variables`, with each other's variables, and so on; the nearest first."""
    remaining, chosen, known = list(facts), list[Fact](), set(variables)
    while True:
        near = [fact for fact in remaining if known & fact.polynomial.variables]
        if not near:
            return tuple(chosen)
        chosen += near
        remaining = [fact for fact in remaining if not known & fact.polynomial.variables]
        known.update(name for fact in near for name in fact.polynomial.variables)


def without_orphans(facts: Iterable[Fact], owners: Mapping[Fact, str], conclusions: Iterable[Fact]) -> tuple[Fact, ...]:
    """The facts but those that define a variable of which nothing else speaks."""
    kept = list(facts)
    wanted = {name for fact in conclusions for name in fact.polynomial.variables}
    while True:
        spoken: dict[str, set[str]] = {}
        for fact in kept:
            for name in fact.polynomial.variables:
                spoken.setdefault(name, set()).add(owners.get(fact, ""))
        orphans = {name for name, by in spoken.items() if by == {name}} - wanted
        if not orphans:
            return tuple(kept)
        kept = [fact for fact in kept if owners.get(fact) not in orphans]
