"""The backward loop made short: cotangents are coefficients times the few that sums and products make.

An adjoint is linear in its cotangents. A node that only scales one of them moves into its readers, and every
coefficient, which depends on the tape alone, becomes a node of its own that runs for all steps before the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from lstmproof.kernels.phases import Phase, phases
from lstmproof.program.build import Names, add, mul, neg, total
from lstmproof.program.expr import ONE, Apply, Expr, Ref, references
from lstmproof.program.nodes import Contract, Node, Pointwise, Program
from lstmproof.program.passes import pruned

Form = Mapping[str, Expr]
"""A linear form: the coefficient of each value of the loop."""


def hoisted(program: Program) -> Program:
    """`program` with its loop in linear form wherever it is linear, coefficients bound before it."""
    phase = dict(phases(program))
    names = Names(program)
    held = {name for node in program.nodes if isinstance(node, Contract) for name in node.operands}
    forms: dict[str, Form] = {}
    nodes: list[Node] = []
    for node in program.nodes:
        form = None
        if isinstance(node, Pointwise) and phase[node.out] >= Phase.LOOP:
            after = phase[node.out] == Phase.AFTER  # it may read what the loop keeps in any case
            form = _linear(node.expr, phase, {n: f for n, f in forms.items() if n not in held} if after else forms)
        if form is None:
            nodes.append(node)
            continue
        assert isinstance(node, Pointwise)
        bound = _bound_coefficients(node, form, phase, names)
        nodes.extend(bound.nodes)
        if len(form) == 1 and program.axes[next(iter(form))] == node.axes:
            forms[node.out] = bound.form
    return pruned(replace(program, nodes=tuple(nodes)))


@dataclass(frozen=True)
class _Bound:
    """A node in linear form: nodes for its coefficients and itself, and the form with coefficients by name.

    The form keeps a sign apart, for readers that subtract; the node itself has it in the coefficient, which no step of
    the loop computes.
    """

    nodes: tuple[Node, ...]
    form: Form


def _bound_coefficients(node: Pointwise, form: Form, phase: dict[str, Phase], names: Names) -> _Bound:
    """Give every coefficient that is more than a number or a name a node of its own, so that readers share it."""
    nodes: list[Node] = []

    def bound(base: str, coefficient: Expr) -> Expr:
        if not isinstance(coefficient, Apply) or phase_of(coefficient, phase) > Phase.BEFORE:
            return coefficient
        name = names.fresh(f"{node.out}.by.{base}")
        nodes.append(Pointwise(name, node.axes, coefficient))
        phase[name] = phase_of(coefficient, phase)
        return Ref(name)

    unsigned = {b: neg(bound(b, neg(c))) if _signed(c) else bound(b, c) for b, c in form.items()}
    named = {b: bound(b, c) if _signed(c) else c for b, c in unsigned.items()}
    nodes.append(replace(node, expr=total(mul(coefficient, Ref(base)) for base, coefficient in named.items())))
    return _Bound(tuple(nodes), unsigned)


def phase_of(expr: Expr, phase: Mapping[str, Phase]) -> Phase:
    """The phase of an expression: the latest of what it reads."""
    return max((phase[name] for name in references(expr)), default=Phase.FIXED)


def _linear(expr: Expr, phase: Mapping[str, Phase], forms: Mapping[str, Form]) -> Form | None:
    """`expr` as a linear form in values of the loop, or None; an additive value from before the loop counts as one."""
    match expr:
        case Ref(name):
            if phase[name] == Phase.FIXED:
                return None
            return forms.get(name, {name: ONE})
        case Apply("add", (a, b)):
            return _sum(_linear(a, phase, forms), _linear(b, phase, forms))
        case Apply("sub", (a, b)):
            return _sum(_linear(a, phase, forms), _scaled(_linear(b, phase, forms), neg))
        case Apply("neg", (a,)):
            return _scaled(_linear(a, phase, forms), neg)
        case Apply("mul", (a, b)) if phase_of(b, phase) <= Phase.BEFORE:
            return _scaled(_linear(a, phase, forms), lambda c: mul(c, b))
        case Apply("mul", (a, b)) if phase_of(a, phase) <= Phase.BEFORE:
            return _scaled(_linear(b, phase, forms), lambda c: mul(a, c))
        case Apply("div", (a, b)) if phase_of(b, phase) <= Phase.BEFORE:
            return _scaled(_linear(a, phase, forms), lambda c: Apply("div", (c, b)))
        case _:
            return None


def _sum(a: Form | None, b: Form | None) -> Form | None:
    if a is None or b is None:
        return None
    merged = dict(a)
    for base, coefficient in b.items():
        merged[base] = _difference(merged[base], coefficient) if base in merged else coefficient
    return merged


def _difference(a: Expr, b: Expr) -> Expr:
    """a + b, as b - c where a alone is -c: the sign then costs nothing."""
    return add(b, a) if _signed(a) and not _signed(b) else add(a, b)


def _signed(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.function == "neg"


def _scaled(form: Form | None, scale: Callable[[Expr], Expr]) -> Form | None:
    return None if form is None else {base: scale(coefficient) for base, coefficient in form.items()}
