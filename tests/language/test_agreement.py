"""Random cells: what the parser accepts, the reference reading runs, with the axes and the values of the Program."""

from __future__ import annotations

import random

import numpy as np

from lstmproof.kernels.interpreter import run
from lstmproof.language.definition import Definition
from lstmproof.language.errors import DerivationError
from lstmproof.language.parser import parse_text
from lstmproof.readings import reference
from lstmproof.verify.generate import problem_for

HEADER = """\
from lstmproof.language import cell, cut, dot, maximum, mean, outer, sum, tanh


def square(z): return z * z + 1
def act(z, w): return z @ w
def leak(z, w): return tanh(z) * w - z


@cell
"""
ANNOTATIONS = ("", "", "", ': "a"', ': "a b"', ': "hidden"', ': "b"', ': ""', ': "hidden a"')
FORMS = (
    *("({0} + {1})", "({0} - {1})", "({0} * {1})", "({0} @ {1})", "({0} @ {1})", "-{0}", "tanh({0})", "sum({0})"),
    *("sum({0}, '{axis}')", "mean({0}, '{axis}')", "outer({0}, {1})", "dot({0}, {1})", "cut({0})", "{0} ** 2"),
    *("square({0})", "act({0}, {1})", "leak({0}, {1})", "maximum({0}, {1})", "({0} / 4)"),
)
SEEDS = 1_500


def expression(random: random.Random, names: list[str], depth: int) -> str:
    if depth == 0 or random.random() < 0.15:
        return random.choice((*names, *names, "2", "0.5"))
    parts = (expression(random, names, depth - 1), expression(random, names, depth - 1))
    return random.choice(FORMS).format(*parts, axis=random.choice(("hidden", "input", "a", "b")))


def random_cell(seed: int) -> str:
    """A cell that uses all of its arguments; most such cells have axes that do not agree."""
    source = random.Random(seed)
    names = ["x", "h", "W", "V", "p"]
    x, h, W, V, p = (name + source.choice(ANNOTATIONS) for name in names)
    lines = [f"def any_cell({x}, {h}, *, {W}, {V}, {p}):"]
    for local in ("s", "q"):
        lines.append(f"    {local}{source.choice(('', '', *ANNOTATIONS))} = {expression(source, names, 2)}")
        names.append(local)
    rest = " + ".join(f"sum({name})" for name in names if name != "h")
    lines.append(f"    h = {expression(source, names, 2)} + h * ({rest})")
    return HEADER + "\n".join([*lines, "    return h, s, q", ""])


def accepted(text: str) -> Definition | None:
    try:
        return parse_text(text).cells[0]
    except DerivationError:
        return None


def test_the_parser_and_the_reference_reading_agree() -> None:
    compared = 0
    for seed in range(SEEDS):
        definition = accepted(random_cell(seed))
        if definition is None:
            continue
        sizes = {axis: place % 3 + 2 for place, axis in enumerate(definition.program.axis_names)}
        problem = problem_for(definition, 2, 2, sizes, seed, "float64")
        with np.errstate(all="ignore"):
            read = reference.run(definition, problem)
            ran = run(
                definition.program,
                inputs=problem.inputs,
                tape={},
                initial=problem.initial,
                parameters=problem.parameters,
                constants=problem.constants,
                sizes=sizes,
                T=2,
                batch=2,
            ).outputs
        for label in definition.returned:
            assert read[label].shape == ran[label].shape, random_cell(seed)
            np.testing.assert_allclose(read[label], ran[label], rtol=1e-9, atol=1e-12, err_msg=random_cell(seed))
        compared += 1
    assert compared >= SEEDS // 40
