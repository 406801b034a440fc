# SPDX-License-Identifier: Apache-2.0
"""After how many cycles a real board cuts off a step: far beyond what its longest may take.

SysTick counts periods of 2^24 cycles (`firmware/boards/common/systick`), so that a step's time is
known to one of them. Emulated boards keep the most: theirs may pass with this computer's time.
"""

from ranvier.targets.mcu.board import Board

PERIOD = 1 << 24
MOST = 256
# Assumed of an instruction; cycles.toml has 3 at most. A serial flash can be waited for at any.
CYCLES = 16
CYCLES_OF_SERIAL_FLASH = 1024


def periods(board: Board, instructions: int | None) -> int:
    """Return how many periods a step may take whose longest has so many `instructions`.

    Between 1 and `MOST`, which is also that of boards that are not real or have no SysTick, and of
    a step without a bound (None).
    """
    counts = board.kind == "board" and board.deadline.startswith("SysTick")
    if not counts or instructions is None:
        return MOST
    serial = board.flash is not None and board.flash.method == "uf2"
    cycles = instructions * (CYCLES_OF_SERIAL_FLASH if serial else CYCLES)
    return min(max(-(-cycles // PERIOD), 1), MOST)


def flags(n: int) -> tuple[str, ...]:
    """Return what tells the board that a step may take `n` periods; nothing if it assumes so."""
    return () if n == MOST else (f"-DRV_DEADLINE_PERIODS={n}U",)
