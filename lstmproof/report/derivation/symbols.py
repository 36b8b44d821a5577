"""Symbols, axes and shapes."""

from __future__ import annotations

from collections.abc import Iterator

from lstmproof.document.blocks import Code, Line, Math, Paragraph, Section, Table
from lstmproof.report.derivation.words import axes_of, shape, symbol
from lstmproof.study.study import Anatomy

_HEAD = ("Symbol", "Name", "What it is", "Axes", "Shape in the kernel")


def symbols_section(anatomy: Anatomy) -> Section:
    """Every symbol of the equations."""
    table = Table(tuple((word,) for word in _HEAD), tuple(_rows(anatomy)), "Symbols, axes and shapes")
    return Section("Symbols and shapes", "symbols", (Paragraph((_HOW,)), table))


_HOW = (
    "Time and batch are never written in an equation: each row of a batch is a run of its own. Kernels take time "
    "first, then the batch, then the axes below, which may have any sizes."
)


def _rows(anatomy: Anatomy) -> Iterator[tuple[Line, ...]]:
    definition, axes = anatomy.definition, anatomy.programs.full.axes
    for name, own in definition.inputs.items():
        yield _row(symbol(name, "t"), name, "input", own, ("time", "batch"))
    for name, own in definition.states.items():
        yield _row(symbol(name, "t"), name, "state", own, ("time", "batch"))
        yield _row(symbol(name, "0"), f"{name}0", "initial state", own, ("batch",))
    for name in dict.fromkeys(each.target for each in definition.equations):
        if name in axes and name not in definition.states:
            yield _row(symbol(name, "t"), name, "value of a step", axes[name], None)
    for name, own in definition.parameters.items():
        yield _row(symbol(name), name, _parameter(own), own, ())
    for name, constant in definition.constants.items():
        yield _row(symbol(name), name, "constant", constant.axes, ())


def _parameter(axes: tuple[str, ...]) -> str:
    return {0: "parameter", 1: "parameter, a vector", 2: "parameter, a matrix"}.get(len(axes), "parameter")


def _row(
    spelled: Math, name: str, what: str, axes: tuple[str, ...], before: tuple[str, ...] | None
) -> tuple[Line, ...]:
    kept: Line = (Code(shape(*before, *axes)),) if before is not None else ("kept inside",)
    return ((spelled,), (Code(name),), (what,), (axes_of(axes),), kept)
