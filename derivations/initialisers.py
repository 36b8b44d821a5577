"""What initial biases do to a gate's memory: formulas alone, at weights so small that the bias is the net input.

Sources: R. Jozefowicz, W. Zaremba and I. Sutskever, "An Empirical Exploration of Recurrent Network Architectures",
2015 (a forget bias of 1); F. Gers, J. Schmidhuber and F. Cummins, "Learning to Forget", 2000, section 4
(block biases 0.5 to 2, and 5); C. Tallec and Y. Ollivier, "Can recurrent neural networks warp time?", 2018
(chrono); S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory", 1997, section 2 (time constants).

A gate held at f keeps f^q of a state over q steps: half of it over `half_life(f)` steps, and `time_scale(f)` is the sum
of all f^q, the number of steps over which a constant input accumulates.

Where the notes differ:
    A7   "always remember": biases of 0.5 to 2 remember for 1.5 to 5.5 steps.
    B2   zero bias and small weights: 1/2 a step.
    B3   1 or 2 is not large: after 100 steps 2.5e-14 and 3.1e-6 are left.
    B12  a gate at sigma(1): 2.2 steps to one half.
    B13  chrono: log(T - 1) gives a time scale of exactly T.
    C16  (not in the notes) only a factor of exactly 1 serves lags without bound.
"""

from lstmproof.language import assume, claim, exp, limit, log, myth, oo, sigmoid


def half_life(f):
    return log(0.5) / log(f)


def time_scale(f):
    return 1 / (1 - f)


@claim
def no_bias_is_half_open():
    """A gate with no net input. Ledger B2."""
    return sigmoid(0) == 0.5


@claim
def half_open_gate_halves():
    """A half-life of one step, exactly. Ledger B2."""
    return half_life(sigmoid(0)) == 1


@claim
def gates_at_biases_one_and_two():
    """The forget gate at the recommended biases. Ledger B3."""
    return abs(sigmoid(1) - 0.73105858) < 5e-9 and abs(sigmoid(2) - 0.88079708) < 5e-9


@claim
def hundred_steps_at_biases_one_and_two():
    """The direct path over 100 steps: 2.5e-14 and 3.1e-6. Ledger B3."""
    return abs((sigmoid(1) ** 10) ** 10 - 2.48e-14) < 1e-16 and abs((sigmoid(2) ** 10) ** 10 - 3.07e-6) < 1e-8


@myth
def bias_of_two_is_large():
    """The notes' "large value such as 1 or 2" keeps half of a state for 5.5 steps. Ledger A7 and B3."""
    return half_life(sigmoid(2)) >= 10


@claim
def gates_at_the_biases_of_2000():
    """The block biases of the continual task, and the 5 of its second one. Ledger A7."""
    return (
        abs(sigmoid(0.5) - 0.622) < 0.0005
        and abs(sigmoid(1) - 0.731) < 0.0005
        and abs(sigmoid(1.5) - 0.818) < 0.0005
        and abs(sigmoid(2) - 0.881) < 0.0005
        and abs(sigmoid(5) - 0.9933) < 0.00005
    )


@claim
def half_lives_at_the_biases_of_2000():
    """1.5 to 5.5 steps, and 103 at the bias of 5. Ledger A7 and B12."""
    return (
        abs(half_life(sigmoid(0.5)) - 1.46) < 0.005
        and abs(half_life(sigmoid(1)) - 2.21) < 0.005
        and abs(half_life(sigmoid(1.5)) - 3.44) < 0.005
        and abs(half_life(sigmoid(2)) - 5.46) < 0.005
        and abs(half_life(sigmoid(5)) - 103) < 0.5
    )


@myth
def positive_bias_always_remembers(b):
    """What "initialised to always remember" says; at b = 0.5 half is gone after 1.5 steps. Ledger A7."""
    assume(b > 0)
    return half_life(sigmoid(b)) >= 100


@claim
def time_scale_of_a_bias(b):
    """It grows with e^b: to remember for 1000 steps takes a bias near 7. Ledger A7 and B12."""
    return time_scale(sigmoid(b)) == 1 + exp(b)


@claim
def time_scale_at_bias_one():
    """1 / (1 - sigma(1)) = 1 + e. Ledger B12."""
    return abs(time_scale(sigmoid(1)) - 3.72) < 0.005


@claim
def chrono_gate(T):
    """The gate itself is rational in T. Ledger B13."""
    assume(T > 1)
    return sigmoid(log(T - 1)) == 1 - 1 / T


@claim
def chrono_time_scale(T):
    """A bias of log(T - 1) remembers for exactly T steps. Ledger B13."""
    assume(T > 1)
    return time_scale(sigmoid(log(T - 1))) == T


@claim
def chrono_input_gate(T):
    """b_i = -b_f opens the input gate to 1 / T: what JANET's coupling gives by itself. Ledger B13."""
    assume(T > 1)
    return sigmoid(-log(T - 1)) == 1 / T


@myth
def chrono_without_the_one(T):
    """A bias of log(T), as from U[1, T_max] in the code of JANET's author, has time scale T + 1. Ledger B13."""
    assume(T > 1)
    return time_scale(sigmoid(log(T))) == T


@claim
def any_decay_forgets(rate, q):
    """A time constant other than 1.0 loses a state as the lag grows: for lags without bound, 1.0. Ledger C16."""
    assume(rate > 0)
    return limit(exp(-rate * q), q, oo) == 0
