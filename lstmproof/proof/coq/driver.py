"""Theorems brought before Coq: theories compiled once, instances compiled beside them, then audited.

Nothing is believed that Coq's kernel has not accepted in this run or, under the digest of every text involved, in an
earlier one of this user. Coq takes longer to start and to look through the libraries under a theorem than to check
one, so that instances are compiled and audited in one file; if anything is wrong with that, in two, each with half of
them, and so on.
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
    printed,
    refused_word,
)
from lstmproof.proof.coq.cache import Cache
from lstmproof.proof.coq.library import compiled, digest_of, found_in, theories, theories_for, theory_order
from lstmproof.proof.coq.outcome import Checked, Instance
from lstmproof.proof.coq.tool import QUIET, Coq, installation, message, run
from lstmproof.proof.outcome import Unsettled

SECONDS = 120.0
"""The longest that Coq may take over one theorem."""
MORE = 5.0
"""Seconds that each further theorem beside it may take, before half of them are tried."""


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
        """New instances, brought before Coq together and, if that fails, by halves; those accepted are kept."""
        needed = {name for instance in instances for name in theories_for(instance.text)}
        folders = compiled(self.coq, self.kept, [name for name in theory_order() if name in needed])
        if isinstance(folders, Unsettled):
            return dict.fromkeys(instances, folders)
        together = self._accepted(instances, folders, seconds + MORE * (len(instances) - 1)) if instances else {}
        if not isinstance(together, Unsettled):
            return together
        if len(instances) == 1:
            return {instances[0]: together}
        middle = len(instances) // 2
        return {**self.settled(instances[:middle], seconds), **self.settled(instances[middle:], seconds)}

    def _key(self, instance: Instance) -> str:
        """Of all that a verdict on an instance depends on, the code that reaches it among that."""
        code = "".join(inspect.getsource(module) for module in _CODE)
        about = (instance.text, *instance.theorems, instance.statement)
        return caching.digest(self.coq.fingerprint, digest_of(theories_for(instance.text)), code, *about)

    def _accepted(
        self, instances: Sequence[Instance], folders: Sequence[Path], seconds: float
    ) -> Mapping[Instance, Checked] | Unsettled:
        """Compile instances, ask what they rest on, have their statements compared; keep what is accepted."""
        until = time.monotonic() + seconds
        with self.kept.workspace() as folder:
            for name, text in ((MODULE, bundle_text(instances)), ("audit", audit_text(instances))):
                (folder / f"{name}.v").write_text(text, encoding="utf-8")
                options = (*QUIET, *found_in(folders))
                ran = run(self.coq.compiler, [*options, f"{name}.v"], folder, max(until - time.monotonic(), 0.1))
                if ran.status != 0:
                    return Unsettled(("" if name == MODULE else f"{name}: ") + message(ran, seconds))
            accepted = _read(instances, folder)
        for instance, checked in accepted.items() if not isinstance(accepted, Unsettled) else ():
            self.kept.keep(self._key(instance), checked)
        return accepted


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
