"""LSTM in the form in common use: forget, input and output gates, a tanh candidate, the full gradient.

Sources: J. van der Westhuizen and J. Lasenby, "The unreasonable effectiveness of the forget gate", 2018, section 3,
eq. 1; K. Greff et al., "LSTM: A Search Space Odyssey", 2015, section II, without its peepholes. The full gradient is
that of A. Graves and J. Schmidhuber, "Framewise Phoneme Classification with Bidirectional LSTM", Neural Networks, 2005.
The notes' W [h(t-1), x(t)] is U h(t-1) + W x(t); their candidate (c with a tilde) is g.

Where the notes differ:
    D1  the star is the product entry by entry.
    D2  "a matrix multiplication to the [1 0]": the gate multiplies entry by entry, and 0 and 1 are never attained.
    D3  the forget gate has one number for each entry of c(t-1), not of c(t).
    D4  c flows "unchanged", remembering is "the default": c(t-1) is scaled by f, and h(t-1) opens further paths.
    D7  (not in the notes) |h(t)| < 1 always, and |c(t)| < |c(0)| + t.
    D8  "forgetting, so additional information needs to be added": f and i are independent here.
    B2  small weights and no bias put f near 1/2, so that the direct path shrinks by 1/2 a step.
    B3  "initialise all biases to zeros" must except b_f, set to 1 or 2.
"""

from lstmproof.language import cell, sigmoid, tanh


@cell
def lstm(x, h, c, *, W_f, U_f, b_f, W_i, U_i, b_i, W_o, U_o, b_o, W_g, U_g, b_g):
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    i = sigmoid(W_i @ x + U_i @ h + b_i)
    o = sigmoid(W_o @ x + U_o @ h + b_o)
    g = tanh(W_g @ x + U_g @ h + b_g)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c
