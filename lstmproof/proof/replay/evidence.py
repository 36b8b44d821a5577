"""What a proof by exact algebra rests on, as facts that SymPy decides, and the script that is printed from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.errors import comment, escaped

PRELUDE = Path(__file__).with_name("prelude.py")
"""How SymPy decides a fact: the text that every script begins with."""


@dataclass(frozen=True)
class Fact:
    """One call of the prelude's: a fact of the statement, of the cell or of an assumption."""

    decides: str
    """The function that decides it: `equal`, `at_least`, ..."""
    text: str
    """The fact in words."""
    arguments: tuple[str, ...]
    """What is handed on, in SymPy."""

    @property
    def line(self) -> str:
        """The call."""
        return f"{self.decides}({', '.join((repr(escaped(self.text)), *self.arguments))})"


@dataclass(frozen=True)
class Evidence:
    """The facts of one proof, in the order in which they are decided."""

    entries: tuple[str | Fact, ...]
    """Facts, and between them lines that say what they speak of: symbols, the cell's equations, assumptions."""
    remarks: tuple[str, ...] = ()
    """Steps of the argument that are words: an induction over t, a product of factors."""

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts alone."""
        return tuple(entry for entry in self.entries if isinstance(entry, Fact))


@dataclass(frozen=True)
class Heading:
    """What a script says of itself."""

    subject: str
    """The cell or file that the statement is about."""
    statement: str
    id: str
    quantifiers: str
    assumptions: tuple[str, ...]
    equations: tuple[str, ...]
    """Of the cells that it speaks of, as their author wrote them."""
    reading: str


def heading(claim: Claim, cells: tuple[Definition, ...], reading: str) -> Heading:
    """The heading of a claim's script."""
    return Heading(
        subject=claim.cell or Path(claim.file).stem,
        statement=claim.text,
        id=claim.id,
        quantifiers=claim.quantifiers,
        assumptions=claim.hypotheses,
        equations=equations(cells),
        reading=reading,
    )


def equations(cells: tuple[Definition, ...]) -> tuple[str, ...]:
    """Each cell's equations, as their author wrote them."""
    return tuple(f"{cell.name}: {equation.target} = {equation.text}" for cell in cells for equation in cell.equations)


def script(said: Heading, evidence: Evidence) -> str:
    """A script that decides the facts with SymPy alone: a line for each; exit status 1 at one that does not hold."""
    head = [comment(line) for line in _words(said, evidence)]
    body = [entry.line if isinstance(entry, Fact) else entry for entry in evidence.entries]
    prelude = PRELUDE.read_text(encoding="utf-8").rstrip("\n")
    return "\n".join([*head, "", prelude, "", "", *body, 'print("All of them hold.")']) + "\n"


def _words(said: Heading, evidence: Evidence) -> list[str]:
    lines = [f"{said.subject}, {said.id}: {said.statement}", said.quantifiers]
    lines += [f"assuming {'; '.join(said.assumptions)}"] if said.assumptions else []
    lines += ["", "Run `python FILE`: it decides each fact below with SymPy alone, prints a line for it, and ends with"]
    lines += ["exit status 1 at one that does not hold. Sums of products over units are real numbers that may be any."]
    lines += evidence.remarks
    if said.equations:
        lines += ["", "The equations:", *(f"    {line}" for line in said.equations)]
    return [*lines, "", "The proof:", *(f"    {line}" for line in said.reading.splitlines())]
