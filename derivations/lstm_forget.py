"""LSTM with forget gates, in memory cell blocks: the carousel's self-weight 1 becomes a gate.

Source: F. Gers, J. Schmidhuber and F. Cummins, "Learning to Forget: Continual Prediction with LSTM", Neural Computation
12(10), 2000, section 3: y_phi(t) = f_phi(net_phi(t)) with net_phi(t) = sum_m w_phi,m y^m(t-1), and s(0) = 0,
s(t) = y_phi(t) s(t-1) + y_in(t) g(net_c(t)); the rest, section 2, is the 1997 cell with g in (-2, 2) and h in (-1, 1).
The partial derivatives that its learning rule carries forward in time are eqs. 3.10 to 3.12.

Where the notes differ:
    A6   they give the forget gate, but neither the state's update nor the gradients.
    A7   "initialised to always remember": with the paper's biases 0.5 to 2 the gate opens to 0.62 to 0.88, a half-life
         of 1.5 to 5.5 steps; only a bias of 5 keeps the state for about 100.
    A8   "truncated because the CEC is used there as well": truncation leaves s(t-1) to s(t) as the only way back, with
         factor y_phi.
    A9   "solves" continual prediction: 18 % of the paper's networks did, 62 % with a decaying learning rate.
    A10  a forget gate alone does not bound the state by a number fixed in advance: f <= F < 1 bounds it.

Where the paper slips:
    E2   as in 1997, the output units read y(t-1) as printed and y(t) in the derivation.
"""

from lstmproof.language import always, assume, bounded, carousel, cell, claim, myth, sigmoid


def g(z):
    return 4 * sigmoid(z) - 2


def h(z):
    return 2 * sigmoid(z) - 1


@cell
def lstm_forget(
    x,
    y: "block unit",
    s: "block unit",
    *,
    W_in: "block input",
    U_in: "block block unit",
    b_in: "block",
    W_phi: "block input",
    U_phi: "block block unit",
    b_phi: "block",
    W_out: "block input",
    U_out: "block block unit",
    b_out: "block",
    W_c: "block unit input",
    U_c: "block unit block unit",
    b_c: "block unit",
):
    y_in: "block" = sigmoid(W_in @ x + U_in @ y + b_in)
    y_phi: "block" = sigmoid(W_phi @ x + U_phi @ y + b_phi)
    y_out: "block" = sigmoid(W_out @ x + U_out @ y + b_out)
    s = y_phi * s + y_in * g(W_c @ x + U_c @ y + b_c)
    y = y_out * h(s)
    return y, s


@claim(lstm_forget)
def carousel_is_the_forget_gate(s, y_phi):
    """The self-weight 1 became y_phi, and truncation leaves no other way back. Ledger A6 and A8."""
    return carousel(s) == y_phi


@claim(lstm_forget)
def no_error_returns_through_a_net_input(y):
    """The net input of the forget gate is truncated like the others. Ledger A8."""
    return carousel(y) == 0


@claim(lstm_forget)
def open_gate_keeps_the_error(s, y_phi, low):
    """Over five steps the direct path is a product of five gates: at least low^5. Ledger A8."""
    assume(low > 0)
    assume(always(low <= y_phi))
    return carousel(s, lag=5) >= low**5


@claim(lstm_forget)
def closed_gate_fades_the_error(s, y_phi, high):
    """And at most high^5: exponential decay is back wherever the gate stays below 1. Ledger A8."""
    assume(always(y_phi <= high))
    return carousel(s, lag=5) <= high**5


@claim(lstm_forget)
def forget_gate_is_strictly_between_zero_and_one(y_phi):
    """It never forgets all, and never keeps all. Ledger A6."""
    return y_phi > 0 and y_phi < 1


@claim(lstm_forget)
def state_forgets_geometrically(s, s0, y_phi, high, t):
    """A forget gate that stays at or below a number less than 1 bounds the state. Ledger A10."""
    assume(high < 1)
    assume(always(y_phi <= high))
    return abs(s) <= high**t * abs(s0) + 2 * (1 - high**t) / (1 - high)


@claim(lstm_forget)
def state_grows_by_two_a_step_at_most(s, s0, t):
    """Whatever the gate does: no more than without it. Ledger A4 and A10."""
    return abs(s) < abs(s0) + 2 * t


@claim(lstm_forget)
def no_number_bounds_the_state(s, s0):
    """A gate that may come as near to 1 as it likes bounds nothing in advance. Ledger A10."""
    assume(s0 == 0)
    return not bounded(s)


@myth(lstm_forget)
def forget_gate_bounds_the_state_by_one(s, s0):
    """What "learning to forget" suggests; one step of g near 2 leaves [-1, 1]. Ledger A10."""
    assume(abs(s0) <= 1)
    return abs(s) <= 1


@myth(lstm_forget)
def positive_bias_remembers(y_phi, b_phi):
    """A bias is one term of the net input, which the weights may outweigh at any step. Ledger A7."""
    assume(b_phi > 0)
    return y_phi >= 0.5
