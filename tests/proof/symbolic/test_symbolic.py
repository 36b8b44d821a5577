"""Exact algebra: what it proves, and what it must not, because it is false, undefined or only sometimes true."""

from __future__ import annotations

import pytest

from lstmproof.language.parser import parse_text
from lstmproof.proof.outcome import Proof, Unsettled
from lstmproof.proof.symbolic.decide import symbolic

HEAD = '''"""Cells to speak of."""
from lstmproof.language import (
    abs, always, assume, bounded, carousel, cell, claim, cost, count, derivative, exp, jacobian, limit, log, maximum,
    myth, norm, oo, previous, relu, same, sigmoid, sqrt, tanh,
)


def half_life(gate):
    return log(0.5) / log(gate)


@cell
def lstm(x, h, c, *, W_f, U_f, b_f, W_i, U_i, b_i, W_o, U_o, b_o, W_g, U_g, b_g):
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    i = sigmoid(W_i @ x + U_i @ h + b_i)
    o = sigmoid(W_o @ x + U_o @ h + b_o)
    g = tanh(W_g @ x + U_g @ h + b_g)
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


@cell
def lstm_again(x, h, c, *, W_f, U_f, b_f, W_i, U_i, b_i, W_o, U_o, b_o, W_g, U_g, b_g):
    f = 1 - sigmoid(-(b_f + W_f @ x + U_f @ h))
    i = sigmoid(W_i @ x + U_i @ h + b_i)
    o = sigmoid(W_o @ x + U_o @ h + b_o)
    g = 2 * sigmoid(2 * (W_g @ x + U_g @ h + b_g)) - 1
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


@cell
def swapped(x, h, c, *, W_f, U_f, b_f, W_i, U_i, b_i, W_o, U_o, b_o, W_g, U_g, b_g):
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    i = sigmoid(W_i @ x + U_i @ h + b_i)
    o = sigmoid(W_o @ x + U_o @ h + b_o)
    g = tanh(W_g @ x + U_g @ h + b_g)
    c = i * c + f * g
    h = o * tanh(c)
    return h, c


@cell
def rnn(x, h, *, W_h, U_h, b_h):
    h = sigmoid(W_h @ x + U_h @ h + b_h)
    return h


@cell
def janet(x, h, *, W_f, U_f, b_f, W_c, U_c, b_c, beta=1.0):
    s = W_f @ x + U_f @ h + b_f
    f = sigmoid(s)
    g = tanh(W_c @ x + U_c @ h + b_c)
    h = f * h + (1 - sigmoid(s - beta)) * g
    return h


@cell
def drift(x, s, *, W_i, b_i, W_g, b_g):
    i = sigmoid(W_i @ x + b_i)
    s = s + i * tanh(W_g @ x + b_g)
    return s


@cell
def scaled(x: "hidden", h: "hidden"):
    h = x * h
    return h


@cell
def transposed(x, h, *, W, U, b):
    h = tanh(W @ x + h @ U + b)
    return h


@cell
def quotient(x, s, *, W, b):
    q = 1 / (W @ x + b)
    s = s + 0 * q
    return s


'''

TRUE = {
    "lstm: c, f -> carousel(c) == f": (),
    "lstm: c -> carousel(c) > 0 and carousel(c) < 1": (),
    "lstm: c, phi, f -> carousel(c, lag=7) <= phi ** 7": ("always(f <= phi)",),
    "lstm: c, low, f -> carousel(c, lag=7) >= low ** 7": ("low > 0", "always(f >= low)"),
    "lstm: c, W_f, U_f, b_f -> carousel(c, lag=500) == 0.5 ** 500": ("W_f == 0", "U_f == 0", "b_f == 0"),
    "lstm: h -> abs(h) < 1": (),
    "lstm: c, f, i, g -> c == f * previous(c) + i * g": (),
    "lstm: f, W_f, x, U_f, h, b_f -> f == sigmoid(b_f + U_f @ previous(h) + W_f @ x)": (),
    "lstm: c -> jacobian(c, c) <= 1": (),
    "drift: s -> carousel(s, lag=1000) == 1 and jacobian(s, s) <= 1": (),
    "rnn: h, U_h -> abs(jacobian(h, h)) <= 0.25 * abs(U_h)": (),
    "rnn: h, U_h -> norm(jacobian(h, h)) < 1": ("norm(U_h) < 4",),
    "rnn: h, U_h -> norm(jacobian(h, h, lag=3)) <= (norm(U_h) / 4) ** 3": (),
    "janet: h, beta -> carousel(h) < 1 or beta > 0": (),
    "drift: -> cost('forward') <= 8 * count('parameters')": (),
    "drift: t -> t >= 1": (),
    "scaled: h, x -> carousel(h) * x > 0": ("always(x != 0)",),
    ": w, z -> abs(w * derivative(sigmoid(z), z)) < 1": ("abs(w) < 4",),
    ": w, z, n -> n * abs(w * derivative(sigmoid(z), z)) < 1": ("n > 0", "abs(w) < 4 / n"),
    ": T -> 1 / (1 - sigmoid(log(T - 1))) == T": ("T > 1",),
    ": s, beta -> 1 < (1 - sigmoid(s - beta)) / (1 - sigmoid(s)) < exp(beta)": ("beta > 0",),
    ": z -> limit(derivative(tanh(z), z), z, oo) == 0 and limit(tanh(z), z, -oo) == -1": (),
    ": w, y -> limit(w * sigmoid(w * y) * (1 - sigmoid(w * y)), w, oo) == 0": ("y != 0",),
    ": -> 2.21 < half_life(sigmoid(1)) < 2.22": (),
    ": z -> tanh(z / 2) == 2 * sigmoid(z) - 1": (),
    ": z -> derivative(tanh(z), z) <= 4 * exp(-2 * abs(z))": (),
    ": x -> derivative(log(x), x) * x == 1": ("x > 0",),
    ": -> same(lstm, lstm_again)": (),
}
"""Statement -> hypotheses. Before the colon the cell, before the arrow the arguments."""

NOT_SHOWN = {
    "lstm: c -> carousel(c) == 1": (),
    "lstm: c, phi, f -> carousel(c, lag=7) <= phi ** 7": ("f <= phi",),
    "lstm: c, phi, f -> carousel(c, lag=2) <= phi ** 2": ("f <= phi",),
    "lstm: c, phi, f -> carousel(c, lag=2) <= phi": ("f <= phi",),
    "lstm: c, f, i -> carousel(c, lag=2) <= i ** 2": ("f <= i",),
    "lstm: c, f, i -> carousel(c, lag=2) <= i * i": ("always(f <= i)",),
    "lstm: c, low, f -> carousel(c, lag=2) >= low ** 2": ("always(f >= low)",),
    "lstm: c, W_f, b_f -> carousel(c) == 0.5": ("W_f == 0", "b_f == 0"),
    "drift: s, x, b_g -> s == previous(s) + 1": ("x == 0", "b_g == 0"),
    "scaled: h, x -> carousel(h, lag=2) > 0": ("always(x != 0)",),
    "scaled: h, x -> carousel(h, lag=3) * x > 0": ("always(x != 0)",),
    "rnn: h, U_h -> norm(jacobian(h, h)) < 1": ("norm(U_h) < 4.1",),
    "rnn: h, U_h -> norm(jacobian(h, h, lag=2)) <= (h * norm(U_h)) ** 2": (),
    "rnn: h, U_h -> norm(jacobian(h, h, lag=2)) <= 1": ("norm(U_h) <= 10", "h <= 0.1"),
    "rnn: h -> jacobian(h, h) == 0": (),
    "drift: -> cost('forward') <= count('parameters')": (),
    "quotient: s -> carousel(s) == 1": (),
    ": w, z -> abs(w * derivative(sigmoid(z), z)) < 1": ("abs(w) <= 4",),
    ": x -> x / x == 1": (),
    ": x -> exp(log(x)) == x": (),
    ": x -> sqrt(x) >= 0": (),
    ": x -> derivative(log(x), x) * x == 1": ("x != 0",),
    ": x -> derivative(abs(x), x) == 1": (),
    ": w, y -> limit(w * sigmoid(w * y) * (1 - sigmoid(w * y)), w, oo) == 0": (),
    ": x -> limit(abs(x) / x, x, 0) == 1": (),
    ": a, b -> limit(a * exp(b), b, oo) == 0": (),
    ": T -> sigmoid(log(T - 1)) == 1 - 1 / T": (),
    ": phi, q -> phi ** q <= 1": ("phi < 1",),
    ": a, b -> a > b": ("a >= b",),
    ": a, b -> a * b > 0": ("a != 0", "b != 0"),
    ": -> same(lstm, swapped)": (),
    "transposed: h, U -> abs(jacobian(h, h)) <= abs(U)": (),
    "transposed: h, U -> norm(jacobian(h, h)) <= norm(U)": (),
    "rnn: h, rate -> rate * h >= 0": ("rate < 1",),
    "rnn: h, U_h, rate -> norm(jacobian(h, h)) <= norm(U_h) and rate * rate * rate >= 0": ("rate != 1",),
    ": z -> relu(z) > 0": (),
}


def attempt(statement: str, hypotheses: tuple[str, ...]) -> Proof | Unsettled:
    head, said = statement.split("->")
    cell, arguments = head.split(":")
    decorator = f"@claim({cell.strip()})" if cell.strip() else "@claim"
    lines = [f"    assume({each})\n" for each in hypotheses]
    text = f"{HEAD}{decorator}\ndef it({arguments.strip()}):\n{''.join(lines)}    return {said.strip()}\n"
    derivation = parse_text(text, "statements.py")
    cells = {each.name: each for each in derivation.cells}
    (claim,) = derivation.claims
    return symbolic(claim, derivation, cells.get(claim.cell), seconds=20)


@pytest.mark.parametrize(("statement", "hypotheses"), TRUE.items(), ids=TRUE)
def test_a_true_statement_is_proved(statement: str, hypotheses: tuple[str, ...]) -> None:
    found = attempt(statement, hypotheses)
    assert isinstance(found, Proof), found
    assert found.method == "symbolic"
    assert found.reading


@pytest.mark.parametrize(("statement", "hypotheses"), NOT_SHOWN.items(), ids=NOT_SHOWN)
def test_what_does_not_follow_is_not_proved(statement: str, hypotheses: tuple[str, ...]) -> None:
    found = attempt(statement, hypotheses)
    assert isinstance(found, Unsettled), found
    assert found.reason


BOUNDS = {
    "janet: h -> bounded(h)": True,
    "lstm: h -> bounded(h)": True,
    "lstm: c -> not bounded(c)": True,
    "drift: s -> not bounded(s)": True,
    "rnn: h -> bounded(h)": True,
    "lstm: c -> bounded(c)": False,
    "drift: s -> bounded(s)": False,
    "janet: h -> not bounded(h)": False,
    "rnn: h -> not bounded(h)": False,
}


@pytest.mark.parametrize(("statement", "shown"), BOUNDS.items(), ids=BOUNDS)
def test_bounds_and_their_absence(statement: str, shown: bool) -> None:
    assert isinstance(attempt(statement, ()), Proof) == shown


def test_hypotheses_count_in_statements_about_bounds() -> None:
    assert isinstance(attempt("lstm: c, f, phi -> bounded(c)", ("phi < 1", "always(f <= phi)")), Proof)
    assert isinstance(attempt("lstm: c, f, phi -> bounded(c)", ("always(f <= phi)",)), Unsettled)
    assert isinstance(attempt("lstm: c, f -> not bounded(c)", ("always(f <= 0.5)",)), Unsettled)
    assert isinstance(attempt("lstm: c, x -> not bounded(c)", ("always(abs(x) <= 1)",)), Proof)
    assert isinstance(attempt("lstm: c, c0 -> not bounded(c)", ("c0 == 5",)), Unsettled)
    assert isinstance(attempt("drift: s, x, b_g -> not bounded(s)", ("b_g == 0", "always(x == 0)")), Unsettled)


def test_an_authors_letters_are_not_those_of_the_proof() -> None:
    text = "def gated(x, s, *, d, W):\n    s = s * sigmoid(d) + sigmoid(W @ x)\n    return s\n"
    source = f"from lstmproof.language import bounded, cell, claim, sigmoid\n\n@cell\n{text}"
    derivation = parse_text(f"{source}\n@claim(gated)\ndef grows(s):\n    return not bounded(s)\n", "gated.py")
    found = symbolic(derivation.claims[0], derivation, derivation.cells[0], seconds=20)
    assert isinstance(found, Proof)
    assert "d = log((1 - d')/d')" in found.reading
    assert found.reading.endswith("for d' = 1/(2 N)")
