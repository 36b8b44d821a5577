"""From a derivation file to its checked cells and claims. It is parsed, never imported, and nothing in it runs."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping
from pathlib import Path

from lstmproof.language.definition import Definition, Derivation, Equation
from lstmproof.language.emit import Budget
from lstmproof.language.errors import SourceText, whole_file
from lstmproof.language.grammar import doc_of, parse
from lstmproof.language.lowering import lower
from lstmproof.language.reading import read_source, source_of
from lstmproof.language.scope import Scope, check_cell, scope_of
from lstmproof.language.signature import read_signature
from lstmproof.language.statements import Reader


def parse_file(path: str | Path) -> Derivation:
    """The cells of the derivation file at `path`, validated and lowered, and its claims.

    Raises:
        DerivationError: the file cannot be read, or anything in it is outside the language.
    """
    return _derivation(read_source(path))


def parse_text(text: str, file: str = "<text>") -> Derivation:
    """The cells and claims of a derivation given as text; messages call it `file`.

    Raises:
        DerivationError: anything in it is outside the language.

    >>> text = '''
    ... from lstmproof.language import cell, tanh
    ...
    ... @cell
    ... def rnn(x, h, *, W, U, b):
    ...     h = tanh(W @ x + U @ h + b)
    ...     return h
    ... '''
    >>> parse_text(text).cells[0].parameters
    {'W': ('hidden', 'input'), 'U': ('hidden', 'hidden'), 'b': ('hidden',)}
    """
    return _derivation(source_of(text, file))


def _derivation(source: SourceText) -> Derivation:
    module = parse(source)
    if not (module.cells or module.helpers or module.claims):
        expected = "a function decorated with @cell"
        raise whole_file(
            source.file, "no cell in this file", "no function", expected, "write one, as in derivations/rnn.py"
        )
    scope = scope_of(source, module)
    digest = f"sha256:{hashlib.sha256(source.text.encode()).hexdigest()}"
    budget = Budget()
    cells = tuple(_definition(scope, function, digest, budget) for function in module.cells)
    reader = Reader(scope, {cell.name: cell for cell in cells}, digest, budget)
    claims = tuple(reader.read(function) for function in module.claims)
    return Derivation(file=source.file, doc=module.doc, digest=digest, text=source.text, cells=cells, claims=claims)


def _definition(scope: Scope, function: ast.FunctionDef, digest: str, budget: Budget) -> Definition:
    signature = read_signature(scope.source, function, scope.taken)
    check_cell(scope, function, signature)
    lowering = lower(scope, function, signature, budget)
    axes, program = lowering.axes, lowering.program
    return Definition(
        name=function.name,
        doc=doc_of(function),
        file=scope.source.file,
        line=function.lineno,
        digest=digest,
        inputs={each.name: axes[each.name] for each in signature.inputs},
        states={each.name: axes[each.name] for each in signature.states},
        parameters={each.name: axes[each.name] for each in signature.parameters},
        constants={each.name: each for each in program.constants},
        returned=signature.returned,
        equations=tuple(
            Equation(statement.lineno, name, shape, ast.unparse(statement.value) if statement.value else "")
            for statement, name, shape in lowering.equations
        ),
        function=function,
        helpers=_helpers_of(scope, function),
        program=program,
        lines=lowering.lines,
    )


def _helpers_of(scope: Scope, function: ast.FunctionDef) -> Mapping[str, ast.FunctionDef]:
    """The helpers that a cell calls, and those that these call, in the order of the file."""
    pending, needed = [function], set()
    while pending:
        for node in ast.walk(pending.pop()):
            match node:
                case ast.Call(ast.Name(name)) if name in scope.helpers and name not in needed:
                    needed.add(name)
                    pending.append(scope.helpers[name])
    return {name: helper for name, helper in scope.helpers.items() if name in needed}
