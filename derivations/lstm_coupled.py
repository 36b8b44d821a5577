"""LSTM with coupled input and forget gates: what is forgotten is replaced.

Sources: the notes' last variant, c = f c + (1 - f) g, where the forget gate drives (`lstm_coupled`); K. Greff et al.,
"LSTM: A Search Space Odyssey", 2015, variant CIFG, which puts f = 1 - i into the formulas of section II, where the
input gate drives (`lstm_coupled_input`). Both stand here without peepholes. One becomes the other by negating the
driving gate's weights and bias, because 1 - sigma(z) = sigma(-z) (B4).

Where the notes differ:
    D6  (not in the notes) c is a convex combination of c(t-1) and g, so |c| <= 1 once |c(0)| <= 1.
"""

from lstmproof.language import cell, sigmoid, tanh


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
