"""Exit statuses of the commands."""

HOLDS, FAILS, USAGE, OPEN = 0, 1, 2, 3

INTERRUPTED, PIPE_CLOSED = 130, 141
"""A shell's for SIGINT and SIGPIPE."""
