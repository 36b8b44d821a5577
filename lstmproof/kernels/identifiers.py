"""Names of values as Python identifiers, the same on every machine."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence

RESERVED = frozenset(
    [
        "np",
        "minus_one",
        "t",
        "T",
        "B",
        "lo",
        "hi",
        "self",
        "tape",
        "flow",
        "work",
        "fixed",
        "steps",
        "run",
        "x_",
        "forward",
        "backward",
        "backward_rows",
        "grads",
        "given",
        "arguments",
        "DTYPE",
        "Run",
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
        "one",
        "zero",
    ]
)


def identifiers(names: Sequence[str]) -> list[str]:
    """An identifier for each name, all different.

    >>> identifiers(["h[t-1]", "h", "W_f@x", "c.bar"])
    ['h_prev', 'h', 'W_f_x', 'd_c']
    """
    taken: set[str] = set(RESERVED)
    found: list[str] = []
    for name in names:
        stem = _stem(name)
        candidate, count = stem, 1
        while candidate in taken or keyword.iskeyword(candidate):
            count += 1
            candidate = f"{stem}_{count}"
        taken.add(candidate)
        found.append(candidate)
    return found


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
    return text if text[:1].isalpha() else f"v_{text}"
