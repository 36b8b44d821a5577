"""What is to be refuted: the claim in terms of one run, and its hypotheses, some of them met by construction.

`assume(W_f == 0)` and `assume(b_f == log(T - 1))` define an argument: every network that is tried has it so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from lstmproof.language.claims import Assumption, Claim, Role
from lstmproof.language.definition import Definition, Derivation
from lstmproof.language.formula import And, Compare, Formula, Same, atoms, free_names, terms
from lstmproof.program.expr import Apply, Expr, Number, Ref, walk
from lstmproof.readings.named import split
from lstmproof.refute.arithmetic import Balls, Beyond
from lstmproof.refute.decide import Failure, decide
from lstmproof.refute.moments import Moments, single, twin_name
from lstmproof.refute.network import Network, Subject, layout_of
from lstmproof.refute.tensors import diagonal

_CHOSEN: tuple[Role, ...] = ("parameter", "constant", "initial", "free")
"""Roles whose value is chosen before the first step."""

_MIXING_STEPS = 3
"""Steps within which units mix, if they ever do."""

_BEYOND = {"carousel", "jacobian", "derivative", "limit", "cost", "norm", "product", "outer", "dot", "sum", "mean"}


@dataclass(frozen=True)
class Statement:
    """A claim of one run of one network (and its twin), and the hypotheses that networks must meet."""

    subject: Subject
    rest: tuple[Assumption, ...]
    _decided: dict[tuple[object, ...], Failure | str] = field(default_factory=dict, compare=False, repr=False)
    """What was decided before: a search proposes the best networks of one generation in the next again."""

    @property
    def claim(self) -> Claim:
        return self.subject.claim

    def decide(self, network: Network, step: int) -> Failure | str:
        """Whether a network refutes the claim at a step, or why it does not."""
        asked = (*network.layout.sizes.items(), network.layout.steps, network.row.tobytes(), step)
        if asked not in self._decided:
            self._decided[asked] = decide(network, self.claim, self.rest, step)
        return self._decided[asked]


def statement(claim: Claim, derivation: Derivation, definition: Definition | None) -> Statement:
    """Prepare a claim for refutation.

    Raises:
        Beyond: it quantifies over networks inside, so that none of them can refute it.
    """
    pairs = {each for each in _conjuncts(claim.conclusion) if isinstance(each, Same)}
    if any(isinstance(atom, Same) and atom not in pairs for atom in atoms(claim.conclusion)) or len(pairs) > 1:
        raise Beyond("two cells are compared inside a larger statement")
    twin = None
    for pair in pairs:
        cells = {cell.name: cell for cell in derivation.cells}
        one, twin = cells[pair.one], cells[pair.other]
        if definition is not None and definition.name == twin.name:
            one, twin = twin, one
        if definition is not None and definition.name != one.name:
            raise Beyond(f"{definition.name} is neither {one.name} nor {twin.name}")
        definition = one
        claim = replace(claim, conclusion=_written_out(claim.conclusion, one, twin))
    derived, rest = _split(claim, definition)
    subject = Subject(claim, definition, twin, derived)
    _demand_elementwise(subject)
    return Statement(subject, rest)


def _demand_elementwise(subject: Subject) -> None:
    """Raise Beyond if a carousel mixes units, which a network of one unit would not show."""
    parts = (part for formula in subject.claim.formulas for term in terms(formula) for part in walk(term))
    for part in parts:
        match part:
            case Apply("carousel", (Ref(state), Number(lag))):
                steps = min(int(lag), _MIXING_STEPS)
                layout = layout_of(subject, dict.fromkeys(subject.sizes, 2), steps)
                row = np.random.default_rng(0).standard_normal(layout.width)
                moment = Moments(single(layout, row, Balls()), steps, steps)
                diagonal(moment.jacobian(state, state, steps, "truncated"), split(moment.lookup(state).axes)[1])


def _written_out(conclusion: Formula, one: Definition, twin: Definition) -> Formula:
    """The conclusion with `same` as an equation for each returned value."""
    parts: list[Formula] = []
    for part in _conjuncts(conclusion):
        if isinstance(part, Same):
            parts += [Compare("==", Ref(name), Ref(twin_name(twin, name))) for name in one.returned]
        else:
            parts.append(part)
    return And(tuple(parts))


def _split(claim: Claim, definition: Definition | None) -> tuple[dict[str, Expr], tuple[Assumption, ...]]:
    """Take the equations `name == e` out of the hypotheses, where e reads scalars that are chosen freely."""
    derived: dict[str, Expr] = {}
    rest: list[Assumption] = []
    for assumption in claim.assumptions:
        for formula in _conjuncts(assumption.formula):
            chosen = (*_CHOSEN, "input") if assumption.always else _CHOSEN
            found = _defining(formula, claim, definition, derived, chosen)
            if found is None:
                rest.append(Assumption(formula, assumption.always, assumption.text, assumption.line))
            else:
                derived[found[0]] = found[1]
    return derived, tuple(rest)


def _conjuncts(formula: Formula) -> Iterator[Formula]:
    if isinstance(formula, And):
        for part in formula.formulas:
            yield from _conjuncts(part)
    else:
        yield formula


def _defining(
    formula: Formula,
    claim: Claim,
    definition: Definition | None,
    derived: dict[str, Expr],
    chosen: tuple[Role, ...],
) -> tuple[str, Expr] | None:
    """The name that an equation defines and its value, if it may be taken as a definition.

    Only names of the roles in `chosen` may: an input is one number at every step only if every step is spoken of.
    """
    if not isinstance(formula, Compare) or formula.relation != "==":
        return None
    used = {name for expr in derived.values() for name in free_names(expr)}
    for side, value in ((formula.left, formula.right), (formula.right, formula.left)):
        if not isinstance(side, Ref) or side.name in derived or side.name in used:
            continue
        readable = all(
            claim.arguments.get(name) in _CHOSEN
            and name not in derived
            and name != side.name
            and _axes(name, claim, definition) in ((), _axes(side.name, claim, definition))
            for name in free_names(value)
        )
        plain = not any(isinstance(part, Apply) and part.function in _BEYOND for part in walk(value))
        if readable and plain and claim.arguments.get(side.name) in chosen:
            return side.name, value
    return None


def _axes(name: str, claim: Claim, definition: Definition | None) -> tuple[str, ...]:
    if definition is None or claim.arguments.get(name) in ("free", "constant"):
        return ()
    states = {f"{state}0": axes for state, axes in definition.states.items()}
    return {**states, **definition.inputs, **definition.parameters}.get(name, ())
