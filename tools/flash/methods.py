# SPDX-License-Identifier: Apache-2.0
"""Which way of programming a board is taken, and where it answers afterwards."""

from pathlib import Path

from serial.tools import list_ports

from ranvier.errors import RanvierError
from ranvier.targets.mcu.board import Board
from ranvier.tools.flash.drive import Drive
from ranvier.tools.flash.job import Flasher
from ranvier.tools.flash.openocd import Openocd
from ranvier.tools.flash.probe import bare
from ranvier.tools.flash.pyocd import Pyocd


def flasher(board: Board, probe: str | None) -> tuple[str, Flasher]:
    """Return the name of the method and what executes it.

    A board that takes UF2 files is programmed through a debug probe where one is named.
    """
    assert board.flash is not None
    method = board.flash.method
    if method == "uf2" and probe is not None and not Path(probe).is_dir():
        method = "pyocd"
    methods: dict[str, Flasher] = {"pyocd": Pyocd(), "openocd": Openocd(), "uf2": Drive()}
    return method, methods[method]


def port_of(probe: str, board: Board) -> str:
    """Return the serial port that belongs to a debug probe: both have one USB serial number.

    Raises
    ------
    RanvierError
        F006 where there is none, or where there are several.
    """
    short = bare(probe)
    ports = [
        p.device
        for p in list_ports.comports()
        if p.serial_number and short and bare(p.serial_number) == short
    ]
    if len(ports) == 1:
        return str(ports[0])
    raise RanvierError(
        "F006",
        f"the serial port of {board.name} is not known, so that nobody could ask what it runs;"
        " nothing was written",
        loc=probe,
        hint=f"--port {ports[0] if ports else '/dev/ttyACM0'}; its link is at {board.uart}",
    )
