"""What is checked and by what: generated problems, derived tolerances, the laws, the runner, the mutants.

`lstmproof.verify(cell)` is also the public call that checks a cell: importing this package binds its name in
`lstmproof`, where the call is to be found, so that the package itself has to be what is called.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Protocol

from lstmproof.language.definition import Definition
from lstmproof.verdict import CellResults
from lstmproof.verify.runner import verify_cell


class HasDefinition(Protocol):
    """What can be verified: a `lstmproof.Cell`."""

    @property
    def definition(self) -> Definition: ...


class _Callable(ModuleType):
    """The type of this package."""

    def __call__(
        self, cell: HasDefinition, examples: int = 100, seed: int = 0, laws: Sequence[str] | None = None
    ) -> CellResults:
        """Check `cell` by every law, or by those whose id matches one of the patterns `laws` (`law.complex_*`)."""
        if not hasattr(cell, "definition"):
            raise TypeError(f"the cell is {cell!r}, expected what lstmproof.load returns: lstmproof.verify(load(...))")
        return verify_cell(cell.definition, examples=examples, seed=seed, laws=laws)


sys.modules[__name__].__class__ = _Callable
