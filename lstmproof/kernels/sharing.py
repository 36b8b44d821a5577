"""Coefficients that several cotangents share, computed once.

A coefficient is a product of partial derivatives, which may be multiplied in any order: two factors that meet in
several products are multiplied once, and any other expression, were it `1 - f`, is computed once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import combinations

from lstmproof.kernels.phases import Phase, phases
from lstmproof.program.build import Names, mul
from lstmproof.program.expr import Apply, Expr, Ref, references
from lstmproof.program.nodes import Axes, Node, Pointwise, Program

Part = tuple[Axes, Expr]
"""An expression and the axes along which it varies."""

MOST_ROUNDS = 4
"""A round shares pairs; the next one pairs of pairs."""

MOST_FACTORS = 12
"""Products of more factors are left alone: their pairs are too many to count."""


def shared(program: Program) -> Program:
    """`program` with what its values known before the loop have in common bound to nodes of their own."""
    names = Names(program)
    for _ in range(MOST_ROUNDS):
        phase = phases(program)
        known = [n for n in program.nodes if isinstance(n, Pointwise) and phase[n.out] > Phase.FIXED]
        counts = Counter(part for node in known for part in _parts(node.expr, node.axes, program))
        common = {part: count for part, count in counts.items() if count > 1}
        if not common:
            break
        sharing = _Sharing(program, common, names)
        for node in program.nodes:
            sharing.add(node, rewrite=phase[node.out] > Phase.FIXED)
        program = replace(program, nodes=tuple(sharing.nodes))
    return program


@dataclass
class _Sharing:
    """The nodes of one round."""

    program: Program
    common: dict[Part, int]
    names: Names
    nodes: list[Node] = field(default_factory=list)
    bound: dict[Part, str] = field(default_factory=dict)

    def add(self, node: Node, *, rewrite: bool) -> None:
        """Append `node`, after the nodes that it now reads."""
        if rewrite and isinstance(node, Pointwise) and not self._is_common(node):
            node = replace(node, expr=self._rewritten(node.expr, node.axes, node.out))
        self.nodes.append(node)

    def _is_common(self, node: Pointwise) -> bool:
        """Whether all of the node is a common part, and the first of its kind: others then read it by its name."""
        factors = _factors(node.expr)
        if len(factors) == 2:
            part = _pair(factors[0], factors[1], node.axes, self.program)
        else:
            part = (_axes_of(node.expr, node.axes, self.program), node.expr)
        if part not in self.common or part in self.bound or part[0] != node.axes:
            return False
        self.bound[part] = node.out
        return True

    def _rewritten(self, expr: Expr, axes: Axes, out: str) -> Expr:
        if not isinstance(expr, Apply):
            return expr
        if expr.function == "mul":
            return self._product(_factors(expr), axes, out)
        part = (_axes_of(expr, axes, self.program), expr)
        if part in self.common:
            return self._name(part, out)
        return Apply(expr.function, tuple(self._rewritten(argument, axes, out) for argument in expr.arguments))

    def _product(self, factors: list[Expr], axes: Axes, out: str) -> Expr:
        """A product in which the commonest pairs are read by name."""
        pairs = [(a, b, _pair(a, b, axes, self.program)) for a, b in combinations(factors, 2)]
        pairs = [pair for pair in pairs if pair[2] in self.common]
        read: list[Expr] = []
        rest = list(factors)
        for a, b, part in sorted(pairs, key=lambda pair: -self.common[pair[2]]):
            if a in rest and b in rest and (a != b or rest.count(a) > 1):
                rest.remove(a)
                rest.remove(b)
                read.append(self._name(part, out))
        read += [self._rewritten(factor, axes, out) for factor in rest]
        return reduce(mul, read)

    def _name(self, part: Part, out: str) -> Ref:
        """The name of a common part, bound where it is first read."""
        if part not in self.bound:
            axes, expr = part
            assert isinstance(expr, Apply)
            arguments = tuple(self._rewritten(argument, axes, out) for argument in expr.arguments)
            name = self.names.fresh(f"{out}.shared")
            self.nodes.append(Pointwise(name, axes, Apply(expr.function, arguments)))
            self.bound[part] = name
        return Ref(self.bound[part])


def _parts(expr: Expr, axes: Axes, program: Program) -> Iterator[Part]:
    """What other expressions may have in common with `expr`: pairs of factors, and applications that are no product."""
    if not isinstance(expr, Apply):
        return
    if expr.function != "mul":
        yield _axes_of(expr, axes, program), expr
        below = list(expr.arguments)
    else:
        below = _factors(expr)
        if len(below) <= MOST_FACTORS:
            yield from {_pair(a, b, axes, program) for a, b in combinations(below, 2)}
    for argument in below:
        yield from _parts(argument, axes, program)


def _factors(expr: Expr) -> list[Expr]:
    if isinstance(expr, Apply) and expr.function == "mul":
        return [factor for argument in expr.arguments for factor in _factors(argument)]
    return [expr]


def _pair(a: Expr, b: Expr, axes: Axes, program: Program) -> Part:
    """The product of two factors, the same for either order."""
    product = Apply("mul", (a, b) if repr(a) <= repr(b) else (b, a))
    return _axes_of(product, axes, program), product


def _axes_of(expr: Expr, axes: Axes, program: Program) -> Axes:
    """Those of `axes` along which `expr` varies."""
    borne = [program.axes[name] for name in references(expr)]
    if axes in borne:
        return axes
    return tuple(axis for axis in axes if any(axis in own for own in borne))
