"""What each operator of the language says of axes: one rule per operator, its docstring the rule."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from lstmproof.language.axes import MAX_RANK, AxisTable, Clash, Constraint, Shape, no_guess
from lstmproof.language.errors import DerivationError, SourceText, axes_text, listed, spelled
from lstmproof.program.typecheck import aligns


@dataclass(frozen=True)
class Operand:
    """One side of an operator: where it stands, its shape, and what it is."""

    node: ast.expr
    shape: Shape
    flows: bool
    """Whether an input or a state is among what it is built of."""
    argument: str = ""
    """The parameter's name, if it is a parameter itself."""


@dataclass(frozen=True)
class Rules:
    """Makes constraints over one table, with errors that point into one text."""

    source: SourceText
    table: AxisTable
    flowing: tuple[tuple[str, Shape], ...]
    """Inputs and states, for suggestions."""
    annotated: Mapping[str, Shape] = field(default_factory=dict)
    """Parameters whose axes the author wrote, for suggestions."""
    scaled: list[tuple[ast.expr, str, str]] = field(default_factory=list)
    """Where a parameter without annotation stands beside `*` and an input or a state, by their names."""

    def equal(self, node: ast.expr, value: Shape, target: Shape, what: str) -> Constraint:
        """`target = value`: both have the same axes; `what` is the target in words."""

        def rule() -> bool:
            self.table.join(value, target, node.lineno)
            return True

        def clash() -> Exception:
            found = f"{spelled(node, 40)} has axes {self.axes(value)}, {what} has {self.axes(target)}"
            expected = "a value with the axes of its target"
            return self.source.error(node, "axes do not agree", found, expected, self._foreign(value, target))

        return Constraint((), rule, no_guess, clash, clash)

    def pointwise(self, node: ast.expr, left: Operand, right: Operand, out: Shape) -> Constraint:
        """Equal axes; a scalar goes with anything; a parameter of unknown rank takes its partner's axes."""
        table = self.table
        self._note_scaling(node, left, right)

        def rule() -> bool:
            a, b = table.axes(left.shape), table.axes(right.shape)
            if a is None and b is None:
                return False
            if a == ():
                table.join(out, right.shape, node.lineno)
            elif b == () or b is None or (a is not None and len(a) > len(b)):
                table.join(out, left.shape, node.lineno)
            else:
                table.join(out, right.shape, node.lineno)
            if a != () and b != () and (a is None or b is None or len(a) == len(b)):
                table.join(left.shape, right.shape, node.lineno)
            return True

        def guess(kind: int) -> bool:
            if kind == 2:
                table.settle(left.shape, (), node.lineno)
                return True
            if (kind == 0) == (table.axes(out) is None):
                return False
            joined = table.join(left.shape, right.shape, node.lineno)
            return table.join(out, left.shape, node.lineno) or joined

        def clash() -> Exception:
            return self._apart(node, left, right)

        return Constraint((left.shape, right.shape), rule, guess, clash, clash)

    def _note_scaling(self, node: ast.expr, left: Operand, right: Operand) -> None:
        """Remember `W * x`, which may have been meant as `W @ x`: where that shows is elsewhere."""
        match node, left, right:
            case ast.BinOp(ast.Name(), ast.Mult(), ast.Name(name)), Operand(argument=str(weight)), Operand(flows=True):
                if weight and weight not in self.annotated:
                    self.scaled.append((node, weight, name))

    def product(self, node: ast.expr, left: Operand, right: Operand, out: Shape) -> Constraint:
        """`W @ v` sums the last rank(v) axes of W against all of v, `v @ W` the first; an unknown W yields one axis."""
        table = self.table

        def rule() -> bool:
            a, b = table.axes(left.shape), table.axes(right.shape)
            if () in (a, b):
                raise Clash
            if a is None and b is not None and (right.flows or len(b) == 1):
                a = (table.axis(), *b)
                table.settle(left.shape, a, node.lineno)
            elif b is None and a is not None and left.flows:
                b = (*a, table.axis())
                table.settle(right.shape, b, node.lineno)
            if a is None or b is None:
                return False
            kept, pairs = _summed(a, b)
            table.join(out, table.shape(kept, node.lineno), node.lineno)
            if len(kept) > MAX_RANK or (not kept and len(a) > 1):
                raise Clash
            table.join_all(*pairs)
            return True

        def clash() -> Exception:
            return self._no_product(node, left, right)

        def stuck() -> Exception:
            return self._unknown_rank(left if table.axes(left.shape) is None else right)

        return Constraint((left.shape, right.shape), rule, no_guess, clash, stuck)

    def outer(self, node: ast.expr, left: Operand, right: Operand, out: Shape) -> Constraint:
        """`outer(a, b)` has the axes of a, then those of b."""
        table = self.table

        def rule() -> bool:
            a, b = table.axes(left.shape), table.axes(right.shape)
            if a is None or b is None:
                return False
            table.join(out, table.shape((*a, *b)[:MAX_RANK], node.lineno), node.lineno)
            if len(a) + len(b) > MAX_RANK:
                raise Clash
            return True

        def clash() -> Exception:
            found = f"axes {self.axes(left.shape)} and {self.axes(right.shape)}"
            expected = f"at most {MAX_RANK} axes in all"
            return self.source.error(node, "too many axes", found, expected, "sum some of them first")

        def stuck() -> Exception:
            return self._unknown_rank(left if table.axes(left.shape) is None else right)

        return Constraint((left.shape, right.shape), rule, no_guess, clash, stuck)

    def dot(self, node: ast.expr, left: Operand, right: Operand) -> Constraint:
        """`dot(a, b)` is a scalar; a and b have equal axes."""
        table = self.table

        def rule() -> bool:
            if table.axes(left.shape) is None and table.axes(right.shape) is None:
                return False
            table.join(left.shape, right.shape, node.lineno)
            return True

        def guess(kind: int) -> bool:
            return kind == 1 and table.join(left.shape, right.shape, node.lineno)

        def clash() -> Exception:
            return self._apart(node, left, right)

        def stuck() -> Exception:
            return self._unknown_rank(left if table.axes(left.shape) is None else right)

        return Constraint((left.shape, right.shape), rule, guess, clash, stuck)

    def reduction(self, node: ast.expr, operand: Operand, axis: str, out: Shape) -> Constraint:
        """`sum(v, "axis")` and `mean` lack that one axis of v; v has it once."""
        table = self.table

        def places() -> list[int]:
            return [place for place, one in enumerate(table.axes(operand.shape) or ()) if table.name(one) == axis]

        def rule() -> bool:
            axes = table.axes(operand.shape)
            if axes is None or (not places() and any(not table.name(one) for one in axes)):
                return False
            if len(places()) != 1:
                raise Clash
            kept = (one for place, one in enumerate(axes) if place != places()[0])
            table.join(out, table.shape(kept, node.lineno), node.lineno)
            return True

        def guess(kind: int) -> bool:
            return kind == 0 and bool(places())

        def clash() -> Exception:
            return self._not_once(node, operand, axis)

        def stuck() -> Exception:
            return self._unknown_rank(operand) if table.axes(operand.shape) is None else clash()

        return Constraint((operand.shape,), rule, guess, clash, stuck)

    def reduces_once(self, node: ast.expr, operand: Operand, axis: str) -> None:
        """Check, after all is inferred, that no axis of the operand turned out to be the summed one too.

        Raises:
            DerivationError: one did.
        """
        if self.table.names(operand.shape).count(axis) != 1:
            raise self._not_once(node, operand, axis)

    def _not_once(self, node: ast.expr, operand: Operand, axis: str) -> DerivationError:
        names = self.table.names(operand.shape)
        found = f"{spelled(operand.node, 40)} has axes {axes_text(names)}"
        fix = f"its axes are {listed(names)}; a name that appears twice cannot be summed by name"
        return self.source.error(node, f"no one axis '{axis}' to sum over", found, f"the axis '{axis}' once", fix)

    def _foreign(self, value: Shape, target: Shape) -> str:
        """The remedy for a value with axes that its target has not: name what brought them."""
        names = self.table.names(target)
        for name, shape in self.flowing:
            brought = self.table.names(shape)
            if len(brought) == 1 and brought[0] in self.table.names(value) and brought[0] not in names:
                annotated = f'{name}: "{" ".join(names)}"'
                return f"'{name}' brings the axis '{brought[0]}': use a weight, W @ {name}, or annotate {annotated}"
        return f'annotate the weight that is meant otherwise, as in W: "{" ".join(names)} input", or sum an axis away'

    def axes(self, shape: Shape) -> str:
        """The axes of a shape as messages show them."""
        return axes_text(self.table.names(shape))

    def broadcasts(self, node: ast.expr, left: Operand, right: Operand) -> None:
        """Check, after all is inferred, that a smaller operand lines up by axes which annotations fixed.

        Raises:
            DerivationError: it does not.
        """
        table = self.table
        small, large = sorted((left, right), key=lambda side: len(table.axes(side.shape) or ()))
        few, many = table.axes(small.shape) or (), table.names(large.shape)
        if not few or len(few) == len(many):
            return
        if not aligns(table.names(small.shape), many) or not all(table.annotated(axis) for axis in few):
            raise self._apart(node, left, right)

    def _apart(self, node: ast.expr, left: Operand, right: Operand) -> DerivationError:
        """Two operands of a pointwise operator whose axes differ."""
        table = self.table
        for side, other in ((right, left), (left, right)):
            if side.argument and table.line(side.shape) and table.line(side.shape) < node.lineno:
                found = (
                    f"{side.argument} has axes {self.axes(other.shape)} here, "
                    f"{self.axes(side.shape)} at line {table.line(side.shape)}"
                )
                fix = f"use a parameter of its own here, or annotate '{side.argument}' in the signature"
                return self.source.error(side.node, "axes do not agree", found, "one meaning for each parameter", fix)
        found = " and ".join(f"{spelled(side.node, 40)} with axes {self.axes(side.shape)}" for side in (left, right))
        small, large = sorted((left, right), key=lambda side: len(table.axes(side.shape) or ()))
        few, many = table.names(small.shape), table.names(large.shape)
        if len(few) == len(many):
            expected = "the same axes on both sides"
            fix = self._cause(node, left, right) + self._one_axis(left, right)
        else:
            expected = (
                "the same axes, or a smaller operand whose axes were annotated and stand in the larger in that order"
            )
            name = small.node.id if isinstance(small.node, ast.Name) else "name"
            annotated = f'{name}: "{" ".join(few)}"'
            fix = f"annotate {annotated} where it is bound, if it repeats along the other axes of {axes_text(many)}"
            if not aligns(few, many):
                fix = f"bring the smaller to axes of {axes_text(many)}, by a weight, W @ v, or by annotations"
        return self.source.error(node, "axes do not agree", found, expected, fix)

    def _cause(self, node: ast.expr, left: Operand, right: Operand) -> str:
        """What brought an axis that one side has alone: a `*` above that may be meant as `@`, or an annotation."""
        alone = set(self.table.names(left.shape)) ^ set(self.table.names(right.shape))
        axes = {name: set(self.table.names(shape)) for name, shape in self.flowing}
        for scaling, weight, name in self.scaled:
            if scaling.lineno <= node.lineno and axes.get(name, set()) & alone:
                meant = f"for a product with a matrix write '{weight} @ {name}'"
                return f"line {scaling.lineno} has '{weight} * {name}': {meant}; "
        for name, shape in self.annotated.items():
            names = self.table.names(shape)
            if len(names) == 1 and names[0] in alone:
                return f"'{name}' is annotated \"{names[0]}\" and brings that axis: correct it if it is a slip; "
        return ""

    def _one_axis(self, left: Operand, right: Operand) -> str:
        """The remedy for two operands of one rank whose axes differ."""
        flowing = {name for name, _ in self.flowing}
        for side, other in ((left, right), (right, left)):
            if isinstance(side.node, ast.Name) and side.node.id in flowing:
                names = " ".join(self.table.names(other.shape))
                name = side.node.id
                return f'if they are one axis, annotate the argument {name}: "{names}"; else use a weight: W @ {name}'
        return "annotate the arguments if they are one axis; else bring one to the other's axes with a weight: W @ v"

    def _no_product(self, node: ast.expr, left: Operand, right: Operand) -> DerivationError:
        table = self.table
        a, b = table.names(left.shape), table.names(right.shape)
        if () in (table.axes(left.shape), table.axes(right.shape)):
            scalar = left if table.axes(left.shape) == () else right
            found = f"{spelled(scalar.node, 40)} is a scalar"
            return self.source.error(scalar.node, "'@' of a scalar", found, "operands with axes", "use '*'")
        if len(a) == len(b) and len(a) > 1:
            found = f"axes {axes_text(a)} and {axes_text(b)}"
            fix = "write 'dot(a, b)' for a sum over all axes; apply matrices one after the other: A @ (B @ v)"
            return self.source.error(
                node, "'@' of two operands of one rank", found, "a weight and what it acts on", fix
            )
        weight, vector = (left, right) if len(a) >= len(b) else (right, left)
        names, inner = table.names(weight.shape), table.names(vector.shape)
        kept = len(names) - len(inner)
        after = weight is left
        needed = names[kept:] if after else names[: len(inner)]
        here = (*names[:kept], *inner) if after else (*inner, *names[len(inner) :])
        label = weight.argument or spelled(weight.node, 40)
        line = table.line(weight.shape)
        found = f"{label} has axes {axes_text(here)} here, {axes_text(names)}" + (
            f" at line {line}" if weight.argument else ""
        )
        expected = "one meaning for each parameter" if weight.argument else f"axes {axes_text(needed)} to sum over"
        fitting = [name for name, shape in self.flowing if table.names(shape) == needed]
        fix = "use a weight of its own here, or annotate the one whose axes are meant otherwise"
        if fitting:
            fix = f"did you mean '{f'{label} @ {fitting[0]}' if after else f'{fitting[0]} @ {label}'}'?"
        turned = names[::-1]
        if weight.argument in self.annotated and inner == (turned[kept:] if after else turned[: len(inner)]):
            fix = (
                f'did you mean {label}: "{" ".join(turned)}" in the signature? Else {fix.removeprefix("did you mean ")}'
            )
        return self.source.error(weight.node, "axes do not agree", found, expected, fix)

    def _unknown_rank(self, unknown: Operand) -> DerivationError:
        """An operand built of parameters alone whose axes nothing tells."""
        found = f"{spelled(unknown.node, 40)}, whose axes nothing else tells"
        expected = "operands whose axes are known, or a parameter that acts on an input or a state"
        name = unknown.node.id if isinstance(unknown.node, ast.Name) else "the parameter"
        fix = f'annotate {name} in the signature, as in W: "hidden input"; a product of weights is A @ (B @ v)'
        return self.source.error(unknown.node, "axes that cannot be inferred", found, expected, fix)


def _summed(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[tuple[int, ...], tuple[int, ...]]]:
    """Axes that `a @ b` keeps, and those that it sums, side by side."""
    if len(a) >= len(b):
        return a[: len(a) - len(b)], (a[len(a) - len(b) :], b)
    return b[len(a) :], (a, b[: len(a)])
