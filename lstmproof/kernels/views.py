"""Views: spans of rows as NumPy expressions, for one step (`t`, of all or of a chunk) or a range of them.

A chunk of steps, or all of them, is `lo:hi`; a piece of a chunk is `first:last`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lstmproof.kernels.identifiers import identifiers, unused
from lstmproof.kernels.layout import APART, CHUNKED, FACED, ONES, TIMED, Span
from lstmproof.kernels.scan import ScanPlan
from lstmproof.kernels.snippets import batch_last
from lstmproof.program.nodes import Axes

Ends = tuple[str, str]
"""The variables of emitted source that a range of steps runs between."""

CHUNK: Ends = ("lo", "hi")
PIECE: Ends = ("first", "last")


def size(axes: Axes) -> str:
    """Units of a value, as source."""
    return " * ".join(f"n_{axis}" for axis in axes) if axes else "1"


def total_size(parts: Sequence[Axes]) -> str:
    """Units of neighbouring rows, as source.

    >>> total_size([("hidden",), (), ("hidden",)])
    '2 * n_hidden + 1'
    """
    terms = [
        f"{count} * {size(axes)}" if count > 1 and axes else f"{count}" if not axes else size(axes)
        for axes, count in Counter(parts).items()
    ]
    return " + ".join(terms) or "0"


@dataclass(frozen=True)
class Slabs:
    """The rows of every slab that a scan sees, under their identifiers."""

    rows: Mapping[str, tuple[str, ...]]
    axes: Mapping[str, Axes]
    cuts: Mapping[tuple[str, str], str]
    """The identifier of the slice of each row, by slab and row; of the array that is the row, if it is apart."""

    def cut(self, span: Span) -> str:
        first, last = self.cuts[span.slab, span.rows[0]], self.cuts[span.slab, span.rows[-1]]
        return first if first == last else f"_join({first}, {last})"

    def title(self, span: Span) -> str:
        """A name for the span: its rows' names, shortened in the middle."""
        names = [self.cuts[span.slab, row] for row in span.rows]
        if span.shift:
            names = [name.removesuffix("_prev") if name.endswith("_prev") else name for name in names]
        return "_".join(names) if len(names) <= 3 else f"{names[0]}_to_{names[-1]}"


def slabs(tape: ScanPlan, flow: ScanPlan) -> Slabs:
    """Name every row of both scans; rows of the two work and fixed slabs are kept apart."""
    rows = {
        "tape": tape.record_rows,
        "flow": flow.record_rows,
        "given": flow.given_rows,
        "result": flow.result_rows,
        "tape_work": tape.work_rows,
        "flow_work": flow.work_rows,
        "inputs": tape.faced_rows["inputs"],
        "outputs": tape.faced_rows["outputs"],
        "tape_fixed": tape.fixed_rows,
        "flow_fixed": flow.fixed_rows,
    }
    keys = [(slab, row) for slab, names in rows.items() for row in names]
    cuts = dict(zip(keys, identifiers([row for _, row in keys]), strict=True))
    cuts |= {("cotangent", source.name): f"{source.label}_cotangent" for source in flow.program.inputs}
    cuts |= {("gradient", flow.place[o.value].row): f"{o.label}_gradient" for o in flow.program.outputs}
    axes = {**tape.axes, **flow.axes, ONES: ()}
    return Slabs(rows, axes, cuts)


@dataclass
class ViewTable:
    """The views that the calls of one phase need, each under a name of its own."""

    slabs: Slabs
    scan: str
    """`tape` or `flow`: whose work and fixed slabs are meant."""
    ends: Ends | None
    """The range of steps that a view is of; None for one step."""
    taken: set[str]
    """Names of views of the same function."""
    names: dict[tuple[Span, bool], str] = field(default_factory=dict)
    expressions: dict[str, str] = field(default_factory=dict)
    varying: set[str] = field(default_factory=set)
    """Names of views that differ from step to step (or range to range)."""
    recurring: set[str] = field(default_factory=set)
    """Those of them that are the same for the steps of the next chunk."""

    def named(self, span: Span, *, matrix: bool = False) -> str:
        """The name of the view, made on first use; for an array of the caller's, the view itself."""
        if span.slab in APART:
            return self._expression(span, matrix)
        key = (span, matrix)
        if key not in self.names:
            actual = self._actual(span)
            name = unused(self.slabs.title(actual), self.taken)
            self.taken.add(name)
            self.names[key] = name
            self.expressions[name] = self._expression(actual, matrix)
            if span.slab in TIMED:
                self.varying.add(name)
            if span.slab in CHUNKED:
                self.recurring.add(name)
        return self.names[key]

    def matrix_of_steps(self, name: str, span: Span) -> str:
        """The view (steps, units, B) of a span, under a name that emitted modules keep for themselves, or itself."""
        if span.slab in APART:
            return self._expression(span, matrix=True)
        self.expressions[name] = self._expression(self._actual(span), matrix=True)
        return name

    def _actual(self, span: Span) -> Span:
        if span.slab not in ("work", "fixed"):
            return span
        return Span(f"{self.scan}_{span.slab}", span.rows, span.shift, span.aligned_with)

    def _expression(self, span: Span, matrix: bool) -> str:
        if span.slab in FACED:
            return self._faced(span, matrix)
        timed = span.slab in TIMED
        base = f"{span.slab}[{self._time(span) + ', ' if timed else ''}{self.slabs.cut(span)}]"
        steps = f"{self._length()}, " if timed and self.ends else ""
        if matrix:
            rows = total_size([self._axes(row) for row in span.rows])
            return f"{base}.reshape({steps}{rows}, B)" if self.ends else f"_matrix({base}, {rows}, B)"
        if span.aligned_with is not None:
            own = self._axes(span.rows[0])
            dims = "".join(f"n_{axis}, " if axis in own else "1, " for axis in span.aligned_with)
            return f"{base}.reshape({steps}{dims}B)"
        return base

    def _faced(self, span: Span, matrix: bool) -> str:
        """A span in the caller's layout, seen as others are: the batch last."""
        own = self._axes(span.rows[0])
        shape = [total_size([self._axes(row) for row in span.rows])]
        cut = self.slabs.cut(span)
        steps = self._time(span)
        base = f"{cut}[{steps}]" if span.slab in APART else f"{span.slab}[{steps}, :, {cut}]"
        if not matrix:
            aligned = own if span.aligned_with is None else span.aligned_with
            shape = [f"n_{axis}" if axis in own else "1" for axis in aligned]
        if len(shape) != 1 or (span.slab in APART and len(own) != 1):
            base += f".reshape({', '.join([self._length(), 'B', *shape])})"
        return batch_last(base, 1, len(shape))

    def _time(self, span: Span) -> str:
        later = " + 1" if span.shift else ""
        if self.ends is None:
            return f"t{later}"
        first, last = self.ends
        if span.slab not in CHUNKED:
            return f"{first}{later}:{last}{later}"
        start = CHUNK[0]
        begin = f"{first} - {start}{later}" if first != start else later.removeprefix(" + ")
        return f"{begin}:{last} - {start}{later}"

    def _length(self) -> str:
        first, last = self.ends or CHUNK
        return f"{last} - {first}"

    def _axes(self, row: str) -> Axes:
        return self.slabs.axes[row]
