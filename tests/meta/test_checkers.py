"""Every checker is shown an error and must reject it: wrong kernels, readings and adjoints, and no numbers at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lstmproof.calculus.adjoint import adjoint
from lstmproof.calculus.truncate import truncate
from lstmproof.kernels.kernel import Kernel, build
from lstmproof.language.definition import Definition
from lstmproof.problem import Array
from lstmproof.program.expr import Apply
from lstmproof.program.nodes import Pointwise, Program
from lstmproof.readings import ball, complex_step, differences, frameworks, reference
from lstmproof.verdict import Result
from lstmproof.verify.case import Broken, Case, Kernels, Redraw, Trial
from lstmproof.verify.examine import Request, Suite, decide
from lstmproof.verify.generate import edges, plain, wide
from lstmproof.verify.laws import exactness, symbolic
from lstmproof.verify.laws.every import LAWS
from lstmproof.verify.laws.law import Comparison, Law
from tests.verify.cells import gated

BY_NAME = {law.name: law for law in LAWS}
REQUEST = Request(examples=4, seed=0)


def suite(definition: Definition, kernels: Kernels) -> Suite:
    """A few problems, the same for every planted error."""
    sizes = {"input": 2, "hidden": 3}
    draws = [plain(definition, steps, 2, sizes, seed) for seed, steps in enumerate((4, 3, 2, 3))]
    every = (*draws, *edges(definition, 0))
    trials = tuple(Trial(Case(definition, draw), kernels) for draw in every)
    return Suite(trials, (0,) * len(trials), 0, Trial(Case(definition, wide(definition, 0)), kernels, ("float64",)))


def verdict(name: str, kernel: Kernel | None = None, flow: str = "full", dtype: str = "float64") -> Result:
    """What a law says of the gated cell when one of its kernels is `kernel`."""
    kernels = Kernels(gated(), {} if kernel is None else {(flow, dtype): kernel})  # type: ignore[dict-item]
    return decide(gated(), BY_NAME[name], REQUEST, suite(gated(), kernels))


def altered(kernel: Kernel, change: Callable[[str, Array], Array]) -> Kernel:
    """A kernel whose gradients are changed on their way out."""

    def backward(run: Any, /, **cotangents: Array) -> dict[str, Array]:
        return {label: change(label, array) for label, array in kernel.backward(run, **cotangents).items()}

    return replace(kernel, backward=backward)


def half_gradient(label: str, array: Array) -> Array:
    return array * 0.5 if label == "W_f" else array


SOUND = build(gated().program)
WRONG_GRADIENT = altered(SOUND, half_gradient)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("complex_step", "float64 dL/dW_f off by"),
        ("finite_difference", "dL/dW_f where differences tell off by"),
        ("ball", "certified error of dL/dW_f off by"),
        ("adjoint_identity", "<J'w, v> off by"),
        ("taylor", "Taylor remainder off by"),
    ],
)
def test_a_wrong_gradient_is_rejected(name: str, message: str) -> None:
    assert verdict(name).holds
    result = verdict(name, WRONG_GRADIENT)
    assert (result.verdict, result.holds) == ("refuted", False)
    assert message in result.reason
    assert result.counterexample is not None
    assert result.counterexample["problem_seed"] >= 0
    assert result.worst is not None
    assert result.worst["ratio"] > 1


def test_a_wrong_gradient_is_rejected_by_a_framework(monkeypatch: pytest.MonkeyPatch) -> None:
    """Complex step stands for the framework, which may not be installed."""
    monkeypatch.setattr(frameworks, "available", lambda: ("torch",))
    monkeypatch.setattr(frameworks, "gradient", lambda d, p, _, flow: complex_step.gradient(d, p, flow))
    assert verdict("framework").holds
    assert "torch: dL/dW_f off by" in verdict("framework", WRONG_GRADIENT).reason


def test_an_error_of_a_few_units_in_the_last_place_is_within_tolerance_and_one_of_a_millionth_is_not() -> None:
    assert verdict("complex_step", altered(SOUND, lambda _, array: array * (1 + 2.0**-51))).holds
    assert not verdict("complex_step", altered(SOUND, lambda _, array: array * (1 + 1e-6))).holds


def test_a_wrong_float32_gradient_is_rejected() -> None:
    wrong = altered(build(gated().program, dtype="float32"), half_gradient)
    assert "float32 dL/dW_f off by" in verdict("complex_step", wrong, dtype="float32").reason


def _forward(change: Callable[[Array], Array]) -> Callable[..., Any]:
    def forward(*given: Array, **named: Any) -> Any:
        run = SOUND.forward(*given, **named)
        return _Outputs(run, {"h": change(run["h"])})

    return forward


class _Outputs(dict[str, Array]):
    def __init__(self, run: Any, outputs: Mapping[str, Array]) -> None:
        super().__init__(outputs)
        self.run = run


def with_outputs(change: Callable[[Array], Array]) -> Kernel:
    """The sound kernel with its outputs changed."""

    def backward(run: _Outputs, /, **cotangents: Array) -> Mapping[str, Array]:
        return SOUND.backward(run.run, **cotangents)

    def backward_rows(run: _Outputs, /, **cotangents: Array) -> Mapping[str, Array]:
        return SOUND.backward_rows(run.run, **cotangents)

    return replace(SOUND, forward=_forward(change), backward=backward, backward_rows=backward_rows)


def test_wrong_outputs_are_rejected() -> None:
    assert "float64 h off by" in verdict("reference", with_outputs(lambda h: h * (1 + 1e-9))).reason


def test_outputs_of_the_wrong_shape_or_dtype_are_rejected() -> None:
    assert "float64 h has shape" in verdict("reference", with_outputs(lambda h: h[..., :1])).reason
    assert "h is float32, expected float64" in verdict("reference", with_outputs(lambda h: h.astype("float32"))).reason


def test_a_full_gradient_is_no_truncated_one() -> None:
    result = verdict("truncated", SOUND, flow="truncated")
    assert "off by" in result.reason
    assert verdict("truncated").holds


def test_a_full_gradient_is_not_that_of_the_online_rule() -> None:
    assert "online dL/d" in verdict("online", SOUND, flow="truncated").reason
    assert verdict("online").holds


def depending_on_time(label: str, array: Array) -> Array:
    """Wrong by a factor that grows with the number of steps, so that parts do not add up."""
    return array * 2 if label == "x" and len(array) >= 2 else array


def test_parts_that_do_not_join_are_rejected() -> None:
    assert "dL/dx off by" in verdict("split", altered(SOUND, depending_on_time)).reason


def test_rows_that_see_each_other_are_rejected() -> None:
    def mixed(label: str, array: Array) -> Array:
        return array + array.mean(axis=1, keepdims=True) if label == "x" and array.size else array

    assert "dL/dx off by" in verdict("batch", altered(SOUND, mixed)).reason


def test_rows_that_are_not_kept_apart_are_rejected() -> None:
    def backward_rows(run: Any, /, **cotangents: Array) -> dict[str, Array]:
        found = SOUND.backward_rows(run, **cotangents)
        return {label: np.flip(array, axis=0) for label, array in found.items()}

    assert "by row dL/d" in verdict("batch", replace(SOUND, backward_rows=backward_rows)).reason


def test_a_favoured_unit_is_rejected() -> None:
    def favouring(label: str, array: Array) -> Array:
        return array * np.arange(1, 1 + array.shape[-1]) if label == "b_f" else array

    assert "dL/db_f off by" in verdict("permutation", altered(SOUND, favouring)).reason


def test_numbers_that_change_from_run_to_run_are_rejected() -> None:
    noise = np.random.default_rng(0)
    wrong = altered(SOUND, lambda _, array: array * (1 + 1e-16 * noise.integers(0, 9)))
    assert "backward" in verdict("determinism", wrong).reason


def test_a_kernel_that_writes_to_its_arguments_is_rejected() -> None:
    def forward(*given: Array, **named: Any) -> Any:
        run = SOUND.forward(*given, **named)
        if named["b_f"].flags.writeable:
            named["b_f"] += 1
        return run

    result = verdict("determinism", replace(SOUND, forward=forward))
    assert result.verdict == "refuted"


def test_a_kernel_that_overflows_is_rejected_by_saturation() -> None:
    def forward(*given: Array, **named: Any) -> Any:
        np.exp(np.abs(named["W_f"]))
        return SOUND.forward(*given, **named)

    assert "overflow encountered in exp" in verdict("saturation", replace(SOUND, forward=forward)).reason


def test_a_gradient_that_is_not_finite_is_rejected_by_saturation() -> None:
    assert "is finite" in verdict("saturation", altered(SOUND, lambda _, array: array * np.nan)).reason


def test_a_kernel_that_raises_or_cannot_be_built_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    def forward(*_: Array, **__: Any) -> Any:
        raise IndexError("off the end")

    assert "the kernel raised IndexError: off the end" in verdict("reference", replace(SOUND, forward=forward)).reason

    def refuse(*_: Any, **__: Any) -> Kernel:
        raise KeyError("h")

    monkeypatch.setattr("lstmproof.verify.case.build", refuse)
    assert "no kernel could be built: KeyError" in verdict("reference").reason


def test_wrong_readings_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """A law cannot tell which side is wrong, and must not hold if the reading is."""
    sound = complex_step.gradient

    def wrong(*given: Any) -> dict[str, Array]:
        return {label: -array for label, array in sound(*given).items()}

    monkeypatch.setattr(complex_step, "gradient", wrong)
    assert "off by" in verdict("complex_step").reason
    assert "off by" in verdict("truncated").reason
    monkeypatch.setattr(reference, "run", lambda _, problem: {"h": problem.cotangents["h"].astype(float)})
    assert "float64 h off by" in verdict("reference").reason


def test_a_wrong_difference_or_enclosure_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    sound, enclosed = differences.gradient, ball.gradient

    def shifted(*given: Any) -> tuple[dict[str, Array], dict[str, Array]]:
        found, bounds = sound(*given)
        return {label: array + 0.1 for label, array in found.items()}, bounds

    def doubled(*given: Any) -> dict[str, ball.Enclosure]:
        return {label: ball.Enclosure(balls.balls * 2) for label, balls in enclosed(*given).items()}

    monkeypatch.setattr(differences, "gradient", shifted)
    monkeypatch.setattr(ball, "gradient", doubled)
    assert "where differences tell off by" in verdict("finite_difference").reason
    assert "certified error" in verdict("ball").reason


def test_a_wrong_tangent_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "lstmproof.verify.case.tangent_of", lambda *given: {"h": np.ones_like(given[1].cotangents["h"])}
    )
    assert "<J'w, v> off by" in verdict("adjoint_identity").reason


def flipped(derived: Program) -> Program:
    """The adjoint with the sign of its last total flipped."""
    last = derived.totals[-1].value
    nodes = tuple(
        replace(node, expr=Apply("neg", (node.expr,))) if isinstance(node, Pointwise) and node.out == last else node
        for node in derived.nodes
    )
    return replace(derived, nodes=nodes)


@pytest.mark.parametrize("flow", ["full", "truncated"])
def test_a_wrong_sign_in_the_adjoint_is_rejected_symbolically(flow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = truncate(gated().program).name if flow == "truncated" else gated().program.name

    def sometimes(program: Program) -> Program:
        return flipped(adjoint(program)) if program.name == wrong else adjoint(program)

    monkeypatch.setattr(symbolic, "adjoint", sometimes)
    result = exactness.decide_symbolic(gated(), "replay")
    assert result.verdict == "refuted"
    assert "is not SymPy's derivative" in result.reason
    assert result.counterexample


def test_a_symbolic_law_that_compared_nothing_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exactness, "every_identity", lambda _: iter(()))
    result = exactness.decide_symbolic(gated(), "replay")
    assert (result.verdict, result.holds, result.reason) == ("undecided", None, "nothing was compared")


def decided(check: Callable[[Trial], Iterator[Comparison]]) -> Result:
    law = Law("planted", "planted", "planted", check)
    return decide(gated(), law, REQUEST, suite(gated(), Kernels(gated())))


def test_a_law_that_compares_nothing_does_not_hold() -> None:
    def silent(_: Trial) -> Iterator[Comparison]:
        yield from ()

    def empty(_: Trial) -> Iterator[Comparison]:
        yield Comparison("nothing", np.zeros(0), np.zeros(0), np.zeros(0))

    for check in (silent, empty):
        result = decided(check)
        assert (result.verdict, result.holds, result.reason) == ("undecided", None, "nothing was compared")


def test_a_law_that_mostly_redraws_is_undecided() -> None:
    def picky(trial: Trial) -> Iterator[Comparison]:
        if trial.case.problem.T != 4:
            raise Redraw("only four steps will do")
        yield Comparison("one", np.ones(1), np.ones(1), np.zeros(1))

    result = decided(picky)
    assert (result.verdict, result.holds) == ("undecided", None)
    assert "cases were redrawn" in result.reason


def test_a_law_that_finds_one_number_amiss_among_many_is_refuted() -> None:
    def one_amiss(_: Trial) -> Iterator[Comparison]:
        found = np.ones(1000)
        found[617] += 1e-9
        yield Comparison("many", found, np.ones(1000), np.full(1000, 1e-12))

    result = decided(one_amiss)
    assert result.verdict == "refuted"
    assert result.counterexample is not None
    assert result.counterexample["at"] == [617]


def test_a_law_that_breaks_is_refuted_with_what_broke() -> None:
    def breaking(trial: Trial) -> Iterator[Comparison]:
        if trial.case.problem.T:
            raise Broken("it broke")
        yield Comparison("one", np.ones(1), np.ones(1), np.zeros(1))

    assert (decided(breaking).verdict, decided(breaking).reason) == ("refuted", "it broke")


def test_the_smallest_counterexample_is_small() -> None:
    def long_sequences(trial: Trial) -> Iterator[Comparison]:
        yield Comparison("steps", np.asarray(float(trial.case.problem.T)), np.asarray(0.0), np.asarray(2.5))

    result = decided(long_sequences)
    assert result.verdict == "refuted"
    assert result.counterexample is not None
    assert (result.counterexample["T"], result.counterexample["batch"]) == (3, 1)
    assert result.worst is not None
    assert result.worst["found"] > 3
