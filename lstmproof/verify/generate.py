"""Problems for the laws: Hypothesis draws a small structure, NumPy fills the arrays from its seed.

A `Draw` is what shrinks and what replays: numbers of steps, rows and units, a decimal exponent for each array, a
seed. Drawing every float instead would be slow and would shrink to round numbers, where errors hide.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from math import ceil, log10
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, Verbosity, configuration, given, reject, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky, Unsatisfiable

from lstmproof.language.definition import Definition
from lstmproof.problem import Array, Problem, check_whole
from lstmproof.program.nodes import Pointwise

STEPS = (1, 2, 3, 4, 5, 6, 3, 2, 0)
ROWS = (1, 2, 3, 2, 1, 0)
UNITS = (1, 2, 3, 4)
PARAMETER_EXPONENTS = (0, 0, 0, 0, -1, -1, 1, 2, -4, -8)
"""Decimal exponents of weights, from 1e-8 to saturating; the first is what a draw shrinks to."""
SEQUENCE_EXPONENTS = (0, 0, 0, 0, -1, 1, -4)
COTANGENT_KINDS = ("usual", "usual", "usual", "usual", "last", "huge", "tiny", "zero")
"""`last` is zero but at the last step; `huge` is 1e8 times the usual, `tiny` 1e-8 times."""
LAYOUTS = ("plain", "plain", "plain", "strided", "read-only", "fortran")
SEEDS = 100
"""Seeds stay below 100: larger integers may come from constants of loaded modules, which would make a run depend
on what else was imported."""


@dataclass(frozen=True)
class Draw:
    """The structure of one generated problem; with a definition it determines the problem."""

    T: int
    batch: int
    sizes: tuple[tuple[str, int], ...]
    exponents: tuple[tuple[str, int], ...]
    """A decimal exponent for every input, state and parameter, by name."""
    cotangents: tuple[tuple[str, str], ...]
    """A kind of `COTANGENT_KINDS` for every output, by label."""
    constants: tuple[tuple[str, bool], ...]
    """Whether each constant takes another value than its default."""
    layout: str
    seed: int

    def describe(self) -> dict[str, Any]:
        """What a person needs to see of it, and what rebuilds it; unremarkable entries are left out."""
        told: dict[str, Any] = {"T": self.T, "batch": self.batch, **dict(self.sizes)}
        told["scales"] = {name: f"1e{exponent}" for name, exponent in self.exponents if exponent}
        told["cotangents"] = {label: kind for label, kind in self.cotangents if kind != "usual"}
        told["constants"] = [name for name, other in self.constants if other]
        told["layout"] = "" if self.layout == "plain" else self.layout
        told["problem_seed"] = self.seed
        return {key: value for key, value in told.items() if value not in ({}, [], "")}


def draws(
    definition: Definition,
    T: st.SearchStrategy[int] | None = None,
    batch: st.SearchStrategy[int] | None = None,
    sizes: Mapping[str, st.SearchStrategy[int]] | None = None,
) -> st.SearchStrategy[Draw]:
    """Structures of problems of a cell, simplest first; with numbers of steps, rows and units from elsewhere."""
    sequences = [*definition.inputs, *definition.states]
    units = {axis: st.sampled_from(UNITS) for axis in definition.program.axis_names} | dict(sizes or {})

    def named(names: Iterable[str], choices: tuple[Any, ...]) -> Any:
        return st.tuples(*(st.tuples(st.just(name), st.sampled_from(choices)) for name in names))

    return st.builds(
        Draw,
        T=st.sampled_from(STEPS) if T is None else T,
        batch=st.sampled_from(ROWS) if batch is None else batch,
        sizes=st.tuples(*(st.tuples(st.just(axis), each) for axis, each in units.items())),
        exponents=st.tuples(
            named(sequences, SEQUENCE_EXPONENTS), named(definition.parameters, PARAMETER_EXPONENTS)
        ).map(lambda both: both[0] + both[1]),
        cotangents=named(definition.returned, COTANGENT_KINDS),
        constants=named(definition.constants, (False, True)),
        layout=st.sampled_from(LAYOUTS),
        seed=st.integers(0, SEEDS - 1),
    )


def plain(definition: Definition, T: int, batch: int, sizes: Mapping[str, int], seed: int) -> Draw:
    """The draw with numbers of ordinary size, default constants and nothing peculiar."""
    return Draw(
        T=T,
        batch=batch,
        sizes=tuple((axis, sizes[axis]) for axis in definition.program.axis_names),
        exponents=tuple((name, 0) for name in (*definition.inputs, *definition.states, *definition.parameters)),
        cotangents=tuple((label, "usual") for label in definition.returned),
        constants=tuple((name, False) for name in definition.constants),
        layout="plain",
        seed=seed,
    )


def edges(definition: Definition, seed: int) -> Iterator[Draw]:
    """What every run looks at, drawn or not: ordinary, one unit along each axis, a cotangent left out, no step, no row.

    Those in which nothing happens come last: a run of few examples must not consist of them.
    """
    axes = definition.program.axis_names
    two, one = dict.fromkeys(axes, 2), dict.fromkeys(axes, 1)
    yield plain(definition, 3, 2, {axis: 2 + place % 3 for place, axis in enumerate(axes)}, seed)
    yield plain(definition, 4, 1, one, seed)
    for label in definition.returned:
        draw = plain(definition, 2, 2, two, 2 * seed + 1)
        yield replace(
            draw, cotangents=tuple((each, "zero" if each == label else "usual") for each, _ in draw.cotangents)
        )
    yield plain(definition, 0, 2, two, seed)
    yield plain(definition, 3, 0, two, seed)


WIDE = 2**15
"""Numbers that one step of a wide problem computes at least: more than kernels keep in the cache for several steps."""
WIDE_STATE = 2**12
"""Numbers of the states among them at least: what a step backward computes may be as few."""
LARGEST = 2**20
"""Entries of its largest array at most."""


def wide(definition: Definition, seed: int) -> Draw:
    """A few steps of many rows and units, whose net inputs are of ordinary size: for what only large runs do."""
    steps, rows, units = 5, 512, 2
    program = definition.program
    computed = [node.axes for node in program.nodes if isinstance(node, Pointwise)]
    parameters = max((len(axes) for axes in definition.parameters.values()), default=0)
    sequences = max(len(axes) for axes in (*definition.inputs.values(), *definition.states.values(), *computed))

    def fits(units: int, rows: int) -> bool:
        largest: int = max(steps * rows * units**sequences, units**parameters)
        return largest <= LARGEST

    for values, least in ((list(definition.states.values()), WIDE_STATE), (computed, WIDE)):
        while rows * sum(units ** len(axes) for axes in values) < least:
            if any(values) and fits(2 * units, rows):
                units *= 2
            elif fits(units, 2 * rows):
                rows *= 2
            else:
                break
    draw = plain(definition, steps, rows, dict.fromkeys(program.axis_names, units), seed)
    scale = -ceil(log10(units))
    return replace(draw, exponents=tuple((n, scale if n in definition.parameters else 0) for n, _ in draw.exponents))


def in_one_shape(draw: Draw) -> Draw:
    """The draw with the numbers of steps, rows and units that all get which must have them alike."""
    sizes = tuple((axis, 2 + place % 2) for place, (axis, _) in enumerate(draw.sizes))
    return replace(draw, T=3, batch=2, sizes=sizes, layout="plain")


def problem_for(
    definition: Definition,
    T: int,
    batch: int,
    sizes: Mapping[str, int],
    seed: int = 0,
    dtype: str = "float64",
) -> Problem:
    """One random valid problem with weights and inputs of ordinary size.

    Args:
        sizes: units along each axis name of the cell.

    Raises:
        ValueError: an axis without a size, an unknown axis or a size that is no positive integer.
    """
    axes = definition.program.axis_names
    for axis in axes:
        if axis not in sizes:
            raise ValueError(f"no size for axis {axis!r} of {definition.name}; its axes are {', '.join(axes)}")
    for axis, size in sizes.items():
        if axis not in axes:
            raise ValueError(f"{definition.name} has no axis {axis!r}; its axes are {', '.join(axes)}")
        check_whole(f"the size of axis {axis!r}", size, 1)
    return problem_of(definition, plain(definition, T, batch, sizes, seed), dtype)


def problem_of(definition: Definition, draw: Draw, dtype: str = "float64") -> Problem:
    """The problem that `draw` stands for: normal entries times a power of ten, rounded to `dtype`."""
    random = np.random.default_rng(draw.seed)
    sizes, exponents = dict(draw.sizes), dict(draw.exponents)
    output_axes = {output.label: definition.program.axes[output.value] for output in definition.program.outputs}

    def array(lead: tuple[int, ...], axes: tuple[str, ...], scale: float) -> Array:
        shape = (*lead, *(sizes[axis] for axis in axes))
        return _laid_out((random.normal(size=shape) * scale).astype(dtype), draw.layout)

    steps, rows = (draw.T, draw.batch), (draw.batch,)
    return Problem(
        T=draw.T,
        batch=draw.batch,
        sizes=sizes,
        parameters={n: array((), axes, 10.0 ** exponents[n]) for n, axes in definition.parameters.items()},
        inputs={n: array(steps, axes, 10.0 ** exponents[n]) for n, axes in definition.inputs.items()},
        initial={n: array(rows, axes, 10.0 ** exponents[n]) for n, axes in definition.states.items()},
        constants={n: _constant(definition, n, other, random) for n, other in draw.constants},
        cotangents={
            label: _cotangent(array(steps, output_axes[label], 1.0), kind, draw.layout)
            for label, kind in draw.cotangents
        },
    )


def _constant(definition: Definition, name: str, other: bool, random: np.random.Generator) -> float:
    return float(definition.constants[name].default) + (float(random.normal()) if other else 0.0)


def _cotangent(array: Array, kind: str, layout: str) -> Array:
    match kind:
        case "zero":
            array = np.zeros_like(array)
        case "huge":
            array = array * 1e8
        case "tiny":
            array = array * 1e-8
        case "last":
            array = array.copy()
            array[:-1] = 0.0
        case _:
            pass
    return _laid_out(array, layout)


def _laid_out(array: Array, layout: str) -> Array:
    """The same numbers in another memory layout."""
    match layout:
        case "strided":
            padded = np.zeros((*array.shape, 2), array.dtype)
            padded[..., 0] = array
            return padded[..., 0]
        case "read-only":
            array = array.copy()
            array.flags.writeable = False
            return array
        case "fortran":
            return np.asfortranarray(array)
        case _:
            return array


def map_arrays(problem: Problem, change: Callable[[Array], Array]) -> Problem:
    """`problem` with every array changed."""

    def changed(arrays: Mapping[str, Array]) -> dict[str, Array]:
        return {name: change(array) for name, array in arrays.items()}

    return replace(
        problem,
        inputs=changed(problem.inputs),
        initial=changed(problem.initial),
        parameters=changed(problem.parameters),
        cotangents=changed(problem.cotangents),
    )


def cast(problem: Problem, dtype: str) -> Problem:
    """`problem` with its arrays rounded to `dtype`."""
    return map_arrays(problem, lambda array: array.astype(dtype))


class _Found(Exception):
    """Raised inside Hypothesis for a draw that has the property that is being shrunk."""


@contextmanager
def _nothing_written() -> Iterator[None]:
    """Hypothesis would cache what it read of local modules in its folder; one below a file cannot be made.

    The folder that a caller's own tests have chosen is put back: Hypothesis sets it, and has no way to ask for it.
    """
    chosen = vars(configuration).get("__hypothesis_home_directory")
    configuration.set_hypothesis_home_dir(Path(os.devnull, "hypothesis"))
    try:
        yield
    finally:
        configuration.set_hypothesis_home_dir(chosen)


def generate(definition: Definition, examples: int, seed_: int, admit: Callable[[Draw], bool]) -> int:
    """Show `admit` draws until it has accepted `examples` of them; return how many it declined.

    The same arguments give the same draws, whatever else ran before.
    """
    declined = 0

    @seed(seed_)
    @_settings(examples, Phase.generate)
    @given(draws(definition))
    def show(draw: Draw) -> None:
        nonlocal declined
        if not admit(draw):
            declined += 1
            reject()

    with _nothing_written(), suppress(Unsatisfiable):
        show()
    return declined


def shrink(
    definition: Definition, examples: int, seed_: int, fails: Callable[[Draw], bool], first: Draw, attempts: int = 300
) -> Draw:
    """The smallest failing draw that Hypothesis finds, starting from the first one of the same run.

    Args:
        fails: whether a draw is admissible and has the failure.
        first: a draw known to fail, returned if Hypothesis does not meet another.
        attempts: draws tried before it settles for the smallest so far.
    """
    smallest, known, left = first, {first: True}, attempts + examples

    @seed(seed_)
    @_settings(examples, Phase.generate, Phase.shrink)
    @given(draws(definition))
    def show(draw: Draw) -> None:
        nonlocal smallest, left
        if draw not in known:
            left -= 1
            known[draw] = left >= 0 and fails(draw)
        if known[draw]:
            smallest = draw
            raise _Found

    with _nothing_written(), suppress(_Found, Flaky, Unsatisfiable):
        show()
    return smallest


def _settings(examples: int, *phases: Phase) -> settings:
    return settings(
        max_examples=examples,
        phases=phases,
        derandomize=False,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
