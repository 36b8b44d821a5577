"""What is checked and by what: generated problems, derived tolerances, the laws, the runner, the mutants.

`lstmproof.verify(cell)` is also the public call that checks a cell: importing this package binds its name in
`lstmproof`, where the call is to be found, so that the package itself has to be what is called.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Protocol

from lstmproof.verdict import CellResults
from lstmproof.verify.runner import verify_cell
from lstmproof.verify.subject import Selection, Subject


class HasSubject(Protocol):
    """What can be verified: a `lstmproof.Cell`."""

    @property
    def subject(self) -> Subject: ...


class _Callable(ModuleType):
    """The type of this package."""

    def __call__(
        self,
        cell: HasSubject,
        examples: int = 100,
        seed: int = 0,
        laws: Sequence[str] = (),
        claims: Sequence[str] = (),
    ) -> CellResults:
        """Check `cell` by every law, settle its claims and myths, and report what is found of it.

        `laws` and `claims` are globs of ids (`law.complex_*`, `myth.*`); if either is given, nothing else is examined.
        """
        if not hasattr(cell, "subject"):
            raise TypeError(f"the cell is {cell!r}, expected what lstmproof.load returns: lstmproof.verify(load(...))")
        return verify_cell(cell.subject, examples, seed, Selection(tuple(laws), tuple(claims)))


sys.modules[__name__].__class__ = _Callable
