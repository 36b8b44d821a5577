"""The functions `backward` and `backward_rows` of an emitted module."""

from __future__ import annotations

from lstmproof.kernels.calls_source import general_total, reads_row
from lstmproof.kernels.instructions import GeneralTotal, OuterTotal
from lstmproof.kernels.layout import ONES, TIMED, UfuncCall
from lstmproof.kernels.lines import marked, result
from lstmproof.kernels.module import INDENT, Module
from lstmproof.kernels.snippets import batch_first, batch_last, steps_first
from lstmproof.kernels.views import size, total_size
from lstmproof.kernels.workspace_source import view_of_steps
from lstmproof.program.nodes import Axes


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
    results = [marked(f"    {label!r}: {text},", [result(label)]) for label, text in _results(module)]
    lines = [
        "work = _work_of(run)",
        f"{module.sizes} = work.key",
        "_check_cotangents(cotangents, work.key)",
    ]
    lines += _cotangents(module)
    lines.append("work.flow[T] = 0")
    if scan.work_rows:
        lines.append("work.flow_work[...] = 0")
    if module.calls.held:
        lines.append(f"{', '.join(module.calls.held.values())}, = work.values")
    lines += ["with np.errstate(over='ignore', under='ignore'):", *(INDENT + line for line in module.phases(scan))]
    lines += _totals(module)
    lines.append("row = (B,) if rows else ()")
    lines += ["return {", *results, "}"]
    doc = '    """`rows` is "b" for parameter gradients of each row of the batch by itself, else empty."""'
    head = f"def {module.private('_gradients')}(run, cotangents, rows):"
    return "\n".join([head, doc, *(INDENT + line for line in lines)])


def _cotangents(module: Module) -> list[str]:
    """Cotangents into their rows; one that is left out is zero where a call does not leave it out too."""
    scan = module.plan.backward
    lines: list[str] = []
    for source in scan.program.inputs:
        readers = [call for calls in scan.calls.values() for call in calls if reads_row(call, source.name)]
        totalled = source.name in _totalled(module)
        if not readers and not totalled:
            continue
        module.views[f"given_{source.label}"] = view_of_steps(module.span(scan, source.name), module.calls, source.axes)
        value = f"cotangents[{source.label!r}]"
        lines += [
            f"{source.label}_given = {value} is not None",
            f"if {source.label}_given:",
            f"    np.copyto(work.given_{source.label}, {batch_last(value, 1, len(source.axes))})",
        ]
        if totalled or not all(isinstance(call, UfuncCall) and call.optional for call in readers):
            lines += ["else:", f"    work.given_{source.label}[...] = 0"]
    return lines


def _totalled(module: Module) -> set[str]:
    """Rows of the flow that gradients of parameters read."""
    names = {row for group in module.plan.groups for row in group.left.rows}
    for shares in module.plan.totals.values():
        for total in shares:
            names |= {total.left} if isinstance(total, OuterTotal) else set(total.node.operands)
    return names


def _totals(module: Module) -> list[str]:
    """The matrix products that give the gradients of matrices and biases."""
    lines = []
    for number, group in enumerate(module.plan.groups, start=1):
        rows, columns = (total_size(module.parts(span.rows)) for span in (group.left, group.right))
        module.views[f"outer_{number}"] = f"np.empty(({rows}, {columns}), DTYPE)"
        for side, span in (("left", group.left), ("right", group.right)):
            module.views[f"{side}_{number}"] = view_of_steps(span, module.calls, None)
            units = total_size(module.parts(span.rows))
            module.views[f"flat_{side}_{number}"] = f"np.empty(({units}, T * B) if B != 1 else 0, DTYPE)"
        lines += [
            "if rows:",
            f"    outer_{number} = _outer_rows(work.left_{number}, work.right_{number})",
            "else:",
            f"    right_{number} = _flat(work.right_{number}, work.flat_right_{number})",
            f"    outer_{number} = np.dot(left_{number}, right_{number}.T, work.outer_{number})",
        ]
    return lines


def _results(module: Module) -> list[tuple[str, str]]:
    scan = module.plan.backward
    found = []
    for source in module.program.parameters:
        shape = f"(*row,{''.join(f' n_{axis},' for axis in source.axes)})"
        shares = [_share(module, total, shape) for total in module.plan.totals[source.label]]
        found.append((source.label, " + ".join(shares) or f"np.zeros({shape}, DTYPE)"))
    for output in scan.program.outputs:
        axes, span = module.axes[output.value], module.span(scan, output.value)
        flat = module.calls.direct.get(span.rows[0]) if span.slab == "result" else None
        if flat is not None:
            module.views[flat] = f"np.empty(({size(axes)}, T * B), DTYPE)"
            found.append((output.label, steps_first(f"work.{flat}", axes)))
            continue
        module.views[f"gradient_{output.label}"] = view_of_steps(span, module.calls, axes)
        found.append((output.label, batch_first(f"work.gradient_{output.label}", 1, len(axes))))
    found += [(f"{state.label}0", _initial(module, state.label, state.axes)) for state in module.program.states]
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


def _share(module: Module, total: OuterTotal | GeneralTotal, shape: str) -> str:
    """One share of a parameter's gradient, of shape `shape`."""
    if isinstance(total, GeneralTotal):
        return f"_array({_general(module, total)}, {shape})"
    if total.left not in module.plan.backward.place:
        return f"_array({module.calls.hold(total.left)} * (T if rows else T * B), {shape})"
    left = module.plan.backward.place[total.left].row
    right = module.plan.forward.operand.get(total.right, total.right) if total.right else ONES
    row = module.plan.forward.place[right].row if right in module.plan.forward.place else ""
    for number, group in enumerate(module.plan.groups, start=1):
        if left in group.left.rows and row in group.right.rows:
            rows = module.extent(group.left, left)
            if not total.right:
                return f"_shaped(outer_{number}[..., {rows}, {module.offset(group.right, row)}], {shape})"
            text = f"outer_{number}[..., {rows}, {module.extent(group.right, row)}]"
            return f"_shaped({text}{'.swapaxes(-1, -2)' * total.transposed}, {shape})"
    return f"_total({_all_steps(module, total.left)}, rows)"


def _general(module: Module, total: GeneralTotal) -> str:
    both = {**module.plan.forward.place, **module.plan.backward.place}
    timed = {n: _all_steps(module, n) for n in total.node.operands if n in both and both[n].slab in TIMED}
    fixed = {name: module.calls.hold(name) for name in total.node.operands if name not in timed}
    return general_total(total, timed, fixed)


def _all_steps(module: Module, name: str) -> str:
    """All steps of a value, by axis, as an attribute of the workspace."""
    scan = module.plan.backward if name in module.plan.backward.place else module.plan.forward
    attribute = "all_" + "".join(c if c.isalnum() else "_" for c in name)
    module.views[attribute] = view_of_steps(module.span(scan, name), module.calls, module.axes[name])
    return f"work.{attribute}"
