# SPDX-License-Identifier: Apache-2.0
"""The vendor's software, installed once; where it can't be had a skip, with CI=true a failure."""

import os
from pathlib import Path

import pytest

from ranvier.tools.dev.neuro import Unavailable, environment


@pytest.fixture(scope="session")
def lava() -> Path:
    """Return the Python that has lava-nc and lava-dl."""
    try:
        return environment("loihi")
    except Unavailable as e:
        reason = f"needs lava-nc and lava-dl: {e}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
