"""Cells that Hypothesis draws: 1 to 4 states, 1 to 8 gates, peepholes, products of gates, computed vectors, blocks,
scalars that repeat along axes, and values that are recorded."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from lstmproof.language.definition import Definition
from lstmproof.language.parser import parse_text

WORDS = "abs cell cos cut dot exp hard_sigmoid log maximum mean relu sigmoid sin softplus sqrt stop sum tanh"
HEAD = f'"""Drawn."""\nfrom lstmproof.language import {", ".join(WORDS.split())}\n\n\n@cell\n'
STATES = ("h", "c", "m", "n")
SQUASHED = (
    *("sigmoid({})", "tanh({})", "(2 * sigmoid({}) - 1)", "(sigmoid({}) - beta)", "sin({})", "exp(-({}) ** 2)"),
    *("softplus({})", "hard_sigmoid({})"),
)
VALUES = (
    *("tanh({})", "{}", "{} / (1 + {} ** 2)", "cos({})", "-{}", "{} ** 3", "sqrt(1 + {} ** 2)", "log(1 + {} ** 2)"),
    *("relu({})", "abs({})", "maximum({}, beta)", "mean({})", "sum({})", "stop({})", "beta * {}"),
)
"""Forms of a state in a sum; those with kinks are smooth where the theorem says."""


@dataclass
class _Draft:
    """A cell in the making."""

    draw: st.DrawFn
    blocks: bool
    parameters: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    gates: list[str] = field(default_factory=list)

    def parameter(self, name: str, axes: str) -> str:
        self.parameters[name] = axes
        return name

    def pick(self, *choices: str) -> str:
        return self.draw(st.sampled_from(choices))

    def flip(self) -> bool:
        return self.draw(st.booleans())

    def vector(self, states: tuple[str, ...]) -> str:
        """What a recurrent matrix multiplies: a state, or one that a gate has scaled."""
        state = self.pick(*states)
        return f"({self.pick(*self.gates)} * {state})" if self.gates and self.flip() else state

    @property
    def unit(self) -> str:
        """Axes of the states."""
        return "block unit" if self.blocks else "hidden"

    def net(self, label: str, axes: str, states: tuple[str, ...]) -> str:
        """A net input of its own weights, with or without bias and peepholes; without axes, a scalar."""
        times = "dot({}, {})" if axes == "" else "{} @ {}"
        terms = [times.format(self.parameter(f"W_{label}", f"{axes} input".strip()), "x")]
        terms += [times.format(self.parameter(f"U_{label}", f"{axes} {self.unit}".strip()), self.vector(states))]
        if self.flip():
            seen = self.pick("{}", "cut({})", "stop({})").format(self.pick(*states))
            if axes == self.unit and self.flip():
                terms.append(f"{self.parameter(f'p_{label}', self.pick(axes, ''))} * {seen}")
            else:
                terms.append(times.format(self.parameter(f"P_{label}", f"{axes} {self.unit}".strip()), seen))
        if self.flip():
            terms.append(self.parameter(f"b_{label}", self.pick(axes, "")))
        return " + ".join(terms)

    def gate(self, number: int, states: tuple[str, ...]) -> None:
        """A gate of its own for each unit; of one for each block, or one for all."""
        axes = self.pick(self.unit, self.unit, "block" if self.blocks else self.unit, "")
        name = f"g_{number}"
        self.lines.append(f'{name}: "{axes}" = {self.pick(*SQUASHED).format(self.net(str(number), axes, states))}')
        self.gates.append(name)

    def update(self, state: str, states: tuple[str, ...]) -> None:
        """A state: a sum of products of gates, states and functions of them."""
        terms = [f"{self.pick(*self.gates)} * {self.pick(*states)}"]
        for _ in range(self.draw(st.integers(0, 2))):
            factors = [self.pick(*self.gates) for _ in range(self.draw(st.integers(0, 2)))]
            form = self.pick(*VALUES)
            seen = self.pick(*states)
            terms.append(" * ".join([*factors, form.format(*[seen] * form.count("{}"))]))
        if self.flip():
            terms.append(f"tanh({self.net(state, self.unit, states)})")
        self.lines.append(f"{state} = {self.pick(' + ', ' - ').join(terms)}")


@st.composite
def sources(draw: st.DrawFn) -> str:
    """The text of a cell; each parameter has its axes written down, and each state is used."""
    states = STATES[: draw(st.integers(1, 4))]
    draft = _Draft(draw, draw(st.booleans()))
    for number in range(draw(st.integers(1, 8))):
        draft.gate(number, states)
    draft.lines.append(f"before = {' * '.join(states)}")
    for state in states:
        draft.update(state, states)
    draft.lines.append(f"y = {' + '.join((*states, *draft.gates, 'before', 'beta'))}")
    arguments = [
        "x",
        *(f'{state}: "{draft.unit}"' for state in states),
        "*",
        *(f'{name}: "{axes}"' for name, axes in draft.parameters.items()),
        "beta=0.5",
    ]
    body = "".join(f"    {line}\n" for line in draft.lines)
    return f"{HEAD}def drawn({', '.join(arguments)}):\n{body}    return {', '.join((*states, 'y'))}\n"


def drawn(count: int, start: int = 0) -> list[Definition]:
    """`count` cells, each from a seed of its own: Hypothesis otherwise draws many that are nearly the same."""
    return [parse_text(_source(start + number), f"drawn_{number}.py").cells[0] for number in range(count)]


def _source(of: int) -> str:
    """The cell of a seed: the last of three, since Hypothesis begins with the simplest one, whatever the seed."""
    found: list[str] = []

    @seed(of)
    @settings(
        max_examples=3,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(sources())
    def keep(text: str) -> None:
        found.append(text)

    keep()
    return found[-1]
