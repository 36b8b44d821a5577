"""Small cells of this suite: kinks, gates that multiply, several states, divisions, growth, blocks, two in one file."""

from __future__ import annotations

COUNTER = """
@cell
def counter(x: "", n: ""):
    n = n + 1
    echo = x
    return n, echo
"""

DOUBLING = """
@cell
def doubling(x: "", s: ""):
    s = 2 * s
    echo = x
    return s, echo
"""

CAPPED = """
@cell
def capped(x: "", s: ""):
    s = minimum(s + 1, 1000)
    echo = x
    return s, echo
"""

ROTATION = """
@cell
def rotation(x: "", a: "", b: ""):
    old = a
    a = 0.6 * a - 0.8 * b
    b = 0.8 * old + 0.6 * b
    echo = x
    return a, b, echo
"""

EXCHANGE = """
@cell
def exchange(x: "", a, b):
    old = a
    a = b
    b = old
    echo = x
    return a, b, echo
"""

FIBONACCI = """
@cell
def fibonacci(x: "", a: "", b: ""):
    old = a
    a = b
    b = old + b
    echo = x
    return a, b, echo
"""

LOGISTIC_MAP = """
@cell
def logistic_map(x: "", v: ""):
    v = 4 * v * (1 - v)
    echo = x
    return v, echo
"""

SQUARES = """
@cell
def squares(x: "", v: ""):
    v = v * v
    echo = x
    return v, echo
"""

SAWTOOTH = """
@cell
def sawtooth(x: "", v: ""):
    v = abs(v - 1)
    echo = x
    return v, echo
"""

HARMONIC = """
@cell
def harmonic(x: "", n: "", s: "", q: ""):
    n = n + 1
    s = s + 1 / n
    q = q + 1 / (n * n)
    echo = x
    return n, s, q, echo
"""

SHIFT_REGISTER = """
@cell
def register(x: "", a: "", b: "", c: ""):
    d = c
    c = b
    b = a
    a = x
    return a, b, c, d
"""

SUMMATION = """
@cell
def summation(x: "hidden", s):
    s = s + x
    return s
"""

DISCOUNT = """
@cell
def discount(x: "hidden", s, *, gamma=0.9):
    s = gamma * s + x
    return s
"""

SMOOTHING = """
@cell
def smoothing(x: "hidden", s, *, gamma=0.9):
    s = gamma * s + (1 - gamma) * x
    return s
"""

CLIPPED = """
@cell
def clipped(x, h, *, W, U, b):
    h = minimum(maximum(W @ x + U @ h + b, -1), 1)
    return h
"""

RECTIFIED = """
@cell
def rectified(x, h, *, W, U, b):
    h = relu(W @ x + U @ h + b)
    return h
"""

SOFTSIGN = """
@cell
def softsign(x, h, *, W, U, b):
    net = W @ x + U @ h + b
    h = net / (1 + abs(net))
    return h
"""

SINE = """
@cell
def sine(x, h, *, W, U, b):
    h = sin(W @ x + U @ h + b)
    return h
"""

HARD = """
@cell
def hard(x, h, *, W_f, U_f, b_f, W_g, U_g, b_g):
    f = hard_sigmoid(W_f @ x + U_f @ h + b_f)
    g = tanh(W_g @ x + U_g @ h + b_g)
    h = f * h + (1 - f) * g
    return h
"""

TWO_GATES = """
@cell
def two_gates(x, c, *, W_f, U_f, b_f, W_i, U_i, b_i, W_g, U_g, b_g):
    f = sigmoid(W_f @ x + U_f @ c + b_f)
    i = sigmoid(W_i @ x + U_i @ c + b_i)
    g = tanh(W_g @ x + U_g @ c + b_g)
    c = f * i * c + (1 - f) * (1 - i) * g
    return c
"""

LEAKY = """
@cell
def leaky(x, c, *, W_f, U_f, b_f, W_i, U_i, b_i, W_g, U_g, b_g, leak=0.5):
    f = sigmoid(W_f @ x + U_f @ c + b_f)
    i = sigmoid(W_i @ x + U_i @ c + b_i)
    g = tanh(W_g @ x + U_g @ c + b_g)
    c = leak * f * c + i * g
    return c
"""

AVERAGE = """
@cell
def average(x, h, *, W_a, U_a, b_a, W_d, U_d, b_d, W_g, U_g, b_g):
    a = exp(W_a @ x + U_a @ h + b_a)
    d = exp(W_d @ x + U_d @ h + b_d)
    g = tanh(W_g @ x + U_g @ h + b_g)
    h = (a * h + d * g) / (a + d)
    return h
"""

NORMALISED = """
@cell
def normalised(x, c, n, *, W_f, b_f, W_i, b_i, W_g, b_g):
    f = sigmoid(W_f @ x + b_f)
    i = exp(W_i @ x + b_i)
    g = tanh(W_g @ x + b_g)
    c = f * c + i * g
    n = f * n + i
    h: "hidden" = c / n
    return c, n, h
"""

SOFT = """
@cell
def soft(x, h, *, W, U, b):
    net = W @ x + U @ h + b
    h = softplus(net) - softplus(net - 1)
    return h
"""

BLOCKS = """
@cell
def blocks(x, c: "block unit", *, W_f: "block input", U_f: "block block unit", b_f: "block",
           W_g: "block unit input", U_g: "block unit block unit", b_g: "block unit"):
    f: "block" = sigmoid(W_f @ x + U_f @ c + b_f)
    g = tanh(W_g @ x + U_g @ c + b_g)
    c = f * c + (1 - f) * g
    return c
"""

LAYERS = """
@cell
def layers(x, h, k: "top", *, W_h, U_h, b_h, W_z, U_z, b_z, W_k, U_k: "top top", b_k, P):
    h = tanh(W_h @ x + U_h @ h + b_h)
    z: "top" = sigmoid(W_z @ h + U_z @ k + b_z)
    k: "top" = z * k + (1 - z) * tanh(W_k @ h + U_k @ k + b_k) + P @ h
    return h, k
"""

ALIKE = """
@cell
def weighted(x, h, *, W_f, b_f, W_g, b_g):
    f = sigmoid(W_f @ x + b_f)
    g = tanh(W_g @ x + b_g)
    h = f * h + (1 - f) * g
    return h


@cell
def corrected(x, h, *, W_f, b_f, W_g, b_g):
    f = sigmoid(W_f @ x + b_f)
    g = tanh(W_g @ x + b_g)
    h = g + f * (h - g)
    return h


@cell
def swapped(x, h, *, W_f, b_f, W_g, b_g):
    f = sigmoid(W_f @ x + b_f)
    g = tanh(W_g @ x + b_g)
    h = (1 - f) * h + f * g
    return h


@cell
def mirrored(x, h, *, W_f, b_f, W_g, b_g):
    f = sigmoid(-(W_f @ x) - b_f)
    g = tanh(W_g @ x + b_g)
    h = (1 - f) * h + f * g
    return h


@cell
def nearly(x, h, *, W_f, b_f, W_g, b_g, extra=0.00000000000000000001):
    f = sigmoid(W_f @ x + b_f)
    g = tanh(W_g @ x + b_g)
    h = f * h + (1 - f) * g + extra
    return h


@cell
def defaulted(x, h, *, W_f, b_f, W_g, b_g, extra=0):
    f = sigmoid(W_f @ x + b_f)
    g = tanh(W_g @ x + b_g)
    h = f * h + (1 - f) * g + extra
    return h
"""

SPREAD = """
@cell
def spread(x: "inp", s: "block", *, z: "block unit", W: "block block unit", V):
    v: "block unit" = s + z
    s = W @ v + V @ x
    return s
"""

UNDEFINED = """
@cell
def undefined(x, h, *, W, b):
    h = tanh(W @ x + b / h)
    return h
"""

DIVIDED = """
@cell
def divided(x: "hidden", h):
    h = h / x
    return h
"""
