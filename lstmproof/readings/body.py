"""Compiling the body of a cell: one of the two places of the project that compile or execute anything.

Only a body that the language's checks passed gets here. What is compiled is that function and its helpers alone,
with no builtins and nothing else in reach than the words that a reading gives. On the way, and for the readings
alone, each number becomes a call that makes it exact and each assignment a call that sees it; the calls' names
hold a character that no derivation can write.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any

from lstmproof.language.definition import Definition

NUMBER = "@number"
"""Called with the text of a literal."""

ASSIGN = "@assign"
"""Called with the assigned name, its annotated axes or None, and the value."""


class BodyError(ValueError):
    """A tree that is no validated body: a fault of whoever built the Definition."""


def bind(definition: Definition, words: Mapping[str, Callable[..., Any]]) -> Callable[..., tuple[Any, ...]]:
    """The cell as a function of its arguments by keyword, returning the returned values in order.

    `words` holds the function table, `outer dot sum mean stop cut previous`, `NUMBER` and `ASSIGN`.
    """
    scope: dict[str, Any] = {"__builtins__": {}, **words}
    exec(_compiled(definition.function, tuple(definition.helpers.values())), scope)
    cell: Callable[..., Any] = scope[definition.function.name]
    return cell if len(definition.returned) > 1 else lambda **arguments: (cell(**arguments),)


def formula(text: str, words: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    """A formula of the function table, such as `y * (1 - y)`, as a function of `z`, `w` and `y` by keyword."""
    scope: dict[str, Any] = {"__builtins__": {}, **words}
    exec(_compiled_formula(text), scope)
    function: Callable[..., Any] = scope["formula"]
    return function


@lru_cache(maxsize=256)
def _compiled_formula(text: str) -> CodeType:
    tree = ast.parse(f"def formula(*, z, w, y): return {text}").body[0]
    assert isinstance(tree, ast.FunctionDef)
    return _compiled(tree, ())


@lru_cache(maxsize=256)
def _compiled(function: ast.FunctionDef, helpers: tuple[ast.FunctionDef, ...]) -> CodeType:
    """Code that defines the helpers and the cell. Trees are told apart by identity."""
    module = ast.Module([_rewritten(each) for each in (*helpers, function)], type_ignores=[])
    return compile(ast.fix_missing_locations(module), f"<{function.name}>", "exec")


def _rewritten(function: ast.FunctionDef) -> ast.FunctionDef:
    """The function without docstring, decorators, annotations and defaults, its parts rewritten."""
    given = function.args
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(argument.arg) for argument in given.args],
        kwonlyargs=[ast.arg(argument.arg) for argument in given.kwonlyargs],
        kw_defaults=[None] * len(given.kwonlyargs),
        defaults=[],
    )
    statements = [_statement(statement) for statement in function.body if not _is_docstring(statement)]
    return ast.FunctionDef(function.name, arguments, statements, decorator_list=[])


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _statement(statement: ast.stmt) -> ast.stmt:
    match statement:
        case ast.Return(ast.expr() as value):
            return ast.Return(_expression(value))
        case ast.Assign([ast.Name(name)], value):
            return _assignment(name, None, value)
        case ast.AnnAssign(ast.Name(name), ast.Constant(str(axes)), ast.expr() as value):
            return _assignment(name, axes, value)
        case _:
            raise BodyError(f"a statement of kind {type(statement).__name__} in a body")


def _assignment(name: str, axes: str | None, value: ast.expr) -> ast.stmt:
    seen = _call(ASSIGN, ast.Constant(name), ast.Constant(axes), _expression(value))
    return ast.Assign([ast.Name(name, ast.Store())], seen)


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _expression(value: ast.expr) -> ast.expr:
    """An expression whose numbers and reads of `previous` are calls of the reading's."""
    match value:
        case ast.Constant(int() | float() as number):
            return _call(NUMBER, ast.Constant(value.kind or repr(number)))
        case ast.Name(name):
            return ast.Name(name, ast.Load())
        case ast.Tuple(parts):
            return ast.Tuple([_expression(part) for part in parts], ast.Load())
        case ast.BinOp(base, ast.Pow(), ast.Constant(int(exponent))):
            return ast.BinOp(_expression(base), ast.Pow(), ast.Constant(exponent))
        case ast.BinOp(left, ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.MatMult() as sign, right):
            return ast.BinOp(_expression(left), sign, _expression(right))
        case ast.UnaryOp(ast.USub(), operand):
            return ast.UnaryOp(ast.USub(), _expression(operand))
        case ast.Call(ast.Name("previous"), [ast.Name(state)], []):
            return _call("previous", ast.Constant(state))
        case ast.Call(ast.Name("sum" | "mean" as word), [operand, ast.Constant(str(axis))], []):
            return _call(word, _expression(operand), ast.Constant(axis))
        case ast.Call(ast.Name(word), arguments, []):
            return _call(word, *(_expression(argument) for argument in arguments))
        case _:
            raise BodyError(f"an expression of kind {type(value).__name__} in a body")
