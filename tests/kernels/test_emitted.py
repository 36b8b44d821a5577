"""The emitted module: NumPy alone, the same bytes everywhere, golden."""

from __future__ import annotations

import ast
import hashlib
import os
import subprocess
import sys
import tokenize
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lstmproof.catalogue import find, names
from lstmproof.kernels.kernel import build, compiled
from tests.calculus.scans import cell, small_problem
from tests.kernels.agreement import assert_same_bytes, execute

ROOT = Path(__file__).resolve().parents[2]

PRINT_DIGESTS = """
import hashlib
from lstmproof.catalogue import find
from lstmproof.calculus.truncate import truncate
from lstmproof.kernels.kernel import build
for name in ("lstm", "gru_reset_after"):
    print(hashlib.sha256(build(find(name).program).source.encode()).hexdigest())
print(hashlib.sha256(build(truncate(find("lstm_forget").program), "float32").source.encode()).hexdigest())
"""

RUN_ALONE = """
import sys
sys.modules["lstmproof"] = None  # importing it raises
import numpy as np
import pasted
given = np.load("arguments.npz")
keywords = {name.removeprefix("keyword "): given[name] for name in given.files if name.startswith("keyword ")}
cotangents = {name.removeprefix("cotangent "): given[name] for name in given.files if name.startswith("cotangent ")}
run = pasted.forward(given["x"], given["h0"], given["c0"], **keywords)
outputs = {"output " + name: run[name] for name in cotangents}
np.savez("found.npz", **pasted.backward(run, **cotangents), **outputs)
"""


def environment(**changed: str) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHASHSEED")}
    return kept | changed


def python(code: str, folder: Path, **changed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(**changed),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", names())
def test_it_imports_numpy_alone(name: str) -> None:
    module = ast.parse(build(find(name).program).source)
    imports = [node for node in ast.walk(module) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import numpy as np"]


def test_it_runs_where_lstmproof_is_not(tmp_path: Path) -> None:
    kernel, problem = build(find("lstm").program), small_problem(find("lstm"))
    outputs, gradient = execute(kernel, problem)
    arrays: dict[str, Any] = {**problem.inputs, **{f"{name}0": array for name, array in problem.initial.items()}}
    arrays |= {f"keyword {name}": array for name, array in problem.parameters.items()}
    arrays |= {f"cotangent {name}": array for name, array in problem.cotangents.items()}
    np.savez(tmp_path / "arguments.npz", **arrays)
    (tmp_path / "pasted.py").write_text(kernel.source, encoding="utf-8")
    python(RUN_ALONE, tmp_path)
    found = np.load(tmp_path / "found.npz")
    expected = {**gradient, **{f"output {name}": array for name, array in outputs.items()}}
    assert_same_bytes({name: found[name] for name in found.files}, expected)


def test_it_is_the_same_in_every_process() -> None:
    digests = [python(PRINT_DIGESTS, ROOT, PYTHONPATH=str(ROOT), PYTHONHASHSEED=seed).split() for seed in ("0", "4242")]
    assert digests[0] == digests[1]
    assert len(set(digests[0])) == 3
    assert digests[0][0] == hashlib.sha256(build(find("lstm").program).source.encode()).hexdigest()


@pytest.mark.parametrize("role", ["x", "h", "W", "q"])
@pytest.mark.parametrize("name", ["_forward", "_gradients", "_run", "_lease", "np", "work", "rows", "matrix_1"])
def test_an_authors_name_hides_none_of_the_modules_own(role: str, name: str) -> None:
    text = "def named({x}, {h}, *, {W}, U):\n    {q} = {W} @ {x}\n    {h} = tanh({q} + U @ {h})\n    return {h}, {q}\n"
    plain = dict(zip("xhWq", "xhWq", strict=True))
    definitions = [cell(text.format(**names)) for names in (plain, plain | {role: name})]
    (usual, expected), (outputs, found) = (
        execute(build(definition.program), small_problem(definition)) for definition in definitions
    )
    for label, array in {**usual, **expected}.items():
        own = name + label.removeprefix(role) if label in (role, f"{role}0") else label
        np.testing.assert_allclose({**outputs, **found}[own], array, rtol=1e-13, err_msg=own)


def test_its_header_is_the_given_one() -> None:
    source = build(find("rnn").program, header=["first line", "", "third"]).source
    assert source.splitlines()[:3] == ["# first line", "#", "# third"]
    assert "do not edit" in build(find("rnn").program).source.splitlines()[0]


def test_a_compiled_source_is_the_kernel() -> None:
    kernel, problem = build(find("gru").program), small_problem(find("gru"))
    again = compiled(kernel.source)
    assert again.source == kernel.source
    for one, other in zip(execute(kernel, problem), execute(again, problem), strict=True):
        assert_same_bytes(one, other)


@pytest.mark.parametrize("name", ["lstm", "lstm_forget", "janet_beta"])
def test_every_argument_is_documented_with_its_axes(name: str) -> None:
    definition = find(name)
    source = build(definition.program).source
    for label, axes in definition.parameters.items():
        assert f"        {label}: ({', '.join(axes)}{',' * (len(axes) == 1)})" in source
    for label, axes in definition.inputs.items():
        assert f"        {label}: (time, batch, {', '.join(axes)})" in source


@pytest.mark.parametrize("name", ["lstm", "janet_beta"])
def test_golden_source(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"kernels/{name}.py", build(find(name).program, header=[f"{name}, generated."]).source)


@pytest.mark.parametrize(
    "name",
    ["\nraise SystemExit\n#", "\rraise SystemExit", "\f\v\x1b[2J", "\u2028raise SystemExit", "\udcff", '"""', "\\\n"],
)
def test_nothing_in_the_header_leaves_its_comment(name: str) -> None:
    source = build(find("rnn").program, header=[f"Generated from {name}.py", "in order"]).source
    plain = build(find("rnn").program, header=["Generated", "in order"]).source
    assert source.splitlines()[1:] == plain.splitlines()[1:]
    assert source.startswith("# Generated from ")
    assert source.split("\n", maxsplit=1)[0].isprintable()
    source.encode()


@pytest.mark.parametrize("sign", [":", "="])
def test_the_header_declares_no_coding(tmp_path: Path, sign: str) -> None:
    """In UTF-7, `+AAo-` is the end of a line: a comment in the first line could make it one (PEP 263)."""
    source = build(find("rnn").program, header=[f"Generated from coding{sign}utf-7 +AAo-raise SystemExit"]).source
    (tmp_path / "emitted.py").write_text(source, encoding="utf-8")
    with (tmp_path / "emitted.py").open("rb") as file:
        assert tokenize.detect_encoding(file.readline)[0] == "utf-8"
