"""Proofs of statements with the script that decides their facts again, where there is one."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterator, Sequence

from lstmproof.language.formula import Compare
from lstmproof.program.expr import Apply, Number, walk
from lstmproof.proof.outcome import Proof
from lstmproof.proof.replay.evidence import Evidence, Heading, script
from lstmproof.proof.replay.forms import NO_SCRIPT
from lstmproof.proof.replay.formulas import Formulas, Group, new_symbols


def with_evidence(said: Heading, evidence: Evidence | None) -> Proof:
    """A proof with the script of its evidence and the line that runs it, if there is any."""
    if evidence is None:
        return Proof("symbolic", said.reading)
    name = file_name(said.subject, said.id)
    return Proof("symbolic", said.reading, {name: script(said, evidence)}, recheck(name))


def recheck(name: str) -> str:
    """The line that runs a script.

    >>> recheck("lstm.claim.small.py")
    'python -I lstm.claim.small.py'
    """
    return f"python -I {shlex.quote(name)}"


def file_name(subject: str, result: str) -> str:
    """What a script is called.

    >>> file_name("lstm", "finding.memory_c"), file_name("my claims", "claim.small")
    ('lstm.finding.memory_c.py', 'my_claims.claim.small_28c1.py')
    """
    plain = f"{subject}.{result}"
    slug = re.sub(r"[^A-Za-z0-9_.-]", "_", plain)
    return f"{slug}.py" if slug == plain else f"{slug}_{hashlib.sha256(plain.encode()).hexdigest()[:4]}.py"


def evidence_of(groups: Sequence[Group]) -> Evidence | None:
    """What comparisons rest on, group by group; None if a part of it has no form in a script."""
    symbols, written = new_symbols(), set[str]()
    try:
        entries = [entry for group in groups for entry in Formulas(group, symbols, written).write()]
    except NO_SCRIPT:
        return None
    return Evidence(tuple(entries), tuple(dict.fromkeys(remark for group in groups for remark in _remarks(group))))


def _remarks(group: Group) -> Iterator[str]:
    """The steps of the argument that no script takes."""
    for each in group.compared:
        spoken = _words(each.of)
        reduced = _reach(each.of) > 1 >= _reach(each.formula)
        if reduced and "norm" in spoken:
            yield "The norm of a product is at most the product of norms: what is shown of one step holds over several."
        elif reduced:
            yield "A factor over several steps is the product of one-step factors: each is >= 0, and so is the bound."
        if {"norm", "jacobian"} <= spoken:
            yield "Entries own delta_ij + a W_ij of a row add up to at most |own| + |a| norm(W), in absolute value."
        if "abs" in spoken:
            yield "Where |a| is to be less than b, a < b and -a < b are shown."
    if group.meaning.values is not None and group.ranges:
        yield "What is assumed of a value at every step is put in at every step that the statement looks at."


def _applied(formula: Compare) -> Iterator[Apply]:
    for side in (formula.left, formula.right):
        yield from (part for part in walk(side) if isinstance(part, Apply))


def _words(formula: Compare) -> set[str]:
    return {part.function for part in _applied(formula)}


def _reach(formula: Compare) -> int:
    """The largest lag."""
    lags = [part.arguments[-1] for part in _applied(formula) if part.function in ("carousel", "jacobian")]
    return max((int(lag.value) for lag in lags if isinstance(lag, Number)), default=1)
