"""Examining one cell: a law or a statement at a time, in any order, over cases that are made once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, partial

from lstmproof.language.definition import Definition
from lstmproof.verdict import Result
from lstmproof.verify.attempt import Failure, attempt
from lstmproof.verify.case import Kernels
from lstmproof.verify.examine import Request, Suite, decide, suite
from lstmproof.verify.gradient import FLOW_OF, FLOW_STATEMENTS
from lstmproof.verify.laws.every import LAWS, SYMBOLIC_ID
from lstmproof.verify.laws.exactness import STATEMENT, decide_symbolic
from lstmproof.verify.laws.law import Law
from lstmproof.verify.statements import blank, decide_claim, replay
from lstmproof.verify.subject import Subject

LAW_IDS = (SYMBOLIC_ID, *(law.id for law in LAWS))
"""Ids of all laws but the theorems, which come after them, in the order of results."""

_TOLD = (
    {SYMBOLIC_ID: (STATEMENT, "symbolic")}
    | {law.id: (law.statement, law.method) for law in LAWS}
    | {law: (FLOW_STATEMENTS[flow], "coq") for law, flow in FLOW_OF.items()}
)
"""Statement and method of every law by id."""


@dataclass(frozen=True, slots=True)
class Absent:
    """A law that does not apply."""

    law: str
    reason: str
    optional: bool = False
    """Whether it was left out because it needs packages that are optional."""


@dataclass(frozen=True, eq=False)
class Examination:
    """What is examined of one subject, and by how many examples of which seed.

    The first law that needs cases makes them; they are kept, with all that laws compute of them, as long as this is.
    An unexpected error makes its own result undecided, and no other.
    """

    subject: Subject
    request: Request

    @property
    def _definition(self) -> Definition:
        assert self.subject.definition is not None, "laws are of cells"
        return self.subject.definition

    @cached_property
    def _cases(self) -> Suite | Failure:
        return attempt(lambda: suite(self._definition, self.request, Kernels(self._definition)))

    def of(self, name: str) -> Result | Absent:
        """The result of a law, claim or myth by id; of a law that does not apply, why. Theorems are left to Coq."""
        if name not in _TOLD:
            claim = next(claim for claim in self.subject.claims if claim.id == name)
            return settled(attempt(partial(decide_claim, self.subject, claim, self.request)), self.before(name))
        if name == SYMBOLIC_ID:
            before = self.before(name)
            return settled(attempt(partial(decide_symbolic, self._definition, before.replay)), before)
        if name in FLOW_OF:
            return self.before(name)
        return self._law(next(law for law in LAWS if law.id == name))

    def _law(self, law: Law) -> Result | Absent:
        if law.optional and not self.request.optional:
            return Absent(law.id, "it needs packages that are optional", optional=True)
        reason = attempt(partial(law.absent, self._definition))
        if isinstance(reason, Failure):
            return settled(reason, self.before(law.id))
        if reason:
            return Absent(law.id, reason)
        cases = self._cases
        found = cases if isinstance(cases, Failure) else attempt(partial(self._decided, law, cases))
        return settled(found, self.before(law.id))

    def _decided(self, law: Law, cases: Suite) -> Result:
        return decide(self._definition, law, self.request, cases)

    def before(self, name: str) -> Result:
        """A law, claim or myth before it is looked at: undecided."""
        if name in _TOLD:
            definition, (statement, method) = self._definition, _TOLD[name]
            again = self.request.replay(definition, name)
            return Result(name, "law", definition.line, statement, "undecided", method, replay=again)
        claim = next(claim for claim in self.subject.claims if claim.id == name)
        return replace(blank(claim), replay=replay(self.subject, claim, self.request))


def settled(found: Result | Failure, before: Result) -> Result:
    """What was found; of what this project failed to examine, that it is undecided."""
    if isinstance(found, Failure):
        return replace(before, verdict="undecided", reason=found.reason, traceback=found.traceback)
    return found


def absent(definition: Definition) -> dict[str, str]:
    """The laws that do not apply to a cell by id, with the reason; those of which that cannot be said are left out."""
    reasons = {law.id: attempt(partial(law.absent, definition)) for law in LAWS}
    return {law: reason for law, reason in reasons.items() if isinstance(reason, str) and reason}
