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

from lstmproof.language import always, assume, bounded, carousel, cell, claim, count, maximum, myth, sigmoid, tanh


@cell
def lstm(x, h, c, *, W_f, U_f, b_f, W_i, U_i, b_i, W_o, U_o, b_o, W_g, U_g, b_g):
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    i = sigmoid(W_i @ x + U_i @ h + b_i)
    o = sigmoid(W_o @ x + U_o @ h + b_o)
    g = tanh(W_g @ x + U_g @ h + b_g)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


@claim(lstm)
def output_is_inside_one(h):
    """h = o tanh(c), a product of a gate and a squashed state. Ledger D7."""
    return abs(h) < 1


@claim(lstm)
def gates_are_strictly_between_zero_and_one(f, i, o):
    """0 and 1 are limits that no gate attains. Ledger D2."""
    return f > 0 and f < 1 and i > 0 and i < 1 and o > 0 and o < 1


@claim(lstm)
def state_grows_by_one_a_step_at_most(c, c0, t):
    """f, i and g are all below 1. Ledger A4 and D7."""
    return abs(c) < abs(c0) + t


@claim(lstm)
def state_forgets_geometrically(c, c0, f, phi, t):
    """A forget gate that stays at or below phi < 1 bounds the state. Ledger A10."""
    assume(phi < 1)
    assume(always(f <= phi))
    return abs(c) <= phi**t * abs(c0) + (1 - phi**t) / (1 - phi)


@claim(lstm)
def forgetting_at_least_bounds_the_state(c, c0, f, phi):
    """The same bound for all steps at once: the time scale of the slowest gate. Ledger A10."""
    assume(phi < 1)
    assume(always(f <= phi))
    return abs(c) <= maximum(abs(c0), 1 / (1 - phi))


@claim(lstm)
def gates_that_do_not_exceed_one_together(c, c0, f, i):
    """What coupling the gates ensures, without coupling them. Ledger A10 and D6."""
    assume(always(f + i <= 1))
    return abs(c) <= maximum(abs(c0), 1)


@claim(lstm)
def no_number_bounds_the_state(c, c0):
    """The forget gate may come as near to 1 as it likes. Ledger A10."""
    assume(c0 == 0)
    return not bounded(c)


@claim(lstm)
def carousel_is_the_forget_gate(c, f):
    """Along the conveyor belt alone an error is scaled by f. Ledger A8 and D4."""
    return carousel(c) == f


@claim(lstm)
def open_gate_keeps_the_error(c, f, low):
    """Over five steps the direct path is a product of five gates: at least low^5. Ledger B2 and D4."""
    assume(low > 0)
    assume(always(low <= f))
    return carousel(c, lag=5) >= low**5


@claim(lstm)
def closed_gate_fades_the_error(c, f, high):
    """And at most high^5: exponential decay is back wherever the gate stays below 1. Ledger B2 and D4."""
    assume(always(f <= high))
    return carousel(c, lag=5) <= high**5


@claim(lstm)
def half_open_gate_halves_the_error(c, f):
    """A gate at 1/2: the direct path shrinks by 1/2 a step, here over ten. Ledger B2."""
    assume(always(f == 0.5))
    return carousel(c, lag=10) == 0.5**10


@claim(lstm)
def one_forget_gate_an_entry(b_f, c):
    """One number for each entry of c(t-1). Ledger D3."""
    return count(b_f) == count(c)


@myth(lstm)
def state_stays_within_one(c, c0):
    """Believed because c looks like a mixture of c(t-1) and g; f + i may reach 2. Ledger A10."""
    assume(abs(c0) <= 1)
    return abs(c) <= 1


@myth(lstm)
def information_flows_unchanged(c):
    """The conveyor belt with "only some minor interaction". Ledger D4."""
    return carousel(c) == 1


@myth(lstm)
def remembering_is_the_default(f, b_f):
    """Without a forget bias the gate is anywhere in (0, 1), and 1/2 in the middle. Ledger B2 and D4."""
    assume(b_f == 0)
    return f >= 0.9


@myth(lstm)
def zero_bias_sets_the_gate_to_one_half(f, b_f):
    """So it is on average under small random weights, not at a step. Ledger B2."""
    assume(b_f == 0)
    return f == 0.5


@myth(lstm)
def gate_is_zero_or_one(f):
    """A multiplication by [1 0]: to keep or to forget, and nothing between. Ledger D2."""
    return f == 0 or f == 1


@myth(lstm)
def what_is_forgotten_is_replaced(f, i):
    """The notes add "because we forgot"; f and i are independent here. Ledger D8."""
    return f + i == 1
