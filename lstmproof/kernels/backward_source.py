"""The functions `backward` and `backward_rows` of an emitted module."""

from __future__ import annotations

from dataclasses import replace

from lstmproof.kernels.calls_source import general_total, reads_row
from lstmproof.kernels.instructions import GeneralTotal, OuterTotal, Total
from lstmproof.kernels.layout import APART, FACED, TIMED, Call, Span, UfuncCall, column_of_ones
from lstmproof.kernels.lines import marked, result
from lstmproof.kernels.module import INDENT, Module
from lstmproof.kernels.phases import Phase
from lstmproof.kernels.scan import ScanPlan
from lstmproof.kernels.snippets import batch_first, batch_last, batch_order
from lstmproof.kernels.views import total_size
from lstmproof.program.nodes import Axes, Source


def backward_source(module: Module) -> str:
    """The two functions that callers see."""
    labels = [output.label for output in module.program.outputs]
    keywords = "".join(f", {label}=None" for label in labels)
    passed = ", ".join(f"{label!r}: {label}" for label in labels)
    run, within = module.private("_run"), module.private("_gradients")
    return "\n".join(
        [
            f"def backward({run}, /, *{keywords}):",
            '    """Gradients of the sum over all outputs of `sum(cotangent * output)`, by name.',
            "",
            "    A cotangent has the shape of its output, (time, batch, ...); one that is left out is zero.",
            "    Gradients have the shapes of the arguments of `forward`.",
            '    """',
            f"    return {within}({run}, {{{passed}}}, '')",
            "",
            "",
            f"def backward_rows({run}, /, *{keywords}):",
            '    """The same, but the gradients of parameters apart for each row of the batch: (batch, ...)."""',
            f"    return {within}({run}, {{{passed}}}, 'b')",
        ]
    )


def gradients_source(module: Module) -> str:
    """The function `_gradients` behind both."""
    scan = module.plan.backward
    starts, chunk = _totals(module)
    shares = {source.label: _parameter(module, source, starts, chunk) for source in module.program.parameters}
    opening = [*_cotangents(module), *_carried(scan)]
    handed = _handed_out(module, starts, chunk)
    results = [*shares.items(), *handed]
    results += [(f"{state.label}0", _initial(module, state.label, state.axes)) for state in module.program.states]
    lines = [
        "work = _work_of(run)",
        f"{module.sizes} = work.key",
        "_check_cotangents(cotangents, work.key)",
        *(f"{source.label}_given = cotangents[{source.label!r}] is not None" for source in _read_cotangents(module)),
    ]
    lines += _own_cotangents(module)
    if scan.work_rows:
        lines.append("work.flow_work[...] = 0")
    if module.calls.held:
        lines.append(f"{', '.join(module.calls.held.values())}, = work.values")
    if any("*row," in text for _, text in results):
        lines.append("row = (B,) if rows else ()")
    lines += starts
    phases = module.phases(scan, opening, chunk)
    lines += ["with np.errstate(over='ignore', under='ignore'):", *(INDENT + line for line in phases)]
    lines += ["return {", *(marked(f"    {label!r}: {text},", [result(label)]) for label, text in results), "}"]
    doc = '    """`rows` is "b" for parameter gradients of each row of the batch by itself, else empty."""'
    head = f"def {module.private('_gradients')}(run, cotangents, rows):"
    return "\n".join([head, doc, *(INDENT + line for line in lines)])


def _readers(module: Module, name: str) -> list[Call]:
    return [call for calls in module.plan.backward.calls.values() for call in calls if reads_row(call, name)]


def _read_cotangents(module: Module) -> list[Source]:
    """The cotangents of outputs that anything depends on."""
    totalled = _totalled(module)
    inputs = module.plan.backward.program.inputs
    return [source for source in inputs if source.name in totalled or _readers(module, source.name)]


def _cotangents(module: Module) -> list[str]:
    """A chunk's cotangents into their rows; one that is left out is zero where a call does not leave it out too."""
    lines: list[str] = []
    for source in _read_cotangents(module):
        if _apart(module, source.name):
            continue
        view = _chunk_view(module, source.name)
        value = batch_last(f"cotangents[{source.label!r}][lo:hi]", 1, len(source.axes))
        lines += [f"if {source.label}_given:", f"    np.copyto({view}, {value})"]
        readers = _readers(module, source.name)
        optional = all(isinstance(call, UfuncCall) and call.optional for call in readers)
        if source.name in _totalled(module) or not optional:
            lines += ["else:", f"    {view}[...] = 0"]
    return lines


def _apart(module: Module, name: str) -> bool:
    """Whether a value of the backward scan is an array of the caller's."""
    place = module.plan.backward.place.get(name)
    return place is not None and place.slab in APART


def _own_cotangents(module: Module) -> list[str]:
    """The cotangents that stay in the caller's arrays; one that is left out is zero."""
    lines = []
    for source in _read_cotangents(module):
        if _apart(module, source.name):
            given = f"np.ascontiguousarray(cotangents[{source.label!r}])"
            zeros = f"np.zeros((T, B{''.join(f', n_{axis}' for axis in source.axes)}), DTYPE)"
            lines.append(f"{source.label}_cotangent = {given} if {source.label}_given else {zeros}")
    return lines


def _carried(scan: ScanPlan) -> list[str]:
    """What the step after a chunk has left, where its last step looks for it."""
    later = any(place.slab == "flow" and place.shift for place in scan.place.values())
    return ["work.flow[hi - lo] = work.flow[0] if hi < T else 0"] if later else []


def _totalled(module: Module) -> set[str]:
    """Rows of the flow that gradients of parameters read."""
    names = {row for group in module.plan.groups for row in group.left.rows}
    for shares in module.plan.totals.values():
        for total in shares:
            names |= {total.left} if isinstance(total, OuterTotal) else set(total.node.operands)
    return names


def _totals(module: Module) -> tuple[list[str], list[str]]:
    """The matrix products that give the gradients of matrices and biases: how they start, and what each chunk adds."""
    starts, chunk = [], []
    views = module.calls.bodies["flow", Phase.AFTER].views
    covers = _right_factors(module)
    for number, cover in enumerate(covers, start=1):
        right = views.matrix_of_steps(f"right_{number}", cover)
        memory = "None"
        if cover.slab not in FACED:
            units = total_size(module.parts(cover.rows))
            module.blocks[f"columns_{number}"] = f"np.empty((chunk * B if B != 1 else 0, {units}), DTYPE)"
            memory = f"work.columns_{number}"
        chunk.append(f"columns_{number} = _columns({right}, rows, {memory})")
    for number, group in enumerate(module.plan.groups, start=1):
        rows, columns = (total_size(module.parts(span.rows)) for span in (group.left, group.right))
        left = views.matrix_of_steps(f"left_{number}", group.left)
        at = next(at for at, cover in enumerate(covers, start=1) if _overlap(group.right, cover))
        cover = covers[at - 1]
        within = "" if cover == group.right else f"[:, {module.extent(cover, *group.right.rows)}]"
        right = f"columns_{at}{within}"
        flat = "None" if group.left.slab in FACED else f"np.empty(({rows}, chunk * B if B != 1 else 0), DTYPE)"
        module.blocks[f"outer_{number}"] = (
            f"(\n            {flat},\n            np.empty(({rows}, {columns}), DTYPE),\n        )"
        )
        module.blocks[f"sum_{number}"] = f"np.empty(({rows}, {columns}), DTYPE)"
        starts.append(f"outer_{number} = _zeros(work.sum_{number}, B, rows)")
        product = f"_outer({left}, {right}, rows, *work.outer_{number})"
        chunk.append(f"np.add(outer_{number}, {product}, outer_{number})")
    return starts, chunk


def _right_factors(module: Module) -> list[Span]:
    """The rows of the tape that products of gradients take, those of several products once."""
    found: list[Span] = []
    for group in module.plan.groups:
        cover = group.right
        order = module.plan.forward.rows_of(cover.slab)
        for other in [each for each in found if _overlap(each, cover)]:
            found.remove(other)
            rows = {*other.rows, *cover.rows}
            cover = replace(cover, rows=tuple(row for row in order if row in rows))
        found.append(cover)
    return found


def _overlap(a: Span, b: Span) -> bool:
    """Whether two spans have memory in common."""
    return (a.slab, a.shift) == (b.slab, b.shift) and bool(set(a.rows) & set(b.rows))


def _parameter(module: Module, source: Source, starts: list[str], chunk: list[str]) -> str:
    """The gradient of a parameter; what it takes beside the matrix products is added to `starts` and `chunk`."""
    shape = f"(*row,{''.join(f' n_{axis},' for axis in source.axes)})"
    shares = []
    for total in module.plan.totals[source.label]:
        share = _share(module, total, shape)
        if share is None:
            name = f"total_{len(starts) + 1}"
            starts.append(f"{name} = 0")
            chunk.append(f"{name} = {name} + {_chunk_total(module, total)}")
            share = f"_array({name}, {shape})"
        shares.append(share)
    return " + ".join(shares) or f"np.zeros({shape}, DTYPE)"


def _handed_out(module: Module, starts: list[str], chunk: list[str]) -> list[tuple[str, str]]:
    """The cotangents of inputs, in arrays for the caller; each chunk copies those that it does not write there."""
    found = []
    for output in module.plan.backward.program.outputs:
        axes = module.axes[output.value]
        name = f"{output.label}_gradient"
        starts.append(f"{name} = np.empty((T, B, {''.join(f'n_{axis}, ' for axis in axes)}), DTYPE)")
        if not _apart(module, output.value):
            view = f"{_chunk_view(module, output.value)}.transpose({batch_order(1, len(axes))})"
            chunk.append(f"np.copyto({name}[lo:hi], {view})")
        found.append((output.label, name))
    return found


def _initial(module: Module, label: str, axes: Axes) -> str:
    """The gradient of an initial state: what the first step handed on."""
    scan = module.plan.backward
    state = next((each for each in scan.program.states if each.label == label), None)
    if state is None:
        return f"np.zeros((B{''.join(f', n_{axis}' for axis in axes)}{',' * (not axes)}), DTYPE)"
    span = module.span(scan, state.new)
    module.views[f"gradient_{label}0"] = module.one_step(span, axes, "flow")
    return batch_first(f"work.gradient_{label}0", 0, len(axes))


def _share(module: Module, total: Total, shape: str) -> str | None:
    """One share of a parameter's gradient, of shape `shape`; None for one that no matrix product gives."""
    if isinstance(total, GeneralTotal):
        return None
    if total.left not in module.plan.backward.place:
        return f"_array({module.calls.hold(total.left)} * (T if rows else T * B), {shape})"
    left = module.plan.backward.place[total.left].row
    for number, group in enumerate(module.plan.groups, start=1):
        row = _right_row(module, total.right, group.right)
        if left in group.left.rows and row:
            rows = module.extent(group.left, left)
            columns = module.extent(group.right, row) if total.right else module.offset(group.right, row)
            text = f"outer_{number}[..., {rows}, {columns}]{'.swapaxes(-1, -2)' * total.transposed}"
            plain = all(len(module.axes[name]) == 1 for name in (total.left, total.right) if name)
            return f"{text}.copy(order='C')" if plain else f"_shaped({text}, {shape})"
    return None


def _right_row(module: Module, right: str, span: Span) -> str:
    """The row of `span` that holds a right factor, a row of ones if there is none; nothing if it holds no such row."""
    if not right:
        return column_of_ones(span.rows)
    place = module.plan.forward.place[module.plan.forward.operand.get(right, right)]
    return place.row if (place.slab, place.shift) == (span.slab, span.shift) and place.row in span.rows else ""


def _chunk_total(module: Module, total: Total) -> str:
    """What the steps of a chunk add to a total that no matrix product gives."""
    if isinstance(total, OuterTotal):
        return f"_total({_chunk_view(module, total.left)}, rows)"
    both = {**module.plan.forward.place, **module.plan.backward.place}
    timed = {n: _chunk_view(module, n) for n in total.node.operands if n in both and both[n].slab in TIMED}
    fixed = {name: module.calls.hold(name) for name in total.node.operands if name not in timed}
    return general_total(total, timed, fixed)


def _chunk_view(module: Module, name: str) -> str:
    """The steps of a chunk of a value, by axis."""
    scan = module.plan.backward if name in module.plan.backward.place else module.plan.forward
    span = replace(module.span(scan, name), aligned_with=module.axes[name])
    return module.calls.bodies["flow", Phase.AFTER].views.named(span)
