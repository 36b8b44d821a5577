"""How to come to the same results."""

from __future__ import annotations

import shlex

from lstmproof.document.blocks import Code, Line, Listing, Paragraph, Section
from lstmproof.study.study import Study


def reproducing_section(study: Study) -> Section:
    """The commands, and the digest of what they were run on."""
    target = shlex.quote(study.target)
    commands = [f"lstmproof verify {target} --examples {study.examples} --seed {study.seed}"]
    if study.anatomy is not None:
        commands += [
            f"lstmproof derive {target}",
            f"lstmproof derive {target} --flow truncated",
            f"lstmproof generate {target} -o {shlex.quote(study.name)}_kernel.py",
        ]
    commands.append(f"lstmproof report {target}")
    digest: Line = ("This report is of ", Code(study.derivation.file), ", ", Code(study.derivation.digest), ".")
    listing = Listing("\n".join(commands), "sh", "Commands")
    return Section("How to reproduce", "reproduce", (Paragraph(digest), listing, Paragraph((_SAME,))))


_SAME = (
    "The same commands give the same report on any machine: proofs are re-checked from certificates on file, "
    "counterexamples from networks on file, and nothing here is a measurement."
)
