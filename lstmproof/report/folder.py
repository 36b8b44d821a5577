"""A folder of reports: which of its files are whose, what a run changes, and that nobody else's file is touched."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lstmproof.report import files
from lstmproof.report.files import OutputError

MANIFEST = "manifest.json"
_MAKER = "lstmproof report"

INDEX = ""
"""Stands in a manifest for the files that are of no one report."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of every report, by its key."""

    owned: Mapping[str, tuple[str, ...]]

    @property
    def every(self) -> frozenset[str]:
        """All files, the manifest itself among them."""
        return frozenset(name for names in self.owned.values() for name in names) | {MANIFEST}

    def text(self) -> str:
        """As it is written; the order does not depend on which report was made first."""
        owned = {key: sorted(self.owned[key]) for key in sorted(self.owned)}
        return json.dumps({"schema": 1, "made_by": _MAKER, "files": owned}, indent=1) + "\n"


def read(folder: Path) -> Manifest:
    """What `folder` holds; nothing if it is empty or not there.

    Raises:
        OutputError: it is no folder, or holds files and no manifest that this command has written.
    """
    if not folder.exists():
        return Manifest({})
    if not folder.is_dir():
        raise OutputError(f"{folder} is not a folder: choose another with -o")
    place = folder / MANIFEST
    if not place.is_file():
        if any(folder.iterdir()):
            raise OutputError(f"{folder} holds files and no {MANIFEST} of `{_MAKER}`: choose an empty folder with -o")
        return Manifest({})
    return Manifest(_owned(place))


def _owned(place: Path) -> dict[str, tuple[str, ...]]:
    unknown = OutputError(f"{place} is none that `{_MAKER}` has written: choose an empty folder with -o")
    try:
        content = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise unknown from None
    match content:
        case {"schema": 1, "made_by": made_by, "files": {**owned}} if made_by == _MAKER:
            found = {str(key): tuple(names) for key, names in owned.items() if isinstance(names, list)}
            if all(_is_inside(name) for names in found.values() for name in names):
                return found
    raise unknown


def _is_inside(name: object) -> bool:
    """Whether it names a file below the folder, in the only spelling in which this command writes it."""
    if not isinstance(name, str) or not name:
        return False
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and str(path) == name and "\\" not in name


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a file: `before` and `after` are its texts, None where there is no file."""

    name: str
    before: str | None
    after: str | None


def changes(folder: Path, made: Mapping[str, str], gone: Iterable[str]) -> Iterator[Change]:
    """Files that differ from what was made, and those that are no longer made, in the order of their names."""
    wanted: dict[str, str | None] = {**dict.fromkeys(gone), **made}
    for name in sorted(wanted):
        before = _text(folder / name)
        if before != wanted[name]:
            yield Change(name, before, wanted[name])


def _text(path: Path) -> str | None:
    """A file's text; what is no text differs from all that is made."""
    if not path.is_file():
        return None
    return path.read_bytes().decode("utf-8", errors="surrogateescape")


def check_owned(folder: Path, changed: Iterable[Change], known: Manifest) -> None:
    """Raise OutputError if a file would be replaced that someone else has written, or that is reached by a link."""
    for change in changed:
        if change.before is not None and change.name not in known.every:
            raise OutputError(f"{folder / change.name} exists and was not written by `{_MAKER}`: remove it first")
        place = folder / change.name
        within = Path(os.path.realpath(folder))
        if not Path(os.path.realpath(place)).is_relative_to(within):
            raise OutputError(f"{place} leads out of {folder}: remove the link first")


def apply(folder: Path, changed: Iterable[Change]) -> int:
    """Write and remove files, and folders that become empty; return how many files changed.

    Raises:
        OutputError: a file cannot be written.
    """
    number = 0
    for change in changed:
        place = folder / change.name
        try:
            if change.after is None:
                place.unlink(missing_ok=True)
                _prune(place.parent, folder)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                files.write(str(place), change.after)
        except OSError as error:
            raise OutputError(f"cannot write {place}: {error.strerror}") from None
        number += 1
    return number


def _prune(place: Path, top: Path) -> None:
    while place != top and not any(place.iterdir()):
        place.rmdir()
        place = place.parent


def differences(folder: Path, changed: Iterable[Change]) -> Iterator[str]:
    """The changes as a unified diff, line by line without line ends."""
    for change in changed:
        before, after = ((text or "").splitlines() for text in (change.before, change.after))
        old = "/dev/null" if change.before is None else str(folder / change.name)
        new = "/dev/null" if change.after is None else str(folder / change.name)
        yield from difflib.unified_diff(list(before), list(after), old, new, lineterm="")
