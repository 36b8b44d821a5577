"""What the parts of an emitted module share: names, rows and extents, and the phases of a scan as lines."""

from __future__ import annotations

from collections.abc import Sequence

from lstmproof.kernels.calls_source import Body, Calls, calls_source
from lstmproof.kernels.identifiers import identifiers
from lstmproof.kernels.layout import ONES, TIMED, Span
from lstmproof.kernels.phases import Phase
from lstmproof.kernels.plan import Plan
from lstmproof.kernels.scan import ScanPlan
from lstmproof.kernels.snippets import unpack
from lstmproof.kernels.views import CHUNK, PIECE, total_size
from lstmproof.program.nodes import Axes

INDENT = "    "


class Module:
    """A plan on its way to becoming a module; writing the functions finds the views that the workspace must hold."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.program = plan.forward.program
        self.calls: Calls = calls_source(plan)
        self.views: dict[str, str] = {}
        """Attributes of the workspace that are views, found while writing the functions."""
        arguments = [*self.argument_axes(), *(constant.name for constant in self.program.constants)]
        self.local = dict(zip(arguments, identifiers(arguments), strict=True))
        """The name of each argument within the module, where its own would hide another."""
        self.fixed_names: dict[str, str] = {}
        self.blocks: dict[str, str] = {}
        """Tuples of views into stacked matrices, for the workspace."""
        self.axes = {**plan.forward.axes, **plan.backward.axes, ONES: ()}
        self.given = {source.name for source in self.program.fixed}
        self.sizes = ", ".join(["T", "B", *(f"n_{axis}" for axis in self.program.axis_names)])

    def private(self, name: str) -> str:
        """`name`, with underscores after it until no argument or output of the author's bears it."""
        authored = {*self.local, *(output.label for output in self.program.outputs)}
        while name in authored:
            name += "_"
        return name

    def argument_axes(self) -> dict[str, Axes]:
        """Axes of every argument of `forward` but constants, time and batch included, in the order of the call."""
        axes: dict[str, Axes] = {source.name: ("time", "batch", *source.axes) for source in self.program.inputs}
        axes |= {f"{state.label}0": ("batch", *state.axes) for state in self.program.states}
        return axes | {source.name: source.axes for source in self.program.parameters}

    def span(self, scan: ScanPlan, name: str) -> Span:
        place = scan.place[name]
        return Span(place.slab, (place.row,), place.shift)

    def one_step(self, span: Span, axes: Axes, scan: str = "tape") -> str:
        """The first step of a row, or a row of the work slab, as (*axes, B)."""
        timed = span.slab in TIMED
        slab = span.slab if timed else f"{scan}_{span.slab}"
        cut = self.calls.slabs.cut(Span(slab, span.rows))
        dims = "".join(f"n_{axis}, " for axis in axes)
        return f"{slab}[{'0, ' if timed else ''}{cut}].reshape({dims}B)"

    def fixed_name(self, name: str) -> str:
        if name in self.given:
            return self.local[name]
        if name not in self.fixed_names:
            self.fixed_names[name] = f"fixed_{len(self.fixed_names) + 1}"
        return self.fixed_names[name]

    def offset(self, span: Span, row: str) -> str:
        return total_size(self.parts(span.rows[: span.rows.index(row)]))

    def extent(self, span: Span, *rows: str) -> str:
        """The rows of a matrix, one for each unit of the span, that belong to one of its values, or to neighbours."""
        at = span.rows.index(rows[0])
        start, stop = (total_size(self.parts(span.rows[:end])) for end in (at, at + len(rows)))
        return f"{start}:{stop}"

    def columns(self) -> str:
        """The most units of the tape that one product of gradients takes."""
        found = dict.fromkeys(total_size(self.parts(group.right.rows)) for group in self.plan.groups)
        return f"max({', '.join(found)})" if len(found) > 1 else next(iter(found), "0")

    def parts(self, rows: Sequence[str]) -> list[Axes]:
        return [self.axes[row] for row in rows]

    def phases(self, scan: ScanPlan, opening: Sequence[str] = (), closing: Sequence[str] = ()) -> list[str]:
        """The lines of a scan; backward, each chunk of steps begins with `opening` and ends with `closing`."""
        before, loop, after = (self.calls.bodies[scan.record, p] for p in (Phase.BEFORE, Phase.LOOP, Phase.AFTER))
        used = dict.fromkeys(ufunc for body in (before, loop, after) for ufunc in body.ufuncs)
        lines = [f"{', '.join(used)} = {', '.join(f'np.{ufunc}' for ufunc in used)}"] if used else []
        lines += [f"{name} = np.array({text}, DTYPE)" for name, text in self.calls.literals.items() if "n_" in text]
        if loop.lines:
            lines += unpack(loop.still, f"work.{scan.record}_still")
            lines += [
                f"dot_{name} = _times(work.{name}, B)"
                for name, (owner, call) in self.calls.matrices.items()
                if owner is scan and call.phase == Phase.LOOP
            ]
        if scan.record == "tape":
            lines += self._whole(before, "work.tape_before")
            lines += self._loop(loop, "work.tape_steps")
            return (lines + self._whole(after, "work.tape_after")) or ["pass"]
        chunk = [*opening, *self._pieces(before, loop), *after.lines, *closing]
        if chunk:
            names = [*CHUNK, *(["pieces"] if before.lines else []), *after.views.expressions]
            lines += [f"for {', '.join(names)} in reversed(work.flow_chunks):", *(INDENT + line for line in chunk)]
        return lines or ["pass"]

    def _pieces(self, before: Body, loop: Body) -> list[str]:
        """The coefficients of each piece of a chunk, and then the loop over its steps."""
        if not before.lines:
            return self._loop(loop, f"reversed(work.flow_steps[{':'.join(CHUNK)}])")
        steps = self._loop(loop, f"reversed(work.flow_steps[{':'.join(PIECE)}])")
        head = f"for {', '.join([*PIECE, *before.views.expressions])} in reversed(pieces):"
        return [head, *(INDENT + line for line in [*before.lines, *steps])]

    def _whole(self, body: Body, views: str) -> list[str]:
        return [*unpack(tuple(body.views.expressions), views), *body.lines]

    def _loop(self, body: Body, steps: str) -> list[str]:
        if not body.lines:
            return []
        names = body.varying
        target = "_" if not names else f"({names[0]},)" if len(names) == 1 else ", ".join(names)
        return [f"for {target} in {steps}:", *(INDENT + line for line in body.lines)]
