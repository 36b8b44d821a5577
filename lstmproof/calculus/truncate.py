"""The 1997 error flow: errors that arrive at a net input do not pass back to old states through it.

Hochreiter & Schmidhuber (1997), section 4 and appendix A.1; `cut` is the 2002 rule for peepholes (Gers,
Schraudolph & Schmidhuber 2002). Each net input is computed from a copy of what it reads in which the value of every
state at t-1 is a recorded constant. All else in the copy stays live, new state values included, and the value of
the program is unchanged. The truncated gradient is the ordinary adjoint of the result.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lstmproof.program.build import Names, product_factors, stopped
from lstmproof.program.expr import Apply, Expr, Ref, references
from lstmproof.program.nodes import Contract, Node, Pointwise, Program
from lstmproof.program.typecheck import checked


def truncate(program: Program) -> Program:
    """Return the Program whose ordinary derivatives are the truncated derivatives of `program`."""
    return checked(_Cut(program, Names(program)).result())


def parameter_built(program: Program) -> frozenset[str]:
    """Names whose values are built of parameters (at least one) and constants alone."""
    fixed = {source.name for source in program.parameters}
    neutral = {constant.name for constant in program.constants}
    for node in program.nodes:
        operands = set(node.operands)
        if operands <= fixed | neutral:
            (fixed if operands & fixed else neutral).add(node.out)
    return frozenset(fixed)


def is_net_input(node: Contract, built: frozenset[str]) -> bool:
    """Whether a contraction has an operand built of parameters alone."""
    return any(factor.name in built for factor in node.factors)


@dataclass
class _Cut:
    """The rewriting under way: the live nodes, and the copies that net inputs read."""

    program: Program
    names: Names
    nodes: list[Node] = field(default_factory=list)
    copies: dict[str, str] = field(default_factory=dict)
    """For each name whose copy differs from it, the name of the copy."""

    def result(self) -> Program:
        built = parameter_built(self.program)
        parameters = frozenset(source.name for source in self.program.parameters)
        old = {state.old for state in self.program.states}
        new = {state.new for state in self.program.states}
        for node in self.program.nodes:
            if isinstance(node, Contract):
                live: Node = self._from_copies(node) if is_net_input(node, built) else node
            else:
                live = replace(node, expr=self._cut_net_inputs(node.expr, parameters, old))
            self.nodes.append(live)
            if node.out not in new:
                self._copy(live, old)
        return replace(self.program, nodes=tuple(self.nodes), name=f"truncated {self.program.name}")

    def _copy(self, live: Node, old: set[str]) -> None:
        """Bind the copy of a live node, unless it reads nothing whose copy differs."""
        if isinstance(live, Contract):
            copy: Node = self._from_copies(live)
        else:
            copy = replace(live, expr=self._copied(live.expr, old))
        if copy != live:
            name = self.names.fresh(f"{live.out}.copy")
            self.copies[live.out] = name
            self.nodes.append(replace(copy, out=name))

    def _from_copies(self, node: Contract) -> Contract:
        """The contraction reading the copy of each factor."""
        factors = tuple(replace(factor, name=self._copy_of(factor.name)) for factor in node.factors)
        return replace(node, factors=factors)

    def _copy_of(self, name: str) -> str:
        """The name of the copy of a value; the constant that an old state is recorded as is bound when first read."""
        if name not in self.copies and any(state.old == name for state in self.program.states):
            self.copies[name] = self.names.fresh(f"{name}.recorded")
            self.nodes.append(Pointwise(self.copies[name], self.program.axes[name], stopped(Ref(name))))
        return self.copies.get(name, name)

    def _copied(self, expr: Expr, old: set[str]) -> Expr:
        """`expr` reading copies, an old state its recorded constant."""
        match expr:
            case Apply("stop", _):
                return expr
            case Ref(name) if name in old:
                return stopped(expr)
            case Ref(name):
                return Ref(self._copy_of(name))
            case Apply(function, arguments):
                return Apply(function, tuple(self._copied(argument, old) for argument in arguments))
            case _:
                return expr

    def _cut_net_inputs(self, expr: Expr, parameters: frozenset[str], old: set[str]) -> Expr:
        """`expr` with `cut` closed and every product that has a parameter as a factor computed from copies."""
        match expr:
            case Apply("cut", (argument,)):
                return stopped(argument)
            case Apply("mul", _) if _has_parameter_factor(expr, parameters):
                return self._copied(_close_cuts(expr), old)
            case Apply(function, arguments):
                return Apply(function, tuple(self._cut_net_inputs(a, parameters, old) for a in arguments))
            case _:
                return expr


def _has_parameter_factor(expr: Expr, parameters: frozenset[str]) -> bool:
    """A product that, flattened, has a parameter itself as a factor and something else besides."""
    factors = product_factors(expr)
    fixed = [factor for factor in factors if isinstance(factor, Ref) and factor.name in parameters]
    return bool(fixed) and not set(references(expr)) <= parameters


def _close_cuts(expr: Expr) -> Expr:
    match expr:
        case Apply("cut", (argument,)):
            return stopped(argument)
        case Apply(function, arguments):
            return Apply(function, tuple(_close_cuts(argument) for argument in arguments))
        case _:
            return expr
