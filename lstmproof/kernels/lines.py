"""Which line of an emitted module gives which value, so that a derivation can point at the code that it became."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lstmproof.kernels.layout import Call, EinsumCall, ProductCall
from lstmproof.program.nodes import Program

_MARK = "\0"
"""Parts a line of source from what it gives; no source holds it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an emitted module, counted from 1."""

    number: int
    whole: bool
    """Whether what it gives is the value itself; false where the value was merged into what this line computes."""


def outs(call: Call) -> tuple[str, ...]:
    """The values that a call gives."""
    match call:
        case ProductCall():
            return tuple(affine.out for affine in call.blocks)
        case EinsumCall():
            return (call.instruction.out,)
        case _:
            return call.outs


def marked(line: str, values: Iterable[str]) -> str:
    """A line of source that says what it gives, until `unmarked` takes that off."""
    return _MARK.join((line, *values))


def unmarked(source: str) -> tuple[str, dict[str, tuple[int, ...]]]:
    r"""The source proper, and by value the numbers of the lines that give it.

    >>> unmarked("a\nb\0x\0y\nc\0x")
    ('a\nb\nc', {'x': (2, 3), 'y': (2,)})
    """
    places: dict[str, tuple[int, ...]] = {}
    lines = []
    for number, line in enumerate(source.split("\n"), start=1):
        text, *values = line.split(_MARK)
        lines.append(text)
        for value in values:
            places[value] = (*places.get(value, ()), number)
    return "\n".join(lines), places


def result(label: str) -> str:
    """What stands, as a value, for the gradient of that label among those that `backward` returns."""
    return f"gradient of {label}"


def located(
    adjoint: Program, read: Program, same: Mapping[str, str], places: Mapping[str, tuple[int, ...]]
) -> dict[str, Line]:
    """The line of every value of `adjoint` that is computed, and of each result.

    Args:
        adjoint: the backward Program that was planned.
        read: the same once equal values are one, before any is merged into its readers.
        same: for names that are gone from `read`, the one that stands for them.
        places: by value of the plan, the lines that give it.
    """
    readers: dict[str, list[str]] = {}
    for node in read.nodes:
        for name in node.operands:
            readers.setdefault(name, []).append(node.out)
    for output in (*read.totals, *read.outputs):
        readers.setdefault(output.value, []).append(result(output.label))
    found = {name: Line(numbers[-1], True) for name, numbers in places.items() if name.startswith(result(""))}
    for node in adjoint.nodes:
        line = _line(same.get(node.out, node.out), readers, places)
        if line is not None:
            found[node.out] = line
    return found


def _line(name: str, readers: Mapping[str, list[str]], places: Mapping[str, tuple[int, ...]]) -> Line | None:
    """The last line that gives the value, or else the nearest one that gives what reads it."""
    if name in places:
        return Line(places[name][-1], True)
    seen, pending = {name}, list(readers.get(name, ()))
    while pending:
        each = pending.pop(0)
        if each in places:
            return Line(places[each][-1], False)
        if each not in seen:
            seen.add(each)
            pending += readers.get(each, ())
    return None
