# SPDX-License-Identifier: Apache-2.0
"""The pytest plugin: ``pytest --ranvier-board qemu-mps2-an386`` gives the fixture `board`.

Every pytest in an environment with Ranvier loads this file, so it imports the rest on use.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from ranvier.tools.hil.rig import Rig
    from ranvier.tools.hil.roster import RigBoard

TRACES = "ranvier-traces"
RIG: pytest.StashKey[tuple[RigBoard, ...]] = pytest.StashKey()
CHOSEN: pytest.StashKey[RigBoard | None] = pytest.StashKey()
FOLDERS: pytest.StashKey[dict[str, Path]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and the setting ``ranvier_rig``."""
    group = parser.getgroup("ranvier", "Ranvier: hardware in the loop")
    group.addoption(
        "--ranvier-board",
        metavar="NAME",
        help="the board for tests that use the `board` fixture: a name in the rig, or a target "
        "that needs no rig, for example host or qemu-mps2-an386",
    )
    group.addoption(
        "--ranvier-port",
        metavar="PORT",
        help="where a board of that name, flashed already, answers: /dev/ttyACM0, COM3, "
        "socket://host:port",
    )
    group.addoption(
        "--ranvier-rig",
        metavar="FILE",
        help="the boards of this bench, a rig.toml; default: the setting ranvier_rig",
    )
    group.addoption(
        "--ranvier-traces",
        metavar="FOLDER",
        default=TRACES,
        help=f"where failed tests leave what their board said; default: {TRACES}",
    )
    parser.addini("ranvier_rig", "the rig.toml, relative to the root folder", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Read the rig, and refuse a board that does not exist, before any test runs."""
    config.addinivalue_line(
        "markers", "board(name): run on the board of the rig with this name, target or core"
    )
    config.stash[FOLDERS] = {}
    config.stash[RIG] = ()
    config.stash[CHOSEN] = None
    option, setting = config.getoption("--ranvier-rig"), config.getini("ranvier_rig")
    name, port = config.getoption("--ranvier-board"), config.getoption("--ranvier-port")
    if not (option or setting or name):
        return
    from ranvier.errors import RanvierError
    from ranvier.tools.hil.roster import read_rig

    try:
        if option:
            config.stash[RIG] = read_rig(config.invocation_params.dir / option)
        elif setting:
            config.stash[RIG] = read_rig(config.rootpath / setting)
        if name is not None:
            config.stash[CHOSEN] = _chosen(config.stash[RIG], name, port)
    except RanvierError as e:
        raise pytest.UsageError(str(e)) from e


def _chosen(rig: tuple[RigBoard, ...], name: str, port: str | None) -> RigBoard:
    """Return the board of the command line: of the rig, or a target by itself."""
    from ranvier.tools.boards import find_target
    from ranvier.tools.hil.roster import RigBoard

    named = [board for board in rig if board.name == name]
    if named and port is None:
        return named[0]
    target = named[0].target if named else name
    find_target(target)
    flasher = "emulator" if port is None else "none"
    return RigBoard(name=name, target=target, flasher=flasher, port=port or "")


@pytest.fixture
def board(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """Give the board of the test's marker, or of ``--ranvier-board``.

    It builds, runs and verifies networks.
    """
    from ranvier.tools.hil.rig import Rig

    entry = _entry(request)
    folders = request.config.stash[FOLDERS]
    if entry.target not in folders:
        folders[entry.target] = tmp_path_factory.mktemp("ranvier")
    return Rig(entry=entry, folder=folders[entry.target])


def _entry(request: pytest.FixtureRequest) -> RigBoard:
    from ranvier.tools.hil.roster import pick

    rig, chosen = request.config.stash[RIG], request.config.stash[CHOSEN]
    marker = request.node.get_closest_marker("board")
    if marker is None:
        if chosen is None:
            pytest.skip("needs a board: pytest --ranvier-board host")
        return chosen
    if len(marker.args) != 1 or marker.kwargs:
        raise pytest.UsageError('a board is marked with one name: @pytest.mark.board("cortex-m4")')
    found = pick(rig if chosen is None else (chosen, *rig), marker.args[0])
    if found is None:
        pytest.skip(f"no board {marker.args[0]} in the rig: add it to rig.toml")
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say in the report which board and network it was, and keep what a failed test saw."""
    rig: Rig | None = getattr(item, "funcargs", {}).get("board")
    ours = call.when == "call" and type(rig).__name__ == "Rig"
    if not ours or rig is None:
        return (yield)
    said = {
        "board": rig.entry.name,
        "target": rig.entry.target,
        "probe": rig.entry.probe,
        "port": rig.entry.port,
        "network": " ".join(rig.networks),
    }
    item.user_properties += [(f"ranvier_{key}", value) for key, value in said.items() if value]
    kept = ""
    if call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
        kept = _keep(item, rig, {"error": str(call.excinfo.value), **said})
        item.user_properties.append(("ranvier_trace", kept))
    report = yield
    add_section = getattr(report.longrepr, "addsection", None)
    if kept and add_section is not None:
        add_section("ranvier", f"what the board was asked and said: {kept}")
    return report


def _keep(item: pytest.Item, rig: Rig, about: dict[str, str]) -> str:
    """Write what the board said; return the folder, or why there is none."""
    from ranvier.errors import RanvierError

    folder = item.config.invocation_params.dir / item.config.getoption("--ranvier-traces")
    folder /= re.sub(r"[^\w.-]+", "_", item.nodeid)
    try:
        rig.evidence.write(folder, test=item.nodeid, **about)
    except RanvierError as e:  # a full disk must not hide why the test failed
        return str(e)
    return str(folder)
