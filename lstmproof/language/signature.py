"""The arguments of a cell: which are inputs, states, parameters and constants, and what they may be called."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain

from lstmproof.language.axes import UNWRITTEN
from lstmproof.language.errors import SourceText, listed, spelled
from lstmproof.language.forms import annotated_axes, number, returned
from lstmproof.language.grammar import body_of
from lstmproof.program.nodes import Axes


@dataclass(frozen=True)
class Argument:
    """One argument: its node, its annotated axes or None, and a constant's default."""

    name: str
    node: ast.arg
    axes: Axes | None
    default: Fraction | None = None


@dataclass(frozen=True)
class Signature:
    """The arguments of a cell by kind, each in the author's order, and the names it returns."""

    inputs: tuple[Argument, ...]
    states: tuple[Argument, ...]
    parameters: tuple[Argument, ...]
    constants: tuple[Argument, ...]
    returned: tuple[str, ...]

    def __iter__(self) -> Iterator[Argument]:
        return chain(self.inputs, self.states, self.parameters, self.constants)

    @property
    def kinds(self) -> Mapping[str, str]:
        """What each argument is, in words for messages."""
        groups = (
            ("an input", self.inputs),
            ("a state", self.states),
            ("a parameter", self.parameters),
            ("a constant", self.constants),
        )
        return {argument.name: kind for kind, group in groups for argument in group}


def read_signature(source: SourceText, function: ast.FunctionDef, words: Iterable[str]) -> Signature:
    """The signature of a cell whose form is already checked; `words` are names of functions.

    Raises:
        DerivationError: a name that is taken, twice there or misleading; a state before an input; no state; a
            default that is no number; an annotation that is no axes; a returned name that cannot be one.
    """
    arguments = function.args
    for node in (*arguments.args, *arguments.kwonlyargs):
        check_name(source, node, node.arg, words)
    names = returned(source, function.body[-1])
    _all_different(source, [(node.arg, node) for node in (*arguments.args, *arguments.kwonlyargs)], "argument")
    _all_different(source, [(name.id, name) for name in names], "returned name")
    labels = tuple(name.id for name in names)
    positional = [_argument(source, node, None) for node in arguments.args]
    keyword = [_argument(source, *pair) for pair in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    states = tuple(argument for argument in positional if argument.name in labels)
    inputs = tuple(argument for argument in positional if argument.name not in labels)
    if not states:
        fix = "name the state as a positional argument, assign it, and return it"
        found = f"positional arguments {listed(a.name for a in positional)}; returned {listed(labels)}"
        raise source.error(names[0], "a cell without a state", found, "at least one positional argument returned", fix)
    if not inputs:
        found = f"positional arguments {listed(a.name for a in positional)}, all of them states"
        fix = "add an input before the states: its length in time is that of the sequence"
        raise source.error(states[0].node, "a cell without an input", found, "an input before the states", fix)
    _inputs_first(source, positional, states)
    _no_axis_of_time(source, inputs[1:])
    parameters = tuple(argument for argument in keyword if argument.default is None)
    constants = tuple(argument for argument in keyword if argument.default is not None)
    signature = Signature(inputs, states, parameters, constants, labels)
    _check_initial_names(source, function, signature)
    _check_returned(source, names, signature)
    return signature


def check_name(source: SourceText, node: ast.AST, name: str, words: Iterable[str]) -> None:
    """Refuse a name that is a function's, or one of Python's own."""
    if name in words:
        found = f"'{name}', a function of the language or of this file"
        raise source.error(
            node, f"the name '{name}' is taken", found, "a name of its own", f"rename it, for example '{name}_'"
        )
    if name.startswith("__"):
        raise source.error(
            node, f"the name '{name}' is Python's", f"'{name}'", "a name without two leading underscores", "rename it"
        )


def _all_different(source: SourceText, names: list[tuple[str, ast.arg | ast.Name]], what: str) -> None:
    seen: set[str] = set()
    for name, node in names:
        if name in seen:
            raise source.error(
                node, f"{what} '{name}' appears twice", f"'{name}' again", "each name once", "remove or rename one"
            )
        seen.add(name)


def _argument(source: SourceText, node: ast.arg, default: ast.expr | None) -> Argument:
    axes = annotated_axes(source, node.annotation) if node.annotation is not None else None
    return Argument(node.arg, node, axes, _default(source, default) if default is not None else None)


def _default(source: SourceText, node: ast.expr) -> Fraction:
    match node:
        case ast.Constant(value) if type(value) in (int, float):
            return number(source, node)
        case ast.UnaryOp(ast.USub(), ast.Constant(value) as literal) if type(value) in (int, float):
            return -number(source, literal)
        case _:
            expected = "a literal number, as in beta=1.0"
            fix = "write the number out; nothing in a derivation file is executed"
            raise source.error(node, "a default that is not a number", spelled(node), expected, fix)


def _inputs_first(source: SourceText, positional: list[Argument], states: tuple[Argument, ...]) -> None:
    first = positional.index(states[0])
    for argument in positional[first:]:
        if argument not in states:
            found = f"'{argument.name}', which is not returned, after the state '{states[0].name}'"
            expected = "inputs first, then states (a state is a positional argument that is returned)"
            fix = f"return '{argument.name}' if it is a state, else move it before '{states[0].name}'"
            raise source.error(argument.node, "an input after a state", found, expected, fix)


def _no_axis_of_time(source: SourceText, inputs: Iterable[Argument]) -> None:
    """An input but the first has an axis of its own name, unless annotated, and no axis is called time or batch."""
    for argument in inputs:
        if argument.axes is None and argument.name in UNWRITTEN:
            found = f"'{argument.name}', an input without axes, which would be named after it"
            expected = "axes of one step and one row"
            fix = f'write its axes: {argument.name}: "other"; or rename it'
            raise source.error(argument.node, f"the axis '{argument.name}' is never written", found, expected, fix)


def _check_initial_names(source: SourceText, function: ast.FunctionDef, signature: Signature) -> None:
    """`<state>0` is the initial state's name in claims and gradients: nothing else bears it."""
    initial = {f"{state.name}0": state.name for state in signature.states}
    bound: list[tuple[str, ast.AST]] = [(argument.name, argument.node) for argument in signature]
    for statement in body_of(function):
        match statement:
            case ast.Assign([ast.Name(name) as target]) | ast.AnnAssign(ast.Name(name) as target):
                bound.append((name, target))
    for name, node in bound:
        if name in initial:
            found = f"'{name}', the name of the initial value of the state '{initial[name]}'"
            raise source.error(node, f"the name '{name}' is taken", found, "a name of its own", "rename it")


def _check_returned(source: SourceText, names: list[ast.Name], signature: Signature) -> None:
    kept = signature.kinds
    for name in names:
        if kept.get(name.id) in ("a parameter", "a constant"):
            found = f"'{name.id}', {kept[name.id]}"
            raise source.error(
                name,
                "a returned argument that is no state",
                found,
                "states and values that the cell computes",
                "remove it",
            )
