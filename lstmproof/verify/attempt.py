"""The boundary at which an error of this project's own becomes a verdict: `undecided`, never a law that holds or fails.

Nothing else catches what it does not expect. What the user asked for besides is still examined, printed and written.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no result."""

    reason: str
    """One line."""
    traceback: str


def attempt(compute: Callable[[], Found]) -> Found | Failure:
    """What `compute` returns, or the error that it raised; an interruption is passed on.

    >>> attempt(lambda: 1 // 0).reason
    'internal error: ZeroDivisionError: integer division or modulo by zero'
    """
    try:
        return compute()
    except Exception as error:
        told = f"{type(error).__name__}: {error}".splitlines()[0].rstrip(": ")
        return Failure(f"internal error: {told}", "".join(traceback.format_exception(error)))
