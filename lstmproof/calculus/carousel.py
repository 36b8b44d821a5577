"""The constant error carousel: what one step, or several, make of an error that stays inside a state.

Hochreiter & Schmidhuber (1997), section 4: inside a memory cell ds(t)/ds(t-1) = 1, so that errors neither grow nor
fade. With a forget gate the factor is its activation (Gers, Schmidhuber & Cummins 2000, section 3).
"""

from __future__ import annotations

import re

from lstmproof.calculus.elementwise import slope_of, slopes
from lstmproof.calculus.truncate import truncate
from lstmproof.program.build import mul, total
from lstmproof.program.expr import ONE, ZERO, Expr, Ref, substitute
from lstmproof.program.nodes import Program, State


def carousel(program: Program, state: str, lag: int = 1) -> Expr:
    """ds(t)/ds(t-lag) in the truncated flow, unit by unit, the other states fixed at t-lag.

    Paths through other states are included; values of earlier steps appear as `f[t-1]`, `f[t-2]`, ... At `lag` = 1
    it is 1 in the 1997 cell, f with a forget gate, z in the GRU, 0 in a plain recurrent network.

    Raises:
        NotElementwise: the derivative mixes units.
        KeyError: no such state.
        ValueError: `lag` is below 1.
    """
    if lag < 1:
        raise ValueError(f"a lag is at least 1, found {lag}")
    cut = truncate(program)
    states = {each.label: each for each in cut.states}
    if state not in states:
        raise KeyError(f"{program.name} has no state {state}; its states are {', '.join(states)}")
    fixed = {source.name for source in cut.fixed}
    error: dict[str, Expr] = {state: ONE}
    for shift in range(lag):
        last = shift == lag - 1
        olds = [state] if last else list(states)
        error = {old: _arriving(cut, states, old, error, shift, fixed) for old in olds}
    return error[state]


def _arriving(
    cut: Program, states: dict[str, State], old: str, error: dict[str, Expr], shift: int, fixed: set[str]
) -> Expr:
    """The error at the old value of a state, given the errors at the new values of all, `shift` steps before t."""
    slope = slopes(cut, states[old].old)
    return total(
        mul(arrived, _earlier(slope_of(states[new].new, slope, states[old].old), shift, fixed))
        for new, arrived in error.items()
        if arrived != ZERO
    )


_TIME = re.compile(r"(.*)\[t-(\d+)\]$")


def _earlier(expr: Expr, shift: int, fixed: set[str]) -> Expr:
    """`expr` as it reads `shift` steps before."""

    def moved(ref: Ref) -> Expr:
        if ref.name in fixed:
            return ref
        match = _TIME.match(ref.name)
        name, steps = (match[1], int(match[2])) if match else (ref.name, 0)
        return Ref(f"{name}[t-{steps + shift}]")

    return substitute(expr, moved) if shift else expr
