# SPDX-License-Identifier: Apache-2.0
"""What `ranvier flash` did, or would do."""

from dataclasses import asdict, dataclass
from typing import Any

from ranvier.tools.flash.job import Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Flashed:
    """The board, and whether it answered with the build's network.

    Attributes
    ----------
    method
        ``pyocd``, ``openocd``, ``uf2``, ``emulator`` or ``library``; ``port`` where a device that
        ran already was asked.
    address, bytes, image_sha256
        What is written where, for a real board.
    read_back
        Whether the flash was read and found equal.
    verified
        Whether the board named this network and this build over the link.
    """

    board: str
    image: str
    signature: str
    verified: bool
    dry_run: bool
    method: str
    probe: str = ""
    port: str = ""
    address: int = 0
    bytes: int = 0
    image_sha256: str = ""
    read_back: bool = False
    verified_on_silicon: bool | None = None
    steps: tuple[Step, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return asdict(self)
