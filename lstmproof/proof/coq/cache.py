"""Compiled theories and audited theorems, kept from run to run under digests of all that they were made from."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

if sys.platform != "win32":  # where Coq is run
    import fcntl

from lstmproof.proof.coq.outcome import Checked
from lstmproof.proof.outcome import Unsettled

VARIABLE = "LSTMPROOF_CACHE"
"""The environment variable that names the folder."""

FORGOTTEN = 3600.0
"""Seconds after which a folder of a run that did not end is removed."""


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder that the user alone can write to: what lies in it is believed."""

    folder: Path

    @property
    def theories(self) -> Path:
        return self.folder / "theories"

    @property
    def theorems(self) -> Path:
        return self.folder / "theorems"

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def recall(self, key: str) -> Checked | None:
        """The theorem kept under `key`; None if there is none, or what is there is damaged."""
        try:
            kept = json.loads((self.theorems / f"{key}.json").read_text(encoding="utf-8"))
            if kept["key"] != key:
                return None
            return Checked(str(kept["theorem"]), str(kept["statement"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, key: str, checked: Checked) -> None:
        """Keep a theorem under `key`."""
        text = json.dumps({"key": key, **asdict(checked)}, indent=1)
        with self.workspace() as folder:
            part = folder / "theorem.json"
            part.write_text(text, encoding="utf-8")
            part.replace(self.theorems / f"{key}.json")

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A folder for one piece of work, which is gone afterwards."""
        folder = Path(tempfile.mkdtemp(dir=self.work))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Wait until no other process or thread is here for the theory of that name, and keep others out."""
        with (self.theories / f"{name}.lock").open("w") as held:
            if sys.platform != "win32":
                fcntl.flock(held, fcntl.LOCK_EX)
            yield


def opened() -> Cache | Unsettled:
    """The cache of this user, made if it is not there, or why there can be none."""
    cache = Cache(_folder())
    try:
        for each in (cache.theories, cache.theorems, cache.work):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
        for each in (cache.folder, cache.theories, cache.theorems, cache.work):
            if stranger := _stranger(each):
                return Unsettled(f"{each} {stranger}: set {VARIABLE} to a folder that only you can write to")
        _sweep(cache.work)
    except OSError as error:
        return unwritable(cache, error)
    return cache


def unwritable(cache: Cache, error: OSError) -> Unsettled:
    """What to do about a cache that cannot be used."""
    return Unsettled(f"cannot write to {cache.folder}: {error.strerror}; set {VARIABLE} to another folder")


def _folder() -> Path:
    """The folder for Coq in the user's cache."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).absolute() / "coq"
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path("~/.cache").expanduser()) / "lstmproof" / "coq"


def _stranger(folder: Path) -> str:
    """Why another user could have put something into a folder; empty if none can have."""
    found = folder.stat()
    if found.st_uid != os.getuid():
        return "is another user's"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "can be written to by others"
    return ""


def _sweep(work: Path) -> None:
    """Remove what runs left that were killed."""
    for folder in work.iterdir():
        try:
            old = time.time() - folder.stat().st_mtime > FORGOTTEN
        except FileNotFoundError:
            continue
        if old:
            shutil.rmtree(folder, ignore_errors=True)


def digest(*parts: str) -> str:
    """One digest of several texts; no two lists of texts share theirs."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
