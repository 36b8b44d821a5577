"""From the checked body of a cell to its Program: every name bound once, all axes inferred."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lstmproof.language.axes import AxisTable, Constraint, Shape, solve
from lstmproof.language.drafts import completed
from lstmproof.language.emit import Budget, Emitter, Value
from lstmproof.language.expressions import Expressions
from lstmproof.language.forms import annotated_axes
from lstmproof.language.grammar import body_of
from lstmproof.language.rules import Rules
from lstmproof.language.scope import Scope
from lstmproof.language.signature import Argument, Signature
from lstmproof.program.expr import Ref
from lstmproof.program.nodes import Axes, Constant, Node, Output, Program, Source, State
from lstmproof.program.typecheck import checked


@dataclass(frozen=True, slots=True)
class Lowering:
    """What comes of one cell: its Program, the axes of each assignment in turn, and the line of each node."""

    program: Program
    axes: Mapping[str, Axes]
    """Axes of each argument."""
    equations: tuple[tuple[ast.Assign | ast.AnnAssign, str, Axes], ...]
    """Each assignment with its target's name and axes."""
    lines: Mapping[str, int]


def lower(scope: Scope, function: ast.FunctionDef, signature: Signature, budget: Budget) -> Lowering:
    """Lower a cell whose form and names are checked.

    Raises:
        DerivationError: axes that do not agree or cannot be inferred, or too many operations.
    """
    table = AxisTable()
    shapes = argument_shapes(table, signature)
    old = {state.name: old_name(state.name) for state in signature.states}
    flowing = {each.name for each in (*signature.inputs, *signature.states)}
    values = {
        name: Value(Ref(old.get(name, name)), ast.Name(name), shape, name in flowing) for name, shape in shapes.items()
    }
    moving = tuple((name, value.shape) for name, value in values.items() if value.flows)
    annotated = {each.name: shapes[each.name] for each in signature.parameters if each.axes is not None}
    rules = Rules(scope.source, table, moving, annotated)
    expressions = Expressions(
        emitter=Emitter(scope.source, budget),
        rules=rules,
        helpers=scope.helpers,
        arguments=frozenset(name for name, value in values.items() if not value.flows),
        old={name: values[name] for name in old},
        scalar=table.shape(()),
    )
    assigned = _equations(expressions, function, values)
    carriers = [(name, shape) for _, name, shape in assigned if name not in old]
    solve(table, expressions.constraints, carriers + [(each.name, shapes[each.name]) for each in signature.parameters])
    for check in expressions.checks:
        check()
    axes = {name: table.names(shape) for name, shape in shapes.items()}
    drafts = expressions.emitter.drafts
    program = _program(function.name, signature, values, axes, tuple(completed(draft, table) for draft in drafts))
    equations = tuple((statement, name, table.names(shape)) for statement, name, shape in assigned)
    return Lowering(program, axes, equations, {draft.out: draft.line for draft in drafts})


def _program(
    name: str, signature: Signature, values: Mapping[str, Value], axes: Mapping[str, Axes], nodes: tuple[Node, ...]
) -> Program:
    """The checked Program of these nodes; `values` holds the last value of each name."""
    last = {label: value.body.name for label, value in values.items() if isinstance(value.body, Ref)}

    def sources(arguments: Iterable[Argument]) -> tuple[Source, ...]:
        return tuple(Source(each.name, axes[each.name]) for each in arguments)

    return checked(
        Program(
            name=name,
            inputs=sources(signature.inputs),
            states=tuple(
                State(each.name, old_name(each.name), last[each.name], axes[each.name]) for each in signature.states
            ),
            parameters=sources(signature.parameters),
            constants=tuple(
                Constant(each.name, axes[each.name], each.default)
                for each in signature.constants
                if each.default is not None
            ),
            nodes=nodes,
            outputs=tuple(Output(label, last[label]) for label in signature.returned),
        )
    )


def old_name(state: str) -> str:
    """The name of a state's value at t-1."""
    return f"{state}[t-1]"


def argument_shapes(table: AxisTable, signature: Signature) -> dict[str, Shape]:
    """Annotated axes; else the first input has `input`, further ones their own name, states `hidden`, constants none.

    A parameter that is not annotated has an unknown rank.
    """
    plain: dict[str, Axes] = {each.name: (each.name,) for each in signature.inputs}
    plain |= {each.name: ("input",) for each in signature.inputs[:1]}
    plain |= {each.name: ("hidden",) for each in signature.states}
    plain |= {each.name: () for each in signature.constants}
    shapes = {}
    for each in signature:
        names = plain.get(each.name) if each.axes is None else each.axes
        annotated = each.axes is not None
        shapes[each.name] = table.shape() if names is None else table.named(names, each.node.lineno, annotated)
    return shapes


def _equations(
    expressions: Expressions, function: ast.FunctionDef, values: dict[str, Value]
) -> list[tuple[ast.Assign | ast.AnnAssign, str, Shape]]:
    """Lower every assignment; `values` then holds the last value of each name."""
    assigned = []
    for statement in body_of(function)[:-1]:
        assert isinstance(statement, ast.Assign | ast.AnnAssign)
        assert statement.value is not None
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        assert isinstance(target, ast.Name)
        expressions.emitter.line = statement.lineno
        value = expressions.lower(statement.value, values)
        expressions.constraints += _target_constraints(expressions, statement, target.id, value)
        out = expressions.emitter.bind(target.id, value)
        values[target.id] = Value(Ref(out), target, value.shape, value.flows)
        assigned.append((statement, target.id, value.shape))
    return assigned


def _target_constraints(
    expressions: Expressions, statement: ast.Assign | ast.AnnAssign, name: str, value: Value
) -> list[Constraint]:
    """A state keeps its axes; an annotation fixes those of a value."""
    rules, constraints = expressions.rules, []
    if name in expressions.old:
        constraints.append(rules.equal(value.node, value.shape, expressions.old[name].shape, f"the state '{name}'"))
    if isinstance(statement, ast.AnnAssign):
        axes = annotated_axes(rules.source, statement.annotation)
        shape = rules.table.named(axes, statement.lineno, annotated=True)
        constraints.append(rules.equal(value.node, value.shape, shape, "the annotation"))
    return constraints
