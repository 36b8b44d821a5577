"""Theorems brought before Coq: theories compiled once, an instance compiled beside them, then audited.

Nothing is believed that Coq's kernel has not accepted in this run or, under the digest of every text involved, in an
earlier one of this user.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from lstmproof.proof.coq import audit
from lstmproof.proof.coq import cache as caching
from lstmproof.proof.coq.audit import (
    ASSUMPTIONS,
    REFUSED,
    STATEMENT,
    Refused,
    assumed,
    audit_text,
    printed,
    refused_word,
)
from lstmproof.proof.coq.cache import Cache
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.proof.coq.tool import Coq, installation, message, run
from lstmproof.proof.outcome import Unsettled

THEORIES = Path(__file__).parents[1] / "theories"
LIBRARY = "LstmProof"
"""The name under which instances require the theories."""

SECONDS = 120.0
"""The longest that Coq may take over one theorem."""
THEORY_SECONDS = 300.0
"""The longest that it may take over the theories, once for each version of them."""

MODULE = "instance"
"""What a file is called while it is compiled."""
QUIET = ("-q", "-noglob", "-w", "none")
"""No start-up file of the user's, no files beside the compiled one, no warnings."""


def check(instance: Instance, seconds: float = SECONDS) -> Checked | Unsettled:
    """The first theorem of an instance, if Coq accepts and audits all of it; else the reason, in Coq's words."""
    coq = installation(os.environ.get("PATH"))
    if isinstance(coq, Unsettled):
        return coq
    if word := refused_word(instance.text):
        return Unsettled(f"the file holds a word that no proof may hold: {word}")
    kept = caching.opened()
    if isinstance(kept, Unsettled):
        return kept
    needed = theories_for(instance.text)
    key = _key(coq, instance, needed)
    if found := kept.recall(key):
        return found
    compiled = compiled_theories(coq, kept, needed)
    if isinstance(compiled, Unsettled):
        return compiled
    checked = _checked(coq, kept, compiled, instance, seconds)
    if isinstance(checked, Checked):
        kept.keep(key, checked)
    return checked


@cache
def theories() -> Mapping[str, str]:
    """The theories as they come with the package: by file name, their text."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(THEORIES.glob("*.v"))}


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


def theories_digest(names: Sequence[str]) -> str:
    """Of some theories."""
    return caching.digest(*(part for name in names for part in (name, theories()[name])))


def _key(coq: Coq, instance: Instance, needed: Sequence[str]) -> str:
    """Of all that a verdict on an instance depends on, the code that reaches it among that."""
    code = "".join(inspect.getsource(module) for module in (audit, sys.modules[__name__]))
    about = (instance.text, *instance.theorems, instance.statement)
    return caching.digest(coq.fingerprint, theories_digest(needed), code, *about)


def compiled_theories(coq: Coq, kept: Cache, needed: Sequence[str]) -> Path | Unsettled:
    """The folder of some theories, compiled, in an order in which that can be; it appears when they are all there.

    Two processes may compile them at once; the first to be done is the one whose work stays.
    """
    target = kept.theories / caching.digest(coq.fingerprint, theories_digest(needed))
    if target.is_dir():
        return target
    with kept.workspace() as folder:
        for name in needed:
            text = theories()[name]
            if word := refused_word(text, REFUSED):
                return Unsettled(f"{name} holds a word that no proof may hold: {word}")
            (folder / name).write_text(text, encoding="utf-8")
        failed = _compile_all(coq, folder, needed)
        if failed:
            return Unsettled(f"the theories do not compile: {failed}")
        try:
            folder.rename(target)
        except OSError:
            if not target.is_dir():
                raise
    return target


def _compile_all(coq: Coq, folder: Path, names: Sequence[str]) -> str:
    """Compile theories in a folder, in order; return what went wrong."""
    until = time.monotonic() + THEORY_SECONDS
    for name in names:
        ran = run(coq.compiler, [*QUIET, "-Q", ".", LIBRARY, name], folder, max(until - time.monotonic(), 1))
        if ran.status != 0:
            return f"{name}: {message(ran, THEORY_SECONDS)}"
    return ""


def _checked(coq: Coq, kept: Cache, compiled: Path, instance: Instance, seconds: float) -> Checked | Unsettled:
    """Compile an instance, ask what it rests on, have its statement compared and printed."""
    library = (*QUIET, "-Q", str(compiled), LIBRARY)
    until = time.monotonic() + seconds
    with kept.workspace() as folder:
        for name, text in ((MODULE, instance.text), ("audit", audit_text(MODULE, instance))):
            (folder / f"{name}.v").write_text(text, encoding="utf-8")
            ran = run(coq.compiler, [*library, f"{name}.v"], folder, max(until - time.monotonic(), 0.1))
            if ran.status != 0:
                return Unsettled(("" if name == MODULE else f"{name}: ") + message(ran, seconds))
        answers = [(folder / f"{name}.out").read_text(encoding="utf-8") for name in (ASSUMPTIONS, STATEMENT)]
    try:
        return Checked(instance.theorems[0], printed(answers[1]), assumed(answers[0]))
    except Refused as reason:
        return Unsettled(str(reason))
