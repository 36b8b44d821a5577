"""Hypothesis strategies for tests of recurrent cells: problems of a cell, and cells themselves.

To hold a backward pass of one's own against a derived and checked one:

>>> import numpy as np
>>> from hypothesis import given, settings
>>> import lstmproof
>>> from lstmproof.strategies import problems
>>> rnn = lstmproof.load("rnn")
>>> kernel = rnn.kernel()
>>> def my_backward(x, h0, dh, W_h, U_h, b_h):
...     h = [h0]
...     for step in x:
...         h.append(np.tanh(step @ W_h.T + h[-1] @ U_h.T + b_h))
...     dW, back = np.zeros_like(W_h), np.zeros_like(h0)
...     for t in reversed(range(len(x))):
...         ds = (dh[t] + back) * (1 - h[t + 1] ** 2)
...         dW += ds.T @ x[t]
...         back = ds @ U_h
...     return dW
>>> @settings(max_examples=20, deadline=None, database=None)
... @given(problems(rnn))
... def test_my_backward(problem):
...     run = kernel.forward(problem.inputs["x"], problem.initial["h"], **problem.parameters)
...     expected = kernel.backward(run, **problem.cotangents)["W_h"]
...     found = my_backward(problem.inputs["x"], problem.initial["h"], problem.cotangents["h"], **problem.parameters)
...     np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * (1 + abs(expected).max()))
>>> test_my_backward()

The tolerance there is a guess that holds for a few units and steps; `lstmproof verify` derives its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import reject
from hypothesis import strategies as st

from lstmproof.cell import DTYPES, Cell, load
from lstmproof.language.errors import DerivationError
from lstmproof.language.parser import parse_text
from lstmproof.problem import Problem, check_whole
from lstmproof.verify.generate import draws, problem_of
from lstmproof.verify.random_cells import free_cell, gated_cell

__all__ = ["cells", "derivations", "problems"]

Numbers = int | st.SearchStrategy[int]
"""One number, or a strategy for it."""


def problems(
    cell: Cell | str,
    *,
    T: Numbers | None = None,
    batch: Numbers | None = None,
    sizes: Mapping[str, Numbers] | None = None,
    dtype: str | st.SearchStrategy[str] = "float64",
) -> st.SearchStrategy[Problem]:
    """Problems of a cell: arrays for its kernel, or for an implementation of someone's own.

    What is drawn is what the laws are checked on: up to 6 steps, 3 rows and 4 units an axis, now and then no step or no
    row; weights from 1e-8 to saturating; inputs, states and cotangents of different sizes, some of them zero; constants
    at other values than their defaults; arrays that are read-only, strided or in Fortran's order. It shrinks to one
    step, one row and one unit with numbers of ordinary size, not to round numbers, at which errors hide.

    Args:
        cell: what `lstmproof.load` returns, or what it takes.
        T, batch: steps and rows.
        sizes: units along axes of the cell, by name.
        dtype: `"float64"` or `"float32"`, of all arrays.

    Raises:
        ValueError: an axis that the cell has not, a number below 0 (of units, below 1), another dtype.
    """
    definition = (load(cell) if isinstance(cell, str) else cell).definition
    for axis in sizes or {}:
        if axis not in definition.program.axis_names:
            known = ", ".join(definition.program.axis_names)
            raise ValueError(f"{definition.name} has no axis {axis!r}; its axes are {known}")
    if isinstance(dtype, str) and dtype not in DTYPES:
        raise ValueError(f"dtype is one of {', '.join(DTYPES)}, found {dtype!r}")
    units = {axis: _numbers(f"the size of axis {axis!r}", each, 1) for axis, each in (sizes or {}).items()}
    drawn = draws(
        definition,
        None if T is None else _numbers("T", T, 0),
        None if batch is None else _numbers("batch", batch, 0),
        units,
    )
    kinds = st.just(dtype) if isinstance(dtype, str) else dtype
    return st.builds(lambda draw, kind: problem_of(definition, draw, kind), drawn, kinds)


def _numbers(what: str, given: Numbers, least: int) -> st.SearchStrategy[int]:
    if isinstance(given, st.SearchStrategy):
        return given
    check_whole(what, given, least)
    return st.just(given)


@st.composite
def cells(draw: st.DrawFn) -> Cell:
    """Random cells, called `any_cell`, for tests of what is to work with any.

    A cell has one to four states with gates, peepholes, coupled gates and memory-cell blocks, or two states and
    expressions of any form over the functions of the language, previous values, `stop` and `cut`. Its text is
    `cell.derivation.text`.

    >>> from hypothesis import find
    >>> smallest = find(cells(), lambda cell: len(cell.states) == 2)
    >>> smallest.name, len(smallest.states)
    ('any_cell', 2)
    """
    write = draw(st.sampled_from((gated_cell, free_cell)))
    text = write(lambda choices: draw(st.sampled_from(choices)))
    try:
        derivation = parse_text(text, "any_cell.py")
    except DerivationError:
        reject()  # a free expression may make a scalar of what is to be a vector
    return Cell(derivation.cells[0], derivation)


def derivations() -> st.SearchStrategy[str]:
    """Texts of derivation files with one of `cells`."""
    return cells().map(lambda cell: cell.derivation.text)
