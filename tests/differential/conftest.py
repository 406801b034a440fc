# SPDX-License-Identifier: Apache-2.0
"""Kernels under sanitizers, compiled once a session."""

import pytest
from tests.kernel_build import ADDRESS, Kernels
from tests.link_build import UNDEFINED


@pytest.fixture(scope="session")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Kernels:
    """Shared libraries that trap undefined behaviour."""
    return Kernels(tmp_path_factory.mktemp("ubsan"), *UNDEFINED)


@pytest.fixture(scope="session")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Kernels:
    """Programs that also trap every access outside their memory."""
    return Kernels(tmp_path_factory.mktemp("asan"), *ADDRESS)
