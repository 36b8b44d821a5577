"""Placing: every value of a scan gets its row, and the instructions of each phase become calls on spans of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from lstmproof.kernels.facing import Faced, faced_results
from lstmproof.kernels.instructions import Affine, Argument, Instruction, Literal, Ufunc, renamed
from lstmproof.kernels.layout import (
    FACED,
    ONES,
    Packing,
    Place,
    Rows,
    best_cover,
    complete,
    gathered,
    grouped,
    levels,
    strangers,
    together,
)
from lstmproof.kernels.lower import Lowered
from lstmproof.kernels.phases import Phase
from lstmproof.kernels.scan import HELD, ScanPlan
from lstmproof.kernels.search import search


def place(
    lowered: Lowered,
    record: str,
    *,
    outside: Collection[str],
    operand_sets: Sequence[tuple[str, ...]],
    beside: Collection[str] = (),
    faced: Sequence[Faced] = (),
    ones: bool = False,
    tape: ScanPlan | None = None,
    tries: int,
) -> ScanPlan:
    """Place the values of one scan.

    Args:
        lowered: its instructions.
        record: name of its slab.
        outside: values that are read after the loop, by another scan or by totals.
        operand_sets: rows that matrix products outside the scan take together.
        beside: those of them that lie beside others.
        faced: inputs that stay in the caller's layout.
        ones: whether those products want a row of ones.
        tape: for a backward scan, the forward one.
        tries: orders of the rows that are looked at.
    """
    draft = _Draft(lowered, record, tape)
    draft.face(faced)
    draft.separate_operands(beside)
    draft.gather_operands(ones)
    draft.share_rows()
    draft.settle(set(outside) | {name for names in operand_sets for name in names})
    return draft.packed([tuple(draft.operand.get(name, name) for name in names) for names in operand_sets], tries)


@dataclass
class _Draft:
    lowered: Lowered
    record: str
    tape: ScanPlan | None
    operand: dict[str, str] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    shared: list[tuple[str, ...]] = field(default_factory=list)
    """The operands of products that read rows in common."""
    ones: list[str] = field(default_factory=list)
    """Rows of ones."""
    faced_ones: dict[str, str] = field(default_factory=dict)
    """The column of ones beside each input in the caller's layout that has one."""

    @property
    def backward(self) -> bool:
        return self.tape is not None

    def own(self, name: str) -> bool:
        """Whether a value belongs to this scan and changes from step to step."""
        foreign = self.tape is not None and name in self.tape.place
        return not foreign and (name == ONES or self.lowered.phase[name] != Phase.FIXED)

    def face(self, faced: Sequence[Faced]) -> None:
        """Give inputs places in the caller's layout, with a column of ones where their products have biases."""
        slab = "cotangent" if self.backward else "inputs"
        for each in faced:
            columns = (*each.names, *([each.column_of_ones] if each.ones else []))
            self.places |= {name: Place(slab, name) for name in columns}
            if each.ones:
                self.faced_ones |= dict.fromkeys(each.names, each.column_of_ones)
                self.lowered.axes[each.column_of_ones] = ()
        self.lowered.instructions = [
            replace(i, ones=self.faced_ones.get(i.reads[0], i.ones)) if isinstance(i, Affine) else i
            for i in self.lowered.instructions
        ]

    def separate_operands(self, wanted: Collection[str]) -> None:
        """Repeat a new state that a product of the same step reads: its own row lies a step further on."""
        if self.backward:
            return
        new = {state.new for state in self.lowered.program.states}
        affines = [i for i in self.lowered.instructions if isinstance(i, Affine)]
        read = {term.vector for affine in affines for term in affine.terms} | set(wanted)
        for name in sorted(read & new):
            copy = f"{name}.operand"
            self.operand[name] = copy
            self.lowered.axes[copy] = self.lowered.axes[name]
            self.lowered.phase[copy] = self.lowered.phase[name]
        last = {instruction.out: at for at, instruction in enumerate(self.lowered.instructions)}
        instructions: list[Instruction] = []
        for at, instruction in enumerate(self.lowered.instructions):
            if isinstance(instruction, Affine):
                terms = tuple(replace(t, vector=self.operand.get(t.vector, t.vector)) for t in instruction.terms)
                instruction = replace(instruction, terms=terms)
            instructions.append(instruction)
            if instruction.out in self.operand and last[instruction.out] == at:
                copy = self.operand[instruction.out]
                instructions.append(Ufunc(self.lowered.phase[copy], "positive", copy, (instruction.out,)))
        self.lowered.instructions = instructions

    def gather_operands(self, ones: bool) -> None:
        """Repeat the operands of a product for it alone where no order puts those of every product side by side."""
        if not self.backward and (ones or any(affine.biases for group in self._product_groups() for affine in group)):
            self.ones.append(ONES)
        sets = self.shared
        for number, group in enumerate(self._product_groups()):
            names = group[0].operands
            if names[0] in self.places:
                continue
            mine = all(self.own(name) for name in names)
            rows = tuple(dict.fromkeys(name for each in (*sets, names) for name in each))
            if mine and not strangers(best_cover(rows, [*sets, names]), [*sets, names]):
                sets.append(names)
            elif len(names) > 1 or not mine:
                self._repeat_operands(group, number)

    def _repeat_operands(self, group: Sequence[Affine], number: int) -> None:
        """Give the products of a group copies of their operands, rows of their own."""
        copies = {name: f"{name}.for.{number}" for name in dict.fromkeys(group[0].operands)}
        ones = copies.get(group[0].ones, group[0].ones)
        if ones != group[0].ones:
            self.ones.append(ones)
        last = {instruction.out: at for at, instruction in enumerate(self.lowered.instructions)}
        after: dict[int, list[Instruction]] = {}
        for name, copy in copies.items():
            if copy == ones and ones != group[0].ones:
                continue
            foreign = self.tape is not None and name in self.tape.place
            self.lowered.axes[copy] = self.tape.axes[name] if foreign and self.tape else self.lowered.axes[name]
            phase = self.lowered.phase[name] if self.lowered.phase[name] == Phase.BEFORE else group[0].phase
            self.lowered.phase[copy] = phase
            after.setdefault(last.get(name, -1), []).append(Ufunc(phase, "positive", copy, (name,)))
        instructions: list[Instruction] = list(after.get(-1, []))
        for at, instruction in enumerate(self.lowered.instructions):
            if instruction in group and isinstance(instruction, Affine):
                terms = tuple(replace(term, vector=copies[term.vector]) for term in instruction.terms)
                instruction = replace(instruction, terms=terms, ones=ones)
            instructions += [instruction, *after.get(at, [])]
        self.lowered.instructions = instructions

    def share_rows(self) -> None:
        """Let a temporary and the value computed from it have one row, where that costs no call.

        Outside the loop any temporary does; in the loop the result of a product, whose row lies among its group's,
        and forward the result of one for all steps, which lies on the record anyway.
        """
        uses = Counter(name for instruction in self.lowered.instructions for name in instruction.reads)
        written: set[str] = set()
        products = set(self._product_outs())
        pinned = {state.new for state in self.lowered.program.states} | set(self.operand.values())
        pinned |= {term.vector for i in self.lowered.instructions if isinstance(i, Affine) for term in i.terms}
        for instruction in self.lowered.instructions:
            out, first = instruction.out, instruction.out not in written
            written.add(out)
            if not isinstance(instruction, Ufunc) or not first:
                continue
            for name in instruction.reads:
                if not self._is_temporary(name) or uses[name] != 1:
                    continue
                hoisted = self._is_hoisted(name, instruction) and out not in self.lowered.same_row
                if not hoisted and not self._alike(name, out):
                    continue
                if (hoisted or instruction.phase != Phase.LOOP) and not (name in products and out in pinned):
                    self.lowered.same_row[name] = out
                    products |= {out} if name in products else set()
                    break
                in_loop = instruction.phase == Phase.LOOP and not self.backward
                if in_loop and self._row(name) in products and out not in pinned | set(self.lowered.same_row):
                    self.lowered.same_row[out] = name
                    break

    def _is_hoisted(self, name: str, reader: Ufunc) -> bool:
        """Whether a value for all steps at once meets its only reader in the loop, forward."""
        both = self.lowered.phase[name], reader.phase
        same = self.lowered.axes[name] == self.lowered.axes[reader.out]
        return not self.backward and both == (Phase.BEFORE, Phase.LOOP) and same

    def _is_temporary(self, name: str) -> bool:
        program = self.lowered.program
        taken = name in self.lowered.same_row and self._row(name) not in self._product_outs()
        return name not in program.axes and not taken and name not in self.operand.values()

    def _product_outs(self) -> set[str]:
        return {i.out for i in self.lowered.instructions if isinstance(i, Affine)}

    def _alike(self, name: str, out: str) -> bool:
        return self.lowered.axes[name] == self.lowered.axes[out] and self.lowered.phase[name] == self.lowered.phase[out]

    def _row(self, name: str) -> str:
        while name in self.lowered.same_row:
            name = self.lowered.same_row[name]
        return name

    def _own_row(self, name: str) -> str:
        """A value that has a place, or the row of the work slab that it shares."""
        return name if name in self.places else self._row(name)

    def settle(self, outside: set[str]) -> None:
        """Decide, for every value, between the record, the work slab, and no place yet."""
        program, phase = self.lowered.program, self.lowered.phase
        if self.tape is not None:
            self.places |= {name: found for name, found in self.tape.place.items() if found.slab == self.tape.record}
        for name in self.ones:
            self.lowered.axes[name] = ()
            self.places[name] = Place(self.record, name)
        lasting = self._lasting(outside)
        read = self._read_together(outside)
        for source in program.inputs:
            if source.name in self.places:
                continue
            apart = self.backward and source.name not in read
            self.places[source.name] = Place("given" if apart else self.record, source.name)
        for state in program.states:
            self._place_state(state.old, state.new, lasting)
        written = [instruction.out for instruction in self.lowered.instructions]
        unread = self._only_handed_out(read)
        direct = faced_results(program, self.lowered.instructions, self._row, self._repeats) & unread
        for name in dict.fromkeys(written):
            row = self._row(name)
            if row in self.places:
                self.places[name] = self.places[row]
            elif row in direct:
                self.places[name] = self.places[row] = Place("gradient" if self.backward else "outputs", row)
            elif self.backward and row in unread and name not in read:
                self.places[name] = self.places[row] = Place("result", row)
            elif {phase[row], phase[name]} != {Phase.LOOP} or row in lasting or name in lasting:
                self.places[name] = self.places[row] = Place(self.record, row)
        self._place_products()

    def _repeats(self, name: str, out: str) -> bool:
        """Whether the call for `out` can repeat a value along the axes that it lacks, whatever the layout."""
        own = self.lowered.axes[name]
        return not own or (self.lowered.phase[name] == Phase.FIXED and own == self.lowered.axes[out])

    def _read_together(self, outside: set[str]) -> set[str]:
        """Values that matrix products or other scans read."""
        affines = (i for i in self.lowered.instructions if isinstance(i, Affine))
        return outside.union(*(affine.reads for affine in affines))

    def _only_handed_out(self, read: set[str]) -> set[str]:
        """Rows of outputs that are written after the loop and that no other instruction reads."""
        rows = {self._row(output.value) for output in self.lowered.program.outputs}
        others = {
            self._row(name)
            for instruction in self.lowered.instructions
            for name in instruction.reads
            if self._row(name) != self._row(instruction.out)
        }
        after = {row for row in rows if self.lowered.phase[row] == Phase.AFTER}
        return after - others - {self._row(name) for name in read}

    def _lasting(self, outside: set[str]) -> set[str]:
        """Rows that must be kept for every step."""
        program = self.lowered.program
        lasting = outside | {output.value for output in program.outputs} | set(self.operand.values())
        for instruction in self.lowered.instructions:
            if isinstance(instruction, Affine):
                lasting |= set(instruction.reads)
            if instruction.phase == Phase.AFTER:
                lasting |= set(instruction.reads)
        lasting |= {self._row(name) for name in lasting}
        if not self.backward:
            for group in self._product_groups():
                if any(affine.out in lasting for affine in group):
                    lasting |= {affine.out for affine in group}
        return lasting

    def _product_groups(self) -> list[list[Affine]]:
        return grouped([i for i in self.lowered.instructions if isinstance(i, Affine)])

    def _place_state(self, old: str, new: str, lasting: set[str]) -> None:
        """Old and new value share a row: forward the new one lies a step later, backward the old one does."""
        row = self._row(new)
        if not self.backward:
            self.places[old] = Place(self.record, old)
            self.places[new] = self.places[row] = Place(self.record, old, 1)
        elif row in lasting or old in lasting or self.lowered.phase[row] != Phase.LOOP or self._read_after(old, row):
            self.places[new] = self.places[row] = Place(self.record, row)
            self.places[old] = Place(self.record, row, 1)
        else:
            self.places[old] = self.places[new] = self.places[row] = Place("work", new)

    def _read_after(self, old: str, row: str) -> bool:
        """Whether some instruction reads the old value after one has written the row of the new one."""
        written = [at for at, i in enumerate(self.lowered.instructions) if self._row(i.out) == row]
        read = [
            at
            for at, i in enumerate(self.lowered.instructions)
            if any(self._row(name) == old for name in (*i.reads, i.out))
        ]
        return bool(written and read) and max(read) > min(written)

    def _place_products(self) -> None:
        """Results of one product lie side by side, also in the work slab."""
        for group in self._product_groups():
            for affine in group:
                if affine.out not in self.places:
                    self.places[affine.out] = Place("work", affine.out)

    def packed(self, operand_sets: Sequence[tuple[str, ...]], tries: int) -> ScanPlan:
        """Search the order of the record's rows and pack the calls."""
        instructions = [renamed(self._with_fixed(i), self._own_row) for i in self.lowered.instructions]
        wanted = [self._record_rows(names) for names in operand_sets]
        start = self._rows_of(self.record)
        leading = self._operand_order()
        operands = [self._record_rows(group[0].operands) for group in self._product_groups()]
        outs = [self._record_rows([affine.out for affine in group]) for group in self._product_groups()]
        order = gathered((*leading, *(row for row in start if row not in leading)), [rows for rows in outs if rows])
        tidier = gathered(order, [rows for rows in wanted if rows])
        if together([*operands, *outs], tidier):
            order = tidier
        regions = [
            region for region in (leading, *operands, *outs, *wanted) if len(region) > 1 and together([region], order)
        ]
        rows = Rows(
            dict(self.places),
            self.lowered.axes,
            tuple(regions),
            {} if self.tape is None else {self.tape.record: self.tape.record_rows},
            tuple(names for names in wanted if names),
        )
        by_phase = {phase: [i for i in instructions if i.phase == phase] for phase in Phase}
        order = search(rows, self.record, order, by_phase[Phase.LOOP], by_phase[Phase.BEFORE], tries)
        packing = Packing(rows, complete(rows, self.record, order))
        calls = {phase: tuple(packing.calls(levels(by_phase[phase], rows.place.get))) for phase in Phase}
        return ScanPlan(
            self.lowered.program,
            self.record,
            dict(self.places) | {name: Place("work", name) for name in packing.work if name not in self.places},
            self.lowered.axes,
            self.lowered.phase,
            self.operand,
            order,
            self._rows_of("given"),
            self._rows_of("result"),
            tuple(packing.work),
            {slab: self._rows_of(slab) for slab in sorted(FACED)},
            self.faced_ones,
            self._rows_of("fixed"),
            tuple(self.lowered.fixed),
            calls,
        )

    def _rows_of(self, slab: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(place.row for place in self.places.values() if place.slab == slab))

    def _operand_order(self) -> tuple[str, ...]:
        """The rows that products read, in an order that puts those of each product side by side."""
        shared = [self._record_rows(names) for names in self.shared]
        rows = dict.fromkeys(row for names in shared for row in names)
        alone = (self._record_rows(group[0].operands) for group in self._product_groups())
        return (*best_cover(tuple(rows), shared), *(row for names in alone for row in names if row not in rows))

    def _with_fixed(self, instruction: Instruction) -> Instruction:
        """A fixed value that meets values of a step: a literal if it is a scalar, else a row of the fixed slab."""
        if not isinstance(instruction, Ufunc):
            return instruction
        out = self.places.get(instruction.out)
        faced = out is not None and out.slab in FACED
        return replace(instruction, arguments=tuple(self._fixed_argument(a, faced) for a in instruction.arguments))

    def _fixed_argument(self, argument: Argument, faced: bool) -> Argument:
        if isinstance(argument, Literal) or self.lowered.phase.get(argument) != Phase.FIXED or argument in self.places:
            return argument
        if faced or not self.lowered.axes[argument]:
            return Literal(HELD + argument)
        self.places[argument] = Place("fixed", argument)
        return argument

    def _record_rows(self, names: Iterable[str]) -> tuple[str, ...]:
        found = (self.places.get(name) for name in names)
        return tuple(dict.fromkeys(p.row for p in found if p is not None and p.slab == self.record))
