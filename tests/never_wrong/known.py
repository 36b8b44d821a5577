"""Statements whose truth is known, and the small derivation file that each of them is stated in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import lstmproof.language
from lstmproof import catalogue
from lstmproof.language.parser import parse_text
from lstmproof.verify.subject import Subject, subjects

Truth = Literal["true", "false", "vacuous", "undefined"]
"""`vacuous`: the hypotheses contradict each other. `undefined`: not everywhere defined, and true where it is."""

Kind = Literal["claim", "myth"]

FILE = "stated.py"

WORDS = tuple(lstmproof.language.__all__)

_RIGHT = {"true": "proved", "false": "refuted", "vacuous": "undecided", "undefined": "undecided"}

_NEVER: dict[Truth, frozenset[str]] = {
    "true": frozenset({"refuted"}),
    "false": frozenset({"proved", "tested", "certified"}),
    "vacuous": frozenset({"proved", "refuted", "tested", "certified"}),
    "undefined": frozenset({"proved", "refuted"}),
}


@dataclass(frozen=True)
class Known:
    """One statement: hypotheses and a conclusion, joined by semicolons; its argument names are those that it reads."""

    says: str
    truth: Truth
    why: str
    beyond: bool = False
    """Whether no part of this program is expected to decide it."""
    names: tuple[str, ...] = ()
    """Arguments that it takes without reading them: a constant that is to be any real number."""
    cell: str = ""
    """Name of a cell of the catalogue, or of this suite; empty for formulas alone."""
    source: str = ""
    """The text of the cells of the file; empty for a cell of the catalogue."""
    spare: tuple[int, ...] = ()
    """Hypotheses of a true statement, by number, without which it is true still; a constant then has its default."""

    @property
    def name(self) -> str:
        return f"{self.cell or 'numbers'}: {self.says}"

    @property
    def never(self) -> frozenset[str]:
        """Verdicts that would be wrong."""
        return _NEVER[self.truth]

    @property
    def expected(self) -> str:
        """The verdict that this program reaches; empty if it is left open."""
        return "" if self.beyond else _RIGHT[self.truth]

    @property
    def parts(self) -> list[str]:
        """The hypotheses, then the conclusion."""
        return [part.strip() for part in self.says.split(";")]

    def weakened(self) -> Iterator[Known]:
        """A true statement without one hypothesis that it needs: false, or not everywhere defined."""
        for place in range(len(self.parts) - 1):
            if place not in self.spare:
                left = "; ".join(part for number, part in enumerate(self.parts) if number != place)
                yield replace(self, says=left, truth="undefined", why=f"needs {self.parts[place]}", spare=())

    def text(self, kind: Kind) -> str:
        """The derivation file that states it, as a claim or as a myth."""
        cells = self.source or (catalogue_source(self.cell) if self.cell else "")
        *hypotheses, conclusion = self.parts
        taken = {*WORDS, *_functions(cells)}
        arguments = dict.fromkeys((*self.names, *(name for name in _names(self.says) if name not in taken)))
        used = {"cell", "assume", kind, *_names(cells), *_names(self.says)} - {*_functions(cells)}
        heading = f"@{kind}({self.cell})" if self.cell else f"@{kind}"
        lines = [f"assume({each})" for each in hypotheses] + [f"return {conclusion}"]
        body = "".join(f"    {line}\n" for line in lines)
        imports = f"from lstmproof.language import {', '.join(word for word in WORDS if word in used)}"
        return f"{imports}\n\n{cells}\n\n{heading}\ndef stated({', '.join(arguments)}):\n{body}"

    def subject(self, kind: Kind) -> Subject:
        """The cell, or the file, that states it and nothing else."""
        found = [each for each in subjects(parse_text(self.text(kind), FILE)) if each.claims]
        assert len(found) == 1
        return found[0]


def true(
    says: str, why: str, *, beyond: bool = False, names: tuple[str, ...] = (), spare: tuple[int, ...] = ()
) -> Known:
    """True for all that it quantifies over, and none of its hypotheses but the spare ones can be missed."""
    return Known(says, "true", why, beyond, names, spare=spare)


def false(says: str, why: str, *, beyond: bool = False, names: tuple[str, ...] = ()) -> Known:
    """False somewhere, its hypotheses being met there."""
    return Known(says, "false", why, beyond, names)


def vacuous(says: str, why: str) -> Known:
    """Said of nothing: neither proved nor refuted."""
    return Known(says, "vacuous", why)


def undefined(says: str, why: str) -> Known:
    """Without a value somewhere, true elsewhere: neither proved nor refuted."""
    return Known(says, "undefined", why)


def about(cell: str, source: str, *statements: Known) -> tuple[Known, ...]:
    """Statements of one cell; `source` is empty if the catalogue has it."""
    return tuple(replace(each, cell=cell, source=source) for each in statements)


@cache
def catalogue_source(name: str) -> str:
    """The text of one cell of the catalogue and its helpers, without what its file states."""
    definition = catalogue.find(name)
    return "\n\n".join(ast.unparse(each) for each in (*definition.helpers.values(), definition.function))


def _functions(cells: str) -> Iterator[str]:
    return (node.name for node in ast.parse(cells).body if isinstance(node, ast.FunctionDef))


def _names(says: str) -> list[str]:
    found = [
        (node.lineno, node.col_offset, node.id) for node in ast.walk(ast.parse(says)) if isinstance(node, ast.Name)
    ]
    return [name for _, _, name in sorted(found)]
