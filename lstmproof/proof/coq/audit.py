"""What theorems of Coq rest on: the audit of a compiled bundle, and words that no file may hold.

Coq compiles a file that assumes False without a complaint. So every theorem is asked, from another file, what it rests
on, and the answer must be a list of known axioms, by name and by type; an answer of any other form is refused.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate

from lstmproof.proof.coq.outcome import Instance

REALS: Mapping[str, str] = {
    "ClassicalDedekindReals.sig_not_dec": "forall P : Prop, {~ ~ P} + {~ P}",
    "ClassicalDedekindReals.sig_forall_dec": (
        "forall P : nat -> Prop, (forall n : nat, {P n} + {~ P n}) -> {n : nat | ~ P n} + {forall n : nat, P n}"
    ),
    "FunctionalExtensionality.functional_extensionality_dep": (
        "forall (A : Type) (B : A -> Type) (f g : forall x : A, B x), (forall x : A, f x = g x) -> f = g"
    ),
    "Classical_Prop.classic": r"forall P : Prop, P \/ ~ P",
}
"""The axioms of Coq's real numbers, as Coq prints them. None is of the machine's integers or floats."""

REFUSED = (
    *("Admitted", "admit", "Admit", "give_up", "Axiom", "Axioms", "Parameter", "Parameters", "Conjecture"),
    *("Declare", "Unset", "bypass_check", "Load", "LoadPath", "Redirect", "Extraction", "Drop", "Cd"),
    *("Primitive", "Register", "vm_cast_no_check", "native_cast_no_check", "exact_no_check", "change_no_check"),
)
"""Words that assume, switch a check off, or reach out of the file."""

NOTATIONS = ("Notation", "Infix", "Coercion", "Canonical", "Reserved", "Hint", "Instance", "Global")
"""Words that change how a statement reads, or what proofs beside it find: only the theories may use them."""


def refused_word(text: str, words: Sequence[str] = (*REFUSED, *NOTATIONS)) -> str:
    r"""The first word of a file that is refused, wherever it stands, with its line; empty if there is none.

    >>> refused_word("Lemma admit_one : True.")
    ''
    >>> refused_word("Proof.\nadmit. Admitted.")
    'line 2: admit'
    """
    found = re.search(rf"(?<![\w'])({'|'.join(words)})(?![\w'])", text)
    return f"line {text.count(chr(10), 0, found.start()) + 1}: {found[1]}" if found else ""


MODULE = "bundle"
"""What the file is called in which instances are compiled together."""
ASSUMPTIONS, STATEMENT = "assumptions", "statement"
"""Files, with the ending `.out`, in which Coq answers what theorems rest on, and what the first of an instance says."""


def bundle_text(instances: Sequence[Instance]) -> str:
    """The file in which instances are compiled, each a module of its own; lines of the first keep their numbers."""
    named = zip(parts(instances), instances, strict=True)
    return "\n".join(f"Module {part}. {instance.text}\nEnd {part}.\n" for part, instance in named)


def place_of(line: int, instances: Sequence[Instance]) -> int:
    """The place of the instance in whose module a line of their bundle is."""
    ends = accumulate(instance.text.count("\n") + 3 for instance in instances)
    return min(bisect_left(list(ends), line), len(instances) - 1)


def parts(instances: Sequence[Instance]) -> list[str]:
    """The module of each instance in a bundle. No instance can name another's: the names are drawn from all texts."""
    known = hashlib.sha256("\0".join(instance.text for instance in instances).encode()).hexdigest()[:16]
    return [f"Part{place}_{known}" for place in range(len(instances))]


def audit_text(instances: Sequence[Instance]) -> str:
    """A file that asks what the theorems of instances, compiled as a bundle, rest on, and what the first of each says.

    The first question is asked while none of the bundle's names and notations is in force. Then Coq compares each
    theorem with the statement of its instance, in the scope of the instance's own imports.
    """
    modules = [f"{MODULE}.{part}" for part in parts(instances)]
    named = tuple(zip(modules, instances, strict=True))
    every = " ".join(f"let _ := @{module}.{name} in" for module, instance in named for name in instance.theorems)
    return "\n".join(
        (
            f"Require {MODULE}.",
            f"Definition audited : True := {every} I.",
            "Set Printing Width 100000.",
            f'Redirect "{ASSUMPTIONS}" Print Assumptions audited.',
            "Set Printing Width 74. Set Printing Depth 1000000.",
            *(_comparison(place, *each) for place, each in enumerate(named)),
            "",
        )
    )


def _comparison(place: int, module: str, instance: Instance) -> str:
    """Lines in which Coq compares the first theorem of an instance with its statement, and prints it."""
    theorem = f"@{module}.{instance.theorems[0]}"
    return "\n".join(
        (
            f"Module Compared{place}.",
            *_IMPORT.findall(instance.text),
            f"Import {module}.",
            f"Definition stated : ({instance.statement}) := {theorem}.",
            f'Redirect "{STATEMENT}{place}" Check {theorem}.',
            f"End Compared{place}.",
        )
    )


_IMPORT = re.compile(
    r"^(?:(?:From \S+ )?Require|Import|Open Scope|Local Open Scope)\b[^.]*(?:\.\w[^.]*)*\.(?=\s|$)", re.MULTILINE
)
"""Sentences at the start of a line that bring other files' names and notations into force."""


def printed(answer: str) -> str:
    r"""The statement in an answer of `Check`, its lines moved to the margin.

    >>> printed("a.t\n     : forall n : nat,\n       n = n\n")
    'forall n : nat,\n  n = n'
    """
    statement = answer.partition(" : ")[2].rstrip()
    return "\n".join(line.removeprefix("     ") for line in statement.splitlines())


CLOSED = "Closed under the global context"


class Refused(ValueError):
    """What a theorem rests on is not what it may rest on."""


def assumed(answer: str) -> tuple[str, ...]:
    r"""The axioms in an answer of `Print Assumptions`.

    Raises:
        Refused: one of them is none of `REALS`, or the answer is of another form.

    >>> assumed("Axioms:\nClassical_Prop.classic : forall P : Prop, P \\/ ~ P\n")
    ('Classical_Prop.classic',)
    """
    if answer.strip() == CLOSED:
        return ()
    head, *lines = answer.rstrip().splitlines() or [""]
    if head != "Axioms:" or not lines:
        raise Refused(f"Coq's answer on assumptions is not understood: {' '.join(answer.split())[:200]}")
    found = []
    for entry in re.split(r"\n(?=\S)", "\n".join(lines)):
        name, _, kind = " ".join(entry.split()).partition(" : ")
        if REALS.get(name) != kind:
            raise Refused(f"it rests on {' '.join(entry.split())}, which is no axiom of the real numbers")
        found.append(name)
    return tuple(sorted(found))
