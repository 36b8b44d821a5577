"""Source: a plan as the text of a Python module that needs NumPy alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lstmproof.kernels.fixed_source import array_source, matrix_source
from lstmproof.kernels.instructions import GeneralTotal, Literal, OuterTotal
from lstmproof.kernels.layout import ONES, Call, EinsumCall, ProductCall, Span, UfuncCall
from lstmproof.kernels.phases import Phase
from lstmproof.kernels.placing import SCALAR, ScanPlan
from lstmproof.kernels.plan import Plan
from lstmproof.kernels.template import HEAD, TAIL
from lstmproof.kernels.views import Slabs, ViewTable, size, slabs
from lstmproof.program.nodes import Axes, Program

INDENT = "    "


@dataclass(frozen=True)
class Body:
    """Source lines of one phase, the views they use, and the ufuncs they call."""

    lines: tuple[str, ...]
    views: ViewTable
    ufuncs: tuple[str, ...]


class Writer:
    """Writes the module of one plan."""

    def __init__(self, plan: Plan, dtype: str, header: Sequence[str]) -> None:
        self.plan, self.dtype, self.header = plan, dtype, header
        self.slabs: Slabs = slabs(plan.forward, plan.backward)
        self.axis_names = axis_names(plan.forward.program)
        self.matrices: dict[str, tuple[str, ScanPlan, ProductCall]] = {}
        self.literals: dict[str, str] = {}
        self.bodies = {
            (scan.record, phase): self._body(scan, phase)
            for scan in (plan.forward, plan.backward)
            for phase in (Phase.BEFORE, Phase.LOOP, Phase.AFTER)
        }

    def module(self) -> str:
        program = self.plan.forward.program
        shapes = {source.name: ("T", "B", *source.axes) for source in program.inputs}
        shapes |= {f"{state.label}0": ("B", *state.axes) for state in program.states}
        shapes |= {source.name: source.axes for source in program.parameters}
        table = "".join(f"    {name!r}: {axes!r},\n" for name, axes in shapes.items())
        outputs = "".join(
            f"    {o.label!r}: {('T', 'B', *self.plan.forward.axes[o.value])!r},\n" for o in program.outputs
        )
        parts = [
            "\n".join(f"# {line}".rstrip() for line in self.header),
            HEAD.format(dtype=self.dtype, shapes=table, outputs=outputs, axes=", ".join(map(repr, self.axis_names))),
            self._workspace(),
            self._forward(),
            self._backward(),
            TAIL,
        ]
        return "\n\n\n".join(part.strip("\n") for part in parts) + "\n"

    # ---- calls -------------------------------------------------------------------------------------------------

    def _body(self, scan: ScanPlan, phase: Phase) -> Body:
        views = ViewTable(self.slabs, scan.record, by_step=phase == Phase.LOOP)
        lines: list[str] = []
        ufuncs: dict[str, None] = {}
        for call in scan.calls[phase]:
            lines += self._call(call, scan, views, ufuncs)
        return Body(tuple(lines), views, tuple(ufuncs))

    def _call(self, call: Call, scan: ScanPlan, views: ViewTable, ufuncs: dict[str, None]) -> list[str]:
        if isinstance(call, ProductCall):
            return self._product(call, scan, views)
        if isinstance(call, EinsumCall):
            return self._einsum(call, scan, views, ufuncs)
        ufuncs[call.ufunc] = None
        out = views.named(call.out)
        arguments = [self._argument(argument, views) for argument in call.arguments]
        line = f"{call.ufunc}({', '.join(arguments)}, {out})"
        return [f"if {call.optional}_given:", INDENT + line] if call.optional else [line]

    def _argument(self, argument: Span | Literal, views: ViewTable) -> str:
        if isinstance(argument, Span):
            return views.named(argument)
        if argument.axis:
            return self._literal(f"n_{argument.axis}")
        if argument.text.startswith(SCALAR):
            return f"fixed_{argument.text.removeprefix(SCALAR)}"
        return self._literal(argument.text)

    def _literal(self, text: str) -> str:
        """The name of a number: NumPy takes 0-d arrays faster than Python numbers."""
        if text not in self.literals:
            words = {"0": "zero", "1": "one", "2": "two", "0.5": "half"}
            self.literals[text] = words.get(text, f"number_{len(self.literals)}")
        return self.literals[text]

    def _product(self, call: ProductCall, scan: ScanPlan, views: ViewTable) -> list[str]:
        name = f"matrix_{len(self.matrices) + 1}"
        self.matrices[name] = (name, scan, call)
        operands, out = views.named(call.operands, matrix=True), views.named(call.out, matrix=True)
        if call.phase == Phase.LOOP:
            return [f"dot_{name}({operands}, {out})"]
        return [f"_product({name}, {operands}, {out})"]

    def _einsum(self, call: EinsumCall, scan: ScanPlan, views: ViewTable, ufuncs: dict[str, None]) -> list[str]:
        node = call.instruction.node
        letters: dict[str, str] = {}
        for index in (*node.indices, *(index for factor in node.factors for index in factor.indices)):
            letters.setdefault(index, "acdefghijklmnopqrsuvwxyz"[len(letters)])
        steps = "" if call.phase == Phase.LOOP else "t"
        terms, arguments = [], []
        for factor, span in zip(node.factors, call.arguments, strict=True):
            own = "".join(letters[index] for index in factor.indices)
            if span.slab == "array":
                terms.append(own)
                arguments.append(f"fixed_{factor.name}")
            else:
                timed = steps if span.slab not in ("work", "fixed") else ""
                terms.append(f"{timed}{own}b")
                arguments.append(views.named(span))
        borne = {index for factor in node.factors for index in factor.indices}
        kept = "".join(letters[index] for index in node.indices if index in borne)
        out = views.named(call.out)
        ufuncs["einsum"] = None
        spec = f"{','.join(terms)}->{steps}{kept}b"
        if all(index in borne for index in node.indices):
            return [f"einsum({spec!r}, {', '.join(arguments)}, out={out})"]
        where = ", ".join(":" if index in borne else "None" for index in node.indices)
        lead = ":, " if steps else ""
        return [f"{out}[...] = einsum({spec!r}, {', '.join(arguments)})[{lead}{where}, :]"]

    # ---- workspace ---------------------------------------------------------------------------------------------

    def _workspace(self) -> str:
        sizes = ", ".join(f"n_{axis}" for axis in self.axis_names)
        lines = [
            "class _Workspace:",
            '    """The memory of one run, with a view for every operand of every step."""',
            "",
            f"    def __init__(self, T, B{', ' if sizes else ''}{sizes}):",
            f"        self.key = (T, B{', ' if sizes else ''}{sizes})",
        ]
        for slab in ("tape", "tape_work", "tape_fixed", "flow", "flow_work", "flow_fixed"):
            lines += self._slab(slab)
        for scan in (self.plan.forward, self.plan.backward):
            lines += [INDENT * 2 + line for line in self._matrix_memory(scan)]
        for scan in (self.plan.forward, self.plan.backward):
            lines += [INDENT * 2 + line for line in self._step_views(scan)]
        return "\n".join(lines)

    def _slab(self, slab: str) -> list[str]:
        rows = self.slabs.rows[slab]
        cuts = [self.slabs.cuts[slab, row] for row in rows]
        sizes = ", ".join(size(self.slabs.axes[row]) for row in rows)
        timed = "_" not in slab
        shape = "(T + 1, width)" if timed else "width"
        lines = [f"# {_SLABS[slab]}"]
        if rows:
            lines.append(f"{', '.join(cuts)}, width = _rows(B, {sizes})")
        else:
            lines.append("width = 0")
        lines.append(f"self.{slab} = {slab} = np.zeros({shape}, DTYPE)")
        if slab == "tape" and ONES in rows:
            lines.append(f"tape[:, {self.slabs.cuts['tape', ONES]}] = 1")
        lines.append(f"self.{slab}_cuts = {{{', '.join(f'{row!r}: {cut}' for row, cut in zip(rows, cuts, strict=True))}}}")
        return [INDENT * 2 + line for line in lines]

    def _matrix_memory(self, scan: ScanPlan) -> list[str]:
        """Stacked matrices, zero where no parameter goes, and the view where each goes."""
        lines = []
        for name, owner, call in self.matrices.values():
            if owner is not scan:
                continue
            actual = self._local(scan, call.out)
            rows = " + ".join(size(self.slabs.axes[row]) for row in actual.rows)
            columns = " + ".join(size(self.slabs.axes[row]) for row in call.operands.rows)
            lines.append(f"self.{name} = np.zeros(({rows}, {columns}), DTYPE)")
        return lines

    def _local(self, scan: ScanPlan, span: Span) -> Span:
        slab = f"{scan.record}_{span.slab}" if span.slab in ("work", "fixed") else span.slab
        return Span(slab, span.rows, span.shift)

    def _step_views(self, scan: ScanPlan) -> list[str]:
        body = self.bodies[scan.record, Phase.LOOP]
        varying = [name for name in body.views.expressions if name in body.views.varying]
        lines = [f"self.{scan.record}_steps = ["]
        if varying:
            lines += ["    ("]
            lines += [f"        {body.views.expressions[name]}," for name in varying]
            lines += ["    )", "    for t in range(T)"]
        lines += ["]"]
        return lines

    # ---- forward -----------------------------------------------------------------------------------------------

    def _signature(self) -> str:
        program = self.plan.forward.program
        names = [source.name for source in program.inputs] + [f"{state.label}0" for state in program.states]
        keywords = [source.name for source in program.parameters]
        keywords += [f"{constant.name}={float(constant.default)!r}" for constant in program.constants]
        return ", ".join(names + (["*", *keywords] if keywords else []))

    def _forward(self) -> str:
        scan = self.plan.forward
        program = scan.program
        constants = [constant.name for constant in program.constants]
        arrays = [s.name for s in program.inputs] + [f"{s.label}0" for s in program.states]
        arrays += [source.name for source in program.parameters]
        unpack = ", ".join(["T", "B", *(f"n_{axis}" for axis in self.axis_names)])
        lines = [
            f"def forward({self._signature()}):",
            *(INDENT + line for line in self._forward_doc()),
            f"    {unpack} = _sizes({{{', '.join(f'{name!r}: {name}' for name in arrays)}}})",
        ]
        lines += [f"    {name} = _scalar({name!r}, {name})" for name in constants]
        lines += [
            f"    work = _lease({unpack})",
            "    tape, at = work.tape, work.tape_cuts",
        ]
        for source in program.inputs:
            lines.append(f"    _put_steps(tape[:T, at[{source.name!r}]], {source.name})")
        for state in program.states:
            row = scan.place[state.old].row
            lines.append(f"    _put(tape[0, at[{row!r}]], {state.label}0)")
        lines += [INDENT + line for line in self._pack()]
        lines += self._scan_source(scan)
        lines += ["    return Run(work)"]
        return "\n".join(lines)

    def _forward_doc(self) -> list[str]:
        program = self.plan.forward.program
        rows = [(s.name, ("T", "batch", *s.axes)) for s in program.inputs]
        rows += [(f"{s.label}0", ("batch", *s.axes)) for s in program.states]
        rows += [(s.name, s.axes) for s in program.parameters]
        return [
            '"""Run the cell over a sequence and return a Run, which holds the trajectories and what `backward` needs.',
            "",
            "Args:",
            *(f"    {name}: ({', '.join(axes)}{',' if len(axes) == 1 else ''})" for name, axes in rows),
            *(f"    {constant.name}: a number" for constant in program.constants),
            '"""',
        ]

    def _pack(self) -> list[str]:
        """Fixed values, stacked matrices and fixed rows of both scans, checked to be finite."""
        lines: list[str] = []
        done: set[str] = set()
        for scan in (self.plan.forward, self.plan.backward):
            for source in (*scan.program.parameters, *scan.program.constants):
                if source.name not in done:
                    done.add(source.name)
            for fixed in scan.fixed:
                if fixed.out not in done:
                    done.add(fixed.out)
                    lines.append(f"{self._fixed_name(fixed.out)} = {array_source(fixed, scan.axes, self._fixed_name)}")
        for name, scan, call in self.matrices.values():
            lines += self._fill_matrix(name, scan, call)
        for scan in (self.plan.forward, self.plan.backward):
            slab = f"{scan.record}_fixed"
            for row in scan.fixed_rows:
                cut = f"work.{slab}_cuts[{row!r}]"
                lines.append(f"_spread(work.{slab}[{cut}], {self._fixed_name(row)})")
        names = [source.name for source in self.plan.forward.program.parameters]
        lines.append(f"_check_finite({{{', '.join(f'{name!r}: {name}' for name in names)}}}, work)")
        return lines

    def _fixed_name(self, name: str) -> str:
        program = self.plan.forward.program
        given = {source.name for source in (*program.parameters, *program.constants)}
        return name if name in given else "fixed_" + "".join(c if c.isalnum() else "_" for c in name)

    def _fill_matrix(self, name: str, scan: ScanPlan, call: ProductCall) -> list[str]:
        lines = [f"{name} = work.{name}"]
        row = "0"
        for affine in call.blocks:
            height = size(scan.axes[affine.out])
            rows = f"{row}:{_plus(row, height)}"
            for term in affine.terms:
                place = scan.place[term.vector]
                start = self._offset(call.operands, place.row)
                target = f"{name}[{rows}, {start}:{_plus(start, size(scan.axes[term.vector]))}]"
                source = matrix_source(term, scan.axes, self._fixed_name)
                lines.append(f"{target} {'+' if self._repeats(affine, term.vector) else ''}= {'-' if term.sign < 0 else ''}{source}")
            for sign, bias in affine.biases:
                start = self._offset(call.operands, ONES)
                flat = self._fixed_name(bias) + ("" if len(scan.axes[bias]) == 1 else ".reshape(-1)")
                twice = len(affine.biases) > 1 and bias != affine.biases[0][1]
                lines.append(f"{name}[{rows}, {start}] {'+' if twice else ''}= {'-' if sign < 0 else ''}{flat}")
            row = _plus(row, height)
        return lines

    def _repeats(self, affine: object, vector: str) -> bool:
        terms = [term for term in affine.terms if term.vector == vector]  # type: ignore[attr-defined]
        return len(terms) > 1

    def _offset(self, span: Span, row: str) -> str:
        before = span.rows[: span.rows.index(row)]
        return " + ".join(size(self.slabs.axes[each]) for each in before) or "0"

    def _scan_source(self, scan: ScanPlan) -> list[str]:
        """The three phases of a scan."""
        lines: list[str] = []
        used = dict.fromkeys(
            u for phase in (Phase.BEFORE, Phase.LOOP, Phase.AFTER) for u in self.bodies[scan.record, phase].ufuncs
        )
        if used:
            lines.append(f"    {', '.join(used)} = {', '.join(f'np.{ufunc}' for ufunc in used)}")
        return lines


_SLABS = {
    "tape": "Every step: what the backward pass, or the next step, reads. A row is all units of a value, batch last.",
    "tape_work": "One step of the forward pass.",
    "tape_fixed": "Parameters that meet values of a step elementwise, repeated over the batch.",
    "flow": "Every step of the backward pass: coefficients, which the loop turns into cotangents in place.",
    "flow_work": "One step of the backward pass.",
    "flow_fixed": "Parameters that meet cotangents elementwise, repeated over the batch.",
}


def _plus(a: str, b: str) -> str:
    return b if a == "0" else f"{a} + {b}"


def axis_names(program: Program) -> tuple[str, ...]:
    return program.axis_names
