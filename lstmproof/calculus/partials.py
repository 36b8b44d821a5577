"""Partial derivatives of one operator or table function at a time, as SymPy derives them.

SymPy differentiates the operator or the row's formula. A row also writes its derivative in terms of the saved
value y (sigma' = y (1 - y)); that form is used once SymPy has shown it equal to its own derivative.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from fractions import Fraction
from functools import cache

import sympy

from lstmproof.language.table import FUNCTIONS
from lstmproof.program.build import add, mul, neg, number
from lstmproof.program.expr import ONE, OPERATORS, ZERO, Apply, Expr, Number, Ref, substitute

_ARGUMENTS = ("z", "w")
_SYMBOLS = {name: sympy.Symbol(name, real=True) for name in (*_ARGUMENTS, "y")}
_OPERATIONS: dict[str, Callable[..., sympy.Expr]] = {
    "add": lambda z, w: z + w,
    "sub": lambda z, w: z - w,
    "mul": lambda z, w: z * w,
    "div": lambda z, w: z / w,
    "neg": lambda z: -z,
}


class DerivativeError(ValueError):
    """A row of the function table whose derivative is not the derivative of its formula."""


def partial(application: Apply, position: int, value: Expr) -> Expr:
    """The derivative of `application` by its argument at `position`; `value` stands for the application's own value.

    Raises:
        DerivativeError: the row's derivative disagrees with SymPy's.
    """
    if application.function == "stop":
        return ZERO
    if application.function == "cut":
        return ONE
    arguments = application.arguments
    if application.function == "pow":
        return _power_rule(arguments[0], arguments[1]) if position == 0 else ZERO
    template = _template(application.function, position)
    bindings = dict(zip(_ARGUMENTS, arguments, strict=False)) | {"y": value}
    return substitute(template, lambda ref: bindings[ref.name])


def _power_rule(base: Expr, exponent: Expr) -> Expr:
    """d(z**n)/dz for a literal n, from SymPy."""
    if not isinstance(exponent, Number):
        raise DerivativeError("the exponent of a power is a literal")
    order = int(exponent.value)
    if order == 0:
        return ZERO
    coefficient, rest = sympy.diff(_SYMBOLS["z"] ** order, _SYMBOLS["z"]).as_coeff_Mul()
    power = int(rest.as_base_exp()[1]) if rest != 1 else 0
    factor = base if power == 1 else ONE if power == 0 else Apply("pow", (base, number(power)))
    return mul(number(int(coefficient)), factor)


@cache
def _template(function: str, position: int) -> Expr:
    """The partial derivative of an operator or row by one argument, in `z`, `w` and `y`."""
    symbol = _SYMBOLS[_ARGUMENTS[position]]
    if function in OPERATORS:
        arguments = [_SYMBOLS[name] for name in _ARGUMENTS[: OPERATORS[function]]]
        return _from_sympy(sympy.diff(_OPERATIONS[function](*arguments), symbol))
    row = FUNCTIONS[function]
    check_derivative(row.name, row.formula, row.derivative[position], position)
    return parse_formula(row.derivative[position])


def check_derivative(name: str, formula: str, derivative: str, position: int) -> None:
    """Raise DerivativeError unless `derivative` (in z, w, y) is the derivative of `formula` away from its kinks."""
    definition = sympy.sympify(formula, locals=_SYMBOLS)
    exact = sympy.diff(definition, _SYMBOLS[_ARGUMENTS[position]])
    stated = sympy.sympify(derivative, locals=_SYMBOLS | _formulas()).subs(_SYMBOLS["y"], definition)
    difference = (exact - stated).rewrite(sympy.exp) if not definition.has(*_PIECEWISE) else None
    if difference is not None:
        agrees = sympy.cancel(difference) == 0 or sympy.simplify(difference) == 0  # the first is quick
    else:
        agrees = all(_agree_at(exact, stated, point) for point in _SAMPLES)
    if not agrees:
        raise DerivativeError(f"{name}: the table says {derivative}, the derivative of {formula} is {exact}")


_PIECEWISE = (sympy.Max, sympy.Min, sympy.Abs, sympy.sign, sympy.Heaviside)

_SAMPLES = tuple((Fraction(a, 14), Fraction(b, 11)) for a in range(-59, 60, 8) for b in range(-50, 51, 9))
"""Rational points off every kink of the table: piecewise linear pieces that agree on them agree."""


def _agree_at(exact: sympy.Expr, stated: sympy.Expr, point: tuple[Fraction, Fraction]) -> bool:
    values = {
        _SYMBOLS[name]: sympy.Rational(value.numerator, value.denominator)
        for name, value in zip(_ARGUMENTS, point, strict=True)
    }
    difference = exact.subs(values).doit() - stated.subs(values).doit()
    return bool(difference.is_zero)


@cache
def _formulas() -> dict[str, object]:
    """Functions of the table that a derivative may name, as SymPy functions of z."""
    z = _SYMBOLS["z"]
    return {
        row.name: sympy.Lambda(z, sympy.sympify(row.formula, locals=_SYMBOLS))
        for row in FUNCTIONS.values()
        if row.arity == 1
    }


def _from_sympy(expr: sympy.Expr) -> Expr:
    """A SymPy rational expression in z and w as an Expr."""
    if expr.is_Symbol:
        return Ref(str(expr))
    if expr.is_Rational:
        return Number(Fraction(int(expr.p), int(expr.q)))
    if expr.is_Add:
        first, *rest = (_from_sympy(term) for term in expr.args)
        for term in rest:
            first = add(first, term)
        return first
    numerator, denominator = expr.as_numer_denom()
    if denominator != 1:
        return _divide(_from_sympy(numerator), _from_sympy(denominator))
    if expr.is_Pow and expr.exp.is_Integer:
        return Apply("pow", (_from_sympy(expr.base), number(int(expr.exp))))
    if expr.is_Mul:
        first, *rest = (_from_sympy(factor) for factor in expr.args)
        for factor in rest:
            first = mul(first, factor)
        return first
    raise DerivativeError(f"no rule to write {expr} in the language")


def _divide(a: Expr, b: Expr) -> Expr:
    if isinstance(a, Apply) and a.function == "neg":
        return neg(_divide(a.arguments[0], b))
    return Apply("div", (a, b))


_PYTHON_OPERATORS = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}


@cache
def parse_formula(text: str) -> Expr:
    """A formula of the table as an Expr over references z, w and y.

    >>> parse_formula("1 - y * y").function
    'sub'
    """
    return _from_ast(ast.parse(text, mode="eval").body)


def _from_ast(node: ast.expr) -> Expr:
    match node:
        case ast.Name(name):
            return Ref(name)
        case ast.Constant(int(value)):
            return number(value)
        case ast.UnaryOp(ast.USub(), operand):
            return neg(_from_ast(operand))
        case ast.BinOp(left, operator, right):
            return Apply(_PYTHON_OPERATORS[type(operator)], (_from_ast(left), _from_ast(right)))
        case ast.Call(ast.Name(function), arguments):
            return Apply(function, tuple(_from_ast(argument) for argument in arguments))
    raise DerivativeError(f"a formula of the table may not hold {ast.unparse(node)}")
