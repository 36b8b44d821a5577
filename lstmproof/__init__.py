"""Verified gradients of recurrent cells, derived from one page of equations.

>>> import lstmproof
>>> lstmproof.load("janet").states
{'h': ('hidden',)}
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lstmproof.cell import Cell as Cell
    from lstmproof.cell import load as load
    from lstmproof.verdict import CellResults

    def verify(cell: Cell, examples: int = 100, seed: int = 0, laws: Sequence[str] | None = None) -> CellResults:
        """Check `cell` by every law, or by those whose id matches one of the patterns `laws`."""


__version__ = "0.1.0"

__all__ = ["Cell", "__version__", "load", "verify"]


def __getattr__(name: str) -> Any:
    """Names of the Python interface, imported when first asked for: the command line starts without them."""
    if name in ("Cell", "load"):
        return getattr(import_module("lstmproof.cell"), name)
    if name == "verify":
        return import_module("lstmproof.verify")
    raise AttributeError(f"module 'lstmproof' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
