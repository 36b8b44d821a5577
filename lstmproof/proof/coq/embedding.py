"""A cell as a list of nodes of `Nodes.v`, and the tables that give each of its numbered names an array.

In the truncated flow it is the truncated Program that is embedded. The copies that it holds beside the cell's own
values are variables of the proof, with definitions of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from lstmproof.program.expr import Apply, Expr, Number, Ref
from lstmproof.program.nodes import Axes, Contract, Node, Pointwise, Program
from lstmproof.program.passes import pruned
from lstmproof.proof.coq.spelling import Unspoken
from lstmproof.proof.coq.statement import constant
from lstmproof.proof.coq.wording import (
    Leaf,
    Moment,
    Wording,
    aligned,
    applied,
    chosen,
    contraction,
    expression,
    index_order,
    settled,
)

_ROWS = ("sigmoid", "tanh", "exp", "log", "sqrt", "abs", "sin", "cos", "relu", "softplus", "hard_sigmoid")
_CONSTRUCTORS = {"add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div"}

Read = Callable[[Sequence[str], Moment], str]
"""An array of the run, written at some positions and a moment."""


@dataclass(frozen=True, slots=True)
class Held:
    """A value that a step is given and that does not move: a constant, or what a barrier records."""

    name: str
    axes: Axes
    read: Read


@dataclass
class Embedding:
    """The nodes that matter to an output or a state, each name under a number."""

    said: Wording
    program: Program = field(init=False)
    held: list[Held] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    """The text of each node, in order."""
    _numbers: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.program = pruned(self.said.run)
        for constant_ in self.program.constants:
            self.held.append(Held(constant_.name, constant_.axes, self._constant(constant_.name)))
        for name in (*self.results, *(source.name for source in self.program.inputs)):
            self._number(name)
        for each in self.held:
            self._number(each.name)
        self.rows += [self._row(node) for node in self.program.nodes]

    @property
    def results(self) -> tuple[str, ...]:
        """Values that nodes compute."""
        return tuple(node.out for node in self.program.nodes)

    @property
    def moving(self) -> tuple[str, ...]:
        """Results and inputs."""
        return (*self.results, *(source.name for source in self.program.inputs))

    @property
    def weights(self) -> tuple[str, ...]:
        """Parameters."""
        return tuple(source.name for source in self.program.parameters)

    def numbered(self, names: Iterable[str]) -> str:
        """A list of numbers of values, in Coq's notation."""
        return f"{listed(str(self._numbers[name]) for name in names)}%nat"

    def number(self, name: str) -> int:
        """The number of a value."""
        return self._numbers[name]

    def shape(self, axes: Axes) -> str:
        """A list of sizes."""
        return listed(self.said.sizes[axis] for axis in axes)

    def _number(self, name: str) -> None:
        self._numbers[name] = len(self._numbers)

    def _constant(self, name: str) -> Read:
        return lambda positions, moment: self.said.value(name, moment, positions)

    def value(self, name: str, moment: Moment, positions: Iterable[str]) -> str:
        """What the Program calls `name`: a value of the cell, or a copy."""
        if name in self.said.program.axes:
            return self.said.value(name, moment, positions)
        return applied(copied(self.said.words[name]), moment.e, moment.now, *positions)

    def copies(self) -> Iterable[tuple[str, str]]:
        """Each value that is not one of the cell, with its definition as a function of e, t and positions."""
        said = self.said
        for node in self.program.nodes:
            if node.out not in said.program.axes:
                if isinstance(node, Contract):
                    text = contraction(node, said, lambda name, at: self.value(name, said.moving, at))
                else:
                    text = expression(node.expr, said, self._moving(node))
                positions = "".join(f" ({position} : nat)" for position in said.positions(node.axes))
                head = f"fun ({said.e} : R) ({said.t} : nat){positions}"
                yield copied(said.words[node.out]), f"{head} => {text}"

    def _operand_at(self, node: Pointwise, moment: Moment, positions: Sequence[str]) -> Callable[[str], str]:
        axes = self.program.axes
        return lambda name: self.value(name, moment, chosen(aligned(axes[name], node.axes), positions))

    def _moving(self, node: Pointwise) -> Leaf:
        """References at step t and any e; what `stop` holds, at the point of the gradient."""
        said = self.said
        positions = said.positions(node.axes)
        rest = settled(said, self._operand_at(node, said.at_rest, positions))
        live = settled(said, self._operand_at(node, said.moving, positions))

        def leaf(part: Expr) -> str | None:
            if isinstance(part, Apply) and part.function == "stop":
                return expression(part, said, rest)
            return live(part)

        return leaf

    def _row(self, node: Node) -> str:
        if isinstance(node, Contract):
            order = index_order(node)
            axis = dict(zip(node.indices, node.axes, strict=True))
            operands = []
            for factor in node.factors:
                axis |= dict(zip(factor.indices, self.program.axes[factor.name], strict=True))
                operands.append(self._operand(factor.name, (index in factor.indices for index in order)))
            body = "(Nodes.Arg 0)"
            for place in range(1, len(node.factors)):
                body = f"(Nodes.Mul {body} (Nodes.Arg {place}))"
            sizes, kept = self.shape(tuple(axis[index] for index in order)), (index in node.indices for index in order)
        else:
            body, operands = _Body(self, node).result()
            sizes, kept = self.shape(node.axes), (True for _ in node.axes)
        number = self._numbers[node.out]
        return f"Nodes.Node {number} {sizes} {_mask(kept)} {listed(operands)} {body}"

    def _operand(self, name: str, mask: Iterable[bool]) -> str:
        old = {state.old: state.new for state in self.program.states}
        if name in self.weights:
            kind, number = "Nodes.Weight", self.weights.index(name)
        elif name in old:
            kind, number = "Nodes.Before", self._numbers[old[name]]
        else:
            kind, number = "Nodes.Now", self._numbers[name]
        return f"Nodes.Operand {kind} {number} {_mask(mask)}"

    def recorded(self, expr: Expr, node: Pointwise) -> str:
        """The operand for what a barrier in a node records: the value at the point of the gradient."""

        def read(positions: Sequence[str], moment: Moment) -> str:
            at = self._operand_at(node, self.said.recorded(moment), positions)
            return expression(expr, self.said, settled(self.said, at))

        name = f"{node.out} recorded {len(self.held)}"
        self.held.append(Held(name, node.axes, read))
        self._number(name)
        return self._operand(name, (True for _ in node.axes))


@dataclass
class _Body:
    """The scalar expression of a pointwise node under construction, with its operands."""

    embedding: Embedding
    node: Pointwise
    operands: list[str] = field(default_factory=list)

    def result(self) -> tuple[str, list[str]]:
        return self._formula(self.node.expr), self.operands

    def _formula(self, expr: Expr) -> str:
        match expr:
            case Ref(name):
                mask = aligned(self.embedding.program.axes[name], self.node.axes)
                return self._argument(self.embedding._operand(name, mask))
            case _ if constant(expr):
                return f"(Nodes.Cst {self._number(expr)})"
            case Apply("stop", (a,)):
                return self._argument(self.embedding.recorded(a, self.node))
            case Apply("cut", (a,)):
                return self._formula(a)
            case Apply("div", (a, b)) if constant(b):
                return f"(Nodes.Mul {self._formula(a)} (Nodes.Cst (/ {self._number(b)})))"
            case Apply(function, arguments):
                return self._applied(function, arguments)
        raise AssertionError(expr)

    def _applied(self, function: str, arguments: tuple[Expr, ...]) -> str:
        if function == "pow":
            assert isinstance(arguments[1], Number)
            return f"(Nodes.Row_of (Functions.power_row {arguments[1].value}) {self._formula(arguments[0])})"
        parts = [self._formula(argument) for argument in arguments]
        match function, parts:
            case "maximum", [a, b]:
                return f"(Nodes.Add {a} (Nodes.Row_of Functions.relu_row (Nodes.Sub {b} {a})))"
            case "minimum", [a, b]:
                return f"(Nodes.Sub {a} (Nodes.Row_of Functions.relu_row (Nodes.Sub {a} {b})))"
            case "neg", [a]:
                return f"(Nodes.Neg {a})"
        if function in _CONSTRUCTORS:
            return f"(Nodes.{_CONSTRUCTORS[function]} {' '.join(parts)})"
        if function in _ROWS:
            return f"(Nodes.Row_of Functions.{function}_row {parts[0]})"
        raise Unspoken(f"{function} has no row in the theories")

    def _number(self, expr: Expr) -> str:
        """An expression that reads nothing."""
        return expression(expr, self.embedding.said, lambda _: None)

    def _argument(self, operand: str) -> str:
        """A place of its own wherever a value is read, as the adjoint has a term for each."""
        self.operands.append(operand)
        return f"(Nodes.Arg {len(self.operands) - 1})"


def copied(word: str) -> str:
    """The proof's name for a copy.

    >>> copied("r_h_copy")
    "r_h_copy'run"
    """
    return f"{word}'run"


def listed(parts: Iterable[str]) -> str:
    """A list in Coq's notation.

    >>> listed(["1", "2"])
    '[1; 2]'
    """
    return f"[{'; '.join(parts)}]"


def _mask(flags: Iterable[bool]) -> str:
    return listed("Datatypes.true" if flag else "Datatypes.false" for flag in flags)


def table(head: str, rows: Mapping[int, str], default: str) -> str:
    """A function of a number, by cases.

    >>> table("fun n'row : nat", {0: "a"}, "0")
    "fun n'row : nat => match n'row with 0 => a | _ => 0 end"
    """
    cases = "".join(f"{number} => {row} | " for number, row in rows.items())
    return f"{head} => match n'row with {cases}_ => {default} end"
