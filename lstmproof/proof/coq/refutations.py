"""Refutations in Coq: at a counterexample's numbers the claim's own statement leads to a contradiction.

The theorem is the negation of what `claim_statement` prints. Its proof gives sizes, weights, inputs and initial states,
the cell's sequences as a recursion over steps, which satisfy the equations by computation, and has every comparison
decided by the tactic `interval`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.language.formula import Compare
from lstmproof.program.expr import Number, Ref
from lstmproof.program.nodes import Pointwise
from lstmproof.proof.coq.cell_text import CellText, Index
from lstmproof.proof.coq.claim_statement import Sentence, defined, proposition, sentence
from lstmproof.proof.coq.cut_text import carousels
from lstmproof.proof.coq.derivative_text import Rates, derivatives
from lstmproof.proof.coq.outcome import Instance
from lstmproof.proof.coq.spelling import Unspoken, rational, term
from lstmproof.proof.outcome import Unsettled

THEOREM = "claim_fails"
MOST_STEPS = 12
"""Beyond this the values at the last step are not written out."""


def refutation_instance(
    claim: Claim, definition: Definition | None, counterexample: Mapping[str, Any]
) -> Instance | Unsettled:
    """That the claim is false, as a theorem of Coq, from the numbers of a counterexample; else the reason why not."""
    try:
        said = sentence(claim, definition)
        if carousels(claim.conclusion):
            raise Unspoken("a carousel, which is a derivative")
        statement = f"~ ({proposition(said, refuted=True)})"
        text = _Counterexample(said, counterexample).text(statement)
    except Unspoken as error:
        return Unsettled(f"no refutation by Coq: {error}")
    return Instance(text, (THEOREM,), statement, f"not so: {claim.quantifiers}: {claim.text}")


class _OneStep(CellText):
    """The cell's words within one step: new values by their names, old states with a mark, sizes as numbers."""

    def __init__(self, cell: CellText, sizes: Mapping[str, int]) -> None:
        super().__init__(cell.program, cell.constants, cell.free)
        self.cell, self.numbers, self.time = cell, sizes, ""

    def size(self, axis: str) -> str:
        """A number."""
        return f"{self.numbers[axis]}%nat" if axis in self.numbers else super().size(axis)

    def value(self, name: str, step: str, before: str, index: Index) -> str:
        """A value within the step, of which no more need be said."""
        del step, before
        constant = self.constants.get(name)
        if constant is not None:
            return rational(constant)
        return self._factor(name, [index[axis] for axis in self._axes(name)])

    def _factor(self, name: str, letters: Sequence[str]) -> str:
        constant = self.constants.get(name)
        if constant is not None:
            return rational(constant)
        known = {state.old: f"{self.word(label)}'old" for label, state in self.states.items()}
        fixed = {source.name for source in self.program.fixed} if self.program else set()
        word = known.get(name) or (f"{self.word(name)}'d" if name in fixed else self.word(name))
        return f"({' '.join([word, *letters])})" if letters else word

    def body(self, node: Any) -> str:
        """A node's value as a function of its units."""
        index = self._own_index(node.axes)
        text = self._pointwise(node, index) if isinstance(node, Pointwise) else self._contract(node, index)
        bound = " ".join(index[axis] for axis in node.axes)
        return f"(fun {bound} : nat => {text})" if bound else text


class _Counterexample:
    """The file for one counterexample."""

    def __init__(self, said: Sentence, record: Mapping[str, Any]) -> None:
        self.said, self.cell, self.record = said, said.cell, record
        self.rates = derivatives(said.claim.conclusion)
        if record["step"] > MOST_STEPS:
            raise Unspoken(f"a counterexample of {record['step']} steps")
        self.one = _OneStep(self.cell, record["sizes"])
        self.defined: list[str] = []
        """Names of definitions, which are unfolded to compute."""

    def text(self, statement: str) -> str:
        """Imports, definitions, theorem."""
        slopes = ("From Coquelicot Require Import Coquelicot.\n", " Slopes") if self.rates else ("", "")
        imports = (
            f"From Coq Require Import Reals Lra Lia.\n{slopes[0]}"
            f"From LstmProof Require Import Functions Sums Numbers{slopes[1]}.\nOpen Scope R_scope."
        )
        definitions = list(self._definitions())
        return "\n\n".join([imports, *definitions, self._theorem(statement)]) + "\n"

    # ---- the network ----

    def _define(self, name: str, kind: str, value: str) -> str:
        self.defined.append(name)
        return f"Definition {name} : {kind} := {value}."

    def _definitions(self) -> Iterator[str]:
        program = self.cell.program
        if program is None:
            return
        for source in program.fixed:
            if self.cell.constants.get(source.name) is None:
                kind = "constants" if source.name in self.cell.constants else "parameters"
                yield self._array(source.name, len(source.axes), self._given(kind, source.name, source.name))
        for label, state in self.cell.states.items():
            yield self._array(f"{label}0", len(state.axes), self._given("initial", label, f"{label}0"))
        for source in program.inputs:
            steps = self.record["inputs"][source.name]
            yield self._array(source.name, 1 + len(source.axes), [_like(steps[0]), *steps])
        yield from self._recursion()

    def _given(self, kind: str, name: str, label: str) -> Any:
        """What the counterexample gives, or a number to which a hypothesis sets it."""
        recorded = self.record[kind]
        if name in recorded:
            return recorded[name]
        for assumption in self.said.claim.assumptions:
            match assumption.formula:
                case Compare("==", Ref(spoken), Number(value)) if spoken == label:
                    return value
        raise Unspoken(f"the counterexample does not say what {label} is")

    def _array(self, name: str, rank: int, value: Any) -> str:
        return self._define(f"{self.cell.word(name)}'d", _kind(rank), _function(value, rank))

    def _recursion(self) -> Iterator[str]:
        """One step as a function of inputs and old states, all steps, and each sequence."""
        program = self.cell.program
        assert program is not None
        inputs = [f"({self.cell.word(each.name)} : {_kind(len(each.axes))})" for each in program.inputs]
        olds = [f"({self.cell.word(label)}'old : {_kind(len(s.axes))})" for label, s in self.cell.states.items()]
        names = [node.out for node in program.nodes]
        lines = [f"  let {self.cell.word(node.out)} := {self.one.body(node)} in" for node in program.nodes]
        result = _tuple([self.cell.word(name) for name in names])
        yield f"Definition advance'd {' '.join([*inputs, *olds])} :=\n" + "\n".join([*lines, f"  {result}."])
        given = " ".join(f"({self.cell.word(each.name)}'d (S k'))" for each in program.inputs)
        states = list(self.cell.states)
        before = " ".join(_part("(run'd k')", place) for place in range(len(states)))
        news = [_part("v'", names.index(self.cell.states[label].new)) for label in states]
        start = _tuple([f"{self.cell.word(f'{label}0')}'d" for label in states])
        yield (
            f"Fixpoint run'd (t' : nat) :=\n  match t' with\n  | O => {start}\n"
            f"  | S k' => let v' := advance'd {given} {before} in {_tuple(news)}\n  end."
        )
        for place, label in enumerate(states):
            yield self._define(
                f"{self.cell.word(label)}'d",
                _kind(1 + len(self.cell.states[label].axes)),
                "fun t' => " + _part("(run'd t')", place),
            )
        for place, node in enumerate(program.nodes):
            if node.out not in states:
                blank = f"fun {' '.join('_' for _ in node.axes)} => 0" if node.axes else "0"
                value = _part(f"(advance'd {given} {before})", place)
                yield self._define(
                    f"{self.cell.word(node.out)}'d",
                    _kind(1 + len(node.axes)),
                    f"fun t' => match t' with O => {blank} | S k' => {value} end",
                )
        self.defined += ["advance'd", "run'd"]

    # ---- the theorem ----

    def _theorem(self, statement: str) -> str:
        unfold = " ".join([*self.defined, "sum_over", "fst", "snd", "INR"])
        compute = f"cbv beta iota zeta delta [{unfold}]"
        proofs = [*self._values(), *self._equations(), *self._ranges()]
        if self.said.in_time:
            proofs.append(f"{self.record['step'] - 1}%nat")
        proofs += [f"ltac:(intros; one_by_one; {compute}; holds)" for _ in self.said.claim.assumptions]
        proofs += [f"{place}%nat" for place in self._unit()]
        proofs += ["ltac:(lia)" for _ in self.said.axes]
        proofs += [f"ltac:({compute}; holds)" for _ in self._premises()]
        given = " ".join(["H'", *proofs])
        script = [
            "intros H'.",
            f"pose proof ({given}) as C'. clear H'.",
            *self._known_rates(),
            f"{compute} in C'.",
            "fails.",
        ]
        return "\n".join([f"Theorem {THEOREM} :\n{statement}.", "Proof.", *(f"  {line}" for line in script), "Qed."])

    def _premises(self) -> list[str]:
        """That the conclusion is defined.

        Raises:
            Unspoken: it divides by a derivative.
        """
        found = defined(self.said, self.said.claim.conclusion, f"(S {self.cell.time})", self.cell.time)
        if any(each.word in text for each in self.rates for text in found):
            raise Unspoken("a quotient or a logarithm of a derivative")
        return found

    def _known_rates(self) -> Iterator[str]:
        """Lines that put what each derivative is in place of the number that is said to be it."""
        if not self.rates:
            return
        names = [each.word for each in self.rates] + [f"X'{each.place}" for each in self.rates]
        yield f"destruct C' as ({' & '.join(names)} & C')."
        for each in self.rates:
            rules = Rates(each, self._free, self.cell.size)
            value = term(rules.whole(), self._free, self.cell.size)
            told, known = f"is_derive_unique _ _ _ X'{each.place}", f"is_derive_unique _ _ _ {rules.proof()}"
            yield f"assert (U'{each.place} : {each.word} = {value}) by exact (eq_trans (eq_sym ({told})) ({known}))."
            yield f"rewrite U'{each.place} in C'. clear X'{each.place} U'{each.place}."

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
        program = self.cell.program
        yield from (f"{self.record['sizes'][axis]}%nat" for axis in self.cell.axis_names)
        if program is not None:
            for source in program.fixed:
                if self.cell.constants.get(source.name) is None:
                    yield f"{self.cell.word(source.name)}'d"
        yield from (_function(self._given("free", name, name), 0) for name in self.cell.free)
        if program is not None:
            yield from (f"{self.cell.word(f'{label}0')}'d" for label in self.cell.states)
            names = [each.name for each in program.inputs] + [node.out for node in program.nodes]
            yield from (f"{self.cell.word(name)}'d" for name in dict.fromkeys([*names, *self.cell.states]))

    def _equations(self) -> Iterator[str]:
        for _ in self.cell.equations():
            yield "ltac:(intros; reflexivity)"

    def _ranges(self) -> Iterator[str]:
        yield from ("ltac:(lia)" for _ in self.cell.axis_names)


def _kind(arguments: int) -> str:
    return "nat -> " * arguments + "R"


def _tuple(parts: Sequence[str]) -> str:
    """Nested pairs that end in the one element of unit."""
    return f"({parts[0]}, {_tuple(parts[1:])})" if parts else "tt"


def _part(text: str, place: int) -> str:
    return f"(fst {'(snd ' * place}{text}{')' * place})"


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
