# SPDX-License-Identifier: Apache-2.0
"""Whether the board at a port is the one that the rig means, before a byte is sent to it."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from serial.tools import list_ports

from ranvier.errors import RanvierError
from ranvier.tools.flash.probe import bare


def check_probe(
    port: str, probe: str, attached: Callable[[], Iterable[Any]] = list_ports.comports
) -> None:
    """Return where `port` belongs to the USB device with the serial number `probe`.

    A board's debug probe and its serial port are one USB device, with one serial number.

    Parameters
    ----------
    attached
        Lists what is plugged in, as ``serial.tools.list_ports.comports``.

    Raises
    ------
    RanvierError
        R005 where it belongs to another one, or nothing is known of it.
    """
    wanted = Path(port).resolve()
    found = [p for p in attached() if Path(p.device).resolve() == wanted]
    numbers = [str(p.serial_number) for p in found if p.serial_number]
    if any(bare(number) == bare(probe) for number in numbers):
        return
    what = f"belongs to the probe {numbers[0]}" if numbers else "has no USB serial number"
    raise RanvierError(
        "R005", f"the port {what}, the rig says {probe}: nothing was sent to it", loc=port,
        hint="`python -m serial.tools.list_ports -v` lists ports and serial numbers (SER=)",
    )  # fmt: skip
