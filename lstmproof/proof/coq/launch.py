"""Runs one program that ends when its caller does, within bounds of time and memory.

A script of its own, not imported: `python launch.py CALLER SECONDS BYTES PROGRAM ARGUMENT...`. What it sets stays in
force when the program takes its place: a caller that is killed, and cannot end what it started, leaves nothing behind.
"""

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
"""Of Linux's prctl: the signal that a process gets when its parent ends."""


def main() -> None:
    """Set the bounds and become the program."""
    caller, seconds, memory, *command = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(caller):
        sys.exit("the caller is gone")
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
