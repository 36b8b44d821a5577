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

from lstmproof.language import (
    always,
    assume,
    bounded,
    carousel,
    cell,
    claim,
    cost,
    count,
    derivative,
    exp,
    jacobian,
    limit,
    myth,
    oo,
    previous,
    sigmoid,
    tanh,
)


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


@claim(lstm_1997)
def carousel_is_one(s):
    """The error inside a cell is not scaled, over a step or over a thousand. Ledger A2, A3, C14 and C16."""
    return carousel(s) == 1 and carousel(s, lag=1000) == 1


@myth(lstm_1997)
def carousel_carries_the_output(y):
    """The identity is the state's; from one output to the next leads no path but through net inputs. Ledger A3."""
    return carousel(y) == 1


@claim(lstm_1997)
def no_error_returns_through_a_net_input(y):
    """What the outputs at t-1 feed are net inputs: the truncated flow ends there. Ledger C13."""
    return carousel(y) == 0


@claim(lstm_1997)
def error_leaving_the_state_is_at_least_halved(y, s):
    """At its exit the error is scaled by y_out h'(s), and h' is at most 1/2. Ledger C14."""
    return abs(jacobian(y, s)) < 0.5


@claim
def slopes_at_the_entry_and_the_exit(z):
    """g' is at most 1 and h' at most 1/2: the only factors of the error beside the gates. Ledger C14."""
    return derivative(g(z), z) <= 1 and derivative(h(z), z) <= 0.5


@claim(lstm_1997)
def gates_are_strictly_between_zero_and_one(y_in, y_out):
    """Neither fully open nor fully closed: a gate scales, it does not bypass. Ledger C9."""
    return y_in > 0 and y_in < 1 and y_out > 0 and y_out < 1


@claim(lstm_1997)
def output_is_the_gated_squashed_state(y, y_out, s):
    """y(t) = y_out(t) h(s(t)), with the state of t and not of t-1. Ledger C11."""
    return y == y_out * h(s)


@claim(lstm_1997)
def output_gate_scales_the_memory(y, y_out):
    """What other units see of a cell is smaller than its output gate, whatever the cell holds. Ledger C9 and C17."""
    return abs(y) < y_out


@claim(lstm_1997)
def input_gate_protects_the_memory(s, y_in):
    """A step changes the state by less than 2 y_in. Ledger C10 and C17."""
    return abs(s - previous(s)) < 2 * y_in


@claim(lstm_1997)
def state_grows_by_two_a_step_at_most(s, s0, t):
    """Without a forget gate: at most linear growth. Ledger A4."""
    return abs(s) <= abs(s0) + 2 * t


@claim(lstm_1997)
def state_drifts_by_less_than_two_a_step(s, s0, t):
    """The same for the way travelled, and strictly, because neither y_in nor g attains its bound. Ledger A4."""
    return abs(s - s0) < 2 * t


@claim(lstm_1997)
def state_grows_without_bound(s, s0):
    """From s(0) = 0, as the paper starts: no number bounds the state. Ledger A4."""
    assume(s0 == 0)
    return not bounded(s)


@claim(lstm_1997)
def biased_input_gate_slows_the_drift(s, s0, y_in, leak, t):
    """The paper's remedy for drift: a gate held at `leak` lets the state drift by 2 leak a step. Ledger C17."""
    assume(always(y_in <= leak))
    return abs(s) <= abs(s0) + 2 * leak * t


@myth(lstm_1997)
def state_can_only_grow(s, s0):
    """The notes' "cell states grow linearly" is the worst case: g has both signs. Ledger A4."""
    return abs(s) >= abs(s0)


@claim
def squashing_functions_are_scaled_tanh(z):
    """h(z) = tanh(z / 2), and g is twice that. Ledger A5 and E5."""
    return h(z) == tanh(z / 2) and g(z) == 2 * tanh(z / 2)


@claim
def ranges_of_the_squashing_functions(z):
    """g in (-2, 2), h in (-1, 1), as in A.1, (4) and (5). Ledger E5."""
    return abs(g(z)) < 2 and abs(h(z)) < 1


@myth
def ranges_as_captioned(z):
    """The caption of table 10 gives g the range of h. Ledger E5."""
    return abs(g(z)) <= 1


@claim
def slope_vanishes_as_the_state_grows(z):
    """A saturated cell: h'(s) tends to 0 on both sides. Ledger A5."""
    return limit(derivative(h(z), z), z, oo) == 0 and limit(derivative(h(z), z), z, -oo) == 0


@claim
def slope_vanishes_exponentially(z):
    """How fast: h'(s) is at most 2 e^-|s|. Ledger A5."""
    return derivative(h(z), z) <= 2 * exp(-z) and derivative(h(z), z) <= 2 * exp(z)


@claim
def saturated_cell_is_its_output_gate(a, z):
    """The half that the notes leave out: y tends to plus or minus y_out, a. Ledger A5."""
    return limit(a * h(z), z, oo) == a and limit(a * h(z), z, -oo) == -a


@claim
def negative_biases():
    """The paper's -3 and -6 at input gates, -2 and -4 at output gates, with nothing else arriving. Ledger C17."""
    return sigmoid(-3) < 0.048 and sigmoid(-6) < 0.0025 and sigmoid(-2) < 0.12 and sigmoid(-4) < 0.018


@claim
def error_of_the_squared_misfit(d, z):
    """E = (d - y)^2, without the half: (19) lacks a factor 2, which the learning rate absorbs. Ledger E1."""
    return derivative(-((d - sigmoid(z)) ** 2), z) == 2 * sigmoid(z) * (1 - sigmoid(z)) * (d - sigmoid(z))


@myth
def error_as_printed(d, z):
    """(19) as printed, for E as printed in (16). Ledger E1."""
    return derivative(-((d - sigmoid(z)) ** 2), z) == sigmoid(z) * (1 - sigmoid(z)) * (d - sigmoid(z))


@claim(lstm_1997)
def cost_of_a_step():
    """O(W): so many operations a weight, forward, backward or with partials carried along, at any size. Ledger C15."""
    return (
        cost("forward") <= 5 * count("parameters")
        and cost("truncated") <= 10 * count("parameters")
        and cost("online") <= 20 * count("parameters")
    )


@claim(lstm_1997_block)
def carousel_of_a_block_is_one(s):
    """Sharing gates leaves the inside of each cell alone. Ledger A3 and C12."""
    return carousel(s) == 1


@claim(lstm_1997_block)
def state_of_a_block_grows_by_two_a_step_at_most(s, s0, t):
    """For each cell of a block as for a cell of its own. Ledger A4 and C12."""
    return abs(s) <= abs(s0) + 2 * t


@claim(lstm_1997_block)
def block_shares_its_gates(W_in, b_out):
    """Two gates a block, whatever the number of its cells: weights of a gate do not count units. Ledger C12."""
    return count(W_in) == count("block") * count("input") and count(b_out) == count("block")


@myth(lstm_1997_block)
def cells_of_a_block_have_their_own_gates(b_in, b_c):
    """The notes do not say that the gates are shared. Ledger C12."""
    return count(b_in) == count(b_c)
