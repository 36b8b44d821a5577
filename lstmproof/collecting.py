"""Derivation files as pytest sees them: a file, its cells, and a test for each law, claim and myth."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from lstmproof.language.errors import DerivationError, escaped
from lstmproof.language.parser import parse_file
from lstmproof.report import terminal
from lstmproof.verdict import CellResults, Result
from lstmproof.verify.examination import LAW_IDS, Absent, Examination, absent
from lstmproof.verify.examine import SEED, Request
from lstmproof.verify.subject import Subject, subjects


class DoesNotHold(Exception):
    """A law, claim or myth that fails or is open; the message is what `lstmproof verify` prints of it."""


class DerivationFile(pytest.File):
    """A derivation file: its cells, and what it states of none of them."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """The cells in the order of the file.

        Raises:
            CollectError: the file is not in the language; the message is the place, what was found, and how to mend it.
        """
        try:
            derivation = parse_file(_as_typed(self.path, self.config.invocation_params.dir))
        except DerivationError as error:
            raise self.CollectError(escaped(str(error), kept="\n")) from None
        for subject in subjects(derivation):
            if subject.definition is None:
                yield from statements(self, subject, partial(Examination, subject, request_of(self.config)))
            else:
                yield CollectedCell.from_parent(self, name=subject.name, subject=subject)


class CollectedCell(pytest.Collector):
    """A cell. Its tests share their cases, which are let go when the last of them is done."""

    def __init__(self, *, subject: Subject, **of_pytest: Any) -> None:
        super().__init__(**of_pytest)
        self.subject = subject
        self.absent: Mapping[str, str] = {}
        self._examination: Examination | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """A test for each law that applies, then for each claim and myth."""
        assert self.subject.definition is not None
        self.absent = absent(self.subject.definition)
        for law in (law for law in LAW_IDS if law not in self.absent):
            yield Check.from_parent(
                self, name=law, kind="law", line=self.subject.definition.line, examination=self.examination
            )
        yield from statements(self, self.subject, self.examination)

    def examination(self) -> Examination:
        """What the cell's tests share."""
        if self._examination is None:
            self._examination = Examination(self.subject, request_of(self.config))
        return self._examination

    def teardown(self) -> None:
        self._examination = None

    @property
    def absent_lines(self) -> list[str]:
        """A line for each law that does not apply, with the reason."""
        return [f"absent: {self.nodeid}::{law}: {reason}" for law, reason in self.absent.items()]


def statements(
    parent: pytest.Collector, subject: Subject, examination: Callable[[], Examination]
) -> Iterator[pytest.Item]:
    """A test for each claim and myth about a subject, in the order of the file."""
    for claim in subject.claims:
        yield Check.from_parent(parent, name=claim.id, kind=claim.kind, line=claim.line, examination=examination)


class Check(pytest.Item):
    """The test of one law, claim or myth. It passes if that holds; what is open or undecided fails."""

    def __init__(self, *, kind: str, line: int, examination: Callable[[], Examination], **of_pytest: Any) -> None:
        super().__init__(**of_pytest)
        self._line = line
        self._examination = examination
        self.add_marker("lstmproof")
        self.add_marker(kind)

    def runtest(self) -> None:
        """Examine it.

        Raises:
            DoesNotHold: it does not hold, or that is not known.
        """
        examination = self._examination()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of libraries that are asked; a project's filters mean its own tests
            found = examination.of(self.name)
        if isinstance(found, Absent):
            pytest.skip(found.reason)
        if self.config.getoption("lstmproof_accept") == "tested" and (found.kind, found.verdict) == ("claim", "tested"):
            found = replace(found, accepted=True)
        self.user_properties += [("verdict", found.verdict), ("method", found.method)]
        if found.holds is not True:
            raise DoesNotHold(self._told(examination.subject, found))

    def _told(self, subject: Subject, found: Result) -> str:
        """The place and what is wrong in a line; below it what is printed of such a result: counterexample, replay."""
        file, digest = subject.derivation.file, subject.derivation.digest
        cell = CellResults(subject.name, subject.key, file, digest, (found,))
        verdict = found.verdict if found.holds is False or found.verdict == "undecided" else f"open, {found.verdict}"
        reason = (found.reason or found.statement).splitlines()[0]
        _, *lines = terminal.details(cell, everything=self.config.get_verbosity() > 0)
        rows = [f"{file}:{found.line}: {verdict}: {reason}", *(line.plain for line in lines)]
        return escaped("\n".join(rows), kept="\n")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The message alone of what does not hold; a traceback of anything else."""
        if isinstance(excinfo.value, DoesNotHold):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[PathLike[str] | str, int | None, str]:
        assert self.parent is not None
        return self.path, self._line - 1, f"{self.parent.name}: {self.name}"


def request_of(config: pytest.Config) -> Request:
    """How many cases of which seed: what this project's options say, else Hypothesis's profile and seed."""
    examples = config.getoption("lstmproof_examples")
    seed = config.getoption("lstmproof_seed")
    return Request(
        settings().max_examples if examples is None else examples,
        _seed(config.getoption("hypothesis_seed", None)) if seed is None else seed,
    )


def _seed(given: object) -> int:
    """Hypothesis's seed, which may be any text, as one of this project's.

    >>> _seed(None), _seed("7"), _seed("4294967303"), _seed("any"), _seed("--7")
    (0, 7, 7, 1693710260, 1464070977)
    """
    if given is None:
        return SEED
    try:
        return int(str(given)) % 2**32
    except ValueError:
        return zlib.crc32(str(given).encode())


def _as_typed(path: Path, folder: Path) -> Path:
    """The file as someone in `folder` would name it, so that the line that repeats a test can be pasted there."""
    return path.relative_to(folder) if path.is_relative_to(folder) else path
