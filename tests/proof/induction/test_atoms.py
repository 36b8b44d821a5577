"""The facts that proofs rest on are true: each is evaluated at many points, and a false one is noticed."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping

import pytest

from lstmproof import catalogue
from lstmproof.language.definition import Definition
from lstmproof.program.nodes import Contract, Pointwise
from lstmproof.proof.induction.atoms import Atoms
from lstmproof.proof.induction.facts import Fact, Undefined, at_least
from lstmproof.proof.induction.polynomial import Polynomial
from lstmproof.proof.induction.probe import failing_point
from lstmproof.proof.induction.system import System
from lstmproof.readings import reference
from lstmproof.verify.generate import problem_for
from tests.proof.statements import CELLS, formula, parsed

POINTS = 200


def value_of(polynomial: Polynomial, values: Mapping[str, float]) -> tuple[float, float]:
    terms = [float(scale) * math.prod(values[name] for name in key) for key, scale in polynomial.terms.items()]
    return math.fsum(terms), math.fsum(map(abs, terms))


def holds(fact: Fact, values: Mapping[str, float]) -> bool:
    value, size = value_of(fact.polynomial, values)
    margin = 1e-9 * (1 + size)
    return abs(value) <= margin if fact.sign == "=" else value >= -margin


def point(atoms: Atoms, draw: random.Random) -> dict[str, float] | None:
    """Values of all variables, those of functions by Python's own; None where one has no value."""
    values: dict[str, float] = {}
    functions: dict[str, Callable[..., float]] = {
        "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
        "tanh": math.tanh,
        "exp": math.exp,
        "log": math.log,
        "sqrt": math.sqrt,
        "softplus": lambda z: math.log1p(math.exp(z)),
        "sin": math.sin,
        "cos": math.cos,
        "abs": abs,
        "maximum": max,
        "reciprocal": lambda z: 1 / z,
        "power": pow,
    }
    for name, (function, arguments) in atoms.meanings.items():
        if function == "given":
            whole = name == "t-1" or name.startswith("size(")
            values[name] = draw.randint(1, 6) if whole else draw.uniform(-4, 4)
            continue
        try:
            values[name] = functions[function](*(value_of(argument, values)[0] for argument in arguments))
        except (ArithmeticError, ValueError):
            return None
    return values if not any(isinstance(value, complex) for value in values.values()) else None


def check_facts(atoms: Atoms) -> int:
    """The number of comparisons: every fact, and every conditional one whose premises hold, at many points."""
    draw = random.Random(0)
    compared = 0
    for _ in range(POINTS):
        values = point(atoms, draw)
        if values is None:
            continue
        facts = list(atoms.facts)
        facts += [each.fact for each in atoms.conditionals if all(holds(one, values) for one in each.premises)]
        for fact in facts:
            assert holds(fact, values), f"{fact} ({fact.origin}) at {values}"
            compared += 1
    return compared


@pytest.mark.parametrize("name", [*catalogue.names(), *CELLS])
def test_facts_about_cells_are_true(name: str) -> None:
    definition = parsed(name, "return 1 > 0")[1] if name in CELLS else catalogue.find(name)
    system = System(formula("return 1 > 0"), definition)
    for node in definition.program.nodes:
        system.value(node.out)
        system.value(node.out, 1)
    assert check_facts(system.atoms) >= POINTS


FORMULAS = [
    "sigmoid(a) + sigmoid(a - b) + sigmoid(b - a) + sigmoid(a + 1) + sigmoid(-a - 2)",
    "tanh(a) + tanh(a + b) + tanh(-a + 0.5) + sigmoid(2 * a) + exp(2 * a)",
    "exp(a) + exp(-a) + exp(a + b) + exp(a * b) + exp(0.5 * a) + exp(1) + exp(-2)",
    "log(a) + log(a * b) + log(3) + exp(2 * log(a)) + exp(-log(a))",
    "abs(a) + abs(2 * b - a) + abs(abs(a) - 1) + maximum(a, b) + minimum(a, abs(b)) + maximum(maximum(a, b), 0)",
    "sqrt(a) + sqrt(a * a) + 1 / a + 1 / (a - b) + a / (2 - 3 * b) + 1 / (a * b)",
    "a ** t + a ** (2 * t + 1) + a ** (-t) + a ** b + 0.5 ** t + 2 ** (t - 1)",
    "relu(a) + relu(-b) + hard_sigmoid(4 * a) + softplus(a) + sin(a) + cos(b)",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_facts_about_functions_are_true(text: str) -> None:
    claim = formula(f"return {text} >= 0")
    system = System(claim, None)
    for term in (claim.conclusion.left, claim.conclusion.right):  # type: ignore[union-attr]
        system.term(term)
    assert check_facts(system.atoms) > POINTS


def test_a_false_fact_is_noticed() -> None:
    atoms = Atoms()
    f = atoms.apply("sigmoid", (atoms.given("z"),))
    atoms.assume(at_least(f * 2, 1))
    with pytest.raises(AssertionError, match="sigmoid"):
        check_facts(atoms)


@pytest.mark.parametrize("name", [name for name in CELLS if name != "normal"])
def test_a_step_of_one_unit_is_what_the_cell_computes(name: str) -> None:
    definition = parsed(name, "return 1 > 0")[1]
    problem = problem_for(definition, T=1, batch=1, sizes=dict.fromkeys(definition.program.axis_names, 1), seed=3)
    expected = reference.run(definition, problem)
    system = System(formula("return 1 > 0"), definition, "initial")
    values = {name: float(each.reshape(-1)[0]) for name, each in problem.parameters.items()}
    values |= {name: float(each.reshape(-1)[0]) for name, each in problem.inputs.items()}
    values |= {f"{name}0": float(each.reshape(-1)[0]) for name, each in problem.initial.items()}
    compared = 0
    for state in definition.program.states:
        polynomial = system.value(state.label)
        known = _complete(system, definition, values)
        assert math.isclose(value_of(polynomial, known)[0], float(expected[state.label].reshape(-1)[0]), rel_tol=1e-12)
        compared += 1
    assert compared


def _complete(system: System, definition: Definition, given: Mapping[str, float]) -> dict[str, float]:
    """Values of the variables of a system with one unit along every axis: a contraction is a product there."""
    values = dict(given)
    for node in definition.program.nodes:
        match node:
            case Contract():
                factors = [value_of(system.value(factor.name), values)[0] for factor in node.factors]
                values[node.out] = math.prod(factors)
            case Pointwise():
                system.value(node.out)
        for name, (function, arguments) in system.atoms.meanings.items():
            if name not in values and function in {"sigmoid", "tanh"} and arguments[0].variables <= set(values):
                z = value_of(arguments[0], values)[0]
                values[name] = math.tanh(z) if function == "tanh" else 1 / (1 + math.exp(-z))
    return values


def test_a_failing_point_is_found_and_none_is_invented() -> None:
    atoms = Atoms()
    f = atoms.apply("sigmoid", (atoms.given("z"),))
    half = [at_least(f * 2, 1)]
    assert failing_point(list(atoms.facts), half, atoms.meanings)
    assert failing_point(list(atoms.facts), [at_least(f, 0)], atoms.meanings) is None


def test_terms_without_a_value_are_refused() -> None:
    atoms = Atoms()
    for function, number in (("log", 0), ("sqrt", -1)):
        with pytest.raises(Undefined):
            atoms.apply(function, (Polynomial.constant(number),))
    with pytest.raises(Undefined):
        atoms.reciprocal(Polynomial.constant(0))
