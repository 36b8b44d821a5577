"""Where values live: rows of a slab, in the order that lets the most calls work on several rows at once.

The record (`tape` forward, `flow` backward) holds, for every step, one row (all units of a value, batch last) for each
value that outlives the loop; the work slab holds what one step needs, the fixed slab what is the same at every step.
Cotangents that only pass through are apart, in the slabs `given` and `result`: every row less brings the others
closer together. What products alone touch keeps the caller's layout (`facing`). Two instructions with the same ufunc,
of the same level, become one call if their operands lie side by side; the order of the rows is searched for the fewest
calls in the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

from lstmproof.kernels.instructions import Affine, Einsum, Instruction, Literal, Ufunc
from lstmproof.kernels.phases import Phase
from lstmproof.program.nodes import Axes

ONES = "1"
"""The row of ones, whose matrix column is the bias."""

APART = frozenset({"cotangent", "gradient"})
"""Slabs whose rows are arrays of the caller's, (time, batch, ...), or become so."""

FACED = APART | {"inputs", "outputs"}
"""Slabs in the caller's layout: (time, batch, width), each row a range of columns."""

TIMED = frozenset({"tape", "flow", "given", "result"}) | FACED
"""Slabs with a row of memory for every step; the others hold what one step needs."""

CHUNKED = frozenset({"flow", "given", "result"})
"""Those of them that hold one chunk of steps at a time, and are used again for the one before it."""


def column_of_ones(rows: Sequence[str]) -> str:
    """The first row of ones among `rows`, or nothing."""
    return next((row for row in rows if row == ONES or row.startswith(f"{ONES}.")), "")


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a slab (`shift` 1: one step later in memory)."""

    slab: str
    row: str
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring rows seen as one array; `rows` in order, all in one slab."""

    slab: str
    rows: tuple[str, ...]
    shift: int = 0
    aligned_with: Axes | None = None
    """Axes of the result, where they differ from those of this value (or the result must be seen by axis)."""


@dataclass(frozen=True, slots=True)
class UfuncCall:
    """One ufunc on spans of rows, left out where the cotangent `optional` is not given."""

    phase: Phase
    ufunc: str
    out: Span
    arguments: tuple[Span | Literal, ...]
    optional: str = ""
    outs: tuple[str, ...] = ()
    """The values that it gives, one for each row of `out`."""


@dataclass(frozen=True, slots=True)
class ProductCall:
    """rows of `out` = matrix @ rows of `operands`; the matrix is stacked from `blocks`, zero elsewhere."""

    phase: Phase
    out: Span
    operands: Span
    blocks: tuple[Affine, ...]


@dataclass(frozen=True, slots=True)
class EinsumCall:
    """One contraction of rows, seen by axis."""

    phase: Phase
    out: Span
    instruction: Einsum
    arguments: tuple[Span, ...]


Call = UfuncCall | ProductCall | EinsumCall


@dataclass(frozen=True)
class Rows:
    """What the layout needs to know of the values of one scan."""

    place: Mapping[str, Place]
    """Of every value; rows of the work slab that nothing pins down are absent."""
    axes: Mapping[str, Axes]
    regions: tuple[tuple[str, ...], ...]
    """Sets of rows of the record that must stay side by side."""
    orders: Mapping[str, Sequence[str]]
    """The order of the rows of slabs that are laid out already."""
    covered: tuple[tuple[str, ...], ...]
    """Sets of operand rows of one product: the fewer strangers between them, the better."""


def levels(instructions: Sequence[Instruction], aliases: Callable[[str], Place | None]) -> list[list[Instruction]]:
    """Instructions grouped so that those of one group do not depend on each other.

    Args:
        aliases: where a value lives, so that an instruction that overwrites a row waits for all that read it.
    """
    written: dict[object, int] = {}
    touched: dict[object, int] = {}
    groups: list[list[Instruction]] = []
    for instruction in instructions:
        reads = [aliases(name) or name for name in instruction.reads]
        out = aliases(instruction.out) or instruction.out
        level = max([0, touched.get(out, 0), *(written.get(read, 0) for read in reads)])
        if level == len(groups):
            groups.append([])
        groups[level].append(instruction)
        written[out] = level + 1
        for place in (*reads, out):
            touched[place] = max(touched.get(place, 0), level + 1)
    return groups


class Packing:
    """Calls for one sequence of instructions under one order of the rows."""

    def __init__(self, rows: Rows, order: Mapping[str, Sequence[str]]) -> None:
        self.rows = rows
        self.position = {(slab, row): at for slab, names in order.items() for at, row in enumerate(names)}
        self.work = list(order.get("work", ()))

    def place(self, name: str) -> Place | None:
        found = self.rows.place.get(name)
        if found is None and ("work", name) in self.position:
            return Place("work", name)
        return found

    def at(self, name: str) -> tuple[str, int, int] | None:
        """Slab, shift and position of a value; None while it has no row."""
        place = self.place(name)
        return None if place is None else (place.slab, place.shift, self.position[place.slab, place.row])

    def calls(self, groups: Sequence[Sequence[Instruction]]) -> Iterator[Call]:
        """The calls for instructions grouped by level."""
        for group in groups:
            yield from self._products([i for i in group if isinstance(i, Affine)])
            for instruction in group:
                if isinstance(instruction, Einsum):
                    yield self._einsum(instruction)
            yield from (self._call(run) for run in self._runs([i for i in group if isinstance(i, Ufunc)]))

    def count(self, groups: Sequence[Sequence[Instruction]]) -> int:
        """How many ufunc calls that takes."""
        return sum(1 for group in groups for _ in self._runs([i for i in group if isinstance(i, Ufunc)]))

    def _products(self, affines: list[Affine]) -> Iterator[ProductCall]:
        for group in grouped(affines):
            self._give_rows([affine.out for affine in group])
            ordered = sorted(group, key=lambda affine: self.at(affine.out) or ())
            run: list[Affine] = []
            for affine in ordered:
                if run and not self._follows(run[-1].out, affine.out):
                    yield self._product(run)
                    run = []
                run.append(affine)
            yield self._product(run)

    def _product(self, run: Sequence[Affine]) -> ProductCall:
        out = self.span([affine.out for affine in run])
        return ProductCall(run[0].phase, out, self._cover(run[0].operands), tuple(run))

    def _cover(self, names: Sequence[str]) -> Span:
        """The span of the operands' rows, which lie side by side."""
        places = [self.place(name) for name in names]
        first = places[0]
        assert first is not None
        rows = sorted(
            (place.row for place in places if place is not None), key=lambda row: self.position[first.slab, row]
        )
        at = [self.position[first.slab, row] for row in rows]
        assert at[-1] - at[0] + 1 == len(at), f"operands {rows} do not lie side by side"
        return Span(first.slab, tuple(rows), first.shift)

    def _einsum(self, instruction: Einsum) -> EinsumCall:
        self._give_rows([instruction.out])
        arguments = tuple(self._factor(factor.name) for factor in instruction.node.factors)
        return EinsumCall(instruction.phase, self.span([instruction.out], by_axis=True), instruction, arguments)

    def _factor(self, name: str) -> Span:
        """A factor of a contraction, seen by axis; a fixed one is an array of its own."""
        return Span("array", (name,)) if self.place(name) is None else self.span([name], by_axis=True)

    def _give_rows(self, outs: Sequence[str]) -> None:
        """New rows of the work slab for results that have none."""
        for out in outs:
            if self.at(out) is None:
                self.position["work", out] = len(self.work)
                self.work.append(out)

    def _runs(self, group: list[Ufunc]) -> Iterator[list[Ufunc]]:
        """Instructions of one level that one call can do, together; rows of the work slab are handed out on the way."""
        pending = sorted(group, key=lambda i: (self._sort_key(i), group.index(i)))
        while pending:
            run = [pending.pop(0)]
            extended = True
            while extended:
                extended = False
                for candidate in pending:
                    if self._joins(run, candidate):
                        run.append(candidate)
                        pending.remove(candidate)
                        extended = True
                        break
            self._give_rows([instruction.out for instruction in run])
            yield run

    def _sort_key(self, instruction: Ufunc) -> tuple[object, ...]:
        out = self.at(instruction.out)
        if out is not None:
            return (0, *out)
        first = next((self.at(argument) for argument in instruction.reads), None)
        return (1, *(first or ("", 0, 0)))

    def _joins(self, run: Sequence[Ufunc], new: Ufunc) -> bool:
        """Whether one call can do `run` and then `new`."""
        last = run[-1]
        if (last.ufunc, last.optional, last.phase) != (new.ufunc, new.optional, new.phase):
            return False
        out = self.at(new.out)
        if not self._follows(last.out, new.out) or (out is not None and out[0] in FACED):
            return False
        for before, after in zip(last.arguments, new.arguments, strict=True):
            if isinstance(before, Literal) or isinstance(after, Literal):
                if before != after:
                    return False
                continue
            if not self._in_step(last.out, before, new.out, after):
                return False
        return True

    def _in_step(self, last: str, before: str, out: str, after: str) -> bool:
        axes = self.rows.axes
        return axes[before] == axes[last] and axes[after] == axes[out] and self._follows(before, after)

    def _follows(self, before: str, after: str) -> bool:
        a, b = self.at(before), self.at(after)
        if a is None or b is None:
            return a is None and b is None
        return a[:2] == b[:2] and b[2] == a[2] + 1 and a[0] not in APART

    def _call(self, run: Sequence[Ufunc]) -> UfuncCall:
        axes = self.rows.axes[run[0].out]
        by_axis = any(self.rows.axes[name] != axes for name in run[0].reads) and len(run) == 1
        arguments: list[Span | Literal] = []
        for k, argument in enumerate(run[0].arguments):
            if isinstance(argument, Literal):
                arguments.append(argument)
                continue
            names = [str(instruction.arguments[k]) for instruction in run]
            arguments.append(self.span(names, axes if by_axis else None))
        out = self.span([instruction.out for instruction in run], axes if by_axis else None)
        outs = tuple(instruction.out for instruction in run)
        return UfuncCall(run[0].phase, run[0].ufunc, out, tuple(arguments), run[0].optional, outs)

    def span(self, names: Sequence[str], axes: Axes | None = None, *, by_axis: bool = False) -> Span:
        places = [self.place(name) for name in names]
        first = places[0]
        assert first is not None
        aligned = axes if axes is not None else (self.rows.axes[names[0]] if by_axis else None)
        return Span(first.slab, tuple(p.row for p in places if p is not None), first.shift, aligned_with=aligned)


def grouped(affines: Sequence[Affine]) -> list[list[Affine]]:
    """Products of the same vectors, in one group each."""
    groups: dict[tuple[Phase, frozenset[str]], list[Affine]] = {}
    for affine in affines:
        groups.setdefault((affine.phase, frozenset(affine.operands)), []).append(affine)
    return list(groups.values())


def complete(rows: Rows, record: str, order: Sequence[str]) -> dict[str, Sequence[str]]:
    """The order of the rows of every slab: the record's as given, others as they are known or as values come."""
    others: dict[str, dict[str, None]] = {}
    for place in rows.place.values():
        if place.slab != record and place.slab not in rows.orders:
            others.setdefault(place.slab, {})[place.row] = None
    return {**rows.orders, record: order, **{slab: tuple(names) for slab, names in others.items()}}


def together(regions: Sequence[Sequence[str]], order: Sequence[str]) -> bool:
    """Whether the rows of each region lie side by side."""
    position = {row: at for at, row in enumerate(order)}
    return all(_adjacent([position[row] for row in region]) for region in regions)


def _adjacent(at: Sequence[int]) -> bool:
    return not at or max(at) - min(at) + 1 == len(at)


def gathered(start: Sequence[str], regions: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """`start` with the rows of each region brought together where its first one stood.

    >>> gathered("abcde", ["ce"])
    ('a', 'b', 'c', 'e', 'd')
    """
    order: list[str] = list(start)
    for region in sorted(regions, key=len):
        members = [row for row in order if row in region]
        at = order.index(members[0])
        rest = [row for row in order if row not in region]
        before = [row for row in order[:at] if row not in region]
        order = [*rest[: len(before)], *members, *rest[len(before) :]]
    return tuple(order)


def waste(order: Sequence[str], names: Sequence[str]) -> int:
    """How many strangers stand between the first and the last of `names`."""
    at = [order.index(name) for name in names]
    return max(at) - min(at) + 1 - len(at)


def strangers(order: Sequence[str], sets: Sequence[Sequence[str]]) -> int:
    """How many stand so in all of `sets`."""
    return sum(waste(order, names) for names in sets)


def best_cover(rows: Sequence[str], sets: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """An order of `rows` in which `sets` have few strangers among them.

    Rows that belong to the same sets stay together; every order of up to 7 such classes is tried.
    """
    classes: dict[frozenset[int], list[str]] = {}
    for row in rows:
        classes.setdefault(frozenset(at for at, names in enumerate(sets) if row in names), []).append(row)
    if len(classes) > 7:
        return tuple(row for members in classes.values() for row in members)
    orders = (tuple(row for members in order for row in members) for order in permutations(classes.values()))
    return min(orders, key=lambda order: strangers(order, sets))
