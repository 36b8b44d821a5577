"""Single corruptions of an emitted kernel's source: found on its syntax tree, made on its text.

Only what computes is corrupted: calls of NumPy, assignments to parts of arrays, and the views of memory that each step
reads and writes. What checks arguments is not; it has tests of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

SIGN = "sign flipped"
DROPPED = "operation dropped"
NEIGHBOUR = "neighbouring operand"
ROW = "neighbouring row"
TIME = "off by one in t"
TRANSPOSED = "transpose dropped"

COMPUTING = ("_forward", "_gradients")
"""Functions of an emitted module whose statements compute, but for underscores that keep them off an author's names."""
MEMORY = "_Workspace"
"""The class that lays out views of memory."""

_OPPOSITE = {"add": "subtract", "subtract": "add", "negative": "positive", "positive": "negative"}
_CHECKS = ("_check", "_refuse", "_sizes")
"""How the names of functions that look at arguments begin."""

_SHIFTED = {
    "t": "t + 1",
    "t + 1": "t",
    "t % chunk": "t % chunk + 1",
    "t % chunk + 1": "t % chunk",
    ":T": "1:T + 1",
    "1:T + 1": ":T",
    "lo:hi": "lo + 1:hi + 1",
    ":hi - lo": "1:hi - lo + 1",
    "1:hi - lo + 1": ":hi - lo",
    "first:last": "first + 1:last + 1",
    "first + 1:last + 1": "first:last",
    "first - lo:last - lo": "first - lo + 1:last - lo + 1",
    "first - lo + 1:last - lo + 1": "first - lo:last - lo",
    "0": "1",
}
"""First indices of views, and the same a step off; every slab has a row to spare after the last step."""


@dataclass(frozen=True)
class SourceCorruption:
    """One wrong kernel module, and what is wrong with it."""

    kind: str
    line: int
    """In the emitted source."""
    change: str
    source: str


@dataclass(frozen=True)
class _Edit:
    kind: str
    node: ast.stmt | ast.expr
    text: str
    """What stands in the node's place."""


def corruptions(source: str) -> Iterator[SourceCorruption]:
    """Every corruption of a kernel's source."""
    tree = ast.parse(source)
    starts = _line_starts(source)
    for edit in _edits(tree):
        node = edit.node
        start = starts[node.lineno - 1] + node.col_offset
        stop = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or node.col_offset)
        change = f"{edit.text} for {source[start:stop]}"
        yield SourceCorruption(edit.kind, node.lineno, change, source[:start] + edit.text + source[stop:])


def _line_starts(source: str) -> list[int]:
    """Offset of each line; emitted source is ASCII, so columns count characters."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


def _edits(tree: ast.Module) -> Iterator[_Edit]:
    for definition in tree.body:
        if isinstance(definition, ast.FunctionDef) and definition.name.rstrip("_") in COMPUTING:
            yield from _in_function(definition)
        elif isinstance(definition, ast.ClassDef) and definition.name == MEMORY:
            yield from _in_memory(definition)


def _in_function(function: ast.FunctionDef) -> Iterator[_Edit]:
    neighbours = _neighbours(function)
    for node in ast.walk(function):
        match node:
            case ast.Expr(ast.Call(func=ast.Name(name))) if name.startswith(_CHECKS):
                continue
            case ast.Expr(ast.Call() as call):
                yield _Edit(DROPPED, node, "pass")
                yield from _of_call(call, neighbours)
            case ast.Assign([ast.Subscript()], value):
                yield _Edit(DROPPED, node, "pass")
                yield from _negated(value)
            case ast.Attribute(value, "T"):
                yield _Edit(TRANSPOSED, node, ast.unparse(value))
            case ast.For(iter=ast.Call(ast.Name("reversed"), [steps])):
                yield _Edit(TIME, node.iter, ast.unparse(steps))
            case ast.For(iter=ast.Attribute() as steps):
                yield _Edit(TIME, steps, f"reversed({ast.unparse(steps)})")
            case _:
                pass


def _of_call(call: ast.Call, neighbours: Mapping[str, tuple[str, ...]]) -> Iterator[_Edit]:
    name = ast.unparse(call.func).removeprefix("np.")
    if name in _OPPOSITE:
        yield _Edit(SIGN, call.func, f"np.{_OPPOSITE[name]}")
    for argument in call.args:
        if isinstance(argument, ast.Name):
            for other in neighbours.get(argument.id, ()):
                yield _Edit(NEIGHBOUR, argument, other)


def _negated(value: ast.expr) -> Iterator[_Edit]:
    match value:
        case ast.UnaryOp(ast.USub(), operand):
            yield _Edit(SIGN, value, ast.unparse(operand))
        case ast.Name() | ast.Attribute():
            yield _Edit(SIGN, value, f"-{ast.unparse(value)}")
        case _:
            pass


def _neighbours(function: ast.FunctionDef) -> dict[str, tuple[str, ...]]:
    """For each view that a loop or an unpacking names, those named before and after it."""
    found: dict[str, tuple[str, ...]] = {}
    for node in ast.walk(function):
        target = node.target if isinstance(node, ast.For) else node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Tuple) and _unpacks_views(node):
            names = [each.id for each in target.elts if isinstance(each, ast.Name)]
            for one, other in pairwise(names):
                found[one] = (*found.get(one, ()), other)
                found[other] = (*found.get(other, ()), one)
    return found


def _unpacks_views(node: ast.AST) -> bool:
    value = node.iter if isinstance(node, ast.For) else node.value if isinstance(node, ast.Assign) else None
    return value is not None and "work." in ast.unparse(value)


def _in_memory(memory: ast.ClassDef) -> Iterator[_Edit]:
    """Views a step off, and views of the row before or after."""
    rows = _rows(memory)
    for node in ast.walk(memory):
        match node:
            case ast.Subscript(ast.Name(slab), ast.Tuple([when, ast.expr() as which])) if slab in rows:
                shifted = _SHIFTED.get(ast.unparse(when).replace("0:T", ":T"))
                if shifted is not None:
                    yield _Edit(TIME, node, f"{slab}[{shifted}, {ast.unparse(which)}]")
                for other in _beside(which, rows[slab]):
                    yield _Edit(ROW, which, other)
            case ast.Subscript(ast.Name(slab), ast.Name() | ast.Call() as which) if slab in rows:
                for other in _beside(which, rows[slab]):
                    yield _Edit(ROW, which, other)
            case _:
                pass


def _rows(memory: ast.ClassDef) -> dict[str, list[str]]:
    """Names of the rows of each slab, in order; the line that cuts the rows goes before the one that makes the slab."""
    found: dict[str, list[str]] = {}
    latest: list[str] = []
    for node in ast.walk(memory):
        match node:
            case ast.Assign([ast.Tuple(elements)], ast.Call(ast.Name("_rows"))):
                latest = [each.id for each in elements if isinstance(each, ast.Name)][:-1]
            case ast.Assign([ast.Attribute(), ast.Name(slab)]):
                found[slab] = latest
            case _:
                pass
    return found


def _beside(which: ast.expr, rows: list[str]) -> Iterator[str]:
    """The rows before and after a row, or after a range of rows."""
    match which:
        case ast.Name(name) if name in rows:
            at = rows.index(name)
            yield from (*rows[max(0, at - 1) : at], *rows[at + 1 : at + 2])
        case ast.Call(ast.Name("_join"), [ast.Name(first), ast.Name(last)]) if first in rows and last in rows:
            for shift in (-1, 1):
                low, high = rows.index(first) + shift, rows.index(last) + shift
                if low >= 0 and high < len(rows):
                    yield f"_join({rows[low]}, {rows[high]})"
        case _:
            pass
