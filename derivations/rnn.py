"""The conventional recurrent network, whose error decays or grows exponentially.

Source: S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997, section 3.1:
y^i(t) = f_i(net_i(t)) with net_i(t) = sum_j w_ij y^j(t-1). The external input arrives through the same sum; here it
is written x(t), with weights and a bias of its own. Over q steps the error is scaled by a sum of products
of factors f'(net) w (eqs. 1 and 2): one weight matrix, used again at every step.

Where the notes differ:
    A1  "a longer pathway meets more weights": it meets the same matrix more often, and the factors f' are missing.
    B1  with a logistic f, w f'(net) tends to 0 as w grows: the gradient vanishes faster than the weight can grow.
    C1  the error signal of an output unit is f'(net) (d - y), not d - y.
    C2  "w > 1 explodes, w < 1 vanishes": the test is |f'(net) w|; f' is at most 1/4 for the logistic function, so a
        single path vanishes for |w| < 4, and at most 1 for tanh.
"""

from lstmproof.language import cell, sigmoid, tanh


@cell
def rnn(x, h, *, W_h, U_h, b_h):
    h = tanh(W_h @ x + U_h @ h + b_h)
    return h


@cell
def rnn_logistic(x, h, *, W_h, U_h, b_h):
    h = sigmoid(W_h @ x + U_h @ h + b_h)
    return h
