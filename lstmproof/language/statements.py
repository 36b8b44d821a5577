"""From functions decorated with @claim or @myth to `Claim`s: their form, assumptions, and the statement returned."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from lstmproof.language.claim_words import WORDS
from lstmproof.language.claims import Assumption, Claim
from lstmproof.language.definition import Definition
from lstmproof.language.emit import Budget
from lstmproof.language.errors import did_you_mean, first_of, listed, spelled
from lstmproof.language.forms import refused_statement
from lstmproof.language.formula import And, Bounded, Compare, Formula, Not, Or, Same, atoms
from lstmproof.language.grammar import body_of, check_function, doc_of
from lstmproof.language.scope import Scope, check_imported
from lstmproof.language.spelling import RELATIONS, spelling
from lstmproof.language.subject import read_arguments, subject_of
from lstmproof.language.terms import Term, Terms

STATEMENT = "a comparison such as abs(h) <= 1, bounded(s), same(a, b), or these with 'and', 'or', 'not'"
_BODY = "assume(...) lines, then one return of a statement"


@dataclass(frozen=True)
class Reader:
    """Reads the claims of one file, whose cells are known."""

    scope: Scope
    cells: Mapping[str, Definition]
    digest: str
    budget: Budget

    def read(self, function: ast.FunctionDef) -> Claim:
        """The claim that `function` states.

        Raises:
            DerivationError: anything in it is outside the language.
        """
        kind, cell = self._heading(function)
        subject = subject_of(cell)
        roles = read_arguments(self.scope, function, subject)
        terms = Terms(self.scope, subject, roles, self.budget, WORDS)
        formulas = _Formulas(terms, self.cells)
        body = body_of(function)
        said = self._said(function)
        assumptions = tuple(self._assumption(formulas, statement) for statement in body[:-1])
        conclusion = formulas.read(said)
        self._check_used(function, terms)
        return Claim(
            name=function.name,
            kind=kind,
            cell=cell.name if cell is not None else "",
            doc=doc_of(function),
            file=self.scope.source.file,
            line=function.lineno,
            digest=self.digest,
            arguments=roles,
            assumptions=assumptions,
            conclusion=conclusion,
            text=spelling(said),
            defaults=self._defaults(function, terms, conclusion),
        )

    def _said(self, function: ast.FunctionDef) -> ast.expr:
        """What the claim returns, at its end."""
        last = function.body[-1]
        match last:
            case ast.Return(ast.expr() as said):
                return said
        found = "an empty return" if isinstance(last, ast.Return) else "no return at the end"
        fix = "end it with 'return' and what it says"
        raise self.scope.source.error(last, "a claim that says nothing", found, _BODY, fix)

    def _heading(self, function: ast.FunctionDef) -> tuple[Literal["claim", "myth"], Definition | None]:
        """What the decorator says, and the cell that it names; the arguments are plain names."""
        source = self.scope.source
        decorator = function.decorator_list[0]
        word = decorator.func if isinstance(decorator, ast.Call) else decorator
        assert isinstance(word, ast.Name)
        check_imported(self.scope, word, word.id)
        if len(function.decorator_list) > 1:
            extra = function.decorator_list[1]
            raise source.error(extra, "a second decorator", spelled(extra), f"@{word.id} alone", "remove it")
        arguments = function.args
        if arguments.defaults:
            expected, fix = "plain names", "remove the default; assume(...) says what is known of it"
            raise source.error(arguments.defaults[0], "a default in a claim", "a default", expected, fix)
        check_function(source, function)
        annotated = [argument.annotation for argument in arguments.args if argument.annotation is not None]
        for bad, what in ((arguments.kwonlyargs, "a keyword-only argument"), (annotated, "an annotation")):
            if bad:
                expected = "plain names: a claim takes their axes from its cell"
                fix = "make it a plain argument" if bad is not annotated else "remove it"
                raise source.error(bad[0], f"{what} in a claim", what, expected, fix)
        return ("claim" if word.id == "claim" else "myth"), self._cell(function, decorator)

    def _cell(self, function: ast.FunctionDef, decorator: ast.expr) -> Definition | None:
        source, expected = self.scope.source, f"a cell of this file: {first_of(self.cells)}"
        match decorator:
            case ast.Name():
                return None
            case ast.Call(_, [ast.Name(name)], []) if name in self.cells:
                if self.cells[name].line > function.lineno:
                    fix = "move the claim below its cell, as Python has it"
                    found = f"'{name}', defined at line {self.cells[name].line}"
                    raise source.error(decorator, "a claim above its cell", found, "the cell first", fix)
                return self.cells[name]
            case ast.Call(_, [ast.Name(name) as node], []):
                fix = did_you_mean(name, self.cells, "name a cell, or write the decorator without a call")
                raise source.error(node, f"unknown cell '{name}'", f"'{name}'", expected, fix)
            case _:
                fix = "write @claim(the_cell), or @claim alone for formulas without a cell"
                raise source.error(decorator, "a claim of something else", spelled(decorator), expected, fix)

    def _assumption(self, formulas: _Formulas, statement: ast.stmt) -> Assumption:
        """`assume(...)`: a hypothesis at this step; `assume(always(...))`: at every step up to t."""
        source, scope = self.scope.source, self.scope
        match statement:
            case ast.Expr(ast.Call(ast.Name("assume")) as call):
                pass
            case ast.Return():
                fix = "return once, as the last statement"
                raise source.error(statement, "a return before the end", "a return", _BODY, fix)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                fix = "write the expression where it is used, or make it a helper: def g(z): return ..."
                raise source.error(statement, "an assignment in a claim", "an assignment", _BODY, fix)
            case ast.Expr(value) if not (isinstance(value, ast.Constant) and value.value is ...):
                fix = f"write assume({spelled(value, 40)}) if it is a hypothesis"
                raise source.error(statement, "an expression whose value goes nowhere", spelled(value), _BODY, fix)
            case _:
                raise refused_statement(source, statement, _BODY)
        check_imported(scope, call.func, "assume")
        formulas.terms.check_word(call)
        match call.args[0]:
            case ast.Call(ast.Name("always")) as inner:
                check_imported(scope, inner.func, "always")
                formulas.terms.check_word(inner)
                always, said = True, inner.args[0]
            case said:
                always = False
        formula = formulas.read(said)
        for atom in atoms(formula):
            if not isinstance(atom, Compare):
                fix = "compare: assume(always(abs(x) <= bound)) says that x is bounded"
                raise source.error(said, "an assumption that is no comparison", spelled(said), "comparisons", fix)
        return Assumption(formula, always, spelling(call.args[0]), statement.lineno)

    def _check_used(self, function: ast.FunctionDef, terms: Terms) -> None:
        """Every argument is spoken of; a constant is named to make it any real number."""
        for argument in function.args.args:
            if argument.arg not in terms.used and terms.roles[argument.arg] != "constant":
                found = f"'{argument.arg}', which nothing reads"
                expected = "arguments that the claim speaks of"
                raise self.scope.source.error(argument, "an unused argument", found, expected, "remove it")

    def _defaults(self, function: ast.FunctionDef, terms: Terms, conclusion: Formula) -> Mapping[str, Fraction]:
        """Constants that the claim does not name, of every cell that it speaks of."""
        cell = terms.subject.definition
        named = [name for atom in atoms(conclusion) if isinstance(atom, Same) for name in (atom.one, atom.other)]
        cells = [cell] if cell is not None else []
        cells += [self.cells[name] for name in dict.fromkeys(named) if self.cells[name] is not cell]
        defaults: dict[str, Fraction] = {}
        for each in cells:
            for name, constant in each.constants.items():
                if name in terms.roles and cell is not None:
                    continue
                if defaults.setdefault(name, constant.default) != constant.default:
                    found = f"'{name}' is {defaults[name]} in '{cells[0].name}', {constant.default} in '{each.name}'"
                    fix = f"name '{name}' as an argument of the claim: it is any real then, the same in both"
                    expected = "one default for a constant of both cells"
                    raise self.scope.source.error(function, "two defaults for one constant", found, expected, fix)
        return defaults


@dataclass(frozen=True)
class _Formulas:
    """Reads the statements of one claim."""

    terms: Terms
    cells: Mapping[str, Definition]

    def read(self, node: ast.expr) -> Formula:
        """The formula that `node` states."""
        source = self.terms.scope.source
        match node:
            case ast.BoolOp(operator, parts):
                formulas = tuple(self.read(part) for part in parts)
                return And(formulas) if isinstance(operator, ast.And) else Or(formulas)
            case ast.UnaryOp(ast.Not(), operand):
                inner = self.read(operand)
                return inner.formula if isinstance(inner, Not) else Not(inner)
            case ast.Compare(left, operators, rights):
                return self._comparison(node, operators, [left, *rights])
            case ast.Call(ast.Name("bounded" | "same" as word)) if word in self.terms.scope.imported:
                self.terms.check_word(node)
                return self._bounded(node) if word == "bounded" else self._same(node)
            case ast.Call(ast.Name("always" | "assume" as word)) if word in self.terms.scope.imported:
                fix = "write assume(always(...)) on a line of its own, before the return"
                raise source.error(node, f"'{word}' inside a statement", spelled(node), STATEMENT, fix)
            case ast.Call(ast.Name("bounded" | "same" | "always" | "assume" as word)):
                check_imported(self.terms.scope, node.func, word)
            case ast.BinOp(_, ast.BitAnd() | ast.BitOr()) | ast.UnaryOp(ast.Invert()):
                fix = "write 'and', 'or', 'not'"
                raise source.error(node, "a bitwise operator is not in the language", spelled(node), STATEMENT, fix)
        self._value_alone(node)
        raise AssertionError

    def _value_alone(self, node: ast.expr) -> None:
        """The error for a value, or for no form of the language at all, where a statement is expected."""
        if not (isinstance(node, ast.Constant) and isinstance(node.value, bool)):
            self.terms.lower(node)
        fix = "compare it with something" if not isinstance(node, ast.Constant) else "say what holds"
        raise self.terms.scope.source.error(node, "a value, not a statement", spelled(node), STATEMENT, fix)

    def _comparison(self, node: ast.Compare, operators: Sequence[ast.cmpop], sides: Sequence[ast.expr]) -> Formula:
        """`a <= b < c` says both."""
        source = self.terms.scope.source
        for operator in operators:
            if type(operator) not in RELATIONS:
                expected = "one of < <= == != >= >"
                raise source.error(node, "a comparison of Python objects", spelled(node), expected, "compare values")
        lowered = [self.terms.lower(side) for side in sides]
        parts = tuple(self._compare(node, *each) for each in zip(operators, lowered, lowered[1:], strict=False))
        return parts[0] if len(parts) == 1 else And(parts)

    def _compare(self, node: ast.Compare, operator: ast.cmpop, left: Term, right: Term) -> Compare:
        self.terms.joined(node, left.axes, right)
        return Compare(RELATIONS[type(operator)], left.expr, right.expr)

    def _bounded(self, call: ast.Call) -> Bounded:
        """`bounded(s)` of a state or value of the cell."""
        argument = call.args[0]
        match argument:
            case ast.Name(name) if self.terms.roles.get(name) in ("state", "value"):
                self.terms.named(argument)
                return Bounded(name)
            case ast.Name(name) if name not in self.terms.roles:
                self.terms.named(argument)
        expected = "a state or value of the cell, among the claim's arguments"
        fix = "give what is to be bounded a name in the cell"
        source = self.terms.scope.source
        raise source.error(argument, "'bounded' of something else", spelled(argument), expected, fix)

    def _same(self, call: ast.Call) -> Same:
        """`same(a, b)` of two cells that take the same inputs and states and return the same values."""
        source = self.terms.scope.source
        for argument in call.args:
            if not (isinstance(argument, ast.Name) and argument.id in self.cells):
                expected = f"a cell of this file: {first_of(self.cells)}"
                fix = did_you_mean(spelled(argument), self.cells, "name two cells of this file")
                raise source.error(argument, "'same' of something else", spelled(argument), expected, fix)
        one, other = (self.cells[spelled(argument, 200)] for argument in call.args)
        if one is other:
            found, fix = f"'{one.name}' twice", "compare it with another cell"
            raise source.error(call, "a cell compared with itself", found, "two cells", fix)
        for what, first, second in _differences(one, other):
            found = f"{what}: {first} in '{one.name}', {second} in '{other.name}'"
            expected = "the same inputs, states and returned names, and one meaning for each parameter of both"
            fix = "rename what is the same; write a variant of the cell if its equations are given otherwise"
            raise source.error(call, "two cells that cannot be compared", found, expected, fix)
        self._check_subject(call, one, other)
        return Same(one.name, other.name)

    def _check_subject(self, call: ast.Call, one: Definition, other: Definition) -> None:
        """The claim's names are those of one of the two cells; none is free that the other cell knows."""
        cell, source = self.terms.subject.definition, self.terms.scope.source
        if cell is not None and cell not in (one, other):
            found, fix = f"a claim of '{cell.name}'", f"write @claim({one.name})"
            raise source.error(call, "a comparison of other cells", found, "a claim of one of the two cells", fix)
        for name, role in self.terms.roles.items():
            knowing = [each for each in (one, other) if name in subject_of(each).roles]
            if role == "free" and knowing:
                found = f"'{name}', free in this claim and {_article(knowing[0], name)} of '{knowing[0].name}'"
                expected = "names of the claim's own cell, and free names of no cell"
                fix = f"write @claim({knowing[0].name})"
                raise source.error(call, f"'{name}' has two meanings", found, expected, fix)


def _article(cell: Definition, name: str) -> str:
    role = subject_of(cell).roles[name]
    return f"{'an' if role in ('input', 'initial') else 'a'} {role}"


def _differences(one: Definition, other: Definition) -> Iterator[tuple[str, str, str]]:
    """What keeps two cells from being given equal arguments, or from being compared."""
    for what, first, second in (("inputs", one.inputs, other.inputs), ("states", one.states, other.states)):
        if dict(first) != dict(second):
            yield what, _shown(first), _shown(second)
    if set(one.returned) != set(other.returned):
        yield "returned", listed(one.returned), listed(other.returned)
    for name, axes in _fixed(one).items():
        if _fixed(other).get(name, axes) != axes:
            yield f"axes of '{name}'", _axes(axes), _axes(_fixed(other)[name])
        elif name in _fixed(other) and (name in one.constants) != (name in other.constants):
            yield f"'{name}'", _role(name, one), _role(name, other)


def _role(name: str, cell: Definition) -> str:
    return "a constant" if name in cell.constants else "a parameter"


def _fixed(cell: Definition) -> dict[str, tuple[str, ...]]:
    """Axes of parameters and constants."""
    return {**cell.parameters, **{name: constant.axes for name, constant in cell.constants.items()}}


def _shown(tensors: Mapping[str, tuple[str, ...]]) -> str:
    return listed(f"{name} {_axes(axes)}" for name, axes in tensors.items())


def _axes(axes: tuple[str, ...]) -> str:
    return f"({', '.join(axes)})"
