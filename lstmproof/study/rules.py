"""Which rule of differentiation gives a term of a cotangent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lstmproof.calculus.partials import parse_formula
from lstmproof.language.table import FUNCTIONS
from lstmproof.program.expr import OPERATORS, Apply, Expr, Ref, substitute
from lstmproof.program.nodes import Contract, Node, Program
from lstmproof.study.formulas import Spelled, Speller


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in words, with the formula that it is about, if any."""

    words: str
    formula: Spelled | None = None


ADD = Rule("shared value: contributions add")
STATE = Rule("state: what the next step hands back")
LOSS = Rule("output: what the loss gives")
TRANSPOSE = Rule("linear map: the transpose")
OUTER = Rule("parameter: an outer product, summed over time")
OVER_TIME = Rule("parameter: summed over time")
PRODUCT, QUOTIENT, POWER, SUM = (Rule(f"{name} rule") for name in ("product", "quotient", "power", "sum"))
COPY = Rule("the value itself")

_OPERATOR_RULES: Mapping[str, Rule] = {
    "mul": PRODUCT,
    "div": QUOTIENT,
    "pow": POWER,
    "add": SUM,
    "sub": SUM,
    "neg": SUM,
}


def rules_of(node: Node, value: str, program: Program, spell: Speller) -> tuple[Rule, ...]:
    """The rules by which `node` hands on to `value`, which it reads."""
    parameters = {source.name for source in program.parameters}
    if isinstance(node, Contract):
        if value in parameters:
            return (OUTER if len(node.factors) > 1 else OVER_TIME,)
        others = [factor.name for factor in node.factors if factor.name != value]
        return (TRANSPOSE,) if set(others) & parameters else (PRODUCT,) if others else (SUM,)
    found = dict.fromkeys(rule for path in _paths(node.expr, value) for rule in _along(path, node, spell))
    rules = [rule for rule in found if rule is not SUM] or list(found) or [COPY]
    if program.axes[value] != node.axes:
        lacking = [axis for axis in node.axes if axis not in program.axes[value]]
        rules.append(Rule(f"one value serves every {' and '.join(lacking)}: summed over them"))
    return (*rules, OVER_TIME) if value in parameters else tuple(rules)


def _paths(expr: Expr, value: str) -> Iterator[tuple[Apply, ...]]:
    """From the root to each place where `value` stands, the applications on the way."""
    match expr:
        case Ref(name) if name == value:
            yield ()
        case Apply("stop", _):
            return
        case Apply(_, arguments):
            for argument in arguments:
                for path in _paths(argument, value):
                    yield (expr, *path)


def _along(path: tuple[Apply, ...], node: Node, spell: Speller) -> Iterator[Rule]:
    for place, application in enumerate(path):
        function = application.function
        if function in _OPERATOR_RULES:
            yield _OPERATOR_RULES[function]
        elif function in FUNCTIONS and function not in OPERATORS:
            own = Ref(node.out) if place == 0 else application
            yield chain(application, own, spell)


def chain(application: Apply, value: Expr, spell: Speller) -> Rule:
    """The chain rule through one function of the table, its slope in its own value where that is the simpler."""
    function = application.function
    if FUNCTIONS[function].arity > 1:
        return Rule(f"chain rule through {function}")
    word = spell.latex.notation.call(function, [""]).removesuffix(r"\left(\right)")
    named = isinstance(value, Ref) and value.name not in spell.latex.plan.inlined
    formula = parse_formula(FUNCTIONS[function].derivative[0])
    latex, text = (
        printer.expression(_slope(formula, application, value if named else Ref(own))).text
        for printer, own in ((spell.latex, word), (spell.text, function))
    )
    latex, text = (
        latex.replace(rf"{word}\, {word}", f"{word}^2"),
        text.replace(f"{function} * {function}", f"{function}**2"),
    )
    return Rule(f"chain rule through {function}", Spelled(f"{word}' = {latex}", f"{function}' = {text}"))


def _slope(formula: Expr, application: Apply, value: Expr) -> Expr:
    """A formula of the table, in z and its own value y, at an application."""
    names = {"z": application.arguments[0], "y": value}
    return substitute(formula, lambda ref: names[ref.name])
