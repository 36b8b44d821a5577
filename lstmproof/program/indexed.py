"""A Program in index form: every entry written out, sums over unit indices included.

`d_net_f @ W_f` becomes `sum_i d_net_f[i] W_f[i, j]`: what a programmer writes as loops, and a paper in its appendix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.program.layout import is_cotangent, taken_apart
from lstmproof.program.nodes import Axes, Contract, Node, Output
from lstmproof.program.notation import Level, Piece, operate, power
from lstmproof.program.printer import Printer, Written, tidied
from lstmproof.program.text import TEXT

LETTERS = "ijklmnpqruvwabcdeg"


class _Index:
    """Letters handed out in one equation: none that is the name of a value."""

    def __init__(self, printer: Printer) -> None:
        taken = {parts.base for parts in printer.names.values()}
        self.letters = [letter for letter in LETTERS if letter not in taken] + [f"i{n}" for n in range(1, 40)]
        self.used = 0

    def fresh(self, count: int) -> tuple[str, ...]:
        self.used += count
        return tuple(self.letters[self.used - count : self.used])


@dataclass(frozen=True)
class Indexed:
    """Writes entries of the values of a Program; `printer` says how each value is called.

    A value that is held constant is written like any other: gradients, which this is for, are of values alone.
    """

    printer: Printer

    def value(self, name: str, letters: Sequence[str], index: _Index) -> Piece:
        """One entry of a value, or of what it stands for."""
        name = self.printer.plan.same.get(name, name)
        if name in self.printer.plan.inlined:
            return self.definition(self.printer.plan.inlined[name], letters, index)
        return Piece(self.entry(name, letters))

    def entry(self, name: str, letters: Sequence[str]) -> str:
        """`c[i](t-1)`."""
        parts, time = self.printer.names.get(name, taken_apart(name)), self.printer.times.get(name, "")
        return _with_indices(self.printer.notation.name(parts, ""), letters) + (f"({time})" if time else "")

    def definition(self, node: Node, letters: Sequence[str], index: _Index) -> Piece:
        """One entry of what a node computes."""
        if isinstance(node, Contract):
            return self.contraction(node, letters, index)
        return self.expression(node.expr, node.axes, letters, index)

    def expression(self, expr: Expr, axes: Axes, letters: Sequence[str], index: _Index) -> Piece:
        """One entry of an expression with these axes."""
        notation = self.printer.notation
        match expr:
            case Ref(name):
                return self.value(name, _aligned(self.printer.axes.get(name, ()), axes, letters), index)
            case Number(value):
                return notation.number(value)
            case Size(axis):
                return Piece(notation.size(axis))
            case Apply("stop" | "cut", (held,)):
                return self.expression(held, axes, letters, index)
            case Apply("pow", (base, Number(exponent))):
                return power(notation, self.expression(base, axes, letters, index), exponent)
            case Apply("mul", _) | Apply("neg", (Apply("mul", _),)) if self.printer.tidy:
                factors = tidied(expr, self.printer.opened)
                return self.printer.product(self.expression(each, axes, letters, index) for each in factors)
            case Apply(function, arguments):
                return operate(notation, function, [self.expression(each, axes, letters, index) for each in arguments])

    def contraction(self, node: Contract, letters: Sequence[str], index: _Index) -> Piece:
        """The sum of products, its bound letters fresh."""
        notation = self.printer.notation
        known = dict(zip(node.indices, letters, strict=True))
        bound = dict.fromkeys(i for factor in node.factors for i in factor.indices if i not in known)
        outside = index.used
        known |= dict(zip(bound, index.fresh(len(bound)), strict=True))
        pieces = [self.value(each.name, [known[i] for i in each.indices], index) for each in node.factors]
        index.used = outside  # the next sum may use the same letters
        if not bound and len(pieces) == 1:
            return pieces[0]
        pieces = [piece for piece in pieces if piece.text != "1"] or pieces[:1]
        texts = [notation.within(piece, Level.PRODUCT) for piece in pieces]
        product = (" * " if notation is TEXT else r"\, ").join(texts)
        if not bound:
            return Piece(product, Level.PRODUCT)
        over = [known[i] for i in bound]
        sums = f"sum_{','.join(over)} " if notation is TEXT else rf"\sum_{{{','.join(over)}}} "
        return Piece(sums + product, Level.CONTRACTION)


def _with_indices(name: str, letters: Sequence[str]) -> str:
    return f"{name}[{', '.join(letters)}]" if letters else name


def _aligned(own: Axes, axes: Axes, letters: Sequence[str]) -> tuple[str, ...]:
    """The letters of a value with axes `own` within an expression of axes `axes`, which it lines up with by name."""
    return tuple(letters) if own == axes else tuple(letters[axes.index(axis)] for axis in own)


def entry_of(printer: Printer, output: Output, *, summed: bool, time: str = "t") -> Written:
    """One entry of a gradient: `dL/dW_f[i, j] = sum over t of d_net_f[i] * x[j]`.

    Args:
        printer: of a backward Program.
        output: what leaves it.
        summed: whether it is summed over all steps.
        time: the step that the left side is of, where it is not summed.
    """
    index, axes = _Index(printer), printer.axes[output.value]
    letters = index.fresh(len(axes))
    right = Indexed(printer).value(output.value, letters, index)
    assert is_cotangent(output.value)
    label = _with_indices(printer.notation.name(taken_apart(output.label), ""), letters)
    if printer.notation is TEXT:
        left = f"dL/d{label}" + ("" if summed else f"({time})")
        return Written(left, f"sum over t of {right.text}" if summed else right.text, output.label)
    left = rf"\frac{{\partial L}}{{\partial {label}" + ("}" if summed else f"({time})}}")
    inner = printer.notation.group(right.text) if summed and right.level == Level.SUM else right.text
    return Written(left, rf"\sum_{{t}} {inner}" if summed else inner, output.label)


def entries(printer: Printer) -> Mapping[str, Written]:
    """Every equation of a backward Program but those that leave it, one entry each, by value."""
    found = {}
    for node in printer.plan.equations:
        index = _Index(printer)
        letters = index.fresh(len(node.axes))
        writer = Indexed(printer)
        found[node.out] = Written(
            writer.entry(node.out, letters), writer.definition(node, letters, index).text, node.out
        )
    return found
