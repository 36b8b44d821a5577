"""What is known of this suite's own networks: kinks, several gates, divisions, blocks, layers, and cells that agree."""

from __future__ import annotations

from tests.never_wrong import cells
from tests.never_wrong.known import Known, about, false, true

KINKED = (
    *about(
        "clipped",
        cells.CLIPPED,
        true("abs(h) <= 1", "cut there"),
        false("abs(h) < 1", "exactly 1 at b = 2"),
        true("bounded(h)", "by 1", beyond=True),
    ),
    *about(
        "rectified",
        cells.RECTIFIED,
        true("h >= 0", "from step 1 on, though not at the start"),
        false("h > 0", "exactly 0 at b = -1"),
        true("b <= 0; W == 0; U == 0; h == 0", "the rectifier of b"),
        false("W == 0; U == 0; h == 0", "b = 1"),
        true("not bounded(h)", "U = 2"),
        false("always(abs(x) <= 1); bounded(h)", "U = 2", beyond=True),
    ),
    *about(
        "hard",
        cells.HARD,
        true("0 <= f and f <= 1", "cut there"),
        false("f < 1", "exactly 1 at b_f = 3"),
        false("f > 0", "exactly 0 at b_f = -3"),
        true("abs(h) <= maximum(abs(h0), 1)", "a convex combination"),
        false("abs(h) < maximum(abs(h0), 1)", "equal at f = 1, h0 = 2"),
        true("abs(h0) < 1; abs(h) < 1", "a convex combination of numbers below 1"),
        true("carousel(h) == f", "h is the state that is gated"),
        false("carousel(h) < 1", "exactly 1 at b_f = 3"),
    ),
    *about(
        "sine",
        cells.SINE,
        true("abs(h) <= 1", "a sine"),
        false("abs(h) < 1", "1 at pi / 2, which no decimal is", beyond=True),
        false("abs(h) <= 0.999999", "1.5708"),
        false("abs(h) <= 1 - 1e-20", "the double next to pi / 2", beyond=True),
    ),
    *about(
        "softsign",
        cells.SOFTSIGN,
        true("abs(h) < 1", "|net| < 1 + |net|"),
        false("abs(h) <= 0.9999", "net = 10001"),
        false("abs(h) <= 1 - 1e-20", "net = 1e21; float64 reads 1", beyond=True),
    ),
    *about(
        "soft",
        cells.SOFT,
        true("h > 0", "softplus increases", beyond=True),
        true("h < 1", "by less than its argument", beyond=True),
        false("h <= 0.999", "net = 10"),
        false("h <= 1 - 1e-20", "net = 50; float64 reads 1"),
    ),
)

GATES = (
    *about(
        "two_gates",
        cells.TWO_GATES,
        true("abs(c) <= maximum(abs(c0), 1)", "f i + (1 - f) (1 - i) <= 1"),
        true("f * i + (1 - f) * (1 - i) < 1", "2 f i < f + i"),
        true("carousel(c) == f * i", "both gates keep"),
        true("bounded(c)", "by max(|c0|, 1)"),
        false("abs(c) <= maximum(abs(c0), 0.99)", "g as near 1 as one likes, both gates shut"),
        false("f * i + (1 - f) * (1 - i) <= 0.999", "both gates open"),
        false("f * i + (1 - f) * (1 - i) >= 0.1", "one open, one shut"),
        false("carousel(c) == f", "i < 1"),
    ),
    *about(
        "leaky",
        cells.LEAKY,
        true("abs(c) <= maximum(abs(c0), 2)", "leak is 0.5 unless named: 1 + 1"),
        true("abs(leak) <= 0.5; abs(c) <= maximum(abs(c0), 2)", "1 + 1", spare=(0,)),
        true("carousel(c) == 0.5 * f", "unless named"),
        true("abs(leak) < 1; bounded(c)", "by max(|c0|, 1 / (1 - |leak|))", beyond=True, spare=(0,)),
        false("abs(c) <= maximum(abs(c0), 2)", "leak is any real", names=("leak",)),
        false("carousel(c) == 0.5 * f", "leak is any real", names=("leak",)),
        false("abs(leak) <= 0.50001; abs(c) <= maximum(abs(c0), 2)", "2 goes to 2.00002", beyond=True),
        false("abs(c) <= maximum(abs(c0), 1.99)", "1.99 goes to 1.995"),
        false("c0 == 0; abs(c) <= 1.9", "from step 5 on: 1.9375"),
        false("abs(leak) <= 1; bounded(c)", "leak = 1", beyond=True),
    ),
    *about(
        "average",
        cells.AVERAGE,
        true("abs(h) <= maximum(abs(h0), 1)", "a convex combination"),
        true("abs(h) < maximum(abs(h0), 1)", "with positive weights, |g| < 1"),
        true("a > 0", "an exponential"),
        false("a >= 1e-30", "e^-100"),
        false("abs(h) <= maximum(abs(h0), 0.99)", "g as near 1 as one likes"),
    ),
    *about(
        "normalised",
        cells.NORMALISED,
        true("abs(c0) <= n0; abs(c) <= n", "|g| < 1"),
        true("abs(c0) <= n0; n > 0", "i > 0"),
        true("abs(c0) <= n0; abs(h) <= 1", "|c| <= n"),
        true("n0 == 0; c0 == 0; abs(h) < 1", "|c| < n after a step", beyond=True),
        false("abs(c0) <= n0 + 0.001; abs(c) <= n", "c0 = 0.001, n0 = 0, i near 0"),
        false("abs(h) <= 1", "c0 = 10, n0 = 1"),
    ),
    *about(
        "blocks",
        cells.BLOCKS,
        true("abs(c) <= maximum(abs(c0), 1)", "a convex combination, one gate for a block"),
        true("carousel(c) == f", "the gate of the block"),
        false("abs(c) <= abs(c0)", "c0 = 0"),
        true('count(W_f) == count("block") * count("input")', "one gate for a block"),
    ),
    *about(
        "layers",
        cells.LAYERS,
        true("P == 0; abs(k) <= maximum(abs(k0), 1)", "a convex combination", beyond=True),
        true("carousel(k) == z", "the rest is net input"),
        false("abs(k) <= maximum(abs(k0), 1)", "P @ h adds to it"),
        true("not bounded(k)", "z near 1 and P @ h constant", beyond=True),
    ),
)

AGREEING = about(
    "",
    cells.ALIKE,
    true("same(weighted, corrected)", "f h + (1 - f) g = g + f (h - g)"),
    true("same(weighted, mirrored)", "1 - sigma(-s) = sigma(s)"),
    true("same(weighted, defaulted)", "what is added is 0 unless named"),
    true("not same(weighted, swapped)", "f is not 1 - f", beyond=True),
    false("same(weighted, swapped)", "f is not 1 - f"),
    false("not same(weighted, corrected)", "they agree", beyond=True),
    false("same(weighted, nearly)", "they differ by 1e-20, which float64 may not see"),
)

NETWORKS: tuple[Known, ...] = (*KINKED, *GATES, *AGREEING)
