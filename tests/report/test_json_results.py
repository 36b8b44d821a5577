"""Schema 1 of the JSON results."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from lstmproof.report.json_results import document, dumps, jsonable
from tests.report.samples import FAILING, HOLDING, UNDECIDED, cell, run


def content(*args: Any, **kwargs: Any) -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    loaded: dict[str, Any] = json.loads(dumps(document(run(*args, **kwargs))), parse_constant=refuse)
    return loaded


def test_the_document_has_the_fields_of_schema_1() -> None:
    loaded = content(cell(HOLDING, FAILING, UNDECIDED), exit_status=1)
    assert list(loaded) == [
        *("schema", "version", "seed", "examples", "exit_status", "interrupted", "environment", "cells", "summary")
    ]
    assert (loaded["schema"], loaded["seed"], loaded["examples"], loaded["exit_status"]) == (1, 3, 50, 1)
    only = loaded["cells"][0]
    assert {"cell", "key", "file", "digest", "results"} <= set(only)
    assert only["key"] == "mine.py:mine"
    assert set(only["results"][0]) >= {
        *("id", "kind", "line", "statement", "quantifiers", "assumptions", "verdict", "holds", "method", "examples"),
        *("tolerance", "worst", "counterexample", "proof", "reason", "seconds", "replay"),
    }
    assert [result["holds"] for result in only["results"]] == [True, False, None]
    assert loaded["summary"] == {
        "proved": 0,
        "certified": 0,
        "tested": 1,
        "refuted": 1,
        "undecided": 1,
        "holding": 1,
        "failing": 1,
        "open": 1,
        "holds": False,
    }


def test_floats_that_are_not_finite_are_strings() -> None:
    failing = content(cell(FAILING))["cells"][0]["results"][0]
    assert failing["worst"]["value"] == "nan"
    assert failing["counterexample"]["b_f"] == [3.0, "inf"]


def test_a_refused_run_has_its_error_and_no_cells() -> None:
    loaded = content(exit_status=2, error="mine.py:1:1: unknown name")
    assert (loaded["exit_status"], loaded["error"], loaded["cells"]) == (2, "mine.py:1:1: unknown name", [])
    assert loaded["summary"]["holds"] is False
    assert "error" not in content(cell(HOLDING))


def test_an_interrupted_run_says_so() -> None:
    loaded = content(cell(HOLDING), exit_status=130, interrupted=True)
    assert loaded["interrupted"] is True
    assert len(loaded["cells"]) == 1


def test_the_environment_is_told() -> None:
    environment = content()["environment"]
    assert environment["numpy"] == np.__version__
    assert {"python", "platform", "blas", "versions"} <= set(environment)
    assert set(environment["blas"]) == {"name", "version", "core"}
    assert {"numpy", "sympy", "hypothesis", "python-flint"} <= set(environment["versions"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64("-inf"), "-inf"),
        (np.array([[1.0, np.nan]]), [[1.0, "nan"]]),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (True, True),
        (Fraction(1, 3), "1/3"),
        ({"b", "a"}, ["a", "b"]),
        ({1: (2, None)}, {"1": [2, None]}),
        (1 + 2j, {"re": 1.0, "im": 2.0}),
    ],
)
def test_values_become_jsons_own(value: object, expected: object) -> None:
    assert jsonable(value) == expected
    assert type(jsonable(value)) is type(expected)
