"""What a claim says, in Coq's language: closed, about every step, unit, size, weight and input.

Written from the claim and the cell's equations alone. Coq's functions are total, so the conclusion also says that what
it divides by is not 0, and that what it takes a logarithm or a root of is in the domain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from lstmproof.language.claims import Assumption, Claim
from lstmproof.language.definition import Definition
from lstmproof.language.formula import And, Compare, Formula, Or, Same, free_names, terms
from lstmproof.program.expr import Apply, Expr, Number, Ref, walk
from lstmproof.program.nodes import Pointwise, Program
from lstmproof.proof.coq.cell_text import CellText, Index
from lstmproof.proof.coq.cut_text import CutText, carousels, replaced
from lstmproof.proof.coq.derivative_text import derivatives, statement, with_rates
from lstmproof.proof.coq.spelling import Unspoken, term
from lstmproof.proof.coq.twin_text import TwinText

EARLIER = re.compile(r"(.*)\[t-(\d+)\]$")

Moment = Callable[[str], str]
"""How the values that a formula names are written at one step and unit."""


@dataclass(frozen=True)
class Sentence:
    """A claim with the words that its statement uses."""

    claim: Claim
    cell: CellText
    axes: tuple[str, ...]
    """Axes along which it quantifies units: those of everything that it names."""
    twin: TwinText | None = None
    """The second cell, where two are compared."""

    @property
    def index(self) -> Index:
        """The variable for a unit along each axis."""
        return {axis: self.cell.index(axis) for axis in self.axes}

    @property
    def cells(self) -> tuple[CellText, ...]:
        """Its cell and, where there is one, the second."""
        return (self.cell, self.twin) if self.twin else (self.cell,)

    @property
    def sizes(self) -> tuple[str, ...]:
        """The variables for numbers of units."""
        own = [self.twin.size(axis) for axis in self.twin.own_axes] if self.twin else []
        return (*(self.cell.size(axis) for axis in self.cell.axis_names), *own)

    @property
    def in_time(self) -> bool:
        """Whether it speaks of steps at all."""
        return bool(self.cell.program) or "time" in self.claim.arguments.values()


def sentence(claim: Claim, definition: Definition | None, twin: Definition | None = None) -> Sentence:
    """The claim with names for all that it speaks of; `twin` is a second cell with which its own is compared.

    Raises:
        Unspoken: something in it has no form in Coq here.
    """
    program = definition.program if definition else None
    spoken = {name for formula in claim.formulas for expr in terms(formula) for name in free_names(expr)}
    free = [name for name, role in claim.arguments.items() if role == "free" and name in spoken]
    cell = CellText(program, _constants(claim, program), free)
    other = _beside(cell, claim, twin) if twin else None
    axes = [axis for name in spoken for axis in _axes(cell, claim, name)]
    if other is not None:
        axes += [axis for label in _returned(cell) for axis in cell.axes_of[last(cell, label)]]
    order = [axis for axis in cell.axis_names if axis in axes]
    return Sentence(claim, cell, tuple(order), other)


def _beside(cell: CellText, claim: Claim, twin: Definition) -> TwinText:
    """The second cell, where the two can be compared as they are written."""
    other = TwinText(cell, twin.program, _constants(claim, twin.program))
    if set(_returned(cell)) != set(_returned(other)):
        raise Unspoken("two cells that return different names")
    if any(cell.axes_of[last(cell, label)] != other.axes_of[last(other, label)] for label in _returned(cell)):
        raise Unspoken("two cells whose values of one name have different axes")
    programs = [each.program for each in (cell, other) if each.program]
    nodes = (node for program in programs for node in program.nodes if isinstance(node, Pointwise))
    if any(True for node in nodes for _ in domains(node.expr)):
        raise Unspoken("a cell that divides, or takes a logarithm or a root")
    return other


def _constants(claim: Claim, program: Program | None) -> dict[str, Fraction | None]:
    """The numbers that constants are; None of one that the claim names."""
    return {
        each.name: None if each.name in claim.arguments else claim.defaults.get(each.name, each.default)
        for each in (program.constants if program else ())
    }


def _returned(cell: CellText) -> tuple[str, ...]:
    """What a cell returns."""
    return tuple(output.label for output in cell.program.outputs) if cell.program else ()


def _axes(cell: CellText, claim: Claim, name: str) -> tuple[str, ...]:
    """The axes of what a claim names."""
    earlier = EARLIER.match(name)
    base = earlier[1] if earlier else name
    match claim.arguments.get(base):
        case "free" | "time":
            return ()
        case "initial":
            return cell.states[base.removesuffix("0")].axes
        case None:
            raise Unspoken(f"{name} is no argument of the claim")
    return cell.axes_of[base]


def _returned_value(cell: CellText, label: str, step: str, index: Index) -> str:
    return cell.value(last(cell, label), step, "", index)


def proposition(said: Sentence, *, refuted: bool = False) -> str:
    """The whole statement, closed.

    Where it is to be `refuted`, that the conclusion is defined, its carousels among that, is a premise: what fails is
    what it says.
    """
    claim, cell = said.claim, said.cell
    lines = quantified(said)
    now = (f"(S {cell.time})", cell.time)
    if refuted:
        for each in carousels(claim.conclusion):
            lines.append(f"(exists {each.word} : R, {CutText(cell, each).derivative(each.word, said.index)}) ->")
        lines += [f"{each} ->" for each in defined(said, claim.conclusion, *now)]
    lines.append(concluded(said, claim.conclusion, *now, guarded=not refuted))
    return "\n".join(lines)


def quantified(said: Sentence) -> list[str]:
    """All that comes before a claim's conclusion: networks, steps, hypotheses and units."""
    claim, cell = said.claim, said.cell
    lines = [f"forall {binder}," for each in said.cells for binder in each.binders()]
    lines += [f"({equation.text}) ->" for each in said.cells for equation in each.equations()]
    lines += [f"(1 <= {size})%nat ->" for size in said.sizes]
    if said.in_time:
        lines.append(f"forall {cell.time} : nat,")
    lines += [f"({assumed(said, assumption)}) ->" for assumption in claim.assumptions]
    if said.axes:
        lines.append(f"forall {' '.join(said.index.values())} : nat,")
        lines += [f"({cell.index(axis)} < {cell.size(axis)})%nat ->" for axis in said.axes]
    return lines


def introduced(said: Sentence) -> Iterator[str]:
    """What scripts call all that `quantified` quantifies and supposes, in its order."""
    cell = said.cell
    assert said.twin is None, "a script knows one cell"
    for binder in cell.binders():
        yield from binder[1:].split(" : ")[0].split()
    yield from (f"E'{cell.word(equation.value)}" for equation in cell.equations())
    yield from (f"Z'{cell.size(axis)}" for axis in cell.axis_names)
    if said.in_time:
        yield cell.time
    yield from (f"A'{place}" for place in range(len(said.claim.assumptions)))
    yield from (cell.index(axis) for axis in said.axes)
    yield from (f"I'{cell.size(axis)}" for axis in said.axes)


def assumed(said: Sentence, assumption: Assumption) -> str:
    """A hypothesis, of all its units, at step t or, with `always`, at every step up to t."""
    cell = said.cell
    if any(True for expr in terms(assumption.formula) for _ in domains(expr)):
        raise Unspoken("a hypothesis that divides, or takes a logarithm or a root")
    axes = assumption_axes(said, assumption)
    step = "k''" if assumption.always else cell.time
    text = formula_text(said, assumption.formula, moment(said, f"(S {step})", step), f"(S {step})")
    ranges = "".join(f"({cell.index(axis)} < {cell.size(axis)})%nat -> " for axis in axes)
    units = f"forall {' '.join(cell.index(axis) for axis in axes)} : nat, {ranges}" if axes else ""
    steps = f"forall {step} : nat, ({step} <= {cell.time})%nat -> " if assumption.always else ""
    return f"{steps}{units}{text}"


def assumption_axes(said: Sentence, assumption: Assumption) -> tuple[str, ...]:
    """The axes of a hypothesis' own units."""
    names = {name for expr in terms(assumption.formula) for name in free_names(expr)}
    axes = {axis for name in names for axis in _axes(said.cell, said.claim, name)}
    return tuple(axis for axis in said.axes if axis in axes)


def moment(said: Sentence, step: str, before: str) -> Moment:
    """How a formula's names are written at the step `step`, the one before being `before`."""
    claim, cell = said.claim, said.cell

    def named(name: str) -> str:
        if name.startswith("#"):
            return name[1:]
        earlier = EARLIER.match(name)
        if earlier and claim.arguments.get(earlier[1]) == "state" and earlier[2] == "1":
            return cell.value(earlier[1], before, "", said.index)
        match claim.arguments.get(name):
            case "time":
                return f"(INR {step})"
            case "free":
                return cell.word(name)
            case "initial":
                return initial(said, name.removesuffix("0"))
            case "state" | "input" | "value" | "parameter" | "constant":
                return cell.value(last(cell, name), step, before, said.index)
        raise Unspoken(f"{name} has no form in Coq here")

    return named


def initial(said: Sentence, label: str) -> str:
    """The initial value of a state, at the claim's unit."""
    axes = said.cell.states[label].axes
    parts = [said.cell.word(f"{label}0"), *(said.index[axis] for axis in axes)]
    return f"({' '.join(parts)})" if axes else parts[0]


def last(cell: CellText, name: str) -> str:
    """The value that a claim means by a name: a state, or the last binding of a local that is assigned repeatedly."""
    if cell.program is None or name in cell.states:
        return name
    outputs = {output.label: output.value for output in cell.program.outputs}
    binding = re.compile(re.escape(name) + r"(\.\d+)?")
    bindings = [node for node in cell.program.node if binding.fullmatch(node)]
    return outputs.get(name) or max(bindings, key=lambda each: (len(each), each), default=name)


def concluded(said: Sentence, formula: Formula, step: str, before: str, *, guarded: bool = True) -> str:
    """A conclusion at a step, and (`guarded`) that it is defined there; of derivatives, that there are such numbers."""
    named = moment(said, step, before)
    found, rates = carousels(formula), derivatives(formula)
    parts = [f"({CutText(said.cell, each).derivative(each.word, said.index)})" for each in found]
    parts += [f"({statement(each, each.word, named, said.cell.size)})" for each in rates]
    parts += defined(said, formula, step, before) if guarded else []
    parts.append(formula_text(said, _with_words(formula), named, step))
    words = [each.word for each in found] + [each.word for each in rates]
    return f"exists {' '.join(words)} : R, {conjunction(parts)}" if words else conjunction(parts)


def _with_words(formula: Formula) -> Formula:
    """The formula with words for the numbers that its derivatives are."""
    spoken = with_rates(formula, lambda each: Ref(f"#{each.word}"))
    return replaced(spoken, {(each.state, each.lag): Ref(f"#{each.word}") for each in carousels(formula)})


def defined(said: Sentence, formula: Formula, step: str, before: str) -> list[str]:
    """That a conclusion is defined at a step, and what it takes derivatives of."""
    bodies = (Compare("==", each.body, each.body) for each in derivatives(formula))
    return definedness(said, And((*bodies, _with_words(formula))), moment(said, step, before), step)


def conjunction(parts: list[str]) -> str:
    """All of them."""
    return " /\\ ".join(parts)


def definedness(said: Sentence, formula: Formula, named: Moment, step: str, quotient: str = " / ") -> list[str]:
    """That every partial operation in a formula is defined, each once, inner ones first."""
    natural = counting(said, step)
    found = []
    for expr in terms(formula):
        for relation, argument in domains(expr):
            found.append(relation.format(term(argument, named, said.cell.size, natural, quotient)))
    return list(dict.fromkeys(found))


def domains(expr: Expr) -> Iterator[tuple[str, Expr]]:
    """For each partial operation in an expression, what must hold of its argument, inner ones first."""
    for part in reversed(list(walk(expr))):
        match part:
            case Apply("div", (_, divisor)) if not isinstance(divisor, Number) or divisor.value == 0:
                yield "({} <> 0)", divisor
            case Apply("log", (argument,)):
                yield "(0 < {})", argument
            case Apply("sqrt", (argument,)) if not isinstance(argument, Number):
                yield "(0 <= {})", argument


def formula_text(said: Sentence, formula: Formula, named: Moment, step: str, quotient: str = " / ") -> str:
    """A formula at one step and unit."""
    natural = counting(said, step)

    def side(expr: Expr) -> str:
        return term(expr, named, said.cell.size, natural, quotient)

    match formula:
        case Compare(relation, left, right):
            return f"({side(left)} {RELATIONS[relation]} {side(right)})"
        case And(parts) | Or(parts):
            sign = " /\\ " if isinstance(formula, And) else " \\/ "
            return f"({sign.join(formula_text(said, part, named, step, quotient) for part in parts)})"
        case Same() if (twin := said.twin) is not None:
            both = (
                (_returned_value(each, label, step, said.index) for each in (said.cell, twin))
                for label in _returned(said.cell)
            )
            return conjunction([f"({' = '.join(sides)})" for sides in both])
    raise Unspoken("a formula about all steps at once, or a negation")


RELATIONS = {"<": "<", "<=": "<=", "==": "=", "!=": "<>", ">=": ">=", ">": ">"}


def counting(said: Sentence, step: str) -> Callable[[Expr], str | None]:
    """How an exponent is written that is the step t itself."""

    def natural(expr: Expr) -> str | None:
        match expr:
            case Ref(name) if said.claim.arguments.get(name) == "time":
                return step
        return None

    return natural
