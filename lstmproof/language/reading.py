"""From a path to text: everything that can be wrong with a file before its first token is looked at."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from lstmproof.language.errors import SourceText, whole_file

MAX_BYTES = 1_000_000
"""Longest derivation file."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, characters that reorder what a reader sees, and halves of surrogate pairs."""

_EXPECTED = "a derivation file: Python text, UTF-8, at most 1 MB"


def read_source(path: str | Path) -> SourceText:
    """The text of the file at `path`.

    Raises:
        DerivationError: no such file, no regular file, unreadable, over 1 MB, not UTF-8, or with control characters.
    """
    file = str(path)
    return source_of(_decoded(file, _bytes_of(file)), file)


def source_of(text: str, file: str) -> SourceText:
    """`text` with its line ends as LF, checked for size and for characters that no source line should hold.

    Raises:
        DerivationError: over 1 MB, or with control characters.
    """
    if len(text) > MAX_BYTES or len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise _too_long(file)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    source = SourceText(file, text, tuple(text.split("\n")))
    if bad := _CONTROL.search(text):
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - (text.rfind("\n", 0, bad.start()) + 1) + 1
        what = "a NUL byte" if bad[0] == "\0" else f"the control character U+{ord(bad[0]):04X}"
        raise source.error_at(line, column, "not a text file", f"{what}", _EXPECTED, "remove the character")
    return source


def _bytes_of(file: str) -> bytes:
    """At most one byte more than the limit; never waits for a pipe or reads a device."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    if _is_directory(file):
        raise whole_file(file, "is a directory", "a directory", _EXPECTED, "name a file inside it")
    try:
        descriptor = os.open(file, flags)
    except FileNotFoundError:
        raise whole_file(file, "no such file", "nothing at this path", _EXPECTED, "check the spelling") from None
    except (OSError, ValueError) as failure:
        reason = getattr(failure, "strerror", None) or "not a possible path"
        raise whole_file(file, "cannot be opened", str(reason), _EXPECTED, "check the path and its rights") from None
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise whole_file(file, "not a file", "a pipe, socket or device", _EXPECTED, "save the text in a file")
        try:
            content = stream.read(MAX_BYTES + 1)
        except OSError as failure:
            reason = failure.strerror or "a read error"
            raise whole_file(
                file, "cannot be read", reason, _EXPECTED, "check the disk and the file's rights"
            ) from None
    if len(content) > MAX_BYTES:
        raise _too_long(file)
    return content


def _is_directory(file: str) -> bool:
    try:
        return Path(file).is_dir()
    except (OSError, ValueError):
        return False


def _too_long(file: str) -> Exception:
    return whole_file(file, "longer than 1 MB", "more than 1,000,000 bytes", _EXPECTED, "split it into several files")


def _decoded(file: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as failure:
        found = f"byte 0x{content[failure.start]:02x} at offset {failure.start}"
        raise whole_file(file, "not UTF-8 text", found, _EXPECTED, "save the file with the encoding UTF-8") from None
