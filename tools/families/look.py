# SPDX-License-Identifier: Apache-2.0
"""Looks for a program or a package on this computer."""

import shutil
import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from ranvier.tools.families.protocol import Tool


def program(
    name: str,
    package: str,
    needed_for: str,
    optional: bool = False,
    ask: Sequence[str] = ("--version",),
) -> Tool:
    """Look for a program.

    Parameters
    ----------
    package
        The Debian packages that hold it.
    ask
        Arguments that make it tell its version; none where it cannot.
    """
    path = shutil.which(name)
    found = ""
    if path is not None and ask:
        try:
            done = subprocess.run(
                [path, *ask], capture_output=True, text=True, timeout=20, check=False
            )
            found = ((done.stdout or done.stderr).splitlines() or [""])[0]
        except (OSError, subprocess.TimeoutExpired):
            path = None  # there, but it does not run
    return Tool(
        name=name,
        found=path is not None,
        version=found,
        needed_for=needed_for,
        install="" if path else f"apt-get install {package}",
        optional=optional,
    )


def package(name: str, install: str, needed_for: str) -> Tool:
    """Look for a Python package that may be missing."""
    try:
        found = version(name)
    except PackageNotFoundError:
        found = ""
    return Tool(
        name=name,
        found=bool(found),
        version=found,
        needed_for=needed_for,
        install="" if found else f"pip install {install}",
        optional=True,
    )
