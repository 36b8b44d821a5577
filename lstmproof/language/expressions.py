"""Expressions of a cell, lowered: the author's tree kept, helpers inlined, one axis rule noted for each operator."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from lstmproof.language.axes import Constraint, Shape
from lstmproof.language.drafts import Body, Contraction, Mean
from lstmproof.language.emit import Emitter, Value, expression
from lstmproof.language.errors import spelled
from lstmproof.language.forms import BINARY, check_exponent, check_reduced_axis, number
from lstmproof.language.rules import Operand, Rules
from lstmproof.language.scan import MAX_NESTING, too_deep
from lstmproof.program.expr import Apply, Number, Ref

_SCALAR_BITS = 1000
"""Numerator and denominator of a number that literals alone make stay within 2**1000, about 1e301."""


@dataclass
class Expressions:
    """Lowers the expressions of one cell, in order, into an emitter; notes what each operator says of axes."""

    emitter: Emitter
    rules: Rules
    helpers: Mapping[str, ast.FunctionDef]
    arguments: frozenset[str]
    """Parameters and constants."""
    old: Mapping[str, Value]
    """States at t-1."""
    scalar: Shape
    constraints: list[Constraint] = field(default_factory=list)
    checks: list[Callable[[], None]] = field(default_factory=list)
    """What is to be checked when all axes have names."""
    _level: int = 0
    _site: ast.Call | None = None
    """The cell's call of the helper that is being inlined: errors point there."""

    def lower(self, node: ast.expr, values: Mapping[str, Value]) -> Value:
        """The value of `node`, where `values` are the names it may read."""
        self._level += 1
        if self._level > MAX_NESTING + 1:
            raise too_deep(self.rules.source, node.lineno, node.col_offset + 1)
        self.emitter.budget.spend(self.rules.source, node, 1)
        value = self._lower(node, values)
        self._level -= 1
        return value

    def _lower(self, node: ast.expr, values: Mapping[str, Value]) -> Value:
        match node:
            case ast.Name(name):
                # In a helper, messages speak of the argument that the cell gave.
                found = values[name]
                return replace(found, node=found.node if self._site else node)
            case ast.Constant():
                exact = number(self.rules.source, node)
                return Value(Number(exact), node, self.scalar, literal=exact)
            case ast.UnaryOp(_, operand):
                return self._elementwise("neg", node, self.lower(operand, values))
            case ast.BinOp(left, ast.Pow(), right):
                exponent = Fraction(check_exponent(self.rules.source, right))
                return self._elementwise("pow", node, self.lower(left, values), exponent=exponent)
            case ast.BinOp(left, ast.MatMult(), right):
                return self._product(node, self.lower(left, values), self.lower(right, values))
            case ast.BinOp(left, operator, right):
                pair = self.lower(left, values), self.lower(right, values)
                return self._elementwise(BINARY[type(operator)], node, *pair)
            case ast.Call(ast.Name(name), parts):
                return self._call(node, name, parts, values)
        raise AssertionError(f"unchecked form {type(node).__name__}")

    def _call(self, node: ast.Call, name: str, parts: Sequence[ast.expr], values: Mapping[str, Value]) -> Value:
        if name == "previous":
            state = parts[0]
            assert isinstance(state, ast.Name)
            old = self.old[state.id]
            return Value(old.body, node, old.shape, old.flows)
        if name in self.helpers:
            return self._inlined(node, name, [self.lower(part, values) for part in parts])
        if name in ("sum", "mean"):
            axis = check_reduced_axis(self.rules.source, parts[1]) if len(parts) > 1 else ""
            return self._reduction(node, name, self.lower(parts[0], values), axis)
        operands = [self.lower(part, values) for part in parts]
        if name == "outer":
            return self._outer(node, *operands)
        if name == "dot":
            return self._dot(node, *operands)
        return self._elementwise(name, node, *operands)

    def _inlined(self, node: ast.Call, name: str, given: Sequence[Value]) -> Value:
        """The helper's expression with `given` in place of its arguments."""
        helper = self.helpers[name]
        result = helper.body[-1]
        assert isinstance(result, ast.Return)
        assert result.value is not None
        pairs = zip(helper.args.args, given, strict=True)
        outer, self._site = self._site, self._site or node
        value = self.lower(result.value, {argument.arg: self.emitter.part(one) for argument, one in pairs})
        self._site = outer
        return replace(value, node=node)

    def _elementwise(self, function: str, node: ast.expr, *given: Value, exponent: Fraction | None = None) -> Value:
        """An operator, a barrier or a function of the table, applied to operands that line up by name."""
        operands = [self.emitter.part(one) for one in given]
        shape = operands[0].shape
        if len(operands) == 2:
            shape = self._joined(node, *operands)
        literal = self._literal(function, node, operands, exponent)
        arguments = [expression(one) for one in operands]
        if exponent is not None:
            arguments.append(Number(exponent))
        flows = any(one.flows for one in operands)
        size = 1 + sum(one.size for one in operands)
        self.emitter.budget.fits(self.rules.source, node, size)
        return Value(Apply(function, tuple(arguments)), node, shape, flows, literal, size)

    def _joined(self, node: ast.expr, left: Value, right: Value) -> Shape:
        """The shape of a pointwise result of two operands."""
        if self.scalar in (left.shape, right.shape):
            return right.shape if left.shape == self.scalar else left.shape
        out = self.rules.table.shape()
        sides = self._operand(left), self._operand(right)
        place = self._site or node
        self.constraints.append(self.rules.pointwise(place, *sides, out))
        self.checks.append(lambda: self.rules.broadcasts(place, *sides))
        return out

    def _operand(self, value: Value) -> Operand:
        own = value.body.name if isinstance(value.body, Ref) else ""
        return Operand(value.node, value.shape, value.flows, own if own in self.arguments else "")

    def _literal(
        self, function: str, node: ast.expr, operands: Sequence[Value], exponent: Fraction | None
    ) -> Fraction | None:
        """The exact value of an expression of numbers alone, kept within the range of float64."""
        if function == "div" and operands[1].literal == 0:
            raise self.rules.source.error(
                node, "a division by zero", spelled(node), "a divisor that is not 0", "check the divisor"
            )
        numbers = [one.literal for one in operands]
        exact = folded(function, [one for one in numbers if one is not None], exponent) if None not in numbers else None
        if exact is not None and max(exact.numerator.bit_length(), exact.denominator.bit_length()) > _SCALAR_BITS:
            expected = "numbers between 1e-300 and 1e300 in size"
            raise self.rules.source.error(
                node, "a number out of range", spelled(node), expected, "rescale the quantity"
            )
        return exact

    def _product(self, node: ast.expr, left: Value, right: Value) -> Value:
        out = self.rules.table.shape()
        self.constraints.append(self.rules.product(self._site or node, self._operand(left), self._operand(right), out))
        return self._contraction(node, "product", (left, right), out)

    def _outer(self, node: ast.expr, left: Value, right: Value) -> Value:
        out = self.rules.table.shape()
        self.constraints.append(self.rules.outer(self._site or node, self._operand(left), self._operand(right), out))
        return self._contraction(node, "outer", (left, right), out)

    def _dot(self, node: ast.expr, left: Value, right: Value) -> Value:
        self.constraints.append(self.rules.dot(self._site or node, self._operand(left), self._operand(right)))
        return self._contraction(node, "dot", (left, right), self.rules.table.shape(()))

    def _contraction(self, node: ast.expr, kind: str, operands: Sequence[Value], out: Shape, axis: str = "") -> Value:
        factors = tuple((self.emitter.factor(one), one.shape) for one in operands)
        return Value(Contraction(kind, factors, axis), node, out, any(one.flows for one in operands))

    def _reduction(self, node: ast.Call, name: str, operand: Value, axis: str) -> Value:
        """`sum`, or `mean`: a sum that is a node of its own, divided by the number of units."""
        out = self.rules.table.shape(None if axis else ())
        if axis:
            place, side = self._site or node, self._operand(operand)
            self.constraints.append(self.rules.reduction(place, side, axis, out))
            self.checks.append(lambda: self.rules.reduces_once(place, side, axis))
        value = self._contraction(node, "sum", (operand,), out, axis)
        if name == "sum":
            return value
        body: Body = Mean(self.emitter.factor(value), operand.shape, axis)
        return Value(body, node, out, operand.flows)


def folded(function: str, numbers: Sequence[Fraction], exponent: Fraction | None) -> Fraction | None:
    """An operator applied to exact numbers; None for a function that leaves the rationals."""
    match function, numbers:
        case "neg", [a]:
            return -a
        case "add", [a, b]:
            return a + b
        case "sub", [a, b]:
            return a - b
        case "mul", [a, b]:
            return a * b
        case "div", [a, b]:
            return a / b
        case "pow", [a] if exponent is not None:
            return Fraction(a ** int(exponent))
        case _:
            return None
