"""Canonical spellings: of the author's expressions with their numbers as written, and of formulas as data."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from lstmproof.language.formula import And, Bounded, Compare, Formula, Not, Or, Relation, Same
from lstmproof.program.expr import ONE, Apply, Expr, Number, Ref, Size
from lstmproof.program.notation import Level, Piece, operate, power
from lstmproof.program.text import TEXT

RELATIONS: Mapping[type[ast.cmpop], Relation] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.GtE: ">=",
    ast.Gt: ">",
}
"""The comparisons of the language."""


def spelling(node: ast.expr) -> str:
    """The canonical Python spelling of a statement or term of the author's, which is checked; its numbers as written.

    `ast.unparse` alone prints a number as a float, which may have rounded it.
    """
    match node:
        case ast.BoolOp(operator, parts):
            word = "and" if isinstance(operator, ast.And) else "or"
            return f" {word} ".join(_under(word, spelling(part), _connective(part)) for part in parts)
        case ast.UnaryOp(ast.Not(), part):
            return f"not {_under('not', spelling(part), _connective(part))}"
        case ast.Compare(left, operators, rights):
            pairs = zip(operators, rights, strict=True)
            return spelling(left) + "".join(f" {RELATIONS[type(sign)]} {spelling(right)}" for sign, right in pairs)
        case ast.Call(ast.Name("always"), [said]):
            return f"always({spelling(said)})"
        case _:
            return ast.unparse(_as_written(node))


def _connective(node: ast.expr) -> str:
    match node:
        case ast.BoolOp(ast.And()):
            return "and"
        case ast.BoolOp():
            return "or"
        case ast.Compare():
            return "compare"
        case _:
            return ""


_LOOSER = {"and": ("and", "or"), "or": ("or",), "not": ("and", "or", "compare")}
"""What stands in parentheses under each connective; `not (a < b)` has them for its reader."""


def _under(outer: str, text: str, inner: str) -> str:
    return f"({text})" if inner in _LOOSER[outer] else text


def _as_written(node: Any) -> Any:
    """A copy in which each literal is a name that is its text, a string's in double quotes."""
    if isinstance(node, ast.Constant):
        return ast.Name(f'"{node.value}"' if isinstance(node.value, str) else node.kind or str(node.value))
    if isinstance(node, list):
        return [_as_written(each) for each in node]
    if isinstance(node, ast.expr | ast.keyword):
        return type(node)(**{name: _as_written(value) for name, value in ast.iter_fields(node)})
    return node


def formula_text(formula: Formula) -> str:
    """A formula in the language's own spelling: parsed as a claim of the same arguments, it is that formula again."""
    match formula:
        case Compare(relation, left, right):
            return f"{term_text(left)} {relation} {term_text(right)}"
        case Bounded(value):
            return f"bounded({value})"
        case Same(one, other):
            return f"same({one}, {other})"
        case Not(inner):
            return f"not {_under('not', formula_text(inner), _kind(inner))}"
        case And(parts) | Or(parts):
            word = _kind(formula)
            return f" {word} ".join(_under(word, formula_text(part), _kind(part)) for part in parts)


def _kind(formula: Formula) -> str:
    return {And: "and", Or: "or", Compare: "compare"}.get(type(formula), "")


def term_text(expr: Expr) -> str:
    """A term in the language's own spelling.

    >>> from fractions import Fraction
    >>> term_text(Apply("power", (Apply("sub", (ONE, Ref("f"))), Ref("t"))))
    '(1 - f)**t'
    >>> term_text(Apply("mul", (Number(Fraction(1, 2)), Apply("carousel", (Ref("c"), Number(Fraction(3)))))))
    '0.5 * carousel(c, lag=3)'
    """
    return _piece(expr).text


def _piece(expr: Expr) -> Piece:
    match expr:
        case Number(value):
            return TEXT.number(value)
        case Ref(name):
            return Piece(f"previous({name.removesuffix('[t-1]')})" if name.endswith("[t-1]") else name)
        case Size(axis):
            return Piece(f'count("{axis}")')
        case Apply("pow", (base, Number(exponent))):
            return power(TEXT, _piece(base), exponent)
        case Apply("power", (base, exponent)):
            return Piece(f"{_atom(base)}**{_atom(exponent)}", Level.POWER)
        case Apply("product", (left, right)):
            return Piece(f"{_atom(left)} @ {_atom(right)}", Level.CONTRACTION)
        case Apply("carousel" | "jacobian" as word, (*names, lag)):
            steps = [] if lag == ONE else [f"lag={term_text(lag)}"]
            return Piece(f"{word}({', '.join([term_text(name) for name in names] + steps)})")
        case Apply("cost", (label,)):
            return Piece(f'cost("{term_text(label)}")')
        case Apply("sum" | "mean" as word, (operand, Size(axis))):
            return Piece(f'{word}({term_text(operand)}, "{axis}")')
        case Apply(function, arguments):
            return operate(TEXT, function, [_piece(argument) for argument in arguments])


def _atom(expr: Expr) -> str:
    return TEXT.within(_piece(expr), Level.ATOM)
