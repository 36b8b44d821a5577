"""The pytest plugin, in pytest's own runs: what is collected, what fails and what it says, and what is left alone.

Each run is a process of its own, with a derivation file whose import would leave a mark.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lstmproof.plugin import is_derivation
from tests.forked import run_pytest

pytest_plugins = ["pytester"]

INSTALLED = [each for each in entry_points(group="pytest11") if each.name == "lstmproof"]
ACTIVE = () if INSTALLED else ("-p", "lstmproof.plugin")
"""A checkout on the path alone has no entry point."""

Run = Callable[..., pytest.RunResult]

MINE = '''\
"""A leaky unit."""

from lstmproof.language import cell, claim, myth, carousel, sigmoid, tanh


@cell
def leaky(x, h, *, W, U, b, leak=0.5):
    f = sigmoid(b)
    h = f * h + (1 - f) * tanh(W @ x + U @ h)
    y = leak * h
    return h, y


@claim(leaky)
def gate_is_open_or_closed(f):
    return f > 0


@myth(leaky)
def gate_is_half_open(f):
    return f == 0.5


@claim
def squares(z):
    return (z + 1) ** 2 == z**2 + 2 * z + 1
'''
IMPORTED = "\n\nopen('imported', 'w')\n"
"""What no derivation file may hold, and what would be seen if the file were imported."""
WRONG_CLAIM = MINE + "\n\n@claim(leaky)\ndef stays_at_half(f):\n    return f <= 0.5\n"
WRONG_GRADIENT = """
from lstmproof.verify import case

right = case.execute

def wrong(*arguments):
    outputs, gradient = right(*arguments)
    return outputs, {**gradient, "U": gradient["U"] * 1.001}

case.execute = wrong
"""
ORDINARY = "def test_ordinary():\n    assert True\n"


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run pytest with few examples in the folder of the test."""

    def run(*arguments: str, examples: int | None = 3) -> pytest.RunResult:
        few = () if examples is None else ("--lstmproof-examples", str(examples))
        return run_pytest(pytester, *ACTIVE, *few, *arguments)

    return run


def write(pytester: pytest.Pytester, **texts: str) -> None:
    """Files of the test's folder by name, without their ending; `__` is a slash."""
    for name, text in texts.items():
        path = pytester.path / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def lines(result: pytest.RunResult) -> list[str]:
    return [line.rstrip() for line in result.outlines]


def outcomes(result: pytest.RunResult) -> dict[str, int]:
    """How many tests ended how; not those that were left out."""
    return {outcome: count for outcome, count in result.parseoutcomes().items() if outcome != "deselected"}


def test_a_folder_has_a_test_for_each_law_claim_and_myth(pytester: pytest.Pytester, run: Run) -> None:
    write(pytester, derivations__mine=MINE, derivations__test_other=ORDINARY, derivations__helper="import nowhere\n")
    result = run("derivations", "--collect-only", "-q")
    assert result.ret == 0
    nodes = [line for line in lines(result) if "::" in line]
    laws = [node for node in nodes if "::leaky::law." in node]
    assert "derivations/mine.py::leaky::law.complex_step" in laws
    assert len(laws) >= 12
    assert [node for node in nodes if node not in laws] == [
        "derivations/mine.py::leaky::claim.gate_is_open_or_closed",
        "derivations/mine.py::leaky::myth.gate_is_half_open",
        "derivations/mine.py::claim.squares",
        "derivations/test_other.py::test_ordinary",
    ]


def test_all_that_verify_examines_is_collected_and_nothing_that_is_absent(pytester: pytest.Pytester, run: Run) -> None:
    write(pytester, mine=MINE.replace("leak * h", "leak / h"))
    result = run("mine.py", "-v", "-k", "claim")
    result.stdout.fnmatch_lines(["absent: mine.py::leaky::law.saturation: the cell has a division"])
    assert not [line for line in lines(run("mine.py", "--collect-only", "-q")) if line.endswith("law.saturation")]


def test_everything_holds_and_reports_say_how(pytester: pytest.Pytester, run: Run) -> None:
    write(pytester, mine=MINE, test_ordinary=ORDINARY)
    result = run("mine.py", "test_ordinary.py", "--junit-xml", "junit.xml", "-v", "-k", "not framework")
    assert result.ret == 0
    assert result.parseoutcomes()["passed"] > 15
    result.stdout.fnmatch_lines(["mine.py::leaky::law.split PASSED*", "mine.py::claim.squares PASSED*"])
    cases = {case.get("name"): case for case in ElementTree.parse(pytester.path / "junit.xml").iter("testcase")}
    told = {each.get("name"): each.get("value") for each in cases["myth.gate_is_half_open"].iter("property")}
    assert told == {"verdict": "refuted", "method": "ball"}


@pytest.mark.parametrize("options", [(), ("--doctest-modules", "--import-mode=importlib")], ids=str)
def test_a_file_is_never_imported(pytester: pytest.Pytester, run: Run, options: tuple[str, ...]) -> None:
    write(pytester, mine=MINE + IMPORTED, test_mine=MINE + IMPORTED)
    result = run("mine.py", "test_mine.py", *options)
    assert not (pytester.path / "imported").exists()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    for name in ("mine", "test_mine"):
        result.stdout.fnmatch_lines([f"{name}.py:29:1: *", "*open('imported', 'w')", "*^^^*"])
    assert result.parseoutcomes() == {"errors": 2}
    assert "Traceback" not in result.stdout.str()


def test_without_the_plugin_it_would_be(pytester: pytest.Pytester) -> None:
    write(pytester, mine=MINE + IMPORTED)
    pytester.runpytest_subprocess("-p", "no:lstmproof", "mine.py", timeout=300)
    assert (pytester.path / "imported").exists()


def test_a_file_with_an_error_leads_to_its_line(pytester: pytest.Pytester, run: Run) -> None:
    write(pytester, wrong=MINE.replace("tanh(W", "tahn(W"), syntax=MINE.replace("f = sigmoid(b)", "f = = sigmoid(b)"))
    result = run("wrong.py", "syntax.py")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(
        [
            "*ERROR collecting wrong.py*",
            "wrong.py:9:*tahn*",
            "*did you mean 'tanh'?*",
            "*ERROR collecting syntax.py*",
            "syntax.py:8:*not valid Python*",
            "*| *f = = sigmoid(b)",
        ]
    )
    assert "collecting.py" not in result.stdout.str()


def test_a_wrong_claim_fails_with_its_counterexample(pytester: pytest.Pytester, run: Run) -> None:
    write(pytester, mine=WRONG_CLAIM)
    result = run("mine.py", "-m", "claim", "-k", "stays or open")
    assert outcomes(result) == {"passed": 1, "failed": 1}
    result.stdout.fnmatch_lines(
        [
            "*leaky: claim.stays_at_half*",
            "mine.py:30: refuted: *",
            "    smallest  1 unit*",
            "    replay    lstmproof verify mine.py:leaky --claim claim.stays_at_half",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_a_wrong_gradient_fails_with_the_smallest_case(pytester: pytest.Pytester, run: Run) -> None:
    write(pytester, mine=MINE, conftest=WRONG_GRADIENT)
    result = run("mine.py", "-k", "complex_step or reference", "--lstmproof-seed", "5", examples=4)
    assert outcomes(result) == {"passed": 1, "failed": 1}
    result.stdout.fnmatch_lines(
        [
            "mine.py:7: refuted: float64 dL/dU off by *",
            "    smallest  float64 dL/dU*",
            "    lstmproof verify mine.py:leaky --law law.complex_step --seed 5 --examples 4",
            "FAILED mine.py::leaky::law.complex_step - mine.py:7: refuted: *",
        ]
    )


def test_what_is_undecided_fails(pytester: pytest.Pytester, run: Run) -> None:
    broken = "from lstmproof.verify import examination\n\ndef suite(*_):\n    raise RuntimeError('planted')\n\n"
    write(pytester, mine=MINE, conftest=broken + "examination.suite = suite\n")
    result = run("mine.py", "-k", "law.split or law.symbolic")
    assert outcomes(result) == {"passed": 1, "failed": 1}
    result.stdout.fnmatch_lines(["mine.py:7: undecided: internal error: RuntimeError: planted"])


OPEN = """
from dataclasses import replace
from lstmproof.verify import examination

right = examination.decide_claim

def decide(*arguments):
    return replace(right(*arguments), verdict="tested", method="search")

examination.decide_claim = decide
"""


@pytest.mark.parametrize(("options", "passed"), [((), 0), (("--lstmproof-accept", "tested"), 2)])
def test_what_is_open_fails_unless_tested_claims_are_accepted(
    pytester: pytest.Pytester, run: Run, options: tuple[str, ...], passed: int
) -> None:
    write(pytester, mine=MINE, conftest=OPEN)
    ended = outcomes(run("mine.py", "-m", "claim or myth", *options))
    assert (ended.get("passed", 0), ended["failed"]) == (passed, 3 - passed), "an open myth is never accepted"


def test_an_expected_failure_is_one(pytester: pytest.Pytester, run: Run) -> None:
    marks = (
        "import pytest\n\n\ndef pytest_collection_modifyitems(items):\n    for item in items:\n"
        "        if item.name == 'claim.stays_at_half':\n            item.add_marker(pytest.mark.xfail(strict=True))\n"
        "        if item.name == 'claim.squares':\n            item.add_marker(pytest.mark.skip(reason='known'))\n"
    )
    write(pytester, mine=WRONG_CLAIM, conftest=marks)
    result = run("mine.py", "-m", "claim")
    assert outcomes(result) == {"passed": 1, "xfailed": 1, "skipped": 1}


def test_two_processes_find_the_same(pytester: pytest.Pytester, run: Run) -> None:
    write(pytester, mine=WRONG_CLAIM)
    some = ("mine.py", "-k", "stays or squares or law.s or reference")
    alone, shared = (outcomes(run(*some, *many)) for many in ((), ("-n", "2", "--dist", "loadscope")))
    assert alone == {"failed": 1, "passed": 5}
    assert shared == alone


SEEN = """
from lstmproof import collecting
from hypothesis import settings

settings.register_profile("mine", max_examples=7)
settings.load_profile("mine")

def pytest_collection_finish(session):
    request = collecting.request_of(session.config)
    print("request", request.examples, request.seed)
"""


@pytest.mark.parametrize(
    ("options", "examples", "seed"),
    [
        ((), 7, 0),
        (("--hypothesis-seed", "11"), 7, 11),
        (("--hypothesis-seed", "11", "--lstmproof-seed", "3", "--lstmproof-examples", "2"), 2, 3),
    ],
)
def test_examples_and_seed_are_those_of_hypothesis_unless_given(
    pytester: pytest.Pytester, run: Run, options: tuple[str, ...], examples: int, seed: int
) -> None:
    write(pytester, mine=MINE, conftest=SEEN)
    result = run("mine.py", "--collect-only", "-q", "-s", *options, examples=None)
    result.stdout.fnmatch_lines([f"*request {examples} {seed}"])


def test_impossible_options_are_refused(pytester: pytest.Pytester, run: Run) -> None:
    write(pytester, mine=MINE)
    result = run("mine.py", "--lstmproof-seed", "-1")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--lstmproof-seed: '-1' is no whole number from 0 to 4294967295*"])


def test_warnings_and_markers_may_be_strict(pytester: pytest.Pytester) -> None:
    write(pytester, mine=MINE)
    strict = ("-W", "error", "--strict-markers", "--strict-config", "--lstmproof-examples", "3")
    result = pytester.runpytest_subprocess(*ACTIVE, *strict, "mine.py", "-k", "law.reference or claim", timeout=300)
    assert outcomes(result) == {"passed": 3}


LIGHT = """
import sys

def pytest_sessionfinish():
    loaded = {"numpy", "sympy", "flint", "hypothesis", "click", "rich", "lstmproof.collecting"} & sys.modules.keys()
    print("loaded", sorted(loaded))
"""


def test_a_run_without_a_derivation_file_loads_nothing(pytester: pytest.Pytester) -> None:
    write(pytester, test_ordinary=ORDINARY, conftest=LIGHT, about="TEXT = 'from lstmproof.language import cell'\n")
    result = pytester.runpytest_subprocess(*ACTIVE, "-p", "no:hypothesispytest", "-s", timeout=300)
    result.assert_outcomes(passed=1)
    assert "loaded []" in result.stdout.str()


def test_the_module_that_every_run_loads_needs_pytest_alone() -> None:
    code = "import pytest, sys; before = set(sys.modules); import lstmproof.plugin; print(set(sys.modules) - before)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert eval_names(printed) <= {"lstmproof", "lstmproof.plugin"}


def eval_names(printed: str) -> set[str]:
    return {name.strip(" '\"{}\n") for name in printed.split(",")}


ONES = {
    "a cell": MINE,
    "claims alone": "from lstmproof.language import claim\n@claim\ndef one(z):\n    return z == z\n",
    "under another name": "from lstmproof.language import cell as mine\n@mine\ndef one(x): pass\n",
    "all words": "from lstmproof.language import *\n@myth(a)\ndef one(x): pass\n",
    "with a foreign import": "import os\n" + MINE,
    "not Python": MINE + "\n)\n",
    "nested too deep": MINE + "\n" + "(" * 1000,
    "a NUL": MINE + "\0",
}
OTHERS = {
    "empty": "",
    "ordinary": ORDINARY,
    "a derivation in a text": f"TEXT = '''\n{MINE.replace(chr(39) * 3, '')}'''\n",
    "the words without a cell": "from lstmproof.language import cell\ndef test():\n    assert cell(abs) is abs\n",
    "a cell of another": "from other.language import cell\n@cell\ndef one(x): pass\n# lstmproof.language\n",
    "a cell in a function": "from lstmproof.language import cell\ndef test():\n    @cell\n    def one(x): pass\n",
    "another's decorator": "from lstmproof.language import tanh\n@cell\ndef one(x): pass\n",
    "broken, of another": "import lstmproof.language\n)\n",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [*((text, True) for text in ONES.values()), *((text, False) for text in OTHERS.values())],
    ids=[*ONES, *OTHERS],
)
def test_what_is_a_derivation_file(tmp_path: Path, text: str, expected: bool) -> None:
    path = tmp_path / "any.py"
    path.write_text(text, encoding="utf-8")
    assert is_derivation(path) is expected


MIXED = {
    "a test beside a cell": MINE + "\n\ndef test_mine():\n    assert True\n",
    "an asynchronous one": MINE + "\n\nasync def test_mine():\n    assert True\n",
    "a class": MINE + "\n\nclass TestMine:\n    def test(self):\n        assert True\n",
    "a test in what is not Python": MINE + "\n)\n\ndef test_mine():\n    assert True\n",
}


@pytest.mark.parametrize("text", MIXED.values(), ids=MIXED)
def test_a_test_module_with_a_cell_in_it_is_none(tmp_path: Path, text: str) -> None:
    patterns = ["test_*.py", "*_test.py"]
    for name, expected in (("test_mine.py", False), ("mine_test.py", False), ("conftest.py", False), ("mine.py", True)):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        assert is_derivation(path, patterns) is expected, name
    path = tmp_path / "test_mine.py"
    path.write_text(MINE.replace("squares", "test_of_squares"), encoding="utf-8")
    assert is_derivation(path, patterns), "a statement is no test of pytest's"


def test_tests_beside_cells_run_as_they_did(pytester: pytest.Pytester, run: Run) -> None:
    beside = MINE + "\nimport pytest\n\n\n@pytest.fixture\ndef one():\n    return 1\n"
    tests = "\n\ndef test_one(one):\n    assert one == 1\n\n\nclass TestMine:\n    def test(self):\n        pass\n"
    write(pytester, test_mine=beside + tests, checks=beside + tests, conftest=beside)
    for named in ((), ("test_mine.py",), (".", "--ignore", "checks.py", "--doctest-modules")):
        ended = run("--ignore", "checks.py", *named)
        assert (ended.ret, outcomes(ended)) == (0, {"passed": 2})
    assert run(".", "-o", "python_files=checks.py", "--ignore", "test_mine.py").parseoutcomes() == {"passed": 2}
    run("checks.py").stdout.fnmatch_lines(["*ERROR collecting checks.py*", "checks.py:*"])


def test_what_is_no_readable_python_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "any.txt").write_text(MINE, encoding="utf-8")
    (tmp_path / "folder.py").mkdir()
    assert not any(is_derivation(tmp_path / name) for name in ("any.txt", "folder.py", "missing.py"))
