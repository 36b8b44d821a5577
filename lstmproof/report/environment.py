"""Where a run took place: what a floating-point result may depend on."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import numpy as np

_CORE_NAMES = ("scipy_openblas_get_corename64_", "openblas_get_corename64_", "openblas_get_corename")
_PACKAGES = ("numpy", "sympy", "hypothesis", "python-flint", "click", "rich", "torch", "jax")


def environment() -> dict[str, Any]:
    """Python, NumPy, platform, the BLAS and the core that it was built or chosen for, and versions of packages."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "numpy": np.__version__,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "blas": blas(),
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def blas() -> dict[str, str]:
    """Name and version of NumPy's BLAS, and the core type whose kernels it runs (empty where it does not say)."""
    build: Mapping[str, Any] = dict(np.show_config(mode="dicts"))
    found = build.get("Build Dependencies", {}).get("blas", {})
    return {"name": str(found.get("name", "")), "version": str(found.get("version", "")), "core": _core()}


def _core() -> str:
    """OpenBLAS picks kernels by processor when it is loaded; sums round differently between them."""
    extension = find_spec("numpy.linalg._umath_linalg")
    if extension is None or extension.origin is None:
        return ""
    try:
        library = ctypes.CDLL(extension.origin)
    except OSError:
        return ""
    for name in _CORE_NAMES:
        function = getattr(library, name, None)
        if function is not None:
            function.restype = ctypes.c_char_p
            return (function() or b"").decode(errors="replace")
    return ""


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
