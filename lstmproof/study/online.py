"""The online learning rule in index form, where a cell has one."""

from __future__ import annotations

from dataclasses import dataclass

from lstmproof.calculus.online import NotOnline, online
from lstmproof.program.layout import is_authored
from lstmproof.program.nodes import Program
from lstmproof.study.formulas import Formula, speller


@dataclass(frozen=True)
class OnlineRule:
    """The truncated gradient forward in time: partials that are carried, and what each step adds to the gradient."""

    program: Program
    slopes: tuple[Formula, ...]
    """What the partials' updates have in common, and values of the cell that its author did not name."""
    updates: tuple[Formula, ...]
    """One for each partial: its value at t from that at t-1."""
    cotangents: tuple[Formula, ...]
    """Within the step alone: no error comes from later ones."""
    gradients: tuple[Formula, ...]


def online_rule(program: Program) -> OnlineRule | str:
    """The rule, or why there is none."""
    if not program.parameters:
        return "the cell has no parameters"
    try:
        rule = online(program)
    except NotOnline as reason:
        return str(reason).removeprefix(f"{program.name}: ")
    own = {state.new for state in rule.states} - {state.new for state in program.states}
    spell = speller(rule)
    written = spell.entries()
    named = {name: formula for name, formula in written.items() if name not in program.node}
    unnamed = [name for name in written if name in program.node and not is_authored(name, program)]
    slopes = (
        *(formula for name, formula in named.items() if "entering" in name),
        *(written[name] for name in unnamed),
    )
    updates = tuple(formula for name, formula in named.items() if name in own)
    inside = tuple(
        formula for name, formula in named.items() if name not in own and "entering" not in name and ".bar" in name
    )
    gradients = tuple(spell.entry_of(output, summed=True) for output in rule.totals)
    return OnlineRule(rule, slopes, updates, inside, gradients)
