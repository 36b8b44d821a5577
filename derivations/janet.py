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

from lstmproof.language import (
    always,
    assume,
    bounded,
    carousel,
    cell,
    claim,
    derivative,
    exp,
    limit,
    maximum,
    minimum,
    myth,
    oo,
    previous,
    same,
    sigmoid,
    tanh,
)


def gain(s, beta):
    return (1 - sigmoid(s - beta)) / (1 - sigmoid(s))


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


@claim(janet)
def state_stays_within_one(h, h0):
    """At beta = 0 the state has the room of tanh and no more. Ledger B5 and D6."""
    return abs(h) <= maximum(abs(h0), 1)


@claim(janet)
def state_lies_between_the_old_one_and_the_candidate(h, g):
    """A convex combination, step by step. Ledger B5 and B7."""
    return h <= maximum(previous(h), g) and h >= minimum(previous(h), g)


@claim(janet)
def state_is_bounded(h, h0):
    """One number serves all weights and inputs. Ledger B5."""
    assume(abs(h0) <= 1)
    return bounded(h)


@claim(janet)
def excess_over_one_decays_geometrically(h, h0, f, phi, t):
    """A state that starts outside [-1, 1] returns at the pace of its gate. Ledger A10 and B5."""
    assume(abs(h0) >= 1)
    assume(always(f <= phi))
    return abs(h) <= 1 + phi**t * (abs(h0) - 1)


@claim(janet)
def open_gate_skips_the_step(h, f):
    """With f near 1 the new state is near the old one: connections that skip over time. Ledger B14."""
    return abs(h - previous(h)) <= (1 - f) * (1 + abs(previous(h)))


@claim(janet)
def carousel_is_the_gate(h, f):
    """The direct path shrinks as in an LSTM: h(t-1) is scaled by f(t). Ledger B2 and B7."""
    return carousel(h) == f


@claim
def tanh_only_shrinks(z):
    """What leaving tanh off h avoids: a slope that is never above 1. Ledger B5."""
    return derivative(tanh(z), z) > 0 and derivative(tanh(z), z) <= 1


@claim
def complement_of_the_gate(z):
    """The coupled input gate is a gate: the same one with its net input negated. Ledger B4."""
    return 1 - sigmoid(z) == sigmoid(-z)


@claim(janet_beta)
def state_stays_below_exp_beta(h, h0, beta):
    """The leaky accumulator never exceeds e^beta (or where it started). Ledger B11."""
    assume(beta >= 0)
    return abs(h) <= maximum(abs(h0), exp(beta))


@claim(janet_beta)
def negative_beta_keeps_the_state_within_one(h, h0, beta):
    """Letting less in than was forgotten: the bound is that of JANET. Ledger B11."""
    assume(beta <= 0)
    return abs(h) <= maximum(abs(h0), 1)


@myth(janet_beta)
def state_stays_within_one_for_any_beta(h, h0):
    """Believed because h is nearly a convex combination; false as soon as beta > 0. Ledger B11."""
    assume(abs(h0) <= 1)
    return abs(h) <= 1


@myth(janet_beta)
def state_stays_below_one_plus_beta(h, h0, beta):
    """A bound that agrees with e^beta to first order is too small. Ledger B11."""
    assume(beta >= 0)
    return abs(h) <= maximum(abs(h0), 1 + beta)


@claim(janet_beta)
def carousel_does_not_know_beta(h, f):
    """beta changes what is let in, not what is kept. Ledger B9."""
    return carousel(h) == f


@claim(janet_beta)
def janet_is_the_case_beta_zero(beta):
    """Without beta the two cells are one. Ledger B9."""
    assume(beta == 0)
    return same(janet, janet_beta)


@myth(janet_beta)
def beta_changes_nothing(beta):
    """At the paper's beta = 1 they are two: a formula without beta is another cell. Ledger B9."""
    assume(beta == 1)
    return same(janet, janet_beta)


@myth
def notes_print_a_gate(s, beta):
    """The notes' 1 - (s - beta), its sigma lost, is no gate. Ledger B9."""
    return 1 - (s - beta) > 0 and 1 - (s - beta) < 1


@claim
def gain_in_closed_form(s, beta):
    """How much is let in for what is forgotten. Ledger B10."""
    return gain(s, beta) == exp(beta) * (1 + exp(s)) / (exp(beta) + exp(s))


@claim
def gain_is_between_one_and_exp_beta(s, beta):
    """More is let in than was forgotten, and less than e^beta times that. Ledger B10."""
    assume(beta > 0)
    return gain(s, beta) > 1 and gain(s, beta) < exp(beta)


@claim
def gain_comes_as_near_as_it_likes(s, beta):
    """1 where the gate is closed, e^beta where it is open: neither bound can be improved. Ledger B10 and B11."""
    return limit(gain(s, beta), s, -oo) == 1 and limit(gain(s, beta), s, oo) == exp(beta)


@myth
def slightly_more_than_forgotten(s):
    """At beta = 1 an open gate lets in up to 2.7 times what it forgets. Ledger B10."""
    return gain(s, 1) <= 1.5
