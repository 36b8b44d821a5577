"""What a step costs, counted from the Programs: operations by kind, and numbers kept, as polynomials in sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce

from lstmproof.calculus.adjoint import adjoint
from lstmproof.kernels.simplify import merged
from lstmproof.program.expr import Apply, Expr, Number, Size
from lstmproof.program.nodes import Axes, Program
from lstmproof.proof.symbolic.costs import operations
from lstmproof.study.online import OnlineRule

Monomial = tuple[str, ...]
"""The axes whose sizes are multiplied, in order."""


@dataclass(frozen=True)
class Polynomial:
    """A polynomial in the sizes of axes; the terms of highest degree first."""

    terms: tuple[tuple[Monomial, int], ...]


@dataclass(frozen=True)
class Cost:
    """One way to run a step, or to differentiate it."""

    name: str
    multiplications: Polynomial
    additions: Polynomial
    functions: Polynomial
    kept_per_step: Polynomial
    """Numbers of each step and row that must be kept until the backward pass has come back to it."""
    carried: Polynomial
    """Numbers of each row that are handed from step to step, whatever the number of steps."""


def costs(full: Program, truncated: Program, online: OnlineRule | str) -> tuple[Cost, ...]:
    """Forward, backward in both flows, and the online rule where there is one (or why there is none)."""
    whole, cut = adjoint(full), adjoint(truncated)
    found = [
        _cost("forward", full, (), [state.axes for state in full.states]),
        _cost("backward, full", whole, _tape(whole, full), [state.axes for state in whole.states]),
        _cost("backward, truncated", cut, _tape(cut, truncated), _live(cut)),
    ]
    if isinstance(online, OnlineRule):
        found.append(_cost("online", online.program, (), [state.axes for state in online.program.states]))
    return tuple(found)


def parameters(program: Program) -> Polynomial:
    """How many numbers are learned."""
    return _sizes(source.axes for source in program.parameters)


def _live(backward: Program) -> list[Axes]:
    """The states through which any error returns."""
    zero = Number(Fraction(0))
    return [state.axes for state in backward.states if getattr(backward.node.get(state.new), "expr", None) != zero]


def _tape(backward: Program, primal: Program) -> list[Axes]:
    """Of what is read of a run, each value once, copies that are equal included."""
    same = merged(primal)[1]
    found = {same.get(source.name, source.name): source.axes for source in backward.tape}
    return list(found.values())


def _cost(name: str, program: Program, kept: Iterable[Axes], carried: Iterable[Axes]) -> Cost:
    """The cost of a Program once every value is computed only once."""
    counted = operations(merged(program)[0])
    return Cost(
        name,
        polynomial(counted.multiplications),
        polynomial(counted.additions),
        polynomial(counted.functions),
        _sizes(kept),
        _sizes(carried),
    )


def _sizes(shapes: Iterable[Axes]) -> Polynomial:
    return _sorted(Counter(tuple(sorted(axes)) for axes in shapes))


def polynomial(expr: Expr) -> Polynomial:
    """A sum of products of sizes and whole numbers, collected.

    >>> polynomial(Apply("mul", (Number(Fraction(3)), Apply("mul", (Size("b"), Size("a"))))))
    Polynomial(terms=((('a', 'b'), 3),))
    """
    return _sorted(_expanded(expr))


def _expanded(expr: Expr) -> Mapping[Monomial, int]:
    match expr:
        case Number(value):
            return {(): int(value)}
        case Size(axis):
            return {(axis,): 1}
        case Apply("add", parts):
            found: Counter[Monomial] = Counter()
            for part in parts:
                found.update(_expanded(part))
            return found
        case Apply("mul", parts):
            return reduce(_product, map(_expanded, parts))
    raise ValueError(f"a cost is a sum of products of sizes, found {expr}")


def _product(left: Mapping[Monomial, int], right: Mapping[Monomial, int]) -> Mapping[Monomial, int]:
    found: Counter[Monomial] = Counter()
    for a, m in left.items():
        for b, n in right.items():
            found[tuple(sorted((*a, *b)))] += m * n
    return found


def _sorted(terms: Mapping[Monomial, int]) -> Polynomial:
    kept = [(monomial, count) for monomial, count in terms.items() if count]
    return Polynomial(tuple(sorted(kept, key=lambda term: (-len(term[0]), term[0]))))
