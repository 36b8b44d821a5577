"""One unit of a cell run in balls, at parameters that are given and otherwise 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from flint import arb

from lstmproof.language.definition import Definition
from lstmproof.readings.dual import Dual, dual
from lstmproof.readings.flow import Arguments, unroll
from lstmproof.readings.named import NamedArray
from lstmproof.refute.arithmetic import Balls, objects

Given = Fraction | int | Callable[[], arb]
"""An exact number, or how to enclose one at the precision in force."""


@dataclass(frozen=True)
class Setting:
    """What is not 0: parameters, initial states, the input of every step; all sizes are 1."""

    parameters: Mapping[str, Given] = field(default_factory=dict)
    initial: Mapping[str, Given] = field(default_factory=dict)
    inputs: Mapping[str, Given] = field(default_factory=dict)


def trajectory(definition: Definition, setting: Setting, steps: int, state: str) -> list[arb]:
    """The values of one state at t = 0, 1, ..., `steps`."""
    watched = _watched(definition, setting, steps, None)
    return [_ball(setting.initial.get(state, 0)), *(_entry(values[state]).value for values in watched)]


def error_factors(definition: Definition, setting: Setting, steps: int, state: str) -> list[arb]:
    """ds(q)/ds(0) in the full flow for q = 0, 1, ..., `steps`, the other states at t = 0 fixed."""
    watched = _watched(definition, setting, steps, state)
    slopes = [_entry(values[state]).slope for values in watched]
    return [arb(1), *(arb(0) if slope is None else slope[0, 0] for slope in slopes)]


def _watched(definition: Definition, setting: Setting, steps: int, seeded: str | None) -> list[dict[str, NamedArray]]:
    """Every assigned name at every step."""
    arithmetic = Balls()
    initial = {name: _unit(setting.initial.get(name, 0), axes) for name, axes in definition.states.items()}
    if seeded is not None:
        initial[seeded] = arithmetic.seeded(initial[seeded])
    arguments = Arguments(
        inputs={name: [_unit(setting.inputs.get(name, 0), axes)] * steps for name, axes in definition.inputs.items()},
        initial=initial,
        parameters={name: _unit(setting.parameters.get(name, 0), a) for name, a in definition.parameters.items()},
        constants={name: _unit(each.default, each.axes) for name, each in definition.constants.items()},
    )
    watched: list[dict[str, NamedArray]] = []
    unroll(definition, arguments, steps, arithmetic.algebra, "full", watched)
    return watched


def _ball(given: Given) -> arb:
    return given() if callable(given) else dual(Fraction(given)).value


def _unit(given: Given, axes: tuple[str, ...]) -> NamedArray:
    return objects([Dual(_ball(given))], (1,) * len(axes), axes)


def _entry(array: NamedArray) -> Dual:
    (entry,) = array.data.flat
    assert isinstance(entry, Dual)
    return entry
