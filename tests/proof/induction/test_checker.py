"""The stand-alone checker: every mutation of a certificate that it accepted is rejected."""

from __future__ import annotations

import ast
import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lstmproof.proof.induction import checker
from lstmproof.proof.induction.certificates import as_json, has_solver
from lstmproof.proof.induction.induct import certificate_file
from tests.proof.statements import parsed

HANDMADE: dict[str, Any] = {
    "format": checker.FORMAT,
    "obligations": [
        {
            "name": "0 <= f < 1 and |c| <= M and |g| < 1 <= M keep f c + (1 - f) g below M",
            "hypotheses": [
                {"relation": ">=", "polynomial": [["1", "f"]]},
                {"relation": ">", "polynomial": [["1"], ["-1", "f"]]},
                {"relation": ">=", "polynomial": [["1", "M"], ["-1", "c"]]},
                {"relation": ">", "polynomial": [["1"], ["-1", "g"]]},
                {"relation": ">=", "polynomial": [["1", "M"], ["-1"]]},
            ],
            "conclusion": {"relation": ">", "polynomial": [["1", "M"], ["-1", "c", "f"], ["-1", "g"], ["1", "f", "g"]]},
            "certificate": {
                "multiplier": [["1", []]],
                "products": [["1", [0, 2]], ["1", [1, 3]], ["1", [1, 4]]],
                "squares": [],
                "equations": [],
            },
        },
        {
            "name": "x y <= 1/2 if x^2 + y^2 = 1",
            "hypotheses": [{"relation": "=", "polynomial": [["1", "x", "x"], ["1", "y", "y"], ["-1"]]}],
            "conclusion": {"relation": ">=", "polynomial": [["1/2"], ["-1", "x", "y"]]},
            "certificate": {
                "multiplier": [["1", []]],
                "products": [],
                "squares": [["1/2", [["1", "x"], ["-1", "y"]]]],
                "equations": [[0, [["-1/2"]]]],
            },
        },
        {
            "name": "q > 0 if q b = 1 and b > 0",
            "hypotheses": [
                {"relation": ">", "polynomial": [["1", "b"]]},
                {"relation": "=", "polynomial": [["1", "b", "q"], ["-1"]]},
            ],
            "conclusion": {"relation": ">", "polynomial": [["1", "q"]]},
            "certificate": {
                "multiplier": [["1", [0]]],
                "products": [["1", []]],
                "squares": [],
                "equations": [[1, [["1"]]]],
            },
        },
    ],
}


@cache
def found() -> str:
    """A certificate file as the search finds it; the one above where it cannot be searched for."""
    lines = ("assume(beta >= 0)", "return abs(h) <= maximum(abs(h0), exp(beta))")
    text = certificate_file(*parsed("leaky", *lines)) if has_solver() else None
    return text or json.dumps(HANDMADE)


@pytest.mark.parametrize("data", [HANDMADE, json.loads(found())], ids=["handmade", "found"])
def test_certificates_hold(data: Any) -> None:
    assert checker.check_file(data) == len(data["obligations"])


def numbers(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all coefficients and multipliers."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from numbers(value, (*path, key))
    elif isinstance(node, list):
        for place, value in enumerate(node):
            yield from numbers(value, (*path, place))
    elif isinstance(node, str) and path[-1] == 0:
        yield path


def changed(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at a path."""
    copied = copy.deepcopy(data)
    inner = copied
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return copied


def at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


@pytest.mark.parametrize("data", [HANDMADE, json.loads(found())], ids=["handmade", "found"])
def test_every_changed_number_is_rejected(data: Any) -> None:
    compared = 0
    for place, obligation in enumerate(data["obligations"]):
        used = {each for _, places in obligation["certificate"]["products"] for each in places}
        used |= {each for _, places in obligation["certificate"]["multiplier"] for each in places}
        used |= {each for each, _ in obligation["certificate"]["equations"]}
        for path in numbers(obligation):
            if path[0] == "hypotheses" and path[1] not in used:
                continue
            old = at(obligation, path)
            for new in (
                str(Fraction(old) + 1),
                str(-Fraction(old)),
                "0",
                str(Fraction(old) * Fraction(1000001, 1000000)),
            ):
                mutant = changed(data, ("obligations", place, *path), new)
                with pytest.raises(ValueError, match=r".+"):
                    checker.check_file(mutant)
                compared += 1
    assert compared > 50


MUTANTS: dict[str, tuple[int, tuple[Any, ...], Any]] = {
    "a product left out": (0, ("certificate", "products"), [["1", [0, 2]], ["1", [1, 3]]]),
    "a negative multiplier": (0, ("certificate", "products", 0, 0), "-1"),
    "a multiplier that is no text": (0, ("certificate", "products", 0, 0), 1),
    "a hypothesis that is not there": (0, ("certificate", "products", 0, 1), [0, 9]),
    "a hypothesis counted from the end": (0, ("certificate", "products", 0, 1), [-5, 2]),
    "a hypothesis named by a truth value": (0, ("certificate", "products", 1, 1), [True, 3]),
    "strict without a strict product": (0, ("hypotheses", 3, "relation"), ">="),
    "an inequality used as an equation": (1, ("hypotheses", 0, "relation"), ">="),
    "an equation used as a factor": (2, ("hypotheses", 0, "relation"), "="),
    "a multiplier that may be zero": (2, ("hypotheses", 0, "relation"), ">="),
    "no multiplier": (2, ("certificate", "multiplier"), []),
    "an unknown relation": (1, ("hypotheses", 0, "relation"), "=="),
    "a conclusion that is an equation": (1, ("conclusion", "relation"), "="),
    "a strict conclusion from a square": (1, ("conclusion", "relation"), ">"),
    "a square with a negative weight": (1, ("certificate", "squares", 0, 0), "-1/2"),
    "another conclusion": (0, ("conclusion", "polynomial"), [["1", "M"], ["-1", "c"]]),
    "a name that is no text": (0, ("conclusion", "polynomial"), [["1", 3]]),
    "a part left out": (0, ("certificate",), {"products": []}),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_mutants_are_rejected(name: str) -> None:
    place, path, value = MUTANTS[name]
    with pytest.raises(ValueError, match=r".+"):
        checker.check_file(changed(HANDMADE, ("obligations", place, *path), value))


@pytest.mark.parametrize(
    "data", [{}, {"format": checker.FORMAT, "obligations": []}, {"format": "other", "obligations": [1]}]
)
def test_files_that_show_nothing_are_rejected(data: Any) -> None:
    with pytest.raises(ValueError, match="not a certificate file"):
        checker.check_file(data)


def test_it_stands_alone() -> None:
    tree = ast.parse(Path(checker.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


@pytest.mark.parametrize(("text", "status"), [(found(), 0), (json.dumps(HANDMADE), 0), ("{}", 1), ("[]", 1), ("x", 1)])
def test_as_a_script(text: str, status: int, tmp_path: Path) -> None:
    path = tmp_path / "certificate.json"
    path.write_text(text, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-I", checker.__file__, str(path)], capture_output=True, text=True, check=False
    )
    assert run.returncode == status
    assert str(path) in run.stdout
    assert not run.stderr


def test_the_form_is_that_of_the_search() -> None:
    assert set(json.loads(found())["obligations"][0]) >= set(as_json.__annotations__) - {"obligation", "return"}
