"""Refutations in Coq: at a counterexample's numbers the claim's own statement leads to a contradiction.

The theorem is the negation of what `claim_statement` prints. Its proof gives sizes, weights, inputs and initial states,
the cell's sequences as a recursion over steps, which satisfy the equations by computation, and has every comparison
decided by the tactic `interval`. Of a carousel it is shown first what it is, for every network, and then that the cut
system of this one has a run: the derivative is that number and no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from lstmproof.calculus.carousel import carousel
from lstmproof.calculus.elementwise import NotElementwise
from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.formula import Compare
from lstmproof.program.expr import Number, Ref
from lstmproof.program.nodes import Given
from lstmproof.proof.coq.cell_text import CellText, kind
from lstmproof.proof.coq.claim_statement import Sentence, defined, introduced, proposition, quantified, sentence
from lstmproof.proof.coq.cut_run import CutRun
from lstmproof.proof.coq.cut_script import CutScript
from lstmproof.proof.coq.cut_text import Carousel, CutText, carousels
from lstmproof.proof.coq.derivative_text import Rates, derivatives
from lstmproof.proof.coq.outcome import Instance
from lstmproof.proof.coq.recursion import Recursion, named
from lstmproof.proof.coq.spelling import Unspoken, rational, term
from lstmproof.proof.coq.twin_text import TWIN
from lstmproof.proof.outcome import Unsettled

THEOREM = "claim_fails"
MOST_STEPS = 12
"""Beyond this the values at the last step are not written out."""


def refutation_instance(
    claim: Claim, definition: Definition | None, counterexample: Mapping[str, Any], twin: Definition | None = None
) -> Instance | Unsettled:
    """That the claim is false, as a theorem of Coq, from the numbers of a counterexample; else the reason why not.

    `twin` is a second cell, with which the claim compares its own.
    """
    try:
        said = sentence(claim, definition, twin)
        statement = f"~ ({proposition(said, refuted=True)})"
        text = _Counterexample(said, counterexample).text(statement)
    except Unspoken as error:
        return Unsettled(f"no refutation by Coq: {error}")
    return Instance(text, (THEOREM,), statement, f"not so: {claim.quantifiers}: {claim.text}")


class _Counterexample:
    """The file for one counterexample."""

    def __init__(self, said: Sentence, record: Mapping[str, Any]) -> None:
        self.said, self.cell, self.record = said, said.cell, record
        self.rates = derivatives(said.claim.conclusion)
        self.runs = [
            CutRun(said.cell, each, record["sizes"], record["step"] - each.lag)
            for each in carousels(said.claim.conclusion)
        ]
        if record["step"] > MOST_STEPS:
            raise Unspoken(f"a counterexample of {record['step']} steps")
        self.defined: list[str] = []
        """Names of definitions, which are unfolded to compute."""

    def text(self, statement: str) -> str:
        """Imports, definitions, theorem."""
        slopes = ("From Coquelicot Require Import Coquelicot.\n", " Slopes") if self.rates or self.runs else ("", "")
        theories = f"Functions Sums{' Bounds' if self.runs else ''} Numbers{slopes[1]}"
        imports = (
            f"From Coq Require Import Reals Lra Lia.\n{slopes[0]}"
            f"From LstmProof Require Import {theories}.\nOpen Scope R_scope."
        )
        definitions = list(self._definitions())
        lemmas = [carousel_lemma(self.said, run.about) for run in self.runs]
        return "\n\n".join([imports, *definitions, *lemmas, self._theorem(statement)]) + "\n"

    # ---- the network ----

    def _definitions(self) -> Iterator[str]:
        program = self.cell.program
        if program is None:
            return
        for cell, source in self._fixed():
            group = "constants" if source.name in cell.constants else "parameters"
            yield self._array(cell, source.name, len(source.axes), self._given(group, source.name, source.name))
        for label, state in self.cell.states.items():
            yield self._array(self.cell, f"{label}0", len(state.axes), self._given("initial", label, f"{label}0"))
        for source in program.inputs:
            steps = self.record["inputs"][source.name]
            yield self._array(self.cell, source.name, 1 + len(source.axes), [_like(steps[0]), *steps])
        for cell in self.said.cells:
            assert cell.program is not None
            recursion = Recursion(
                cell, cell.program, self.record["sizes"], "'d", TWIN if cell is self.said.twin else ""
            )
            yield from recursion.definitions()
            self.defined += recursion.names
        for run in self.runs:
            yield from run.definitions()

    def _fixed(self) -> Iterator[tuple[CellText, Given]]:
        """Parameters, and constants that may be any number, with the cell in whose words each is given."""
        yield from ((self.cell, source) for source in self.cell.fixed)
        if (twin := self.said.twin) is not None:
            yield from ((twin, source) for source in twin.fixed if source.name in twin.own_fixed)

    def _given(self, group: str, name: str, label: str) -> Any:
        """What the counterexample gives, or a number to which a hypothesis sets it."""
        recorded = self.record[group]
        if name in recorded:
            return recorded[name]
        for assumption in self.said.claim.assumptions:
            match assumption.formula:
                case Compare("==", Ref(spoken), Number(value)) if spoken == label:
                    return value
        raise Unspoken(f"the counterexample does not say what {label} is")

    def _array(self, cell: CellText, name: str, rank: int, value: Any) -> str:
        self.defined.append(named(cell, name))
        return f"Definition {self.defined[-1]} : {kind(rank)} := {_function(value, rank)}."

    # ---- the theorem ----

    def _theorem(self, statement: str) -> str:
        unfold = " ".join([*self.defined, "sum_over", "fst", "snd", "INR"])
        compute = f"cbv beta iota zeta delta [{unfold}]"
        proofs = self._here([f"ltac:(intros; one_by_one; {compute}; holds)" for _ in self.said.claim.assumptions])
        proofs += [f"(ex_intro _ _ {self._known_carousel(run)})" for run in self.runs]
        proofs += [f"ltac:({compute}; holds)" for _ in self._premises()]
        given = " ".join(["H'", *proofs])
        script = [
            "intros H'.",
            f"pose proof ({given}) as C'. clear H'.",
            *self._known_slopes(),
            f"{compute} in C'.",
            "fails.",
        ]
        return "\n".join([f"Theorem {THEOREM} :\n{statement}.", "Proof.", *(f"  {line}" for line in script), "Qed."])

    def _here(self, assumed: list[str]) -> list[str]:
        """What `quantified` is applied to: this network, step and unit."""
        proofs = [*self._values(), *self._equations(), *self._ranges()]
        if self.said.in_time:
            proofs.append(f"{self.record['step'] - 1}%nat")
        return [*proofs, *assumed, *(f"{place}%nat" for place in self._unit()), *("ltac:(lia)" for _ in self.said.axes)]

    def _known_carousel(self, run: CutRun) -> str:
        """The proof that a carousel is what it is in this network."""
        return f"({' '.join([_lemma_name(run.about), *self._here([])])})"

    def _premises(self) -> list[str]:
        """That the conclusion is defined.

        Raises:
            Unspoken: it divides by a derivative.
        """
        found = defined(self.said, self.said.claim.conclusion, f"(S {self.cell.time})", self.cell.time)
        words = [each.word for each in self.rates] + [run.about.word for run in self.runs]
        if any(word in text for word in words for text in found):
            raise Unspoken("a quotient or a logarithm of a derivative")
        return found

    def _known_slopes(self) -> Iterator[str]:
        """Lines that put what each carousel and derivative is in place of the number that is said to be it."""
        if not (self.runs or self.rates):
            return
        names = [run.about.word for run in self.runs] + [each.word for each in self.rates]
        names += [f"X'{run.about.place}" for run in self.runs] + [f"X'r{each.place}" for each in self.rates]
        yield f"destruct C' as ({' & '.join(names)} & C')."
        for run in self.runs:
            place = run.about.place
            proofs = (f"X'{place}", self._known_carousel(run))
            told, known = (f"is_derive_unique _ _ _ ({each} {run.given()})" for each in proofs)
            yield f"pose proof (eq_trans (eq_sym ({told})) ({known})) as U'{place}."
            yield f"cbv beta in U'{place}. rewrite !Rmult_1_r in U'{place}."
            yield f"rewrite U'{place} in C'. clear X'{place} U'{place}."
        for each in self.rates:
            rules = Rates(each, self._free, self.cell.size)
            value = term(rules.whole(), self._free, self.cell.size)
            told, known = f"is_derive_unique _ _ _ X'r{each.place}", f"is_derive_unique _ _ _ {rules.proof()}"
            yield f"assert (U'{each.place} : {each.word} = {value}) by exact (eq_trans (eq_sym ({told})) ({known}))."
            yield f"rewrite U'{each.place} in C'. clear X'r{each.place} U'{each.place}."

    def _free(self, name: str) -> str:
        """The number that a free name stands for."""
        if name not in self.cell.free:
            raise Unspoken(f"a derivative of what reads {name}")
        return _function(self._given("free", name, name), 0)

    def _unit(self) -> list[int]:
        places = dict(self.record["unit"])
        return [int(places.get(axis, 0)) for axis in self.said.axes]

    def _values(self) -> Iterator[str]:
        """What is put for each quantifier of the statement, in its order."""
        cell, twin = self.cell, self.said.twin
        yield from (f"{self.record['sizes'][axis]}%nat" for axis in cell.axis_names)
        yield from (named(cell, source.name) for source in cell.fixed)
        yield from (_function(self._given("free", name, name), 0) for name in cell.free)
        yield from (named(cell, f"{label}0") for label in cell.states)
        yield from (named(cell, name) for name in cell.sequences)
        if twin is not None:
            yield from (f"{self.record['sizes'][axis]}%nat" for axis in twin.own_axes)
            yield from (named(twin, name) for name in (*twin.own_fixed, *twin.own_sequences))

    def _equations(self) -> Iterator[str]:
        for cell in self.said.cells:
            yield from ("ltac:(intros; reflexivity)" for _ in cell.equations())

    def _ranges(self) -> Iterator[str]:
        yield from ("ltac:(lia)" for _ in self.said.sizes)


def carousel_lemma(said: Sentence, about: Carousel) -> str:
    """What a carousel is in every network of the cell, as a lemma with its proof.

    Raises:
        Unspoken: it mixes units, or the script does not follow it.
    """
    cell = said.cell
    assert cell.program is not None
    try:
        factor = carousel(cell.program, about.state, about.lag)
    except NotElementwise as error:
        raise Unspoken(str(error)) from error
    everywhere = replace(said, claim=replace(said.claim, assumptions=()))
    cut = CutText(cell, about)
    value = term(factor, lambda name: cell.value(name, f"(S {cell.time})", cell.time, said.index), cell.size)
    statement = "\n".join([*quantified(everywhere), cut.derivative(value, said.index)])
    script = [f"intros {' '.join(introduced(everywhere))}.", *CutScript(cut, factor).lines()]
    proof = "\n".join(["Proof.", *(f"  {line}" for line in script), "Qed."])
    return f"Lemma {_lemma_name(about)} :\n{statement}.\n{proof}"


def _lemma_name(about: Carousel) -> str:
    return f"carousel'{about.place}"


def _like(value: Any) -> Any:
    """Zeros of the same shape."""
    return [_like(each) for each in value] if isinstance(value, list | tuple) else 0


def _function(value: Any, rank: int) -> str:
    """An array as a function of so many natural numbers, 0 outside; a number, as one that is the same everywhere.

    Numbers are the decimal ones that are shown.
    """
    if rank == 0:
        return rational(Fraction(str(value)))
    if not isinstance(value, list):
        return f"(fun {' '.join('_' for _ in range(rank))} => {_function(value, 0)})"
    outside = f"fun {' '.join('_' for _ in range(rank - 1))} => 0" if rank > 1 else "0"
    cases = "".join(f" | {place}%nat => {_function(each, rank - 1)}" for place, each in enumerate(value))
    return f"(fun i' : nat => match i' with{cases} | _ => {outside} end)"
