"""What every test shares: one thread, deterministic examples, golden files, and a cache of its own for Coq."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")  # NumPy is not loaded yet; small products run slower on several threads
os.environ.setdefault("SYMPY_CACHE_SIZE", "50000")  # nor is SymPy, whose 1000 entries overflow in one derivative

GOLDEN = Path(__file__).parent / "golden"

settings.register_profile("lstmproof", derandomize=True, deadline=None, database=None, print_blob=True)
settings.load_profile("lstmproof")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the golden files under tests/golden")
    parser.addoption("--compiled", metavar="FOLDER", help="where Coq's results were kept before; else none are used")


LONGEST = ("test_the_tutorial_can_be_followed", "test_every_law_and_statement_of_the_catalogue_holds")
"""Tests that come first, so that no process is left alone with one of them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the longest tests forward; the order of the others stays."""
    items.sort(key=lambda item: item.name not in LONGEST)


@pytest.fixture(scope="session", autouse=True)
def _compiled_by_coq(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What Coq compiles is shared by the processes of one run of the tests, and by no other run unless one is named."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    os.environ["LSTMPROOF_CACHE"] = request.config.getoption("--compiled") or str(shared / "cache")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden(name, text)` fails with a unified diff unless `tests/golden/<name>` holds exactly `text`."""
    update = bool(request.config.getoption("--update"))

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        if not path.exists():
            pytest.fail(f"{path} does not exist; if what follows is right, run `pytest --update`\n{text}")
        expected = path.read_text(encoding="utf-8")
        if text != expected:
            lines = difflib.unified_diff(
                expected.splitlines(keepends=True), text.splitlines(keepends=True), f"golden/{name}", "now"
            )
            pytest.fail(f"{name} changed; if that is meant, run `pytest --update`\n{''.join(lines)}")

    return compare
