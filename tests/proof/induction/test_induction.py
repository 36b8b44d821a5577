"""What induction proves, and what it never proves: every hypothesis of a proved claim is dropped in turn."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lstmproof.proof.induction.certificates import has_solver
from lstmproof.proof.induction.induct import NO_SOLVER, induct
from lstmproof.proof.outcome import Proof, Unsettled
from tests.proof.statements import formula, parsed

GEOMETRIC = "return abs(s) <= phi**t * abs(s0) + 2 / (1 - phi)"

TRUE: dict[str, tuple[str, tuple[str, ...]]] = {
    "linear": ("constant", ("return abs(s) <= abs(s0) + 2 * t",)),
    "strictly_linear": ("constant", ("return abs(s - s0) < 2 * t",)),
    "output": ("constant", ("return abs(y) < 1",)),
    "gates": ("constant", ("return 0 < i and i < 1 and 0 < o and o < 1",)),
    "carousel_is_one": ("constant", ("return carousel(s) == 1",)),
    "geometric": ("forget", ("assume(phi < 1)", "assume(always(f <= phi))", GEOMETRIC)),
    "geometric_sum": (
        "forget",
        (
            "assume(phi < 1)",
            "assume(always(f <= phi))",
            "return abs(s) <= phi**t * abs(s0) + 2 * (1 - phi**t) / (1 - phi)",
        ),
    ),
    "carousel_is_a_gate": ("forget", ("return carousel(s) == f and 0 < f and f < 1",)),
    "lstm_output": ("lstm", ("return abs(h) < 1",)),
    "lstm_grows_by_one": ("lstm", ("return abs(c) < abs(c0) + t",)),
    "shared_gates": ("lstm", ("assume(always(f + i <= 1))", "assume(abs(c0) <= 1)", "return abs(c) <= 1")),
    "coupled_within": ("coupled", ("return abs(c) <= maximum(abs(c0), 1)",)),
    "coupled_output_with_state": ("coupled", ("return abs(h) < 1 and abs(c) <= maximum(abs(c0), 1)",)),
    "leaky_within": ("leaky", ("assume(beta >= 0)", "return abs(h) <= maximum(abs(h0), exp(beta))")),
    "leaky_default": ("leaky", ("assume(abs(h0) <= exp(1))", "return abs(h) <= exp(1)")),
    "gain_above_one": ("leaky", ("assume(beta > 0)", "return 1 < (1 - sigmoid(s - beta)) / (1 - sigmoid(s))")),
    "gain_below_e": ("leaky", ("assume(beta > 0)", "return (1 - sigmoid(s - beta)) / (1 - sigmoid(s)) < exp(beta)")),
    "gru_within": ("gru", ("return abs(h) <= maximum(abs(h0), 1)",)),
    "gru_inside": ("gru", ("assume(abs(h0) < 1)", "return abs(h) < 1")),
    "normalised": ("normal", ("assume(abs(c0) <= n0)", "return abs(h) <= 1")),
}
"""Claims that hold: cell, lines."""

FALSE: dict[str, tuple[str, tuple[str, ...]]] = {
    "too_slow": ("constant", ("return abs(s) <= abs(s0) + 1.99 * t",)),
    "bounded_by_one": ("lstm", ("assume(abs(c0) <= 1)", "return abs(c) <= 1")),
    "holds_at_one_step_only": ("lstm", ("assume(c0 == 0)", "return abs(c) <= 1")),
    "gate_bounded_here_only": ("forget", ("assume(phi < 1)", "assume(f <= phi)", GEOMETRIC)),
    "at_a_boundary": ("gru", ("assume(abs(h0) <= 1)", "return abs(h) < 0.999999")),
    "below_e_to_beta": ("leaky", ("return abs(h) <= maximum(abs(h0), exp(beta))",)),
    "one_at_default": ("leaky", ("assume(abs(h0) <= 1)", "return abs(h) <= 1")),
    "undefined": ("forget", ("assume(always(s == s))", "return abs(s) <= 1 or 1 / phi > 0 or 1 / phi <= 0")),
    "wrong_gate": ("coupled", ("return carousel(c) == 1 - f",)),
    "strict_at_zero": ("constant", ("assume(s0 >= 0)", "return s > 0")),
    "normalised_without_start": ("normal", ("assume(abs(c0) <= n0 + 1)", "return abs(h) <= 1")),
}

needs_solver = pytest.mark.skipif(not has_solver(), reason="z3-solver finds new certificates")


def prove(cell: str, lines: Sequence[str]) -> Proof | Unsettled:
    claim, definition = parsed(cell, *lines)
    return induct(claim, definition, seconds=20.0, stored=False)


@pytest.mark.parametrize("name", TRUE)
def test_true_claims_are_proved_by_certificates(name: str) -> None:
    found = prove(*TRUE[name])
    assert isinstance(found, Proof), found
    assert found.method == "certificate"
    assert " = " in found.reading
    assert found.recheck.startswith("python -I checker.py")


@pytest.mark.parametrize("name", FALSE)
def test_false_claims_are_not_proved(name: str) -> None:
    found = prove(*FALSE[name])
    assert isinstance(found, Unsettled), found
    assert found.reason


NEEDED = [
    (name, place) for name, (_, lines) in TRUE.items() for place, line in enumerate(lines) if line.startswith("assume")
]


@pytest.mark.parametrize(("name", "place"), NEEDED)
def test_a_claim_without_one_of_its_hypotheses_is_not_proved(name: str, place: int) -> None:
    cell, lines = TRUE[name]
    rest = [line for position, line in enumerate(lines) if position != place]
    found = prove(cell, rest)
    assert isinstance(found, Unsettled), found


def test_contradictory_hypotheses_prove_nothing() -> None:
    found = prove("gru", ("assume(z >= 1)", "return abs(h) <= 0"))
    assert isinstance(found, Unsettled)
    assert found.reason == "the hypotheses contradict each other"


def test_a_divisor_that_may_be_zero_is_named() -> None:
    found = prove("forget", ("assume(always(f <= phi))", GEOMETRIC))
    assert isinstance(found, Unsettled)
    assert "defined" in found.reason


def test_where_the_induction_stops_is_said() -> None:
    found = prove(*FALSE["bounded_by_one"])
    assert isinstance(found, Unsettled)
    assert "c[t-1]*f" in found.reason or "c0*f" in found.reason


@pytest.mark.parametrize(
    "lines",
    [
        ("assume(T > 1)", "return sigmoid(log(T - 1)) == 1 - 1 / T"),
        ("return 1 - sigmoid(z) == sigmoid(-z)",),
        ("return sigmoid(z) * (1 - sigmoid(z)) <= 0.25",),
        ("return z < 0 or z >= 0",),
        ("return not z * z < 0",),
        ("return maximum(a, b) + minimum(a, b) == a + b",),
        ("assume(a >= 1)", "return sqrt(a) <= a"),
        ("return abs(sigmoid(1) - 0.7310585786) <= 0.0000000001",),
        ("return relu(z) == maximum(z, 0)",),
    ],
)
def test_formulas_alone(lines: tuple[str, ...]) -> None:
    found = induct(formula(*lines), None, seconds=10.0, stored=False)
    assert isinstance(found, Proof), found


@pytest.mark.parametrize(
    "lines",
    [
        ("return sigmoid(log(T - 1)) == 1 - 1 / T",),
        ("return sqrt(a) * sqrt(a) == a",),
        ("return sigmoid(z) * (1 - sigmoid(z)) < 0.25",),
        ("return z != 0",),
        ("return a / b * b == a",),
        ("assume(a > 0)", "return sqrt(a) <= a"),
        ("return abs(z) > 0",),
        ("return maximum(a, b) <= a",),
        ("assume(1 / z > 2)", "return z > 0"),
        ("return exp(z) > 1 + z",),
    ],
)
def test_formulas_that_are_false_or_undefined(lines: tuple[str, ...]) -> None:
    assert isinstance(induct(formula(*lines), None, seconds=10.0, stored=False), Unsettled)


def test_without_a_solver_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstmproof.proof.induction.induct.has_solver", lambda: False)
    assert prove(*TRUE["gru_within"]) == Unsettled(NO_SOLVER)
