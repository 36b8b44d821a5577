"""A cell's run in Coq: every value as a function of the step, by recursion over the states.

What is defined so satisfies the cell's equations by computation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lstmproof.program.nodes import Program
from lstmproof.proof.coq.cell_text import CellText, Index, kind
from lstmproof.proof.coq.spelling import rational


def named(cell: CellText, name: str) -> str:
    """What the definition of a value is called."""
    return f"{cell.word(name)}'d"


class Recursion:
    """Definitions of one step, of all steps, and of each state and value.

    Parameters, initial states and inputs are looked up by their names with `mark`; `sizes` are numbers of units that
    are given, the others are variables. What is defined of a second cell is told from that of a first by `own`.
    """

    def __init__(self, cell: CellText, program: Program, sizes: Mapping[str, int], mark: str, own: str = "") -> None:
        self.cell, self.program, self.mark = cell, program, mark
        self.advance, self.run = f"advance''{own}", f"run''{own}"
        self.one = _OneStep(cell, sizes, mark)

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that `definitions` defines."""
        values = [*self.cell.states, *self._values()]
        return (*(named(self.cell, name) for name in values), self.advance, self.run)

    def _values(self) -> list[str]:
        return [node.out for node in self.program.nodes if node.out not in self.cell.states]

    def definitions(self) -> Iterator[str]:
        """One step as a function of inputs and old states, all steps, and each sequence."""
        cell, program = self.cell, self.program
        inputs = [f"({cell.word(each.name)} : {kind(len(each.axes))})" for each in program.inputs]
        olds = [f"({cell.word(label)}'old : {kind(len(s.axes))})" for label, s in cell.states.items()]
        names = [node.out for node in program.nodes]
        lines = [f"  let {cell.word(node.out)} := {self.one.body(node)} in" for node in program.nodes]
        result = tuple_of([cell.word(name) for name in names])
        yield f"Definition {self.advance} {' '.join([*inputs, *olds])} :=\n" + "\n".join([*lines, f"  {result}."])
        given = " ".join(f"({cell.word(each.name)}{self.mark} (S k'))" for each in program.inputs)
        before = " ".join(part(f"({self.run} k')", place) for place in range(len(cell.states)))
        news = [part("v'", names.index(state.new)) for state in cell.states.values()]
        start = tuple_of([f"{cell.word(f'{label}0')}{self.mark}" for label in cell.states])
        yield (
            f"Fixpoint {self.run} (t' : nat) :=\n  match t' with\n  | O => {start}\n"
            f"  | S k' => let v' := {self.advance} {given} {before} in {tuple_of(news)}\n  end."
        )
        for place, (label, state) in enumerate(cell.states.items()):
            yield self._definition(label, len(state.axes), "fun t' => " + part(f"({self.run} t')", place))
        for name in self._values():
            axes = program.axes[name]
            blank = f"fun {' '.join('_' for _ in axes)} => 0" if axes else "0"
            value = part(f"({self.advance} {given} {before})", names.index(name))
            yield self._definition(name, len(axes), f"fun t' => match t' with O => {blank} | S k' => {value} end")

    def _definition(self, name: str, axes: int, value: str) -> str:
        return f"Definition {named(self.cell, name)} : {kind(1 + axes)} := {value}."


class _OneStep(CellText):
    """The cell's words within one step: new values by their names, old states with a mark, sizes as numbers."""

    def __init__(self, cell: CellText, sizes: Mapping[str, int], mark: str) -> None:
        super().__init__(cell.program, cell.constants, cell.free)
        self.cell, self.numbers, self.time, self.mark = cell, sizes, "", mark

    def word(self, name: str) -> str:
        """The cell's word."""
        return self.cell.word(name)

    def size(self, axis: str) -> str:
        """A number, or a variable."""
        return f"{self.numbers[axis]}%nat" if axis in self.numbers else self.cell.size(axis)

    def index(self, axis: str) -> str:
        """The cell's word."""
        return self.cell.index(axis)

    def value(self, name: str, step: str, before: str, index: Index) -> str:
        """A value within the step, of which no more need be said."""
        del step, before
        constant = self.constants.get(name)
        if constant is not None:
            return rational(constant)
        return self._factor(name, [index[axis] for axis in self._axes(name)])

    def _factor(self, name: str, letters: Sequence[str]) -> str:
        constant = self.constants.get(name)
        if constant is not None:
            return rational(constant)
        known = {state.old: f"{self.word(label)}'old" for label, state in self.states.items()}
        fixed = {source.name for source in self.program.fixed} if self.program else set()
        word = known.get(name) or (f"{self.word(name)}{self.mark}" if name in fixed else self.word(name))
        return f"({' '.join([word, *letters])})" if letters else word


def tuple_of(parts: Sequence[str]) -> str:
    """Nested pairs that end in the one element of unit.

    >>> tuple_of(["a", "b"])
    '(a, (b, tt))'
    """
    return f"({parts[0]}, {tuple_of(parts[1:])})" if parts else "tt"


def part(text: str, place: int) -> str:
    """An element of such pairs.

    >>> part("p", 2)
    '(fst (snd (snd p)))'
    """
    return f"(fst {'(snd ' * place}{text}{')' * place})"
