"""What the catalogue's claims look like: error flow over lag, memory against bias, states and their bounds.

Every number comes from a run of the author's own function in ball arithmetic, or from a formula in it, and is shown in
digits that the ball decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial

from flint import arb, fmpq

from lstmproof.catalogue import find
from lstmproof.language.definition import Definition
from lstmproof.study.charts import Chart, Curve, Mark, Reference
from lstmproof.study.digits import decimals, points
from lstmproof.study.error_flow import CHRONO, chrono_bias, error_flow
from lstmproof.study.running import Given, Setting, trajectory


def catalogue_charts() -> tuple[Chart, ...]:
    """The charts of the index page, in order."""
    return (error_flow(), memory(), linear_growth(), geometric_bound(), exponential_of_beta(), peepholes())


def cell_charts(definition: Definition) -> tuple[Chart, ...]:
    """The charts of one cell's states, if it is one of the catalogue's that have them."""
    make = _OF_CELLS.get(definition.key)
    return () if make is None else (make(),)


def memory() -> Chart:
    """Half-life and time scale of a gate whose net input is its bias."""
    biases = [Fraction(step, 4) for step in range(-8, 33)]
    chrono = decimals(lambda: [chrono_bias()])[0]
    return Chart(
        name="memory",
        title="Memory against forget bias",
        across="bias of the gate",
        up="steps",
        curves=(
            Curve("time scale 1/(1 − f)", points(biases, lambda: [1 + _of(bias).exp() for bias in biases])),
            Curve("half-life", points(biases, lambda: [_half_life(_of(bias)) for bias in biases])),
        ),
        scale="log",
        marks=(
            Mark("1", Decimal(1), "x"),
            Mark("2", Decimal(2), "x"),
            Mark("5", Decimal(5), "x"),
            Mark("chrono", chrono, "x"),
        ),
        settings=(
            f"A gate whose weights are 0, so that f = sigma(bias) at every step. Marked: biases in use, and chrono for "
            f"T = {CHRONO}."
        ),
        says=(
            "The time scale grows with e^bias and is exactly T at the bias log(T - 1). At the biases in use, 1 and 2, "
            "half of a state is gone after 2.2 and 5.5 steps; at 5 after 103."
        ),
        references=(
            Reference("initialisers", "", "claim.time_scale_of_a_bias"),
            Reference("initialisers", "", "claim.half_lives_at_the_biases_of_2000"),
            Reference("initialisers", "", "claim.chrono_time_scale"),
        ),
    )


def linear_growth() -> Chart:
    """The 1997 state under a constant input, and its bound."""
    steps = range(0, 51, 2)
    curves = [
        _states(steps, f"b_in = {gate}, b_c = {candidate}", "lstm_1997", "s", b_in=gate, b_c=candidate)
        for gate, candidate in ((5, 5), (0, 1), (-3, 1))
    ]
    bound = _bound(steps, "|s0| + 2t", lambda t: arb(2 * t))
    return Chart(
        name="linear-growth",
        title="Without a forget gate the state grows",
        across="step t",
        up="state s(t) of lstm_1997",
        curves=(bound, *curves),
        settings="One unit, s(0) = 0, no input, all weights 0: the biases named make a constant input.",
        says=(
            "No state exceeds |s0| + 2t, and no number bounds it. A negative bias of the input gate slows the drift "
            "and does not end it."
        ),
        references=(
            Reference("lstm_1997", "lstm_1997", "claim.state_grows_by_two_a_step_at_most"),
            Reference("lstm_1997", "lstm_1997", "claim.state_grows_without_bound"),
            Reference("lstm_1997", "lstm_1997", "claim.biased_input_gate_slows_the_drift"),
        ),
    )


def geometric_bound() -> Chart:
    """The state with forget gates at two biases, each under the bound that its gate gives."""
    steps = range(41)
    curves: list[Curve] = []
    for bias in (2, 1):
        curves += [
            _bound(steps, f"bound at b_phi = {bias}", partial(_geometric, bias)),
            _states(steps, f"state at b_phi = {bias}", "lstm_forget", "s", b_phi=bias, b_in=4, b_c=4),
        ]
    return Chart(
        name="geometric-bound",
        title="A forget gate below 1 bounds the state",
        across="step t",
        up="state s(t) of lstm_forget",
        curves=tuple(curves),
        settings="One block of one unit, s(0) = 0, no input, all weights 0, b_in = b_c = 4; high = sigma(b_phi).",
        says=(
            "With y_phi <= high < 1 the state stays below high^t |s0| + 2 (1 - high^t) / (1 - high); a gate that may "
            "come as near to 1 as it likes bounds nothing in advance."
        ),
        references=(
            Reference("lstm_forget", "lstm_forget", "claim.state_forgets_geometrically"),
            Reference("lstm_forget", "lstm_forget", "claim.no_number_bounds_the_state"),
        ),
    )


def exponential_of_beta() -> Chart:
    """JANET's leaky accumulator under e^beta, and past 1."""
    steps = (*range(0, 40, 2), *range(40, 401, 10))
    curves = [_states(steps, f"b_f = {bias}", "janet_beta", "h", b_f=bias, b_c=4) for bias in (5, 3, 1)]
    e = decimals(lambda: [arb(1).exp()])[0]
    return Chart(
        name="exponential-of-beta",
        title="JANET with beta stays below e^beta, not below 1",
        across="step t",
        up="state h(t) of janet_beta",
        curves=tuple(curves),
        marks=(Mark("e^β", e), Mark("1", Decimal(1))),
        settings="One unit, beta = 1, h(0) = 0, no input, all weights 0, b_c = 4.",
        says="No state exceeds max(|h0|, e^beta), and the more open the gate, the nearer it comes; 1 is no bound.",
        references=(
            Reference("janet", "janet_beta", "claim.state_stays_below_exp_beta"),
            Reference("janet", "", "claim.gain_comes_as_near_as_it_likes"),
            Reference("janet", "janet_beta", "myth.state_stays_within_one_for_any_beta"),
        ),
    )


def peepholes() -> Chart:
    """A state that opens its own forget gate, beside the same cell without peepholes."""
    steps = range(0, 101, 4)
    return Chart(
        name="peepholes",
        title="Peepholes let a constant input fill the state",
        across="step t",
        up="state c(t) of lstm_peephole",
        curves=(
            _bound(steps, "|c0| + t", arb),
            _states(steps, "p_f = p_i = 1", "lstm_peephole", "c", p_f=1, p_i=1, b_i=2, b_g=1),
            _states(steps, "p_f = p_i = 0", "lstm_peephole", "c", b_i=2, b_g=1),
        ),
        settings="One unit, c(0) = 0, no input, all weights 0 but the peepholes named, b_i = 2, b_g = 1.",
        says=(
            "A state that opens its own gate grows at least linearly; no state grows by more than 1 a step. Without "
            "peepholes this forget gate stays at 1/2, which bounds the state."
        ),
        references=(
            Reference("lstm_peephole", "lstm_peephole", "claim.state_that_opens_its_gate_grows"),
            Reference("lstm_peephole", "lstm_peephole", "claim.state_grows_by_one_a_step_at_most"),
            Reference("lstm_peephole", "lstm_peephole", "claim.bounded_inputs_do_not_bound_the_state"),
            Reference("lstm_peephole", "lstm_peephole", "claim.forgetting_at_least_bounds_the_state"),
        ),
    )


_OF_CELLS: Mapping[str, Callable[[], Chart]] = {
    "derivations/lstm_1997.py:lstm_1997": linear_growth,
    "derivations/lstm_forget.py:lstm_forget": geometric_bound,
    "derivations/janet.py:janet_beta": exponential_of_beta,
    "derivations/lstm_peephole.py:lstm_peephole": peepholes,
}


def _states(steps: Sequence[int], label: str, cell: str, state: str, **parameters: Given) -> Curve:
    """The state of one unit that starts at 0; parameters that are not named are 0."""
    definition, setting = find(cell), Setting(parameters)
    return _curve(steps, label, lambda: trajectory(definition, setting, steps[-1], state))


def _bound(steps: Sequence[int], label: str, of: Callable[[int], arb]) -> Curve:
    """What a state is proved to stay below."""
    curve = _curve(steps, label, lambda: [of(t) for t in range(steps[-1] + 1)])
    return replace(curve, role="bound", shade="below")


def _curve(steps: Sequence[int], label: str, balls: Callable[[], Sequence[arb]]) -> Curve:
    """The entries at `steps` of what `balls` encloses for 0, 1, ..., at the precision in force."""

    def chosen() -> list[arb]:
        every = balls()
        return [every[t] for t in steps]

    return Curve(label, points(steps, chosen))


def _sigma(z: arb) -> arb:
    return 1 / (1 + (-z).exp())


def _half_life(bias: arb) -> arb:
    """log(1/2) / log(sigma(b)), with log(sigma(b)) = -log(1 + e^-b)."""
    return arb(2).log() / (1 + (-bias).exp()).log()


def _geometric(bias: int, t: int) -> arb:
    """2 (1 - high^t) / (1 - high) for a gate at that bias."""
    high = _sigma(arb(bias))
    return 2 * (1 - high**t) / (1 - high)


def _of(number: Fraction) -> arb:
    return arb(fmpq(number.numerator, number.denominator))
