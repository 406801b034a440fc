# SPDX-License-Identifier: Apache-2.0
"""The vendor's software, installed once; where it can't be had a skip, with CI=true a failure."""

from pathlib import Path

import pytest
from tests.needs import lacking

from ranvier.tools.dev.neuro import Unavailable, environment


@pytest.fixture(scope="session")
def lava() -> Path:
    """Return the Python that has lava-nc and lava-dl."""
    try:
        return environment("loihi")
    except Unavailable as e:
        lacking(f"needs lava-nc and lava-dl: {e}")
