"""Statements decided by exact algebra: both sides in normal form, their difference zero or of a sign that a rule finds.

An equation holds if the normal forms agree. An inequality holds if the difference has the sign (`signs`), for all
values of net inputs, old states, parameters and free names that hypotheses on single names allow (`bounds`). All
divisors, logarithms and roots on the way must be shown defined in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from time import process_time

from lstmproof.calculus.elementwise import NotElementwise
from lstmproof.calculus.online import NotOnline
from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition, Derivation
from lstmproof.language.formula import And, Bounded, Compare, Formula, Not, Or, Relation, Same, atoms
from lstmproof.program.expr import ONE, Apply, Expr, Number, Ref, references, walk
from lstmproof.program.nodes import Program
from lstmproof.proof.exact import Element, FieldExhausted
from lstmproof.proof.outcome import Proof, Unsettled
from lstmproof.proof.replay.evidence import Evidence, heading
from lstmproof.proof.replay.formulas import Compared, Group
from lstmproof.proof.replay.statements import evidence_of, with_evidence
from lstmproof.proof.symbolic.arithmetic import sign_of_number
from lstmproof.proof.symbolic.bounded import about_bounds
from lstmproof.proof.symbolic.bounds import MIRRORED, NEGATED, Case, Range, Signs, Substitutions, cases, ranges
from lstmproof.proof.symbolic.flows import NoFactor, returns_only_directly
from lstmproof.proof.symbolic.limits import NoLimit
from lstmproof.proof.symbolic.meaning import Meaning, Place, axes_of, row_bound
from lstmproof.proof.symbolic.normal import NATURAL, Finer, NoNormalForm, Reals
from lstmproof.proof.symbolic.sameness import same_cells
from lstmproof.proof.symbolic.signs import Sign, is_met, sign_of
from lstmproof.proof.symbolic.values import CellValues

UNABLE = (NoNormalForm, NoFactor, NoLimit, NotElementwise, NotOnline, FieldExhausted)
"""Why a statement may have no normal form."""

MOST_REFINEMENTS = 8


def symbolic(
    claim: Claim, derivation: Derivation, definition: Definition | None, *, seconds: float
) -> Proof | Unsettled:
    """Prove a claim by exact algebra, or say why that does not do."""
    kinds = {type(atom) for atom in atoms(claim.conclusion)}
    if kinds == {Same} and isinstance(claim.conclusion, Same):
        return same_cells(claim, claim.conclusion, derivation)
    if Bounded in kinds and definition is not None:
        return about_bounds(claim, definition, process_time() + seconds)
    if kinds != {Compare}:
        return Unsettled("exact algebra compares numbers; this is a statement about whole runs")
    if _ties_steps(claim):
        return Unsettled("a statement about t or the initial state and a later one needs an induction")
    deadline = process_time() + seconds
    reason = "no attempt was made"
    for computed in (False, True):
        found = _attempt(claim, definition, computed, deadline)
        if not isinstance(found, Unsettled):
            reading = "\n".join(dict.fromkeys(line for each in found for line in each.lines))
            said = heading(claim, (definition,) if definition else (), reading)
            return with_evidence(said, evidence_of(found))
        reason = found.reason
        if not claim.assumptions or definition is None or process_time() > deadline:
            break
    return Unsettled(reason)


def compared_evidence(claim: Claim, definition: Definition, deadline: float) -> Evidence | None:
    """What comparisons rest on that normal forms decide; None if they do not, or no script can say it."""
    found = _attempt(claim, definition, False, deadline)
    return None if isinstance(found, Unsettled) else evidence_of(found)


def _ties_steps(claim: Claim) -> bool:
    """Whether it ties values of the cell to the initial ones, or to t: one step alone says nothing of that."""
    roles = {claim.arguments.get(name) for term in _terms(claim.conclusion) for name in references(term)}
    return bool(roles & {"initial", "time"}) and bool(roles & {"state", "value"})


def _attempt(claim: Claim, definition: Definition | None, computed: bool, deadline: float) -> list[Group] | Unsettled:
    """One attempt: with hypotheses on values that the cell computes as ranges of free numbers, or without them."""
    program = definition.program if definition else None
    known = ranges(claim, program, computed)
    groups: list[Group] = []
    parts: dict[str, int] = {}
    for case in cases(known):
        for place in _places(claim, program):
            found = _refined(claim, program, known, case, place, parts, deadline)
            if isinstance(found, Unsettled):
                return found
            groups.append(found.group(claim, case))
    return groups


def _places(claim: Claim, program: Program | None) -> tuple[Place, ...]:
    found = [part for each in _terms(claim.conclusion) for part in walk(each) if isinstance(part, Apply)]
    square = any(part.function == "jacobian" and axes_of(part, claim.arguments, program) for part in found if program)
    return ("same", "other") if square else ("same",)


def _terms(formula: Formula) -> Iterator[Expr]:
    for atom in atoms(formula):
        if isinstance(atom, Compare):
            yield from (atom.left, atom.right)


def _refined(
    claim: Claim,
    program: Program | None,
    known: Mapping[str, Range],
    case: Case,
    place: Place,
    parts: dict[str, int],
    deadline: float,
) -> _Deciding | Unsettled:
    """The decision, proved; begun again whenever an exponential turns out to be needed in smaller parts."""
    lasting = {name: own for name, own in known.items() if own.always}
    for _ in range(MOST_REFINEMENTS):
        try:
            decided = _Deciding.of(claim, program, known, case, place, parts, deadline)
            decided.prove(claim.conclusion)
            if len(lasting) < len(known):
                _Deciding.of(claim, program, lasting, {}, place, parts, deadline).demand_values()
            return decided
        except Finer:
            continue
        except Undecided as reason:
            return Unsettled(str(reason))
        except UNABLE as reason:
            return Unsettled(str(reason) or type(reason).__name__)
    return Unsettled("exponentials of ever smaller parts of an exponent")


class Undecided(ValueError):
    """A formula that no rule decides."""


@dataclass
class _Deciding:
    """The decision of one conclusion under one case of its hypotheses."""

    reals: Reals
    meaning: Meaning
    known: Signs
    deadline: float
    momentary: bool
    """Whether a hypothesis is used that holds at step t alone."""
    substitutions: Substitutions
    lines: list[str] = field(default_factory=list)
    compared: list[Compared] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        claim: Claim,
        program: Program | None,
        known: Mapping[str, Range],
        case: Case,
        place: Place,
        parts: dict[str, int],
        deadline: float,
    ) -> _Deciding:
        reals = Reals(parts)
        given: dict[str, Callable[[str], Element]] = {}

        def resolved(expr: Expr) -> Element:
            return meaning.resolved(expr)

        values = CellValues(reals, program, given) if program is not None else None
        substitutions = Substitutions(reals, known, case, resolved, program=program)
        meaning = Meaning(reals, values, claim.arguments, substitutions.known, given, place)
        given |= substitutions.given()
        if program is not None:
            for constant in program.constants:
                if constant.name in claim.defaults:
                    given[constant.name] = _number(reals, claim.defaults[constant.name])
        momentary = any(not own.always for own in known.values())
        return cls(reals, meaning, substitutions.known, deadline, momentary, substitutions)

    def prove(self, formula: Formula) -> None:
        """Prove `formula`: line by line, comparison by comparison.

        Raises:
            Undecided: no proof was found.
        """
        self._prove(formula)
        self.demand_values()

    def group(self, claim: Claim, case: Case) -> Group:
        """What was shown, for a script that shows it again."""
        program = self.meaning.values.program if self.meaning.values else None
        constants = {each.name for each in program.constants} if program else set()
        return Group(
            self.meaning,
            self.known,
            tuple(self.substitutions.ordered()),
            self.substitutions.evaluate,
            case,
            tuple(self.compared),
            {name: value for name, value in claim.defaults.items() if name in constants},
            tuple(self.lines),
        )

    def demand_values(self) -> None:
        """Show that everything has a value: what the statement reads, and all that the cell computes.

        Raises:
            Undecided: that is not shown. Of the steps before t, a hypothesis at t alone says nothing.
        """
        if self.meaning.values is not None:
            self.meaning.values.demand_all()
        self._defined()

    def _prove(self, formula: Formula) -> None:
        match formula:
            case Compare():
                self._compare(formula)
            case And(parts):
                for part in parts:
                    self._prove(part)
            case Or(parts):
                self._one_of(parts)
            case Not(Compare(relation, left, right)):
                self._compare(Compare(NEGATED[relation], left, right))
            case Not(Not(inner)):
                self._prove(inner)
            case Not(And(parts)):
                self._prove(Or(tuple(Not(part) for part in parts)))
            case Not(Or(parts)):
                self._prove(And(tuple(Not(part) for part in parts)))
            case Bounded() | Same() | Not():
                raise Undecided("a statement about whole runs")

    def _one_of(self, parts: tuple[Formula, ...]) -> None:
        for part in parts:
            before, compared = len(self.lines), len(self.compared)
            try:
                self._prove(part)
            except Undecided:
                del self.lines[before:]
                del self.compared[compared:]
            else:
                return
        raise Undecided("none of the alternatives holds throughout, as far as can be told")

    def _compare(self, formula: Compare) -> None:
        if process_time() > self.deadline:
            raise Undecided("out of time")
        for each in (part for whole in self._one_step(formula) for part in _without_abs(whole)):
            difference = self._difference(each)
            sign = self._sign(difference)
            if not _fits(each.relation, sign):
                raise Undecided(f"no rule finds the sign of the difference, {self.reals.text(difference)}")
            shown = "0" if not difference else f"{self.reals.text(difference)}, which is {sign}"
            self.compared.append(Compared(each, difference, of=formula))
            self.lines.append(f"the left side less the right side of {each.relation} is {shown}")

    def _one_step(self, formula: Compare) -> list[Compare]:
        """A factor over q steps against b^q, as factors of one step against b.

        The norm of a product is at most the product of norms; a carousel over q steps is the product of one-step
        factors if no error returns to the state through another. Only where b, and all that is assumed, is the same at
        every step.
        """
        zero = Number(Fraction(0))
        for one, relation, other in _both_ways(formula):
            base = self._steady_base(one, other)
            if base is None:
                continue
            match one, relation:
                case Apply("norm", (Apply("jacobian", (value, state, _)),)), ("<" | "<="):
                    return [Compare(relation, Apply("norm", (Apply("jacobian", (value, state, ONE)),)), base)]
                case Apply("carousel", (Ref(state), _)), ("<" | "<="):
                    factor = Apply("carousel", (Ref(state), ONE))
                    return [Compare(">=", factor, zero), Compare(relation, factor, base)]
                case Apply("carousel", (Ref(state), _)), (">" | ">="):
                    factor = Apply("carousel", (Ref(state), ONE))
                    return [Compare(relation, base, zero), Compare(relation, factor, base)]
        return [formula]

    def _steady_base(self, factor: Expr, power: Expr) -> Expr | None:
        """b, if `factor` is over q steps and may be taken step by step, and `power` is b^q with a steady b."""
        match factor:
            case Apply("norm", (Apply("jacobian", (Ref(value), Ref(state), Number(lag))),)):
                alone = value == state and len(self.meaning.cell().program.states) == 1
            case Apply("carousel", (Ref(state), Number(lag))):
                alone = returns_only_directly(self.meaning.cell().program, state)
            case _:
                return None
        match power:
            case Apply(("pow" | "power"), (base, Number(exponent))) if exponent == lag:
                pass
            case Number(one) if one == 1:
                base = power
            case _:
                return None
        roles = {self.meaning.roles.get(name) for name in references(base)}
        steady = alone and lag > 1 and not self.momentary and roles <= {"parameter", "constant", "free"}
        return base if steady else None

    def _difference(self, formula: Compare) -> Element:
        """left - right, the norm of a Jacobian replaced by a bound from above where that is sound."""
        sides = [formula.left, formula.right]
        if formula.relation in ("<", "<="):
            return self._from_above(sides[0]) - self.meaning.of(sides[1])
        if formula.relation in (">", ">="):
            return self.meaning.of(sides[0]) - self._from_above(sides[1])
        return self.meaning.of(sides[0]) - self.meaning.of(sides[1])

    def _from_above(self, side: Expr) -> Element:
        match side:
            case Apply("norm", (Apply("jacobian") as inner,)):
                return row_bound(self.meaning, inner)
            case _:
                return self.meaning.of(side)

    def _sign(self, z: Element) -> Sign | None:
        """By rules or, of a number, by balls."""
        if not self.reals.support(z):
            exact = sign_of_number(self.reals, z)
            return None if exact is None else ("negative", "zero", "positive")[exact + 1]
        for name in self.reals.support(z):
            if name.startswith((NATURAL, "norm(")):
                self.known.setdefault(name, "nonnegative")
        return sign_of(self.reals, z, self.known)

    def _defined(self) -> None:
        """Show that every divisor, logarithm and root has a value."""
        for need, element in list(self.reals.needs):
            sign = self._sign(element)
            if not is_met(need, sign):
                raise Undecided(f"not shown defined: {self.reals.text(element)} must be {need}")
            line = f"defined: {self.reals.text(element)} is {sign}"
            if line not in self.lines:
                self.lines.append(line)


def _number(reals: Reals, value: Fraction) -> Callable[[str], Element]:
    return lambda _: reals.rational(value)


_FITS: Mapping[str, tuple[Sign, ...]] = {
    "<": ("negative",),
    "<=": ("negative", "nonpositive", "zero"),
    "==": ("zero",),
    "!=": ("positive", "negative"),
    ">=": ("positive", "nonnegative", "zero"),
    ">": ("positive",),
}


def _fits(relation: str, sign: Sign | None) -> bool:
    return sign is not None and sign in _FITS[relation]


def _both_ways(formula: Compare) -> Iterator[tuple[Expr, Relation, Expr]]:
    yield formula.left, formula.relation, formula.right
    yield formula.right, MIRRORED[formula.relation], formula.left


def _without_abs(formula: Compare) -> Iterator[Compare]:
    """|a| < b as a < b and -a < b."""
    match formula:
        case Compare(("<" | "<="), Apply("abs", (inner,)), right):
            yield replace(formula, left=inner)
            yield Compare(formula.relation, Apply("neg", (inner,)), right)
        case Compare((">" | ">="), left, Apply("abs", (inner,))):
            yield replace(formula, right=inner)
            yield Compare(formula.relation, left, Apply("neg", (inner,)))
        case _:
            yield formula
