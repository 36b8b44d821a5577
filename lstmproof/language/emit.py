"""Values of a cell on their way to nodes, and the names that nodes get."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field, replace
from fractions import Fraction

from lstmproof.language.axes import Shape
from lstmproof.language.drafts import Body, Contraction, Draft, Mean
from lstmproof.language.errors import SourceText
from lstmproof.language.table import FUNCTIONS
from lstmproof.program.expr import Apply, Expr, Ref

MAX_OPERATIONS = 5_000
"""Operations of a whole file once its helpers are inlined."""

_MAX_TEXT = 40
"""A longer text makes no name."""


@dataclass
class Budget:
    """Operations that a file may still have."""

    left: int = MAX_OPERATIONS

    def spend(self, source: SourceText, node: ast.expr, operations: int) -> None:
        """Take `operations` away.

        Raises:
            DerivationError: there are not as many left.
        """
        self.fits(source, node, operations)
        self.left -= operations

    def fits(self, source: SourceText, node: ast.expr, operations: int) -> None:
        """Refuse more operations than are left, without taking them away.

        Raises:
            DerivationError: there are not as many left.
        """
        if operations > self.left:
            found = f"more than {MAX_OPERATIONS:,} operations once helpers are written out"
            fix = "split the file, or give what a helper computes a name; helpers that call helpers grow fast"
            raise source.error(node, "too many operations", found, f"at most {MAX_OPERATIONS:,} in a file", fix)


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression computes, as far as it can be said before axes are known."""

    body: Body
    node: ast.expr
    shape: Shape
    flows: bool = False
    """Whether an input or a state is among what it is built of."""
    literal: Fraction | None = None
    """Its exact value, if it is made of numbers alone."""
    size: int = 1
    """Operations of its body."""

    @property
    def whole(self) -> bool:
        """Whether it must be the whole of a node: a contraction, or a function of the table."""
        match self.body:
            case Contraction() | Mean():
                return True
            case Apply(function, _):
                return function in FUNCTIONS
            case _:
                return False


@dataclass
class Emitter:
    """The nodes of one cell in the order of their computation."""

    source: SourceText
    budget: Budget
    drafts: list[Draft] = field(default_factory=list)
    line: int = 0
    """The line of the equation that is being lowered."""
    _bound: Counter[str] = field(default_factory=Counter)

    def bind(self, name: str, value: Value) -> str:
        """Bind `value` to `name`, or to `name.2`, `name.3`, ... if it is bound already; returns the node's name."""
        self._bound[name] += 1
        return self._add(name if self._bound[name] == 1 else f"{name}.{self._bound[name]}", value)

    def part(self, value: Value) -> Value:
        """`value` as a part of a larger expression: a reference if it must be a whole node."""
        return self._reference(value) if value.whole else value

    def factor(self, value: Value) -> str:
        """The name of `value` as a factor of a contraction."""
        reference = value if isinstance(value.body, Ref) else self._reference(value)
        assert isinstance(reference.body, Ref)
        return reference.body.name

    def _reference(self, value: Value) -> Value:
        """Bind an anonymous value: a function of the table is numbered, all else is named after its text."""
        if isinstance(value.body, Apply) and value.body.function in FUNCTIONS:
            function = value.body.function
            self._bound[function] += 1
            name = self._add(f"{function}.{self._bound[function]}", value)
        else:
            text = _text(value)
            name = self.bind(text if len(text) <= _MAX_TEXT else _kind(value.body), value)
        return replace(value, body=Ref(name), size=1)

    def _add(self, name: str, value: Value) -> str:
        self.budget.spend(self.source, value.node, value.size)
        self.drafts.append(Draft(name, value.shape, value.body, self.line))
        return name


def _text(value: Value) -> str:
    """The text of an anonymous value without spaces: `W_f@x`, `U_n@(r*h)`, `r*h`."""
    match value.body:
        case Contraction("product", [(left, _), (right, _)]):
            return f"{_atom(left)}@{_atom(right)}"
        case Contraction(kind, operands, axis):
            return f"{kind}({','.join([name.removesuffix('[t-1]') for name, _ in operands] + [axis] * bool(axis))})"
        case _:
            return ast.unparse(value.node).replace(" ", "")


def _atom(name: str) -> str:
    """The name of a factor, in brackets if it is the text of an operation."""
    name = name.removesuffix("[t-1]")
    return f"({name})" if any(operator in name for operator in "+-*/@") else name


def _kind(body: Body) -> str:
    """A name for a value whose text is too long to be one; no value of a cell can have it."""
    match body:
        case Contraction(kind):
            return f"{kind}@"
        case Mean():
            return "mean@"
        case _:
            return "value@"


def expression(value: Value) -> Expr:
    """The body of a value that is no contraction."""
    assert not isinstance(value.body, Contraction | Mean)
    return value.body
