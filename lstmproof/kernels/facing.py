"""Values in the caller's layout: what matrix products alone touch is not transposed on its way in or out.

A step's rows are (units, batch), the caller's arrays (time, batch, units). A product reads and writes either layout as
fast, and the gradient of a weight takes the caller's as it is; only elementwise calls want neighbouring rows. So an
input that products alone read, and a cotangent or a result that no elementwise call of equal axes touches, stays in the
layout in which it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from lstmproof.kernels.instructions import Affine, Instruction, Ufunc
from lstmproof.kernels.layout import ONES
from lstmproof.kernels.phases import Phase
from lstmproof.program.nodes import Program


@dataclass(frozen=True, slots=True)
class Faced:
    """Inputs that the same products read, in the caller's layout."""

    names: tuple[str, ...]
    ones: bool
    """Whether some of the products want a column of ones beside them."""

    @property
    def column_of_ones(self) -> str:
        """Its name."""
        return f"{ONES}.{self.names[0]}"


def faced_inputs(
    program: Program,
    instructions: Sequence[Instruction],
    factors: Sequence[frozenset[str]],
    elsewhere: Collection[str],
) -> tuple[Faced, ...]:
    """The inputs of a scan that can stay in the caller's layout.

    Args:
        program: the scan's, whose inputs are in question.
        instructions: all that the scan does.
        factors: the values that each product of gradients takes on the side of this scan, `ONES` among them.
        elsewhere: what is read in other ways.
    """
    kept = {output.value for output in program.outputs} | {state.new for state in program.states}
    barred = kept | set(elsewhere)
    barred |= {name for i in instructions if not isinstance(i, Affine) for name in i.reads}
    sets = [frozenset(i.operands) for i in instructions if isinstance(i, Affine)]
    sets = list(dict.fromkeys([*sets, *(names for names in factors if names)]))
    inputs = [source.name for source in program.inputs]
    free = {name for name in inputs if any(name in names for names in sets)} - barred
    vectors = [names - {ONES} for names in sets]
    while tied := {n for n in free for names in vectors if n in names and not _alone(n, names, vectors, free)}:
        free -= tied
    groups = dict.fromkeys(names for names in vectors if names & free)
    return tuple(Faced(tuple(n for n in inputs if n in names), {*names, ONES} in sets) for names in groups)


def _alone(name: str, names: frozenset[str], vectors: Iterable[frozenset[str]], free: Collection[str]) -> bool:
    """Whether the vectors that are read together with `name` are always the same, and all of them free."""
    return names <= set(free) and all(other == names for other in vectors if name in other)


def faced_results(
    program: Program,
    instructions: Sequence[Instruction],
    row: Callable[[str], str],
    repeats: Callable[[str, str], bool],
) -> set[str]:
    """Rows of outputs that one call after the loop can write where the caller has them.

    Args:
        program: the scan's.
        instructions: all that it does.
        row: the row that a value lives in.
        repeats: whether a value, as an argument of the call for another, is one number for each step and row of the
            batch, or one for each unit.
    """
    writers: dict[str, list[Instruction]] = {}
    for instruction in instructions:
        writers.setdefault(row(instruction.out), []).append(instruction)
    labels: dict[str, int] = {}
    for output in program.outputs:
        labels[row(output.value)] = labels.get(row(output.value), 0) + 1
    found = set()
    for name, count in labels.items():
        alone = writers.get(name, [])
        if count == 1 and len(alone) == 1 and _writes_anywhere(alone[0], repeats):
            found.add(name)
    return found


def _writes_anywhere(instruction: Instruction, repeats: Callable[[str, str], bool]) -> bool:
    """Whether an instruction writes either layout as fast: a product, or one that reads no array of its own shape."""
    if instruction.phase != Phase.AFTER:
        return False
    if isinstance(instruction, Ufunc):
        return all(repeats(name, instruction.out) for name in instruction.reads)
    return isinstance(instruction, Affine)
