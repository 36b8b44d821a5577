"""The gated recurrent unit, for comparison: no cell beside the state, one gate for keeping and replacing.

Source: K. Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation",
2014, eqs. 5 (r), 6 (z), 7 (h) and 8 (the candidate, here n), with the biases that the paper leaves out. z keeps, as in
eq. 7; J. Chung et al., "Empirical Evaluation of Gated Recurrent Neural Networks on Sequence Modeling", 2014, write
1 - z for it. `gru_reset_after` multiplies by r after the product with U_n, as the first preprint of the same paper and
cuDNN do, and needs a second bias d_n inside; the two agree where U_n is diagonal and d_n is 0.
"""

from lstmproof.language import cell, sigmoid, tanh


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
