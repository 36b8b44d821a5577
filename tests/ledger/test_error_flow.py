"""Rows on errors that flow back over many steps: what is exact is compared bit for bit."""

from __future__ import annotations

from itertools import product

import numpy as np

from tests.ledger.networks import Array, drawn, kernel, last, zeros


def sigma(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def paths(W: Array, slopes: Array, v: int, u: int) -> float:
    """1997, eq. 2: the sum over all l_1 ... l_q-1 of products of f'(net) w, from unit u at t back to v at t - q.

    `slopes` (q, units) are f'(net) at the steps t - q + 1 to t.
    """
    q, units = slopes.shape
    total = 0.0
    for inner in product(range(units), repeat=q - 1):
        route = (v, *inner, u)
        total += np.prod([slopes[m, route[m + 1]] * W[route[m + 1], route[m]] for m in range(q)])
    return total


def test_a1_the_error_is_a_sum_over_all_paths_of_one_matrix() -> None:
    """dh_u(t)/dh_v(t-4) of the kernel is the paper's sum of 27 products."""
    sizes, q = {"input": 2, "hidden": 3}, 4
    p = drawn("rnn_logistic", sizes, seed=1)
    x, h0 = np.random.default_rng(2).normal(size=(q, 1, 2)), np.array([[0.3, -0.2, 0.9]])
    run = kernel("rnn_logistic").forward(x, h0, **p)
    slopes = run["h"][:, 0] * (1 - run["h"][:, 0])
    for u in range(3):
        cotangent = np.zeros((q, 1, 3))
        cotangent[-1, 0, u] = 1.0
        found = kernel("rnn_logistic").backward(run, h=cotangent)["h0"][0]
        assert np.allclose(found, [paths(p["U_h"], slopes, v, u) for v in range(3)], rtol=1e-12, atol=0)


def test_a1_the_bound_holds_for_2000_random_networks() -> None:
    """|dh_u(t)/dh_v(t-q)| <= n (f'max |W|)^q, with the row-sum norm and f'max = 1/4."""
    random = np.random.default_rng(1997)
    worst = 0.0
    for _ in range(2000):
        n, q = int(random.integers(1, 7)), int(random.integers(1, 9))
        W, h = random.normal(size=(n, n)) * random.uniform(0.1, 4), random.normal(size=n)
        jacobian = np.eye(n)
        for _ in range(q):
            h = sigma(W @ h)
            jacobian = (h * (1 - h))[:, None] * W @ jacobian
        worst = max(worst, np.abs(jacobian).max() / (n * (np.abs(W).sum(axis=1).max() / 4) ** q))
    assert 0.01 < worst <= 1


def test_a2_the_error_comes_back_bit_for_bit_over_1000_steps() -> None:
    """Truncated flow of 1997, weights at random: ds(1000)/ds(0) is exactly 1, in floating point too."""
    T, sizes = 1000, {"input": 2, "hidden": 3}
    carousel = kernel("lstm_1997", "truncated")
    x = np.random.default_rng(3).normal(size=(T, 1, 2))
    run = carousel.forward(x, np.zeros((1, 3)), np.zeros((1, 3)), **drawn("lstm_1997", sizes, seed=4))
    error = last(T, 3) * np.array([1.0, -0.1, 1e-30])
    gradients = carousel.backward(run, s=error)
    assert gradients["s0"].tobytes() == error[-1].tobytes()


def test_b2_zero_weights_halve_the_error_bit_for_bit_over_1000_steps() -> None:
    """With no weight but zeros there is no path beside the carousel: the full flow gives 2^-1000 too."""
    T, sizes = 1000, {"input": 1, "hidden": 2}
    lstm = kernel("lstm")
    run = lstm.forward(np.ones((T, 1, 1)), np.zeros((1, 2)), np.ones((1, 2)), **zeros("lstm", sizes))
    assert (lstm.backward(run, c=last(T, 2))["c0"] == 2.0**-1000).all()
    assert f"{2.0**-1000:.2e}" == "9.33e-302"


def test_b2_a_gate_is_one_half_on_average_only() -> None:
    """sigma(z) + sigma(-z) = 1: a net input that is symmetric about 0 opens the gate to 1/2 on average."""
    net = np.random.default_rng(5).normal(size=1000)
    assert np.allclose(sigma(net) + sigma(-net), 1.0, rtol=0, atol=1e-15)
    assert np.abs(sigma(net) - 0.5).max() > 0.4


def test_c5_the_error_is_constant_and_the_weights_learn() -> None:
    """dE/dy is the same at all steps; dE/dw_ji is the sum of the inputs, not 0."""
    x = np.array([[[2.0]], [[-0.5]], [[3.0]]])
    unit = kernel("carousel")
    run = unit.forward(x, np.zeros(1), W_j=np.array([0.7]), W_k=np.zeros(1))
    gradients = unit.backward(run, y=last(3))
    assert gradients["y0"] == 1.0
    assert gradients["W_j"] == 4.5


def test_c6_the_naive_carousel_keeps_an_error_bit_for_bit_over_1000_steps() -> None:
    """Its self-weight is 1 and its unit linear: the full flow, not a truncated one."""
    unit, T = kernel("carousel"), 1000
    x = np.random.default_rng(13).normal(size=(T, 1, 2))
    run = unit.forward(x, np.zeros(1), W_j=np.array([0.7, -2.0]), W_k=np.zeros(1))
    assert unit.backward(run, y=0.1 * last(T))["y0"] == 0.1


def conflict(weight: str, targets: tuple[float, float]) -> list[float]:
    """What the error of each of two steps asks of a weight of the carousel: -dE/dw, w_j = w_k = 3/4, x = 1 twice."""
    unit = kernel("carousel")
    run = unit.forward(np.ones((2, 1, 1)), np.zeros(1), W_j=np.array([0.75]), W_k=np.array([0.75]))
    out = "y" if weight == "W_j" else "k"
    wanted = []
    for t, target in enumerate(targets):
        error = np.zeros_like(run[out])
        error[t] = target - run[out][t]
        wanted.append(unit.backward(run, **{out: error})[weight].item())
    return wanted


def test_c8_one_input_weight_must_both_store_and_protect() -> None:
    """y is to become 1 by the first input and to stay 1 at the second: w_ji should grow, and it should shrink."""
    store, protect = conflict("W_j", (1.0, 1.0))
    assert store == 1.0 - 0.75
    assert protect == 2 * (1.0 - 1.5)


def test_c8_one_output_weight_must_both_read_and_shield() -> None:
    """The unit is to be read at the first step, and not to disturb at the second."""
    read, shield = conflict("W_k", (1.0, 0.0))
    assert read > 0 > shield


def test_d4_truncated_and_full_gradients_differ() -> None:
    """By a third and more in relative norm over nine steps: other paths lead back than the conveyor belt."""
    T, sizes = 9, {"input": 3, "hidden": 4}
    for seed in range(10):
        p = drawn("lstm_1997", sizes, seed)
        random = np.random.default_rng(100 + seed)
        x, cotangent = random.normal(size=(T, 1, 3)), random.normal(size=(T, 1, 4))
        found = []
        for cell in (kernel("lstm_1997"), kernel("lstm_1997", "truncated")):
            run = cell.forward(x, np.zeros((1, 4)), np.zeros((1, 4)), **p)
            gradients = cell.backward(run, y=cotangent)
            found.append(np.concatenate([gradients[name].ravel() for name in p]))
        full, truncated = found
        assert np.linalg.norm(full - truncated) > 0.1 * np.linalg.norm(full)
