"""Evidence of statements that normal forms decide: each comparison, with what is assumed put in."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

from lstmproof.calculus.truncate import truncate
from lstmproof.language.formula import INFINITY, Compare
from lstmproof.program.expr import Apply, Expr, Number, Ref, walk
from lstmproof.proof.exact import Element
from lstmproof.proof.replay.equations import CellText, defined_everywhere, stripped, term
from lstmproof.proof.replay.evidence import PRELUDE, Fact
from lstmproof.proof.replay.forms import SignForm, Spelling, Symbols, Unspoken, sign_form
from lstmproof.proof.replay.listing import operations
from lstmproof.proof.symbolic.bounds import Range, Signs
from lstmproof.proof.symbolic.costs import of_flow
from lstmproof.proof.symbolic.flows import Jacobian
from lstmproof.proof.symbolic.flows import jacobian as jacobian_of
from lstmproof.proof.symbolic.meaning import EARLIER_STEPS, MORE_UNITS, Meaning
from lstmproof.proof.symbolic.normal import Reals, size_name
from lstmproof.proof.symbolic.values import CellValues, program_name

MOST_TIMES = 20
"""Steps before t of which an assumption is put in one by one."""

RESERVED = frozenset(
    (*dir(builtins), *("cell", "cut", "k", "moved", "old", "at", "new", "sums", "step", "factor", "bias", "entries"))
)


def new_symbols() -> Symbols:
    """Names for the symbols of a script, none of them the prelude's own."""
    return Symbols(set(RESERVED | _prelude_names()))


@cache
def _prelude_names() -> frozenset[str]:
    """Every name that the prelude binds for all of the script."""
    bound: set[str] = set()
    for line in ast.parse(PRELUDE.read_text(encoding="utf-8")).body:
        match line:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                bound.add(name)
            case ast.Assign(targets=targets):
                bound |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                bound |= {each.asname or each.name for each in names}
    return frozenset(bound)


@dataclass(frozen=True)
class Compared:
    """A comparison that was shown: left less right is `difference`, whose sign is known."""

    formula: Compare
    difference: Element
    of: Compare
    """The comparison of the claim that it is a part of, or that follows from it."""


@dataclass
class Group:
    """What one decision showed, under one case of what is assumed and for one place in Jacobians."""

    meaning: Meaning
    known: Signs
    ranges: Sequence[tuple[str, Range]]
    """What is assumed of names, as it was put in, each after those that it reads."""
    evaluate: Callable[[Expr], Element]
    case: Mapping[str, int]
    compared: Sequence[Compared]
    defaults: Mapping[str, Fraction]
    """Constants that are numbers."""
    lines: Sequence[str] = ()
    """The proof, in words."""

    @property
    def reals(self) -> Reals:
        """The field."""
        return self.meaning.reals


@dataclass
class Formulas:
    """Writes the facts of one group."""

    group: Group
    symbols: Symbols
    written: set[str] = field(default_factory=set)
    """Functions of the script that are there."""
    entries: list[str | Fact] = field(default_factory=list)

    @property
    def spelling(self) -> Spelling:
        """How normal forms are written."""
        return Spelling(self.group.reals, self.group.known, self.symbols)

    def write(self) -> list[str | Fact]:
        """Everything that the group rests on.

        Raises:
            Unspoken: a part that has no form in a script.
        """
        self._cells()
        self._assumed()
        for each in self.group.compared:
            self.compare(each)
        self._defined()
        return self.entries

    def _defined(self) -> None:
        """That every divisor has another value than 0; that what has to be positive is."""
        needs = [(need, z) for need, z in self.group.reals.needs if self.group.reals.support(z)]
        forms = [(need, z, sign_form(self.spelling, z)) for need, z in needs]
        if any(len(form.cases) > 1 for _, _, form in forms):
            raise Unspoken("a divisor whose sign differs from case to case")
        for need, z, form in forms:
            if need != "nonzero":
                text = self.spelling.element(z)
                strict = str(need == "positive")
                arguments = (f"sp.S({text})", "0", f"sp.S({form.cases[0].form})", strict)
                self._add(Fact("at_least", f"{text} is {need}", arguments))
        if self._divides():
            self._add(f"defined({', '.join(form.cases[0].form for _, _, form in forms)})", "DIVISORS.clear()")

    def _divides(self) -> bool:
        sides = [side for each in self.group.compared for side in (each.formula.left, each.formula.right)]
        parts = [part for side in sides for part in walk(side) if isinstance(part, Apply)]
        return any(part.function == "div" and not isinstance(part.arguments[1], Number) for part in parts)

    def _add(self, *entries: str | Fact) -> None:
        self.entries += [*self.symbols.flush(), *entries]

    def _cells(self) -> None:
        """The step of the cell, and of its cut system, if the statement speaks of them."""
        values = self.group.meaning.values
        if values is None:
            return
        parts = [part for each in self.group.compared for side in _sides(each) for part in walk(side)]
        defined_everywhere(values.program)
        words = {part.function for part in parts if isinstance(part, Apply)}
        if "cell" not in self.written and "cost" not in words:
            self._add(*CellText("cell", values.program, values, new_symbols()).lines)
            self.written.add("cell")
        if "cut" not in self.written and "carousel" in words:
            cut = truncate(values.program)
            reading = CellValues(values.reals, cut, values.given, values.held)
            self._add(*CellText("cut", cut, reading, new_symbols()).lines)
            self.written.add("cut")

    def _assumed(self) -> None:
        """What stands for each name of which something is assumed, and that every number allowed has that form."""
        self._add("UNDER.clear()")
        for name, value in self.group.defaults.items():
            self._add(f"UNDER[real({name!r})] = sp.Rational({value.numerator}, {value.denominator})")
        for name, own in self.group.ranges:
            for timed in self._times(name, own):
                self._stand(name, own, timed)

    def _times(self, name: str, own: Range) -> list[str]:
        values = self.group.meaning.values
        if values is None or name not in {node.out for node in values.program.nodes}:
            return [name]
        furthest = max(self._reach(), default=1) if own.always else 1
        if furthest > MOST_TIMES:
            raise Unspoken(f"an assumption about {furthest} steps")
        return [name, *(f"{name}[t-{shift}]" for shift in range(1, furthest))]

    def _reach(self) -> Iterator[int]:
        """How many steps each comparison looks at."""
        for each in self.group.compared:
            for part in (part for side in _sides(each) for part in walk(side)):
                match part:
                    case Apply("carousel" | "jacobian", (*_, Number(lag))):
                        yield int(lag)
                    case Ref(name) if "[t-" in name:
                        yield int(name.rpartition("[t-")[2].rstrip("]")) + 1

    def _stand(self, name: str, own: Range, timed: str) -> None:
        element = self.group.meaning.given[name](timed)
        if element == self.group.reals.symbol(timed):
            return  # at this step it may be any number
        symbol = self.symbols.declared(timed, "weak" if name.startswith("norm(") else "real")
        form = self.spelling.element(element)
        shares = self._shares(name, own, timed)
        if shares:
            free = ", ".join(f"{self.symbols.named(label)}: {value}" for label, value in shares.items())
            text = f"whatever {timed} is as assumed, it has the form that is put in"
            self._add(Fact("covered", text, (symbol, form, f"{{{free}}}")))
        self._add(f"UNDER[{symbol}] = sp.S({form})")

    def _shares(self, name: str, own: Range, timed: str) -> dict[str, str]:
        """The numbers >= 0 that a form is free in, as they are at a value of the name."""
        symbol = self.symbols.named(timed)
        sign = self.group.case.get(name, 0)
        if own.equal is not None or (own.lower is None and own.upper is None and not sign):
            return {}
        if sign:
            return {f"|{timed}|": f"{sign}*{symbol}"}
        if own.lower is None or own.upper is None:
            edge = own.lower or own.upper
            assert edge is not None
            at = self._end(edge.at)
            return {f"distance of {timed}": f"{symbol} - ({at})" if own.lower else f"({at}) - {symbol}"}
        above, below = f"({symbol} - ({self._end(own.lower.at)}))", f"(({self._end(own.upper.at)}) - {symbol})"
        if not own.lower.strict and not own.upper.strict:
            return {f"share of {timed}": above, f"rest of {timed}": below}
        if own.lower.strict and not own.upper.strict:
            above, below = below, above
        return {f"share of {timed}": f"{above}/{below}"}

    def _end(self, expr: Expr) -> str:
        return self.spelling.element(self.group.evaluate(expr))

    def compare(self, each: Compared) -> None:
        """One comparison as a fact."""
        relation, difference = each.formula.relation, each.difference
        bounded = {"<": 0, "<=": 0, ">": 1, ">=": 1}.get(relation)
        sides = [self._side(side, bounded == at) for at, side in enumerate(_sides(each))]
        text = f"{stripped(sides[0])} {relation} {stripped(sides[1])}"
        named = any(isinstance(part, Ref) for side in _sides(each) for part in walk(side))
        if not named and relation not in ("==", "!="):
            larger, smaller = sides if relation in (">", ">=") else sides[::-1]
            self._add(Fact("greater_number", text, (larger, smaller)))
        elif relation == "==":
            self._add(Fact("equal", text, (sides[0], sides[1])))
        else:
            self._signed(text, sides, relation, sign_form(self.spelling, difference))

    def _signed(self, text: str, sides: Sequence[str], relation: str, form: SignForm) -> None:
        larger, smaller = sides if form.sign > 0 else sides[::-1]
        for case in form.cases:
            steps = f"({', '.join(case.steps)},)" if case.steps else "()"
            strict = str(relation in ("<", ">", "!="))
            said = f"{text}{', in one case of signs' if case.steps else ''}"
            self._add(Fact("at_least", said, (larger, smaller, f"sp.S({case.form})", strict, steps)))

    def _side(self, side: Expr, from_above: bool) -> str:
        match side:
            case Apply("norm", (Apply("jacobian", (Ref(value), Ref(state), Number(lag))),)) if from_above and lag == 1:
                return self._row_bound(value, state)
        return term(side, self.named, self._word)

    def _row_bound(self, value: str, state: str) -> str:
        """|own| + |a| norm(W) for entries own delta_ij + a_i W_ij, each part of it a fact."""
        meaning, values = self.group.meaning, self.group.meaning.cell()
        name = program_name(value, meaning.roles, values.program)
        found = jacobian_of(values, name, meaning.carried(state))
        entries = f"jacobian(cell, {name!r}, {state!r}, 1)"
        self._add(f"entries = {entries}")
        total, mixed = self._magnitude("the slope at the unit itself", "entries.same - entries.other", found), []
        for each in values.program.parameters:
            slope = values.linear_part(found.other, each.name) if len(each.axes) > 1 else None
            if slope:
                weight = f"real({each.name!r})"
                part = f"slope(entries.other, {weight})"
                mixed.append(f"{part}*{weight}")
                sign = self._sign_of(f"the slope by {each.name}", part, slope)
                total += f" + {sign}{part}*{self.symbols.declared(f'norm({each.name})', 'weak')}"
        said = "beside the diagonal an entry is a slope times the weight's"
        self._add(Fact("equal", said, ("entries.other", " + ".join(mixed) or "0")))
        return f"({total})"

    def _magnitude(self, said: str, text: str, found: Jacobian) -> str:
        own = found.same - found.other
        return f"{self._sign_of(said, text, own)}({text})" if own else "0"

    def _sign_of(self, said: str, text: str, z: Element) -> str:
        """The sign that makes a part of a bound its own absolute value."""
        form = sign_form(self.spelling, z)
        if len(form.cases) > 1:
            raise Unspoken("an absolute value within a bound of rows")
        sign = "" if form.sign > 0 else "-"
        self._add(Fact("at_least", f"{said} has a sign", (f"{sign}({text})", "0", f"sp.S({form.cases[0].form})")))
        return sign

    def named(self, name: str) -> str:
        """A name of the claim."""
        meaning = self.group.meaning
        role = meaning.roles.get(name)
        if name.startswith("size of "):
            return f"({self.symbols.declared(MORE_UNITS + name.removeprefix('size of '), 'weak')} + 1)"
        if role == "time":
            return f"({self.symbols.declared(EARLIER_STEPS, 'weak')} + 1)"
        if role in ("free", "initial") or meaning.values is None:
            return self.symbols.declared(name)
        return self._of_the_cell(program_name(name, meaning.roles, meaning.values.program))

    def _of_the_cell(self, name: str) -> str:
        values = self.group.meaning.cell()
        found, shift = values.located(name, 0)
        carried = shift > 0 and any(found == state.new for state in values.program.states)
        if found in values.program.node and not carried:
            return f"cell({shift}).value[{found!r}]"
        fixed = {source.name for source in values.program.fixed}
        return f"real({found!r}, {0 if found in fixed else shift})"

    def _word(self, expr: Apply) -> str | None:
        """The words of claims."""
        match expr:
            case Apply("derivative", (inner, Ref(variable))):
                return f"slope({term(inner, self.named, self._word)}, {self.named(variable)})"
            case Apply("limit", (inner, Ref(variable), point)):
                if variable in self.group.meaning.given:
                    raise Unspoken(f"an assumption about {variable}, which a limit binds")
                return f"limit({term(inner, self.named, self._word)}, {self.named(variable)}, {self._point(point)})"
            case Apply("carousel", (Ref(state), Number(lag))):
                return f"carousel(cut, {state!r}, {lag})"
            case Apply("jacobian", (Ref(value), Ref(state), Number(lag))):
                meaning = self.group.meaning
                name = program_name(value, meaning.roles, meaning.cell().program)
                return f"jacobian(cell, {name!r}, {state!r}, {lag}).{meaning.place}"
            case Apply("norm", (Ref(tensor),)):
                return self.symbols.declared(f"norm({tensor})", "weak")
            case Apply("cost", (Ref(flow),)):
                return self._cost(flow)
        return None

    def _cost(self, flow: str) -> str:
        """The operations of a flow, of which a list is written once."""
        program = self.group.meaning.cell().program
        if flow not in self.written:
            self._add(*operations(f"{flow}_operations", of_flow(program, flow)))
            self.written.add(flow)
        sizes = ", ".join(f"{axis!r}: {self.named(size_name(axis))}" for axis in program.axis_names)
        return f"cost({flow}_operations, {{{sizes}}})"

    def _point(self, point: Expr) -> str:
        match point:
            case Ref(name) if name == INFINITY:
                return "sp.oo"
            case Apply("neg", (Ref(name),)) if name == INFINITY:
                return "-sp.oo"
        return term(point, self.named, self._word)


def _sides(each: Compared) -> tuple[Expr, Expr]:
    return each.formula.left, each.formula.right
