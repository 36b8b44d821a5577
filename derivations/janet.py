"""JANET, just another network: the forget gate alone.

Source: J. van der Westhuizen and J. Lasenby, "The unreasonable effectiveness of the forget gate", 2018, section 3:
eq. 2 is `janet`; the equations after it, which let slightly more in than was forgotten, are `janet_beta` with beta = 1.
The paper's c and h are the same, so there is one state, h; the candidate (c with a tilde) is g.

Where the notes differ:
    B4   coupling: the input gate is 1 - f, and 1 - sigma(z) = sigma(-z).
    B5   without tanh on h, "values beyond [-1, 1]": not at beta = 0, where h is a convex combination.
    B6   f(t) = sigma(U_f h(t-1) + W_f x(t) + b_f): the notes add x_f.
    B7   c(t) = f(t) c(t-1) + (1 - f(t)) g(t): the notes' first f lacks its index t.
    B8   s(t) reads h(t-1): the notes read h(t), which is circular.
    B9   1 - sigma(s(t) - beta): the notes print "1 - (s_t - )", without sigma and beta.
    B10  "slightly more" is a factor between 1 and e^beta, up to 2.72 at beta = 1.
    B12  "would not be retrained": retained. With b_f = 1 the half-life is 2.2 steps.
    B13  the chrono initialiser sets b_f alone here; the coupling supplies what b_i = -b_f does in an LSTM.
"""

from lstmproof.language import cell, sigmoid, tanh


@cell
def janet(x, h, *, W_f, U_f, b_f, W_c, U_c, b_c):
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    g = tanh(W_c @ x + U_c @ h + b_c)
    h = f * h + (1 - f) * g
    return h


@cell
def janet_beta(x, h, *, W_f, U_f, b_f, W_c, U_c, b_c, beta=1.0):
    s = W_f @ x + U_f @ h + b_f
    f = sigmoid(s)
    g = tanh(W_c @ x + U_c @ h + b_c)
    h = f * h + (1 - sigmoid(s - beta)) * g
    return h
