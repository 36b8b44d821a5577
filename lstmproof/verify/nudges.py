"""Programs in which parameters are perturbed row by row, without a copy of them for each row.

(W + h E) v = W v + h E v: a perturbation E of W is a number added where W v enters, and rows that perturb different
entries of W share the one product W v. `nudged` gives a Program an input for each such place. With v the value that
the unperturbed program takes, h E v is exact to first order in h, and h is as small as a complex step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lstmproof.program.build import Names
from lstmproof.program.expr import Apply, Expr, Ref, walk
from lstmproof.program.nodes import Axes, Contract, Node, Operand, Pointwise, Program, Source
from lstmproof.program.typecheck import aligns, checked

_SUMS = {"add": (1, 1), "sub": (1, -1), "neg": (-1,)}
"""Operators that pass a nudge on, and the sign that each argument takes."""


@dataclass(frozen=True)
class Site:
    """A place where a parameter enters: E adds `sign` sum(E[entry] * factors) to the nudge there."""

    parameter: str
    entry: tuple[str, ...]
    """An index letter for each axis of the parameter."""
    nudge: str
    indices: tuple[str, ...]
    """An index letter for each axis of the nudge; one that neither the entry nor a factor bears repeats the value."""
    factors: tuple[Operand, ...] = ()
    sign: int = 1


@dataclass(frozen=True)
class Nudged:
    """A program with an input for every place where parameters enter."""

    program: Program
    nudges: tuple[Source, ...]
    """The inputs added, last among the program's."""
    sites: tuple[Site, ...]


def nudged(program: Program) -> Nudged:
    """`program` with a nudge added to every product of a parameter and to every sum that a parameter is a term of.

    Products that are terms of one sum share its nudge: the sum of four gates' worth of products is nudged four times.
    """
    return _Nudging(program, Names(program), _lone_terms(program)).result()


def _lone_terms(program: Program) -> frozenset[str]:
    """Contractions that only one expression reads, once."""
    uses = Counter(output.value for output in (*program.outputs, *program.totals))
    uses.update(state.new for state in program.states)
    for node in program.nodes:
        if isinstance(node, Contract):
            uses.update({factor.name: 2 for factor in node.factors})
        else:
            uses.update(part.name for part in walk(node.expr) if isinstance(part, Ref))
    return frozenset(node.out for node in program.nodes if isinstance(node, Contract) and uses[node.out] == 1)


@dataclass
class _Nudging:
    """The rewriting under way."""

    program: Program
    names: Names
    lone: frozenset[str]
    nodes: list[Node] = field(default_factory=list)
    nudges: list[Source] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    waiting: dict[str, list[Site]] = field(default_factory=dict)
    """By lone contraction, its sites, whose nudge is that of the sum which it is a term of."""

    def result(self) -> Nudged:
        for node in self.program.nodes:
            if isinstance(node, Contract):
                self._contract(node)
            else:
                self.nodes.append(replace(node, expr=self._expression(node.expr, node.axes)))
        inputs = (*self.program.inputs, *self.nudges)
        program = checked(replace(self.program, inputs=inputs, nodes=tuple(self.nodes)))
        return Nudged(program, tuple(self.nudges), tuple(self.sites))

    def _is_parameter(self, name: str) -> bool:
        return any(source.name == name for source in self.program.parameters)

    def _nudge(self, axes: Axes) -> str:
        name = self.names.fresh(f"nudge_{len(self.nudges) + 1}")
        self.nudges.append(Source(name, axes))
        return name

    def _contract(self, node: Contract) -> None:
        """sum W a b ... + sum E a b ..., here or in the sum that reads it."""
        found = [
            Site(factor.name, factor.indices, "", node.indices, (*node.factors[:at], *node.factors[at + 1 :]))
            for at, factor in enumerate(node.factors)
            if self._is_parameter(factor.name)
        ]
        if not found or node.out in self.lone:
            self.waiting[node.out] = found
            self.nodes.append(node)
            return
        product = self.names.fresh(f"{node.out}.product")
        nudge = self._nudge(node.axes)
        self.sites += [replace(site, nudge=nudge) for site in found]
        self.nodes.append(replace(node, out=product))
        self.nodes.append(Pointwise(node.out, node.axes, Apply("add", (Ref(product), Ref(nudge)))))

    def _expression(self, expr: Expr, axes: Axes) -> Expr:
        """Every maximal sum in `expr` plus a nudge, if a parameter or a lone product is among its terms."""
        terms = [(name, sign) for name, sign in _terms(expr) if self._is_parameter(name) or self.waiting.get(name)]
        expr = self._inner(expr, axes)
        if not terms:
            return expr
        shapes = {self.program.axes[name] for name, _ in terms}
        shape = shapes.pop() if len(shapes) == 1 else axes
        nudge = self._nudge(shape)
        for name, sign in terms:
            self.sites += [replace(site, nudge=nudge, sign=sign) for site in self._sites_of(name, shape)]
        return Apply("add", (expr, Ref(nudge)))

    def _inner(self, expr: Expr, axes: Axes) -> Expr:
        """`expr` with the arguments of everything but sums nudged."""
        match expr:
            case Apply(function, arguments) if function in _SUMS:
                return Apply(function, tuple(self._inner(argument, axes) for argument in arguments))
            case Apply("pow", (base, exponent)):
                return Apply("pow", (self._expression(base, axes), exponent))
            case Apply(function, arguments):
                return Apply(function, tuple(self._expression(argument, axes) for argument in arguments))
            case _:
                return expr

    def _sites_of(self, name: str, shape: Axes) -> Iterator[Site]:
        """The sites of a term, their letters those of a nudge with axes `shape`."""
        own = self.program.axes[name]
        letters = tuple(f"{axis} {position}" for position, axis in enumerate(shape))
        borne = letters if own == shape else tuple(letters[shape.index(axis)] for axis in own)
        if not aligns(own, shape):
            raise ValueError(f"{name} with axes {own} does not align with {shape}")
        if self._is_parameter(name):
            yield Site(name, borne, "", letters)
        for site in self.waiting.get(name, ()):
            where = dict(zip(borne, site.indices, strict=True))
            yield replace(site, indices=tuple(where.get(letter, letter) for letter in letters))


def _terms(expr: Expr, sign: int = 1) -> Iterator[tuple[str, int]]:
    """The names among the terms of a sum, with their signs; of anything else, itself if it is a name."""
    match expr:
        case Ref(name):
            yield name, sign
        case Apply(function, arguments) if function in _SUMS:
            for argument, turn in zip(arguments, _SUMS[function], strict=True):
                yield from _terms(argument, sign * turn)
        case _:
            pass
