"""The words of claims that make values: carousel, jacobian, norm, derivative, limit, count and cost."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import reduce

from lstmproof.language.claims import Role
from lstmproof.language.definition import Definition
from lstmproof.language.errors import axes_text, clip, did_you_mean, listed, spelled
from lstmproof.language.formula import COSTS, INFINITY, free_names
from lstmproof.language.scope import called
from lstmproof.language.terms import MAX_POWER, USAGE, Term, Terms
from lstmproof.program.expr import ONE, ZERO, Apply, Expr, Number, Ref, Size
from lstmproof.program.nodes import Axes

PARAMETERS = "parameters"
"""What `count` calls all parameters together."""


def _carousel(terms: Terms, call: ast.Call) -> Term:
    """`carousel(s, lag=n)`: ds(t)/ds(t-n) in the truncated flow, unit by unit."""
    state = _argument(terms, call, 0, ("state",), "a state of the cell")
    return terms.apply("carousel", call, state, _lag(terms, call), axes=state.axes)


def _jacobian(terms: Terms, call: ast.Call) -> Term:
    """`jacobian(c, h, lag=n)`: dc(t)/dh(t-n) in the full flow, for every unit of c and of h."""
    value = _argument(terms, call, 0, ("state", "value"), "a state or value of the cell")
    state = _argument(terms, call, 1, ("state",), "a state of the cell, whose earlier value is varied")
    return terms.apply("jacobian", call, value, state, _lag(terms, call), axes=value.axes + state.axes)


def _norm(terms: Terms, call: ast.Call) -> Term:
    """`norm(e)`: the largest absolute entry of a vector, the largest row sum of a matrix or jacobian."""
    operand = terms.lower(call.args[0])
    is_jacobian = isinstance(operand.expr, Apply) and operand.expr.function == "jacobian"
    if len(operand.axes) in (1, 2) or (is_jacobian and operand.axes):
        return terms.apply("norm", call, operand, axes=())
    found = f"a value with axes {axes_text(operand.axes)}"
    fix = "write abs(e) of a scalar" if not operand.axes else "take the norm of a vector, a matrix or a jacobian"
    raise terms.scope.source.error(call, "a norm of what has none", found, "a vector, a matrix or a jacobian", fix)


def _derivative(terms: Terms, call: ast.Call) -> Term:
    """`derivative(e, v)`: of the formula e by the free name v."""
    operand, variable = terms.lower(call.args[0]), _variable(terms, call)
    return terms.apply("derivative", call, operand, variable, axes=operand.axes)


def _limit(terms: Terms, call: ast.Call) -> Term:
    """`limit(e, v, point)`: of the formula e as the free name v tends to `point`, from both sides if that is finite."""
    operand, variable = terms.lower(call.args[0]), _variable(terms, call)
    point = _point(terms, call.args[2])
    if isinstance(variable.expr, Ref) and variable.expr.name in free_names(point.expr):
        found, expected = f"'{variable.expr.name}' in {spelled(point.node)}", "a point that does not depend on it"
        raise terms.scope.source.error(point.node, "a limit that moves", found, expected, "name the point differently")
    return terms.apply("limit", call, operand, variable, point, axes=terms.joined(call, operand.axes, point))


def _count(terms: Terms, call: ast.Call) -> Term:
    """`count("axis")`: its units; `count("W")`, `count(W)`: a tensor's entries; `count("parameters")`: those of all.

    An axis and a tensor of one name, such as a second input, are the axis.
    """
    source, argument, subject = terms.scope.source, call.args[0], terms.subject
    cell = _cell_of(terms, call)
    match argument:
        case ast.Name(name) if name in terms.roles and terms.roles[name] not in ("free", "time"):
            terms.named(argument)
            return _of_expr(terms, call, _entries(subject.axes[name]))
        case ast.Constant(str(label)) if label in cell.program.axis_names:
            return _of_expr(terms, call, Size(label))
        case ast.Constant(str(label)) if label == PARAMETERS:
            return _of_expr(terms, call, _sum(_entries(axes) for axes in cell.parameters.values()))
        case ast.Constant(str(label)) if subject.roles.get(label, "time") != "time":
            return _of_expr(terms, call, _entries(subject.axes[label]))
        case ast.Constant(str(label)):
            known = (*cell.program.axis_names, PARAMETERS, *subject.roles)
            fix = did_you_mean(label, known, f"the axes of '{cell.name}' are {listed(cell.program.axis_names)}")
            expected = f'an axis or a tensor of the cell, or "{PARAMETERS}"'
            raise source.error(argument, "nothing to count", f"'{clip(label)}'", expected, fix)
        case _:
            expected = "an axis or a tensor of the cell, in quotes"
            fix = f"write {USAGE['count']}"
            raise source.error(argument, "nothing to count", spelled(argument), expected, fix)


def _cost(terms: Terms, call: ast.Call) -> Term:
    """`cost("forward")`: how many operations one step of a flow takes."""
    _cell_of(terms, call)
    argument = call.args[0]
    match argument:
        case ast.Constant(str(label)) if label in COSTS:
            return terms.apply("cost", call, Term(Ref(label), argument))
        case _:
            label = argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else ""
            fix = did_you_mean(label, COSTS, f"write {USAGE['cost']}")
            expected = f"one of {listed(COSTS)}, in quotes"
            raise terms.scope.source.error(argument, "no flow to count", spelled(argument), expected, fix)


WORDS: Mapping[str, Callable[[Terms, ast.Call], Term]] = {
    "carousel": _carousel,
    "cost": _cost,
    "count": _count,
    "derivative": _derivative,
    "jacobian": _jacobian,
    "limit": _limit,
    "norm": _norm,
}
"""How each of them is lowered."""


def _cell_of(terms: Terms, call: ast.Call) -> Definition:
    """The cell of the claim, which these words speak of."""
    if terms.subject.definition is not None:
        return terms.subject.definition
    name = called(call)
    expected, fix = "a claim of a cell", "write the cell's name: @claim(the_cell)"
    raise terms.scope.source.error(call, f"'{name}' of no cell", "a claim of formulas alone", expected, fix)


def _argument(terms: Terms, call: ast.Call, place: int, roles: tuple[Role, ...], expected: str) -> Term:
    """The argument at `place`, which names a tensor of the cell in one of these roles."""
    cell = _cell_of(terms, call)
    node = call.args[place]
    match node:
        case ast.Name(name) if terms.roles.get(name, "free") in roles:
            return terms.named(node)
        case ast.Name(name) if name not in terms.roles:
            terms.named(node)
    known = [name for name, role in terms.subject.roles.items() if role in roles]
    role = terms.roles.get(node.id) if isinstance(node, ast.Name) else None
    found = spelled(node) if role is None else f"'{spelled(node)}', {_ROLES[role]}"
    fix = f"name one of '{cell.name}': {listed(known[:12])}"
    raise terms.scope.source.error(node, f"'{called(call)}' of something else", found, expected, fix)


_ROLES: Mapping[Role, str] = {
    "input": "an input",
    "state": "a state",
    "value": "a value of the cell, no state",
    "parameter": "a parameter",
    "constant": "a constant",
    "initial": "an initial state",
    "time": "the step",
    "free": "a free real",
}


def _lag(terms: Terms, call: ast.Call) -> Term:
    """How many steps back, 1 unless written."""
    for keyword in call.keywords:
        match keyword.value:
            case ast.Constant(int(steps)) as node if type(steps) is int and 1 <= steps <= MAX_POWER:
                return Term(Number(Fraction(steps)), node)
            case other:
                expected = f"a whole number from 1 to {MAX_POWER}"
                fix = "write the number of steps out, as in lag=10"
                raise terms.scope.source.error(other, "a lag that is no number of steps", spelled(other), expected, fix)
    return Term(ONE, call)


def _variable(terms: Terms, call: ast.Call) -> Term:
    """The second argument: a free name. A tensor of the cell depends on others, which a formula does not show."""
    node, word = call.args[1], called(call)
    match node:
        case ast.Name(name) if terms.roles.get(name) == "free":
            return terms.named(node)
        case ast.Name(name) if name not in terms.roles:
            terms.named(node)
    role = terms.roles.get(node.id) if isinstance(node, ast.Name) else None
    found = spelled(node) if role is None else f"'{spelled(node)}', {_ROLES[role]}"
    fix = "write the formula in a free name; through the cell, jacobian(c, h) is the derivative"
    raise terms.scope.source.error(node, f"'{word}' by what is no free name", found, "a free name of the claim", fix)


def _point(terms: Terms, node: ast.expr) -> Term:
    """Where a limit is taken: a term, or infinity with either sign."""
    match node:
        case ast.Name(name) if name == INFINITY and name in terms.scope.imported:
            return Term(Ref(INFINITY), node)
        case ast.Name("inf" | "infinity" as name) if name not in terms.roles:
            fix = f"write {INFINITY}, a word of lstmproof.language"
            raise terms.scope.source.error(node, f"unknown name '{name}'", f"'{name}'", f"a number or {INFINITY}", fix)
        case ast.UnaryOp(ast.USub(), ast.Name(name)) if name == INFINITY and name in terms.scope.imported:
            return Term(Apply("neg", (Ref(INFINITY),)), node, size=2, depth=2)
        case _:
            return terms.lower(node)


def _of_expr(terms: Terms, call: ast.Call, expr: Expr) -> Term:
    """A term without axes, its operations taken from the budget."""
    size = _size(expr)
    terms.budget.spend(terms.scope.source, call, size)
    return Term(expr, call, size=size, depth=2)


def _size(expr: Expr) -> int:
    return 1 + (sum(map(_size, expr.arguments)) if isinstance(expr, Apply) else 0)


def _entries(axes: Axes) -> Expr:
    """The number of entries of a tensor: the product of its sizes."""
    sizes: list[Expr] = [Size(axis) for axis in axes]
    return reduce(lambda one, other: Apply("mul", (one, other)), sizes) if sizes else ONE


def _sum(numbers: Iterable[Expr]) -> Expr:
    """The sum of numbers, nested in pairs so that it is never deep."""
    rest: list[Expr] = list(numbers) or [ZERO]
    while len(rest) > 1:
        pairs: list[Expr] = [Apply("add", pair) for pair in zip(rest[::2], rest[1::2], strict=False)]
        rest = [*pairs, *rest[len(pairs) * 2 :]]
    return rest[0]
