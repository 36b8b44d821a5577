"""Mutants: wrong gradients planted one at a time, and which law catches each.

A mutant is a corruption of the derived adjoint, built into a kernel, or of an emitted kernel's source. The laws see
it on problems that stay the same for all, so the readings compute them once. One that no law catches must be shown
equivalent, else it survives.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial

import numpy as np

from lstmproof.calculus.adjoint import adjoint
from lstmproof.kernels.kernel import Kernel, build, compiled
from lstmproof.language.definition import Definition
from lstmproof.program.nodes import Program
from lstmproof.proof.exact import FieldExhausted
from lstmproof.verify import corrupt_adjoint, corrupt_source
from lstmproof.verify.case import KERNEL_ERRORS, Case, Kernels, Redraw, Trial
from lstmproof.verify.corrupt_adjoint import AdjointCorruption
from lstmproof.verify.corrupt_source import SourceCorruption
from lstmproof.verify.examine import judge
from lstmproof.verify.generate import Draw, edges, generate, plain, wide
from lstmproof.verify.laws.every import LAWS
from lstmproof.verify.laws.law import Law
from lstmproof.verify.laws.symbolic import OneStep
from lstmproof.verify.onestep import Unknown
from lstmproof.verify.processes import available_processors, processes
from lstmproof.verify.residue import ResidueRuns

WITNESSES = {
    "adjoint": ("complex_step", "adjoint_identity"),
    "kernel": ("reference", "complex_step", "batch", "split", "permutation", "determinism", "adjoint_identity"),
}
"""Laws that a mutant of each sort is brought before, in turn; all look at the float64 kernel of the full flow."""

DRAWN = 8
"""Problems that Hypothesis adds to the chosen ones."""

CHOSEN = ((4, 2), (3, 1), (2, 3), (1, 2))
"""Steps and rows of the chosen problems."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One planted error."""

    of: str
    """`adjoint` or `kernel`."""
    kind: str
    where: str
    """The value of the adjoint, or the line of the emitted source, that is wrong."""
    change: str
    caught_by: str = ""
    """The id of the first law that rejects it; empty if none does."""
    equivalent: str = ""
    """Why it computes the same as what it was made from; empty if that was not shown."""

    @property
    def survives(self) -> bool:
        return not (self.caught_by or self.equivalent)


class Unsound(ValueError):
    """Errors planted in a kernel that is wrong already, or that no problem tests, would prove nothing."""


@dataclass(frozen=True)
class MutantReport:
    """All mutants of one cell."""

    cell: str
    key: str
    mutants: tuple[Mutant, ...]
    seconds: float

    @property
    def caught(self) -> int:
        return sum(bool(mutant.caught_by) for mutant in self.mutants)

    @property
    def equivalent(self) -> int:
        return sum(bool(mutant.equivalent) for mutant in self.mutants)

    @property
    def survivors(self) -> tuple[Mutant, ...]:
        return tuple(mutant for mutant in self.mutants if mutant.survives)


def mutate_cell(
    definition: Definition,
    seed: int = 0,
    progress: Callable[[Mutant], None] | None = None,
    workers: int | None = None,
) -> MutantReport:
    """Plant every error in the kernel of a cell and see which law catches it.

    Raises:
        Unsound: some law rejects the kernel before anything is planted in it.
    """
    started = time.perf_counter()
    found = []
    for mutant in mutants(definition, seed, workers):
        found.append(mutant)
        if progress is not None:
            progress(mutant)
    return MutantReport(definition.name, definition.key, tuple(found), time.perf_counter() - started)


def mutants(definition: Definition, seed: int = 0, workers: int | None = None) -> Generator[Mutant, None, None]:
    """Each mutant of a cell, judged: those of the adjoint first, then those of the kernel's source.

    `workers` processes share them, by default as many as there are processors; the mutants and their order do not
    depend on how many.

    Raises:
        Unsound: some law rejects the kernel before anything is planted in it.
    """
    Court.of(definition, seed).acquit()
    numbers = range(sum(1 for _ in planted(definition)))
    count = workers or available_processors()
    chunks = [numbers[start : start + CHUNK] for start in range(0, len(numbers), CHUNK)]
    brief = pickle.dumps((definition, seed))
    if count <= 1:
        for chunk in chunks:
            yield from _judged(brief, chunk)
        return
    with processes(count) as pool:
        for done in [pool.submit(_judged, brief, chunk) for chunk in chunks]:
            yield from done.result()


CHUNK = 16
"""Mutants that go to a process at a time."""


def _judged(brief: bytes, numbers: Sequence[int]) -> list[Mutant]:
    """The mutants with these numbers, brought before the process's own court."""
    court, every = _court(brief)
    return [court.judge(every[number]) for number in numbers]


@lru_cache(maxsize=1)
def _court(brief: bytes) -> tuple[Court, tuple[Planted, ...]]:
    definition, seed = pickle.loads(brief)
    return Court.of(definition, seed), tuple(planted(definition))


Planted = AdjointCorruption | SourceCorruption


def planted(definition: Definition) -> Iterator[Planted]:
    """Every corruption of a cell's adjoint, then of its kernel's source."""
    program = definition.program
    yield from corrupt_adjoint.corruptions(program, adjoint(program))
    yield from corrupt_source.corruptions(build(program).source)


@dataclass(frozen=True, eq=False)
class Court:
    """What the mutants of one cell are brought before: the same cases for all, and the laws."""

    definition: Definition
    cases: tuple[Case, ...]
    wide: tuple[Case, ...]

    @classmethod
    def of(cls, definition: Definition, seed: int) -> Court:
        usable = (case for case in witnessed(definition, seed) if not case.declined())
        large = Case(definition, wide(definition, seed))
        return cls(definition, tuple(usable), () if large.declined() else (large,))

    def acquit(self) -> None:
        """Raise Unsound unless every law accepts the sound kernel, and there are cases to judge by."""
        rejected = self.caught("kernel", partial(build, self.definition.program))
        if rejected or not self.cases:
            reason = f"{rejected} rejects it" if rejected else "no generated problem is fit to test it"
            raise Unsound(f"{self.definition.name}: no error can be planted in its kernel: {reason}")

    @cached_property
    def _exact(self) -> OneStep | None:
        """One step of the cell in exact numbers; None if that is too large."""
        try:
            return OneStep.of(self.definition, "full")
        except (FieldExhausted, Unknown, ZeroDivisionError):
            return None

    @cached_property
    def _residues(self) -> ResidueRuns:
        return ResidueRuns(self.definition, build(self.definition.program).source)

    def judge(self, wrong: Planted) -> Mutant:
        """What becomes of one planted error."""
        if isinstance(wrong, SourceCorruption):
            caught = self.caught("kernel", partial(compiled, wrong.source))
            equivalent = "" if caught else self._residues.same(wrong.source)
            return Mutant("kernel", wrong.kind, f"line {wrong.line}", wrong.change, caught, equivalent)
        program = self.definition.program
        caught = self.caught("adjoint", partial(build, program, adjoint=wrong.program, tries=0))
        exact = None if caught else self._exact
        equivalent = same_step(exact, adjoint(program), wrong.program) if exact else ""
        return Mutant("adjoint", wrong.kind, wrong.where, wrong.change, caught, equivalent)

    def caught(self, of: str, make: Callable[[], Kernel]) -> str:
        """The id of the first law that rejects a kernel on some case; empty if none does."""
        with np.errstate(all="ignore"):
            try:
                kernel = make()
            except KERNEL_ERRORS as error:
                return f"no kernel: {type(error).__name__}"
            kernels = Kernels(self.definition, {("full", "float64"): kernel})
            trials = [Trial(case, kernels, ("float64",)) for case in self.cases]
            large = [Trial(case, kernels, ("float64",)) for case in self.wide]
            hearings = [(law, trials) for law in _laws(of)] + [(law, large) for law in _laws(of) if law.wide]
            return next((law.id for law, each in hearings if any(_rejects(law, trial) for trial in each)), "")


def _laws(of: str) -> Iterator[Law]:
    laws = {law.name: law for law in LAWS}
    return (laws[name] for name in WITNESSES[of])


def _rejects(law: Law, trial: Trial) -> bool:
    try:
        _, found = judge(law, trial)
    except Redraw:
        return False
    return found is not None and found.fails


def witnessed(definition: Definition, seed: int) -> Iterator[Case]:
    """Chosen problems of ordinary numbers, several sizes and no default constants, then edges, then drawn ones."""
    for number, (steps, rows) in enumerate(CHOSEN):
        sizes = tuple((axis, 2 + (place + number) % 3) for place, axis in enumerate(definition.program.axis_names))
        draw = plain(definition, steps, rows, dict(sizes), seed + number)
        yield Case(definition, replace(draw, constants=tuple((name, True) for name in definition.constants)))
    yield from (Case(definition, draw) for draw in edges(definition, seed) if draw.T and draw.batch)
    drawn: list[Draw] = []

    def admit(draw: Draw) -> bool:
        if draw.T > 0 and draw.batch > 0:
            drawn.append(draw)
        return draw.T > 0 and draw.batch > 0

    generate(definition, DRAWN, seed, admit)
    yield from (Case(definition, draw) for draw in drawn)


def same_step(exact: OneStep, derived: Program, wrong: Program) -> str:
    """Why a corrupted adjoint is none: one step of both is the same rational function; empty if that is not shown.

    The slope of a piecewise linear function, `step`, is 0 or 1 wherever it stands, and so its own square.
    """
    try:
        right, found = exact.gradient(derived), exact.gradient(wrong)
        differences = [each for label in right for each in np.ravel(right[label] - found[label])]
    except (FieldExhausted, ZeroDivisionError):
        return ""
    if all(not each or exact.stepper.field.vanishes(each, {"step"}) for each in differences):
        return "one step of both hands on the same rational functions of symbols"
    return ""
