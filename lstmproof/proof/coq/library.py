"""The project's theories: each compiled once for each version of it and of what it requires, and kept."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from threading import Event

from lstmproof.proof.coq.audit import REFUSED, refused_word
from lstmproof.proof.coq.cache import Cache, digest
from lstmproof.proof.coq.tool import QUIET, Coq, message, run
from lstmproof.proof.outcome import Unsettled

FOLDER = Path(__file__).parents[1] / "theories"
LIBRARY = "LstmProof"
"""The name under which instances require the theories."""

SECONDS = 300.0
"""The longest that Coq may take over one theory."""


@cache
def theories() -> Mapping[str, str]:
    """The theories as they come with the package: by file name, their text."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.v"))}


@cache
def theory_order() -> tuple[str, ...]:
    """Names of the theories, each after those that it requires."""
    required = {name: required_theories(text) for name, text in theories().items()}
    return tuple(TopologicalSorter(required).static_order())


def theories_for(text: str) -> tuple[str, ...]:
    """Names of the theories that a file rests on, each after those that it requires."""
    pending, found = required_theories(text), set[str]()
    while pending:
        name = pending.pop()
        if name in theories() and name not in found:
            found.add(name)
            pending += required_theories(theories()[name])
    return tuple(name for name in theory_order() if name in found)


def required_theories(text: str) -> list[str]:
    r"""Names of the theories that a file requires.

    >>> required_theories("From Coq Require Import Reals.\nFrom LstmProof Require Import Sums Functions.\n")
    ['Functions.v', 'Sums.v']
    """
    sentences = re.findall(rf"^From {LIBRARY} Require (?:Import |Export )?([^.]*)\.", text, re.MULTILINE)
    return sorted({f"{name}.v" for sentence in sentences for name in sentence.split()})


def digest_of(names: Sequence[str]) -> str:
    """Of the texts of some theories."""
    return digest(*(part for name in names for part in (name, theories()[name])))


def compiled(coq: Coq, kept: Cache, names: Sequence[str]) -> tuple[Path, ...] | Unsettled:
    """The folders that hold some theories, compiled; `names` has each after those that it requires.

    Each is compiled as soon as what it requires is there, whatever else is being compiled.
    """
    made: dict[str, Future[str]] = {}
    stopped = Event()
    pool = ThreadPoolExecutor(max_workers=max(1, len(names)))  # threads for all: most of them wait
    try:
        for name in names:
            required = [made[each] for each in theories_for(theories()[name]) if each in made]
            made[name] = pool.submit(_compile_after, required, coq, kept, name, stopped)
        reasons = [made[name].result() for name in names]
    finally:
        stopped.set()
        pool.shutdown(cancel_futures=True)
    failed = next(filter(None, reasons), "")
    return Unsettled(failed) if failed else tuple(_folder(coq, kept, name) for name in names)


def _compile_after(required: Sequence[Future[str]], coq: Coq, kept: Cache, name: str, stopped: Event) -> str:
    """Compile a theory once those that it requires are compiled; return what went wrong, with one of them perhaps."""
    failed = next(filter(None, (each.result() for each in required)), "")
    return failed or _compile(coq, kept, name, stopped)


def _folder(coq: Coq, kept: Cache, name: str) -> Path:
    """Where a theory is kept: under a digest of all that its compiled form depends on."""
    needed = (*theories_for(theories()[name]), name)
    return kept.theories / digest(coq.fingerprint, *QUIET, digest_of(needed))


def _is_there(folder: Path, name: str) -> bool:
    return (folder / name).with_suffix(".vo").is_file()


def _compile(coq: Coq, kept: Cache, name: str, stopped: Event) -> str:
    """Compile a theory that is not there, unless another process does just then; return what went wrong.

    Its folder appears when it is compiled.
    """
    text, target = theories()[name], _folder(coq, kept, name)
    if word := refused_word(text, REFUSED):
        return f"{name} holds a word that no proof may hold: {word}"
    if _is_there(target, name):
        return ""
    below = [_folder(coq, kept, each) for each in theories_for(text)]
    with kept.alone(target.name):
        if _is_there(target, name):
            return ""
        shutil.rmtree(target, ignore_errors=True)
        with kept.workspace() as folder:
            (folder / name).write_text(text, encoding="utf-8")
            ran = run(coq.compiler, [*QUIET, *found_in((*below, Path())), name], folder, SECONDS, stopped)
            if ran.status != 0:
                return f"the theories do not compile: {name}: {message(ran, SECONDS)}"
            folder.rename(target)
    return ""


def found_in(folders: Iterable[Path]) -> list[str]:
    """Options that let Coq find the theories in some folders."""
    return [part for folder in folders for part in ("-Q", str(folder), LIBRARY)]
