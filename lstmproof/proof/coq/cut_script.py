"""Why a carousel is what it is said to be: node by node through one step of the perturbed system.

A node that reads the perturbed state nowhere is shown not to depend on e; for every other one the chain rule is
written out. At e = 0 the perturbed system is the cell itself, so slopes are expressions in the cell's own values.
"""

from __future__ import annotations

from collections.abc import Iterator

from lstmproof.program.expr import Apply, Expr, Number, Ref, references
from lstmproof.program.nodes import Axes, Contract, Pointwise
from lstmproof.proof.coq.cut_text import RECORDED, CutText
from lstmproof.proof.coq.spelling import Unspoken, rational, term

MOST_TEXT = 20_000
"""Characters of a slope beyond which it is not written out."""

E = "e'"
"""The perturbation, in the scope of `fun`."""

OTHER = "'u"
"""Ends the names of a unit that is not the claim's."""

SLOPES = {
    "sigmoid": ("sigmoid {0} * (1 - sigmoid {0})", "(is_derive_sigmoid {0})"),
    "tanh": ("1 - tanh {0} * tanh {0}", "(is_derive_tanh {0})"),
    "exp": ("exp {0}", "(is_derive_exp {0})"),
    "sin": ("cos {0}", "(is_derive_sin {0})"),
    "cos": ("- sin {0}", "(is_derive_cos {0})"),
    "softplus": ("sigmoid {0}", "(is_derive_softplus {0})"),
}
"""For each smooth function of the table, its derivative and the theories' lemma, at the argument {0}."""


class CutScript:
    """The script for one carousel."""

    def __init__(self, cut: CutText, factor: Expr) -> None:
        self.cut, self.factor, self.cell = cut, factor, cut.cell
        self.state = cut.states[cut.about.state]
        self.long = cut.about.lag > 1
        if self.long and not (isinstance(factor, Number) and factor.value in (0, 1)):
            raise Unspoken("a carousel over several steps that is not constant")
        self.step = "(m' + n')%nat" if self.long else self.cell.time
        self.below = "(Nat.le_add_r m' n')" if self.long else f"(le_n {self.cell.time})"
        self.index = {axis: self.cell.index(axis) for axis in self.state.axes}
        self.nodes = [node for node in cut.nodes if node.out in self._needed()]
        self.live = self._live()
        self.program_nodes = set(self.cell.program.node) if self.cell.program else set()

    def _needed(self) -> set[str]:
        """What the new state is made of."""
        by_name = {node.out: node for node in self.cut.nodes}
        pending, found = [self.state.new], set[str]()
        while pending:
            name = pending.pop().removeprefix(RECORDED)
            if name not in found:
                found.add(name)
                pending += by_name[name].operands if name in by_name else ()
        return found

    def _live(self) -> set[str]:
        """What depends on the perturbed state."""
        live = {self.state.old}
        others = {each.old for each in self.cut.states.values()} - live
        for node in self.nodes:
            if self.long and others & set(node.operands):
                raise Unspoken("a carousel over several steps, through other states")
            if live & set(node.operands):
                if isinstance(node, Contract):
                    raise Unspoken("a derivative through a contraction")
                live.add(node.out)
        return live

    # ---- words ----

    def at(self, name: str, e: str) -> str:
        """A value at the claim's unit."""
        return self.cut.at(name, e, self.step, {axis: self.cut.index(axis) for axis in self._axes(name)})

    def _axes(self, name: str) -> Axes:
        assert self.cut.program is not None
        return self.cut.program.axes[name.removeprefix(RECORDED)]

    def equation(self, name: str, e: str, axes: Axes, other: str = "") -> str:
        """The equation of a node at e, at the claim's unit or, with a suffix, at another that has been introduced."""
        units, ranges = self._unit(axes, other)
        return f"({' '.join([self.name('C', name), e, self.step, *units, self.below, *ranges])})"

    def _unit(self, axes: Axes, other: str = "") -> tuple[list[str], list[str]]:
        """A unit, and the hypotheses that it is one."""
        return [f"{self.cut.index(axis)}{other}" for axis in axes], [f"I'{self.cut.size(axis)}{other}" for axis in axes]

    def name(self, letter: str, name: str) -> str:
        """What a script calls something about a value."""
        labels = {state.old: label for label, state in self.cut.states.items()}
        if name in labels:
            return f"{letter}'{self.cut.word(labels[name])}'b"
        return f"{letter}'{self.cut.word(name)}"

    def _start(self, label: str) -> str:
        return f"{self.name('C', label)}'0"

    def _for_all(self, axes: Axes, e: bool) -> tuple[str, str]:
        """Quantifiers over units (and e), and what introduces them."""
        units = [self.cut.index(axis) for axis in axes]
        ranges = "".join(f"({self.cut.index(axis)} < {self.cut.size(axis)})%nat -> " for axis in axes)
        bound = (["(e' : R)"] if e else []) + ([f"({' '.join(units)} : nat)"] if units else [])
        names = [name for group in ([E] if e else [], *self._unit(axes, OTHER)) for name in group]
        return (f"forall {' '.join(bound)}, {ranges}" if bound else ranges), f"intros {' '.join(names)}. "

    # ---- the script ----

    def lines(self) -> Iterator[str]:
        """Lines that prove `CutText.derivative` of the factor."""
        yield f"intros {' '.join(self._introduced())}."
        if self.long:
            yield from self._many_steps()
            return
        state = self.state
        yield from self._base(self.cell.time)
        yield from self._one_step()
        yield from self._original()
        slope = self._slope(Ref(state.new))[0]
        yield f"apply (is_derive_eq _ _ {slope}); [exact {self.name('D', state.new)}|]."
        yield f"{self._rewritten(self._matches(), 'assumption')}{self._by_equations()}."

    def _introduced(self) -> Iterator[str]:
        yield "d'"
        yield from (self.cut.word(name) for name in self.cut.varying)
        if self.long:
            yield from ("m'", "M'm")
        for name, _ in self.cut.hypotheses():
            label = name.removesuffix("0")
            yield self._start(label) if name.endswith("0") and label in self.cut.states else self.name("C", name)

    def _direction(self) -> str:
        parts = ["d'", *(self.index[axis] for axis in self.state.axes)]
        return f"({' '.join(parts)})"

    def _base(self, step: str) -> Iterator[str]:
        """The slope of the perturbed state, and that the others do not depend on e, at the start."""
        axes = self.state.axes
        now = self.cell.value(self.cut.about.state, step, "", self.index)
        units = [each for group in self._unit(axes) for each in group]
        parts = [self._start(self.cut.about.state), "e''", *units]
        known = f"({' '.join(parts)})"
        value = self.cut.value(self.cut.about.state, f"e' {step}", "", self.index)
        yield f"assert ({self.name('D', self.state.old)} : is_derive (fun e' => {value}) 0 {self._direction()})."
        yield f"{{ apply (is_derive_ext (fun e' => {now} + e' * {self._direction()}))."
        yield f"  intros e''. symmetry. exact {known}. apply slope_line. }}"
        for label, state in self.cut.states.items():
            if label != self.cut.about.state and not self.long:
                quantified, intros = self._for_all(state.axes, True)
                sides = " = ".join(self.at(state.old, e) for e in ("e'", "0"))
                yield f"assert ({self.name('K', label)}'old : {quantified}{sides})."
                yield f"{{ {intros}rewrite !{self._start(label)} by assumption. reflexivity. }}"

    def _constants(self) -> list[str]:
        """Names of what is known not to depend on e."""
        others = [label for label in self.cut.states if label != self.cut.about.state]
        old = [] if self.long else [f"{self.name('K', label)}'old" for label in others]
        return old + [self.name("K", node.out) for node in self.nodes if node.out not in self.live]

    def _one_step(self) -> Iterator[str]:
        """For each node that it does not depend on e, or its slope."""
        known: list[str] = [name for name in self._constants() if name.endswith("old")]
        for node in self.nodes:
            if node.out in self.live:
                yield from self._live_node(node, known)
                continue
            quantified, intros = self._for_all(node.axes, True)
            sides = " = ".join(self.at(node.out, e) for e in (E, "0"))
            yield f"assert ({self.name('K', node.out)} : {quantified}{sides})."
            both = ", ".join(self.equation(node.out, e, node.axes, OTHER) for e in (E, "0"))
            rewritten = self._rewritten([f"({each} e')" for each in known], "assumption")
            yield f"{{ {intros}rewrite {both}. sums ltac:({rewritten}reflexivity). }}"
            known.append(self.name("K", node.out))
        if self.state.new not in self.live:
            name = self.name("D", self.state.new)
            units = [each for group in self._unit(self.state.axes) for each in group]
            yield f"assert ({name} : is_derive (fun e' => {self.at(self.state.new, E)}) 0 0)."
            yield f"{{ apply (is_derive_ext (fun _ => {self.at(self.state.new, '0')})); [|apply slope_constant]."
            yield f"  intros e''. symmetry. exact ({' '.join([self.name('K', self.state.new), E + E[-1], *units])}). }}"

    def _rewritten(self, names: list[str], side: str) -> str:
        return "".join(f"rewrite ?{name} by {side}; " for name in names)

    def _live_node(self, node: object, known: list[str]) -> Iterator[str]:
        assert isinstance(node, Pointwise)
        slope, proof = self._slope(node.expr)
        if len(slope) > MOST_TEXT:
            raise Unspoken("a slope that is too long to write out")
        name = self.name("D", node.out)
        yield f"assert ({name} : is_derive (fun e' => {self.at(node.out, E)}) 0 {slope})."
        yield f"{{ apply (is_derive_ext (fun e' => {self._body(node.expr, E)}))."
        rewritten = self._rewritten([f"({each} e'')" for each in known], "assumption")
        equation = self.equation(node.out, "e''", node.axes)
        yield f"  intros e''. symmetry. rewrite {equation}. {rewritten}reflexivity."
        yield f"  exact {proof}. }}"

    def _body(self, expr: Expr, e: str) -> str:
        """An expression with what depends on e at e, and all else at 0."""
        return term(expr, lambda name: self.at(name, e if name in self.live else "0"), self.cut.size, quotient=" / ")

    def _slope(self, expr: Expr) -> tuple[str, str]:
        """The slope of an expression at 0, as written, and the proof that it is that."""
        if not self.live & set(references(expr)):
            return "0", f"(slope_constant {self._body(expr, '0')})"
        match expr:
            case Ref(name) if name == self.state.old:
                return self._old_slope(), self.name("D", self.state.old)
            case Ref(name):
                inner = next(node for node in self.nodes if node.out == name)
                assert isinstance(inner, Pointwise)
                return self._slope(inner.expr)[0], self.name("D", name)
            case Apply("add" | "sub" as operator, (a, b)):
                (p, left), (q, right) = self._slope(a), self._slope(b)
                sign, rule = ("+", "plus") if operator == "add" else ("-", "minus")
                return f"({p} {sign} {q})", f"(slope_{rule} _ _ _ _ {left} {right})"
            case Apply("neg", (a,)):
                p, proof = self._slope(a)
                return f"(- {p})", f"(slope_opposite _ _ {proof})"
            case Apply("mul", (a, b)):
                (p, left), (q, right) = self._slope(a), self._slope(b)
                slope = f"({p} * {self._body(b, '0')} + {self._body(a, '0')} * {q})"
                functions = " ".join(f"(fun e' => {self._body(each, E)})" for each in (a, b))
                return slope, f"(slope_times {functions} _ _ {left} {right})"
            case Apply("pow", (a, Number(exponent))) if exponent.denominator == 1 and exponent > 0:
                p, proof = self._slope(a)
                body = self._body(a, "0")
                return f"(INR {exponent} * {p} * {body} ^ pred {exponent})", f"(slope_power _ {exponent} _ {proof})"
            case Apply(function, (a,)) if function in SLOPES:
                p, proof = self._slope(a)
                slope, row = (each.format(self._body(a, "0")) for each in SLOPES[function])
                function_text = f"(fun e' => {self._body(a, E)})"
                return f"(({slope}) * {p})", f"(slope_through {function} {function_text} _ _ {proof} {row})"
        raise Unspoken("a slope through something that is not smooth everywhere")

    def _old_slope(self) -> str:
        if not self.long:
            return self._direction()
        assert isinstance(self.factor, Number)
        return f"({rational(self.factor.value)} ^ n' * {self._direction()})"

    # ---- at e = 0 ----

    def _matches(self) -> list[str]:
        olds = [f"{self.name('Q', label)}'old" for label in self.cut.states]
        return olds + [self.name("Q", node.out) for node in self.nodes if node.out in self.program_nodes]

    def _original(self) -> Iterator[str]:
        """At e = 0 every value of the perturbed system is that of the cell."""
        known: list[str] = []
        for label, state in self.cut.states.items():
            quantified, intros = self._for_all(state.axes, False)
            index = {axis: self.cut.index(axis) for axis in state.axes}
            right = self.cell.value(label, self.cell.time, "", index)
            name = f"{self.name('Q', label)}'old"
            yield f"assert ({name} : {quantified}{self.at(state.old, '0')} = {right})."
            yield f"{{ {intros}rewrite {self._start(label)} by assumption. ring. }}"
            known.append(name)
        copies: list[str] = []
        for node in self.nodes:
            if node.out not in self.program_nodes:
                copies.append(f"({self.name('C', node.out)} 0 {self.step})")
                continue
            yield from self._match(node, known, copies)
            known.append(self.name("Q", node.out))

    def _match(self, node: object, known: list[str], copies: list[str]) -> Iterator[str]:
        assert isinstance(node, Pointwise | Contract)
        quantified, intros = self._for_all(node.axes, False)
        index = {axis: self.cut.index(axis) for axis in node.axes}
        right = self.cell.value(node.out, f"(S {self.cell.time})", self.cell.time, index)
        yield f"assert ({self.name('Q', node.out)} : {quantified}{self.at(node.out, '0')} = {right})."
        units, ranges = self._unit(node.axes, OTHER)
        own = " ".join([f"E'{self.cell.word(node.out)}", self.step, *units, *ranges])
        both = f"rewrite {self.equation(node.out, '0', node.axes, OTHER)}, ({own})"
        steps = self._rewritten(copies[::-1], "(first [apply le_n | assumption])") + self._rewritten(
            known, "assumption"
        )
        yield f"{{ {intros}{both}. sums ltac:({steps}{self._by_equations()}). }}"

    def _by_equations(self) -> str:
        """Close an equation, if need be by the cell's own equations."""
        assert self.cell.program is not None
        nodes = [node for node in reversed(self.cell.program.nodes) if isinstance(node, Pointwise)]
        equations = [f"E'{self.cell.word(node.out)}" for node in nodes]
        return f"first [reflexivity | ring | {self._rewritten(equations, 'assumption')}first [reflexivity | ring]]"

    # ---- several steps ----

    def _many_steps(self) -> Iterator[str]:
        """By induction over the steps since the perturbation: the slope is the factor to the power of their number."""
        assert isinstance(self.factor, Number)
        state, label, number = self.state, self.cut.about.state, rational(self.factor.value)
        value = self.cut.value(label, f"e' {self.step}", "", self.index)
        slope = f"({number} ^ n' * {self._direction()})"
        yield f"assert (Y'n : forall n' : nat, is_derive (fun e' => {value}) 0 {slope})."
        yield "{ induction n' as [|n' Y'o]."
        yield "  - rewrite Nat.add_0_r. simpl pow. rewrite Rmult_1_l."
        yield from self._base("m'")
        yield f"    exact {self.name('D', state.old)}."
        yield f"  - rewrite Nat.add_succ_r. assert ({self.name('D', state.old)} := Y'o)."
        yield from self._one_step()
        found = self._slope(Ref(state.new))[0]
        yield f"    apply (is_derive_eq _ _ {found}); [exact {self.name('D', state.new)}|simpl pow; ring]. }}"
        yield f"rewrite M'm. apply (is_derive_eq _ _ ({number} ^ {self.cut.about.lag} * {self._direction()}))."
        yield f"exact (Y'n _). f_equal. {'apply pow1' if self.factor.value == 1 else 'apply pow_i; lia'}."
