"""Cells drawn at random whose bounds are known by the way they are put together.

A convex cell splits 1 into products of gates and their complements; one product keeps the state, the others let in
values of known size. A gated cell keeps the state by a product of gates and adds gated values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from tests.never_wrong.known import Known, about, false, true

_SIZES = ("0.25", "0.5", "0.75", "1", "1.5", "2", "3")
_VALUES = ("tanh({})", "(2 * sigmoid({}) - 1)", "(1 - 2 * sigmoid({}))", "minimum(maximum({}, -1), 1)")


@dataclass
class _Draft:
    """A cell in the making: its equations, and parameters in the order of their use."""

    draw: Random
    lines: list[str]
    parameters: list[str]

    def net(self, label: str) -> str:
        """A net input of its own weights."""
        self.parameters += [f"W_{label}", f"U_{label}", f"b_{label}"]
        return f"W_{label} @ x + U_{label} @ c + b_{label}"

    def gate(self, label: str) -> str:
        self.lines.append(f"{label} = sigmoid({self.net(label)})")
        return label

    def value(self, label: str) -> tuple[str, Fraction]:
        """A term that comes as near to plus or minus its size as one likes, and that size."""
        size = self.draw.choice(_SIZES)
        self.lines.append(f"{label} = " + self.draw.choice(_VALUES).format(self.net(label)))
        return f"{size} * {label}", Fraction(size)

    def source(self, name: str, update: str) -> str:
        body = "".join(f"    {line}\n" for line in (*self.lines, f"c = {update}", "return c"))
        return f"@cell\ndef {name}(x, c, *, {', '.join(self.parameters)}):\n{body}"


def _decimal(number: Fraction) -> str:
    return str(float(number))


def convex(seed: int) -> tuple[Known, ...]:
    """A combination with weights of sum 1: |c| <= max(|c0|, the largest size), and no less will do."""
    draw = Random(seed)
    draft = _Draft(draw, [], [])
    weights = [""]
    for label in ("gate", "lock", "valve")[: draw.randint(1, 3)]:
        gate = draft.gate(label)
        split = weights.pop(draw.randrange(len(weights)))
        weights += [f"{split}{gate} * ", f"{split}(1 - {gate}) * "]
    keep, *others = weights
    values = [draft.value(label) for label in ("near", "wide", "late")[: len(others)]]
    most = max(size for _, size in values)
    entering = [f"{weight}{term}" for weight, (term, _) in zip(others, values, strict=True)]
    kept, name, hard = keep.removesuffix(" * "), f"convex_{seed}", len(entering) > 1
    return about(
        name,
        draft.source(name, " + ".join([f"{keep}c", *entering])),
        true(f"abs(c) <= maximum(abs(c0), {_decimal(most)})", "a convex combination", beyond=hard),
        false(f"abs(c) <= maximum(abs(c0), {_decimal(most * Fraction(99, 100))})", "all weight on the largest"),
        false("abs(c) <= abs(c0)", "c0 = 0"),
        true(f"carousel(c) == {kept}", "the weight of c(t-1)"),
        false(f"carousel(c) == 1 - {kept}", "the weight of the rest"),
        true(f"abs(c0) <= {_decimal(most)}; not (abs(c) > {_decimal(most)})", "a convex combination", beyond=hard),
    )


def gated(seed: int) -> tuple[Known, ...]:
    """What is kept is at most c(t-1), what is added at most the sum of sizes."""
    draw = Random(seed)
    draft = _Draft(draw, [], [])
    keep = " * ".join(draft.gate(label) for label in ("gate", "lock")[: draw.randint(1, 2)])
    terms = []
    for label, value in (("valve", "near"), ("door", "wide"))[: draw.randint(1, 2)]:
        term, size = draft.value(value)
        terms.append((f"{draft.gate(label)} * {term}", size))
    total, name = sum((size for _, size in terms), Fraction(0)), f"gated_{seed}"
    hard = len(terms) > 1
    added, twice = _decimal(total), _decimal(2 * total)
    return about(
        name,
        draft.source(name, " + ".join([f"{keep} * c", *(text for text, _ in terms)])),
        true(f"abs(c) <= abs(c0) + {added} * t", "at most the sum of sizes a step", beyond=hard),
        false(f"abs(c) <= abs(c0) + {_decimal(total * Fraction(9, 10))} * t", "all gates open"),
        false(f"c0 == 0; abs(c) <= {added}", "from step 2 on"),
        true(f"always(gate <= 0.5); abs(c) <= maximum(abs(c0), {twice})", "a half, and a half added", beyond=hard),
        false(f"gate <= 0.5; abs(c) <= maximum(abs(c0), {twice})", "from step 2 on: the gate was open"),
        true("not bounded(c)", "all gates open, sizes added at each step", beyond=hard),
        true(f"carousel(c) == {keep}", "what is kept"),
    )


def drawn(count: int) -> Iterator[Known]:
    """The statements of `count` cells of either shape."""
    for seed in range(count):
        yield from convex(seed)
        yield from gated(seed)
