"""The tangent of a Program: forward accumulation, step by step beside the program itself.

Every value v gains v.dot, its derivative along one direction in all inputs, tape, initial states and parameters.
The rules are those of the total differential, d(a b) = da b + a db, and share none with the adjoint's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lstmproof.calculus.partials import parse_formula
from lstmproof.language.table import FUNCTIONS
from lstmproof.program.build import Names, add, mul, neg
from lstmproof.program.expr import BARRIERS, ONE, ZERO, Apply, Expr, Number, Ref, substitute
from lstmproof.program.nodes import Contract, Node, Operand, Output, Pointwise, Program, Source, State
from lstmproof.program.typecheck import checked


def tangent(program: Program) -> Program:
    """Return `program` with the tangent of everything: a source, state, output or total L gains one labelled `L.dot`.

    Constants have no tangent. The outputs of `program` itself stay, so that one run gives values and tangents.
    """
    names = Names(program)
    dots: dict[str, str] = {}

    def twin(source: Source) -> tuple[Source, Source]:
        dots[source.name] = names.fresh(f"{source.name}.dot")
        return source, Source(dots[source.name], source.axes, f"{source.label}.dot")

    inputs = tuple(both for source in program.inputs for both in twin(source))
    tape = tuple(both for source in program.tape for both in twin(source))
    parameters = tuple(both for source in program.parameters for both in twin(source))
    for state in program.states:
        dots[state.old] = names.fresh(f"{state.old}.dot")
    nodes: list[Node] = []
    for node in program.nodes:
        nodes.append(node)
        nodes.extend(_node_tangent(node, dots, names))
    zeros: list[Node] = []

    def dot(value: str) -> str:
        if value not in dots:
            dots[value] = names.fresh(f"{value}.dot")
            zeros.append(Pointwise(dots[value], program.axes[value], ZERO))
        return dots[value]

    def doubled(outputs: tuple[Output, ...]) -> tuple[Output, ...]:
        return (*outputs, *(Output(f"{output.label}.dot", dot(output.value)) for output in outputs))

    states = tuple(
        both
        for state in program.states
        for both in (state, State(f"{state.label}.dot", dots[state.old], dot(state.new), state.axes))
    )
    outputs, totals = doubled(program.outputs), doubled(program.totals)
    return checked(
        Program(
            name=f"tangent of {program.name}",
            inputs=inputs,
            states=states,
            parameters=parameters,
            constants=program.constants,
            nodes=(*nodes, *zeros),
            outputs=outputs,
            totals=totals,
            tape=tape,
            direction=program.direction,
        )
    )


def _node_tangent(node: Node, dots: dict[str, str], names: Names) -> list[Node]:
    """Nodes that bind the tangent of `node.out`, none if it is constant."""
    if isinstance(node, Contract):
        return _contract_tangent(node, dots, names)
    slope = differential(node.expr, Ref(node.out), lambda name: Ref(dots[name]) if name in dots else ZERO)
    if slope == ZERO:
        return []
    dots[node.out] = names.fresh(f"{node.out}.dot")
    return [Pointwise(dots[node.out], node.axes, slope)]


def _contract_tangent(node: Contract, dots: dict[str, str], names: Names) -> list[Node]:
    """d(sum a b ...) = sum da b ... + sum a db ... + ..."""
    terms: list[Contract] = []
    for position, factor in enumerate(node.factors):
        if factor.name in dots:
            factors = list(node.factors)
            factors[position] = Operand(dots[factor.name], factor.indices)
            terms.append(Contract(f"{node.out} by {position}", node.axes, node.indices, tuple(factors)))
    if not terms:
        return []
    dots[node.out] = names.fresh(f"{node.out}.dot")
    if len(terms) == 1:
        return [replace(terms[0], out=dots[node.out])]
    terms = [replace(term, out=names.fresh(f"{dots[node.out]}.{at}")) for at, term in enumerate(terms, start=1)]
    expr: Expr = ZERO
    for term in terms:
        expr = add(expr, Ref(term.out))
    return [*terms, Pointwise(dots[node.out], node.axes, expr)]


def differential(expr: Expr, value: Expr, dot: Callable[[str], Expr]) -> Expr:
    """The total differential of `expr`, whose value is `value`, given that of each name."""
    match expr:
        case Ref(name):
            return dot(name)
        case Apply(function, arguments) if function not in BARRIERS:
            slopes = [differential(argument, argument, dot) for argument in arguments]
            return _rule(expr, slopes, value)
        case Apply("cut", (argument,)):
            return differential(argument, argument, dot)
        case _:
            return ZERO


def _rule(application: Apply, slopes: list[Expr], value: Expr) -> Expr:
    """The differential of one operator or table function, given those of its arguments."""
    arguments = application.arguments
    match application.function, arguments, slopes:
        case "add", _, (da, db):
            return add(da, db)
        case "sub", _, (da, db):
            return add(da, neg(db))
        case "neg", _, (da,):
            return neg(da)
        case "mul", (a, b), (da, db):
            return add(mul(da, b), mul(a, db))
        case "div", (_, b), (da, db):
            change = add(da, neg(mul(value, db)))
            return ZERO if change == ZERO else Apply("div", (change, b))
        case "pow", (a, Number(n)), (da, _):
            return mul(Number(n), mul(ONE if n == 1 else Apply("pow", (a, Number(n - 1))), da)) if n else ZERO
    terms: Expr = ZERO
    for text, slope in zip(FUNCTIONS[application.function].derivative, slopes, strict=True):
        terms = add(terms, mul(slope, _filled(parse_formula(text), arguments, value)))
    return terms


def _filled(formula: Expr, arguments: tuple[Expr, ...], value: Expr) -> Expr:
    """A formula of the table with expressions for its z, w and y."""
    bindings = {**dict(zip(("z", "w"), arguments, strict=False)), "y": value}
    return substitute(formula, lambda ref: bindings[ref.name])
