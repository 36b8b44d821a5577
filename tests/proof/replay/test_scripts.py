"""Scripts of symbolic proofs: each runs with SymPy alone, and none passes once a fact of it is changed."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

import pytest

from lstmproof import catalogue
from lstmproof.language.parser import parse_text
from lstmproof.proof.findings import findings
from lstmproof.proof.outcome import Proof
from lstmproof.proof.replay.evidence import Evidence, Fact, Heading, script
from lstmproof.proof.replay.statements import file_name
from lstmproof.proof.symbolic.decide import symbolic
from tests.proof.established import established

SECONDS = 30.0

RUNNER = """
import contextlib, io, json, sys
sys.modules["lstmproof"] = None  # importing it fails
ended = {}
for name, text in json.load(sys.stdin).items():
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(text, name, "exec"), {"__name__": "__main__"})
        ended[name] = [0, printed.getvalue()]
    except SystemExit as status:
        ended[name] = [status.code, printed.getvalue()]
    except Exception as error:
        ended[name] = [repr(error), printed.getvalue()]
json.dump(ended, sys.stdout)
"""
"""Runs scripts one after the other in a process that has SymPy and not lstmproof: status and what was printed."""

Ended = Mapping[str, tuple[int | str, str]]


def ran(scripts: Mapping[str, str]) -> Ended:
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUNNER], input=json.dumps(scripts), capture_output=True, text=True, check=True
    )
    found: Ended = json.loads(done.stdout)
    return found


def proofs_of_the_catalogue() -> Iterator[tuple[str, Mapping[str, str]]]:
    """Everything that exact algebra proves: findings, and claims that have no certificate."""
    for derivation in catalogue.derivations():
        cells = {cell.name: cell for cell in derivation.cells}
        for cell in derivation.cells:
            for finding in established(cell.name):
                assert finding.result.verdict == "proved"
                yield f"{cell.name} {finding.result.id}", finding.result.files
        for claim in derivation.claims:
            if (
                catalogue.folder() / "certificates" / f"{claim.cell or Path(claim.file).stem}.{claim.name}.json"
            ).exists():
                continue
            proof = symbolic(claim, derivation, cells.get(claim.cell), seconds=SECONDS)
            if isinstance(proof, Proof):
                assert claim.kind == "claim"
                yield f"{derivation.file} {claim.id}", proof.files


@pytest.fixture(scope="module")
def saved() -> Mapping[str, Mapping[str, str]]:
    return dict(proofs_of_the_catalogue())


@pytest.fixture(scope="module")
def scripts(saved: Mapping[str, Mapping[str, str]]) -> Mapping[str, str]:
    return {name: text for files in saved.values() for name, text in files.items()}


def test_every_symbolic_proof_of_the_catalogue_has_a_script(saved: Mapping[str, Mapping[str, str]]) -> None:
    assert len(saved) >= 127
    assert [name for name, files in saved.items() if len(files) != 1] == []


def test_every_script_passes_with_sympy_alone(scripts: Mapping[str, str]) -> None:
    ended = ran(scripts)
    assert {name: found for name, found in ended.items() if found[0] != 0} == {}
    for _, printed in ended.values():
        *facts, last = printed.splitlines()
        assert facts
        assert all(line.startswith("holds  ") for line in facts)
        assert last == "All of them hold."


def test_a_script_is_a_program_of_its_own(scripts: Mapping[str, str], tmp_path: Path) -> None:
    file = tmp_path / "any.py"
    file.write_text(scripts["rnn.claim.tanh_path_vanishes_below_one.py"], encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "All of them hold.")
    file.write_text(file.read_text(encoding="utf-8").replace("UNDER[w] = ", "UNDER[w] = 2*"), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("FAILS  ")


ALTERED = (
    "carousel.claim.constant_error_flow.py",
    "carousel.claim.error_is_constant.py",
    "initialisers.claim.any_decay_forgets.py",
    "initialisers.claim.half_lives_at_the_biases_of_2000.py",
    "janet.claim.state_is_bounded.py",
    "janet_beta.claim.janet_is_the_case_beta_zero.py",
    "janet_beta.finding.bound_h.py",
    "lstm.claim.half_open_gate_halves_the_error.py",
    "lstm.claim.no_number_bounds_the_state.py",
    "lstm.claim.open_gate_keeps_the_error.py",
    "lstm.finding.bound_h.py",
    "lstm.finding.carousel_c.py",
    "lstm.finding.flow_c.py",
    "lstm.finding.geometric_c.py",
    "lstm.finding.memory_c.py",
    "lstm_1997.claim.cost_of_a_step.py",
    "lstm_1997.claim.error_leaving_the_state_is_at_least_halved.py",
    "rnn.claim.error_of_one_step.py",
    "rnn.claim.logistic_layer_vanishes_below_four_nth.py",
)
"""One script or more of each kind of proof."""

CHANGES: Mapping[str, tuple[tuple[int, str], ...]] = {
    "equal": ((1, "({}) + 1"), (2, "2*({}) + 1")),
    "at_least": ((1, "({}) - 1000"), (2, "({}) + 1000"), (3, "({}) + 1"), (3, "-({}) - 1")),
    "greater_number": ((1, "({}) - 1000"), (2, "({}) + 1000")),
    "covered": ((2, "({}) + 1"), (1, "2*({}) + 1")),
    "rounds": ((1, "({}) + R(1, 10)"),),
    "fact": ((1, "not ({})"),),
}
"""By what decides it, which arguments of a fact are changed, and how."""


def altered(text: str) -> Iterator[str]:
    """The script with one fact changed, for every fact: a number, a side or a form, in turn."""
    tree = ast.parse(text)
    turn = count()
    for place, line in enumerate(tree.body):
        match line:
            case ast.Expr(ast.Call(ast.Name(decides), arguments)) if decides in CHANGES:
                at, change = CHANGES[decides][next(turn) % len(CHANGES[decides])]
                changed = list(arguments)
                changed[at] = ast.parse(change.format(ast.unparse(arguments[at])), mode="eval").body
                call = ast.Expr(ast.Call(ast.Name(decides, ast.Load()), changed, []))
                body = [*tree.body[:place], call, *tree.body[place + 1 :]]
                yield ast.unparse(ast.fix_missing_locations(ast.Module(body, [])))


def test_no_script_passes_with_a_changed_fact(scripts: Mapping[str, str]) -> None:
    changed = {f"{name}, {at}": text for name in ALTERED for at, text in enumerate(altered(scripts[name]))}
    assert len(changed) > 80
    assert [name for name, (status, _) in ran(changed).items() if status == 0] == []


EQUATIONS = (
    ("lstm.finding.flow_c.py", "f = sigmoid(", "f = tanh("),
    ("lstm.finding.flow_c.py", "* old['c']) + (i", "* old['c']) - (i"),
    ("lstm.finding.carousel_c.py", "(f * old['c'])", "(f * old['c'] * old['c'])"),
    ("lstm.finding.geometric_c.py", "c = (f * old['c']) + (i * g)", "c = (f * old['c']) + (2 * i * g)"),
    ("lstm.claim.no_number_bounds_the_state.py", "+ (i * g)", "- (i * g)"),
    ("lstm.claim.no_number_bounds_the_state.py", "UNDER[real('b_g')] = sp.S(L(3))", "UNDER[real('b_g')] = -L(3)"),
    ("janet.claim.state_is_bounded.py", "(1 - f) * g", "(1 + f) * g"),
    ("janet_beta.claim.janet_is_the_case_beta_zero.py", "UNDER[real('beta')] = R(0, 1)", "UNDER.clear()"),
    ("rnn.claim.error_of_one_step.py", "h = tanh(", "h = 2 * tanh("),
    ("lstm_1997.claim.cost_of_a_step.py", "forward_operations = [", "forward_operations = 20 * ["),
    ("lstm.finding.memory_c.py", "f = sigmoid(", "f = sigmoid(2 * "),
)
"""Of a cell, its networks or its constants: what stands there, and what makes a fact false."""


def test_no_script_passes_with_a_changed_equation(scripts: Mapping[str, str]) -> None:
    changed = {}
    for name, true, false in EQUATIONS:
        assert true in scripts[name]
        changed[f"{name}: {false}"] = scripts[name].replace(true, false)
    assert [name for name, (status, _) in ran(changed).items() if status == 0] == []


def test_an_authors_words_do_not_become_code() -> None:
    said = Heading(
        "c", 'a\nimport os  # coding: latin-1\n"""', "claim.x", "\r", ("\x0c1",), ('c: """\n1',), "\u2028raise"
    )
    fact = Fact("equal", "'); raise SystemExit(3)  #\n", ("1", "1"))
    text = script(said, Evidence((fact,), ("\nraise SystemExit(4)",)))
    assert ran({"any": text})["any"][0] == 0


def test_names_that_scripts_have_for_themselves_are_free_for_authors() -> None:
    derivation = parse_text(
        '"""Names."""\n'
        "from lstmproof.language import claim, derivative, sigmoid\n\n\n"
        "@claim\n"
        "def slopes(E, R, UNDER, sp, zero, fact):\n"
        '    """Any."""\n'
        "    return derivative(E * sigmoid(R * zero) + UNDER * sp * fact, zero) == "
        "E * R * sigmoid(R * zero) * (1 - sigmoid(R * zero))\n",
        "names.py",
    )
    proof = symbolic(derivation.claims[0], derivation, None, seconds=SECONDS)
    assert isinstance(proof, Proof)
    assert {status for status, _ in ran(proof.files).values()} == {0}


OWN = parse_text(
    """
from lstmproof.language import always, assume, carousel, cell, claim, derivative, exp, relu, same, sigmoid, stop, tanh

@cell
def through_several(x, h, *, W, U, V, b):
    s = U @ h
    a = relu(s)
    z = V @ a
    h = tanh(z + W @ x + b)
    return h

@cell
def divides(x, c, *, W, V, b):
    f = sigmoid(W @ x + b)
    c = f * c + (1 - f) * tanh(V @ x)
    h = c / (1 + exp(c))
    return c, h

@cell
def multiplies(x, c, *, W, V, b):
    f = sigmoid(W @ x + b)
    c = f * c + tanh(V @ x) * (1 - f)
    h = c / (1 + exp(c))
    return c, h

@claim
def alike():
    return same(divides, multiplies)

@cell
def shifted(x, c, *, W, V, b):
    f = sigmoid(W @ x + b)
    i = V @ x
    c = (f - i) * c
    return c

@claim(shifted)
def of_an_assumed_sum(c, f, i):
    assume(always(f >= i))
    return carousel(c) >= 0

@cell
def moving(x, c, *, W, V, b):
    f = sigmoid(W @ x + b)
    i = V @ x + b
    c = (f - i) * c
    return c

@claim(moving)
def of_an_end_that_moves(c, f, i):
    assume(always(f >= i))
    return carousel(c) >= 0 and abs(carousel(c, lag=2)) >= 0

@cell
def still(x, h, *, W):
    z = W @ x
    h = h + stop(h) * h + z
    return h

@claim
def slopes_of_a_slope(a):
    return derivative(derivative(stop(a) * a ** 2, a), a) == 2 * a

@cell
def numbered(x, h, *, W, b, Fraction=0.5):
    h = Fraction * h + W @ x + b
    return h
""",
    "own.py",
)


def found_scripts(name: str) -> Mapping[str, str]:
    """The scripts of all findings about one of these cells."""
    cell = next(each for each in OWN.cells if each.name == name)
    return {file: text for each in findings(cell, seconds=SECONDS) for file, text in each.result.files.items()}


@pytest.mark.parametrize("name", ["through_several", "numbered", "still"])
def test_slopes_with_kinks_constants_of_any_name_and_what_stands_still_pass(name: str) -> None:
    scripts = found_scripts(name)
    assert f"{name}.finding.flow_h.py" in scripts
    assert {file: status for file, (status, _) in ran(scripts).items() if status != 0} == {}


def test_what_stands_still_does_so_in_a_slope_of_a_slope() -> None:
    claim = next(each for each in OWN.claims if each.name == "slopes_of_a_slope")
    proof = symbolic(claim, OWN, None, seconds=SECONDS)
    assert isinstance(proof, Proof)
    ((name, text),) = proof.files.items()
    line = next(each for each in text.splitlines() if each.startswith("equal("))
    assert line.endswith(", (2 * a))")
    false = text.replace(line, line.removesuffix("(2 * a))") + "(4 * a))")
    assert [status for status, _ in ran({name: text, f"false {name}": false}).values()] == [0, 1]


def test_of_a_cell_that_divides_only_the_error_flow_has_a_script() -> None:
    assert set(found_scripts("divides")) == {"divides.finding.flow_c.py"}
    claim = next(each for each in OWN.claims if each.name == "alike")
    proof = symbolic(claim, OWN, None, seconds=SECONDS)
    assert isinstance(proof, Proof)
    assert proof.files == {}


def test_what_is_proved_under_an_assumption_about_a_sum_of_products_has_no_script() -> None:
    claim = next(each for each in OWN.claims if each.name == "of_an_assumed_sum")
    proof = symbolic(claim, OWN, next(each for each in OWN.cells if each.name == claim.cell), seconds=SECONDS)
    assert isinstance(proof, Proof)
    assert proof.files == {}


def test_of_a_step_at_which_an_assumption_says_nothing_nothing_is_put_in() -> None:
    claim = next(each for each in OWN.claims if each.name == "of_an_end_that_moves")
    proof = symbolic(claim, OWN, next(each for each in OWN.cells if each.name == claim.cell), seconds=SECONDS)
    assert isinstance(proof, Proof)
    assert [status for status, _ in ran(proof.files).values()] == [0]


def test_files_are_named_after_what_they_prove() -> None:
    assert file_name("a", "claim.b") != file_name("a b", "claim.b")
