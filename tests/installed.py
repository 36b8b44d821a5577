"""The checkout under the name of an installation, for commands in processes of their own.

Hypothesis parses every module that it takes for its user's own, those outside a folder named `site-packages`, for
numbers worth trying: more than a second in each process that draws a case, and none of these numbers is ever drawn.
"""

from __future__ import annotations

import atexit
import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]


@cache
def packages() -> Path:
    """A folder `site-packages` that is a link to the checkout, as long as this process lasts."""
    if os.name == "nt":
        return ROOT  # not everyone may make a link
    folder = TemporaryDirectory(prefix="installed-")
    atexit.register(folder.cleanup)
    link = Path(folder.name) / "site-packages"
    link.symlink_to(ROOT, target_is_directory=True)
    return link
