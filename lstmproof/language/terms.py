"""Terms of a claim, lowered: the author's tree kept, helpers inlined, axes known from the cell."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from lstmproof.language.axes import MAX_RANK
from lstmproof.language.claims import Role
from lstmproof.language.emit import Budget
from lstmproof.language.errors import DerivationError, axes_text, did_you_mean, first_of, listed, spelled
from lstmproof.language.expressions import folded
from lstmproof.language.forms import BINARY, MAX_EXPONENT, check_exponent, check_expression, check_reduced_axis, number
from lstmproof.language.formula import INFINITY
from lstmproof.language.scan import MAX_NESTING, too_deep
from lstmproof.language.scope import CLAIM_WORDS, Scope, called, check_call, check_imported, infinite, result_of
from lstmproof.language.subject import Subject
from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.program.nodes import Axes
from lstmproof.program.typecheck import aligns

MAX_POWER = 1000
"""Largest literal exponent in a claim, and the largest lag."""

MAX_BITS = 10_000
"""Bits of numerator and denominator of a number that literals alone make: 0.5 ** 1000 is one."""

STATEMENT_WORDS = frozenset({"always", "assume", "bounded", "same"})
"""Words of claims that make statements, not values."""


@dataclass(frozen=True, slots=True)
class Term:
    """A value in a claim."""

    expr: Expr
    node: ast.expr
    axes: Axes = ()
    size: int = 1
    """Operations and names of its expression."""
    depth: int = 1
    literal: Fraction | None = None
    """Its exact value, if it is made of numbers alone."""


Names = Mapping[str, Term]


@dataclass
class Terms:
    """Lowers the terms of one claim; remembers which arguments they speak of."""

    scope: Scope
    subject: Subject
    roles: Mapping[str, Role]
    budget: Budget
    words: Mapping[str, Callable[[Terms, ast.Call], Term]]
    """How each word of claims that makes a value is lowered."""
    used: set[str] = field(default_factory=set)
    _level: int = 0
    _site: ast.Call | None = None
    """The claim's call of the helper that is being inlined: errors point there."""

    def lower(self, node: ast.expr, names: Names | None = None) -> Term:
        """The value of `node`, a term of the claim, or of a helper that reads `names`.

        Raises:
            DerivationError: a form, a name or a word that has no place here; axes that do not agree; too large a term.
        """
        self._level += 1
        if self._level > MAX_NESTING + 1:
            raise too_deep(self.scope.source, node.lineno, node.col_offset + 1)
        self.budget.spend(self.scope.source, node, 1)
        term = self._lower(node, names)
        self._level -= 1
        return term

    def _lower(self, node: ast.expr, names: Names | None) -> Term:
        match node:
            case ast.Name(name):
                return self.named(node) if names is None else replace(names[name], node=self._place(node))
            case ast.Constant(value) if type(value) in (int, float):
                exact = number(self.scope.source, node)
                return Term(Number(exact), node, literal=exact)
            case ast.UnaryOp(ast.USub(), operand):
                return self.apply("neg", node, self.lower(operand, names))
            case ast.BinOp(left, ast.Pow(), right):
                return self._power(node, self.lower(left, names), right, names)
            case ast.BinOp(left, ast.MatMult(), right):
                return self._product(node, self.lower(left, names), self.lower(right, names))
            case ast.BinOp(left, operator, right) if type(operator) in BINARY:
                return self.apply(BINARY[type(operator)], node, self.lower(left, names), self.lower(right, names))
            case ast.Call(ast.Name(name)):
                return self._call(node, name, names)
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(ast.Not()):
                raise self._statement_as_value(node)
            case _:
                check_expression(self.scope.source, node)
                raise AssertionError(f"unchecked form {type(node).__name__}")

    def named(self, node: ast.Name) -> Term:
        """An argument of the claim."""
        name, source = node.id, self.scope.source
        if name in self.roles:
            self.used.add(name)
            return Term(Ref(name), node, self.subject.axes.get(name, ()))
        if name == INFINITY and name in self.scope.imported:
            raise infinite(source, node)
        if name in self.scope.taken:
            fix = f"call it: '{name}(...)'" if name in self.scope.arity else "same(a, b) compares two cells"
            raise source.error(node, f"'{name}' is a function, not a value", f"'{name}'", "a value", fix)
        if name == INFINITY:
            check_imported(self.scope, node, name)
        expected = f"an argument of the claim: {first_of(self.roles)}"
        known = name in self.subject.roles
        fix = f"add '{name}' to the claim's arguments"
        fix = fix if known else did_you_mean(name, (*self.roles, *self.subject.roles), fix)
        raise source.error(node, f"unknown name '{name}'", f"'{name}'", expected, fix)

    def _statement_as_value(self, node: ast.expr) -> DerivationError:
        found = spelled(node)
        fix = "compare values, and combine comparisons with 'and', 'or' and 'not'"
        return self.scope.source.error(node, "a statement where a value is expected", found, "a value", fix)

    def _call(self, node: ast.Call, name: str, names: Names | None) -> Term:
        if names is None and name in self.scope.imported and name in CLAIM_WORDS:
            if name in STATEMENT_WORDS:
                raise self._statement_as_value(node)
            self.check_word(node, ("lag",) if name in ("carousel", "jacobian") else ())
            return self.words[name](self, node)
        if names is None:
            self._check_called(node)
        parts = node.args
        if name == "previous":
            return self._previous(node)
        if name in ("sum", "mean"):
            axis = check_reduced_axis(self.scope.source, parts[1]) if len(parts) > 1 else ""
            return self._reduction(node, name, self.lower(parts[0], names), axis)
        operands = [self.lower(part, names) for part in parts]
        if name in self.scope.helpers:
            return self._inlined(node, name, operands)
        if name == "outer":
            return self.apply(name, node, *operands, axes=self._ranked(node, operands[0].axes + operands[1].axes))
        if name == "dot":
            return self._dot(node, *operands)
        return self.apply(name, node, *operands)

    def _check_called(self, node: ast.Call) -> None:
        """A call in the claim's own text: its form, what is called, and the number of arguments."""
        name = called(node)
        starred = [argument for argument in node.args if isinstance(argument, ast.Starred)]
        if node.keywords or starred or name.startswith("__"):
            check_expression(self.scope.source, starred[0] if starred else node)
        if name in CLAIM_WORDS and name not in self.scope.helpers:
            check_imported(self.scope, node.func, name)
        if name in self.scope.taken - self.scope.arity.keys():
            fix = "name what it computes as an argument of the claim; same(a, b) compares two cells"
            raise self.scope.source.error(
                node.func, f"'{name}' is not a function of a term", f"a call of '{name}'", "a function or a helper", fix
            )
        check_call(self.scope, node, self.roles)

    def check_word(self, node: ast.Call, keywords: Sequence[str] = ()) -> None:
        """Refuse a call of a word of claims with other arguments than it takes."""
        name, source = called(node), self.scope.source
        for keyword in node.keywords:
            if keyword.arg not in keywords:
                found = f"'{keyword.arg}=...'" if keyword.arg else "'**...'"
                allowed = f"at most the keyword {listed(keywords)}" if keywords else "arguments by position"
                fix = did_you_mean(keyword.arg or "", keywords, "remove it")
                raise source.error(keyword, f"a keyword argument that '{name}' does not take", found, allowed, fix)
        if len({keyword.arg for keyword in node.keywords}) < len(node.keywords):
            raise source.error(node.keywords[1], "a keyword argument twice", spelled(node), "each once", "remove one")
        least = CLAIM_WORDS[name]
        if len(node.args) != least or any(isinstance(argument, ast.Starred) for argument in node.args):
            takes = f"{least} argument{'' if least == 1 else 's'}"
            given = f"{len(node.args)} argument{'' if len(node.args) == 1 else 's'}"
            fix = f"write {USAGE[name]}"
            raise source.error(node, f"'{name}' takes {takes}", given, takes, fix)

    def _place(self, node: ast.expr) -> ast.expr:
        return self._site or node

    def _previous(self, node: ast.Call) -> Term:
        match node.args:
            case [ast.Name(name) as state] if self.roles.get(name) == "state":
                return replace(self.named(state), expr=Ref(f"{name}[t-1]"), node=node)
        states = [name for name, role in self.roles.items() if role == "state"]
        expected = f"a state among the claim's arguments: {first_of(states)}"
        raise self.scope.source.error(
            node, "'previous' of what is no state", spelled(node), expected, "name the state, or write <state>0"
        )

    def _inlined(self, node: ast.Call, name: str, given: Sequence[Term]) -> Term:
        """The helper's expression with `given` in place of its arguments."""
        helper = self.scope.helpers[name]
        outer, self._site = self._site, self._site or node
        names = {argument.arg: one for argument, one in zip(helper.args.args, given, strict=True)}
        term = self.lower(result_of(helper), names)
        self._site = outer
        return replace(term, node=node)

    def apply(self, function: str, node: ast.expr, *operands: Term, axes: Axes | None = None) -> Term:
        """An operator or function applied to operands that line up by name, or with the given `axes` of its result."""
        place, source = self._place(node), self.scope.source
        if axes is None:
            axes = ()
            for operand in operands:
                axes = self.joined(place, axes, operand)
        if function == "div" and operands[1].literal == 0:
            fix = "check the divisor"
            raise source.error(place, "a division by zero", spelled(place), "a divisor that is not 0", fix)
        size = 1 + sum(operand.size for operand in operands)
        self.budget.fits(source, place, size)
        depth = 1 + max((operand.depth for operand in operands), default=0)
        if depth > MAX_NESTING + 1:
            raise too_deep(source, place.lineno, place.col_offset + 1)
        expr = Apply(function, tuple(operand.expr for operand in operands))
        return Term(expr, node, axes, size, depth, self._literal(function, place, operands))

    def _literal(self, function: str, place: ast.expr, operands: Sequence[Term]) -> Fraction | None:
        """The exact value of an expression of numbers alone, kept short."""
        numbers = [operand.literal for operand in operands]
        known = [one for one in numbers if one is not None]
        if len(known) < len(numbers):
            return None
        raised = function in ("pow", "power")
        if raised and _bits(known[0]) * known[1] > MAX_BITS:
            raise self._too_large(place)
        exact = folded("pow" if raised else function, known[:1] if raised else known, known[1] if raised else None)
        if exact is not None and _bits(exact) > MAX_BITS:
            raise self._too_large(place)
        return exact

    def _too_large(self, place: ast.expr) -> DerivationError:
        found, expected = spelled(place), f"numbers of at most {MAX_BITS:,} bits"
        return self.scope.source.error(place, "a number out of range", found, expected, "rescale the quantity")

    def joined(self, place: ast.AST, axes: Axes, other: Term) -> Axes:
        """The axes of what `other` and a value with `axes` make together."""
        if aligns(other.axes, axes):
            return axes
        if aligns(axes, other.axes):
            return other.axes
        found = f"axes {axes_text(axes)} and {axes_text(other.axes)}"
        expected = "values whose axes line up by name, in one way only"
        fix = "compare values of one tensor's units; sum over an axis that only one side has"
        raise self.scope.source.error(place, "axes do not agree", found, expected, fix)

    def _power(self, node: ast.expr, base: Term, exponent: ast.expr, names: Names | None) -> Term:
        """A small literal exponent is exact arithmetic; `phi ** t` and large exponents are `power`."""
        match exponent:
            case ast.Constant(int(value)) if type(value) is int and MAX_EXPONENT < value <= MAX_POWER and names is None:
                return self.apply("power", node, base, self.lower(exponent))
            case ast.Constant(int(value)) if type(value) is int and value > MAX_POWER:
                expected, fix = f"at most {MAX_POWER}", "take a power of a power, or write exp(n * log(x))"
                raise self.scope.source.error(exponent, "too large an exponent", spelled(exponent), expected, fix)
            case ast.Constant() | ast.UnaryOp(_, ast.Constant()):
                value = check_exponent(self.scope.source, exponent)
                return self.apply("pow", node, base, Term(Number(Fraction(value)), exponent, literal=Fraction(value)))
            case _:
                raised = self.lower(exponent, names)
                if raised.literal is not None:
                    check_exponent(self.scope.source, exponent)
                return self.apply("power", node, base, raised)

    def _product(self, node: ast.expr, left: Term, right: Term) -> Term:
        """`W @ v` sums the last axes of W against all of v, `v @ W` the first."""
        a, b = left.axes, right.axes
        if a and b:
            rank = min(len(a), len(b))
            matrix_first = len(a) >= len(b)
            summed = (a[-rank:], b) if matrix_first else (a, b[:rank])
            kept = a[:-rank] if matrix_first else b[rank:]
            if summed[0] == summed[1] and (kept or len(a) == 1):
                return self.apply("product", node, left, right, axes=kept)
        found = f"a product of axes {axes_text(a)} and {axes_text(b)}"
        expected = "'W @ v' where the last axes of W are all those of v, or 'v @ W' where the first are"
        fix = "write '*' for a product unit by unit"
        raise self.scope.source.error(self._place(node), "axes do not agree", found, expected, fix)

    def _dot(self, node: ast.expr, left: Term, right: Term) -> Term:
        if left.axes != right.axes:
            found = f"axes {axes_text(left.axes)} and {axes_text(right.axes)}"
            fix = "give it two values of the same axes"
            raise self.scope.source.error(self._place(node), "axes do not agree", found, "the same axes", fix)
        return self.apply("dot", node, left, right, axes=())

    def _ranked(self, node: ast.expr, axes: Axes) -> Axes:
        if len(axes) > MAX_RANK:
            limit, fix = f"at most {MAX_RANK}", "use fewer axes"
            raise self.scope.source.error(self._place(node), "too many axes", f"{len(axes)} axes", limit, fix)
        return axes

    def _reduction(self, node: ast.expr, name: str, operand: Term, axis: str) -> Term:
        """`sum` or `mean` over one axis, or over all."""
        if not axis:
            return self.apply(name, node, operand, axes=())
        if operand.axes.count(axis) != 1:
            found = f"axes {axes_text(operand.axes)}"
            expected = f"an axis '{axis}', once"
            fix = did_you_mean(axis, operand.axes, "name one of its axes")
            raise self.scope.source.error(self._place(node), f"no single axis '{axis}'", found, expected, fix)
        kept = tuple(each for each in operand.axes if each != axis)
        return self.apply(name, node, operand, Term(Size(axis), node), axes=kept)


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


USAGE: Mapping[str, str] = {
    "always": "assume(always(f <= phi))",
    "assume": "assume(abs(h0) <= 1)",
    "bounded": "bounded(s)",
    "carousel": "carousel(s) or carousel(s, lag=5)",
    "cost": 'cost("forward")',
    "count": 'count("hidden"), count("W") or count("parameters")',
    "derivative": "derivative(tanh(z), z)",
    "jacobian": "jacobian(c, h) or jacobian(c, h, lag=5)",
    "limit": "limit(tanh(z), z, oo)",
    "norm": "norm(U)",
    "same": "same(cell_a, cell_b)",
}
"""How each word of claims is written."""
