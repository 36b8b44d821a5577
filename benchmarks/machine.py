"""Where a benchmark ran, and its table."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from lstmproof.report.environment import blas

PACKAGES = ("numpy", "autograd", "torch", "jax")


def machine() -> dict[str, str]:
    """Processor, BLAS with the core type whose kernels it picked, and versions; all runs are of one thread."""
    found = blas()
    return {
        "processor": f"{processor()}, {os.cpu_count()} visible, 1 thread used",
        "platform": platform.platform(),
        "blas": f"{found['name']} {found['version']}, core type {found['core'] or 'unknown'}",
        "simd": ", ".join(np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])[-3:]),
        "python": platform.python_version(),
    } | {name: _version(name) for name in PACKAGES}


def processor() -> str:
    """The model's name where Linux tells it, else what Python knows."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, first column to the left and the others to the right.

    >>> print(markdown(["size", "ratio"], [["8", "2.0"]]))
    | size | ratio |
    |:---|---:|
    | 8 | 2.0 |
    """
    rule = "|".join([":---", *["---:"] * (len(head) - 1)])
    first, *others = (" | ".join(cells) for cells in (head, *rows))
    return "\n".join([f"| {first} |", f"|{rule}|", *(f"| {line} |" for line in others)])
