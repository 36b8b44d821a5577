"""The naive constant error carousel: one linear unit that remembers, and its two weight conflicts.

Source: S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997, section 3.2. Constant
error flow through unit j asks for f'_j(net_j) w_jj = 1.0, hence f_j(x) = x / w_jj; the carousel takes f_j(x) = x and
w_jj = 1.0, so that y_j(t+1) = y_j(t) as long as nothing else arrives. The two conflicts are those of the weights by
which the unit is connected to the rest: W_j (w_ji in the paper), which must both store an input and protect what is
stored from the next one, and W_k (w_kj), which must both read the unit and shield the units k from it.

Where the notes differ:
    C4  the local error flow is f'_j(net_j) w_jj times the next error, which the notes call v_j.
    C5  "gradients are 0 and not updating": the error is constant; the gradients of the weights are not 0.
    C6  f_j(x) = x needs w_jj = 1.
    C7  net_j(t) = sum_i w_ji y^i(t-1): the notes swap the indices and read the future, v_i(t+1).
    C8  the conflict is between storing and protecting, not a choice to "ignore units other than j".
"""

from lstmproof.language import assume, cell, claim, derivative, jacobian, myth


@cell
def carousel(x, y: "", *, W_j: "input", W_k: "output"):
    y = y + W_j @ x
    k: "output" = W_k * y
    return y, k


@claim(carousel)
def error_is_constant(y):
    """With f(x) = x and w_jj = 1 an error passes a step, or a thousand, unchanged. Ledger C6."""
    return jacobian(y, y) == 1 and jacobian(y, y, lag=1000) == 1


@claim
def constant_error_flow(w, x):
    """f(x) = x / w makes f'(net) w equal to 1, whatever the net input. Ledger C5 and C6."""
    assume(w != 0)
    return derivative(x / w, x) * w == 1


@myth
def identity_is_enough(w, x):
    """The notes' f(x) = x, whatever the self-weight: the error is scaled by w at each step. Ledger C6."""
    return derivative(x, x) * w == 1


@myth
def weights_receive_no_gradient(y, w, x):
    """Believed because the error is constant: what is constant is dE/dy, and dy/dw is the input. Ledger C5."""
    return derivative(y + w * x, w) == 0
