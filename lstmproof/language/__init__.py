"""The words of derivation files, for editors and type checkers.

A derivation file is parsed and never imported: `from lstmproof.language import cell, sigmoid` tells an editor what
the words are. Importing such a file does no harm and nothing useful, and calling a word raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

__all__ = [
    "abs",
    "always",
    "assume",
    "bounded",
    "carousel",
    "cell",
    "claim",
    "cos",
    "cost",
    "count",
    "cut",
    "derivative",
    "dot",
    "exp",
    "hard_sigmoid",
    "jacobian",
    "limit",
    "log",
    "maximum",
    "mean",
    "minimum",
    "myth",
    "norm",
    "oo",
    "outer",
    "previous",
    "relu",
    "same",
    "sigmoid",
    "sin",
    "softplus",
    "sqrt",
    "stop",
    "sum",
    "tanh",
]

_Cell = TypeVar("_Cell", bound=Callable[..., Any])
_Statement = TypeVar("_Statement", bound=Callable[..., Any])

oo: Any = float("inf")
"""Infinity, where a limit may be taken: `limit(tanh(z), z, oo)`, `limit(tanh(z), z, -oo)`."""


def _refuse(word: str) -> NoReturn:
    raise TypeError(
        f"'{word}' is a word of derivation files, which are read and never run: "
        'load a cell with lstmproof.load("file.py") and call its kernel'
    )


def cell(function: _Cell) -> _Cell:
    """Mark a function as the equations of one step of a recurrent cell."""
    return function


def claim(cell: Callable[..., Any]) -> Callable[[_Statement], _Statement]:
    """Mark a function as a statement that is believed and true: `@claim(cell)`, or `@claim` for formulas alone."""
    return _statement


def myth(cell: Callable[..., Any]) -> Callable[[_Statement], _Statement]:
    """Mark a function as a statement that is believed and false: `@myth(cell)`, or `@myth` for formulas alone."""
    return _statement


def _statement(function: _Statement) -> _Statement:
    return function


def assume(statement: Any) -> None:
    """A hypothesis of a claim, at this step; in front of the `return`."""
    _refuse("assume")


def always(statement: Any) -> Any:
    """At every step up to t, in a hypothesis: `assume(always(f <= phi))`."""
    _refuse("always")


def carousel(s: Any, *, lag: int = 1) -> Any:
    """ds(t)/ds(t-lag) of a state in the truncated flow, unit by unit; other states fixed at t-lag."""
    _refuse("carousel")


def jacobian(c: Any, h: Any, *, lag: int = 1) -> Any:
    """dc(t)/dh(t-lag) in the full flow, for each unit of a value c and of a state h; other states fixed at t-lag."""
    _refuse("jacobian")


def norm(e: Any) -> Any:
    """The largest absolute entry of a vector; the largest sum of absolute entries along a row of a matrix."""
    _refuse("norm")


def derivative(e: Any, v: Any) -> Any:
    """The derivative of the formula e by the free name v."""
    _refuse("derivative")


def limit(e: Any, v: Any, point: Any) -> Any:
    """The limit of the formula e as the free name v tends to a point, `oo` or `-oo`."""
    _refuse("limit")


def bounded(s: Any) -> Any:
    """Some number bounds `|s|` at every step, for all weights and inputs."""
    _refuse("bounded")


def same(one: Any, other: Any) -> Any:
    """Two cells of the file have equal outputs, step by step, given equal arguments."""
    _refuse("same")


def count(what: Any) -> Any:
    """The units of an axis, `count("hidden")`, the entries of a tensor, `count("W")`, or all, `count("parameters")`."""
    _refuse("count")


def cost(flow: str) -> Any:
    """The operations of one step: `cost("forward")`, `"backward"`, `"truncated"` or `"online"`."""
    _refuse("cost")


def sigmoid(z: Any) -> Any:
    """1 / (1 + e^-z), elementwise."""
    _refuse("sigmoid")


def tanh(z: Any) -> Any:
    """The hyperbolic tangent, elementwise."""
    _refuse("tanh")


def exp(z: Any) -> Any:
    """e^z, elementwise."""
    _refuse("exp")


def log(z: Any) -> Any:
    """The natural logarithm, elementwise; z > 0."""
    _refuse("log")


def sqrt(z: Any) -> Any:
    """The square root, elementwise; z > 0."""
    _refuse("sqrt")


def abs(z: Any) -> Any:
    """The absolute value, elementwise; its derivative at 0 is taken as 0."""
    _refuse("abs")


def sin(z: Any) -> Any:
    """The sine, elementwise."""
    _refuse("sin")


def cos(z: Any) -> Any:
    """The cosine, elementwise."""
    _refuse("cos")


def relu(z: Any) -> Any:
    """The larger of z and 0, elementwise; its derivative at 0 is taken as 0."""
    _refuse("relu")


def softplus(z: Any) -> Any:
    """log(1 + e^z), elementwise."""
    _refuse("softplus")


def maximum(z: Any, w: Any) -> Any:
    """The larger of z and w, elementwise; where they are equal the derivative goes to z."""
    _refuse("maximum")


def minimum(z: Any, w: Any) -> Any:
    """The smaller of z and w, elementwise; where they are equal the derivative goes to z."""
    _refuse("minimum")


def hard_sigmoid(z: Any) -> Any:
    """z / 6 + 1 / 2, cut to [0, 1], elementwise."""
    _refuse("hard_sigmoid")


def outer(a: Any, b: Any) -> Any:
    """The product of every entry of a with every entry of b; the axes of a, then those of b."""
    _refuse("outer")


def dot(a: Any, b: Any) -> Any:
    """The sum over all axes of a * b, which have the same axes; a scalar."""
    _refuse("dot")


def sum(v: Any, axis: str | None = None) -> Any:
    """The sum of v over the named axis, or over all of its axes."""
    _refuse("sum")


def mean(v: Any, axis: str | None = None) -> Any:
    """The mean of v over the named axis, or over all of its axes."""
    _refuse("mean")


def stop(e: Any) -> Any:
    """The value of e, a constant in every error flow."""
    _refuse("stop")


def cut(e: Any) -> Any:
    """The value of e, a constant in the truncated error flow alone (the rule for peepholes of 2002)."""
    _refuse("cut")


def previous(state: Any) -> Any:
    """The value of a state at t-1, also after the state is assigned."""
    _refuse("previous")
