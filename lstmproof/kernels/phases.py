"""What runs when: which values are fixed, which can run for all steps at once, and which need the loop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum

from lstmproof.program.nodes import Program
from lstmproof.program.passes import needed


class Phase(IntEnum):
    """When a value is computed."""

    FIXED = 0
    """Once: it depends on parameters and constants alone."""
    BEFORE = 1
    """For all steps at once, before the loop: it depends on no state."""
    LOOP = 2
    """Step by step: it depends on a state, and a later step depends on it."""
    AFTER = 3
    """For all steps at once, after the loop."""


def phases(program: Program) -> Mapping[str, Phase]:
    """The phase of every name that `program` binds; what it hands out is never only fixed, as each step has it."""
    phase = {source.name: Phase.FIXED for source in program.fixed}
    phase |= {source.name: Phase.BEFORE for source in (*program.inputs, *program.tape)}
    phase |= {state.old: Phase.LOOP for state in program.states}
    recurrent = {node.out for node in needed(program.nodes, (state.new for state in program.states))}
    leaving = {output.value for output in program.outputs} | {state.new for state in program.states}
    for node in program.nodes:
        latest = latest_of(phase, node.operands)
        if latest == Phase.LOOP and node.out not in recurrent:
            latest = Phase.AFTER
        if latest == Phase.FIXED and node.out in leaving:
            latest = Phase.BEFORE
        phase[node.out] = latest
    return phase


def latest_of(phase: Mapping[str, Phase], names: Iterable[str]) -> Phase:
    """The latest phase of the named values; nothing at all is fixed."""
    return max((phase[name] for name in names), default=Phase.FIXED)
