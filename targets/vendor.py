# SPDX-License-Identifier: Apache-2.0
"""Chips' own software, each in a virtual environment of its own: where it is, how it is run.

The environments lie in the user's cache, not in a checkout, so that one serves them all, and an
installed Ranvier as well; ``make neuro`` makes them.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from ranvier.errors import RanvierError
from ranvier.targets.process import run_program
from ranvier.targets.user_cache import user_cache

ENVIRONMENT = "RANVIER_NEURO"
HINT = f"make neuro, in Ranvier's repository; {ENVIRONMENT} names another folder of environments"


def environments() -> Path:
    """Return the folder of this user's environments."""
    return Path(os.environ.get(ENVIRONMENT) or user_cache() / "neuro")


def vendor_python(name: str, packages: Sequence[str]) -> Path:
    """Return the Python of the environment `name`, which holds `packages`.

    Raises
    ------
    RanvierError
        T007 where there is none.
    """
    found = environments() / name / "bin" / "python"
    if not os.access(found, os.X_OK):
        raise RanvierError(
            "T007", f"{' and '.join(packages)} are not installed: there is no {found}", hint=HINT
        )
    return found


def run_vendor(argv: Sequence[str], *, timeout: float, loc: str) -> str:
    """Run a program of a vendor's environment to its end; return what it wrote.

    Raises
    ------
    RanvierError
        T008 where it fails, with the last line that it said, or doesn't end.
    """
    try:
        return run_program(argv, package="", timeout=timeout, loc=loc)
    except RanvierError as e:
        last = e.what.splitlines()[-1].strip()
        raise RanvierError("T008", f"the vendor's software failed: {last}", loc=loc,
                           hint="`ranvier doctor` tells its version; report it with the network",
                           ) from e  # fmt: skip
