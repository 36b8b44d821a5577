"""Claims in Coq: a certificate becomes lemmas, and through the functions' ranges a theorem over all sequences.

The theorem speaks of the cell as it is, with the true sigma, tanh and exp, for any number of units, any weights,
inputs and initial states, and every step. Its proof is the induction that the certificate supplies: a lemma for each
obligation, one for each stage of the induction about the numbers of one unit, and the induction itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lstmproof.calculus.carousel import carousel
from lstmproof.calculus.elementwise import NotElementwise
from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.formula import Formula, terms
from lstmproof.program.expr import Expr, Ref, substitute
from lstmproof.proof.coq.claim_statement import (
    Sentence,
    assumption_axes,
    conjunction,
    definedness,
    formula_text,
    introduced,
    moment,
    proposition,
    sentence,
)
from lstmproof.proof.coq.cut_script import CutScript
from lstmproof.proof.coq.cut_text import Carousel, CutText, carousels, replaced
from lstmproof.proof.coq.derivative_text import Rates, derivatives, statement, with_rates
from lstmproof.proof.coq.fact_text import Facts
from lstmproof.proof.coq.goal_text import GoalTexts
from lstmproof.proof.coq.outcome import Instance
from lstmproof.proof.coq.spelling import Unspoken, term
from lstmproof.proof.coq.stage_text import EXACT, Kind, StageText, Supposition, When
from lstmproof.proof.induction import store
from lstmproof.proof.induction.certificates import has_solver
from lstmproof.proof.induction.facts import OutOfReach, Undefined
from lstmproof.proof.induction.goals import Evidence, Goal, Mismatch
from lstmproof.proof.induction.induct import NO_SOLVER, search_proof
from lstmproof.proof.induction.plans import Plan, Setting, Stage, holding, remaining, stages
from lstmproof.proof.induction.polynomial import TooLarge
from lstmproof.proof.induction.system import is_about_states
from lstmproof.proof.induction.templates import setting_of
from lstmproof.proof.outcome import Unsettled

THEOREM = "claim_holds"
SECONDS = 10.0
"""For finding a certificate where none is on file."""
SECONDS_OF_NUMBERS = 1.0
"""The same for numbers alone, which a certificate either bounds at once or not at all."""


def claim_instance(claim: Claim, definition: Definition | None, *, search: bool = True) -> Instance | Unsettled:
    """The claim as a theorem of Coq, proved from its certificate; else the reason why there is none.

    With `search`, a certificate is searched for where none is on file.
    """
    try:
        said = sentence(claim, definition)
        statement = proposition(said)
        setting = setting_of(without_derivatives(claim), definition)
        plan, evidence = _evidence(setting, search)
        development = _Development(said, statement, setting, plan, evidence)
        text = development.text()
    except (Unspoken, OutOfReach, TooLarge, Undefined, Mismatch) as error:
        return Unsettled(f"no theorem of Coq: {error}")
    least = " (sizes from 1 on)" if said.cell.axis_names else ""
    reading = f"{claim.quantifiers}{least}: {claim.text}"
    return Instance(text, (THEOREM,), statement, reading, claim.hypotheses)


def without_derivatives(claim: Claim) -> Claim:
    """The claim with each derivative of a formula written out; a certificate of it has a name of its own."""
    if not derivatives(claim.conclusion):
        return claim
    conclusion = with_rates(claim.conclusion, lambda each: Rates(each, str, str).whole())
    return replace(claim, name=f"{claim.name}.derivatives", conclusion=conclusion)


def _evidence(setting: Setting, search: bool) -> tuple[Plan, Evidence]:
    """A certificate of the claim, on file or, with `search`, new.

    Raises:
        Unspoken: there is none.
    """
    changed = ""
    try:
        data = store.load(setting.claim)
        if data is not None:
            plan, _, evidence = store.recheck(data, setting)
            return plan, evidence
    except Mismatch as error:
        changed = f"; the certificate on file does not fit: {error}"
    if not has_solver():
        raise Unspoken(NO_SOLVER + changed)
    if not search:
        raise Unspoken("no certificate of it is on file" + changed)
    found = search_proof(setting, SECONDS if setting.claim.arguments else SECONDS_OF_NUMBERS)
    if isinstance(found, Unsettled):
        raise Unspoken(found.reason)
    if found.evidence.solved:
        raise Unspoken("no certificate, two solvers agree")
    return found.plan, found.evidence


@dataclass(frozen=True)
class _Lemma:
    """A stage's lemma, with what its use needs."""

    title: str
    stage: StageText


class _Development:
    """The whole file for one claim."""

    def __init__(self, said: Sentence, statement: str, setting: Setting, plan: Plan, evidence: Evidence) -> None:
        self.said, self.statement, self.setting, self.plan = said, statement, setting, plan
        self.wide = replace(said, claim=setting.claim)
        """The claim with the names that invariants use."""
        self.obligations = {each.name: each for each in evidence.obligations}
        self.splits = dict(evidence.splits)
        self.invariants: Mapping[str, Formula] = {name: setting.candidates[name] for name in plan.invariants}
        self.carousels = carousels(said.claim.conclusion)
        self.rates = derivatives(said.claim.conclusion)
        self.factors = {(each.state, each.lag): self._factor(each) for each in self.carousels}
        self.encloses = any("ball" in fact.origin for each in evidence.obligations for fact in each.hypotheses)

    def _factor(self, about: Carousel) -> Expr:
        """What a carousel is, in values of the cell.

        Raises:
            Unspoken: it mixes units.
        """
        assert self.said.cell.program is not None
        try:
            return carousel(self.said.cell.program, about.state, about.lag)
        except NotElementwise as error:
            raise Unspoken(str(error)) from error

    def text(self) -> str:
        """Imports, lemmas, theorem."""
        parts = [self._imports()]
        lemmas = []
        for (stage, goals), kind in zip(stages(self.setting, self.plan), self._kinds(), strict=True):
            body, found = self._stage(stage, goals, kind)
            parts += body
            lemmas.append(found)
        parts.append(f"Theorem {THEOREM} :\n{self.statement}.")
        parts.append("\n".join(["Proof.", *(f"  {line}" for line in self._proof(lemmas)), "Qed."]))
        return "\n\n".join(parts) + "\n"

    def _imports(self) -> str:
        differs = bool(self.carousels or self.rates)
        slopes = "From Coquelicot Require Import Coquelicot.\n" if differs else ""
        theories = "Functions Sums Bounds" + (" Slopes" if differs else "")
        theories += " Enclosures" if self.encloses else ""
        return (
            f"From Coq Require Import Reals Lra Lia.\n{slopes}"
            f"From LstmProof Require Import {theories}.\nOpen Scope R_scope."
        )

    def _kinds(self) -> Iterator[Kind]:
        if self.plan.start is not None:
            yield "start" if self.plan.start == 0 else "first"
            yield "step"
        if remaining(self.setting, self.plan):
            yield "last"

    # ---- stages ----

    def _supposed(self, kind: Kind) -> Iterator[Supposition]:
        """A stage's hypotheses, in the order in which the induction takes them."""
        claim = self.setting.claim
        kinds = {"start": {"throughout"}, "last": {"throughout", "always", "here"}}.get(kind, {"throughout", "always"})
        for place, assumption in enumerate(claim.assumptions):
            if holding(claim, assumption) in kinds:
                when: When = "start" if kind == "start" else "now"
                source = ("assumption", str(place), "now")
                yield Supposition(assumption.formula, when, f"assumed: {assumption.text}", source)
        if kind == "step" or (kind == "last" and self.plan.start == 0):
            for name, formula in self.invariants.items():
                yield Supposition(formula, "before", f"invariant {name} at t-1", ("invariant", name, "before"))
        if kind == "step" and self.plan.start == 1:
            for place, assumption in enumerate(claim.assumptions):
                about = is_about_states(claim, tuple(terms(assumption.formula)))
                if holding(claim, assumption) == "always" and about:
                    source = ("assumption", str(place), "before")
                    yield Supposition(assumption.formula, "before", f"assumed at t-1: {assumption.text}", source)
        if kind == "last":
            for name, formula in self.invariants.items():
                yield Supposition(formula, "now", f"invariant {name} at t", ("invariant", name, "now"))

    def _stage(self, stage: Stage, goals: list[Goal], kind: Kind) -> tuple[list[str], _Lemma]:
        """The lemmas of one stage."""
        if stage.system.cell_guards:
            raise Unspoken("a cell that divides, or takes a logarithm or a root")
        shown = tuple(remaining(self.setting, self.plan)) if kind == "last" else tuple(self.invariants.values())
        exact = {key: substitute(factor, lambda ref: Ref(EXACT + ref.name)) for key, factor in self.factors.items()}
        shown = tuple(replaced(formula, exact) for formula in shown)
        supposed = tuple(self._supposed(kind))
        past = 1 if kind == "step" and self.plan.start == 1 else 0
        text = StageText(self.wide, stage.system, kind, past, supposed, shown)
        lines = [*text.introductions(), *text.evaluations()]
        origins = {one.origin: f"A'{place}" for place, one in enumerate(supposed)}
        facts = Facts(text.book, origins)
        scripts = GoalTexts(text, facts, self.obligations, self.splits, f"{kind}_obligation")
        names = []
        for place, goal in enumerate(goals):
            name = f"G'{place}g"
            lines += scripts.script(goal, name)
            names.append(name)
            if not goal.about:
                text.book.guards.append(name)
        lines += self._ending(text, names)
        title = f"{kind}_stage"
        found = _Lemma(title, text)
        return [*scripts.lemmas, _stage_lemma(found, lines)], found

    def _ending(self, text: StageText, goals: list[str]) -> Iterator[str]:
        """Lines that draw the stage's conclusion from its goals."""
        yield f"{text.rewriting()}clear - {' '.join([*goals, *_kinks(text)])}."
        for name, (function, _) in text.book.meanings.items():
            if function in {"abs", "maximum"}:
                atom = text.book.names[name]
                rule = "Rabs_cases" if function == "abs" else "Rmax_cases"
                yield f"apply {rule} in D'{atom}."
        yield "repeat match goal with |- _ /\\ _ => split end; conclude."

    # ---- the theorem ----

    def _proof(self, lemmas: list[_Lemma]) -> Iterator[str]:
        """The script of the theorem."""
        cell = self.said.cell
        yield f"intros {' '.join(introduced(self.said))}."
        by_kind = {lemma.stage.kind: lemma for lemma in lemmas}
        if self.plan.start is not None:
            yield from self._induction(by_kind)
        if "last" in by_kind:
            yield f"pose proof ({self._use(by_kind['last'], cell.time)}) as L''."
        yield from self._derivatives()
        yield "repeat match goal with H : _ /\\ _ |- _ => destruct H end."
        yield "repeat match goal with |- _ /\\ _ => split end; assumption."

    def _derivatives(self) -> Iterator[str]:
        """Lines that show what the carousels and derivatives are, and give their values."""
        cell, index = self.said.cell, self.said.index
        step = f"(S {cell.time})"
        values = []
        for about in self.carousels:
            cut = CutText(cell, about)
            factor = self.factors[about.state, about.lag]
            value = term(factor, lambda name: cell.value(name, step, cell.time, index), cell.size)
            yield f"assert (X'{about.place} : {cut.derivative(value, index)})."
            yield "{"
            yield from CutScript(cut, factor).lines()
            yield "}"
            values.append(value)
        named = moment(self.said, step, cell.time)
        for each in self.rates:
            rules = Rates(each, named, cell.size)
            values.append(term(rules.whole(), named, cell.size))
            said = statement(each, values[-1], named, cell.size)
            yield f"assert (X'r{each.place} : {said}) by exact {rules.proof()}."
        yield from (f"exists {value}." for value in values)

    def _invariant(self, step: str) -> str:
        """All invariants, and that they are defined, at a step."""
        parts: list[str] = []
        for formula in self.invariants.values():
            named = moment(self.wide, step, "O")
            parts += definedness(self.wide, formula, named, step)
            parts.append(formula_text(self.wide, formula, named, step))
        return conjunction(parts)

    def _induction(self, lemmas: Mapping[Kind, _Lemma]) -> Iterator[str]:
        time = self.said.cell.time
        from_zero = self.plan.start == 0
        shown, bound = ("k''", f"(S {time})") if from_zero else ("(S k'')", time)
        yield f"assert (Y'' : forall k'', (k'' <= {bound})%nat -> {self._invariant(shown)})."
        yield "{ induction k'' as [|k'' IH'']; intros W''."
        yield f"  - exact ({self._use(lemmas['start' if from_zero else 'first'], 'O')})."
        yield "  - assert (Y'' := IH'' ltac:(lia)). apart Y''."
        yield f"    exact ({self._use(lemmas['step'], shown)}). }}"
        if "last" in lemmas and from_zero:
            yield f"assert (Y''b := Y'' {time} ltac:(lia)). apart Y''b."
        yield f"specialize (Y'' {bound} ltac:(lia)). apart Y''."

    def _use(self, lemma: _Lemma, step: str) -> str:
        """A stage's lemma at a step (the one before the step of which it speaks) and at the claim's unit."""
        stage, cell = lemma.stage, self.said.cell
        values = [step] if stage.clock else []
        values += [cell.size(axis) for axis in stage.sizes]
        values += [self._value(name, step) for name in stage.scalars]
        proofs = [self._supplied(premise.source, step) for premise in stage.premises()]
        return " ".join([lemma.title, *values, *proofs])

    def _value(self, name: str, step: str) -> str:
        """What a number of a stage is in the theorem."""
        cell = self.said.cell
        if name.endswith("0") and name.removesuffix("0") in cell.states:
            return moment(self.wide, "O", "O")(name) if name in self.wide.claim.arguments else self._initial(name)
        if cell.program is None or name in cell.free:
            return cell.word(name)
        return cell.value(name, f"(S {step})", step, self.said.index)

    def _initial(self, name: str) -> str:
        cell = self.said.cell
        axes = cell.states[name.removesuffix("0")].axes
        return f"({' '.join([cell.word(name), *(self.said.index[axis] for axis in axes)])})"

    def _supplied(self, source: tuple[str, ...], step: str) -> str:
        """The proof of a stage's premise."""
        cell = self.said.cell
        match source:
            case ("clock",):
                return "ltac:(lia)"
            case ("size", axis):
                return f"Z'{cell.size(axis)}"
            case ("initial", label):
                return self._at(f"E'{cell.word(f'{label}0')}", "", cell.states[label].axes)
            case ("equation", name):
                return self._at(f"E'{cell.word(name)}", step, cell.axes_of[name])
            case ("assumption", place, when):
                return self._assumption(int(place), step, when)
            case ("invariant", _, _):
                return "ltac:(assumption)"
        raise Unspoken(f"a premise from {source}")

    def _at(self, name: str, step: str, axes: tuple[str, ...]) -> str:
        cell = self.said.cell
        units = [cell.index(axis) for axis in axes] + [f"I'{cell.size(axis)}" for axis in axes]
        parts = [name, *([step] if step else []), *units]
        return f"({' '.join(parts)})"

    def _assumption(self, place: int, step: str, when: str) -> str:
        assumption = self.said.claim.assumptions[place]
        axes = assumption_axes(self.said, assumption)
        if not assumption.always:
            return self._at(f"A'{place}", "", axes)
        at = step if when == "now" else f"(pred {step})"
        return self._at(f"A'{place}", f"{at} ltac:(lia)", axes)


def _kinks(text: StageText) -> Iterator[str]:
    for name, (function, _) in text.book.meanings.items():
        if function in {"abs", "maximum"}:
            yield f"D'{text.book.names[name]}"


def _stage_lemma(lemma: _Lemma, lines: list[str]) -> str:
    """A stage's lemma with its script."""
    stage = lemma.stage
    cell = stage.said.cell
    binders = ["(n'' : nat)"] if stage.clock else []
    binders += [f"({cell.size(axis)} : nat)" for axis in stage.sizes]
    if stage.scalars:
        binders.append(f"({' '.join(stage.scalars.values())} : R)")
    premises = tuple(stage.premises())
    names = [binder[1:].split(" : ")[0] for binder in binders] + [premise.name for premise in premises]
    head = f"Lemma {lemma.title} :" + (f" forall {' '.join(binders)}," if binders else "")
    body = [f"  ({premise.text}) ->" for premise in premises]
    proof = ["Proof.", *([f"  intros {' '.join(names)}."] if names else []), *(f"  {line}" for line in lines), "Qed."]
    return "\n".join([head, *body, f"  {stage.concluded()}.", *proof])
