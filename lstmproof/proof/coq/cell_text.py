"""A cell as Coq reads it: sequences over all steps and units, and one equation for each node of its Program.

The value `v` of a cell at step t + 1 and unit i is written `v (S t) i`; a state s at step 0 is its initial value s0.
Sizes are variables: what is proved holds for any number of units. Nothing here knows of certificates or of adjoints.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lstmproof.program.expr import references
from lstmproof.program.nodes import Axes, Contract, Given, Node, Pointwise, Program
from lstmproof.proof.coq.spelling import Unspoken, identifiers, rational, term

Index = Mapping[str, str]
"""For each axis, the variable that runs along it."""

TIME = "t "
"""What the step is called among the names of values; no value is called that."""


@dataclass(frozen=True, slots=True)
class Equation:
    """What holds of one value at every step and unit."""

    value: str
    """Its name in the Program; of an initial value, the state's with a 0."""
    axes: Axes
    text: str


class CellText:
    """The names and the equations of a cell, with the free names of a claim about it."""

    def __init__(self, program: Program | None, named_constants: Mapping[str, Fraction | None], free: Sequence[str]):
        self.program = program
        self.constants = dict(named_constants)
        """For each constant of the cell its value, None if it is any number."""
        self.free = tuple(free)
        self.states = {state.label: state for state in program.states} if program else {}
        self.axis_names: tuple[str, ...] = program.axis_names if program else ()
        spoken = list(self.axes_of) + [f"{label}0" for label in self.states] + list(free)
        if len(set(spoken)) < len(spoken):
            raise Unspoken("two values of the cell or the claim bear one name")
        axes = [f"size {axis}" for axis in self.axis_names]
        words = identifiers([*spoken, *axes, TIME, *(f"index {axis}" for axis in self.axis_names)])
        self._names = words
        self.time = words[TIME]

    @property
    def axes_of(self) -> Mapping[str, Axes]:
        """Axes of everything that is written as a function of units: sources, constants, nodes, states."""
        if self.program is None:
            return {}
        table = {source.name: source.axes for source in self.program.given}
        table |= {node.out: node.axes for node in self.program.nodes}
        return table | {label: state.axes for label, state in self.states.items()}

    def size(self, axis: str) -> str:
        """The variable for the number of units along an axis."""
        if axis not in self.axis_names:
            raise Unspoken(f"{axis} is no axis of the cell")
        return self._names[f"size {axis}"]

    def index(self, axis: str) -> str:
        """The variable that a statement uses for a unit along an axis."""
        return self._names[f"index {axis}"]

    def word(self, name: str) -> str:
        """What a name of the Program, of an initial state or of a claim's free number is called."""
        if name not in self._names:
            raise Unspoken(f"{name} has no name in Coq")
        return self._names[name]

    def value(self, name: str, step: str, before: str, index: Index) -> str:
        """A value of the cell, with its step and unit; `before` is the step before."""
        assert self.program is not None
        for label, state in self.states.items():
            if name == state.old:
                return _at(self.word(label), before, state.axes, index)
        if name in self.constants:
            value = self.constants[name]
            if value is not None:
                return rational(value)
        axes = self.axes_of.get(name)
        if axes is None:
            raise Unspoken(f"{name} is no value of the cell")
        fixed = {source.name for source in self.program.fixed}
        return _at(self.word(name), "" if name in fixed else step, axes, index)

    def binders(self) -> Iterator[str]:
        """What a statement about all networks quantifies first: sizes, parameters, initial states, sequences."""
        yield from self.size_binders()
        yield from self.fixed_binders()
        if self.free:
            yield f"({' '.join(self.word(name) for name in self.free)} : R)"
        yield from self.initial_binders()
        yield from (self.binder(name) for name in self.sequences)

    def size_binders(self) -> Iterator[str]:
        """The numbers of units, in one group."""
        if self.axis_names:
            yield f"({' '.join(self.size(axis) for axis in self.axis_names)} : nat)"

    @property
    def fixed(self) -> tuple[Given, ...]:
        """Parameters, and the constants that may be any number."""
        sources = self.program.fixed if self.program else ()
        return tuple(source for source in sources if self.constants.get(source.name) is None)

    def fixed_binders(self) -> Iterator[str]:
        """Those, one by one."""
        yield from (f"({self.word(source.name)} : {kind(len(source.axes))})" for source in self.fixed)

    def initial_binders(self) -> Iterator[str]:
        """Initial states, one by one."""
        for label, state in self.states.items():
            yield f"({self.word(f'{label}0')} : {kind(len(state.axes))})"

    @property
    def sequences(self) -> tuple[str, ...]:
        """Inputs, values and states."""
        if self.program is None:
            return ()
        given = [source.name for source in self.program.inputs]
        return tuple(dict.fromkeys([*given, *(node.out for node in self.program.nodes), *self.states]))

    def binder(self, name: str) -> str:
        """A sequence as a statement quantifies it."""
        return f"({self.word(name)} : {kind(1 + len(self.axes_of[name]))})"

    def equations(self) -> Iterator[Equation]:
        """Every equation of the cell, initial values first."""
        program = self.program
        if program is None:
            return
        for label, state in self.states.items():
            yield self._initial(label, state.axes)
        for node in program.nodes:
            index = self._own_index(node.axes)
            left = self.value(node.out, f"(S {self.time})", self.time, index)
            right = self._at_unit(node, index)
            yield Equation(node.out, node.axes, self._over_all(node.axes, index, f"{left} = {right}", time=True))
        for label, state in self.states.items():
            if state.new != label:
                index = self._own_index(state.axes)
                sides = (self.value(name, f"(S {self.time})", self.time, index) for name in (label, state.new))
                yield Equation(label, state.axes, self._over_all(state.axes, index, " = ".join(sides), time=True))

    def body(self, node: Node) -> str:
        """A node's value as a function of its units."""
        index = self._own_index(node.axes)
        text = self._at_unit(node, index)
        bound = " ".join(index[axis] for axis in node.axes)
        return f"(fun {bound} : nat => {text})" if bound else text

    def _initial(self, label: str, axes: Axes) -> Equation:
        index = self._own_index(axes)
        text = f"{_at(self.word(label), 'O', axes, index)} = {_at(self.word(f'{label}0'), '', axes, index)}"
        return Equation(f"{label}0", axes, self._over_all(axes, index, text, time=False))

    def _own_index(self, axes: Axes) -> Index:
        if max(Counter(axes).values(), default=0) > 1:
            raise Unspoken(f"a value whose axes {axes} bear one name twice")
        return {axis: self.index(axis) for axis in axes}

    def _over_all(self, axes: Axes, index: Index, text: str, *, time: bool) -> str:
        """The statement for all units, and for all steps with `time`."""
        bound = ([self.time] if time else []) + [index[axis] for axis in axes]
        ranges = "".join(f"({index[axis]} < {self.size(axis)})%nat -> " for axis in axes)
        return f"forall {' '.join(bound)} : nat, {ranges}{text}" if bound else text

    def _at_unit(self, node: Node, index: Index) -> str:
        """A node's value at one unit."""
        return self._pointwise(node, index) if isinstance(node, Pointwise) else self._contract(node, index)

    def _pointwise(self, node: Pointwise, index: Index) -> str:
        for name in references(node.expr):
            if not set(self._axes(name)) <= set(node.axes):
                raise Unspoken(f"{node.out} reads {name} along an axis that it lacks")
        step = f"(S {self.time})"
        return term(node.expr, lambda name: self.value(name, step, self.time, index), self.size, quotient=" / ")

    def _axes(self, name: str) -> Axes:
        """The axes of what a node reads, old states included."""
        assert self.program is not None
        return self.program.axes[name]

    def _contract(self, node: Contract, index: Index) -> str:
        """A product of factors, each with its own letters, under a sum for every letter that the result lacks."""
        letters = dict(zip(node.indices, (index[axis] for axis in node.axes), strict=True))
        summed: dict[str, str] = {}
        for factor in node.factors:
            for letter, axis in zip(factor.indices, self._axes(factor.name), strict=True):
                if letter not in letters:
                    letters[letter], summed[letter] = f"{letter}'i", axis
        factors = [self._factor(factor.name, [letters[letter] for letter in factor.indices]) for factor in node.factors]
        text = " * ".join(factors) or "1"
        for letter in reversed(summed):
            text = f"sum_over {self.size(summed[letter])} (fun {letters[letter]} => {text})"
        return text

    def _factor(self, name: str, letters: Sequence[str]) -> str:
        assert self.program is not None
        if self.constants.get(name) is not None:
            return self.value(name, "", "", {})
        places = [f"#{place}" for place in range(len(letters))]
        known = {state.old: label for label, state in self.states.items()}
        fixed = {source.name for source in self.program.fixed}
        step = self.time if name in known else "" if name in fixed else f"(S {self.time})"
        return _at(self.word(known.get(name, name)), step, tuple(places), dict(zip(places, letters, strict=True)))


def kind(arguments: int) -> str:
    """The type of a function of so many natural numbers."""
    return "nat -> " * arguments + "R"


def _at(word: str, step: str, axes: Axes, index: Index) -> str:
    parts = [word, *([step] if step else []), *(index[axis] for axis in axes)]
    return f"({' '.join(parts)})" if len(parts) > 1 else word


def reads(program: Program, names: Iterable[str]) -> frozenset[str]:
    """The nodes that are worked out unit by unit on the way to the values called `names`, those among them."""
    pending, found = list(names), set[str]()
    while pending:
        node = program.node.get(pending.pop())
        if node is None or node.out in found:
            continue
        found.add(node.out)
        if isinstance(node, Pointwise):
            pending += references(node.expr)
        elif is_unitwise(node):
            pending += node.operands
    return frozenset(found)


def is_unitwise(node: Contract) -> bool:
    """Whether it multiplies values of one and the same unit: nothing is summed and no two units meet."""
    unique = len(set(node.axes)) == len(node.axes)
    return unique and all(set(factor.indices) <= set(node.indices) for factor in node.factors)
