"""Coq on this machine: where it is, which libraries it has, and running it within a time limit."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Event

from lstmproof.proof.outcome import Unsettled

INSTALL = "apt-get install coq libcoq-coquelicot libcoq-interval"
LIBRARIES = ("Coquelicot/Coquelicot.vo", "Interval/Tactic.vo")
"""Libraries beside Coq's own that the theories use. A compiled file holds the digests of all that it was built on."""

MEMORY = 4 << 30
"""The most that one run of Coq may take, in bytes."""
QUIET = ("-q", "-noglob", "-w", "none")
"""No start-up file of the user's, no files beside the compiled one, no warnings."""
LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, slots=True)
class Coq:
    """An installation with all that is needed."""

    compiler: str
    version: str
    fingerprint: str
    """Of the version and the libraries: what it compiles, another of the same fingerprint can load."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run of Coq printed."""

    status: int
    output: str
    errors: str
    timed_out: bool = False


@cache
def installation(path: str | None = None) -> Coq | Unsettled:
    """The Coq that `PATH` (or `path`) leads to, or what is missing and how to install it."""
    compiler = shutil.which("coqc", path=path)
    if os.name != "posix" or compiler is None:
        return Unsettled(f"Coq is not installed: {INSTALL}")
    version, where = (_told(compiler, option) for option in ("--print-version", "-where"))
    if not version or not where:
        return Unsettled(f"{compiler} does not run: {INSTALL}")
    files = [Path(where, "user-contrib", name) for name in LIBRARIES]
    missing = [file.parent.name for file in files if not file.is_file()]
    if missing:
        return Unsettled(f"Coq's library {' and '.join(missing)} is not installed: {INSTALL}")
    known = hashlib.sha256(version.encode())
    for file in files:
        known.update(hashlib.sha256(file.read_bytes()).digest())
    return Coq(compiler, version.split()[0], known.hexdigest())


def _told(program: str, option: str) -> str:
    """What a program prints of itself; empty if it cannot."""
    try:
        found = subprocess.run(
            [program, option], env=_environment(), capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""


ELSEWHERE = frozenset(("COQPATH", "COQLIB", "COQCORELIB", "COQBIN", "OCAMLPATH", "ROCQPATH", "ROCQLIB"))
"""Variables of the environment that would have Coq load other libraries than those of its installation."""


def _environment() -> dict[str, str]:
    """The environment without them."""
    return {name: value for name, value in os.environ.items() if name not in ELSEWHERE}


def run(program: str, arguments: Sequence[str], folder: Path, seconds: float, stopped: Event | None = None) -> Ran:
    """Run one of Coq's programs in `folder`, until another thread sets `stopped`.

    It has ended when this returns or raises, however that comes about.
    """
    limits = (str(os.getpid()), str(int(seconds) + 5), str(MEMORY))
    command = [sys.executable, "-I", "-S", str(LAUNCH), *limits, program, *arguments]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        told = _told_until(process, time.monotonic() + seconds, stopped)
    finally:
        _end(process)
    return Ran(process.returncode, *told) if told else Ran(-1, "", "", timed_out=True)


LOOKING = 0.1
"""Seconds from one look at whether a thread is to stop to the next."""


def _told_until(process: subprocess.Popen[str], until: float, stopped: Event | None) -> tuple[str, str] | None:
    """What a process printed, both ways, when it ends; None if it is not to be waited for any more."""
    while (left := until - time.monotonic()) > 0 and not (stopped and stopped.is_set()):
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=min(left, LOOKING) if stopped else left)
    return None


def _end(process: subprocess.Popen[str]) -> None:
    """Kill what still runs of a process and its children, and wait for it."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


MOST_MESSAGE = 400
_ENVIRONMENT = re.compile(r"\AIn environment\n(?:[\w', ]+ :.*\n(?: .*\n)*)*")
"""The variables at hand, which Coq lists before some messages."""


def message(ran: Ran, seconds: float) -> str:
    r"""Why a run failed, in one line, in Coq's words.

    >>> message(Ran(1, "", 'File "./a.v", line 3, characters 0-5:\nError: No such\ngoal.\n'), 60)
    'Coq: line 3: No such goal.'
    >>> message(Ran(-1, "", "", timed_out=True), 60)
    'Coq did not finish in 60 s'
    """
    if ran.timed_out:
        return f"Coq did not finish in {seconds:g} s"
    line, error = line_of(ran), ran.errors.rpartition("Error:")[2]
    told = " ".join(_ENVIRONMENT.sub("", error.lstrip()).split()) or f"ended with status {ran.status} and no message"
    shown = told if len(told) <= MOST_MESSAGE else f"{told[:MOST_MESSAGE]}..."
    return f"Coq: {shown}" if line is None else f"Coq: line {line}: {shown}"


def line_of(ran: Ran) -> int | None:
    """The line at which Coq stopped; None if it names none."""
    lines = re.findall(r", line (\d+), characters", ran.errors.rpartition("Error:")[0])
    return int(lines[-1]) if lines else None
