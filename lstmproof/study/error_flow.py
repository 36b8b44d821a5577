"""Error flow over lag of every cell of the catalogue: one curve for all the cells whose numbers are the same.

One unit, without input: what `ds(q)/ds(0)` is in the full flow, from a run of the author's own function. Nothing says
beforehand that the cells of a group have one curve; each is run, and a group that does not hold together is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from flint import arb

from lstmproof.catalogue import find
from lstmproof.study.charts import Chart, Curve, Group, Member, Pair, Reference
from lstmproof.study.digits import points
from lstmproof.study.running import Given, Setting, error_factors

LAGS = (*range(11), *range(15, 101, 5))
CHRONO = 1000
"""The time scale that the chrono initialiser is shown for."""


@dataclass(frozen=True)
class Unit:
    """One unit of a cell, set by a number that all units of its group share; what is not named is 0."""

    cell: str
    state: str
    stated: Reference
    """What the catalogue states of the factor of a step."""
    varied: Mapping[str, int] = field(default_factory=dict)
    """Parameters that are a multiple of the number; the multiple of the first stands beside the cell's name."""
    fixed: Mapping[str, int] = field(default_factory=dict)
    start: Fraction = Fraction(0)
    """The state at t = 0."""
    shift: Fraction = Fraction(0)
    """How far a group's displacement u moves the state at t = 0."""

    def setting(self, number: Given, u: Fraction) -> Setting:
        """What is not 0."""
        varied = {name: _times(multiple, number) for name, multiple in self.varied.items()}
        return Setting({**varied, **self.fixed}, {self.state: self.start + self.shift * u})

    def member(self, number: str) -> Member:
        """The unit in words, its number by name."""
        given = [f"{name} = {_multiple(multiple, number)}" for name, multiple in self.varied.items()]
        given += [f"{name} = {value}" for name, value in self.fixed.items()]
        if start := [str(self.start)] * bool(self.start) + [_multiple(self.shift, "u")] * bool(self.shift):
            given.append(f"{self.state}(0) = {' + '.join(start)}")
        first = next(iter(self.varied.values()), 1)
        at = "" if first == 1 else _multiple(first, number)
        return Member(self.cell, self.state, ", ".join(given), self.stated, at)


def _multiple(by: Fraction | int, of: str) -> str:
    """A multiple as people write it.

    >>> _multiple(1, "b"), _multiple(-1, "b"), _multiple(-2, "w"), _multiple(Fraction(1, 2), "u")
    ('b', '-b', '-2w', 'u/2')
    """
    whole, parts = Fraction(by).as_integer_ratio()
    sign = {1: "", -1: "-"}.get(whole, str(whole))
    return f"{sign}{of}" + f"/{parts}" * (parts > 1)


def _times(by: int, number: Given) -> Given:
    return (lambda: by * number()) if callable(number) else by * number


TANH = Reference("rnn", "", "claim.tanh_path_vanishes_below_one")
LOGISTIC = Reference("rnn", "", "claim.logistic_path_vanishes_below_four")
PEEPHOLE = Reference("lstm_peephole", "", "claim.error_through_a_peephole")

CAROUSELS = (
    Unit("carousel", "y", Reference("carousel", "carousel", "claim.error_is_constant")),
    Unit("lstm_1997", "s", Reference("lstm_1997", "lstm_1997", "claim.carousel_is_one"), fixed={"b_c": 1}),
    Unit(
        "lstm_1997_block",
        "s",
        Reference("lstm_1997", "lstm_1997_block", "claim.carousel_of_a_block_is_one"),
        fixed={"b_c": 1},
    ),
)
GATES = (
    Unit("lstm", "c", Reference("lstm", "lstm", "claim.carousel_is_the_forget_gate"), {"b_f": 1}, {"b_g": 1}),
    Unit(
        "lstm_forget",
        "s",
        Reference("lstm_forget", "lstm_forget", "claim.carousel_is_the_forget_gate"),
        {"b_phi": 1},
        {"b_c": 1},
    ),
    Unit(
        "lstm_coupled",
        "c",
        Reference("lstm_coupled", "lstm_coupled", "claim.carousel_is_the_forget_gate"),
        {"b_f": 1},
        {"b_g": 1},
    ),
    Unit(
        "lstm_coupled_input",
        "c",
        Reference("lstm_coupled", "lstm_coupled_input", "claim.carousel_is_what_the_input_gate_leaves"),
        {"b_i": -1},
        {"b_g": 1},
    ),
    Unit(
        "lstm_peephole",
        "c",
        Reference("lstm_peephole", "lstm_peephole", "claim.carousel_is_the_forget_gate"),
        {"b_f": 1},
        {"b_g": 1},
    ),
    Unit(
        "lstm_peephole_full",
        "c",
        Reference("lstm_peephole", "lstm_peephole_full", "claim.carousel_under_full_peepholes_is_the_forget_gate"),
        {"b_f": 1},
        {"b_g": 1},
    ),
    Unit("gru", "h", Reference("gru", "gru", "claim.carousel_is_the_update_gate"), {"b_z": 1}, {"b_n": 1}),
    Unit(
        "gru_reset_after",
        "h",
        Reference("gru", "gru_reset_after", "claim.carousel_with_a_late_reset_is_the_update_gate"),
        {"b_z": 1},
        {"b_n": 1},
    ),
    Unit("janet", "h", Reference("janet", "janet", "claim.carousel_is_the_gate"), {"b_f": 1}, {"b_c": 1}),
    Unit(
        "janet_beta", "h", Reference("janet", "janet_beta", "claim.carousel_does_not_know_beta"), {"b_f": 1}, {"b_c": 1}
    ),
)
PEEPHOLES = (
    Unit("lstm_peephole", "c", PEEPHOLE, {"p_f": 1}, {"b_g": 1}),
    Unit("lstm_peephole_full", "c", PEEPHOLE, {"P_f": 1}, {"b_g": 1}),
)
RNNS = (
    Unit("rnn", "h", TANH, {"U_h": 1}, shift=Fraction(1)),
    Unit("rnn_logistic", "h", LOGISTIC, {"U_h": 4, "b_h": -2}, start=Fraction(1, 2), shift=Fraction(1, 2)),
)


def error_flow() -> Chart:
    """What an error is multiplied by on its way back over q steps, of one unit of every cell of the catalogue."""
    return Chart(
        name="error-flow",
        title="Error flow over lag",
        across="lag q, in steps",
        up="factor of an error over q steps",
        curves=tuple(_curves()),
        scale="log",
        bottom=Decimal("1e-18"),
        settings=(
            "One unit, no input; weights, peepholes, biases and the state at t = 0 are 0 but those that the data name; "
            "beta is 1. b is the bias of the gate that keeps the state, p the forget gate's peephole, w the weight of "
            f"a unit to itself; chrono is b = log(T - 1), here for T = {CHRONO}. Each rnn starts where its squashing "
            "function is steepest, u = 0, with w = 2 at u = 0.01. The factor is ds(q)/ds(0) in the full flow; cells "
            "that share a curve have it to every digit shown, and each is named with what is stated of it in the data."
        ),
        says=(
            "Inside the 1997 carousel an error is not scaled over any lag. A gate f that keeps the state scales it by "
            "f a step, whichever the cell: a half-life of 2.2 steps at b = 1, of 103 at b = 5, a time scale of exactly "
            "T by chrono. A peephole adds to f in the full flow, which here ends the decay. Through tanh an error "
            "vanishes wherever |w| < 1, and may grow where |w| > 1, until the unit saturates; through the logistic "
            "function, at four times the weight."
        ),
        references=(
            Reference("lstm_1997", "lstm_1997", "claim.carousel_is_one"),
            Reference("lstm", "lstm", "claim.carousel_is_the_forget_gate"),
            Reference("initialisers", "", "claim.half_lives_at_the_biases_of_2000"),
            Reference("initialisers", "", "claim.chrono_time_scale"),
            PEEPHOLE,
            TANH,
            Reference("rnn", "", "myth.weight_above_one_explodes_through_tanh"),
            LOGISTIC,
        ),
        groups=(
            Group("constant", tuple(unit.member("") for unit in CAROUSELS)),
            Group("gate", tuple(unit.member("b") for unit in GATES)),
            Group("peephole", tuple(unit.member("p") for unit in PEEPHOLES)),
            Group("rnn", tuple(unit.member("w") for unit in RNNS)),
        ),
    )


def _curves() -> Iterator[Curve]:
    """Group by group."""
    yield together("constant", CAROUSELS)
    yield together("gate, chrono", GATES, chrono_bias)
    for bias in (5, 2, 1, 0):
        yield together(f"gate, b = {bias}", GATES, bias)
    yield together("peephole, p = 1", PEEPHOLES, 1)
    yield together("rnn, w = 1.1", RNNS, Fraction(11, 10))
    yield together("rnn, w = 0.9", RNNS, Fraction(9, 10))
    yield together("rnn, w = 2", RNNS, 2, u=Fraction(1, 100))


def together(label: str, units: Sequence[Unit], number: Given = 0, u: Fraction = Fraction(0)) -> Curve:
    """The one curve that all units have at that number.

    Raises:
        ValueError: a unit has another curve than the first.
    """
    first, *others = [_factors(unit.cell, unit.state, unit.setting(number, u)) for unit in units]
    for unit, other in zip(units[1:], others, strict=True):
        if other != first:
            raise ValueError(f"{label}: the curve of {unit.cell} is not that of {units[0].cell}; it needs its own")
    return Curve(label, first)


def _factors(cell: str, state: str, setting: Setting) -> tuple[Pair, ...]:
    """What an error of one unit is multiplied by, over `LAGS`."""
    definition = find(cell)

    def chosen() -> list[arb]:
        factors = error_factors(definition, setting, LAGS[-1], state)
        return [abs(factors[lag]) for lag in LAGS]

    return points(LAGS, chosen)


def chrono_bias() -> arb:
    """The forget bias of a time scale of `CHRONO` steps."""
    return arb(CHRONO - 1).log()
