"""Which Python trees are in the language: everything else is refused here, each thing with its own remedy.

Only form is judged; what names mean is judged in `scope`.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from lstmproof.language.errors import DerivationError, SourceText, clip, spelled
from lstmproof.language.scan import MAX_NESTING, MAX_STATEMENTS, scan, too_deep

MAX_EXPONENT = 16
"""Largest literal exponent of `**`."""

BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}
"""Python's operators that are pointwise ones of the language."""

_ACCEPTED = "at the top level: a docstring, imports from lstmproof.language, @cell functions and one-line helpers"
_EQUATIONS = "assignments 'name = expression' and one return at the end"
_EXPRESSION = "names, numbers, + - * / **, @, and calls of the language's functions and of helpers"

_STATEMENTS: dict[type[ast.stmt], tuple[str, str]] = {
    ast.Pass: ("a pass statement", "remove it"),
    ast.Break: ("a break statement", "remove it"),
    ast.Continue: ("a continue statement", "remove it"),
    ast.Expr: ("an expression whose value goes nowhere", "assign it to a name, or remove it"),
    ast.FunctionDef: ("a function inside a function", "move it to the top level of the file"),
    ast.Import: ("an import", "remove it: nothing from outside can be used in a derivation"),
    ast.ImportFrom: ("an import", "import at the top of the file, from lstmproof.language alone"),
    ast.Assign: (
        "an assignment",
        "write it inside a cell; a value for a whole file is a keyword argument with a default",
    ),
    ast.AnnAssign: (
        "an assignment",
        "write it inside a cell; a value for a whole file is a keyword argument with a default",
    ),
    ast.AugAssign: ("an assignment", "write it inside a cell"),
    ast.Return: ("a return", "return once, at the end of a cell"),
}

_EXPRESSIONS: dict[type[ast.expr], tuple[str, str]] = {
    ast.Compare: ("a comparison", "equations have no branches; 'maximum', 'minimum' and 'relu' choose by value"),
    ast.BoolOp: ("'and' or 'or'", "equations have no branches; 'maximum', 'minimum' and 'relu' choose by value"),
    ast.Attribute: ("an attribute", "use plain names: there are no objects, methods or modules"),
    ast.NamedExpr: ("':='", "write the assignment on a line of its own"),
    ast.Starred: ("a starred argument", "write each argument out"),
    ast.Tuple: ("a tuple", "write one expression; only return lists several names"),
}

_OPERATORS: dict[type[ast.AST], tuple[str, str]] = {
    ast.FloorDiv: ("'//'", "use '/': there is no rounding"),
    ast.Mod: ("'%'", "there is no remainder; write the formula out"),
    ast.UAdd: ("a unary plus", "remove it"),
    ast.Not: ("'not'", "equations have no branches; 'maximum', 'minimum' and 'relu' choose by value"),
    ast.Invert: ("'~'", "write '1 - v' for the complement of a gate"),
}


@dataclass(frozen=True)
class Module:
    """The parts of a derivation file, in the order of the file."""

    doc: str
    imported: frozenset[str]
    imports: tuple[ast.alias, ...]
    cells: tuple[ast.FunctionDef, ...]
    helpers: tuple[ast.FunctionDef, ...]


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
    for statement in body[1:] if doc is not None else body:
        if isinstance(statement, ast.ImportFrom):
            imports += _imports(source, statement)
        elif isinstance(statement, ast.FunctionDef) and statement.decorator_list:
            _check_cell(source, statement)
            cells.append(statement)
        elif isinstance(statement, ast.FunctionDef):
            _check_helper(source, statement)
            helpers.append(statement)
        else:
            raise refused_statement(source, statement, _ACCEPTED)
    return Module(doc or "", frozenset(alias.name for alias in imports), tuple(imports), tuple(cells), tuple(helpers))


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


def refused_statement(source: SourceText, statement: ast.stmt, expected: str = _EQUATIONS) -> DerivationError:
    """The error for a statement that has no place where it stands."""
    what, fix = _STATEMENTS.get(type(statement), (f"a statement of kind {type(statement).__name__}", "remove it"))
    return source.error(statement, f"{what} is not in the language here", what, expected, fix)


def _check_cell(source: SourceText, function: ast.FunctionDef) -> None:
    match function.decorator_list:
        case [ast.Name("cell")]:
            pass
        case [_, extra, *_]:
            raise source.error(extra, "a second decorator", spelled(extra), "@cell alone", "remove it")
        case [decorator]:
            expected = "@cell, or no decorator for a helper"
            fix = (
                "write '@cell' without a call"
                if spelled(decorator).startswith("cell")
                else "remove it or write '@cell'"
            )
            raise source.error(decorator, "an unknown decorator", f"@{spelled(decorator)}", expected, fix)
    _check_function(source, function)
    statements = body_of(function)
    for statement in statements[:-1]:
        if isinstance(statement, ast.Return):
            raise source.error(
                statement, "a return before the end", "a return", _EQUATIONS, "return once, as the last statement"
            )
        check_assignment(source, statement)
    if not statements or not isinstance(statements[-1], ast.Return):
        where = statements[-1] if statements else function
        fix = "end the cell with 'return' and the names of its states"
        raise source.error(where, "the cell does not return", "no return at the end", _EQUATIONS, fix)
    for _ in returned(source, statements[-1]):
        pass


def _check_helper(source: SourceText, function: ast.FunctionDef) -> None:
    _check_function(source, function)
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


def _check_function(source: SourceText, function: ast.FunctionDef) -> None:
    """What holds for cells and helpers alike: plain arguments, no return annotation, no type parameters."""
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


def check_assignment(source: SourceText, statement: ast.stmt) -> None:
    """Refuse what is not `name = expression` or `name: "axes" = expression`."""
    match statement:
        case ast.Assign([ast.Name()], value):
            check_expression(source, value)
        case ast.AnnAssign(ast.Name(), annotation, ast.expr() as value, 1):
            annotated_axes(source, annotation)
            check_expression(source, value)
        case ast.Assign([_, second, *_]):
            fix = "assign to one name, then write 'b = a' on a line of its own"
            raise source.error(second, "two targets in one assignment", spelled(second), "name = expression", fix)
        case ast.Assign([target]) | ast.AnnAssign(target, _, ast.expr()):
            fix = "write one assignment to a plain name for each value"
            raise source.error(target, "a target that is not a name", spelled(target), "name = expression", fix)
        case ast.AnnAssign(target):
            raise source.error(
                target, "an annotation without a value", spelled(target), 'name: "axes" = expression', "give it a value"
            )
        case ast.AugAssign(target):
            name = spelled(target)
            raise source.error(
                statement,
                "an assignment in place",
                spelled(statement),
                "name = expression",
                f"write it out: {name} = {name} ...",
            )
        case _:
            raise refused_statement(source, statement)


def annotated_axes(source: SourceText, annotation: ast.expr) -> tuple[str, ...]:
    """The axis names of an annotation such as `"block unit"`."""
    match annotation:
        case ast.Constant(str(text)):
            axes = tuple(text.split())
        case _:
            expected = 'a string of axis names: "hidden", "block unit", or "" for a scalar'
            raise source.error(
                annotation,
                "an annotation that is not axes",
                spelled(annotation),
                expected,
                "write the axes as one string",
            )
    for axis in axes:
        check_axis_name(source, annotation, axis)
    return axes


def check_axis_name(source: SourceText, node: ast.AST, axis: str) -> None:
    """Refuse an axis name that is no ASCII identifier, or that means time or the batch."""
    if not (axis.isascii() and axis.isidentifier() and len(axis) <= 40):
        raise source.error(
            node, "not an axis name", f"'{clip(axis)}'", "ASCII identifiers, separated by spaces", "rename the axis"
        )
    if axis in ("time", "batch"):
        fix = "leave it out: every equation holds for each step and each row of the batch"
        raise source.error(
            node, f"the axis '{axis}' is never written", f"'{axis}'", "axes of one step and one row", fix
        )


def returned(source: SourceText, statement: ast.stmt) -> list[ast.Name]:
    """The names that a return lists."""
    value = statement.value if isinstance(statement, ast.Return) else None
    names = value.elts if isinstance(value, ast.Tuple) else [value]
    result = []
    for name in names:
        if not isinstance(name, ast.Name):
            where = name if name is not None else statement
            found = spelled(name) if name is not None else "no value"
            expected = "names alone: return h, c"
            raise source.error(
                where, "a return of something that is not a name", found, expected, "assign it to a name first"
            )
        result.append(name)
    return result


def check_expression(source: SourceText, expression: ast.expr) -> None:
    """Refuse every form of expression that the language does not have. Keeps its own stack."""
    pending: list[ast.expr] = [expression]
    while pending:
        node = pending.pop()
        pending.extend(reversed(list(_checked_parts(source, node))))


def _checked_parts(source: SourceText, node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Name() | ast.Constant():
            _check_atom(source, node)
        case ast.BinOp(left, ast.Pow(), right):
            check_exponent(source, right)
            yield left
        case ast.BinOp(left, operator, right) if type(operator) in BINARY or isinstance(operator, ast.MatMult):
            yield left
            yield right
        case ast.UnaryOp(ast.USub(), operand):
            yield operand
        case ast.BinOp(_, operator, _) | ast.UnaryOp(operator, _):
            what, fix = _OPERATORS.get(type(operator), ("a bitwise operator", "write the formula in + - * /"))
            raise source.error(node, f"{what} is not in the language", spelled(node), _EXPRESSION, fix)
        case ast.Call():
            yield from _call_parts(source, node)
        case _:
            what, fix = _EXPRESSIONS.get(
                type(node), (f"an expression of kind {type(node).__name__}", "write the formula out")
            )
            raise source.error(node, f"{what} is not in the language", spelled(node), _EXPRESSION, fix)


def _check_atom(source: SourceText, node: ast.Name | ast.Constant) -> None:
    if isinstance(node, ast.Constant) and type(node.value) not in (int, float):
        fix = (
            'a string names axes only in annotations and in sum(v, "axis")'
            if isinstance(node.value, str)
            else "write a number"
        )
        raise source.error(node, "a value that is no number", spelled(node), _EXPRESSION, fix)


def _call_parts(source: SourceText, node: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call of a plain name; the axis of `sum(v, "axis")` and `mean` is no expression."""
    if not isinstance(node.func, ast.Name):
        expected = "a call of a function of the language or of a helper, by its name"
        raise source.error(
            node.func,
            "a call of something that is not a name",
            spelled(node.func),
            expected,
            "call a function by its name",
        )
    if node.keywords:
        keyword = node.keywords[0]
        found = f"'{clip(keyword.arg)}=...'" if keyword.arg else "'**...'"
        raise source.error(
            keyword, "a keyword argument in a call", found, "arguments by position", "give the value by position"
        )
    reduces = node.func.id in ("sum", "mean") and len(node.args) == 2
    if reduces:
        check_reduced_axis(source, node.args[1])
    yield from node.args[:1] if reduces else node.args


def check_reduced_axis(source: SourceText, node: ast.expr) -> str:
    """The axis name that is the second argument of `sum` or `mean`."""
    match node:
        case ast.Constant(str(axis)):
            check_axis_name(source, node, axis)
            return axis
        case _:
            expected = 'one axis name as a string: sum(v, "unit")'
            raise source.error(
                node, "an axis that is not named by a string", spelled(node), expected, "write the axis in quotes"
            )


def check_exponent(source: SourceText, node: ast.expr) -> int:
    """The literal exponent of a power."""
    expected = f"a literal integer from 0 to {MAX_EXPONENT}"
    match node:
        case ast.Constant(int(value)) if type(value) is int and value <= MAX_EXPONENT:
            return value
        case ast.Constant(int(value)) if type(value) is int:
            fix = "take a power of a power, or write exp(n * log(x))"
        case ast.UnaryOp(ast.USub(), ast.Constant(int())):
            fix = f"write 1 / x ** {spelled(node)[1:]}"
        case ast.Constant(float(value)) if value == 0.5:
            fix = "write sqrt(x)"
        case _:
            fix = "write exp(p * log(x)) for a power that is not a whole number"
    raise source.error(node, "an exponent that is not a small whole number", spelled(node), expected, fix)


def number(source: SourceText, node: ast.Constant) -> Fraction:
    """The exact value of a decimal literal, read from its text: 0.1 is 1/10.

    Raises:
        DerivationError: not 0 but too near it for a float64, or beyond its range.
    """
    text = node.kind or ""
    value = Fraction(text.replace("_", ""))
    if value and not Fraction(10) ** -300 <= value <= Fraction(10) ** 300:
        expected = "0, or between 1e-300 and 1e300 in size"
        raise source.error(node, "a number out of range", clip(text), expected, "rescale the quantity")
    return value
