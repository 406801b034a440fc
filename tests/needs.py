# SPDX-License-Identifier: Apache-2.0
"""What a test needs from outside: here, or a skip that says how to get it."""

import importlib.util
import os
import shutil
from typing import NoReturn

import pytest


def need_program(name: str, package: str) -> str:
    """Return a program's path; skip where it is missing, or fail where CI promised it.

    Parameters
    ----------
    name
        As typed in a shell.
    package
        The Debian package that holds it.
    """
    path = shutil.which(name)
    if path is None:
        lacking(f"needs {name}: apt-get install {package}")
    return path


def need_package(name: str, command: str) -> None:
    """Skip where a Python package is missing, or fail where CI promised it; `command` brings it."""
    if importlib.util.find_spec(name) is None:
        lacking(f"needs {name}: {command}")


def lacking(reason: str) -> NoReturn:
    """Skip a test, or fail where CI promised what it needs."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
