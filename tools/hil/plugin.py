# SPDX-License-Identifier: Apache-2.0
"""The pytest plugin: ``pytest --ranvier-board qemu-mps2-an386`` gives the fixture `board`.

Every pytest in an environment with Ranvier loads this file, so it imports the rest on use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ranvier.tools.hil.rig import Rig


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--ranvier-board`` and ``--ranvier-port``."""
    group = parser.getgroup("ranvier", "Ranvier: hardware in the loop")
    group.addoption(
        "--ranvier-board",
        metavar="NAME",
        help="run the tests that use the `board` fixture on this target, for example host or "
        "qemu-mps2-an386; `ranvier targets` lists them",
    )
    group.addoption(
        "--ranvier-port",
        metavar="PORT",
        help="where a board of that name, flashed already, answers: /dev/ttyACM0, COM3, "
        "socket://host:port",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a board that does not exist before any test runs."""
    name = config.getoption("--ranvier-board")
    if name is not None:
        from ranvier.errors import RanvierError
        from ranvier.targets.mcu.board import board as find

        try:
            find(name)
        except RanvierError as e:
            raise pytest.UsageError(str(e)) from e


@pytest.fixture(scope="session")
def board(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """Give the board named by ``--ranvier-board``: it builds, runs and verifies networks."""
    from ranvier.tools.hil.rig import Rig

    name = request.config.getoption("--ranvier-board")
    if name is None:
        pytest.skip("needs a board: pytest --ranvier-board host")
    return Rig(
        name=name,
        port=request.config.getoption("--ranvier-port"),
        folder=tmp_path_factory.mktemp(f"ranvier-{name}"),
    )
