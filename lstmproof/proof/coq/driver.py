"""Theorems brought before Coq: theories compiled once, instances compiled beside them, then audited.

Nothing is believed that Coq's kernel has not accepted in this run or, under the digest of every text involved, in an
earlier one of this user. Coq takes longer to start and to look through the libraries under a theorem than to check
one, so that instances are compiled and audited in one file; if anything is wrong with that, in several: the one at
which Coq stopped by itself, or halves where that is not known.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lstmproof.proof.coq import audit, library, outcome, tool
from lstmproof.proof.coq import cache as caching
from lstmproof.proof.coq.audit import (
    ASSUMPTIONS,
    MODULE,
    STATEMENT,
    Refused,
    assumed,
    audit_text,
    bundle_text,
    place_of,
    printed,
    refused_word,
)
from lstmproof.proof.coq.cache import Cache
from lstmproof.proof.coq.library import compiled, digest_of, found_in, theories, theories_for, theory_order
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.proof.coq.tool import QUIET, Coq, installation, line_of, message, run
from lstmproof.proof.outcome import Unsettled

SECONDS = 120.0
"""The longest that Coq may take over one theorem."""
SEVERAL, MORE = 30.0, 5.0
"""What several may take together: so much, and so much more for each of them, before they are tried in parts. It is
little, because one that hangs holds up all others until it is found."""


def check(instance: Instance, seconds: float = SECONDS) -> Checked | Unsettled:
    """The first theorem of an instance, if Coq accepts and audits all of it; else the reason, in Coq's words."""
    return check_all([instance], seconds)[instance]


def check_all(instances: Iterable[Instance], seconds: float = SECONDS) -> Mapping[Instance, Checked | Unsettled]:
    """What `check` says of each instance."""
    every = tuple(dict.fromkeys(instances))
    coq = installation(os.environ.get("PATH")) if every else Unsettled("")
    if isinstance(coq, Unsettled):
        return dict.fromkeys(every, coq)
    kept = caching.opened()
    if isinstance(kept, Unsettled):
        return dict.fromkeys(every, kept)
    workshop = _Workshop(coq, kept)
    try:
        known = {instance: _refused(instance) or workshop.recall(instance) for instance in every}
        found = {instance: verdict for instance, verdict in known.items() if verdict is not None}
        return {**found, **workshop.settled([instance for instance in every if instance not in found], seconds)}
    except OSError as error:
        return dict.fromkeys(every, caching.unwritable(kept, error))


def _refused(instance: Instance) -> Unsettled | None:
    """Why an instance is not even brought before Coq."""
    if word := refused_word(instance.text):
        return Unsettled(f"the file holds a word that no proof may hold: {word}")
    required = theories_for(instance.text)
    for name in theories():
        if name not in required and re.search(rf"\b{Path(name).stem}\.\w", instance.text):
            return Unsettled(f"the file uses {name} and does not require it")
    return None


@dataclass(frozen=True, slots=True)
class _Workshop:
    """Coq on this machine, and what it accepted before."""

    coq: Coq
    kept: Cache

    def recall(self, instance: Instance) -> Checked | None:
        """What was accepted before."""
        return self.kept.recall(self._key(instance))

    def settled(self, instances: Sequence[Instance], seconds: float) -> Mapping[Instance, Checked | Unsettled]:
        """New instances, brought before Coq together and, if that fails, in parts; those accepted are kept."""
        if not instances:
            return {}
        needed = {name for instance in instances for name in theories_for(instance.text)}
        folders = compiled(self.coq, self.kept, [name for name in theory_order() if name in needed])
        if isinstance(folders, Unsettled):
            alike = _by_theories(instances)
            return dict.fromkeys(instances, folders) if len(alike) == 1 else self._in_parts(alike, seconds)
        limit = seconds if len(instances) == 1 else min(seconds, SEVERAL) + MORE * len(instances)
        together = self._accepted(instances, folders, limit)
        if not isinstance(together, _Rejected):
            return together
        if len(instances) == 1:
            return {instances[0]: together.reason}
        return self._in_parts(_split(instances, together.place), seconds)

    def _in_parts(self, parts: Iterable[Sequence[Instance]], seconds: float) -> Mapping[Instance, Checked | Unsettled]:
        return {instance: found for part in parts for instance, found in self.settled(part, seconds).items()}

    def _key(self, instance: Instance) -> str:
        """Of all that a verdict on an instance depends on, the code that reaches it among that."""
        code = "".join(inspect.getsource(module) for module in _CODE)
        about = (instance.text, *instance.theorems, instance.statement)
        return caching.digest(self.coq.fingerprint, digest_of(theories_for(instance.text)), code, *about)

    def _accepted(
        self, instances: Sequence[Instance], folders: Sequence[Path], seconds: float
    ) -> Mapping[Instance, Checked] | _Rejected:
        """Compile instances, ask what they rest on, have their statements compared; keep what is accepted."""
        until = time.monotonic() + seconds
        with self.kept.workspace() as folder:
            for name, text in ((MODULE, bundle_text(instances)), ("audit", audit_text(instances))):
                (folder / f"{name}.v").write_text(text, encoding="utf-8")
                options = (*QUIET, *found_in(folders))
                ran = run(self.coq.compiler, [*options, f"{name}.v"], folder, max(until - time.monotonic(), 0.1))
                if ran.status != 0:
                    reason = Unsettled(("" if name == MODULE else f"{name}: ") + message(ran, seconds))
                    line = line_of(ran) if name == MODULE else None
                    return _Rejected(reason, None if line is None else place_of(line, instances))
            accepted = _read(instances, folder)
        if isinstance(accepted, Unsettled):
            return _Rejected(accepted)
        for instance, checked in accepted.items():
            self.kept.keep(self._key(instance), checked)
        return accepted


@dataclass(frozen=True, slots=True)
class _Rejected:
    """Why instances are not accepted together, and the place of the one at which Coq stopped, if it names a line."""

    reason: Unsettled
    place: int | None = None


def _split(instances: Sequence[Instance], place: int | None) -> list[Sequence[Instance]]:
    """Those before an instance that fails, itself and those after; halves if none is known to fail."""
    if place is None:
        middle = len(instances) // 2
        return [instances[:middle], instances[middle:]]
    return [instances[:place], instances[place : place + 1], instances[place + 1 :]]


def _by_theories(instances: Sequence[Instance]) -> list[Sequence[Instance]]:
    """Instances that require the same theories together."""
    alike: dict[tuple[str, ...], list[Instance]] = {}
    for instance in instances:
        alike.setdefault(theories_for(instance.text), []).append(instance)
    return list(alike.values())


def _read(instances: Sequence[Instance], folder: Path) -> Mapping[Instance, Checked] | Unsettled:
    """Coq's answers to an audit."""

    def answer(name: str) -> str:
        return (folder / f"{name}.out").read_text(encoding="utf-8")

    try:
        assumed(answer(ASSUMPTIONS))
    except Refused as reason:
        return Unsettled(str(reason))
    return {
        instance: Checked(instance.theorems[0], printed(answer(f"{STATEMENT}{place}")))
        for place, instance in enumerate(instances)
    }


_CODE = (audit, caching, library, outcome, tool, sys.modules[__name__])
"""Modules whose code decides what is accepted and what is kept of it."""
