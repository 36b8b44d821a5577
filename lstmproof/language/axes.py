"""Axis inference: unknown axes and unknown ranks, found by unification.

A *shape* is a variable that stands for a tuple of *axes*, or for one whose rank is not known yet (an unannotated
parameter before its first use). An axis is a variable that may have a name. Both are kept as numbers in a union-find
forest. Each operator adds a rule (see `rules`); a rule that cannot say anything yet waits for its shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

from lstmproof.program.nodes import Axes

MAX_RANK = 8
UNWRITTEN = frozenset({"time", "batch"})
"""Axes that every value of a sequence has, and that no equation names."""

Shape = int
"""A shape variable, meaningful to the table that made it."""


class Clash(Exception):
    """Two shapes that do not agree; the boundary adds the place and the remedy."""


@dataclass
class AxisTable:
    """The variables, what is known of them, and who waits to know more."""

    _axis_parent: list[int] = field(default_factory=list)
    _axis_name: list[str] = field(default_factory=list)
    _axis_annotated: list[bool] = field(default_factory=list)
    _shape_parent: list[int] = field(default_factory=list)
    _shape_axes: list[tuple[int, ...] | None] = field(default_factory=list)
    _shape_line: list[int] = field(default_factory=list)
    _waiting: dict[int, list[int]] = field(default_factory=dict)
    woken: list[int] = field(default_factory=list)
    """Rules, as a heap, that waited for a shape which has become known since."""

    def axis(self, name: str = "", annotated: bool = False) -> int:
        """A new axis variable."""
        self._axis_parent.append(len(self._axis_parent))
        self._axis_name.append(name)
        self._axis_annotated.append(annotated)
        return len(self._axis_parent) - 1

    def shape(self, axes: Iterable[int] | None = None, line: int = 0) -> Shape:
        """A new shape, of the given axes or of unknown rank; `line` is where its axes were settled."""
        self._shape_parent.append(len(self._shape_parent))
        self._shape_axes.append(None if axes is None else tuple(axes))
        self._shape_line.append(line)
        return len(self._shape_parent) - 1

    def named(self, names: Iterable[str], line: int, annotated: bool) -> Shape:
        """A new shape with these axis names."""
        return self.shape((self.axis(name, annotated) for name in names), line)

    def _root(self, parents: list[int], variable: int) -> int:
        while parents[variable] != variable:
            parents[variable] = parents[parents[variable]]
            variable = parents[variable]
        return variable

    def axes(self, shape: Shape) -> tuple[int, ...] | None:
        """The axes of a shape, or None while its rank is unknown."""
        return self._shape_axes[self._root(self._shape_parent, shape)]

    def line(self, shape: Shape) -> int:
        """The line that settled the rank of a shape, 0 if none has."""
        return self._shape_line[self._root(self._shape_parent, shape)]

    def name(self, axis: int) -> str:
        """An axis's name, empty while it has none."""
        return self._axis_name[self._root(self._axis_parent, axis)]

    def annotated(self, axis: int) -> bool:
        """Whether an annotation fixed this axis."""
        return self._axis_annotated[self._root(self._axis_parent, axis)]

    def give_name(self, axis: int, name: str) -> None:
        """Name an axis that has none."""
        self._axis_name[self._root(self._axis_parent, axis)] = name

    def names(self, shape: Shape) -> Axes:
        """Axis names of a shape; `?` for an axis without one."""
        return tuple(self.name(axis) or "?" for axis in self.axes(shape) or ())

    def wait(self, rule: int, shapes: Iterable[Shape]) -> None:
        """Wake `rule` when any of `shapes` becomes known."""
        for shape in shapes:
            if self.axes(shape) is None:
                self._waiting.setdefault(self._root(self._shape_parent, shape), []).append(rule)

    def settle(self, shape: Shape, axes: tuple[int, ...], line: int) -> None:
        """Make a shape of unknown rank known."""
        root = self._root(self._shape_parent, shape)
        self._shape_axes[root] = axes
        self._shape_line[root] = line
        for rule in self._waiting.pop(root, ()):
            heappush(self.woken, rule)

    def join_axes(self, left: int, right: int) -> None:
        """Make two axes one.

        Raises:
            Clash: they have different names.
        """
        a, b = self._root(self._axis_parent, left), self._root(self._axis_parent, right)
        if a == b:
            return
        if self._axis_name[a] and self._axis_name[b] and self._axis_name[a] != self._axis_name[b]:
            raise Clash
        self._axis_parent[b] = a
        self._axis_name[a] = self._axis_name[a] or self._axis_name[b]
        self._axis_annotated[a] = self._axis_annotated[a] or self._axis_annotated[b]

    def join_all(self, left: Iterable[int], right: Iterable[int]) -> None:
        """Make axes one pair by pair, every pair that can be, then report the first that cannot.

        Raises:
            Clash: a pair has different names, or the ranks differ.
        """
        first, second = tuple(left), tuple(right)
        clash = len(first) != len(second)
        for one, other in zip(first, second, strict=False):
            try:
                self.join_axes(one, other)
            except Clash:
                clash = True
        if clash:
            raise Clash

    def join(self, left: Shape, right: Shape, line: int) -> bool:
        """Make two shapes equal; True if that says anything new of their ranks.

        Raises:
            Clash: they cannot be equal.
        """
        a, b = self._root(self._shape_parent, left), self._root(self._shape_parent, right)
        known_a, known_b = self._shape_axes[a], self._shape_axes[b]
        if known_a is not None and known_b is not None:
            self.join_all(known_a, known_b)
            return False
        if known_a is not None:
            self.settle(b, known_a, line)
        elif known_b is not None:
            self.settle(a, known_b, line)
        elif a != b:
            self._shape_parent[b] = a
            self._waiting.setdefault(a, []).extend(self._waiting.pop(b, ()))
        return a != b

    def name_free_axes(self, carriers: Iterable[tuple[str, Shape]]) -> None:
        """Name each axis that has no name after the first of `carriers` that has it, differently from all others."""
        used = {name for name in self._axis_name if name}
        for carrier, shape in carriers:
            for axis in self.axes(shape) or ():
                if not self.name(axis):
                    fresh = _unused(carrier, used)
                    used.add(fresh)
                    self.give_name(axis, fresh)


def _unused(name: str, used: set[str]) -> str:
    """`name`, or `name_2`, `name_3`, ...: the first that no other axis has."""
    taken = used | UNWRITTEN
    number = 1
    while (fresh := name if number == 1 else f"{name}_{number}") in taken:
        number += 1
    return fresh


@dataclass(frozen=True)
class Constraint:
    """What one operator says of the shapes it joins."""

    shapes: tuple[Shape, ...]
    rule: Callable[[], bool]
    """Draws what it can from what is known; True when there is nothing more to draw. May raise Clash."""
    guess: Callable[[int], bool]
    """What to assume when all rules wait, from the mildest to the boldest of `GUESSES`; True if it settled anything."""
    clash: Callable[[], Exception]
    """The error when it does not hold, made after all else is inferred."""
    stuck: Callable[[], Exception]
    """The error when it stays unsettled."""


GUESSES = range(3)
"""Kinds of guesses: operands of a known result; operands of one shape; a parameter that met scalars alone."""


def no_guess(_kind: int) -> bool:
    """The guess of an operator whose operands cannot be guessed."""
    return False


def solve(table: AxisTable, constraints: Sequence[Constraint], carriers: Iterable[tuple[str, Shape]]) -> None:
    """Infer all axes, and name those that remain free after their carriers.

    Rules are tried in the order of the text, and again when a shape they wait for becomes known. A rule that fails
    is set aside, so that its message can name what the rest of the text says; the first in the text is reported.

    Raises:
        Exception: the first constraint's error, if one clashes or stays stuck.
    """
    waiting = dict(enumerate(constraints))
    failed: list[int] = []
    for number, constraint in enumerate(constraints):
        table.wait(number, constraint.shapes)
    for number in range(len(constraints)):
        _attempt(table, waiting, failed, number, last=number)
    while _guess_one_kind(table, waiting, failed):
        pass
    table.name_free_axes(carriers)
    if failed:
        raise constraints[min(failed)].clash()
    for constraint in waiting.values():
        raise constraint.stuck()


def _attempt(table: AxisTable, waiting: dict[int, Constraint], failed: list[int], number: int, last: int) -> None:
    """Try a rule, then every rule up to `last` that it wakes, first in the text first.

    On the first pass `last` is the rule itself: what stands after it has its turn once all before has spoken.
    """
    heappush(table.woken, number)
    while table.woken:
        number = heappop(table.woken)
        if number in waiting and number <= last:
            try:
                settled = waiting[number].rule()
            except Clash:
                settled = True
                failed.append(number)
            if settled:
                del waiting[number]


def _guess_one_kind(table: AxisTable, waiting: dict[int, Constraint], failed: list[int]) -> bool:
    """Make the mildest guesses that settle anything, from the last equation to the first; False if there are none."""
    for kind in GUESSES:
        progress, last = False, max(waiting, default=0)
        for number in reversed(tuple(waiting)):
            if number in waiting and waiting[number].guess(kind):
                progress = True
                _attempt(table, waiting, failed, number, last)
        if progress:
            return True
    return False
