"""The emitted class that holds the memory of a run, with every view made once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lstmproof.kernels.calls_source import Calls
from lstmproof.kernels.layout import CHUNKED, FACED, ONES, TIMED, Span
from lstmproof.kernels.phases import Phase
from lstmproof.kernels.views import CHUNK, PIECE, size, total_size
from lstmproof.program.nodes import Axes

_SLABS = {
    "tape": "Every step: what the next step or the backward pass reads. A row is all units of a value, batch last.",
    "inputs": "Inputs that products alone read, (time, batch, units) as the caller has them.",
    "outputs": "Outputs that nothing reads, (time, batch, units).",
    "tape_work": "One step of the forward pass.",
    "tape_fixed": "Parameters that meet values of a step elementwise, repeated over the batch.",
    "flow": "A chunk of steps backward: coefficients, which the loop turns into cotangents in place.",
    "given": "Cotangents of outputs.",
    "result": "Cotangents of inputs.",
    "flow_work": "One step of the backward pass.",
    "flow_fixed": "Parameters that meet cotangents elementwise, repeated over the batch.",
}
INDENT = "    "


def workspace_source(calls: Calls, axis_names: Sequence[str], views: Mapping[str, str], columns: str) -> str:
    """The class `_Workspace`.

    Args:
        views: further attributes, each a view of all steps (or of one) as source.
        columns: the most units of the tape that a product of gradients takes, as source.
    """
    sizes = "".join(f", n_{axis}" for axis in axis_names)
    body: list[str] = [f"self.key = (T, B{sizes})"]
    for slab, comment in _SLABS.items():
        body += _slab(calls, slab, comment, columns)
    for name, (_, call) in calls.matrices.items():
        rows, columns = (_units(calls, span.rows) for span in (call.out, call.operands))
        body.append(f"self.{name} = np.zeros(({rows}, {columns}), DTYPE)")
    body.append("lo, hi = 0, T")
    for (record, phase), each in calls.bodies.items():
        expressions = each.views.expressions
        if phase == Phase.LOOP:
            body += _views(f"self.{record}_still", [expressions[name] for name in each.still], "")
            recurring = [expressions[name] for name in each.recurring]
            body += _views("of_chunk", recurring, "for t in range(chunk)") if recurring else []
            others = [expressions[name] for name in each.varying[len(recurring) :]]
            steps = ["*of_chunk[t % chunk]", *others] if recurring else others
            body += _views(f"self.{record}_steps", steps, "for t in range(T)")
        elif (record, phase) == ("flow", Phase.BEFORE):
            pieces = []
            if each.lines:
                pieces = [
                    "\n".join(_listed([*PIECE, *expressions.values()], "for first, last in _ranges(lo, hi, piece)"))
                ]
            ending = calls.bodies[record, Phase.AFTER].views.expressions.values()
            loop = f"for {', '.join(CHUNK)} in _ranges(0, T, chunk)"
            body += _views(f"self.{record}_chunks", [*CHUNK, *pieces, *ending], loop)
        elif record == "tape":
            body += _views(f"self.{record}_{phase.name.lower()}", list(expressions.values()), "")
    body += [f"self.{name} = {text}" for name, text in views.items()]
    return "\n".join(
        [
            "class _Workspace:",
            '    """The memory of one run, with a view for every operand of every step: the loops only call NumPy."""',
            "",
            f"    def __init__(self, T, B{sizes}):",
            *(INDENT * 2 + line if line else "" for line in body),
        ]
    )


def _slab(calls: Calls, slab: str, comment: str, columns: str) -> list[str]:
    rows = calls.slabs.rows[slab]
    timed = slab in TIMED
    steps = "chunk" if slab in CHUNKED else "T"
    if not rows and slab not in ("tape", "flow"):
        return []
    cuts = [calls.slabs.cuts[slab, row] for row in rows]
    sizes = "".join(f", {size(calls.slabs.axes[row])}" for row in rows)
    faced = slab in FACED
    shape = "(T, B, width)" if faced else f"({steps} + 1, width)" if timed else "width"
    lines = [
        "",
        f"# {comment}",
        f"{''.join(f'{cut}, ' for cut in cuts)}width = _rows({'1' if faced else 'B'}{sizes})" if rows else "width = 0",
        *(
            [f"piece = _piece(B, {_widest(calls)})", f"chunk = _chunk(T, B, width, {columns}, piece)"]
            * (slab == "flow")
        ),
        f"self.{slab} = {slab} = np.zeros({shape}, DTYPE)",
    ]
    axes = ":, :" if faced else ":"
    ones = [cut for row, cut in zip(rows, cuts, strict=True) if timed and row.startswith(ONES)]
    lines += [f"{slab}[{axes}, {cut}] = 1" for cut in ones]
    return lines


def _units(calls: Calls, rows: Sequence[str]) -> str:
    return total_size([calls.slabs.axes[row] for row in rows])


def _views(target: str, expressions: Sequence[str], loop: str) -> list[str]:
    """A tuple of views, or a list of such tuples."""
    if not expressions:
        return [f"{target} = [()] * T"] if "range" in loop else [f"{target} = ()"]
    head, *others = _listed(expressions, loop) if loop else _tuple(expressions)
    return [f"{target} = {head}", *others]


def _listed(expressions: Sequence[str], loop: str) -> list[str]:
    return ["[", *(INDENT + line for line in (*_tuple(expressions), loop)), "]"]


def _tuple(expressions: Sequence[str]) -> list[str]:
    return ["(", *(INDENT + line for text in expressions for line in f"{text},".split("\n")), ")"]


def _widest(calls: Calls) -> str:
    """The units of the longest row of the flow, as source."""
    found = dict.fromkeys(size(calls.slabs.axes[row]) for row in calls.slabs.rows["flow"])
    return f"max({', '.join(found)})" if len(found) > 1 else next(iter(found), "1")


def view_of_steps(span: Span, calls: Calls, units: Axes | None) -> str:
    """All steps of a span, as (T, units, B), or with one dimension for each of the axes `units`.

    A span in the caller's layout is (T, B, ...).
    """
    later = " + 1" if span.shift else ""
    dims = "".join(f"n_{axis}, " for axis in units) if units is not None else f"{_units(calls, span.rows)}, "
    if span.slab in FACED:
        return f"{span.slab}[:, :, {calls.slabs.cut(span)}].reshape(T, B, {dims})"
    return f"{span.slab}[{'1' if later else ''}:T{later}, {calls.slabs.cut(span)}].reshape(T, {dims}B)"
