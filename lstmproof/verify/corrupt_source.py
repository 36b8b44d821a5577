"""Single corruptions of an emitted kernel's source, made on its syntax tree.

Only what computes is corrupted: calls of NumPy, assignments to parts of arrays, and the views that each step reads and
writes. What checks arguments is not; its tests are its own.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SIGN = "sign flipped"
DROPPED = "operation dropped"
NEIGHBOUR = "neighbouring row"
TIME = "off by one in t"
TRANSPOSED = "transpose dropped"

FUNCTIONS = ("forward", "_gradients")
"""Functions of an emitted module that compute, and whose statements are dropped one at a time."""

_OPPOSITE = {"add": "subtract", "subtract": "add", "negative": "positive", "positive": "negative"}
_CHECKS = ("_check_finite", "_check_cotangents", "_sizes")


@dataclass(frozen=True)
class SourceCorruption:
    """One wrong kernel module, and what is wrong with it."""

    kind: str
    where: str
    """The line of the emitted source."""
    change: str
    source: str


def corruptions(source: str) -> Iterator[SourceCorruption]:
    """Every corruption of a kernel's source, in the order of its lines."""
    tree = ast.parse(source)
    for find in (_signs, _drops, _transposes, _steps, _rows):
        for kind, node, change, alter in find(tree):
            yield SourceCorruption(kind, f"line {node.lineno}", change, _altered(tree, node, alter))


Alteration = Callable[[ast.AST], ast.AST | None]
Found = Iterator[tuple[str, ast.AST, str, Alteration]]


class _Alter(ast.NodeTransformer):
    """Applies an alteration to the one node at a place."""

    def __init__(self, place: tuple[int, int, type[ast.AST]], alter: Alteration) -> None:
        self._place, self._alter = place, alter

    def visit(self, node: ast.AST) -> ast.AST | None:
        if (getattr(node, "lineno", -1), getattr(node, "col_offset", -1), type(node)) == self._place:
            return self._alter(node)
        return self.generic_visit(node)
