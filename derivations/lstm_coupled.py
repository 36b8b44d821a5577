"""LSTM with coupled input and forget gates: what is forgotten is replaced.

Sources: the notes' last variant, c = f c + (1 - f) g, where the forget gate drives (`lstm_coupled`); K. Greff et al.,
"LSTM: A Search Space Odyssey", 2015, variant CIFG, which puts f = 1 - i into the formulas of section II, where the
input gate drives (`lstm_coupled_input`). Both stand here without peepholes. One becomes the other by negating the
driving gate's weights and bias, because 1 - sigma(z) = sigma(-z) (B4).

Where the notes differ:
    D6  (not in the notes) c is a convex combination of c(t-1) and g, so |c| <= 1 once |c(0)| <= 1.
"""

from lstmproof.language import (
    always,
    assume,
    bounded,
    carousel,
    cell,
    claim,
    maximum,
    minimum,
    myth,
    previous,
    sigmoid,
    tanh,
)


@cell
def lstm_coupled(x, h, c, *, W_f, U_f, b_f, W_o, U_o, b_o, W_g, U_g, b_g):
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    o = sigmoid(W_o @ x + U_o @ h + b_o)
    g = tanh(W_g @ x + U_g @ h + b_g)
    c = f * c + (1 - f) * g
    h = o * tanh(c)
    return h, c


@cell
def lstm_coupled_input(x, h, c, *, W_i, U_i, b_i, W_o, U_o, b_o, W_g, U_g, b_g):
    i = sigmoid(W_i @ x + U_i @ h + b_i)
    o = sigmoid(W_o @ x + U_o @ h + b_o)
    g = tanh(W_g @ x + U_g @ h + b_g)
    c = (1 - i) * c + i * g
    h = o * tanh(c)
    return h, c


@claim
def complement_of_a_gate(z):
    """Why either gate may drive: negate its weights and its bias. Ledger B4 and D6."""
    return 1 - sigmoid(z) == sigmoid(-z)


@claim(lstm_coupled)
def state_stays_within_one(c, c0):
    """What is forgotten is replaced by something within (-1, 1). Ledger D6."""
    return abs(c) <= maximum(abs(c0), 1)


@claim(lstm_coupled)
def state_lies_between_the_old_one_and_the_candidate(c, g):
    """A convex combination, step by step. Ledger D6."""
    return c <= maximum(previous(c), g) and c >= minimum(previous(c), g)


@claim(lstm_coupled)
def state_is_bounded(c, c0):
    """One number serves all weights and inputs, unlike for independent gates. Ledger A10 and D6."""
    assume(abs(c0) <= 1)
    return bounded(c)


@claim(lstm_coupled)
def excess_over_one_decays_geometrically(c, c0, f, phi, t):
    """A state that starts outside [-1, 1] returns at the pace of its gate. Ledger A10 and D6."""
    assume(abs(c0) >= 1)
    assume(always(f <= phi))
    return abs(c) <= 1 + phi**t * (abs(c0) - 1)


@claim(lstm_coupled)
def carousel_is_the_forget_gate(c, f):
    """Coupling changes what is let in, not what is kept. Ledger D4 and D6."""
    return carousel(c) == f


@claim(lstm_coupled)
def output_is_inside_one(h):
    """The output squashes a state that needs no squashing. Ledger D7."""
    return abs(h) < 1


@claim(lstm_coupled_input)
def state_driven_by_the_input_gate_stays_within_one(c, c0):
    """Whichever gate drives. Ledger D6."""
    return abs(c) <= maximum(abs(c0), 1)


@claim(lstm_coupled_input)
def carousel_is_what_the_input_gate_leaves(c, i):
    """Here the forget gate is 1 - i. Ledger D6."""
    return carousel(c) == 1 - i


@myth(lstm_coupled_input)
def input_gate_is_the_carousel(c, i):
    """The gate that drives is not always the gate that keeps. Ledger D6."""
    return carousel(c) == i
