"""What the names of a derivation file mean: which are bound where, which are functions, which are never used."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from lstmproof.language.errors import DerivationError, SourceText, did_you_mean, listed
from lstmproof.language.forms import is_string, number
from lstmproof.language.formula import INFINITY
from lstmproof.language.grammar import STATEMENTS, Module, body_of
from lstmproof.language.signature import Signature, check_name
from lstmproof.language.table import FUNCTIONS, WORDS

STRUCTURAL = MappingProxyType(
    {"outer": (2, 2), "dot": (2, 2), "sum": (1, 2), "mean": (1, 2), "stop": (1, 1), "cut": (1, 1), "previous": (1, 1)}
)
"""Functions of the language that are not in the table, with the least and the largest number of arguments."""

LANGUAGE = frozenset((*WORDS, *STRUCTURAL, "cell"))
"""The words of cells and helpers."""

CLAIM_WORDS = MappingProxyType(
    {
        "always": 1,
        "assume": 1,
        "bounded": 1,
        "carousel": 1,
        "cost": 1,
        "count": 1,
        "derivative": 2,
        "jacobian": 2,
        "limit": 3,
        "norm": 1,
        "same": 2,
    }
)
"""Functions that claims alone may call, with the number of their arguments."""

EXPORTED = LANGUAGE | frozenset((*CLAIM_WORDS, *STATEMENTS, INFINITY))
"""Every word that `lstmproof.language` exports. A file that does not import a word of claims may use it as a name."""

_PYTHON_OWN = frozenset({"abs", "sum"})
"""Words that Python has without an import."""


@dataclass(frozen=True)
class Scope:
    """The functions that expressions of one file may call, and the names that nothing else may bear."""

    source: SourceText
    imported: frozenset[str]
    arity: Mapping[str, tuple[int, int]]
    helpers: Mapping[str, ast.FunctionDef]
    taken: frozenset[str]


def scope_of(source: SourceText, module: Module) -> Scope:
    """The scope of a file, its imports, function names and helpers checked.

    Raises:
        DerivationError: an unknown import, a function defined twice or named like a word of the language, a helper
            that calls itself, or a helper with a name that it does not bind.
    """
    for alias in module.imports:
        if alias.name not in EXPORTED:
            found, message = f"'{alias.name}'", f"lstmproof.language has no '{alias.name}'"
            claims = f"remove it; the words of claims are {listed(sorted(EXPORTED - LANGUAGE))}"
            fix = did_you_mean(alias.name, EXPORTED, claims)
            raise source.error(alias, message, found, listed(sorted(LANGUAGE)), fix)
    words = LANGUAGE | module.imported
    defined: dict[str, ast.FunctionDef] = {}
    for function in sorted((*module.helpers, *module.cells, *module.claims), key=lambda one: one.lineno):
        check_name(source, function, function.name, words)
        if function.name in defined:
            found = f"'{function.name}', defined at line {defined[function.name].lineno} already"
            raise source.error(
                function, f"'{function.name}' is defined twice", found, "each function once", "rename or remove one"
            )
        defined[function.name] = function
    helpers = {helper.name: helper for helper in module.helpers}
    arity = {word: (FUNCTIONS[word].arity,) * 2 for word in WORDS} | dict(STRUCTURAL)
    arity |= {name: (len(helper.args.args),) * 2 for name, helper in helpers.items()}
    scope = Scope(source, module.imported, arity, helpers, words | frozenset(defined))
    for cell in module.cells:
        check_imported(scope, cell.decorator_list[0], "cell")
    for helper in module.helpers:
        _check_helper(scope, helper)
    _check_no_cycle(scope)
    return scope


def uses(expression: ast.expr) -> Iterator[ast.Name | ast.Call | ast.Constant]:
    """Names read, calls and numbers in `expression`, in the order of the text; the called names are not values."""
    pending: list[ast.expr] = [expression]
    while pending:
        match pending.pop():
            case ast.Name() as name:
                yield name
            case ast.Constant(value) as constant:
                if not isinstance(value, str):
                    yield constant
            case ast.BinOp(left, _, right):
                pending += (right, left)
            case ast.UnaryOp(_, operand):
                pending.append(operand)
            case ast.Call(_, arguments) as call:
                yield call
                pending.extend(reversed(arguments))


def _check_helper(scope: Scope, helper: ast.FunctionDef) -> None:
    bound: set[str] = set()
    for argument in helper.args.args:
        check_name(scope.source, argument, argument.arg, scope.taken)
        if argument.arg in bound:
            message = f"argument '{argument.arg}' appears twice"
            raise scope.source.error(argument, message, f"'{argument.arg}' again", "each name once", "rename one")
        bound.add(argument.arg)
    used: set[str] = set()
    for use in uses(result_of(helper)):
        _check_use(scope, use, bound, f"the arguments of '{helper.name}': {listed(sorted(bound))}")
        if isinstance(use, ast.Name):
            used.add(use.id)
        if isinstance(use, ast.Call) and called(use) == "previous":
            fix = "pass it as an argument: g(previous(h))"
            raise scope.source.error(
                use, "'previous' in a helper", "previous(...)", "'previous' of a state, in a cell", fix
            )
    for argument in helper.args.args:
        if argument.arg not in used:
            found = f"'{argument.arg}', which nothing reads"
            raise scope.source.error(
                argument, "an unused argument", found, "arguments that the helper reads", "remove it"
            )


def result_of(helper: ast.FunctionDef) -> ast.expr:
    """The one expression of a helper whose form is checked."""
    last = helper.body[-1]
    assert isinstance(last, ast.Return)
    assert last.value is not None
    return last.value


def called(call: ast.Call) -> str:
    """The name of what is called, in a call whose form is checked."""
    assert isinstance(call.func, ast.Name)
    return call.func.id


def check_imported(scope: Scope, node: ast.AST, word: str) -> None:
    """Refuse a word of the language that the file does not import, unless a helper of the file has its name."""
    if word in EXPORTED - _PYTHON_OWN - scope.imported - scope.helpers.keys():
        fix = f"add it: from lstmproof.language import {word}"
        raise scope.source.error(
            node, f"'{word}' is not imported", f"'{word}'", "each word of the language imported", fix
        )


def _check_use(
    scope: Scope,
    use: ast.Name | ast.Call | ast.Constant,
    bound: set[str],
    where: str,
    remedy: Callable[[str], str] | None = None,
) -> None:
    """One name, call or number in an expression where `bound` names are values; `remedy` is for names that are not."""
    match use:
        case ast.Constant():
            number(scope.source, use)
        case ast.Name(name) if name == INFINITY and name in scope.imported:
            raise infinite(scope.source, use)
        case ast.Name(name) if name in scope.taken:
            fix = f"call it, or rename the value: '{name}(...)'"
            raise scope.source.error(use, f"'{name}' is a function, not a value", f"'{name}'", "a value", fix)
        case ast.Name(name) if name not in bound:
            fix = remedy(name) if remedy else did_you_mean(name, bound, "make it an argument")
            raise scope.source.error(use, f"unknown name '{name}'", f"'{name}'", where, fix)
        case ast.Call():
            check_call(scope, use, bound)


def infinite(source: SourceText, node: ast.Name) -> DerivationError:
    """The error for infinity where a number is expected."""
    found, fix = f"'{INFINITY}'", f"write limit(e, v, {INFINITY}) in a claim"
    return source.error(node, f"'{INFINITY}' outside a limit", found, "a value; infinity is no number", fix)


def check_call(scope: Scope, call: ast.Call, bound: Collection[str]) -> None:
    """Check a call in an expression where `bound` names are values: what is called, and with how many arguments.

    Raises:
        DerivationError: no function of the language or of the file, not imported, or other arguments than it takes.
    """
    name = called(call)
    if name in bound:
        fix = f"for a product write '{name} * (...)'"
        raise scope.source.error(
            call.func, f"'{name}' is a value, not a function", f"a call of '{name}'", "a function", fix
        )
    if name not in scope.arity:
        raise _unknown_function(scope, call, name)
    check_imported(scope, call.func, name)
    for place, argument in enumerate(call.args):
        if is_string(argument) and not (place == 1 and name in ("sum", "mean")):
            expected = "a value; a string names an axis, as the second argument of sum and mean alone"
            found = f"a string in a call of '{name}'"
            raise scope.source.error(argument, "a string as an argument", found, expected, "give a value")
    least, most = scope.arity[name]
    if not least <= len(call.args) <= most:
        many = f"{least}" if least == most else f"{least} or {most}"
        plural = "" if many == "1" else "s"
        message = f"'{name}' takes {many} argument{plural}"
        given = f"{len(call.args)} argument{'' if len(call.args) == 1 else 's'}"
        raise scope.source.error(call, message, given, f"{many} argument{plural}", "add or remove arguments")


def _unknown_function(scope: Scope, call: ast.Call, name: str) -> DerivationError:
    if name in CLAIM_WORDS and name in scope.imported:
        fix = "say it in a claim of the cell"
        return scope.source.error(
            call.func, f"'{name}' is a word of claims", f"a call of '{name}'", "a word of cells or a helper", fix
        )
    if name in scope.taken:
        fix = "write its equations out here, or make a one-line helper of the common part"
        return scope.source.error(
            call.func, f"'{name}' is not a function that a cell can call", f"a call of '{name}'", "a helper", fix
        )
    expected = "a function of the language (sigmoid, tanh, exp, ...) or a helper defined in this file"
    fix = did_you_mean(name, scope.arity, f"the functions are {', '.join(sorted(scope.arity)[:25])}")
    return scope.source.error(call.func, f"unknown name '{name}'", f"a call of '{name}'", expected, fix)


def _check_no_cycle(scope: Scope) -> None:
    """Refuse helpers that call each other in a circle: inlining them would not end. Keeps its own stack."""
    calls = {
        name: {
            called(use): use
            for use in uses(result_of(helper))
            if isinstance(use, ast.Call) and called(use) in scope.helpers
        }
        for name, helper in scope.helpers.items()
    }
    done: set[str] = set()
    for root in scope.helpers:
        path: dict[str, Iterator[str]] = {} if root in done else {root: iter(calls[root])}
        while path:
            name = next(reversed(path))
            callee = next(path[name], None)
            if callee is None:
                done.add(name)
                del path[name]
            elif callee in path:
                found = (
                    f"'{name}' calls '{callee}', which calls '{name}'" if callee != name else f"'{name}' calls itself"
                )
                fix = "write the formula without recursion"
                raise scope.source.error(
                    calls[name][callee], "a helper that never ends", found, "helpers that can be inlined", fix
                )
            elif callee not in done:
                path[callee] = iter(calls[callee])


def check_cell(scope: Scope, function: ast.FunctionDef, signature: Signature) -> None:
    """Check every name of a cell: bound before it is read, assigned where it may be, and used.

    Raises:
        DerivationError: an unknown name, an assignment to an argument that is no state, a second one to a state, a
            state that is never assigned, a value or an argument that nothing uses.
    """
    kinds = signature.kinds
    bound = set(kinds)
    read: set[str] = set()
    pending: dict[str, ast.expr] = {}
    assigned: dict[str, int] = {}
    remedy = partial(_unbound, signature, bound, assigned)
    for statement in body_of(function)[:-1]:
        target, value = _assignment(statement)
        for use in uses(value):
            _check_use(scope, use, bound, "an argument of the cell, or a name assigned above", remedy)
            if isinstance(use, ast.Call) and called(use) == "previous":
                _check_previous(scope, use, signature)
            if isinstance(use, ast.Name):
                pending.pop(use.id, None)
                if use.id not in assigned or kinds.get(use.id) != "a state":
                    read.add(use.id)
        read.update(_previous_states(value))
        _check_target(scope, target, kinds, assigned)
        if target.id in pending:
            raise _unused(scope, pending[target.id], target.id)
        pending[target.id] = target
        assigned[target.id] = target.lineno
        bound.add(target.id)
    _check_end(scope, function, signature, assigned, pending)
    for argument in signature:
        if argument.name not in read:
            what = "its value at t-1 is never read" if kinds[argument.name] == "a state" else "nothing reads it"
            fix = "remove it from the arguments" + (" (it is an extra output)" if argument.name in assigned else "")
            raise scope.source.error(
                argument.node, "an unused argument", f"'{argument.name}': {what}", "arguments that are read", fix
            )


def _unbound(signature: Signature, bound: Collection[str], assigned: Mapping[str, int], name: str) -> str:
    """The remedy for a name of a cell's body that is bound nowhere above."""
    parts = name.split("_")
    for state in (state.name for state in signature.states):
        if state in parts and {"prev", "previous", "old", "last", "t1", "tm1"} & set(parts):
            if state in assigned:
                return f"write 'previous({state})': '{state}' is its value at t from line {assigned[state]} on"
            return f"write '{state}', which is {state}(t-1) up to the line that assigns it"
    near = did_you_mean(name, bound, "bind it before this line, or make it an argument")
    return f"{near} Or, if it is a parameter, add it to the arguments after the '*'" if near.endswith("?") else near


def _assignment(statement: ast.stmt) -> tuple[ast.Name, ast.expr]:
    """Target and value of an assignment whose form is checked."""
    match statement:
        case ast.Assign([ast.Name() as target], value) | ast.AnnAssign(ast.Name() as target, _, ast.expr() as value):
            return target, value
    raise AssertionError(statement)


def _previous_states(value: ast.expr) -> Iterator[str]:
    for use in uses(value):
        match use:
            case ast.Call(ast.Name("previous"), [ast.Name(name)]):
                yield name


def _check_previous(scope: Scope, call: ast.Call, signature: Signature) -> None:
    match call.args:
        case [ast.Name(name)] if name in {state.name for state in signature.states}:
            return
    fix = "make it a state: a positional argument that is assigned and returned"
    expected = f"a state's name: {listed(state.name for state in signature.states)}"
    raise scope.source.error(
        call, "'previous' of what is no state has no value before step 1", "previous(...)", expected, fix
    )


def _check_target(scope: Scope, target: ast.Name, kinds: Mapping[str, str], assigned: Mapping[str, int]) -> None:
    name, kind = target.id, kinds.get(target.id, "")
    check_name(scope.source, target, name, scope.taken)
    if kind and kind != "a state":
        expected = "a new name, or a state (a positional argument that is returned)"
        fix = (
            f"assign to another name, or return '{name}' if it is a state"
            if kind == "an input"
            else "assign to another name"
        )
        raise scope.source.error(target, f"{kind} is assigned", f"'{name}', {kind}", expected, fix)
    if kind == "a state" and name in assigned:
        found = f"'{name}' again, after line {assigned[name]}"
        fix = "give the value in between a name of its own"
        raise scope.source.error(target, "a state is assigned twice", found, "one assignment to each state", fix)


def _check_end(
    scope: Scope,
    function: ast.FunctionDef,
    signature: Signature,
    assigned: Mapping[str, int],
    pending: Mapping[str, ast.expr],
) -> None:
    """At the return: every state assigned, every returned name bound, no value left that nothing uses."""
    end = function.body[-1]
    for state in signature.states:
        if state.name not in assigned:
            found = f"'{state.name}', returned and so a state, but never assigned"
            expected = "an assignment to each state"
            raise scope.source.error(
                end, "a state without an equation", found, expected, f"assign '{state.name}' before the return"
            )
    for name in signature.returned:
        if name not in assigned:
            fix = did_you_mean(name, assigned, "assign it before the return")
            raise scope.source.error(
                end, f"unknown name '{name}'", f"'{name}' is returned", "states and names assigned above", fix
            )
    for name, target in pending.items():
        if name not in signature.returned:
            raise _unused(scope, target, name)


def _unused(scope: Scope, target: ast.expr, name: str) -> DerivationError:
    fix = f"use '{name}', return it, or remove the line"
    return scope.source.error(
        target, "an equation without effect", f"'{name}', which nothing reads", "values that are used", fix
    )
