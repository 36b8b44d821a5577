"""One stage of a proof by certificates as a lemma about numbers: one step of the cell, at one unit.

The numbers are the stage's values: old states, contractions, sources, the values of nodes; the lemma has an equation
for each node, the hypotheses of the stage, and its conclusion. In the proof every value of a function gets a name of
its own, an atom, and every value of the cell is shown to be the polynomial in the atoms that the induction uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from lstmproof.language.formula import Formula, terms
from lstmproof.program.expr import Apply, Expr, Ref, references, walk
from lstmproof.program.nodes import Pointwise
from lstmproof.proof.coq.cell_text import is_unitwise, reads
from lstmproof.proof.coq.claim_statement import (
    EARLIER,
    Sentence,
    conjunction,
    counting,
    definedness,
    formula_text,
    last,
)
from lstmproof.proof.coq.record_text import Book, script
from lstmproof.proof.coq.spelling import FUNCTIONS, Unspoken, identifiers, rational, term
from lstmproof.proof.induction.polynomial import Polynomial
from lstmproof.proof.induction.system import CLOCK, System

EXACT = "="
"""Begins a name that is one of the Program's as it stands, and not what a claim means by it."""

When = Literal["now", "before", "start"]
Kind = Literal["start", "first", "step", "last"]


@dataclass(frozen=True, slots=True)
class Premise:
    """A premise of a stage's lemma."""

    name: str
    """What the script calls it."""
    text: str
    source: tuple[str, ...]
    """What supplies it where the lemma is used: its kind, and what of that kind."""


@dataclass(frozen=True, slots=True)
class Supposition:
    """A hypothesis of a stage: a formula, at which of its moments, and what the induction calls its origin."""

    formula: Formula
    when: When
    origin: str
    source: tuple[str, ...]


class StageText:
    """The words of one stage: its numbers, its premises, and how its values become polynomials."""

    def __init__(
        self,
        said: Sentence,
        system: System,
        kind: Kind,
        past: int,
        supposed: Iterable[Supposition],
        shown: Iterable[Formula],
    ) -> None:
        self.said, self.system, self.kind, self.past = said, system, kind, past
        self.supposed, self.shown = tuple(supposed), tuple(shown)
        self.conclusion: When = "start" if kind == "start" else "now"
        self.clock = kind in {"step", "last"} and said.in_time
        self.nodes = self._nodes()
        meanings = system.atoms.meanings
        given = [name for name, meaning in meanings.items() if meaning[0] == "given" and name != CLOCK]
        atoms = [name for name, meaning in meanings.items() if meaning[0] != "given"]
        self.sizes = [name[5:-1] for name in given if name.startswith("size(")]
        plain = [name for name in given if not name.startswith("size(")]
        spoken = tuple(dict.fromkeys([*plain, *self._olds(), *self.nodes]))
        if any((early := EARLIER.match(name)) and early[2] != "1" for name in spoken):
            raise Unspoken("values of more than one step before")
        words, values = identifiers(spoken), identifiers(atoms)
        self.scalars = {name: words[name] for name in spoken}
        names = {name: words[name] for name in plain} | {name: f"{values[name]}'" for name in atoms}
        names |= {f"size({axis})": f"(INR {said.cell.size(axis)})" for axis in self.sizes}
        names[CLOCK] = "(INR n'')"
        if len(set(names.values())) < len(names):
            raise Unspoken("two atoms of one name")
        self.book = Book(system.atoms, names, "n''")
        self.records: dict[str, str] = {}
        """For each application of a function, as written, the name of the equation that makes it a polynomial."""
        self.values: list[str] = []
        """Names of the equations that do it for values of the cell."""

    def _formulas(self) -> Iterator[tuple[Formula, When]]:
        for one in self.supposed:
            yield one.formula, one.when
        for formula in self.shown:
            yield formula, self.conclusion

    def _named(self, when: When) -> Iterator[str]:
        """Names that the formulas of one moment use."""
        for formula, at in self._formulas():
            if at == when:
                for expr in terms(formula):
                    yield from references(expr)

    def _nodes(self) -> tuple[str, ...]:
        """The nodes whose values the formulas need, in the order of the Program."""
        cell = self.said.cell
        if cell.program is None:
            return ()
        labels = {state.label: state.new for state in cell.program.states}
        names = [name[1:] if name[0] == EXACT else labels.get(name) or last(cell, name) for name in self._named("now")]
        needed = reads(cell.program, names)
        return tuple(node.out for node in cell.program.nodes if node.out in needed)

    def _olds(self) -> Iterator[str]:
        """Old states that the nodes or the formulas read."""
        cell = self.said.cell
        if cell.program is None:
            return
        read = {name.removeprefix(EXACT) for name in self._named("now")}
        read |= {name for node in self._unit_nodes() for name in node.operands}
        stated = set(self._named("before")) | set(self._named("start"))
        for state in cell.program.states:
            if state.old in read or state.label in stated:
                yield state.old

    def _unit_nodes(self) -> Iterator[Pointwise]:
        """Nodes of the stage that are worked out at one unit."""
        program = self.said.cell.program
        for name in self.nodes:
            node = program.node[name] if program else None
            if isinstance(node, Pointwise):
                yield node
            elif node is not None and is_unitwise(node):
                raise Unspoken(f"{name}, a contraction of one unit")

    # ---- the lemma ----

    def step(self, when: When) -> str:
        """The step that a formula speaks of, as a natural number."""
        if self.kind == "start":
            return "0"
        if not self.clock:
            return "1" if when == "now" else "0"
        return "(S n'')" if when == "now" else "n''"

    def moment(self, when: When) -> Callable[[str], str]:
        """How a formula's names are written."""
        said = self.said
        states = said.cell.states

        def named(name: str) -> str:
            if name[0] == EXACT:
                return self.scalar(name[1:])
            early = EARLIER.match(name)
            if early and said.claim.arguments.get(early[1]) == "state" and when == "now":
                return self.scalars[states[early[1]].old]
            match said.claim.arguments.get(name):
                case "time":
                    return f"(INR {self.step(when)})"
                case "state":
                    return self.scalar(states[name].new if when == "now" else states[name].old)
                case "free" | "initial":
                    return self.scalar(name)
                case "input" | "value" | "parameter" | "constant":
                    return self.scalar(last(said.cell, name))
            raise Unspoken(f"{name} has no form in Coq here")

        return named

    def scalar(self, name: str) -> str:
        """A value, as a number of the lemma."""
        value = self.said.cell.constants.get(name)
        if value is not None:
            return rational(value)
        if name not in self.scalars:
            raise Unspoken(f"{name} is no number of this stage")
        return self.scalars[name]

    def polynomial_of(self, when: When) -> Callable[[Expr], Polynomial]:
        """What the induction makes of a formula's terms."""
        match when:
            case "now":
                return self._now
            case "before":
                return lambda expr: self.system.term(expr, 1)
        return self.system.start

    def _now(self, expr: Expr) -> Polynomial:
        def named(name: str) -> Polynomial:
            return self.system.value(name[1:]) if name[0] == EXACT else self.system.term(Ref(name))

        if any(name[0] == EXACT for name in references(expr)):
            return self.system.translate(expr, named)
        return self.system.term(expr)

    def formula(self, formula: Formula, when: When) -> str:
        """A formula about the numbers of the lemma."""
        return formula_text(self.said, formula, self.moment(when), self.step(when), " * / ")

    def concluded(self) -> str:
        """What the lemma concludes: of each formula that it is defined, and that it holds."""
        parts: list[str] = []
        for formula in self.shown:
            named, step = self.moment(self.conclusion), self.step(self.conclusion)
            parts += [*definedness(self.said, formula, named, step, " * / "), self.formula(formula, self.conclusion)]
        return conjunction(parts)

    def premises(self) -> Iterator[Premise]:
        """What the lemma supposes."""
        if self.clock:
            yield Premise("C''", f"({self.past} <= n'')%nat", ("clock",))
        for axis in self.sizes:
            size = self.said.cell.size(axis)
            yield Premise(f"Z'{size}", f"(1 <= {size})%nat", ("size", axis))
        if self.kind in {"start", "first"}:
            for state in self.said.cell.states.values():
                if state.old in self.scalars:
                    text = f"{self.scalars[state.old]} = {self.scalar(f'{state.label}0')}"
                    yield Premise(f"E'{self.scalars[state.old]}", text, ("initial", state.label))
        for node in self._unit_nodes():
            text = f"{self.scalars[node.out]} = {self.node_text(node.expr)}"
            yield Premise(f"E'{self.scalars[node.out]}", text, ("equation", node.out))
        for place, one in enumerate(self.supposed):
            yield Premise(f"A'{place}", self.formula(one.formula, one.when), one.source)

    def node_text(self, expr: Expr) -> str:
        """A node's expression about the numbers of the lemma."""
        return term(expr, self.scalar, self.said.cell.size)

    # ---- from values to polynomials ----

    def introductions(self) -> Iterator[str]:
        """Lines that name all atoms."""
        for name in self.book.meanings:
            yield from self.book.introduction(name)

    def evaluations(self) -> Iterator[str]:
        """Lines that show every value of the stage to be a polynomial."""
        if self.kind in {"start", "first"}:
            for state in self.said.cell.states.values():
                if state.old in self.scalars:
                    self.values.append(f"E'{self.scalars[state.old]}")
        yield from self._time()
        for node in self._unit_nodes():
            yield from self._record_all(node.expr, self.scalar, self._node_polynomial, "")
            word, value = self.scalars[node.out], self.book.text(self.system.value(node.out))
            yield f"assert (V'{word} : {word} = {value}) by (rewrite E'{word}; {self.rewriting()}same)."
            self.values.append(f"V'{word}")
        for place, one in enumerate(self.supposed):
            yield from self._formula_records(one.formula, one.when)
            where = f"A'{place}"
            if self.rewriting():
                yield f"{self.rewriting(where)}idtac."
        for formula in self.shown:
            yield from self._formula_records(formula, self.conclusion)

    def _node_polynomial(self, expr: Expr) -> Polynomial:
        return self.system.translate(expr, self.system.value)

    def _time(self) -> Iterator[str]:
        if self.clock:
            yield f"assert (C''r : {self.past} <= INR n'') by (apply (le_INR {self.past}) in C''; simpl in C''; lra)."
            yield "assert (V''t : INR (S n'') = (INR n'') + 1) by apply S_INR."
        elif self.said.in_time:
            yield "assert (V''t : INR 1 = 1) by reflexivity. assert (V''o : INR 0 = 0) by reflexivity."
            self.values.append("V''o")
        if self.said.in_time:
            self.values.append("V''t")

    def rewriting(self, where: str = "") -> str:
        """A tactic that puts polynomials in place of values: whole applications before what they contain."""
        order = [self.records[text] for text in sorted(self.records, key=len, reverse=True)]
        names = [f"?{name}" for name in (*order, *self.values)]
        return f"rewrite {', '.join(names)}{f' in {where}' if where else ''}; " if names else ""

    def _formula_records(self, formula: Formula, when: When) -> Iterator[str]:
        for expr in terms(formula):
            yield from self._record_all(expr, self.moment(when), self.polynomial_of(when), self.step(when))

    def _record_all(
        self, expr: Expr, named: Callable[[str], str], value: Callable[[Expr], Polynomial], step: str
    ) -> Iterator[str]:
        """Lines that show each application of a function inside an expression to be a polynomial, inner ones first."""
        natural = counting(self.said, step)

        def text(part: Expr) -> str:
            return term(part, named, self.said.cell.size, natural)

        for part in reversed(list(walk(expr))):
            match part:
                case Apply("div", (_, divisor)):
                    yield from self._record(f"(/ {text(divisor)})", "Rinv", "reciprocal", [divisor], value)
                case Apply("power", (base, exponent)):
                    yield from self._record_power(text(part), base, exponent, value, part, step)
                case Apply(function, arguments) if function in FUNCTIONS:
                    result = value(part)
                    yield from self._record(text(part), FUNCTIONS[function], function, arguments, value, result)

    def _record(
        self,
        written: str,
        head: str,
        function: str,
        arguments: Iterable[Expr],
        value: Callable[[Expr], Polynomial],
        result: Polynomial | None = None,
    ) -> Iterator[str]:
        if written in self.records:
            return
        values = tuple(value(argument) for argument in arguments)
        result = self.system.atoms.reciprocal(values[0]) if result is None else result
        inner = f"{head} {' '.join(self.book.text(each) for each in values)}"
        proof = script(self.book, function, values, result)
        steps = f"transitivity ({inner}); [f_equal; {self.rewriting()}same | {proof}]"
        yield from self._add(written, result, steps)

    def _record_power(
        self,
        written: str,
        base: Expr,
        exponent: Expr,
        value: Callable[[Expr], Polynomial],
        part: Expr,
        step: str,
    ) -> Iterator[str]:
        if written in self.records:
            return
        natural = counting(self.said, step)(exponent)
        if natural is None:
            raise Unspoken("a power whose exponent is not the step")
        count = self.system.atoms.given(CLOCK, simple=True) if self.clock else Polynomial.constant(0)
        steps = f"transitivity ({self.book.text(value(base))} ^ {natural}); "
        proof = script(self.book, "power", (value(base), count), value(part))
        yield from self._add(written, value(part), f"{steps}[f_equal; {self.rewriting()}same | {proof}]")

    def _add(self, written: str, result: Polynomial, steps: str) -> Iterator[str]:
        name = f"R'{len(self.records)}"
        yield f"assert ({name} : {written} = {self.book.text(result)}) by ({steps})."
        self.records[written] = name
