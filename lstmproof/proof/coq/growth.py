"""Growth in Coq: the networks that pass every number, their runs by recursion, and the gain of every step.

The weights are those of a `Growth`, the same for each unit. That a run exists is shown once for all weights; then each
sum over units that the state needs vanishes or is at least a number, each function of what is constant has a value by
the theory `Growth`, and what is left of one step is linear arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import prod
from time import process_time

from lstmproof.language.claims import Claim
from lstmproof.language.definition import Definition
from lstmproof.program.nodes import Contract
from lstmproof.proof.coq.cell_text import is_unitwise, reads
from lstmproof.proof.coq.claim_statement import Sentence
from lstmproof.proof.coq.growth_statement import BOUND, grown_state, growth_proposition, growth_sentence
from lstmproof.proof.coq.outcome import Instance
from lstmproof.proof.coq.recursion import Recursion, named
from lstmproof.proof.coq.spelling import Unspoken, rational
from lstmproof.proof.outcome import Unsettled
from lstmproof.proof.symbolic.witness import NEARLY, OPEN, SHUT, Growth, unbounded

THEOREM = "no_number_bounds"
SECONDS = 10.0
"""For finding the networks."""

WEIGHTS = {OPEN: "(ln 3)", SHUT: "(- ln 3)", NEARLY: "(ln ((1 - d'') / d''))"}


def growth_instance(claim: Claim, definition: Definition) -> Instance | Unsettled:
    """That no number bounds a state, as a theorem of Coq; else the reason why there is none."""
    label = grown_state(claim.conclusion)
    assert label is not None, "the claim is that a state is not bounded"
    growth = unbounded(claim, definition, label, process_time() + SECONDS)
    if growth is None:
        return Unsettled("no theorem of Coq: no growing networks were found")
    try:
        return growth_theorem(claim, definition, growth)
    except Unspoken as error:
        return Unsettled(f"no theorem of Coq: {error}")


def growth_theorem(claim: Claim, definition: Definition, growth: Growth) -> Instance:
    """That these networks pass every number.

    Raises:
        Unspoken: the claim, or a network, is of a form that is not covered.
    """
    said = growth_sentence(claim, definition, growth.label)
    statement = growth_proposition(said, growth.label)
    text = _Networks(said, definition, growth).text(statement)
    where = ", the hypotheses holding," if claim.assumptions else ""
    reading = (
        f"for all sizes from 1 on there are initial states such that for every number there are weights and inputs "
        f"and{where} a step t at which |{growth.label}(t)| of each unit exceeds it"
    )
    return Instance(text, (THEOREM,), statement, reading, claim.hypotheses)


class _Networks:
    """The file for one family of networks."""

    def __init__(self, said: Sentence, definition: Definition, growth: Growth) -> None:
        self.said, self.cell, self.growth = said, said.cell, growth
        self.program = definition.program
        self.state = self.cell.states[growth.label]
        read = reads(self.program, [self.state.new])
        needed = [node for node in self.program.nodes if node.out in read]
        self.sums = [node for node in needed if isinstance(node, Contract) and not is_unitwise(node)]
        """Sums over units that the state needs."""
        self.unitwise = [node for node in needed if node not in self.sums]
        """Nodes within one unit that it needs."""

    def text(self, statement: str) -> str:
        """Imports, that a run exists, theorem."""
        imports = (
            "From Coq Require Import Reals Lra Lia.\nFrom LstmProof Require Import Functions Sums Growth.\n"
            "Open Scope R_scope."
        )
        proof = "\n".join(["Proof.", *(f"  {line}" for line in self._proof()), "Qed."])
        return "\n\n".join([imports, *self._run(), f"Theorem {THEOREM} :\n{statement}.\n{proof}"]) + "\n"

    # ---- every network runs ----

    @property
    def _values(self) -> list[str]:
        """What a run computes: values and states."""
        given = {source.name for source in self.program.inputs}
        return [name for name in self.cell.sequences if name not in given]

    def _run(self) -> Iterator[str]:
        """A section that ends in the lemma that there is a run, whatever the weights, inputs and initial states."""
        cell = self.cell
        inputs = [cell.binder(source.name) for source in self.program.inputs]
        given = [*cell.size_binders(), *cell.fixed_binders(), *cell.initial_binders(), *inputs]
        yield "Section Run'.\n" + "\n".join(f"Variable {binder[1:-1]}." for binder in given)
        yield from Recursion(cell, self.program, {}, mark="").definitions()
        equations = [f"({equation.text})" for equation in cell.equations()]
        exists = "".join(f"exists {cell.binder(name)},\n" for name in self._values)
        shown = "; ".join(["(split; [intros; reflexivity|])"] * (len(equations) - 1) + ["intros; reflexivity"])
        yield (
            f"Lemma runs' :\n{exists}" + " /\\\n".join(equations) + ".\nProof using All.\n"
            f"  exists {', '.join(named(cell, name) for name in self._values)}.\n  {shown}.\nQed."
        )
        yield "End Run'."

    # ---- the networks of the family ----

    def _number(self, name: str) -> str:
        """What a parameter or an input is, the same everywhere."""
        value = self.growth.family.values.get(name, "0")
        return WEIGHTS.get(value) or rational(Fraction(value))

    def _array(self, name: str, arguments: int) -> str:
        blanks = " ".join("_" for _ in range(arguments))
        return f"(fun {blanks} : nat => {self._number(name)})" if arguments else self._number(name)

    def _weights(self) -> list[str]:
        return [self._array(source.name, len(source.axes)) for source in self.cell.fixed]

    def _inputs(self) -> list[str]:
        return [self._array(source.name, 1 + len(source.axes)) for source in self.program.inputs]

    def _start(self) -> list[str]:
        """Initial states: zeros."""
        ranks = [len(state.axes) for state in self.cell.states.values()]
        return [f"(fun {' '.join('_' * rank)} : nat => 0)" if rank else "0" for rank in ranks]

    # ---- the theorem ----

    def _proof(self) -> Iterator[str]:
        """The script of the theorem."""
        cell, rate = self.cell, rational(self.growth.rate)
        sizes = [cell.size(axis) for axis in cell.axis_names]
        ranges = [f"Z'{size}" for size in sizes]
        if sizes:
            yield f"intros {' '.join([*sizes, *ranges])}."
        yield f"exists {', '.join(self._start())}."
        yield f"intros {BOUND}."
        yield f"destruct (Growth.horizon {rate} {BOUND} ltac:(lra)) as (n'' & d'' & D'' & E'' & N'')."
        given = " ".join([*sizes, *self._weights(), *self._start(), *self._inputs()])
        equations = [f"E'{cell.word(equation.value)}" for equation in cell.equations()]
        values = [cell.word(name) for name in self._values]
        yield f"destruct (runs' {given}) as ({' & '.join([*values, *equations])})."
        yield f"exists {', '.join([*self._weights(), *self._inputs(), *values])}."
        yield from (f"split; [exact {equation}|]." for equation in equations)
        yield "exists n''."
        yield from ("split; [intros; cbv beta; supposed|]." for _ in self.said.claim.assumptions)
        yield from self._growing(rate)

    def _growing(self, rate: str) -> Iterator[str]:
        """Lines that show the gain of each step, unit by unit."""
        cell, axes = self.cell, self.state.axes
        yield from (f"intros {cell.index(axis)} I'{cell.size(axis)}." for axis in axes)
        word = cell.word(self.growth.label)
        side = "above" if self.growth.sign > 0 else "below"
        units = "".join(f" {cell.index(axis)}" for axis in axes)
        sequence = f"(fun t'' => {word} t''{units})"
        yield f"apply (Growth.passed_{side} {rate} d'' {BOUND} n'' {sequence} ltac:(lra) D'' E'' N'')."
        yield f"- cbv beta. rewrite E'{cell.word(f'{self.growth.label}0')} by assumption. lra."
        yield "- intros t'' P'' Q''. cbv beta in *."
        least = {node.out: self._least(node) for node in self.sums}
        for node in self.sums:
            if (known := least[node.out]) is not None:
                yield f"  {self._sum(node, known)}"
        if self.state.new != self.growth.label:
            yield f"  rewrite E'{word} by assumption."
        yield from (f"  rewrite ?E'{cell.word(node.out)} by assumption." for node in reversed(self.unitwise))
        yield from (f"  rewrite ?V'{cell.word(node.out)}." for node in self.sums if least[node.out] == 0)
        yield "  evaluate d''. pose proof Growth.ln_3_range. lra."

    def _sum(self, node: Contract, least: Fraction) -> str:
        """A line that shows what is known of a sum: that it is 0, or at least a number."""
        cell = self.cell
        units = "".join(f" {cell.index(axis)}" for axis in node.axes)
        word = cell.word(node.out)
        value, rule = f"{word} (S t''){units}", f"rewrite E'{word} by assumption; cbv beta"
        if least == 0:
            zero = f"{rule}; repeat (apply Sums.sum_over_vanishes; intros; cbv beta); ring"
            return f"assert (V'{word} : {value} = 0) by ({zero})."
        terms = "repeat (apply Growth.sum_over_at_least; [assumption|lra|intros; cbv beta])"
        return f"assert (V'{word} : {rational(least)} <= {value}) by ({rule}; {terms}; lra)."

    def _least(self, node: Contract) -> Fraction | None:
        """0 if a factor of a sum is; else what each of its terms is; None if that changes, or is no number."""
        values = self.growth.family.values
        given = {source.name for source in (*self.program.parameters, *self.program.inputs)}
        known = [values.get(factor.name, "0") for factor in node.factors if factor.name in given]
        if "0" in known:
            return Fraction(0)
        if len(known) < len(node.factors) or any(value in WEIGHTS for value in known):
            return None
        return prod(map(Fraction, known), start=Fraction(1))
