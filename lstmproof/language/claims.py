"""Claims and myths of a derivation file, parsed and checked like cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from lstmproof.language.formula import Bounded, Compare, Formula, Not, Same, atoms, free_names, terms
from lstmproof.program.expr import Apply, Expr, Number, Size, walk
from lstmproof.program.notation import decimal

Role = Literal["input", "state", "value", "parameter", "constant", "initial", "time", "free"]
"""What an argument of a claim is: `value` is a local or an extra output of the cell, `initial` is `<state>0`, `time` is
t, `free` is any real number. A tensor of the cell means its value at step t, after its last assignment."""


@dataclass(frozen=True)
class Assumption:
    """A hypothesis, of all its units, at this step or, with `always`, at every step from 1 to t."""

    formula: Formula
    always: bool
    text: str
    """As written, in canonical spelling: `always(f <= phi)`."""
    line: int


@dataclass(frozen=True)
class Claim:
    """One statement of a derivation file: the conclusion, at every step t = 1, 2, ... at which the assumptions hold."""

    name: str
    kind: Literal["claim", "myth"]
    cell: str
    """Name of the cell it speaks of; empty for formulas alone."""
    doc: str
    file: str
    line: int
    digest: str
    """Of the file's text, as its cells have it."""
    arguments: Mapping[str, Role]
    assumptions: tuple[Assumption, ...]
    conclusion: Formula
    text: str
    """The conclusion in canonical Python spelling, its numbers as written."""
    defaults: Mapping[str, Fraction]
    """Constants of the cell that the claim does not name, at their defaults: assumptions of the claim."""

    @property
    def id(self) -> str:
        """What results call it: `claim.NAME` or `myth.NAME`."""
        return f"{self.kind}.{self.name}"

    @property
    def formulas(self) -> Iterator[Formula]:
        """Every assumption, then the conclusion."""
        yield from (assumption.formula for assumption in self.assumptions)
        yield self.conclusion

    @property
    def first_step(self) -> int:
        """The first step of which it is claimed: 1, or the largest lag, since nothing reaches back beyond t = 0."""
        parts = (part for formula in self.formulas for term in terms(formula) for part in walk(term))
        return max((int(lag.value) for part in parts for lag in _lags(part)), default=1)

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """Everything that is assumed, in words: what the author wrote, then the defaults of constants."""
        written = tuple(assumption.text for assumption in self.assumptions)
        return written + tuple(f"{name} = {decimal(value) or value}" for name, value in self.defaults.items())

    @property
    def quantifiers(self) -> str:
        """What it is claimed for, in words: steps, units, sizes, weights, inputs, free names."""
        reals = _of_the_names(self)
        match self.conclusion:
            case Bounded():
                return f"for all initial states{_and(reals)}, one number for {_of_steps(self)}"
            case Not(Bounded()):
                return (
                    f"for some initial states{_and(reals.replace('all', 'some', 1))}, no number for {_of_steps(self)}"
                )
        said = ", and ".join(group for group in (_of_the_cell(self), reals) if group)
        return f"for {said}" if said else "of numbers alone"


def _of_steps(claim: Claim) -> str:
    return f"all t >= {claim.first_step}, all units, sizes, weights and inputs"


def _lags(part: Expr) -> Iterator[Number]:
    match part:
        case Apply("carousel" | "jacobian", (*_, Number() as lag)):
            yield lag


def _and(said: str) -> str:
    return f" and {said}" if said else ""


def _of_the_cell(claim: Claim) -> str:
    """What a claim of a cell, or of two, quantifies without naming it."""
    if not claim.cell and not any(isinstance(atom, Same) for atom in atoms(claim.conclusion)):
        return ""
    if _about_sizes_alone(claim):
        return "all sizes"
    return f"all t >= {claim.first_step}, all units, sizes, weights, inputs and initial states"


def _about_sizes_alone(claim: Claim) -> bool:
    """Whether only numbers of units and costs are compared."""
    if not all(isinstance(atom, Compare) for formula in claim.formulas for atom in atoms(formula)):
        return False
    parts = [part for formula in claim.formulas for term in terms(formula) for part in walk(term)]
    counted = any(isinstance(part, Size) or (isinstance(part, Apply) and part.function == "cost") for part in parts)
    named = {name for formula in claim.formulas for term in terms(formula) for name in free_names(term)}
    return counted and all(claim.arguments.get(name) in ("free", "constant") for name in named)


def _of_the_names(claim: Claim) -> str:
    """The free names and named constants, which are any real numbers; what a limit binds is not."""
    spoken = {name for formula in claim.formulas for term in terms(formula) for name in free_names(term)}
    reals = [
        name for name, role in claim.arguments.items() if role == "constant" or (role == "free" and name in spoken)
    ]
    return f"all real {', '.join(reals)}" if reals else ""
