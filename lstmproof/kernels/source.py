"""Source: a plan as the text of a Python module that needs NumPy alone."""

from __future__ import annotations

from collections.abc import Sequence

from lstmproof.kernels.calls_source import Body, Calls, calls_source, general_total, reads_row
from lstmproof.kernels.fixed_source import array_source, matrix_source
from lstmproof.kernels.identifiers import identifiers
from lstmproof.kernels.instructions import Affine, GeneralTotal, OuterTotal
from lstmproof.kernels.layout import ONES, ProductCall, Span, UfuncCall
from lstmproof.kernels.phases import Phase
from lstmproof.kernels.placing import ScanPlan
from lstmproof.kernels.plan import Plan
from lstmproof.kernels.snippets import FILLS, batch_first, batch_last, batch_order, table, unpack
from lstmproof.kernels.template import HEAD, TAIL
from lstmproof.kernels.views import total_size
from lstmproof.kernels.workspace_source import view_of_steps, workspace_source
from lstmproof.program.nodes import Axes

INDENT = "    "


def module_source(plan: Plan, dtype: str, header: Sequence[str]) -> str:
    """The module: `forward`, `backward`, `backward_rows`, and the class `Run`.

    Args:
        plan: what to emit.
        dtype: `float64`, `float32`, or `complex128` (of use to complex steps through the forward pass).
        header: lines of the leading comment.
    """
    return _Module(plan).text(dtype, header)


class _Module:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.program = plan.forward.program
        self.calls: Calls = calls_source(plan)
        self.views: dict[str, str] = {}
        """Attributes of the workspace that are views, found while writing the functions."""
        arguments = [*self._argument_axes(), *(constant.name for constant in self.program.constants)]
        self.local = dict(zip(arguments, identifiers(arguments), strict=True))
        """The name of each argument within the module, where its own would hide another."""
        self.fixed_names: dict[str, str] = {}
        self.blocks: dict[str, str] = {}
        """Tuples of views into stacked matrices, for the workspace."""
        self.axes = {**plan.forward.axes, **plan.backward.axes, ONES: ()}
        self.given = {source.name for source in self.program.fixed}
        self.sizes = ", ".join(["T", "B", *(f"n_{axis}" for axis in self.program.axis_names)])

    def text(self, dtype: str, header: Sequence[str]) -> str:
        gradients = self._gradients()
        forward = self._forward()
        outputs = self._output_views()
        workspace = workspace_source(self.calls, self.program.axis_names, {**self.blocks, **self.views})
        literals = [
            f"{name} = np.array({text}, DTYPE)"
            for name, text in self.calls.literals.items()
            if "n_" not in text and text != "-1"
        ]
        head = HEAD.format(
            dtype=dtype,
            arguments=table(self._argument_axes()),
            outputs=table({o.label: ("time", "batch", *self.axes[o.value]) for o in self.program.outputs}),
            axes="".join(f"{axis!r}, " for axis in self.program.axis_names),
        )
        parts = [
            "\n".join(f"# {line}".rstrip() for line in header),
            head.strip("\n") + ("\n\n" + "\n".join(literals) if literals else ""),
            forward,
            self._backward(),
            gradients,
            workspace,
            outputs,
            TAIL.strip("\n"),
        ]
        return "\n\n\n".join(part for part in parts if part) + "\n"

    def _argument_axes(self) -> dict[str, Axes]:
        axes: dict[str, Axes] = {source.name: ("time", "batch", *source.axes) for source in self.program.inputs}
        axes |= {f"{state.label}0": ("batch", *state.axes) for state in self.program.states}
        return axes | {source.name: source.axes for source in self.program.parameters}

    # forward

    def _forward(self) -> str:
        program, scan = self.program, self.plan.forward
        names = [source.name for source in program.inputs] + [f"{state.label}0" for state in program.states]
        keywords = [source.name for source in program.parameters]
        keywords += [f"{constant.name}={float(constant.default)!r}" for constant in program.constants]
        arrays = ", ".join(f"{name!r}: {name}" for name in self._argument_axes())
        constants = ", ".join(f"{constant.name!r}: {constant.name}" for constant in program.constants)
        lines = [
            f"{self.sizes} = _sizes(arrays)",
            *unpack([self.local[name] for name in self._argument_axes()], "arrays.values()"),
        ]
        lines += [f"{self.local[c.name]} = _scalar({c.name!r}, constants[{c.name!r}])" for c in program.constants]
        lines.append(f"work = _lease({self.sizes})")
        for source in program.inputs:
            self.views[f"input_{source.name}"] = view_of_steps(self._span(scan, source.name), self.calls, source.axes)
            given = batch_last(self.local[source.name], 1, len(source.axes))
            lines.append(f"np.copyto(work.input_{source.name}, {given})")
        for state in program.states:
            self.views[f"initial_{state.label}"] = self._one_step(self._span(scan, state.old), state.axes)
            given = batch_last(self.local[f"{state.label}0"], 0, len(state.axes))
            lines.append(f"np.copyto(work.initial_{state.label}, {given})")
        lines += self._pack()
        lines += ["with np.errstate(over='ignore', under='ignore'):", *(INDENT + line for line in self._phases(scan))]
        lines.append("return Run(work)")
        signature = ", ".join([*names, *(["*", *keywords] if keywords else [])])
        return "\n".join(
            [
                f"def forward({signature}):",
                *self._forward_doc(),
                f"    return _forward({{{arrays}}}, {{{constants}}})",
                "",
                "",
                "def _forward(arrays, constants):",
                *(INDENT + line for line in lines),
            ]
        )

    def _forward_doc(self) -> list[str]:
        rows = [f"{name}: ({', '.join(axes)}{',' * (len(axes) == 1)})" for name, axes in self._argument_axes().items()]
        rows += [f"{constant.name}: a number" for constant in self.program.constants]
        return [
            '    """Run the cell over a sequence of `time` steps, for each row of the batch.',
            "",
            "    Args:",
            *(f"        {row}" for row in rows),
            "",
            "    Returns a Run. Raises TypeError or ValueError for arguments that do not fit.",
            '    """',
        ]

    def _span(self, scan: ScanPlan, name: str) -> Span:
        place = scan.place[name]
        return Span(place.slab, (place.row,), place.shift)

    def _one_step(self, span: Span, axes: Axes, scan: str = "tape") -> str:
        """The first step of a row, or a row of the work slab, as (*axes, B)."""
        timed = span.slab in ("tape", "flow")
        slab = span.slab if timed else f"{scan}_{span.slab}"
        cut = self.calls.slabs.cut(Span(slab, span.rows))
        dims = "".join(f"n_{axis}, " for axis in axes)
        return f"{slab}[{'0, ' if timed else ''}{cut}].reshape({dims}B)"

    def _pack(self) -> list[str]:
        """Fixed values, stacked matrices and fixed rows of both scans."""
        lines: list[str] = []
        done: set[str] = set()
        for scan in (self.plan.forward, self.plan.backward):
            for fixed in scan.fixed:
                if fixed.out not in done:
                    done.add(fixed.out)
                    lines.append(f"{self._fixed_name(fixed.out)} = {array_source(fixed, self.axes, self._fixed_name)}")
        for name, (scan, call) in self.calls.matrices.items():
            lines += self._fill_matrix(name, scan, call)
        for scan in (self.plan.forward, self.plan.backward):
            for row in scan.fixed_rows:
                attribute = f"{scan.record}_row_{self.calls.slabs.cuts[f'{scan.record}_fixed', row]}"
                self.views[attribute] = self._one_step(Span("fixed", (row,)), self.axes[row], scan.record)
                lines.append(f"work.{attribute}[...] = {self._fixed_name(row)}[..., None]")
        held = ", ".join(f"np.array({self._fixed_name(value)})" for value in self.calls.held)
        if held:
            lines.append(f"{', '.join(self.calls.held.values())}, = work.values = ({held},)")
        return lines + self._finite()

    def _finite(self) -> list[str]:
        """The check that parameters are finite: a glance at where they were copied, a closer look if that is not."""
        forward = self.plan.forward
        copied = {fixed.out for fixed in forward.fixed} | set(forward.fixed_rows)
        matrices = [name for name, (scan, _) in self.calls.matrices.items() if scan is forward]
        for name in matrices:
            for affine in self.calls.matrices[name][1].blocks:
                copied |= {term.matrix for term in affine.terms} | {bias for _, bias in affine.biases}
        glance = [*matrices, *(["work.tape_fixed"] if forward.fixed_rows else [])]
        glance += [self.local[source.name] for source in self.program.parameters if source.name not in copied]
        if not glance:
            return []
        names = ", ".join(f"{s.name!r}: {self.local[s.name]}" for s in self.program.parameters)
        test = " and ".join(f"np.isfinite({each}).all()" for each in glance)
        return [f"if not ({test}):", f"    _refuse_infinite({{{names}}})"]

    def _fixed_name(self, name: str) -> str:
        if name in self.given:
            return self.local[name]
        if name not in self.fixed_names:
            self.fixed_names[name] = f"fixed_{len(self.fixed_names) + 1}"
        return self.fixed_names[name]

    def _fill_matrix(self, name: str, scan: ScanPlan, call: ProductCall) -> list[str]:
        """Each parameter into its block of a stacked matrix."""
        targets: dict[str, list[str]] = {"": [], "-": [], "+": []}
        sources: dict[str, list[str]] = {"": [], "-": [], "+": []}
        written: set[str] = set()
        for affine in call.blocks:
            rows = self._extent(call.out, scan.place[affine.out].row)
            for columns, sign, source in self._blocks(affine, scan, call):
                where = f"self.{name}[{rows}, {columns}]"
                kind = "+" if where in written else sign
                targets[kind].append(where)
                sources[kind].append(f"-{source}" if kind == "+" and sign else source)
                written.add(where)
        lines = []
        for kind, (title, action) in FILLS.items():
            if targets[kind]:
                views = "".join(f"\n            {each}," for each in targets[kind])
                self.blocks[f"{name}_{title}"] = f"({views}\n        )"
                lines.append(f"for block, value in zip(work.{name}_{title}, ({', '.join(sources[kind])},)):")
                lines.append(f"    {action}")
        return [*lines, *([f"{name} = work.{name}"] if scan is self.plan.forward else [])]

    def _blocks(self, affine: Affine, scan: ScanPlan, call: ProductCall) -> list[tuple[str, str, str]]:
        """For each term and bias, the columns it goes into, its sign, and what goes there."""
        found = []
        for term in affine.terms:
            sign = "-" if term.sign < 0 else ""
            columns = self._extent(call.operands, scan.place[term.vector].row)
            found.append((columns, sign, matrix_source(term, self.axes, self._fixed_name)))
        for minus, bias in affine.biases:
            flat = self._fixed_name(bias) + ("" if len(self.axes[bias]) == 1 else ".reshape(-1)")
            found.append((self._offset(call.operands, affine.ones), "-" if minus < 0 else "", flat))
        return found

    def _offset(self, span: Span, row: str) -> str:
        return total_size(self._parts(span.rows[: span.rows.index(row)]))

    def _extent(self, span: Span, row: str) -> str:
        """The rows of a matrix, one for each unit of the span, that belong to one of its values."""
        at = span.rows.index(row)
        start, stop = (total_size(self._parts(span.rows[:end])) for end in (at, at + 1))
        return f"{start}:{stop}"

    def _parts(self, rows: Sequence[str]) -> list[Axes]:
        return [self.axes[row] for row in rows]

    # the phases of a scan

    def _phases(self, scan: ScanPlan) -> list[str]:
        before, loop, after = (self.calls.bodies[scan.record, p] for p in (Phase.BEFORE, Phase.LOOP, Phase.AFTER))
        used = dict.fromkeys(ufunc for body in (before, loop, after) for ufunc in body.ufuncs)
        lines = [f"{', '.join(used)} = {', '.join(f'np.{ufunc}' for ufunc in used)}"] if used else []
        lines += [f"{name} = np.array({text}, DTYPE)" for name, text in self.calls.literals.items() if "n_" in text]
        if loop.lines:
            lines += unpack(loop.still, f"work.{scan.record}_still")
            lines += [
                f"dot_{name} = work.{name}.dot"
                for name, (owner, call) in self.calls.matrices.items()
                if owner is scan and call.phase == Phase.LOOP
            ]
        if scan.record == "tape":
            lines += self._whole(before, "work.tape_before")
            lines += self._loop(loop, "work.tape_steps")
        else:
            chunk = [*before.lines, *self._loop(loop, "reversed(work.flow_steps[lo:hi])")]
            if chunk:
                names = ["lo", "hi", *before.views.expressions]
                lines += [f"for {', '.join(names)} in reversed(work.flow_chunks):", *(INDENT + line for line in chunk)]
        return (lines + self._whole(after, f"work.{scan.record}_after")) or ["pass"]

    def _whole(self, body: Body, views: str) -> list[str]:
        return [*unpack(tuple(body.views.expressions), views), *body.lines]

    def _loop(self, body: Body, steps: str) -> list[str]:
        if not body.lines:
            return []
        names = body.varying
        target = "_" if not names else f"({names[0]},)" if len(names) == 1 else ", ".join(names)
        return [f"for {target} in {steps}:", *(INDENT + line for line in body.lines)]

    # backward

    def _backward(self) -> str:
        labels = [output.label for output in self.program.outputs]
        keywords = "".join(f", {label}=None" for label in labels)
        passed = ", ".join(f"{label!r}: {label}" for label in labels)
        return "\n".join(
            [
                f"def backward(_run, /, *{keywords}):",
                '    """Gradients of the sum over all outputs of `sum(cotangent * output)`, by name.',
                "",
                "    A cotangent has the shape of its output, (time, batch, ...); one that is left out is zero.",
                "    Gradients have the shapes of the arguments of `forward`.",
                '    """',
                f"    return _gradients(_run, {{{passed}}}, '')",
                "",
                "",
                f"def backward_rows(_run, /, *{keywords}):",
                '    """The same, but the gradients of parameters apart for each row of the batch: (batch, ...)."""',
                f"    return _gradients(_run, {{{passed}}}, 'b')",
            ]
        )

    def _gradients(self) -> str:
        scan = self.plan.backward
        results = [f"    {label!r}: {text}," for label, text in self._results()]
        lines = [
            "work = run._work",
            f"{self.sizes} = work.key",
            "_check_cotangents(cotangents, work.key)",
        ]
        lines += self._cotangents()
        lines.append("work.flow[T] = 0")
        if scan.work_rows:
            lines.append("work.flow_work[...] = 0")
        if self.calls.held:
            lines.append(f"{', '.join(self.calls.held.values())}, = work.values")
        lines += ["with np.errstate(over='ignore', under='ignore'):", *(INDENT + line for line in self._phases(scan))]
        lines += self._totals()
        lines.append("row = (B,) if rows else ()")
        lines += ["return {", *results, "}"]
        doc = '    """`rows` is "b" for parameter gradients of each row of the batch by itself, else empty."""'
        return "\n".join(["def _gradients(run, cotangents, rows):", doc, *(INDENT + line for line in lines)])

    def _cotangents(self) -> list[str]:
        """Cotangents into their rows; one that is left out is zero where a call does not leave it out too."""
        scan = self.plan.backward
        lines: list[str] = []
        for source in scan.program.inputs:
            readers = [call for calls in scan.calls.values() for call in calls if reads_row(call, source.name)]
            totalled = source.name in self._totalled()
            if not readers and not totalled:
                continue
            self.views[f"given_{source.label}"] = view_of_steps(self._span(scan, source.name), self.calls, source.axes)
            value = f"cotangents[{source.label!r}]"
            lines += [
                f"{source.label}_given = {value} is not None",
                f"if {source.label}_given:",
                f"    np.copyto(work.given_{source.label}, {batch_last(value, 1, len(source.axes))})",
            ]
            if totalled or not all(isinstance(call, UfuncCall) and call.optional for call in readers):
                lines += ["else:", f"    work.given_{source.label}[...] = 0"]
        return lines

    def _totalled(self) -> set[str]:
        """Rows of the flow that gradients of parameters read."""
        names = {row for group in self.plan.groups for row in group.left.rows}
        for shares in self.plan.totals.values():
            for total in shares:
                names |= {total.left} if isinstance(total, OuterTotal) else set(total.node.operands)
        return names

    def _totals(self) -> list[str]:
        """The matrix products that give the gradients of matrices and biases."""
        lines = []
        for number, group in enumerate(self.plan.groups, start=1):
            for side, span in (("left", group.left), ("right", group.right)):
                self.views[f"{side}_{number}"] = view_of_steps(span, self.calls, None)
                units = total_size(self._parts(span.rows))
                self.views[f"flat_{side}_{number}"] = f"np.empty(({units}, T * B) if B != 1 else 0, DTYPE)"
            lines += [
                "if rows:",
                f"    outer_{number} = _outer_rows(work.left_{number}, work.right_{number})",
                "else:",
                f"    outer_{number} = np.dot(left_{number}, _flat(work.right_{number}, work.flat_right_{number}).T)",
            ]
        return lines

    def _results(self) -> list[tuple[str, str]]:
        scan = self.plan.backward
        found = []
        for source in self.program.parameters:
            shape = f"(*row,{''.join(f' n_{axis},' for axis in source.axes)})"
            shares = [self._share(total, shape) for total in self.plan.totals[source.label]]
            found.append((source.label, " + ".join(shares) or f"np.zeros({shape}, DTYPE)"))
        for output in scan.program.outputs:
            axes = self.axes[output.value]
            self.views[f"gradient_{output.label}"] = view_of_steps(self._span(scan, output.value), self.calls, axes)
            found.append((output.label, batch_first(f"work.gradient_{output.label}", 1, len(axes))))
        found += [(f"{state.label}0", self._initial(state.label, state.axes)) for state in self.program.states]
        return found

    def _initial(self, label: str, axes: Axes) -> str:
        """The gradient of an initial state: what the first step handed on."""
        scan = self.plan.backward
        state = next((each for each in scan.program.states if each.label == label), None)
        if state is None:
            return f"np.zeros((B{''.join(f', n_{axis}' for axis in axes)}{',' * (not axes)}), DTYPE)"
        span = self._span(scan, state.new)
        self.views[f"gradient_{label}0"] = self._one_step(span, axes, "flow")
        return batch_first(f"work.gradient_{label}0", 0, len(axes))

    def _share(self, total: OuterTotal | GeneralTotal, shape: str) -> str:
        """One share of a parameter's gradient, of shape `shape`."""
        if isinstance(total, GeneralTotal):
            return f"_array({self._general(total)}, {shape})"
        if total.left not in self.plan.backward.place:
            return f"_array({self.calls.hold(total.left)} * (T if rows else T * B), {shape})"
        left = self.plan.backward.place[total.left].row
        right = self.plan.forward.operand.get(total.right, total.right) if total.right else ONES
        row = self.plan.forward.place[right].row if right in self.plan.forward.place else ""
        for number, group in enumerate(self.plan.groups, start=1):
            if left in group.left.rows and row in group.right.rows:
                rows = self._extent(group.left, left)
                if not total.right:
                    return f"_shaped(outer_{number}[..., {rows}, {self._offset(group.right, row)}], {shape})"
                text = f"outer_{number}[..., {rows}, {self._extent(group.right, row)}]"
                return f"_shaped({text}{'.swapaxes(-1, -2)' * total.transposed}, {shape})"
        return f"_total({self._all_steps(total.left)}, rows)"

    def _general(self, total: GeneralTotal) -> str:
        both = {**self.plan.forward.place, **self.plan.backward.place}
        timed = {n: self._all_steps(n) for n in total.node.operands if n in both and both[n].slab in ("tape", "flow")}
        fixed = {name: self.calls.hold(name) for name in total.node.operands if name not in timed}
        return general_total(total, timed, fixed)

    def _all_steps(self, name: str) -> str:
        """All steps of a value, by axis, as an attribute of the workspace."""
        scan = self.plan.backward if name in self.plan.backward.place else self.plan.forward
        attribute = "all_" + "".join(c if c.isalnum() else "_" for c in name)
        self.views[attribute] = view_of_steps(self._span(scan, name), self.calls, self.axes[name])
        return f"work.{attribute}"

    def _output_views(self) -> str:
        lines = ["def _output(work, name):", '    """A copy of an output, (time, batch, ...)."""', "    return {"]
        for output in self.program.outputs:
            span, axes = self._span(self.plan.forward, output.value), self.axes[output.value]
            self.views[f"output_{output.label}"] = view_of_steps(span, self.calls, axes)
            lines.append(
                f"        {output.label!r}: work.output_{output.label}.transpose({batch_order(1, len(axes))}),"
            )
        return "\n".join([*lines, "    }[name].copy(order='C')"])
