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

from lstmproof.language import cell, sigmoid


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
