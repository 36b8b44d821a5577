"""Names of values as Python identifiers, the same on every machine."""

from __future__ import annotations

import itertools
import keyword
import re
from collections.abc import Sequence, Set

RESERVED = frozenset(
    (
        "np",
        "T",
        "B",
        "lo",
        "hi",
        "chunk",
        "of_chunk",
        "t",
        "self",
        "tape",
        "flow",
        "work",
        "fixed",
        "steps",
        "given",
        "result",
        "inputs",
        "outputs",
        "arrays",
        "constants",
        "cotangents",
        "rows",
        "row",
        "value",
        "block",
        "zip",
        "range",
        "reversed",
        "width",
        "Run",
        "DTYPE",
        "minus_one",
        "zero",
        "one",
        "two",
        "three",
        "half",
        "forward",
        "backward",
        "backward_rows",
        "add",
        "subtract",
        "multiply",
        "divide",
        "negative",
        "positive",
        "exp",
        "log",
        "sqrt",
        "sin",
        "cos",
        "tanh",
        "absolute",
        "maximum",
        "minimum",
        "reciprocal",
        "power",
        "logaddexp",
        "sign",
        "heaviside",
        "einsum",
    )
)
"""Names that emitted modules use for themselves."""

_NUMBERED = re.compile(
    r"(value|matrix|dot_matrix|number|fixed|left|right|columns|outer|total)_\d+$|n_|_|.*_(given|units|cotangent|gradient)$"
)


def is_reserved(name: str) -> bool:
    """Whether an emitted module has, or may have, a use of its own for a name.

    >>> is_reserved("np"), is_reserved("matrix_1"), is_reserved("W_f")
    (True, True, False)
    """
    return name in RESERVED or keyword.iskeyword(name) or _NUMBERED.match(name) is not None


def identifiers(names: Sequence[str]) -> list[str]:
    """An identifier for each name, all different and none reserved.

    >>> identifiers(["h[t-1]", "h", "W_f@x", "c.bar"])
    ['h_prev', 'h', 'W_f_x', 'd_c']
    """
    taken: set[str] = set()
    found: list[str] = []
    for name in names:
        candidate = unused(_stem(name), taken)
        taken.add(candidate)
        found.append(candidate)
    return found


def unused(stem: str, taken: Set[str]) -> str:
    """`stem`, or `stem` with a number where that is taken or reserved.

    >>> unused("c", {"c"}), unused("value", set()), unused("n_", set())
    ('c_2', 'v_value_2', 'v_n__2')
    """
    if stem not in taken and not is_reserved(stem):
        return stem
    if is_reserved(f"{stem}_2"):  # numbers after this stem are ours too
        stem = f"v_{stem}"
    return next(
        name for count in itertools.count(2) if (name := f"{stem}_{count}") not in taken and not is_reserved(name)
    )


def _stem(name: str) -> str:
    if name == "1":
        return "ones"
    text = name.replace("[t-1]", "_prev").replace(".operand", "_here").replace(".coefficient", "")
    if ".bar" in text:
        text = "d_" + text.replace(".bar", "")
    if text.endswith(".cot"):
        text = f"given_{text.removesuffix('.cot')}"
    if text.endswith(".next"):
        text = f"d_{text.removesuffix('.next')}_later"
    text = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")
    return text if text[:1].isalpha() and not text.startswith("n_") else f"v_{text}"
