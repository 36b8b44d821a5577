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

from lstmproof.language import assume, cell, claim, derivative, jacobian, limit, myth, norm, oo, sigmoid, tanh


@cell
def rnn(x, h, *, W_h, U_h, b_h):
    h = tanh(W_h @ x + U_h @ h + b_h)
    return h


@cell
def rnn_logistic(x, h, *, W_h, U_h, b_h):
    h = sigmoid(W_h @ x + U_h @ h + b_h)
    return h


@claim(rnn)
def state_is_inside_one(h):
    """A squashed state has no more room than its squashing function. Ledger A5."""
    return abs(h) < 1


@claim(rnn)
def error_of_one_step(h, U_h):
    """tanh' is at most 1: over a step no error grows by more than the weights' norm. Ledger A1 and C2."""
    return norm(jacobian(h, h)) <= norm(U_h)


@claim(rnn_logistic)
def error_of_one_logistic_step(h, U_h):
    """The logistic slope is at most 1/4, and so is what a step makes of the weights' norm. Ledger A1 and C2."""
    return norm(jacobian(h, h)) <= norm(U_h) / 4


@claim(rnn_logistic)
def error_of_three_steps(h, U_h):
    """The same matrix again at each step: the bound is a power, (f'max |W|)^q. Ledger A1."""
    return norm(jacobian(h, h, lag=3)) <= (norm(U_h) / 4) ** 3


@claim
def one_weight_met_three_times(w, y):
    """The same weight at each step: |f' w|^3, not three weights along a longer pathway. Ledger A1."""
    return abs(derivative(sigmoid(w * sigmoid(w * sigmoid(w * y))), y)) <= (abs(w) / 4) ** 3


@claim
def error_of_one_unit(w, y):
    """The local error flow of a unit that sees itself: f'(net) w times the next error. Ledger C4."""
    return derivative(sigmoid(w * y), y) == sigmoid(w * y) * (1 - sigmoid(w * y)) * w


@claim
def error_signal_of_an_output(d, z):
    """-dE/dnet of E = (d - y)^2 / 2 is f'(net) (d - y). Ledger C1."""
    return derivative(-((d - sigmoid(z)) ** 2) / 2, z) == sigmoid(z) * (1 - sigmoid(z)) * (d - sigmoid(z))


@myth
def error_signal_is_the_misfit(d, z):
    """The notes' error signal, d - y, which lacks the slope f'(net). Ledger C1."""
    return derivative(-((d - sigmoid(z)) ** 2) / 2, z) == d - sigmoid(z)


@claim
def logistic_path_vanishes_below_four(w, z):
    """The threshold of a single logistic path: f' is at most 1/4, so |w| < 4 shrinks every error. Ledger C2 and C3."""
    assume(abs(w) < 4)
    return abs(derivative(sigmoid(z), z) * w) < 1


@claim
def logistic_layer_vanishes_below_four_nth(n, w, z):
    """Over all paths through n units: weights below 4 / n shrink every error. Ledger C2."""
    assume(n > 0)
    assume(abs(w) < 4 / n)
    return n * abs(derivative(sigmoid(z), z) * w) < 1


@claim
def tanh_path_vanishes_below_one(w, z):
    """The threshold of a single tanh path is 1. Ledger C2."""
    assume(abs(w) < 1)
    return abs(derivative(tanh(z), z) * w) < 1


@myth
def weight_above_one_explodes(w, z):
    """The notes' test of the weight alone; at net input 0 and w = 2 a logistic unit halves the error. Ledger C2."""
    assume(w > 1)
    return abs(derivative(sigmoid(z), z) * w) > 1


@myth
def weight_above_one_explodes_through_tanh(w, z):
    """Nor for tanh: a unit that saturates shrinks what any weight enlarges. Ledger C2."""
    assume(w > 1)
    return abs(derivative(tanh(z), z) * w) > 1


@myth
def weight_below_one_vanishes(w, z):
    """The notes' other test: a large negative weight is below 1, and the error grows with its size. Ledger C2."""
    assume(w < 1)
    return abs(derivative(sigmoid(z), z) * w) < 1


@myth
def threshold_of_one_path_serves_a_layer(n, w, z):
    """Below 4 each path shrinks, but n paths add up. Ledger C2."""
    assume(n >= 1)
    assume(abs(w) < 4)
    return n * abs(derivative(sigmoid(z), z) * w) < 1


@claim
def error_factor_of_a_weight(w, y):
    """As a function of w it is stationary where w y tanh(w y / 2) = 1, at w = coth(net / 2) / y. Ledger C3."""
    return derivative(w * sigmoid(w * y) * (1 - sigmoid(w * y)), w) == (
        sigmoid(w * y) * (1 - sigmoid(w * y)) * (1 - w * y * (2 * sigmoid(w * y) - 1))
    )


@claim
def gradient_vanishes_faster_than_the_weight_grows(w, y):
    """w f'(w y) tends to 0 as w grows: saturation wins over the weight. Ledger B1 and C3."""
    assume(y > 0)
    return limit(w * sigmoid(w * y) * (1 - sigmoid(w * y)), w, oo) == 0


@myth
def larger_weight_carries_more_error(v, w, y):
    """Believed because the factor is f'(net) w; net grows with w too, and f' falls. Ledger B1."""
    assume(w > 0)
    assume(v > w)
    assume(y > 0)
    return v * sigmoid(v * y) * (1 - sigmoid(v * y)) > w * sigmoid(w * y) * (1 - sigmoid(w * y))
