"""The project's theories: each compiled once for each version of it and of what it requires, and kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from lstmproof.proof.coq.audit import REFUSED, refused_word
from lstmproof.proof.coq.cache import Cache, digest
from lstmproof.proof.coq.tool import QUIET, Coq, message, run
from lstmproof.proof.outcome import Unsettled

FOLDER = Path(__file__).parents[1] / "theories"
LIBRARY = "LstmProof"
"""The name under which instances require the theories."""

SECONDS = 300.0
"""The longest that Coq may take over one theory."""

AT_ONCE = 2
"""How many theories are compiled at the same time."""


@cache
def theories() -> Mapping[str, str]:
    """The theories as they come with the package: by file name, their text."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.v"))}


@cache
def theory_order() -> tuple[str, ...]:
    """Names of the theories, each after those that it requires."""
    return tuple(_sorter(theories()).static_order())


def _sorter(names: Iterable[str]) -> TopologicalSorter[str]:
    """Some theories and those that each requires."""
    return TopologicalSorter({name: required_theories(theories()[name]) for name in names})


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
    """The folders that hold some theories, compiled; with each theory, `names` has those that it requires.

    Those that are not there yet are compiled, a few at a time, in an order in which that can be.
    """
    folders = {name: _folder(coq, kept, name) for name in names}
    if all(folder.is_dir() for folder in folders.values()):
        return tuple(folders.values())
    sorter = _sorter(names)
    sorter.prepare()
    pending: dict[Future[str], str] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while sorter.is_active():
            for name in sorter.get_ready():
                below = [_folder(coq, kept, each) for each in theories_for(theories()[name])]
                pending[pool.submit(_compile, coq, kept, name, below)] = name
            for done in wait(pending, return_when=FIRST_COMPLETED).done:
                name = pending.pop(done)
                if reason := done.result():
                    return Unsettled(reason)
                sorter.done(name)
    return tuple(folders.values())


def _folder(coq: Coq, kept: Cache, name: str) -> Path:
    """Where a theory is kept: under a digest of all that its compiled form depends on."""
    needed = (*theories_for(theories()[name]), name)
    return kept.theories / digest(coq.fingerprint, digest_of(needed))


def _compile(coq: Coq, kept: Cache, name: str, below: Sequence[Path]) -> str:
    """Compile one theory, unless another process does just then; return what went wrong.

    Its folder appears when it is compiled.
    """
    text, target = theories()[name], _folder(coq, kept, name)
    if word := refused_word(text, REFUSED):
        return f"{name} holds a word that no proof may hold: {word}"
    with kept.alone(target.name):
        if target.is_dir():
            return ""
        with kept.workspace() as folder:
            (folder / name).write_text(text, encoding="utf-8")
            ran = run(coq.compiler, [*QUIET, *found_in((*below, Path())), name], folder, SECONDS)
            if ran.status != 0:
                return f"the theories do not compile: {name}: {message(ran, SECONDS)}"
            folder.rename(target)
    return ""


def found_in(folders: Iterable[Path]) -> list[str]:
    """Options that let Coq find the theories in some folders."""
    return [part for folder in folders for part in ("-Q", str(folder), LIBRARY)]
