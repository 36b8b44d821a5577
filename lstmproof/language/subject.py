"""What the arguments of a claim mean: tensors of its cell, initial states, the step, and free real numbers."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from lstmproof.language.claims import Role
from lstmproof.language.definition import Definition
from lstmproof.language.errors import DerivationError, SourceText, listed
from lstmproof.language.scope import Scope
from lstmproof.language.signature import check_name
from lstmproof.program.nodes import Axes

TIME = "t"
"""The step, in claims of a cell."""


@dataclass(frozen=True)
class Subject:
    """Everything that a claim of one cell may name, by role, with its axes; nothing for formulas alone."""

    roles: Mapping[str, Role]
    axes: Mapping[str, Axes]
    definition: Definition | None = None

    @cached_property
    def shortened(self) -> Mapping[str, Sequence[str]]:
        """The tensors by their names, and by these with one letter left out: names one edit apart share a key."""
        table: dict[str, list[str]] = {}
        for name, role in self.roles.items():
            if role != "time":
                for key in _shortened(name):
                    table.setdefault(key, []).append(name)
        return table


def subject_of(definition: Definition | None) -> Subject:
    """The names of a cell as its claims know them."""
    if definition is None:
        return Subject({}, {})
    axes: dict[str, Axes] = {TIME: ()}
    roles: dict[str, Role] = {TIME: "time"}
    for equation in definition.equations:
        axes[equation.target], roles[equation.target] = equation.axes, "value"
    kinds: tuple[tuple[Role, Mapping[str, Axes]], ...] = (
        ("input", definition.inputs),
        ("state", definition.states),
        ("initial", {f"{state}0": shape for state, shape in definition.states.items()}),
        ("parameter", definition.parameters),
        ("constant", {name: constant.axes for name, constant in definition.constants.items()}),
    )
    for role, group in kinds:
        axes |= group
        roles |= dict.fromkeys(group, role)
    return Subject(roles, axes, definition)


def read_arguments(scope: Scope, function: ast.FunctionDef, subject: Subject) -> dict[str, Role]:
    """The role of each argument of a claim, in the author's order.

    Raises:
        DerivationError: a name that is taken or twice there, `t` where the cell has a tensor of that name, a free
            name within one edit of a tensor's.
    """
    roles: dict[str, Role] = {}
    for argument in function.args.args:
        name = argument.arg
        check_name(scope.source, argument, name, scope.taken)
        if name in roles:
            message = f"argument '{name}' appears twice"
            raise scope.source.error(argument, message, f"'{name}' again", "each name once", "rename one")
        if name == TIME and subject.definition is not None and subject.roles[TIME] != "time":
            found = f"'{TIME}', the step in claims, and a tensor of '{subject.definition.name}' too"
            fix = f"rename the tensor in the cell, for example '{TIME}_'"
            raise scope.source.error(argument, f"'{TIME}' has two meanings", found, "one meaning for each name", fix)
        role = subject.roles.get(name, "free")
        if role == "free":
            _check_free(scope.source, argument, subject)
        roles[name] = role
    return roles


def _check_free(source: SourceText, argument: ast.arg, subject: Subject) -> None:
    """A free name is no misspelling: at least two edits from every tensor of the cell."""
    name, cell = argument.arg, subject.definition
    candidates = dict.fromkeys(tensor for key in _shortened(name) for tensor in subject.shortened.get(key, ()))
    near = [tensor for tensor in candidates if one_edit_apart(name, tensor)]
    if near and cell is not None:
        raise _misspelt(source, argument, near, cell)


def _misspelt(source: SourceText, argument: ast.arg, near: list[str], cell: Definition) -> DerivationError:
    name = argument.arg
    expected = "a tensor of the cell, or a free name at least two edits from every tensor's"
    if len(name) == 1 and name.lower() not in {one.lower() for one in near}:
        found = f"'{name}', no tensor of '{cell.name}' and as short as {listed(near[:4])}"
        fix = f"name the tensor that is meant; a free real takes a longer name, for example 'any_{name}'"
        return source.error(argument, f"'{name}' is too short for a free real", found, expected, fix)
    found = f"'{name}', no tensor of '{cell.name}' but within one edit of {listed(near[:4])}"
    best = min(near, key=lambda one: (one.lower() != name.lower(), len(one) != len(name)))
    fix = f"did you mean '{best}'? A free real takes a name of its own, for example 'any_{name}'"
    return source.error(argument, f"'{name}' looks like a misspelling", found, expected, fix)


def _shortened(name: str) -> set[str]:
    return {name, *(name[:place] + name[place + 1 :] for place in range(len(name)))}


def one_edit_apart(one: str, other: str) -> bool:
    """Whether one insertion, deletion, substitution or swap of neighbours makes one name the other.

    >>> [one_edit_apart("beta", other) for other in ("bta", "betta", "bets", "beat", "beta", "bat")]
    [True, True, True, True, False, False]
    """
    shorter, longer = sorted((one, other), key=len)
    start = 0
    while start < len(shorter) and shorter[start] == longer[start]:
        start += 1
    rest, longer_rest = shorter[start:], longer[start:]
    if len(longer) - len(shorter) == 1:
        return rest == longer_rest[1:]
    swapped = rest[:2][::-1] + rest[2:] == longer_rest
    return one != other and len(one) == len(other) and (rest[1:] == longer_rest[1:] or swapped)
