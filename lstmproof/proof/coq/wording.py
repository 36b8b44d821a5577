"""How the gradient theorem of a cell is worded: identifiers, arrays at a step and a position, scalar expressions.

What moves does so with one real number e; `e0` is where the gradient is taken. A value v of the cell at step t is
`v e t i1 i2`, a weight `W e i1 i2`, a constant `beta i1`, a value of the adjoint `v_bar t i1`. Names with a prime are
the theorem's own: `W'` is a velocity, `h'seed` a cotangent of an output, `h'next` what a step hands to the one before,
`W'grad` a gradient, `v'tape` what a tape holds. In the cut system a value that old states reach is `v e e t i1`: the
second number is that at which old states are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from lstmproof.program.expr import Apply, Expr, Number, Ref, Size
from lstmproof.program.nodes import Axes, Contract, Node, Program
from lstmproof.program.passes import needed
from lstmproof.proof.coq.spelling import FUNCTIONS, Unspoken, identifiers, rational

AUXILIARY = {"sign": "sign", "step": "step"}
"""Functions that derivatives hold and cells do not."""

_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


@dataclass(frozen=True, slots=True)
class Moment:
    """Where values are read: which e, how the step itself and the step before it are written, and e of old states."""

    e: str
    now: str
    before: str
    old: str


@dataclass(frozen=True)
class Wording:
    """The words of one theorem: those of a cell's Program and of the Program that is said to be its adjoint."""

    program: Program
    run: Program
    """The Program that `derived` is said to be the adjoint of: the cell's own, or that of its truncated flow."""
    derived: Program
    truncated: bool
    """Whether the theorem is about the cut system."""
    twofold: frozenset[str]
    """Values of the cut system that old states reach past net inputs."""
    words: Mapping[str, str]
    sizes: Mapping[str, str]
    e: str
    point: str
    """The value of e at which the gradient is taken."""
    t: str
    steps: str
    """The number of steps."""
    suffix: str
    """What tells positions from the author's names, if one of them looks like a position."""

    @property
    def at_rest(self) -> Moment:
        """Step t at the point of the gradient."""
        return Moment(self.point, self.t, f"(pred {self.t})", self.point)

    @property
    def moving(self) -> Moment:
        """Step t at any e."""
        return Moment(self.e, self.t, f"(pred {self.t})", self.e)

    @property
    def next_moving(self) -> Moment:
        """Step t + 1 at any e."""
        return Moment(self.e, f"(S {self.t})", self.t, self.e)

    @property
    def next_at_rest(self) -> Moment:
        """Step t + 1 at the point of the gradient."""
        return self.recorded(self.next_moving)

    def recorded(self, moment: Moment) -> Moment:
        """The same step at the point of the gradient."""
        return replace(moment, e=self.point, old=self.point)

    @cached_property
    def taped(self) -> Mapping[str, Node]:
        """Nodes that the adjoint reads and the run computes otherwise than the cell, states aside."""
        states = {state.new for state in self.program.states}
        kept = needed(self.run.nodes, (source.label for source in self.derived.tape))
        own = self.program.node
        return {node.out: node for node in kept if node.out not in states and own.get(node.out) != node}

    def value(self, name: str, moment: Moment, positions: Iterable[str]) -> str:
        """What the Program calls `name`, at a moment and some positions."""
        old = {state.old: state.new for state in self.program.states}
        if any(source.name == name for source in self.program.parameters):
            return applied(self.words[name], moment.e, *positions)
        if any(constant.name == name for constant in self.program.constants):
            return applied(self.words[name], *positions)
        if name in old:
            return applied(self.words[old[name]], moment.old, moment.before, *positions)
        if name in self.twofold:
            return applied(self.words[name], moment.e, moment.old, moment.now, *positions)
        return applied(self.words[name], moment.e, moment.now, *positions)

    def operand(self, name: str, axes: Axes, moment: Moment) -> str:
        """The same as an operand of a pointwise node with these axes, at i1, i2, ...: at the positions that it has."""
        return self.value(name, moment, chosen(aligned(self.axes_of(name), axes), self.positions(axes)))

    def axes_of(self, name: str) -> Axes:
        """Axes of a value of the cell, of its run or of its adjoint."""
        return next(each.axes[name] for each in (self.program, self.run, self.derived) if name in each.axes)

    def positions(self, axes: Axes, first: int = 1) -> tuple[str, ...]:
        """Variables for the positions along some axes."""
        return tuple(f"i{place}{self.suffix}" for place in range(first, first + len(axes)))

    def below(self, axes: Axes, positions: Sequence[str]) -> str:
        """The premises that positions are within the axes."""
        pairs = zip(positions, axes, strict=True)
        return "".join(f"({position} < {self.sizes[axis]})%nat -> " for position, axis in pairs)

    def everywhere(self, names: Sequence[str], axes: Axes, what: str, steps: bool = False) -> str:
        """`what` at all positions along the axes, for all further names, and at every step if one of them is t."""
        positions = self.positions(axes)
        bound = " ".join((*names, *positions))
        step = f"({self.t} < {self.steps})%nat -> " if steps else ""
        return f"forall {bound}, {step}{self.below(axes, positions)}{what}" if bound else what

    def summed(self, axes: Axes, positions: Sequence[str], what: str) -> str:
        """`what` summed over positions along the axes, the last one innermost."""
        for position, axis in reversed(list(zip(positions, axes, strict=True))):
            what = f"sum_over {self.sizes[axis]} (fun {position} => {what})"
        return what


def wording(
    program: Program, derived: Program, cut: Program | None = None, twofold: frozenset[str] = frozenset()
) -> Wording:
    """Words for a cell and its adjoint that hide no name of the libraries, and none another.

    For the truncated flow, `cut` is the Program whose adjoint is meant, and `twofold` as in `Wording`.

    Raises:
        Unspoken: the cell's form is outside what the theorem covers.
    """
    run = program if cut is None else cut
    new = [state.new for state in program.states]
    if not set(new) <= set(program.node) or len(set(new)) < len(new):
        raise Unspoken("a state whose new value is not computed by a node of its own")
    observed = [output.value for output in program.outputs]
    if program.totals or program.tape or not set(observed) <= set(program.node) or len(set(observed)) < len(observed):
        raise Unspoken("an output that is not computed by a node of its own")
    own = [node.out for node in derived.nodes]
    if set(own) & {*program.axes, *run.axes}:
        raise Unspoken("a value of the adjoint that is named as one of the cell")
    axes = [f"size {axis}" for axis in program.axis_names]
    words = identifiers([*program.axes, *run.axes, *own, *axes])
    sizes = {axis: words[f"size {axis}"] for axis in program.axis_names}
    e, point, t, steps = (fresh(name, words.values()) for name in ("e", "e0", "t", "T"))
    suffix = "'var" if any(re.fullmatch(r"i\d+", word) for word in words.values()) else ""
    return Wording(program, run, derived, cut is not None, twofold, words, sizes, e, point, t, steps, suffix)


def fresh(name: str, taken: Iterable[str]) -> str:
    """A variable of the theorem's own, spelled so that it is neither an author's nor a velocity."""
    return f"{name}'var" if name in set(taken) else name


def applied(function: str, *arguments: str) -> str:
    """`(f a b)`; without arguments, `f`.

    >>> applied("h", "e", "(S t)"), applied("beta")
    ('(h e (S t))', 'beta')
    """
    return f"({' '.join((function, *arguments))})" if arguments else function


Leaf = Callable[[Expr], str | None]
"""How a part of an expression is written that is not written part by part; None for the rest."""


def expression(expr: Expr, said: Wording, leaf: Leaf) -> str:
    """An expression in Coq's language; references and barriers are the leaf's to write.

    Raises:
        Unspoken: an operation that Coq's theories have no row for.
    """
    written = leaf(expr)
    if written is not None:
        return written

    def inner(part: Expr) -> str:
        return expression(part, said, leaf)

    match expr:
        case Number(value):
            return rational(value)
        case Size(axis):
            return f"(INR {said.sizes[axis]})"
        case Apply("add" | "sub" | "mul" | "div" as operator, (a, b)):
            return f"({inner(a)} {_SIGNS[operator]} {inner(b)})"
        case Apply("neg", (a,)):
            return f"(- {inner(a)})"
        case Apply("pow", (a, Number(exponent))):
            return f"({inner(a)} ^ {exponent})"
        case Apply(function, arguments) if function in FUNCTIONS or function in AUXILIARY:
            name = FUNCTIONS.get(function) or AUXILIARY[function]
            return applied(name, *(inner(each) for each in arguments))
        case Apply(function, _):
            raise Unspoken(f"{function} has no row in the theories")
    raise AssertionError(expr)


def settled(said: Wording, read: Callable[[str], str]) -> Leaf:
    """References as `read` writes them, where nothing moves: barriers are what they hold."""

    def leaf(part: Expr) -> str | None:
        match part:
            case Ref(name):
                return read(name)
            case Apply("stop" | "cut", (held,)):
                return expression(held, said, leaf)
        return None

    return leaf


def contraction(node: Contract, said: Wording, read: Callable[[str, tuple[str, ...]], str]) -> str:
    """A sum over the inner indices of a product; inner positions are numbered on from the outer ones."""
    outer = said.positions(node.axes)
    inner = tuple(index for index in index_order(node) if index not in node.indices)
    place = dict(zip(node.indices, outer, strict=True))
    place |= dict(zip(inner, said.positions(inner, len(outer) + 1), strict=True))
    axis: dict[str, str] = {}
    for factor in node.factors:
        axis |= dict(zip(factor.indices, said.axes_of(factor.name), strict=True))
    product = " * ".join(read(factor.name, tuple(place[index] for index in factor.indices)) for factor in node.factors)
    return said.summed(tuple(axis[index] for index in inner), [place[index] for index in inner], product)


def aligned(operand: Axes, axes: Axes) -> tuple[bool, ...]:
    """For each axis of a pointwise node, whether an operand has it."""
    if operand == axes:
        return (True,) * len(axes)
    return tuple(axis in operand for axis in axes)


def chosen(mask: Iterable[bool], positions: Iterable[str]) -> tuple[str, ...]:
    """The positions that a mask keeps."""
    return tuple(position for kept, position in zip(mask, positions, strict=True) if kept)


def index_order(node: Contract) -> tuple[str, ...]:
    """All indices of a contraction in one order that suits its result and every factor.

    Raises:
        Unspoken: there is none, as for a matrix beside its transpose.
    """
    after: dict[str, set[str]] = {}
    for indices in (node.indices, *(factor.indices for factor in node.factors)):
        for place, index in enumerate(indices):
            after.setdefault(index, set()).update(indices[:place])
    try:
        return tuple(TopologicalSorter(after).static_order())
    except CycleError:
        raise Unspoken(f"the indices of {node.out} have no common order") from None
