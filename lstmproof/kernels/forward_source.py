"""The function `forward` of an emitted module."""

from __future__ import annotations

from lstmproof.kernels.fixed_source import array_source, matrix_source
from lstmproof.kernels.instructions import Affine
from lstmproof.kernels.layout import FACED, ProductCall, Span
from lstmproof.kernels.module import INDENT, Module
from lstmproof.kernels.scan import ScanPlan
from lstmproof.kernels.snippets import FILLS, batch_last, batch_order, unpack
from lstmproof.kernels.workspace_source import view_of_steps


def forward_source(module: Module) -> str:
    """The function that callers see, and `_forward`, in which the author's names cannot hide the module's own."""
    program, scan = module.program, module.plan.forward
    names = [source.name for source in program.inputs] + [f"{state.label}0" for state in program.states]
    keywords = [source.name for source in program.parameters]
    keywords += [f"{constant.name}={float(constant.default)!r}" for constant in program.constants]
    arrays = ", ".join(f"{name!r}: {name}" for name in module.argument_axes())
    constants = ", ".join(f"{constant.name!r}: {constant.name}" for constant in program.constants)
    lines = [
        f"{module.sizes} = _sizes(arrays)",
        *unpack([module.local[name] for name in module.argument_axes()], "arrays.values()"),
    ]
    lines += [f"{module.local[c.name]} = _scalar({c.name!r}, constants[{c.name!r}])" for c in program.constants]
    lines.append(f"work = _lease({module.sizes})")
    for source in program.inputs:
        module.views[f"input_{source.name}"] = view_of_steps(module.span(scan, source.name), module.calls, source.axes)
        given = module.local[source.name]
        if scan.place[source.name].slab not in FACED:
            given = batch_last(given, 1, len(source.axes))
        lines.append(f"np.copyto(work.input_{source.name}, {given})")
    for state in program.states:
        module.views[f"initial_{state.label}"] = module.one_step(module.span(scan, state.old), state.axes)
        given = batch_last(module.local[f"{state.label}0"], 0, len(state.axes))
        lines.append(f"np.copyto(work.initial_{state.label}, {given})")
    computed = [*_pack(module), *module.phases(scan)]
    lines += ["with np.errstate(over='ignore', under='ignore'):", *(INDENT + line for line in computed)]
    lines.append("return Run(work)")
    within = module.private("_forward")
    signature = ", ".join([*names, *(["*", *keywords] if keywords else [])])
    return "\n".join(
        [
            f"def forward({signature}):",
            *_forward_doc(module),
            f"    return {within}({{{arrays}}}, {{{constants}}})",
            "",
            "",
            f"def {within}(arrays, constants):",
            *(INDENT + line for line in lines),
        ]
    )


def _forward_doc(module: Module) -> list[str]:
    rows = [f"{name}: ({', '.join(axes)}{',' * (len(axes) == 1)})" for name, axes in module.argument_axes().items()]
    rows += [f"{constant.name}: a number" for constant in module.program.constants]
    return [
        '    """Run the cell over a sequence of `time` steps, for each row of the batch.',
        "",
        "    Args:",
        *(f"        {row}" for row in rows),
        "",
        "    Returns a Run. Raises TypeError or ValueError for arguments that do not fit.",
        '    """',
    ]


def _pack(module: Module) -> list[str]:
    """Fixed values, stacked matrices and fixed rows of both scans."""
    lines: list[str] = []
    done: set[str] = set()
    for scan in (module.plan.forward, module.plan.backward):
        for fixed in scan.fixed:
            if fixed.out not in done:
                done.add(fixed.out)
                lines.append(f"{module.fixed_name(fixed.out)} = {array_source(fixed, module.axes, module.fixed_name)}")
    for name, (scan, call) in module.calls.matrices.items():
        lines += _fill_matrix(module, name, scan, call)
    for scan in (module.plan.forward, module.plan.backward):
        for row in scan.fixed_rows:
            attribute = f"{scan.record}_row_{module.calls.slabs.cuts[f'{scan.record}_fixed', row]}"
            module.views[attribute] = module.one_step(Span("fixed", (row,)), module.axes[row], scan.record)
            lines.append(f"work.{attribute}[...] = {module.fixed_name(row)}[..., None]")
    held = ", ".join(f"np.array({module.fixed_name(value)})" for value in module.calls.held)
    if held:
        lines.append(f"{', '.join(module.calls.held.values())}, = work.values = ({held},)")
    return lines + _finite(module)


def _finite(module: Module) -> list[str]:
    """The check that parameters are finite: a glance at where they were copied, a closer look if that is not."""
    forward = module.plan.forward
    copied = {fixed.out for fixed in forward.fixed} | set(forward.fixed_rows)
    matrices = [name for name, (scan, _) in module.calls.matrices.items() if scan is forward]
    for name in matrices:
        for affine in module.calls.matrices[name][1].blocks:
            copied |= {term.matrix for term in affine.terms} | {bias for _, bias in affine.biases}
    glance = [*matrices, *(["work.tape_fixed"] if forward.fixed_rows else [])]
    glance += [module.local[source.name] for source in module.program.parameters if source.name not in copied]
    if not glance:
        return []
    names = ", ".join(f"{s.name!r}: {module.local[s.name]}" for s in module.program.parameters)
    test = " and ".join(f"np.isfinite({each}).all()" for each in glance)
    return [f"if not ({test}):", f"    _refuse_infinite({{{names}}})"]


def _fill_matrix(module: Module, name: str, scan: ScanPlan, call: ProductCall) -> list[str]:
    """Each parameter into its block of a stacked matrix."""
    targets: dict[str, list[str]] = {"": [], "-": [], "+": []}
    sources: dict[str, list[str]] = {"": [], "-": [], "+": []}
    written: set[str] = set()
    for affine in call.blocks:
        rows = module.extent(call.out, scan.place[affine.out].row)
        for columns, sign, source in _blocks(module, affine, scan, call):
            where = f"self.{name}[{rows}, {columns}]"
            kind = "+" if where in written else sign
            targets[kind].append(where)
            sources[kind].append(f"-{source}" if kind == "+" and sign else source)
            written.add(where)
    lines = []
    for kind, (title, action) in FILLS.items():
        if targets[kind]:
            views = "".join(f"\n            {each}," for each in targets[kind])
            module.blocks[f"{name}_{title}"] = f"({views}\n        )"
            lines.append(f"for block, value in zip(work.{name}_{title}, ({', '.join(sources[kind])},)):")
            lines.append(f"    {action}")
    return [*lines, *([f"{name} = work.{name}"] if scan is module.plan.forward else [])]


def _blocks(module: Module, affine: Affine, scan: ScanPlan, call: ProductCall) -> list[tuple[str, str, str]]:
    """For each term and bias, the columns it goes into, its sign, and what goes there."""
    found = []
    for term in affine.terms:
        sign = "-" if term.sign < 0 else ""
        columns = module.extent(call.operands, scan.place[term.vector].row)
        found.append((columns, sign, matrix_source(term, module.axes, module.fixed_name)))
    for minus, bias in affine.biases:
        flat = module.fixed_name(bias) + ("" if len(module.axes[bias]) == 1 else ".reshape(-1)")
        found.append((module.offset(call.operands, affine.ones), "-" if minus < 0 else "", flat))
    return found


def output_source(module: Module) -> str:
    """The function `_output`, which copies an output."""
    lines = ["def _output(work, name):", '    """A copy of an output, (time, batch, ...)."""', "    return {"]
    for output in module.program.outputs:
        span, axes = module.span(module.plan.forward, output.value), module.axes[output.value]
        module.views[f"output_{output.label}"] = view_of_steps(span, module.calls, axes)
        order = "" if span.slab in FACED else f".transpose({batch_order(1, len(axes))})"
        lines.append(f"        {output.label!r}: work.output_{output.label}{order},")
    return "\n".join([*lines, "    }[name].copy(order='C')"])
