"""The words of derivation files, for editors and type checkers.

A derivation file is parsed and never imported: `from lstmproof.language import cell, sigmoid` tells an editor what
the words are. Importing such a file does no harm and nothing useful, and calling a word raises.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

__all__ = [
    "abs",
    "cell",
    "cos",
    "cut",
    "dot",
    "exp",
    "hard_sigmoid",
    "log",
    "maximum",
    "mean",
    "minimum",
    "outer",
    "previous",
    "relu",
    "sigmoid",
    "sin",
    "softplus",
    "sqrt",
    "stop",
    "sum",
    "tanh",
]

_Cell = TypeVar("_Cell", bound=Callable[..., Any])


def _refuse(word: str) -> NoReturn:
    raise TypeError(
        f"'{word}' is a word of derivation files, which are read and never run: "
        'load a cell with lstmproof.load("file.py") and call its kernel'
    )


def cell(function: _Cell) -> _Cell:
    """Mark a function as the equations of one step of a recurrent cell."""
    return function


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
