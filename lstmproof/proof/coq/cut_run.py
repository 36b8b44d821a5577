"""A run of the cut system of a given network, perturbed: every value as a function of e and the step, by recursion.

A carousel is a derivative in all such runs. That there is one makes the derivative a single number, which then can be
compared with what is claimed of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lstmproof.program.nodes import Axes
from lstmproof.proof.coq.cell_text import CellText, Index, kind
from lstmproof.proof.coq.cut_text import RECORDED, Carousel, CutText
from lstmproof.proof.coq.recursion import named, part, tuple_of
from lstmproof.proof.coq.spelling import rational

ZERO = "'z"
"""Ends the names of what is read at e = 0."""


class CutRun:
    """Definitions of one run, perturbed at the step `start` by e in each unit of the state.

    The network's own definitions have the names that `named` gives them; `sizes` are its numbers of units.
    """

    def __init__(self, cell: CellText, about: Carousel, sizes: Mapping[str, int], start: int) -> None:
        self.cell, self.about, self.start = cell, about, start
        self.cut = CutText(cell, about)
        self.sizes = sizes
        self.advance, self.run = f"advance'c{about.place}", f"run'c{about.place}"

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that `definitions` defines."""
        return (*(self._named(name) for name in self.cut.varying), self.advance, self.run)

    def _named(self, name: str) -> str:
        return f"{self.cut.word(name)}'d"

    def definitions(self) -> Iterator[str]:
        """One step at e from the old states at 0 and at e, all steps, and each sequence."""
        cut, program = self.cut, self.cut.program
        assert program is not None
        inputs = [f"({self.cell.word(each.name)} : {kind(len(each.axes))})" for each in program.inputs]
        olds = [
            f"({cut.word(label)}'old{at} : {kind(len(state.axes))})"
            for at in (ZERO, "")
            for label, state in cut.states.items()
        ]
        names = [node.out for node in cut.nodes]
        lines = []
        for at in (ZERO, ""):
            one = _OneCutStep(self.cell, self.about, self.sizes, at)
            lines += [f"  let {cut.word(node.out)}{at} := {one.body(node)} in" for node in cut.nodes]
        result = tuple_of([cut.word(name) for name in names])
        yield f"Definition {self.advance} {' '.join([*inputs, *olds])} :=\n" + "\n".join([*lines, f"  {result}."])
        stepped = self._stepped()
        news = tuple_of([part("v'", names.index(state.new)) for state in cut.states.values()])
        later = f"let v' := {stepped} in {news}"
        if self.start:
            later = f"if Nat.eqb (S k') {self.start} then {self._perturbed()} else {later}"
        yield (
            f"Fixpoint {self.run} (t' : nat) (e' : R) :=\n  match t' with\n  | O => {self._perturbed()}\n"
            f"  | S k' => {later}\n  end."
        )
        for place, (label, state) in enumerate(cut.states.items()):
            yield self._definition(label, state.axes, part(f"({self.run} t' e')", place))
        for name in cut.varying:
            if name not in cut.states:
                axes = program.axes[name]
                blank = f"fun {' '.join('_' for _ in axes)} => 0" if axes else "0"
                value = part(stepped, names.index(name))
                yield self._definition(name, axes, f"match t' with O => {blank} | S k' => {value} end")

    def _definition(self, name: str, axes: Axes, value: str) -> str:
        return f"Definition {self._named(name)} : R -> {kind(1 + len(axes))} := fun e' t' => {value}."

    def _stepped(self) -> str:
        """One step from step k' on."""
        assert self.cut.program is not None
        inputs = [f"({named(self.cell, each.name)} (S k'))" for each in self.cut.program.inputs]
        olds = [part(f"({self.run} k' {e})", place) for e in ("0", "e'") for place in range(len(self.cut.states))]
        return f"({' '.join([self.advance, *inputs, *olds])})"

    def _perturbed(self) -> str:
        """The states at the start: one of them perturbed, the others the network's own."""
        return tuple_of([self._state_at_start(label) for label in self.cut.states])

    def _state_at_start(self, label: str) -> str:
        axes, value = self.cut.states[label].axes, f"{named(self.cell, label)} {self.start}"
        if label != self.about.state:
            return f"({value})"
        units = " ".join(f"i'{place}" for place in range(len(axes)))
        return f"(fun {units} : nat => {value} {units} + e' * 1)" if axes else f"({value} + e' * 1)"

    # ---- its use ----

    def given(self) -> str:
        """What a statement of the carousel is applied to: the direction, the run, and that it is one."""
        arity = len(self.cut.states[self.about.state].axes)
        direction = f"(fun {' '.join('_' for _ in range(arity))} : nat => 1)" if arity else "1"
        values = [self._named(name) for name in self.cut.varying]
        start = [f"{self.start}%nat", "ltac:(reflexivity)"] if self.about.lag > 1 else []
        passed = "destruct k' as [|k']; [intros; exfalso; lia|]; " * self.start
        states = ["ltac:(intros; reflexivity)" for _ in self.cut.states]
        equations = [f"ltac:(intros e' k'; {passed}intros; reflexivity)" for _ in self.cut.equations()]
        return " ".join([direction, *values, *start, *states, *equations])


class _OneCutStep(CutText):
    """The cut system's words within one step, at e = 0 or at e; what is recorded is read at 0."""

    def __init__(self, cell: CellText, about: Carousel, sizes: Mapping[str, int], at: str) -> None:
        super().__init__(cell, about)
        self.numbers, self.suffix = sizes, at

    def size(self, axis: str) -> str:
        """A number."""
        return f"{self.numbers[axis]}%nat"

    def value(self, name: str, step: str, before: str, index: Index) -> str:
        """A value within the step, of which no more need be said."""
        del step, before
        return self._factor(name, [index[axis] for axis in self._axes(name)])

    def _axes(self, name: str) -> Axes:
        return super()._axes(name.removeprefix(RECORDED))

    def _factor(self, name: str, letters: Sequence[str]) -> str:
        plain = name.removeprefix(RECORDED)
        constant = self.constants.get(plain)
        if constant is not None:
            return rational(constant)
        assert self.program is not None
        at = ZERO if name.startswith(RECORDED) else self.suffix
        known = {state.old: f"{self.word(label)}'old{at}" for label, state in self.states.items()}
        given = {source.name: self.word(source.name) for source in self.program.inputs}
        given |= {source.name: named(self.cell, source.name) for source in self.program.fixed}
        word = known.get(plain) or given.get(plain) or f"{self.word(plain)}{at}"
        return f"({' '.join([word, *letters])})" if letters else word
