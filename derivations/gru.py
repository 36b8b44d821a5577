"""The gated recurrent unit, for comparison: no cell beside the state, one gate for keeping and replacing.

Source: K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation",
2014, eqs. 5 (r), 6 (z), 7 (h) and 8 (the candidate, here n), with the biases that the paper leaves out. z keeps, as in
eq. 7; J. Chung et al., "Empirical Evaluation of Gated Recurrent Neural Networks on Sequence Modeling", 2014, write
1 - z for it. `gru_reset_after` multiplies by r after the product with U_n, as the first preprint of the same paper and
cuDNN do, and needs a second bias d_n inside; the two agree where U_n is diagonal and d_n is 0.
"""

from lstmproof.language import (
    always,
    assume,
    carousel,
    cell,
    claim,
    maximum,
    minimum,
    myth,
    previous,
    sigmoid,
    tanh,
)


@cell
def gru(x, h, *, W_z, U_z, b_z, W_r, U_r, b_r, W_n, U_n, b_n):
    z = sigmoid(W_z @ x + U_z @ h + b_z)
    r = sigmoid(W_r @ x + U_r @ h + b_r)
    n = tanh(W_n @ x + U_n @ (r * h) + b_n)
    h = z * h + (1 - z) * n
    return h


@cell
def gru_reset_after(x, h, *, W_z, U_z, b_z, W_r, U_r, b_r, W_n, U_n, b_n, d_n):
    z = sigmoid(W_z @ x + U_z @ h + b_z)
    r = sigmoid(W_r @ x + U_r @ h + b_r)
    n = tanh(W_n @ x + r * (U_n @ h + d_n) + b_n)
    h = z * h + (1 - z) * n
    return h


@claim(gru)
def state_stays_within_one(h, h0):
    """Coupled as in JANET: what is not kept is replaced. Ledger D6."""
    return abs(h) <= maximum(abs(h0), 1)


@claim(gru)
def state_lies_between_the_old_one_and_the_candidate(h, n):
    """A convex combination, step by step. Ledger D6."""
    return h <= maximum(previous(h), n) and h >= minimum(previous(h), n)


@claim(gru)
def excess_over_one_decays_geometrically(h, h0, z, phi, t):
    """A state that starts outside [-1, 1] returns at the pace of its gate. Ledger A10 and D6."""
    assume(abs(h0) >= 1)
    assume(always(z <= phi))
    return abs(h) <= 1 + phi**t * (abs(h0) - 1)


@claim(gru)
def carousel_is_the_update_gate(h, z):
    """z keeps: the chrono bias goes on z with the sign of a forget gate. Ledger B13."""
    return carousel(h) == z


@myth(gru)
def update_gate_updates(h, z):
    """What its name says, and what 1 - z does here; Chung et al. write it the other way round. Ledger B13."""
    return carousel(h) == 1 - z


@claim(gru_reset_after)
def state_with_a_late_reset_stays_within_one(h, h0):
    """Where the reset gate stands does not matter to the bound. Ledger D6."""
    return abs(h) <= maximum(abs(h0), 1)


@claim(gru_reset_after)
def carousel_with_a_late_reset_is_the_update_gate(h, z):
    """The reset gate acts on a net input, which the truncated flow cuts. Ledger B13."""
    return carousel(h) == z
