# SPDX-License-Identifier: Apache-2.0
"""The one place that starts other programs: a missing or failing one is a clear error."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from ranvier.errors import RanvierError

LAST_LINES = 12


def find_program(name: str, package: str) -> str:
    """Return the path of a program.

    Parameters
    ----------
    name
        As typed in a shell.
    package
        The Debian package that holds it.

    Raises
    ------
    RanvierError
        T001 if it is not installed.
    """
    path = shutil.which(name)
    if path is None:
        raise RanvierError(
            "T001", f"the program {name} is not installed", hint=f"apt-get install {package}"
        )
    return path


def run_program(
    argv: Sequence[str],
    *,
    package: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 300.0,
    loc: str = "",
    both: bool = False,
) -> str:
    """Run a program to its end and return what it wrote to standard output.

    Parameters
    ----------
    argv
        The program's name and its arguments; no shell is involved.
    package
        The Debian package that holds it.
    cwd
        Where it runs; here if ``None``.
    env
        Its whole environment; ours if ``None``.
    timeout
        Seconds after which it is killed.
    loc
        What it worked on, for the error message.
    both
        Return what it wrote to standard error as well.

    Raises
    ------
    RanvierError
        T001 if it is not installed, T002 if it fails: with the last lines of its errors.
    """
    program = find_program(argv[0], package)
    try:
        done = subprocess.run(
            [program, *argv[1:]], cwd=cwd, env=env, timeout=timeout, check=False,
            capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise RanvierError(
            "T002", f"{argv[0]} did not end within {timeout:g} s", loc=loc,
            hint="run it by hand: " + " ".join(argv),
        ) from error  # fmt: skip
    if done.returncode:
        said = last_lines(done.stderr or done.stdout)
        raise RanvierError(
            "T002", f"{argv[0]} failed with code {done.returncode}\n{said}", loc=loc,
            hint="run it by hand: " + " ".join(argv),
        )  # fmt: skip
    return done.stdout + (done.stderr if both else "")


def last_lines(text: str) -> str:
    """Return the end of a program's output, indented for an error message."""
    return "\n".join("    " + line for line in text.rstrip().splitlines()[-LAST_LINES:])
