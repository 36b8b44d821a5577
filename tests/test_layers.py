"""The layers of docs/decisions.md: imports go downward only, and what checks a thing cannot import it.

The checker is below, on syntax trees of the package's modules; the second half of this file plants each fault and
demands that the checker names it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "lstmproof"

EQUATIONS = {"program", "language", "problem", "verdict"}
CHECKED = EQUATIONS | {"calculus", "kernels"}

MAY_IMPORT: Mapping[str, set[str]] = {
    "verdict": set(),
    "statuses": set(),
    "problem": set(),
    "program": set(),
    "language": {"program"},
    "catalogue": {"language"},
    "ledger": set(),
    "calculus": {"program", "language"},
    "kernels": {"program", "language", "calculus"},
    "readings": {"language", "problem"},
    "proof": EQUATIONS | {"calculus"},
    "refute": EQUATIONS | {"readings", "proof"},
    "verify": CHECKED | {"readings", "proof", "refute"},
    "cell": CHECKED | {"readings", "verify", "catalogue"},
    "document": set(),
    "study": CHECKED | {"readings", "proof", "refute", "verify", "catalogue", "cell"},
    "report": EQUATIONS | {"statuses", "ledger", "document", "study"},
    "__init__": CHECKED | {"readings", "verify", "catalogue", "cell"},
    "checking": CHECKED | {"verify", "proof", "catalogue", "report", "document", "statuses", "__init__"},
    "mutating": CHECKED | {"verify", "catalogue", "report", "statuses", "checking"},
    "reporting": {"verify", "report", "document", "study", "statuses", "checking", "__init__"},
    "settling": CHECKED | {"verify", "catalogue", "report", "ledger", "statuses"},
    "starting": {"language", "catalogue"},
    "strategies": {"language", "problem", "verify", "cell"},
    "collecting": {"language", "verdict", "verify", "report"},
    "plugin": {"collecting"},
    "cli": CHECKED
    | {
        "readings",
        "verify",
        "catalogue",
        "cell",
        "report",
        "ledger",
        "statuses",
        "__init__",
        "checking",
        "mutating",
        "reporting",
        "settling",
        "starting",
    },
    "__main__": {"cli"},
}
"""For each part of the package, the parts that it may import beside itself. What a layer may not reach is absent:
readings see neither a Program nor what is derived from it, and reports compute nothing."""

STRANGERS = {
    ("lstmproof.calculus.tangent", "lstmproof.calculus.adjoint"): "the tangent does not use the adjoint's rules",
    ("lstmproof.calculus.adjoint", "lstmproof.calculus.tangent"): "the adjoint does not use the tangent's rules",
    ("lstmproof.proof.coq.statement", "lstmproof.calculus.adjoint"): "what is claimed does not know what proves it",
    ("lstmproof.proof.coq.cut_system", "lstmproof.calculus.truncate"): "the cut system is read from its definition",
    (
        "lstmproof.proof.coq.claim_statement",
        "lstmproof.calculus.truncate",
    ): "and so is that of which carousels are stated",
    ("lstmproof.proof.coq.claim_statement", "lstmproof.calculus.carousel"): "a claim does not know what its factor is",
    ("lstmproof.proof.coq.growth_statement", "lstmproof.proof.symbolic.witness"): "nor the networks that show it",
    ("lstmproof.proof.coq.bound_statement", "lstmproof.proof.symbolic.bounded"): "nor which number bounds a value",
}
"""Pairs of modules of which the first may not reach the second, not even through others."""

DEFERRED = {"lstmproof", "lstmproof.cli", "lstmproof.plugin"}
"""Modules that may import inside functions, for start-up time."""

OPTIONAL = {"torch", "jax", "z3", "cvc5"}
"""Third-party packages that are imported where they are used, because they may be absent."""

COMPILERS = {
    "lstmproof.kernels.kernel": "emitted kernels",
    "lstmproof.readings.body": "validated bodies",
    "lstmproof": "the names of the Python interface, imported when first asked for",
}
"""The only modules that may turn text or trees into running code, and which."""

FORMULA_READERS = {
    "lstmproof.calculus.partials": "to differentiate them",
    "lstmproof.verify.laws.exactness": "to check each row of it",
    "lstmproof.verify.onestep": "to differentiate one step another way",
}
"""The only modules that may hand text to SymPy, which evaluates it: formulas of the package's own table."""

RUNNING_TEXT = {
    **dict.fromkeys(("exec", "eval", "compile", "__import__", "import_module"), COMPILERS),
    **dict.fromkeys(("sympify", "parse_expr", "lambdify"), FORMULA_READERS),
}
"""Calls that run text, and who may make them."""

Modules = Mapping[str, ast.Module]


@cache
def modules_of(package: Path) -> Modules:
    """Syntax tree of each module below `package`, by dotted name."""
    trees = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        trees[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return trees


def violations(modules: Modules) -> list[str]:
    """Every breach of the layers, one line each; an empty package is a breach too."""
    if not modules:
        return ["no module was checked"]
    found = []
    for name, tree in modules.items():
        found += _upward_imports(name, tree, modules)
        found += _deferred_imports(name, tree)
        found += _running_text(name, tree)
        found += _programs_in_readings(name, tree)
    graph = _graph(modules)
    return found + _cycles(graph) + _strangers(graph)


def _part(module: str) -> str:
    """The part of the package that a module belongs to: its folder, or its file."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def _imports(tree: ast.AST, modules: Modules) -> Iterator[tuple[int, str]]:
    """Line and module of every import of the package; `from package import module` counts as the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield node.lineno, inner if inner in modules else node.module


def _own_imports(tree: ast.AST, modules: Modules) -> Iterator[tuple[int, str]]:
    for line, target in _imports(tree, modules):
        if target.split(".")[0] == "lstmproof":
            yield line, target


def _upward_imports(name: str, tree: ast.Module, modules: Modules) -> list[str]:
    part = _part(name)
    if part not in MAY_IMPORT:
        return [f"{name}: no layer is known for '{part}'"]
    return [
        f"{name}:{line}: {part} may not import {target}"
        for line, target in _own_imports(tree, modules)
        if _part(target) != part and _part(target) not in MAY_IMPORT[part]
    ]


def _deferred_imports(name: str, tree: ast.Module) -> list[str]:
    if name in DEFERRED:
        return []
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {
        (line, target)
        for function in functions
        for line, target in _imports(function, {})
        if target.split(".")[0] not in OPTIONAL
    }
    return [f"{name}:{line}: import of {target} inside a function" for line, target in sorted(inside)]


def _running_text(name: str, tree: ast.Module) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            called = function.id if isinstance(function, ast.Name) else ""
            if isinstance(function, ast.Attribute) and function.attr != "compile":  # re.compile runs nothing
                called = function.attr
            if called in RUNNING_TEXT and name not in RUNNING_TEXT[called]:
                found.append(f"{name}:{node.lineno}: {called} outside the modules that may run text")
    return found


def _programs_in_readings(name: str, tree: ast.Module) -> list[str]:
    if _part(name) != "readings":
        return []
    return [
        f"{name}:{node.lineno}: a reading looks at the Program"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "program"
    ]


def _graph(modules: Modules) -> dict[str, set[str]]:
    return {
        name: {target for _, target in _own_imports(tree, modules) if target in modules and target != name}
        for name, tree in modules.items()
    }


def _reach(graph: Mapping[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    pending = list(graph.get(start, ()))
    while pending:
        module = pending.pop()
        if module not in seen:
            seen.add(module)
            pending.extend(graph[module])
    return seen


def _cycles(graph: Mapping[str, set[str]]) -> list[str]:
    return [f"{name}: imports itself through others" for name in graph if name in _reach(graph, name)]


def _strangers(graph: Mapping[str, set[str]]) -> list[str]:
    return [
        f"{name} reaches {other}: {reason}"
        for (name, other), reason in STRANGERS.items()
        if other in _reach(graph, name)
    ]


def test_the_package_keeps_its_layers() -> None:
    assert violations(modules_of(PACKAGE)) == []


def test_every_exception_is_still_needed() -> None:
    modules = modules_of(PACKAGE)
    allowed = {*COMPILERS, *FORMULA_READERS}
    assert allowed <= set(modules)
    for name in allowed:
        assert _running_text("elsewhere", modules[name]), f"{name} runs no text: strike it from the exceptions"
    assert {name for pair in STRANGERS for name in pair} <= set(modules)
    assert {_part(name) for name in modules} <= set(MAY_IMPORT)


def test_the_order_of_layers_has_no_cycle() -> None:
    for part in MAY_IMPORT:
        assert part not in _reach({name: set(below) for name, below in MAY_IMPORT.items()}, part)


PLANTED = {
    "an upward import": (
        {"lstmproof.program.nodes": "from lstmproof.kernels.plan import plan\n", "lstmproof.kernels.plan": ""},
        "lstmproof.program.nodes:1: program may not import lstmproof.kernels.plan",
    ),
    "an upward import of a module by its package": (
        {"lstmproof.kernels.plan": "from lstmproof import cell\n", "lstmproof.cell": ""},
        "lstmproof.kernels.plan:1: kernels may not import lstmproof.cell",
    ),
    "an upward import for types only": (
        {"lstmproof.program.nodes": "if TYPE_CHECKING:\n    import lstmproof.verify.runner\n"},
        "lstmproof.program.nodes:2: program may not import lstmproof.verify.runner",
    ),
    "a reading that imports the Program": (
        {"lstmproof.readings.ball": "from lstmproof.program.nodes import Program\n"},
        "lstmproof.readings.ball:1: readings may not import lstmproof.program.nodes",
    ),
    "a reading that looks at the Program": (
        {"lstmproof.readings.ball": "def gradient(definition):\n    return definition.program.nodes\n"},
        "lstmproof.readings.ball:2: a reading looks at the Program",
    ),
    "a reading that imports a kernel": (
        {"lstmproof.readings.ball": "import lstmproof.kernels.kernel\n"},
        "lstmproof.readings.ball:1: readings may not import lstmproof.kernels.kernel",
    ),
    "a report that computes": (
        {"lstmproof.report.text": "from lstmproof.calculus.adjoint import adjoint\n"},
        "lstmproof.report.text:1: report may not import lstmproof.calculus.adjoint",
    ),
    "a tangent that reaches the adjoint through another": (
        {
            "lstmproof.calculus.tangent": "from lstmproof.calculus.shared import rule\n",
            "lstmproof.calculus.shared": "from lstmproof.calculus.adjoint import rule\n",
            "lstmproof.calculus.adjoint": "",
        },
        "lstmproof.calculus.tangent reaches lstmproof.calculus.adjoint: the tangent does not use the adjoint's rules",
    ),
    "a cycle inside a layer": (
        {
            "lstmproof.verify.laws": "import lstmproof.verify.runner\n",
            "lstmproof.verify.runner": "import lstmproof.verify.laws\n",
        },
        "lstmproof.verify.laws: imports itself through others",
    ),
    "an import inside a function": (
        {"lstmproof.verify.laws": "def law():\n    if True:\n        import numpy\n"},
        "lstmproof.verify.laws:3: import of numpy inside a function",
    ),
    "an import inside a method": (
        {"lstmproof.cell": "class Cell:\n    def kernel(self):\n        from lstmproof.kernels import kernel\n"},
        "lstmproof.cell:3: import of lstmproof.kernels inside a function",
    ),
    "text that is run": (
        {"lstmproof.language.parser": "def parse(text):\n    exec(text)\n"},
        "lstmproof.language.parser:2: exec outside the modules that may run text",
    ),
    "text that a library runs": (
        {"lstmproof.calculus.online": "import sympy\nsympy.sympify('x')\n"},
        "lstmproof.calculus.online:2: sympify outside the modules that may run text",
    ),
    "a part without a layer": (
        {"lstmproof.magic": ""},
        "lstmproof.magic: no layer is known for 'magic'",
    ),
}


@pytest.mark.parametrize(("sources", "message"), PLANTED.values(), ids=PLANTED)
def test_a_planted_violation_is_found(sources: dict[str, str], message: str) -> None:
    assert message in violations({name: ast.parse(text) for name, text in sources.items()})


ALLOWED = {
    "an optional package where it is used": {
        "lstmproof.readings.frameworks": "def gradient():\n    import torch\n    import jax.numpy as jnp\n"
    },
    "a command that defers": {"lstmproof.cli": "def verify():\n    from lstmproof.verify.runner import run\n"},
    "a regular expression": {"lstmproof.language.parser": "import re\nWORD = re.compile('x')\n"},
    "a kernel that is compiled": {"lstmproof.kernels.kernel": "exec(compile('', '', 'exec'), {})\n"},
}


@pytest.mark.parametrize("sources", ALLOWED.values(), ids=ALLOWED)
def test_what_is_allowed_passes(sources: dict[str, str]) -> None:
    assert violations({name: ast.parse(text) for name, text in sources.items()}) == []


def test_checking_nothing_fails() -> None:
    assert violations({}) == ["no module was checked"]


def test_exit_statuses_have_one_home() -> None:
    signalled = {130, 141}
    homes = {
        name
        for name, tree in modules_of(PACKAGE).items()
        if signalled & {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    }
    assert homes == {"lstmproof.statuses", "lstmproof.__main__"}, "the latter answers Ctrl-C before it imports anything"
