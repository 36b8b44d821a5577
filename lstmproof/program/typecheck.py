"""The typechecker: every pass over a Program ends with `checked`, which raises on the first thing amiss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from lstmproof.program.expr import BARRIERS, OPERATORS, Apply, Expr, Number, Size, walk
from lstmproof.program.nodes import Axes, Contract, Pointwise, Program


class ProgramError(ValueError):
    """A Program that is not well formed: a fault of the pass that built it, never of its user."""


def checked(program: Program) -> Program:
    """Return `program` if it is well formed.

    Raises:
        ProgramError: a name bound twice or read before it is bound, axes that do not agree, an output or a new
            state that no node or source binds, a wrong number of arguments.
    """
    axes: dict[str, Axes] = {}
    for name, shape in _sources(program):
        _bind(axes, name, shape)
    for node in program.nodes:
        for operand in node.operands:
            if operand not in axes:
                raise ProgramError(f"{program.name}: {node.out} reads {operand}, which is not bound before it")
        if isinstance(node, Contract):
            _check_contract(node, axes)
        else:
            _check_pointwise(node, axes)
        _bind(axes, node.out, node.axes)
    for state in program.states:
        if axes.get(state.new) != state.axes:
            found = axes.get(state.new)
            raise ProgramError(f"{program.name}: state {state.label} has axes {state.axes}, its new value {found}")
    for output in (*program.outputs, *program.totals):
        if output.value not in axes:
            raise ProgramError(f"{program.name}: output {output.label} is {output.value}, which nothing binds")
    for group in (program.outputs, program.totals):
        _all_different(program, "output label", (output.label for output in group))
    for what, sources in (("input", program.inputs), ("tape entry", program.tape), ("parameter", program.parameters)):
        _all_different(program, what, (source.label for source in sources))
    _all_different(program, "state", (state.label for state in program.states))
    return program


def _sources(program: Program) -> Iterable[tuple[str, Axes]]:
    for source in program.given:
        yield source.name, source.axes
    for state in program.states:
        yield state.old, state.axes


def _bind(axes: dict[str, Axes], name: str, shape: Axes) -> None:
    if name in axes:
        raise ProgramError(f"{name} is bound twice")
    axes[name] = shape


def _all_different(program: Program, what: str, labels: Iterable[str]) -> None:
    for label, count in Counter(labels).items():
        if count > 1:
            raise ProgramError(f"{program.name}: {what} {label} appears {count} times")


def _check_pointwise(node: Pointwise, axes: dict[str, Axes]) -> None:
    for part in walk(node.expr):
        _check_part(node, part)
    for name in node.operands:
        if not aligns(axes[name], node.axes):
            raise ProgramError(f"{node.out}: operand {name} with axes {axes[name]} does not align with {node.axes}")


def _check_part(node: Pointwise, part: Expr) -> None:
    match part:
        case Apply("pow", (_, exponent)) if not (isinstance(exponent, Number) and exponent.value.denominator == 1):
            raise ProgramError(f"{node.out}: the exponent of a power is a literal integer")
        case Apply(function, arguments):
            arity = OPERATORS.get(function) or BARRIERS.get(function)
            if arity is not None and len(arguments) != arity:
                raise ProgramError(f"{node.out}: {function} takes {arity} arguments, found {len(arguments)}")
        case Size(axis) if axis == "":
            raise ProgramError(f"{node.out}: an axis without a name")
        case _:
            pass


def aligns(operand: Axes, out: Axes) -> bool:
    """Whether a value with axes `operand` lines up by name with one of axes `out`, in one way only.

    >>> aligns(("block",), ("block", "unit")), aligns(("hidden",), ("hidden", "hidden"))
    (True, False)
    """
    if operand == out:
        return True
    positions = [out.index(axis) if out.count(axis) == 1 else -1 for axis in operand]
    return -1 not in positions and positions == sorted(set(positions))


def _check_contract(node: Contract, axes: dict[str, Axes]) -> None:
    if len(node.indices) != len(node.axes) or len(set(node.indices)) != len(node.indices):
        raise ProgramError(f"{node.out}: indices {node.indices} do not fit axes {node.axes}")
    if not node.factors:
        raise ProgramError(f"{node.out}: a contraction without factors")
    meaning = dict(zip(node.indices, node.axes, strict=True))
    for factor in node.factors:
        shape = axes[factor.name]
        if len(factor.indices) != len(shape) or len(set(factor.indices)) != len(shape):
            raise ProgramError(f"{node.out}: indices {factor.indices} do not fit {factor.name} with axes {shape}")
        for index, axis in zip(factor.indices, shape, strict=True):
            if meaning.setdefault(index, axis) != axis:
                raise ProgramError(f"{node.out}: index {index} runs over {meaning[index]} and over {axis}")
