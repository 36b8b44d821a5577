"""LSTM whose gates see the cell state: diagonal peepholes, and the notes' full matrices.

Sources: F. Gers, N. Schraudolph and J. Schmidhuber, "Learning Precise Timing with LSTM Recurrent Networks", JMLR 3,
2002: peepholes from the cells of a block to its gates, diagonal for blocks of one cell; K. Greff et al., "LSTM: A
Search Space Odyssey", 2015, section II, for the equations as they stand here, with the output's tanh that 2002 drops.
The input and forget gates see c(t-1), the output gate c(t), so it is written after the update. In 2002 no error
returns from a gate through a peephole: `cut` says so of c(t) in the truncated flow, and the full flow,
that of Greff et al., ignores it.

Where the notes differ:
    D5   they print alpha for sigma, and weights that act on the whole of [c, h, x]: that is `lstm_peephole_full`, equal
         to `lstm_peephole` if and only if the P are diagonal.
    A10  with peepholes even bounded inputs do not bound the state: p_f = p_i = 1 and a constant input let it grow.
"""

from lstmproof.language import (
    always,
    assume,
    bounded,
    carousel,
    cell,
    claim,
    cut,
    derivative,
    maximum,
    myth,
    previous,
    sigmoid,
    tanh,
)


@cell
def lstm_peephole(x, h, c, *, W_f, U_f, p_f, b_f, W_i, U_i, p_i, b_i, W_o, U_o, p_o, b_o, W_g, U_g, b_g):
    f = sigmoid(W_f @ x + U_f @ h + p_f * c + b_f)
    i = sigmoid(W_i @ x + U_i @ h + p_i * c + b_i)
    g = tanh(W_g @ x + U_g @ h + b_g)
    c = f * c + i * g
    o = sigmoid(W_o @ x + U_o @ h + p_o * cut(c) + b_o)
    h = o * tanh(c)
    return h, c


@cell
def lstm_peephole_full(x, h, c, *, W_f, U_f, P_f, b_f, W_i, U_i, P_i, b_i, W_o, U_o, P_o, b_o, W_g, U_g, b_g):
    f = sigmoid(W_f @ x + U_f @ h + P_f @ c + b_f)
    i = sigmoid(W_i @ x + U_i @ h + P_i @ c + b_i)
    g = tanh(W_g @ x + U_g @ h + b_g)
    c = f * c + i * g
    o = sigmoid(W_o @ x + U_o @ h + P_o @ cut(c) + b_o)
    h = o * tanh(c)
    return h, c


@claim(lstm_peephole)
def output_is_inside_one(h):
    """A peephole moves the gate, and h is still a gate times a squashed state. Ledger D7."""
    return abs(h) < 1


@claim(lstm_peephole)
def state_grows_by_one_a_step_at_most(c, c0, t):
    """Peepholes change the gates, not their range. Ledger A10 and D7."""
    return abs(c) < abs(c0) + t


@claim(lstm_peephole)
def carousel_is_the_forget_gate(c, f):
    """A peephole is a net input: no error returns through it in the truncated flow. Ledger A8 and D5."""
    return carousel(c) == f


@claim
def error_through_a_peephole(p, b, c):
    """What the full flow adds to f: the state moves the gate that scales it. Ledger D5."""
    return derivative(sigmoid(p * c + b) * c, c) == (
        sigmoid(p * c + b) + p * c * sigmoid(p * c + b) * (1 - sigmoid(p * c + b))
    )


@myth
def error_through_a_peephole_is_the_gate(p, b, c):
    """So it is in the truncated flow alone. Ledger D5."""
    return derivative(sigmoid(p * c + b) * c, c) == sigmoid(p * c + b)


@claim(lstm_peephole)
def bounded_inputs_do_not_bound_the_state(x, c, c0):
    """Peepholes or not, no number serves all weights; with them, none serves even one network. Ledger A10."""
    assume(always(abs(x) <= 1))
    assume(c0 == 0)
    return not bounded(c)


@claim
def gate_that_the_state_opens(c):
    """p_f = 4 and no bias: the gate opens faster than its state grows; no step forgets more than 1/4. Ledger A10."""
    assume(c >= 0)
    return c * (1 - sigmoid(4 * c)) <= 0.25


@claim(lstm_peephole)
def state_that_opens_its_gate_grows(c, c0, f, i, g, t):
    """Such a gate, with i = 1/2 and g = 3/4 from a constant input: one network, at least linear growth. Ledger A10."""
    assume(c0 == 0)
    assume(always(previous(c) * (1 - f) <= 0.25))
    assume(always(i >= 0.5))
    assume(always(g >= 0.75))
    return c >= t / 8


@claim(lstm_peephole)
def forgetting_at_least_bounds_the_state(c, c0, f, ceiling):
    """What peepholes break is the hypothesis, not the bound. Ledger A10."""
    assume(ceiling < 1)
    assume(always(f <= ceiling))
    return abs(c) <= maximum(abs(c0), 1 / (1 - ceiling))


@claim(lstm_peephole_full)
def state_under_full_peepholes_grows_by_one_a_step_at_most(c, c0, t):
    """Whatever the gates see, they stay gates. Ledger D5 and D7."""
    return abs(c) < abs(c0) + t


@claim(lstm_peephole_full)
def carousel_under_full_peepholes_is_the_forget_gate(c, f):
    """In the truncated flow a matrix of peepholes mixes no units. Ledger D5."""
    return carousel(c) == f
