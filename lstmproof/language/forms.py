"""The forms of assignments and expressions: everything that the language does not have is refused with its remedy."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fractions import Fraction

from lstmproof.language.axes import MAX_RANK, UNWRITTEN
from lstmproof.language.errors import DerivationError, SourceText, clip, spelled

MAX_EXPONENT = 16
"""Largest literal exponent of `**`."""

BINARY = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow"}
"""Python's operators that are pointwise ones of the language."""

EQUATIONS = "assignments 'name = expression' and one return at the end"
_EXPRESSION = "names, numbers, + - * / **, @, and calls of the language's functions and of helpers"
_ELSEWHERE = "write it inside a cell; a value for a whole file is a keyword argument with a default"
_BRANCH = "equations have no branches; 'maximum', 'minimum' and 'relu' choose by value"

_STATEMENTS: dict[type[ast.stmt], tuple[str, str]] = {
    ast.Pass: ("a pass statement", "remove it"),
    ast.Break: ("a break statement", "remove it"),
    ast.Continue: ("a continue statement", "remove it"),
    ast.Expr: ("an expression whose value goes nowhere", "assign it to a name, or remove it"),
    ast.FunctionDef: ("a function inside a function", "move it to the top level of the file"),
    ast.Import: ("an import", "remove it: nothing from outside can be used in a derivation"),
    ast.ImportFrom: ("an import", "import at the top of the file, from lstmproof.language alone"),
    ast.Assign: ("an assignment", _ELSEWHERE),
    ast.AnnAssign: ("an assignment", _ELSEWHERE),
    ast.AugAssign: ("an assignment", "write it inside a cell"),
    ast.Return: ("a return", "return once, at the end of a cell"),
}


_EXPRESSIONS: dict[type[ast.expr], tuple[str, str]] = {
    ast.Compare: ("a comparison", _BRANCH),
    ast.BoolOp: ("'and' or 'or'", _BRANCH),
    ast.Attribute: ("an attribute", "use plain names: there are no objects, methods or modules"),
    ast.NamedExpr: ("':='", "write the assignment on a line of its own"),
    ast.Starred: ("a starred argument", "write each argument out"),
    ast.Tuple: ("a tuple", "write one expression; only return lists several names"),
}

_OPERATORS: dict[type[ast.AST], tuple[str, str]] = {
    ast.FloorDiv: ("'//'", "use '/': there is no rounding"),
    ast.Mod: ("'%'", "there is no remainder; write the formula out"),
    ast.UAdd: ("a unary plus", "remove it"),
    ast.Not: ("'not'", _BRANCH),
    ast.Invert: ("'~'", "write '1 - v' for the complement of a gate"),
}


def refused_statement(source: SourceText, statement: ast.stmt, expected: str = EQUATIONS) -> DerivationError:
    """The error for a statement that has no place where it stands."""
    what, fix = _STATEMENTS.get(type(statement), (f"a statement of kind {type(statement).__name__}", "remove it"))
    return source.error(statement, f"{what} is not in the language here", what, expected, fix)


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
        case ast.AugAssign(ast.Name(name), operator, value):
            fix = f"write it out: {name} = {spelled(ast.BinOp(ast.Name(name), operator, value), 200)}"
            raise source.error(statement, "an assignment in place", spelled(statement), "name = expression", fix)
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
    if len(axes) > MAX_RANK:
        raise source.error(annotation, "too many axes", f"{len(axes):,} axes", f"at most {MAX_RANK}", "use fewer axes")
    for axis in axes:
        check_axis_name(source, annotation, axis)
    return axes


def check_axis_name(source: SourceText, node: ast.AST, axis: str) -> None:
    """Refuse an axis name that is no ASCII identifier, or that means time or the batch."""
    if not (axis.isascii() and axis.isidentifier() and len(axis) <= 40):
        raise source.error(
            node, "not an axis name", f"'{clip(axis)}'", "ASCII identifiers, separated by spaces", "rename the axis"
        )
    if axis in UNWRITTEN:
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
    if node.func.id.startswith("__"):
        what = f"'{clip(node.func.id)}'"
        expected = "a call of a function of the language or of a helper"
        fix = "remove it: nothing in a derivation file is executed"
        raise source.error(node.func, f"{what} is not in the language", what, expected, fix)
    if node.keywords:
        keyword = node.keywords[0]
        found = f"'{clip(keyword.arg)}=...'" if keyword.arg else "'**...'"
        raise source.error(
            keyword, "a keyword argument in a call", found, "arguments by position", "give the value by position"
        )
    reduces = node.func.id in ("sum", "mean") and len(node.args) == 2
    if reduces:
        check_reduced_axis(source, node.args[1])
    yield from (argument for argument in node.args[: 1 if reduces else None] if not is_string(argument))


def is_string(node: ast.expr) -> bool:
    """Whether `node` is a string, which as an argument is judged when it is known what is called."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


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
        case ast.BinOp():
            fix = "work the exponent out and write it as a number"
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
