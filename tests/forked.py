"""Commands that start at once: each in a process of its own, forked from one that has made their imports.

What a command changes in its process ends with it, as if Python had been started for it. What imports cost, and what
Python reads as it starts, is for tests that start Python.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.installed import packages

IMPORTED = (
    "lstmproof.__main__ lstmproof.checking lstmproof.collecting lstmproof.mutating lstmproof.report.terminal pytest"
)
"""What every command finds imported."""

_SERVER = """
import gc, importlib, json, os, sys

for name in sys.argv[1].split():
    importlib.import_module(name)

gc.freeze()  # what is there stays there: a child that looked through it would copy it

def job():
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            return json.loads(line)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    sys.exit()

asked = job()
os.chdir(asked["cwd"])
os.environ.clear()
os.environ.update(asked["environment"])
for number, (path, flags) in enumerate(((os.devnull, os.O_RDONLY), *((path, os.O_WRONLY) for path in asked["into"]))):
    opened = os.open(path, flags)
    os.dup2(opened, number)
    os.close(opened)
sys.argv[:] = asked["command"]
module, _, function = asked["entry"].partition(":")
sys.exit(getattr(sys.modules[module], function)())
"""


@cache
def _server() -> subprocess.Popen[str]:
    """The process that forks, which ends with this one."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, (str(packages()), os.environ.get("PYTHONPATH"))))
    }
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER, IMPORTED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=packages().parent,  # where `-c` looks first
    )
    atexit.register(_end, server)
    return server


def _end(server: subprocess.Popen[str]) -> None:
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.close()
    server.stdout.close()
    server.wait()


def run(
    entry: str, command: Sequence[str], cwd: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Call `entry`, a `module:function` of what is imported, with `command` as its `sys.argv`."""
    server = _server()
    assert server.stdin is not None
    assert server.stdout is not None
    with tempfile.TemporaryDirectory() as folder:
        into = [Path(folder) / name for name in ("stdout", "stderr")]
        for path in into:
            path.touch()
        asked = {"entry": entry, "command": list(command), "cwd": str(cwd), "environment": dict(environment)}
        print(json.dumps(asked | {"into": [str(path) for path in into]}), file=server.stdin, flush=True)
        status = int(server.stdout.readline())
        shown, complaints = (path.read_text(encoding="utf-8") for path in into)
    return subprocess.CompletedProcess(list(command), status, shown, complaints)


_KNOWN = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
"""That a plugin was imported before pytest began is so here, and nowhere else."""


def run_pytest(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """pytest in the folder of a test."""
    if not hasattr(os, "fork"):
        return pytester.runpytest_subprocess(*arguments, timeout=300)
    command = ("pytest", f"--basetemp={pytester.path / 'runs'}", *_KNOWN, *arguments)
    started = time.perf_counter()
    done = run("pytest:console_main", command, pytester.path, os.environ)
    seconds = time.perf_counter() - started
    return pytest.RunResult(done.returncode, done.stdout.splitlines(), done.stderr.splitlines(), seconds)
