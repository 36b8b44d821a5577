"""What the parser makes of a derivation file: its cells, each validated and lowered to a Program, and its claims."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from lstmproof.language.claims import Claim
from lstmproof.program.nodes import Axes, Constant, Program


@dataclass(frozen=True)
class Equation:
    """One assignment of a cell's body, as its author wrote it."""

    line: int
    target: str
    axes: Axes
    text: str
    """The right-hand side in canonical Python spelling (`ast.unparse`)."""


@dataclass(frozen=True)
class Definition:
    """One cell of a derivation file."""

    name: str
    doc: str
    file: str
    """Path of the derivation file as its user gave it."""
    line: int
    digest: str
    """`sha256:` and the hex digest of the file's text, its line ends as LF."""
    inputs: Mapping[str, Axes]
    states: Mapping[str, Axes]
    parameters: Mapping[str, Axes]
    constants: Mapping[str, Constant]
    returned: tuple[str, ...]
    """Returned names in order: every state, and extra outputs."""
    equations: tuple[Equation, ...]
    function: ast.FunctionDef
    """The validated body; readings compile it, nothing else does. A number's `kind` is its literal text."""
    helpers: Mapping[str, ast.FunctionDef]
    program: Program
    lines: Mapping[str, int]
    """The source line of each node of the Program."""

    @property
    def key(self) -> str:
        """What names it in results and on the command line: `derivations/janet.py:janet_beta`."""
        return f"{self.file}:{self.name}"


@dataclass(frozen=True)
class Derivation:
    """A derivation file: its documentation, cells and claims."""

    file: str
    doc: str
    digest: str
    text: str
    cells: tuple[Definition, ...]
    claims: tuple[Claim, ...]
    """Claims and myths, in the order of the file."""
