"""Corruptions are single, well formed and of every kind; each is caught or shown to be none."""

from __future__ import annotations

import ast

import pytest

from lstmproof.calculus.adjoint import adjoint
from lstmproof.catalogue import find
from lstmproof.kernels.kernel import build, compiled
from lstmproof.language.definition import Definition
from lstmproof.verify import corrupt_adjoint, corrupt_source
from lstmproof.verify.laws.symbolic import OneStep
from lstmproof.verify.mutants import Court, Mutant, Unsound, mutants, mutate_cell, planted, same_step
from tests.verify.cells import cell, gated, recurrent


def elman() -> Definition:
    return recurrent("tanh(s)", "tanh")


def test_no_mutant_of_a_small_cell_survives() -> None:
    report = mutate_cell(elman())
    assert report.survivors == ()
    assert report.caught + report.equivalent == len(report.mutants)
    assert report.caught > 0.9 * len(report.mutants)
    assert (report.cell, report.key) == ("recurrent", "test.py:recurrent")
    assert {mutant.of for mutant in report.mutants} == {"adjoint", "kernel"}


def test_mutants_do_not_depend_on_the_number_of_processes() -> None:
    told: list[Mutant] = []
    report = mutate_cell(elman(), progress=told.append, workers=1)
    assert tuple(told) == report.mutants == tuple(mutants(elman(), workers=2))


def test_adjoints_are_corrupted_in_every_way() -> None:
    program = find("gru_reset_after").program
    kinds = {each.kind for each in corrupt_adjoint.corruptions(program, adjoint(program))}
    assert kinds == {
        corrupt_adjoint.SIGN,
        corrupt_adjoint.TERM,
        corrupt_adjoint.FACTOR,
        corrupt_adjoint.NEIGHBOUR,
        corrupt_adjoint.TIME,
        corrupt_adjoint.TRANSPOSED,
        corrupt_adjoint.SWAPPED,
    }


def test_sigma_prime_without_its_second_factor_is_among_them() -> None:
    program = gated().program
    changes = {(each.where, each.change) for each in corrupt_adjoint.corruptions(program, adjoint(program))}
    assert ("b_f.bar", "without sub(1, f)") in changes


def test_each_corruption_differs_from_the_adjoint_in_one_place() -> None:
    program = gated().program
    derived = adjoint(program)
    for each in corrupt_adjoint.corruptions(program, derived):
        changed = [a.out for a, b in zip(derived.nodes, each.program.nodes, strict=True) if a != b]
        assert len(changed) + (each.program.totals != derived.totals) + (each.program.outputs != derived.outputs) == 1


def test_sources_are_corrupted_in_every_way_and_checks_are_left_alone() -> None:
    source = build(gated().program).source
    every = list(corrupt_source.corruptions(source))
    assert {each.kind for each in every} >= {
        corrupt_source.SIGN,
        corrupt_source.DROPPED,
        corrupt_source.NEIGHBOUR,
        corrupt_source.ROW,
        corrupt_source.TIME,
        corrupt_source.TRANSPOSED,
    }
    assert all(each.source != source for each in every)
    assert not any("_check" in each.change or "_refuse" in each.change for each in every)
    for each in every:
        compile(each.source, "<mutant>", "exec")


@pytest.mark.parametrize("weight", ["W", "_forward", "_gradients"])
def test_both_passes_and_their_memory_are_corrupted(weight: str) -> None:
    """Also where an author's name takes that of one of the module's functions."""
    text = f"def one(x, h, *, {weight}, U):\n    h = tanh({weight} @ x + U @ h)\n    return h\n"
    source = build(cell(text, "tanh").program).source
    changed = {each.line for each in corrupt_source.corruptions(source)}
    parts = {
        part.name.rstrip("_"): range(part.lineno, (part.end_lineno or part.lineno) + 1)
        for part in ast.parse(source).body
        if isinstance(part, ast.FunctionDef | ast.ClassDef)
    }
    for name in (*corrupt_source.COMPUTING, corrupt_source.MEMORY):
        assert changed & set(parts[name]), name


def test_an_equivalent_adjoint_is_shown_to_be_one_and_a_wrong_one_is_not() -> None:
    program = gated().program
    derived = adjoint(program)
    exact = OneStep.of(gated(), "full")
    assert same_step(exact, derived, derived)
    wrong = next(corrupt_adjoint.corruptions(program, derived))
    assert same_step(exact, derived, wrong.program) == ""


def test_a_step_too_large_for_exact_numbers_shows_no_equivalence() -> None:
    high = cell("def high(x: 'hidden', h: 'hidden'):\n    h = (((h ** 16) ** 16) ** 16) ** 16 * x\n    return h\n")
    assert Court(high, (), ()).judge(next(planted(high))).survives


def test_the_sound_kernel_is_acquitted() -> None:
    Court.of(elman(), 0).acquit()


def test_no_error_is_planted_where_no_problem_would_show_it() -> None:
    hopeless = recurrent("log(s * s - 2 * s * s)", "log")
    with pytest.raises(Unsound, match="no generated problem is fit to test it"):
        list(mutants(hopeless))


def test_what_cannot_be_compiled_is_caught() -> None:
    def broken() -> object:
        return compiled("import numpy as np\nraise ValueError('no kernel')\n")

    assert Court.of(elman(), 0).caught("kernel", broken) == "no kernel: ValueError"  # type: ignore[arg-type]


def test_planted_lists_the_adjoint_first() -> None:
    sorts = [type(each).__name__ for each in planted(elman())]
    assert sorts == sorted(sorts)
    assert len(set(sorts)) == 2


def test_cells_of_one_unit_and_no_parameter_have_mutants_too() -> None:
    bare = cell(
        'def bare(x, h):\n    """No weights."""\n    h = tanh(x + h)\n    return h\n'.replace("x,", 'x: "hidden",'),
        "tanh",
    )
    report = mutate_cell(bare)
    assert report.mutants
    assert report.survivors == ()


def test_a_slope_of_zero_or_one_may_stand_twice() -> None:
    """The error of one product handed on to another: it has met the slope once more, and is the same."""
    text = "def rectified(x, h, *, W, U, b):\n    h = relu(W @ x + U @ h + b)\n    return h\n"
    court = Court.of(cell(text, "relu"), 0)
    changed = corrupt_adjoint.corruptions(court.definition.program, adjoint(court.definition.program))
    judged = [court.judge(each) for each in changed if each.where == "W@x.bar"]
    assert not any(mutant.survives for mutant in judged)
    assert any(mutant.equivalent for mutant in judged)
    assert any(mutant.caught_by for mutant in judged)
