# SPDX-License-Identifier: Apache-2.0
"""A network that a small board does not hold is no failure of that board."""

from collections.abc import Generator

import pytest

from ranvier.errors import RanvierError


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    """Skip a test whose network exceeds the board's memory, and say by how much."""
    try:
        return (yield)
    except RanvierError as e:
        if e.code != "C003":
            raise
        pytest.skip(e.what)
