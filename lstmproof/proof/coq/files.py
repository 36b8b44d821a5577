"""A theorem as results have it: its statement and axioms, and files that Coq re-checks without lstmproof."""

from __future__ import annotations

import hashlib
import re
import shlex
from typing import Any

from lstmproof.proof.coq.accepted import identity
from lstmproof.proof.coq.audit import REALS
from lstmproof.proof.coq.library import LIBRARY, theories, theories_for
from lstmproof.proof.coq.outcome import Checked, Instance


def formal(instance: Instance, checked: Checked) -> dict[str, Any]:
    """A theorem in words, as Coq prints it, and the axioms beyond which it rests on nothing."""
    return {
        "method": "coq",
        "reading": instance.reading,
        "theorem": checked.theorem,
        "statement": checked.statement,
        "axioms": sorted(REALS),
        "digest": identity(instance),
    }


def file_name(subject: str, result: str) -> str:
    """What the file of a theorem is called, without its ending: Coq wants an identifier.

    >>> file_name("lstm", "law.gradient"), file_name("my-claims", "claim.small")
    ('lstm__law_gradient', 'my_claims__claim_small_d710')
    """
    plain = f"{subject}__{result.replace('.', '_')}"
    slug = re.sub(r"[^A-Za-z0-9_]", "_", plain)
    slug = slug if slug[0].isalpha() else f"v_{slug}"
    return slug if slug == plain else f"{slug}_{hashlib.sha256(plain.encode()).hexdigest()[:4]}"


def proof_files(name: str, instance: Instance) -> dict[str, str]:
    """By file name: the theorem, which also prints what it rests on, and the theories that it requires."""
    asks = "\n".join(f"Print Assumptions {theorem}." for theorem in instance.theorems)
    return {
        f"{name}.v": f"{instance.text.rstrip()}\n\n{asks}\n",
        **{each: theories()[each] for each in theories_for(instance.text)},
    }


def recheck(name: str, instance: Instance) -> str:
    """The line that compiles a saved theorem in its folder and prints the axioms under it."""
    files = " ".join(map(shlex.quote, (*theories_for(instance.text), f"{name}.v")))
    return f'for file in {files}; do coqc -Q . {LIBRARY} "$file" || break; done'
