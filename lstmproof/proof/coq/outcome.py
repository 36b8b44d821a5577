"""What is handed to Coq, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instance:
    """A theorem about one cell, as a file that Coq compiles beside the theories."""

    text: str
    """The whole file: imports, definitions, statement and proof. It prints nothing and quotes no author."""
    theorems: tuple[str, ...]
    """Names of the theorems in it; all are audited, and the first is what is shown."""
    statement: str
    """What the first theorem says, in Coq's language, closed; printed by code that shares nothing with the proof."""
    reading: str
    """The same for a reader."""
    hypotheses: tuple[str, ...] = ()
    """What it assumes beyond the equations of the cell, for a reader."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A theorem that Coq's kernel accepted and that rests on nothing but axioms of the real numbers."""

    theorem: str
    statement: str
    """The theorem as Coq prints it."""
