"""Files of Coq for the tests of what compiles and audits them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import pytest

from lstmproof.proof.coq.outcome import Instance
from lstmproof.proof.coq.tool import Coq, installation

COQ = installation(os.environ.get("PATH"))
Test = TypeVar("Test", bound=Callable[..., None])

COQ_MARKS = [pytest.mark.coq, pytest.mark.skipif(not isinstance(COQ, Coq), reason="Coq is not installed")]
"""Of tests that need Coq: `pytest -m coq` runs them."""


def needs_coq(test: Test) -> Test:
    """Mark a test as one that needs Coq."""
    for mark in COQ_MARKS:
        test = mark(test)
    return test


HEAD = """\
From Coq Require Import Reals Lra.
Open Scope R_scope.
"""


def instance(body: str, statement: str = "1 = 1", theorems: tuple[str, ...] = ("found",)) -> Instance:
    """An instance whose file is `body` under the usual imports."""
    return Instance(HEAD + body, theorems, statement, "a statement")


HANGS = instance("Theorem found : 1 = 1.\nProof. do 1000000000 (repeat idtac). reflexivity. Qed.\n")
