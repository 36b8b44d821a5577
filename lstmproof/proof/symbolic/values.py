"""Values of a cell in normal form, unit by unit: each is written in net inputs, old states, inputs and parameters.

A contraction is an atom: a real number that may be any. So is an old state. What is shown for all of these is true of
every run, whatever the sizes. Two contractions with equal operands are one atom.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lstmproof.language.claims import Role
from lstmproof.program.expr import Apply, Expr, Number, Ref, Size, references, walk
from lstmproof.program.nodes import Axes, Contract, Node, Pointwise, Program
from lstmproof.proof.exact import Element
from lstmproof.proof.symbolic.normal import NoNormalForm, Reals, size_name
from lstmproof.proof.symbolic.signs import coefficients

_TIME = re.compile(r"(.*)\[t-(\d+)\]$")


def _is_partial(part: Expr) -> bool:
    """Whether an operation has no value somewhere."""
    match part:
        case Apply("pow", (_, Number(exponent))):
            return exponent < 0
        case Apply(function, _):
            return function in ("div", "log", "sqrt")
    return False


Given = Callable[[str], Element]
"""What stands for a value that hypotheses speak of; called with the value's name, its time marked."""


@dataclass
class CellValues:
    """Normal forms of a cell's values at any step t - shift, at a unit of their own axes."""

    reals: Reals
    program: Program
    given: Mapping[str, Given] = field(default_factory=dict)
    """What stands for values that hypotheses speak of, by name: a number, an expression in others, a bound and more."""
    held: frozenset[str] = frozenset()
    """Values taken as atoms, whatever they are computed from."""
    _known: dict[tuple[str, int], Element] = field(default_factory=dict)

    def demand_all(self) -> None:
        """Give a value to everything in the cell that may have none, so that what that needs is known."""
        for node in self.program.nodes:
            if isinstance(node, Pointwise) and any(_is_partial(part) for part in walk(node.expr)):
                self.value(node.out)

    def of(self, expr: Expr, shift: int = 0) -> Element:
        """An expression over names of the program."""
        return self.reals.of(expr, lambda name: self.value(name, shift))

    def value(self, name: str, shift: int = 0) -> Element:
        """A value of the program; `f[t-2]` is f at shift 2, and the old value of a state its new one a step before."""
        name, shift = self.located(name, shift)
        key = (name, shift)
        if key not in self._known:
            if name in self.program.node and name not in self._atoms and not self._carried(name, shift):
                for node in self._needed(name, shift):
                    if (node.out, shift) not in self._known:
                        self._known[node.out, shift] = self._computed(node.out, shift)
            else:
                self._known[key] = self._atom(name, shift)
        return self._known[key]

    def _needed(self, name: str, shift: int) -> list[Node]:
        """The nodes that a value is computed from, in order; what a factor 0 annuls is not among them."""
        live, kept = {name}, list[Node]()
        for node in reversed(self.program.nodes):
            if node.out in live and not self._carried(node.out, shift):
                kept.append(node)
                if node.out not in self._atoms and not self._is_annulled(node, shift):
                    live.update(node.operands)
        return kept[::-1]

    def _is_annulled(self, node: Node, shift: int) -> bool:
        """Whether a sum of products has a factor that hypotheses say is 0."""
        if not isinstance(node, Contract):
            return False
        return any(each.name in self.given and not self._atom(each.name, shift) for each in node.factors)

    def located(self, name: str, shift: int) -> tuple[str, int]:
        """A name without its time, and how many steps before t it is read."""
        match = _TIME.match(name)
        base, steps = (match[1], int(match[2])) if match else (name, 0)
        for state in self.program.states:
            if name == state.old:
                return state.new, shift + 1
            if base == state.label and match:
                return state.new, shift + steps
        return base, shift + steps

    def _carried(self, name: str, shift: int) -> bool:
        """Whether a value is that of a state before step t: any real number."""
        return shift > 0 and any(name == state.new for state in self.program.states)

    def _computed(self, name: str, shift: int) -> Element:
        if name in self._atoms:
            return self._atom(name, shift)
        node = self.program.node[name]
        if isinstance(node, Contract):
            return self._contraction(node, shift)
        return self.reals.of(node.expr, lambda each: self.value(each, shift))

    def _contraction(self, node: Contract, shift: int) -> Element:
        """A sum of products as an atom named after its operands; 0 if a factor is 0 throughout."""
        if self._is_annulled(node, shift):
            return self.reals.rational(0)
        letters: dict[str, str] = {}
        operands = []
        for factor in node.factors:
            operand = self.value(factor.name, shift)
            if not operand:
                return self.reals.rational(0)
            own = [letters.setdefault(index, f"{len(letters)}") for index in factor.indices]
            operands.append((operand, self.program.axes[factor.name], own))
        out = [letters.get(index, "-") for index in node.indices]
        late = f"[t-{shift}]" if shift else ""
        return self.reals.symbol(_sum_name(self.reals, out, operands), f"{node.out}{late}")

    def matrix_product(self, left: tuple[Element, Axes], right: tuple[Element, Axes]) -> Element:
        """`left @ right` as the atom that the same contraction in the cell is."""
        (a, a_axes), (b, b_axes) = left, right
        if not a or not b:
            return self.reals.rational(0)
        rank = min(len(a_axes), len(b_axes))
        one = [f"{place}" for place in range(len(a_axes))]
        if len(a_axes) >= len(b_axes):
            other = one[len(one) - rank :]
            out = one[: len(one) - rank]
        else:
            other = [*one, *(f"{place}" for place in range(len(one), len(b_axes)))]
            out = other[rank:]
        return self.reals.symbol(_sum_name(self.reals, out, [(a, a_axes, one), (b, b_axes, other)]))

    def linear_part(self, element: Element, name: str) -> Element:
        """The coefficient of a parameter's entry in an element that is linear in it; 0 if it does not occur."""
        symbols = self.reals.direct(self.value(name))
        if len(symbols) > 1:
            raise NoNormalForm(f"{name}, of which a hypothesis makes a compound")
        (symbol,) = symbols or ("",)
        position = list(self.reals.atoms).index(symbol) if symbol else -1
        if position < 0 or symbol not in self.reals.direct(element):
            return self.reals.rational(0)
        parts = coefficients(element.num, position)
        if set(parts) - {0, 1} or symbol in self.reals.direct(Element(element.field, element.den, element.den)):
            raise NoNormalForm(f"an entry that is not linear in {name}")
        one = self.reals.rational(1)
        return Element(element.field, parts[1], one.den) / Element(element.field, element.den, one.den)

    @property
    def _atoms(self) -> frozenset[str]:
        return self.held | frozenset(self.given)

    def _atom(self, name: str, shift: int) -> Element:
        fixed = {source.name for source in self.program.fixed}
        timed = name if name in fixed or not shift else f"{name}[t-{shift}]"
        known = self.given.get(timed) or self.given.get(name)
        return known(timed) if known else self.reals.symbol(timed)


def _sum_name(reals: Reals, out: Sequence[str], operands: Sequence[tuple[Element, Axes, Sequence[str]]]) -> str:
    """What a sum of products is called: its operands' normal forms, axes and indices."""
    texts = []
    for operand, axes, letters in operands:
        places = " ".join(f"{axis}.{letter}" for axis, letter in zip(axes, letters, strict=True))
        texts.append(f"({reals.name(operand)})[{places}]")
    return f"sum[{' '.join(out)}] {' '.join(texts)}"


def resolved(expr: Expr, roles: Mapping[str, Role], program: Program) -> Expr:
    """An expression of a claim over names of the program: a state at step t is its new value, a local its last binding.

    >>> resolved(Ref("t"), {"t": "time"}, Program("p", (), (), (), (), (), ()))
    Ref(name='t')
    """
    match expr:
        case Ref(name):
            return Ref(program_name(name, roles, program))
        case Apply(function, arguments):
            return Apply(function, tuple(resolved(argument, roles, program) for argument in arguments))
        case _:
            return expr


def program_name(name: str, roles: Mapping[str, Role], program: Program) -> str:
    """What a name of a claim is called in the program."""
    match roles.get(name):
        case "state":
            return next(state.new for state in program.states if state.label == name)
        case "value":
            for output in program.outputs:
                if output.label == name:
                    return output.value
            bindings = [each for each in program.axes if re.fullmatch(re.escape(name) + r"(\.\d+)?", each)]
            return max(bindings, key=lambda each: int(each.partition(".")[2] or 1), default=name)
        case _:
            return name


def sizes_in(expr: Expr) -> tuple[str, ...]:
    """Names of sizes that an expression reads."""
    match expr:
        case Size(axis):
            return (size_name(axis),)
        case Apply(_, arguments):
            return tuple(dict.fromkeys(name for argument in arguments for name in sizes_in(argument)))
        case Number() | Ref():
            return ()


def names_in(expr: Expr) -> frozenset[str]:
    """Every name and size that an expression reads."""
    return frozenset((*references(expr), *sizes_in(expr)))
