"""Goals of a stage in its script: each is shown by the lemma of its obligation, from facts shown one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lstmproof.proof.coq.certificate_text import fact as fact_text
from lstmproof.proof.coq.certificate_text import lemma, variables
from lstmproof.proof.coq.fact_text import Facts
from lstmproof.proof.coq.spelling import Unspoken, identifiers
from lstmproof.proof.coq.stage_text import StageText
from lstmproof.proof.induction.certificates import Obligation
from lstmproof.proof.induction.facts import Conditional, Fact, expand
from lstmproof.proof.induction.formulas import denial
from lstmproof.proof.induction.goals import Goal, cases


@dataclass
class GoalTexts:
    """Scripts for the goals of one stage, and the lemmas that they use."""

    stage: StageText
    facts: Facts
    obligations: Mapping[str, Obligation]
    splits: Mapping[str, str]
    prefix: str
    """How the names of lemmas begin."""
    lemmas: list[str] = field(default_factory=list)
    shown: int = 0
    """Facts asserted so far, for their names."""

    def script(self, goal: Goal, name: str) -> Iterator[str]:
        """Lines that assert, under a name, that one of the goal's alternatives holds."""
        wanted = " \\/ ".join(self.said(each) for each in goal.alternatives)
        yield f"assert ({name} : {wanted})."
        yield "{"
        yield from self._proof(goal, (goal,), ())
        yield "}"

    def said(self, fact: Fact) -> str:
        """A fact in the atoms' names."""
        return fact_text(fact, self.stage.book.names)

    def _proof(self, goal: Goal, chain: tuple[Goal, ...], known: Sequence[str]) -> Iterator[str]:
        """Lines that prove the goal as it stands; `chain` are the goals of which it is a case, outermost first."""
        if goal.name in self.splits:
            yield from self._split(goal, chain, known)
            return
        lemmas: dict[Fact, str] = {}
        for count in range(1, len(self.obligations) + 1):
            obligation = self.obligations.get(f"{goal.name} / lemma {count}")
            if obligation is None:
                break
            name = self._name("M")
            yield f"assert ({name} : {self.said(obligation.conclusion)})."
            yield "{"
            yield from self._use(obligation, goal, chain, known, lemmas)
            yield "}"
            lemmas[obligation.conclusion] = name
        yield from self._main(goal, chain, known, lemmas)

    def _name(self, letter: str) -> str:
        self.shown += 1
        return f"{letter}'{self.shown}"

    def _main(
        self, goal: Goal, chain: tuple[Goal, ...], known: Sequence[str], lemmas: Mapping[Fact, str]
    ) -> Iterator[str]:
        main = self.obligations[goal.name]
        place = goal.alternatives.index(main.conclusion)
        denied = dict(lemmas)
        for other, fact in enumerate(goal.alternatives):
            if other != place:
                name = self._name("N")
                test = "Rlt_le_dec" if fact.sign == ">" else "Rle_lt_dec"
                value = self.stage.book.text(fact.polynomial)
                choice = _choose(other, len(goal.alternatives))
                yield f"destruct ({test} 0 {value}) as [{name}|{name}]; [{choice}assumption|]."
                opposite = denial(fact)
                better = self._name("N")
                yield f"assert ({better} : {self.said(opposite)}) by (clear - {name}; lra)."
                denied[opposite] = better
        choice = _choose(place, len(goal.alternatives)).removesuffix("; ")
        if choice:
            yield f"{choice}."
        yield from self._use(main, goal, chain, known, denied)

    def _use(
        self,
        obligation: Obligation,
        goal: Goal,
        chain: tuple[Goal, ...],
        known: Sequence[str],
        given: Mapping[Fact, str],
    ) -> Iterator[str]:
        """Lines that prove what an obligation shows, by its lemma."""
        arguments = []
        for fact in obligation.hypotheses:
            name, lines = self._fact(fact, goal, chain, known, given)
            yield from lines
            arguments.append(name)
        title = f"{self.prefix}_{len(self.lemmas) + 1}"
        words = identifiers(variables(obligation))
        plain = {name: f"{words[name]}" for name in variables(obligation)}
        self.lemmas.append(lemma(obligation, title, plain))
        values = [self.stage.book.names[name] for name in variables(obligation)]
        yield f"exact ({' '.join([title, *values, *arguments])})."

    def _fact(
        self, fact: Fact, goal: Goal, chain: tuple[Goal, ...], known: Sequence[str], given: Mapping[Fact, str]
    ) -> tuple[str, list[str]]:
        """The name under which a fact is known, and lines that assert it if it is not yet."""
        if fact in given:
            return given[fact], []
        name = self._name("F")
        head = f"assert ({name} : {self.said(fact)})"
        if fact in goal.facts:
            lines, proof = self._given(fact, chain, known)
            return name, [*lines, f"{head} by ({proof})."]
        for each in goal.conditionals:
            if each.fact == fact and (found := self._premises(each, goal, chain, known, given)) is not None:
                lines, names = found
                proof = self.facts.conditional(each, names)
                return name, [*lines, f"{head} by ({proof})."]
        raise Unspoken(f"where {fact} comes from")

    def _premises(
        self, each: Conditional, goal: Goal, chain: tuple[Goal, ...], known: Sequence[str], given: Mapping[Fact, str]
    ) -> tuple[list[str], list[str]] | None:
        lines: list[str] = []
        names: list[str] = []
        for premise in each.premises:
            if premise in given or premise in goal.facts:
                name, more = self._fact(premise, goal, chain, known, given)
                lines += more
                names.append(name)
            elif premise.trivial:
                name = self._name("F")
                lines.append(f"assert ({name} : {self.said(premise)}) by lra.")
                names.append(name)
            else:
                return None
        return lines, names

    def _given(self, fact: Fact, chain: tuple[Goal, ...], known: Sequence[str]) -> tuple[list[str], str]:
        """Lines, then a tactic, for a fact of a chain's last goal: in a case, from the fact that it is a case of."""
        if len(chain) == 1:
            original = next(each for each in chain[0].facts if each == fact)
            return [], self.facts.script(original)
        outer, inner = chain[-2], chain[-1]
        name = self.splits[outer.name]
        place = cases(outer, name).index(inner)
        branch = outer.branches[name][place]
        if fact == branch.condition:
            return [], f"clear - {known[-1]}; lra"
        others = {key: branches for key, branches in outer.branches.items() if key != name}
        for source in outer.facts:
            if fact in expand(source.replace(name, branch.value), others):
                lines, proof = self._given(source, chain[:-1], known[:-1])
                title = self._name("F")
                lines.append(f"assert ({title} : {self.said(source)}) by ({proof}).")
                kinks = " ".join(f"B'{self.stage.book.names[key]}" for key in others)
                step = f"rewrite ?{known[-1]}e in {title}; clear - {title} {kinks}; lra"
                return lines, step
        raise Unspoken(f"which fact {fact} is a case of")

    def _split(self, goal: Goal, chain: tuple[Goal, ...], known: Sequence[str]) -> Iterator[str]:
        """A goal in each case of a kinked function."""
        name = self.splits[goal.name]
        atom = self.stage.book.names[name]
        function = self.stage.system.atoms.meanings[name][0]
        blanks = "_ _" if function == "abs" else "_ _ _"
        case = self._name("K")
        rule = "Rabs_cases" if function == "abs" else "Rmax_cases"
        pattern = f"[{case} {case}e]"
        yield f"destruct ({rule} {blanks} D'{atom}) as [{pattern}|{pattern}]."
        for inner in cases(goal, name):
            yield "{"
            yield from self._in_case(inner, (*chain, inner), (*known, case))
            yield "}"

    def _in_case(self, inner: Goal, chain: tuple[Goal, ...], known: Sequence[str]) -> Iterator[str]:
        """What is wanted follows from what is wanted in this case, in which the function's value is known."""
        wanted = " \\/ ".join(self.said(each) for each in inner.alternatives)
        name = self._name("G")
        yield f"enough ({name} : {wanted}) by (rewrite ?{known[-1]}e; clear - {name}; lra)."
        yield from self._proof(inner, chain, known)


def _choose(place: int, count: int) -> str:
    """Tactics that choose an alternative of several."""
    return "right; " * place + ("left; " if place < count - 1 else "")
