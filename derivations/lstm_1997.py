"""Long short-term memory as published: input and output gates around a carousel, no forget gate.

Source: S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9(8), 1997, section 4 and
appendix A.1: squashing functions (3) to (5), gates (7) and (8), cell input, internal state and cell output (9).
`lstm_1997` has a pair of gates for every cell; in `lstm_1997_block` (sec. 4, "memory cell blocks") the cells of a block
share one pair. x holds the units outside the layer and a bias stands for the paper's bias units. What feeds back is the
cells' outputs y; the paper also lets gates and conventional hidden units feed each other. The paper's gradient is
the truncated one (sec. 4, "Learning", and A.1): errors that arrive at a net input go no further back in time.

Where the notes differ:
    A3   the carousel is the identity of the state s, not of the output, which h' and y_out scale.
    A4   what grows without a forget gate is the state: at most by 2 a step, and exactly linearly under a constant
         input. Gates open, weights do not.
    A5   as |s| grows, h'(s) tends to 0, and the output to plus or minus y_out.
    C9   a net input is a sum over all sources, and the output gate scales the memory, it does not bypass it.
    C10  y_in multiplies the cell's squashed input; it is not "the activation of the previous cell's output".
    C11  y(t) = y_out(t) h(s(t)); the notes' markup is broken.
    C12  the cells of a block share one input gate and one output gate, whatever their number.
    C13  errors that arrive at the three net inputs change the weights there and go no further back.
    C14  the error is scaled on entering (y_in g', or g f'_in) and on leaving (y_out h'), never inside.

Where the paper slips:
    E1   E = sum (t - y)^2 gives a factor 2 in (19), absorbed in the learning rate.
    E2   net_k(t) reads y(t-1) as printed, but (21) and (23) need y(t).
    E5   the caption of table 10 swaps the ranges of g and h, given in (4) and (5).
"""

from lstmproof.language import cell, sigmoid


def g(z):
    return 4 * sigmoid(z) - 2


def h(z):
    return 2 * sigmoid(z) - 1


@cell
def lstm_1997(x, y, s, *, W_in, U_in, b_in, W_out, U_out, b_out, W_c, U_c, b_c):
    y_in = sigmoid(W_in @ x + U_in @ y + b_in)
    y_out = sigmoid(W_out @ x + U_out @ y + b_out)
    s = s + y_in * g(W_c @ x + U_c @ y + b_c)
    y = y_out * h(s)
    return y, s


@cell
def lstm_1997_block(
    x,
    y: "block unit",
    s: "block unit",
    *,
    W_in: "block input",
    U_in: "block block unit",
    b_in: "block",
    W_out: "block input",
    U_out: "block block unit",
    b_out: "block",
    W_c: "block unit input",
    U_c: "block unit block unit",
    b_c: "block unit",
):
    y_in: "block" = sigmoid(W_in @ x + U_in @ y + b_in)
    y_out: "block" = sigmoid(W_out @ x + U_out @ y + b_out)
    s = s + y_in * g(W_c @ x + U_c @ y + b_c)
    y = y_out * h(s)
    return y, s
