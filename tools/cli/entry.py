# SPDX-License-Identifier: Apache-2.0
"""The program `ranvier`: how it starts, and how it ends whatever happens on the way."""

import errno
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from ranvier.errors import RanvierError

INTERRUPTED = 130  # what shells expect of a program that SIGINT ended: 128 and its number


def main(prog_name: str = "ranvier") -> NoReturn:
    """Run the command line; never returns.

    Imports little itself, so that Ctrl-C is answered while the rest is still being imported.
    SIGTERM, and the SIGHUP of a terminal that goes away, end like Ctrl-C: emulators are stopped,
    ports released, half-made files removed.
    """
    signal.signal(signal.SIGTERM, _terminate)
    # Windows has no SIGHUP; nohup ignores it for programs that are to outlive their terminal.
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _hang_up)
    code: int | str | None = 0
    try:
        from ranvier.tools.cli.commands import main as command

        try:
            command(prog_name=prog_name)
        except SystemExit as end:
            code = end.code
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = interrupted()
    except OSError as e:
        # Files have names; what has none is a stream of ours that cannot be written.
        if e.filename is not None or e.errno not in (errno.ENOSPC, errno.EIO, errno.EPIPE):
            raise
        code = 1
        _silence(e)
    sys.exit(code)


def interrupted() -> int:
    """Say that Ctrl-C was heard and return the exit code for it."""
    sys.stderr.write("interrupted; nothing is left running or half-written\n")
    return INTERRUPTED


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)


def _hang_up(number: int, frame: FrameType | None) -> NoReturn:
    """End as `_terminate` does, and let nothing on the way fail to write to a terminal now gone."""
    for stream in (1, 2):
        try:
            os.write(stream, b"")
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    _terminate(number, frame)


def _silence(e: OSError) -> None:
    """Say that standard output is gone, and keep Python from trying once more when it exits."""
    if e.errno != errno.EPIPE:  # whoever closed the pipe has seen enough
        error = RanvierError(
            "W004", f"cannot write: {e.strerror}", loc="standard output",
            hint="free some space, or send the output elsewhere",
        )  # fmt: skip
        sys.stderr.write(f"{error}\n")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
