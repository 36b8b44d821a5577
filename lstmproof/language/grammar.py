"""The form of a derivation file: which Python trees are one. Only form is judged; `scope` judges what names mean."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass

from lstmproof.language.errors import SourceText, clip, spelled
from lstmproof.language.forms import EQUATIONS, check_assignment, check_expression, refused_statement, returned
from lstmproof.language.scan import MAX_NESTING, MAX_STATEMENTS, scan, too_deep

_ACCEPTED = (
    "at the top level: a docstring, imports from lstmproof.language, one-line helpers, and functions decorated with "
    "@cell, @claim or @myth"
)

STATEMENTS = ("claim", "myth")
"""Decorators of statements: what is believed and true, what is believed and false."""


@dataclass(frozen=True)
class Module:
    """The parts of a derivation file, in the order of the file."""

    doc: str
    imported: frozenset[str]
    imports: tuple[ast.alias, ...]
    cells: tuple[ast.FunctionDef, ...]
    helpers: tuple[ast.FunctionDef, ...]
    claims: tuple[ast.FunctionDef, ...]
    """Functions decorated with @claim or @myth; `statements` judges their form."""


def parse(source: SourceText) -> Module:
    """The parts of `source`, each of a form that the language has.

    Raises:
        DerivationError: not Python, beyond a limit, or any form that the language does not have.
    """
    scan(source)
    tree = _python(source)
    _within_limits(source, tree)
    body = tree.body
    doc = _docstring(body)
    imports: list[ast.alias] = []
    cells: list[ast.FunctionDef] = []
    helpers: list[ast.FunctionDef] = []
    claims: list[ast.FunctionDef] = []
    for statement in body[1:] if doc is not None else body:
        if isinstance(statement, ast.ImportFrom):
            imports += _imports(source, statement)
        elif isinstance(statement, ast.FunctionDef) and _is_claim(statement):
            claims.append(statement)
        elif isinstance(statement, ast.FunctionDef) and statement.decorator_list:
            _check_cell(source, statement)
            cells.append(statement)
        elif isinstance(statement, ast.FunctionDef):
            _check_helper(source, statement)
            helpers.append(statement)
        else:
            raise refused_statement(source, statement, _ACCEPTED)
    imported = frozenset(alias.name for alias in imports)
    return Module(doc or "", imported, tuple(imports), tuple(cells), tuple(helpers), tuple(claims))


def _is_claim(function: ast.FunctionDef) -> bool:
    """Whether the first decorator is one of a claim, called or not."""
    match function.decorator_list:
        case [ast.Name(word) | ast.Call(ast.Name(word)), *_]:
            return word in STATEMENTS
        case _:
            return False


def _python(source: SourceText) -> ast.Module:
    """Python's own tree. The limits kept by `scan` bound the parser's recursion and memory."""
    try:
        with warnings.catch_warnings():
            # A docstring may hold LaTeX: '\sigma' is no error here, whatever the process does with warnings.
            warnings.simplefilter("ignore")
            return ast.parse(source.text)
    except SyntaxError as failure:
        line = min(max(failure.lineno or 1, 1), len(source.lines))
        message = clip(failure.msg or "invalid syntax", 120)
        expected = "Python: a derivation file is a valid Python module"
        raise source.error_at(
            line, failure.offset or 1, "not valid Python", message, expected, "mend the syntax here"
        ) from None
    except (ValueError, RecursionError, MemoryError) as failure:
        # Not reachable with a usual stack; a caller already deep in recursion may leave Python's parser too little.
        raise source.error_at(
            1, 1, "Python's parser gave up", type(failure).__name__, "a smaller file", "split it"
        ) from None


def _within_limits(source: SourceText, tree: ast.Module) -> None:
    """Count statements and the exact nesting of expressions; keeps its own stack.

    On the way each number's `kind` gets the text of its literal, which the tree's float may have rounded.
    """
    statements = 0
    pending: list[tuple[ast.AST, int]] = [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        statements += isinstance(node, ast.stmt)
        if statements > MAX_STATEMENTS:
            found, limit = f"more than {MAX_STATEMENTS} statements", f"at most {MAX_STATEMENTS}"
            raise source.error(node, "too long a file", found, limit, "split it into several files")
        if isinstance(node, ast.expr):
            depth += 1
            if depth > MAX_NESTING + 1:
                raise too_deep(source, node.lineno, node.col_offset + 1)
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            node.kind = source.segment(node)
        pending.extend((child, depth) for child in ast.iter_child_nodes(node))


def _docstring(body: list[ast.stmt]) -> str | None:
    match body:
        case [ast.Expr(ast.Constant(str(text))), *_]:
            return text
        case _:
            return None


def body_of(function: ast.FunctionDef) -> list[ast.stmt]:
    """The statements of a function after its docstring."""
    return function.body[1:] if _docstring(function.body) is not None else function.body


def doc_of(function: ast.FunctionDef) -> str:
    """A function's docstring with its indentation removed, or the empty string."""
    return ast.get_docstring(function) or ""


def _imports(source: SourceText, statement: ast.ImportFrom) -> list[ast.alias]:
    if statement.module != "lstmproof.language" or statement.level:
        found = clip("." * statement.level + (statement.module or ""))
        fix = "remove it: nothing from outside can be used in a derivation"
        raise source.error(statement, "an import from elsewhere", found, "from lstmproof.language import ...", fix)
    for alias in statement.names:
        if alias.asname is not None or alias.name == "*":
            found = "a star import" if alias.name == "*" else f"'{clip(alias.name)} as {clip(alias.asname or '')}'"
            expected = "from lstmproof.language import cell, sigmoid, ..."
            raise source.error(
                alias, "an import under another name", found, expected, "import each word under its own name"
            )
    return statement.names


def _check_cell(source: SourceText, function: ast.FunctionDef) -> None:
    match function.decorator_list:
        case [ast.Name("cell")]:
            pass
        case [_, extra, *_]:
            raise source.error(extra, "a second decorator", spelled(extra), "@cell alone", "remove it")
        case [decorator]:
            expected = "@cell, @claim or @myth, or no decorator for a helper"
            fix = (
                "write '@cell' without a call"
                if spelled(decorator).startswith("cell")
                else "remove it or write '@cell'"
            )
            raise source.error(decorator, "an unknown decorator", f"@{spelled(decorator)}", expected, fix)
    check_function(source, function)
    statements = body_of(function)
    for statement in statements[:-1]:
        if isinstance(statement, ast.Return):
            raise source.error(
                statement, "a return before the end", "a return", EQUATIONS, "return once, as the last statement"
            )
        check_assignment(source, statement)
    if not statements or not isinstance(statements[-1], ast.Return):
        where = statements[-1] if statements else function
        fix = "end the cell with 'return' and the names of its states"
        raise source.error(where, "the cell does not return", "no return at the end", EQUATIONS, fix)
    returned(source, statements[-1])


def _check_helper(source: SourceText, function: ast.FunctionDef) -> None:
    check_function(source, function)
    arguments = function.args
    annotated = [argument.annotation for argument in arguments.args if argument.annotation is not None]
    for bad, what in ((arguments.kwonlyargs, "a keyword-only argument"), (annotated, "an annotation")):
        if bad:
            expected = "a helper with plain arguments: def g(z): return ..."
            raise source.error(bad[0], f"{what} in a helper", what, expected, "make it a plain argument")
    match body_of(function):
        case [ast.Return(ast.expr() as value)]:
            check_expression(source, value)
        case _:
            expected = "one line: return EXPRESSION (a function with equations is a cell, decorated with @cell)"
            fix = "inline the steps, or decorate the function with '@cell'"
            raise source.error(
                function, f"'{clip(function.name)}' is no helper", "other statements than one return", expected, fix
            )


def check_function(source: SourceText, function: ast.FunctionDef) -> None:
    """What holds for all functions of a file: plain arguments, no return annotation, no type parameters."""
    arguments = function.args
    star = arguments.vararg or arguments.kwarg
    if star is not None:
        found, expected = f"'*{clip(star.arg)}'", "each argument by name"
        raise source.error(star, "a variable number of arguments", found, expected, "name each argument")
    if arguments.posonlyargs:
        where = arguments.posonlyargs[-1]
        raise source.error(
            where, "positional-only arguments", "'/'", "plain arguments, then '*', then parameters", "remove the '/'"
        )
    if arguments.defaults:
        expected = "no default: what flows is given at every step"
        fix = "move it behind '*' if it is a constant, else remove the default"
        raise source.error(
            arguments.defaults[0], "a default for a positional argument", spelled(arguments.defaults[0]), expected, fix
        )
    if function.returns is not None:
        raise source.error(
            function.returns, "a return annotation", spelled(function.returns), "no annotation", "remove it"
        )
    for parameter in getattr(function, "type_params", ()):
        raise source.error(parameter, "a type parameter", "a type parameter", "a plain function", "remove it")
