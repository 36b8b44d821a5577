"""The proof of a gradient theorem: one script for every cell, from Gradient.gradient.

Nothing here is believed: Coq's kernel checks what it builds. The script gives the cell as nodes, tables of arrays for
its numbered names, and closes each hypothesis of the generic theorem name by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lstmproof.program.expr import Apply, Expr, walk
from lstmproof.program.nodes import Axes, Pointwise
from lstmproof.proof.coq import backward, statement
from lstmproof.proof.coq.embedding import Embedding, copied, listed, table
from lstmproof.proof.coq.wording import Moment, Wording, applied

_MOMENT = Moment("e'row", "t'row", "(pred t'row)", "e'row")
_SAVED = frozenset(("sigmoid", "tanh", "exp", "sqrt"))
"""Functions whose derivative is written in their own value."""

_ONE = "Gradient.one_by_one ltac:(cbv delta [cell'row])"

_POSITIONS = "refine (Nodes.by_position _ _ _)"

TABLES = ("cell", "weights", "velocities", "values", "motions", "seeds", "bars", "carried", "totals")


def script(said: Wording) -> str:
    """The proof, from `Proof.` to `Qed.`; it calls for the names that `introduced` lists.

    Raises:
        Unspoken: the cell's form is outside what the theorem covers.
    """
    return _Script(said, Embedding(said)).text()


@dataclass
class _Script:
    said: Wording
    embedding: Embedding

    def text(self) -> str:
        initial = " ".join(f"{self.said.words[state.new]}'grad" for state in self.embedding.program.states)
        return "\n".join(
            (
                "Proof.",
                f"  intros {' '.join(introduced(self.said))}.",
                *(f"  pose ({name} := {text})." for name, text in self.embedding.copies()),
                *(f"  pose ({name}'row := {text})." for name, text in self._tables()),
                f"  assert (G'row : {self._generic()}).",
                "  { " + self._application(),
                *(f"    - {goal}" for goal in self._goals()),
                "  }",
                f"  cbv beta iota zeta delta [{_delta(('shapes', 'forms', *self._nodes(), *TABLES))}] in G'row.",
                "  revert G'row; Gradient.compute_nodes; intros G'row.",
                "  eapply Functions.is_derive_eq; [eapply is_derive_ext; [|exact G'row]|]; [intros e'row|];",
                f"  cbv beta delta [{initial}]; Instances.pair_sums idtac.",
                "Qed.",
            )
        )

    def _lists(self) -> tuple[str, str, str, str, str]:
        """Inputs, held values, states, observed values, weights: numbers."""
        program, embedding = self.embedding.program, self.embedding
        return (
            embedding.numbered(source.name for source in program.inputs),
            embedding.numbered(each.name for each in embedding.held),
            embedding.numbered(state.new for state in program.states),
            embedding.numbered(output.value for output in program.outputs),
            f"{listed(str(number) for number in range(len(program.parameters)))}%nat",
        )

    def _generic(self) -> str:
        said = self.said
        inputs, _, states, observed, weights = self._lists()
        loss = f"Gradient.loss {observed} shapes'row {said.steps} values'row seeds'row"
        pairing = (
            f"Gradient.adjoint_says {inputs} {states} {weights} forms'row shapes'row {said.steps} velocities'row"
            f" motions'row bars'row carried'row totals'row"
        )
        return f"is_derive ({loss}) {said.point} ({pairing})"

    def _application(self) -> str:
        inputs, held, states, observed, weights = self._lists()
        return (
            f"refine (@Gradient.gradient cell'row {inputs} {held} {states} {observed} {weights}"
            f" forms'row shapes'row {self.said.steps} _ _ weights'row values'row velocities'row motions'row"
            f" {self.said.point} _ _ _ _ _ _ seeds'row bars'row carried'row totals'row _ _ _ _)."
        )

    def _tables(self) -> Iterable[tuple[str, str]]:
        program, embedding, said = self.embedding.program, self.embedding, self.said
        number, words = embedding.number, said.words
        e, t, n, k = "(e'row : R)", "(t'row : nat)", "(n'row : nat)", "(k'row : Sums.index)"
        parameters = list(enumerate(program.parameters))
        axes = {name: program.axes[name] for name in embedding.moving}
        yield from zip(self._nodes(), embedding.rows, strict=True)
        yield "cell", listed(f"{name}'row" for name in self._nodes())
        yield "forms", table(f"fun {n}", {i: embedding.shape(each.axes) for i, each in parameters}, "@nil nat")
        shapes = {number(name): embedding.shape(shape) for name, shape in axes.items()}
        shapes |= {number(each.name): embedding.shape(each.axes) for each in embedding.held}
        yield "shapes", table(f"fun {n}", shapes, "@nil nat")
        for name, suffix, bound in (("weights", "", f"{e} {n}"), ("velocities", "'", n), ("totals", "'grad", n)):
            first = (_MOMENT.e,) if name == "weights" else ()
            rows = {i: applied(words[s.name] + suffix, *first, *entries(s.axes)) for i, s in parameters}
            yield name, table(f"fun {bound} {k}", rows, "0")
        values = {number(name): embedding.value(name, _MOMENT, entries(shape)) for name, shape in axes.items()}
        values |= {number(each.name): each.read(entries(each.axes), _MOMENT) for each in embedding.held}
        yield "values", table(f"fun {e} {t} {n} {k}", values, "0")
        motions = {number(s.name): applied(f"{words[s.name]}'", "t'row", *entries(s.axes)) for s in program.inputs}
        motions |= {number(s.new): applied(f"{words[s.new]}'", *entries(s.axes)) for s in program.states}
        yield "motions", table(f"fun {t} {n} {k}", motions, "0")
        seeds = {
            number(o.value): applied(f"{words[o.value]}'seed", "t'row", *entries(axes[o.value]))
            for o in program.outputs
        }
        yield "seeds", table(f"fun {t} {n} {k}", seeds, "0")
        bars = {number(name): applied(words[bar], "t'row", *entries(axes[name])) for name, bar in self._bars().items()}
        inputs = program.inputs
        bars |= {number(s.name): applied(f"{words[s.name]}'grad", "t'row", *entries(s.axes)) for s in inputs}
        yield "bars", table(f"fun {t} {n} {k}", bars, "0")
        carry = {number(s.new): applied(f"{words[s.new]}'next", "t'row", *entries(s.axes)) for s in program.states}
        yield "carried", table(f"fun {t} {n} {k}", carry, "0")

    def _nodes(self) -> list[str]:
        """Names for the nodes of the cell: a list of names is short wherever a part of it is written."""
        return [f"node{place}" for place in range(len(self.embedding.rows))]

    def _compute(self) -> str:
        return f"cbv beta iota delta [{_delta(('shapes', 'forms', *self._nodes(), *TABLES))}]; Gradient.compute_nodes"

    def _by_name(self, bound: str, closes: Iterable[str]) -> str:
        """One goal for each name, each with its own end."""
        begin = f"{_ONE}; intros {bound}; revert k'row; {_POSITIONS}; {self._compute()}; intros"
        return f"{begin}{_branches(closes)}"

    def _bars(self) -> dict[str, str]:
        """For each value that receives an error, the adjoint's name for what it receives."""
        found = {}
        for name in self.embedding.results:
            bar = f"{name}.bar"
            if bar in self.said.derived.node:
                found[name] = bar
        return found

    def _goals(self) -> Iterable[str]:
        program, words = self.embedding.program, self.said.words
        parameters = [words[source.name] for source in program.parameters]
        states = [words[state.new] for state in program.states]
        inputs = [words[source.name] for source in program.inputs]
        yield "exact (Nodes.all_well_formed _ _ cell'row eq_refl eq_refl)."
        yield "reflexivity."
        yield self._by_name("k'row", (f"apply {word}'moves; assumption" for word in parameters))
        yield self._by_name("k'row", (f"apply {word}'starts; assumption" for word in states))
        yield self._by_name("t'row k'row Ht'row", (f"apply {w}'moves; assumption" for w in inputs))
        rest = ["apply Nodes.is_derive_const_zero"] * len(self.embedding.held)
        yield self._by_name("t'row k'row Ht'row", rest)
        yield self._by_name("e'row t'row k'row Ht'row", self._forward())
        yield self._smoothness()
        yield self._by_name("k'row", (f"apply {word}'next'end; assumption" for word in states))
        yield self._by_name("t'row k'row Ht'row", self._values_received())
        yield self._by_name("t'row k'row Ht'row", self._states_received())
        totals = (
            f"cbv beta delta [{word}'grad]; apply Sums.sum_over_ext; intros; {self._close()}" for word in parameters
        )
        yield self._by_name("k'row", totals)

    def _word(self, name: str) -> str:
        """What the proof calls a value of the run."""
        word = self.said.words[name]
        return word if name in self.said.program.axes else copied(word)

    def _forward(self) -> Iterable[str]:
        states = {state.new for state in self.embedding.program.states}
        for node in self.embedding.program.nodes:
            word = self._word(node.out)
            opened = f"rewrite {word}'step by assumption" if node.out in states else f"cbv beta delta [{word}]"
            pieces = "rewrite ?Functions.Rmax_relu, ?Functions.Rmin_relu; " if _has(node, "maximum", "minimum") else ""
            yield f"{opened}; {pieces}cbv beta iota delta [Nat.pred]; reflexivity"

    def _smoothness(self) -> str:
        known: dict[str, list[str]] = {name: [] for name in self.embedding.results}
        every = []
        for premise in statement.smoothness(self.said):
            every.append(f"(eapply {premise.name}; eassumption)")
            known.get(premise.node, []).append(every[-1])
        known |= {name: every for name in known if name not in self.said.program.axes}
        begin = f"{_ONE}; intros t'row Ht'row; {_POSITIONS}; {self._compute()}; intros; "
        one = (f"Instances.condition ltac:({' || '.join(each) or 'idtac'})" for each in known.values())
        return begin + _branches(one).removeprefix("; ")

    def _values_received(self) -> Iterable[str]:
        bars = self._bars()
        for name in self.embedding.moving:
            if name in bars:
                yield f"cbv beta delta [{self.said.words[bars[name]]}]; {self._close()}"
            elif name in self.embedding.results:
                yield self._close()
            else:
                yield f"cbv beta delta [{self.said.words[name]}'grad]; {self._close()}"

    def _states_received(self) -> Iterable[str]:
        for state in self.embedding.program.states:
            yield f"rewrite {self.said.words[state.new]}'next'back by assumption; {self._close()}"

    def _close(self) -> str:
        """Write out what the adjoint computes on the way, name what the tape holds, then pair equal sums."""
        bars = set(self._bars().values())
        passing = [self.said.words[node.out] for node in self.said.derived.nodes if node.out not in bars]
        opened = f"cbv beta iota delta [{' '.join([*passing, 'Nat.pred'])}]"
        pairing = "equal" if len(bars) < len(self.embedding.results) else "pair_sums"
        named = [f"change {word}'tape with {value}" for word, value in self._taped()]
        return "; ".join([opened, *named, f"cbv beta; Instances.{pairing} ltac:({self._rewrite_values()})"])

    def _taped(self) -> Iterable[tuple[str, str]]:
        """Words for what the tape holds beside the cell's own values, and the values of the run that they are."""
        said = self.said
        for name, node in said.taped.items():
            positions = said.positions(node.axes)
            value = self.embedding.value(name, said.at_rest, positions)
            yield said.words[name], f"(fun {' '.join((said.t, *positions))} => {value})"

    def _rewrite_values(self) -> str:
        states = {state.new for state in self.embedding.program.states}
        saved = [n for n in self.embedding.program.nodes if isinstance(n, Pointwise) and _root(n.expr) in _SAVED]
        unfolded = " ".join(self._word(node.out) for node in saved if node.out not in states)
        rewritten = [f"rewrite ?{self.said.words[node.out]}'step by assumption" for node in saved if node.out in states]
        opened = [f"cbv beta iota delta [{unfolded} Nat.pred]"] if unfolded else []
        return "; ".join([*rewritten, *opened]) or "idtac"


def introduced(said: Wording) -> tuple[str, ...]:
    """Names of all that the theorem quantifies over, defines and supposes, in its order."""
    return (
        *(name for name, _ in statement.quantified(said)),
        *(name for name, _ in statement.definitions(said)),
        *(premise.name for premise in statement.premises(said)),
        *(name for name, _ in backward.carried(said)),
        *(name for name, _ in backward.tape(said)),
        *(name for name, _ in backward.definitions(said)),
        *(premise.name for premise in backward.premises(said)),
        *(name for name, _ in backward.gradients(said)),
    )


def entries(axes: Axes) -> tuple[str, ...]:
    """The positions of a multi-index, for tables."""
    return tuple(f"(Nodes.entry {place} k'row)" for place in range(len(axes)))


def _delta(names: Iterable[str]) -> str:
    return " ".join(f"{name}'row" for name in names)


def _branches(closes: Iterable[str]) -> str:
    parts: Sequence[str] = tuple(closes)
    return f"; [{chr(10)}      {f'{chr(10)}      | '.join(parts)}]." if parts else "."


def _root(expr: Expr) -> str:
    return expr.function if isinstance(expr, Apply) else ""


def _has(node: object, *functions: str) -> bool:
    return isinstance(node, Pointwise) and any(
        isinstance(part, Apply) and part.function in functions for part in walk(node.expr)
    )
