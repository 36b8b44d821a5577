"""Source of values that are computed once a call: expressions of whole parameters, and blocks of stacked matrices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from lstmproof.kernels.instructions import Fixed, MatrixTerm
from lstmproof.kernels.views import size
from lstmproof.language.table import FUNCTIONS
from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.program.nodes import Axes, Contract

Naming = Callable[[str], str]
_SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


def array_source(fixed: Fixed, axes: Mapping[str, Axes], name: Naming) -> str:
    """A fixed value as a NumPy expression of shape `fixed.axes`."""
    if isinstance(fixed.body, Contract):
        return _contract(fixed.body, name)
    shape = ", ".join(f"n_{axis}" for axis in fixed.axes)
    text = _expression(fixed.body, fixed.axes, axes, name)
    return f"_array({text}, ({shape}{',' if len(fixed.axes) == 1 else ''}))"


def _expression(expr: Expr, out: Axes, axes: Mapping[str, Axes], name: Naming) -> str:
    match expr:
        case Number(value):
            return _number(value)
        case Size(axis):
            return f"n_{axis}"
        case Ref(value):
            return _aligned(name(value), axes[value], out)
        case Apply("neg", (a,)):
            return f"(-1 * {_expression(a, out, axes, name)})"
        case Apply("pow", (a, Number(exponent))):
            return f"({_expression(a, out, axes, name)} ** {exponent.numerator})"
        case Apply(function, arguments):
            parts = [_expression(argument, out, axes, name) for argument in arguments]
            if function in _SYMBOLS:
                return f"({parts[0]} {_SYMBOLS[function]} {parts[1]})"
            return _recipe(function, parts)
    raise TypeError(f"no such expression: {expr!r}")


def _recipe(function: str, parts: list[str]) -> str:
    text, others = parts[0], parts[1:]
    for ufunc, *literals in FUNCTIONS[function].ufuncs:
        if ufunc == "negative":
            text = f"(-1 * {text})"
            continue
        text = f"np.{ufunc}({', '.join([text, *others, *literals])})"
        others = []
    return text


def _aligned(text: str, own: Axes, out: Axes) -> str:
    if own == out or not own:
        return text
    return f"{text}[{', '.join(':' if axis in own else 'None' for axis in out)}]"


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 and abs(value) < 2**53 else repr(float(value))


def _contract(node: Contract, name: Naming) -> str:
    letters: dict[str, str] = {}
    for index in (*node.indices, *(index for factor in node.factors for index in factor.indices)):
        letters.setdefault(index, "abcdefghijklmnopqrsuvwxyz"[len(letters)])
    borne = {index for factor in node.factors for index in factor.indices}
    terms = ",".join("".join(letters[index] for index in factor.indices) for factor in node.factors)
    kept = "".join(letters[index] for index in node.indices if index in borne)
    text = f"np.einsum('{terms}->{kept}', {', '.join(name(factor.name) for factor in node.factors)})"
    if all(index in borne for index in node.indices):
        return text
    shape = ", ".join(f"n_{axis}" for axis in node.axes)
    where = ", ".join(":" if index in borne else "None" for index in node.indices)
    return f"_array({text}[{where}], ({shape},))"


def matrix_source(term: MatrixTerm, axes: Mapping[str, Axes], name: Naming) -> str:
    """The matrix of a term, its row axes flattened to one and its column axes to the other."""
    order = (*term.rows, *term.columns)
    text = name(term.matrix)
    if order == (1, 0):
        return f"{text}.T"
    if order != tuple(range(len(order))):
        text += f".transpose({', '.join(map(str, order))})"
    if len(term.rows) == len(term.columns) == 1:
        return text
    own = axes[term.matrix]
    rows, columns = (size(tuple(own[at] for at in part)) for part in (term.rows, term.columns))
    return f"{text}.reshape({rows}, {columns})"
