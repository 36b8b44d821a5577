"""Texts of random cells, by whatever chooses: Python's `Random`, or Hypothesis."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


class Choose(Protocol):
    """One of the choices."""

    def __call__(self, choices: Sequence[str], /) -> str: ...


_FREE_HEADER = """\
from lstmproof.language import cell, cos, cut, exp, hard_sigmoid, maximum, previous, relu, sigmoid, softplus, stop, tanh


@cell
def any_cell(x: "hidden", h, c, *, W_1: "hidden hidden", U_1: "hidden hidden", W_2: "hidden hidden",
             U_2: "hidden hidden", U_3: "hidden hidden", b_1: "hidden", p: "hidden", beta=0.5):
"""
_LEAVES = ("x", "h", "c", "(W_1 @ x)", "(U_1 @ h)", "(W_2 @ x + b_1)", "(U_2 @ h)", "p", "(c * p)", "beta")
_FORMS = (
    *("({0} + {1})", "({0} - {1})", "({0} * {1})", "sigmoid({0})", "tanh({0})", "U_3 @ ({0})", "({0} + {1})"),
    *("relu({0})", "exp(-({0}) ** 2)", "softplus({0})", "maximum({0}, {1})", "stop({0})", "cut({0})", "({0}) ** 3"),
    *("hard_sigmoid({0})", "(W_1 @ x + U_1 @ h + b_1)", "cos({0})", "({0} / (2 + ({1}) ** 2))"),
    "sigmoid(W_2 @ x + U_2 @ h + p * c + b_1)",
)
_REST = "s + q + r + c + h + x + W_1 @ x + U_1 @ h + W_2 @ x + b_1 + U_2 @ h + U_3 @ (h + p)"
"""Uses every argument."""


def free_cell(choose: Choose) -> str:
    """A cell of vectors: two states, three locals, expressions of any form, matrices that several of them share."""
    leaves = list(_LEAVES)

    def expression(depth: int) -> str:
        if depth == 0:
            return choose(leaves)
        return choose(_FORMS).format(expression(depth - 1), expression(depth - 1))

    lines = []
    for local in ("s", "q", "r"):
        lines.append(f"    {local} = {expression(int(choose('123')))}")
        leaves += [local, local]
    lines.append(f"    c = {expression(2)} + x / 4")
    leaves.append("previous(c)")
    lines.append(f"    h = {expression(2)} - x / 4")
    lines.append(f"    y = {_REST} + previous(h) * beta + previous(c)")
    return _FREE_HEADER + "\n".join([*lines, "    return h, c, y", ""])


_GATES = ("sigmoid({})", "sigmoid({})", "hard_sigmoid({})")
_CANDIDATES = ("tanh({})", "tanh({})", "4 * sigmoid({}) - 2", "sin({})", "softplus({})", "{}")
_UPDATES = (
    "{state} + {gate} * {candidate}",
    "{gate} * {state} + (1 - {gate}) * {candidate}",
    "{gate} * {state} + {other} * {candidate}",
    "{gate} * {state} + (1 - sigmoid(1 - {state})) * {candidate}",
)
_OUTPUTS = ("{gate} * tanh({state})", "{gate} * {state}", "tanh({state})")
_STATES = ("c", "d", "e")
"""States that carry; h, which is last, reads them."""


@dataclass
class _Draft:
    """A gated cell in the making: its equations, and its parameters in the order of their use."""

    choose: Choose
    block: bool
    reads: str
    """The state of the last step that net inputs see."""
    lines: list[str] = field(default_factory=list)
    parameters: list[str] = field(default_factory=list)

    def net(self, label: str, axes: str, peephole: str = "") -> str:
        """A net input of its own weights, with axes `axes`."""
        read = "block unit" if self.block else "hidden"
        self.parameters += [f'W_{label}: "{axes} input"', f'U_{label}: "{axes} {read}"', f'b_{label}: "{axes}"']
        terms = f"W_{label} @ x + U_{label} @ {self.reads} + b_{label}"
        if peephole:
            self.parameters.append(f'p_{label}: "{axes}"')
            terms += f" + p_{label} * {peephole}"
        return terms

    def gate(self, label: str, state: str) -> str:
        """A gate; one of a block has a value for all its cells, and no peephole."""
        axes = "block" if self.block else "hidden"
        seen = "" if self.block else self.choose(("", "", state, f"cut({state})"))
        note = f': "{axes}"' if self.block else ""
        self.lines.append(f"{label}{note} = {self.choose(_GATES).format(self.net(label, axes, seen))}")
        return label

    def update(self, state: str, forms: Sequence[str]) -> None:
        """The equations of a state: what is kept of it, and what is let in."""
        form = self.choose(forms)
        gate = self.gate(f"f_{state}", state) if "{gate}" in form else ""
        other = self.gate(f"i_{state}", state) if "{other}" in form else ""
        axes = "block unit" if self.block else "hidden"
        self.lines.append(f"g_{state} = " + self.choose(_CANDIDATES).format(self.net(f"g_{state}", axes)))
        self.lines.append(f"{state} = " + form.format(state=state, gate=gate, other=other, candidate=f"g_{state}"))


def gated_cell(choose: Choose) -> str:
    """A cell of one to four states: gates, peepholes, blocks of units that share a gate, and an output of them."""
    block, carried = choose(("", "", "block")) == "block", _STATES[: int(choose("0123"))]
    draft = _Draft(choose, block, reads="h")
    for state in carried:
        draft.update(state, _UPDATES)
    if carried:
        form = choose(_OUTPUTS)
        gate = draft.gate("o", carried[-1]) if "{gate}" in form else ""
        shown = [form.format(gate=gate, state=carried[-1]), *carried[:-1]]
        draft.lines.append(f"h = {' + '.join(shown)}")
    else:
        draft.update("h", ("{candidate}", *_UPDATES))
    axes = "block unit" if block else "hidden"
    states = ", ".join(f'{state}: "{axes}"' for state in (*carried, "h"))
    body = "".join(f"    {line}\n" for line in draft.lines)
    signature = f"def any_cell(x, {states}, *, {', '.join(draft.parameters)}):"
    return (
        "from lstmproof.language import cell, cut, hard_sigmoid, sigmoid, sin, softplus, tanh\n\n\n@cell\n"
        f"{_wrapped(signature)}\n{body}    return {', '.join((*carried, 'h'))}\n"
    )


def _wrapped(signature: str) -> str:
    """A signature over as many lines as it needs, broken after commas alone."""
    whole = signature.replace(" ", _HARD_SPACE).replace(f",{_HARD_SPACE}", ", ")
    return "\n".join(textwrap.wrap(whole, 110, subsequent_indent=" " * 13)).replace(_HARD_SPACE, " ")


_HARD_SPACE = "\N{NO-BREAK SPACE}"
