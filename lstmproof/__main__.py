"""The command `lstmproof`, also as `python -m lstmproof`."""

import os
import signal
from typing import NoReturn


def _leave(*_: object) -> NoReturn:
    os.write(2, b"interrupted\n")
    os._exit(130)


OURS = signal.getsignal(signal.SIGINT) is signal.default_int_handler
"""Whether Ctrl-C is this program's to answer; it is not where it was started with SIGINT ignored."""

if OURS:
    signal.signal(signal.SIGINT, _leave)  # until the command line is imported there is nobody to catch an exception

from lstmproof import cli  # noqa: E402  # the handler above is for this


def _answer() -> None:
    """From here on, Ctrl-C is an exception that the command line catches."""
    if OURS:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def main() -> NoReturn:
    """Run the command line."""
    cli.main(_answer)


if __name__ == "__main__":
    main()
