"""What is verified, and which results are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition, Derivation


@dataclass(frozen=True)
class Subject:
    """A cell with what its file states of it, or what a file states of no cell."""

    derivation: Derivation
    definition: Definition | None

    @classmethod
    def alone(cls, definition: Definition) -> Subject:
        """A cell of which nothing is stated."""
        derivation = Derivation(definition.file, "", definition.digest, "", (definition,), ())
        return cls(derivation, definition)

    @property
    def name(self) -> str:
        """The cell's name, or the file's without its ending."""
        return self.definition.name if self.definition else Path(self.derivation.file).stem

    @property
    def key(self) -> str:
        """What names it in results and on the command line: `derivations/janet.py:janet_beta`."""
        return self.definition.key if self.definition else self.derivation.file

    @property
    def title(self) -> str:
        """What it is called on a terminal: the cell's name, else the file's."""
        return self.definition.name if self.definition else Path(self.derivation.file).name

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Claims and myths about it, in the order of the file."""
        cell = self.definition.name if self.definition else ""
        return tuple(claim for claim in self.derivation.claims if claim.cell == cell)


def subjects(derivation: Derivation) -> tuple[Subject, ...]:
    """Every cell of a file, and the file itself where it states something of no cell."""
    free = any(not claim.cell for claim in derivation.claims)
    cells = tuple(Subject(derivation, definition) for definition in derivation.cells)
    return (*cells, Subject(derivation, None)) if free else cells


@dataclass(frozen=True, slots=True)
class Selection:
    """Globs of the laws and statements that are asked for; without any, everything is.

    >>> Selection(laws=("law.complex_*",)).law("law.complex_step"), Selection(claims=("claim.*",)).law("law.split")
    (True, False)
    """

    laws: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    coq: bool = False
    """Whether Coq is asked for the gradient's theorems, and for what is stated."""

    def law(self, law: str) -> bool:
        """Whether a law of that id is asked for."""
        return not (self.laws or self.claims) or any(fnmatchcase(law, glob) for glob in self.laws)

    def claim(self, claim: Claim) -> bool:
        """Whether a claim or myth is, by its id or its bare name."""
        if not (self.laws or self.claims):
            return True
        return any(fnmatchcase(claim.id, glob) or fnmatchcase(claim.name, glob) for glob in self.claims)

    @property
    def findings(self) -> bool:
        """Whether findings are, which are made together: any glob that begins `finding.` asks for all of them."""
        return not (self.laws or self.claims) or any(glob.startswith("finding.") for glob in self.claims)


EVERYTHING = Selection()
