"""What `lstmproof new` writes: a derivation file that verifies as it stands, and its test."""

from __future__ import annotations

import keyword
import sys
from pathlib import Path

from lstmproof import catalogue
from lstmproof.language.errors import DerivationError, printable
from lstmproof.language.parser import parse_text

LIBRARIES = ("click", "flint", "hypothesis", "lstmproof", "numpy", "pytest", "rich", "sympy")
"""Packages that a file of the same name would hide from Python, beside those of the standard library."""


class NameRefused(ValueError):
    """A name that no derivation file can have, or that is taken; the message says which would do."""


DERIVATION = '''\
"""@NAME@: what is new about this cell, in a line.

Source: authors, "title", year, section and equations. Say here where the equations below differ from the printed ones.
"""

from lstmproof.language import carousel, cell, claim, myth, sigmoid, tanh


# One step of the cell, one equation a line, in the letters of the paper. Replace these equations by your own.
#   before the *   inputs, then states: a state is an argument whose name is returned
#   after the *    parameters, whose axes are inferred; beta=1.0 would be a constant
#   h              means h(t-1) up to the line that assigns it, h(t) from there on
@cell
def @NAME@(x, h, *, W_f, U_f, b_f, W_g, U_g, b_g):
    f = sigmoid(W_f @ x + U_f @ h + b_f)
    g = tanh(W_g @ x + U_g @ h + b_g)
    h = f * h + (1 - f) * g
    return h


# A claim is what you say is true at every step, for all weights, inputs and sizes: it is to be proved.
# Its arguments are named like what they speak of; h0 is the initial state, assume(...) a hypothesis.
@claim(@NAME@)
def gate_scales_what_is_kept(h, f):
    """Without what passes through weights, an error at h(t) reaches h(t-1) times f(t)."""
    return carousel(h) == f


# A myth is what is said and false: it is to be refuted, by a network with concrete weights.
@myth(@NAME@)
def state_stays_within_one(h):
    """Believed because f and 1 - f weigh h and a tanh; the initial state may lie anywhere."""
    return abs(h) <= 1
'''

TEST = '''\
"""Tests of @NAME@.py: what it states holds, and its kernel is what someone who read the paper would write."""

from pathlib import Path

import lstmproof
import numpy as np
from hypothesis import given, settings
from lstmproof.strategies import problems

CELL = lstmproof.load(Path(__file__).with_name("@NAME@.py"))
KERNEL = CELL.kernel()


def by_hand(x, h, *, W_f, U_f, b_f, W_g, U_g, b_g):
    """One step, written from the paper and not from @NAME@.py: it takes the arguments of the cell, by their names."""
    f = 1 / (1 + np.exp(-(x @ W_f.T + h @ U_f.T + b_f)))
    g = np.tanh(x @ W_g.T + h @ U_g.T + b_g)
    return f * h + (1 - f) * g


@settings(deadline=None)
@given(problems(CELL, T=3))
def test_kernel_agrees_with_the_paper(problem):
    h = problem.initial["h"]
    run = KERNEL.forward(problem.inputs["x"], h, **problem.parameters, **problem.constants)
    for x, found in zip(problem.inputs["x"], run.h, strict=True):
        with np.errstate(over="ignore"):
            h = by_hand(x, h, **problem.parameters, **problem.constants)
        np.testing.assert_allclose(found, h, rtol=1e-9, atol=1e-12)


def test_everything_holds():
    results = lstmproof.verify(CELL, examples=20).results
    assert [result.id for result in results if result.holds is not True] == []
'''


def write(name: str, directory: str = ".") -> tuple[Path, Path]:
    """Write `<name>.py` and `test_<name>.py`; return where they are. The folder is made if it is missing.

    Raises:
        NameRefused: a name that no file of the language can have, or that hides another.
        FileExistsError: one of the two exists; nothing has been written.
        OSError: the folder cannot be written to.
    """
    text = DERIVATION.replace("@NAME@", name)
    check_name(name, text)
    folder = Path(directory)
    files = {folder / f"{name}.py": text, folder / f"test_{name}.py": TEST.replace("@NAME@", name)}
    for path in files:
        if path.exists() or path.is_symlink():
            raise FileExistsError(f"{path} exists and is left as it is: choose another name, or remove it first")
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(content)
    mine, test = files
    return mine, test


def check_name(name: str, text: str) -> None:
    """Raise NameRefused unless a file and a cell can be called `name`; `text` is what would be written.

    >>> check_name("2nd-try", "")
    Traceback (most recent call last):
    lstmproof.starting.NameRefused: '2nd-try' is no name of a cell: letters, digits and _ alone, a letter first, ...
    """
    shown = printable(name[:80])
    if not (name.isidentifier() and name.isascii()) or keyword.iskeyword(name) or len(name) > 80:
        wanted = "letters, digits and _ alone, a letter first, as 'leaky_unit'; no keyword of Python"
        raise NameRefused(f"'{shown}' is no name of a cell: {wanted}")
    if name in catalogue.names():
        raise NameRefused(f"'{name}' is a cell of the catalogue, which `lstmproof show {name}` shows: choose another")
    if name in sys.stdlib_module_names or name in LIBRARIES or name.startswith("test_") or name == "conftest":
        raise NameRefused(f"'{name}.py' would be taken for another Python module of that name: choose another")
    try:
        parse_text(text, f"{name}.py")
    except DerivationError as error:
        raise NameRefused(f"'{name}' has a meaning in the file that would be written: {error.message}") from None


def next_steps(mine: Path, test: Path) -> str:
    """What to do with the two files."""
    return f"""\
wrote {mine} and {test}

next
  1. replace the equations in {mine} by those of the paper
  2. lstmproof show {mine}: are the axes those of the paper?
  3. lstmproof verify {mine}
  4. rewrite by_hand in {test} from the paper: same arguments as the cell
  5. pytest {mine} {test}
  6. lstmproof report {mine} -o report
"""
