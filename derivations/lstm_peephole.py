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

from lstmproof.language import cell, cut, sigmoid, tanh


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
